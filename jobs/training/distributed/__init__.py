"""One model trained by several devices and processes."""
