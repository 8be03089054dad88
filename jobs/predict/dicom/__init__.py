"""Predictions as DICOM objects, in the study of their images: pictures of maps, and a report.

They hold the patient's tags, as each object of a study does. So they lie where the user says, and
never among the root's artifacts.
"""
