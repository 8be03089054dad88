"""A release folder, read: its files, its table, its contours."""
