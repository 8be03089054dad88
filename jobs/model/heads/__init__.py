"""What is trained on the features of Inception V3."""
