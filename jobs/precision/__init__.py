"""Which precision a study computes in, and the base quantised to 8 bits."""
