"""Kubernetes manifests -> the steps that this machine runs; what it cannot run is an error."""
