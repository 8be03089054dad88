"""Inception V3, its head, and what computes them."""
