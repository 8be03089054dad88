"""Calcifications at the image's own resolution: candidates, a small detector, one score an image.

Each image's candidates are found by fixed filters and stored once. A detector judges them; what it
thinks of an image's best candidates, and how those lie together, becomes the image's score. What
is trained of it is trained in jobs/training/calcifications/.
"""
