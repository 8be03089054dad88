"""What every room uses. It knows nothing of mammography, and imports nothing of ours."""
