"""The prepared dataset as later stages read it."""
