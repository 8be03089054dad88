"""The stages that turn the INbreast dataset into a cross-validated classifier."""
