"""The training loop, and where its inputs come from."""
