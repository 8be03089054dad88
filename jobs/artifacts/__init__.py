"""The store under the root: paths, keys, manifests, and how an artifact appears in it."""
