"""Figures from predictions.csv, with intervals over patients. Never TensorFlow."""
