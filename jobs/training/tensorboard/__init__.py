"""What TensorBoard shows of a training: curves, weights, ROC, views, network, hyperparameters."""
