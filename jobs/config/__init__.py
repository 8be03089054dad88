"""study.yaml, read strictly into frozen dataclasses."""
