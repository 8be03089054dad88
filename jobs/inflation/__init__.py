"""The same model under protocols that flatter: what each adds to a figure."""
