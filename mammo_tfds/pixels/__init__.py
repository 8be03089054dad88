"""A DICOM file, read into pixels."""
