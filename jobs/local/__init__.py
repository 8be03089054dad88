"""The Kubernetes Jobs of k8s/, run on this machine."""
