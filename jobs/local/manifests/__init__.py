"""Kubernetes manifests, read as steps of this machine."""
