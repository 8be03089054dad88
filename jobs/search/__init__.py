"""Many settings of a study tried on the same features, by any number of workers."""
