"""What heat maps are worth: against what was expected, chance, baselines, and random networks."""
