"""What a network's units do, whatever the image: filters, maps, activations, a projector."""
