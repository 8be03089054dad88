"""The report: one page that opens offline, with everything in it."""
