"""Runs the Jobs of k8s/ on this machine, in one process or in several, as its memory allows."""
