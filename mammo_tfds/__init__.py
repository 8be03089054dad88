"""INbreast as a TensorFlow Datasets builder, and a synthetic release for all who have not got it."""
