"""One file a stage, named like its command and its Job."""
