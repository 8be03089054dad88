"""INbreast in TFDS's own form; `registration` makes TFDS know it."""
