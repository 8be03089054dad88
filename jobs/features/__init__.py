"""The features of every view: made once by the extractor, and stored on disk."""
