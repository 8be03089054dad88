"""Figures as SVG: computed, held, drawn."""
