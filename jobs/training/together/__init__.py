"""Many heads over one reading of the features, trained as one batch of products."""
