"""A run as one file for other machines and other programs: weights, graphs, calibration, card."""
