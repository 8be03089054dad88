"""One file a stage, named like its command and its Job.

A stage has `add_arguments(parser)`, and one of two: `plan(options, watch)`, which says what it
would make, or `run(options, watch)`, where it makes nothing.
"""
