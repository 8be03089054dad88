"""Whether one run is better than another: differences over patients, and what explains them."""
