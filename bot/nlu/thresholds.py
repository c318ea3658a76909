"""Where a probability becomes a decision; imports nothing, so the app may use it.

Where a flag begins stands in config.yml. How all of them were chosen, and at what cost, stands in
benchmarks/understanding/README.md.
"""

REVIEW_BELOW = 0.5
"""Under this confidence a person should say whether a message is a report or talk."""

LOOK_UP_FROM = 0.15
"""A procedure is looked for when a message is a question on one with at least this probability."""
