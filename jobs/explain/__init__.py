"""Explanations: where in a view a model's logit comes from, by each method, one file a method.

All work on a network's plain operations (`jobs.model.graph`). A map is on the view, and `maps`
carries it over to the image's own pixels.
"""
