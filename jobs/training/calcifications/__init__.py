"""Trains the branch for calcifications: its detectors on contours, its regression on labels."""
