"""Where a probability becomes a decision; imports nothing, so the app may use it.

Where a flag begins stands in config.yml. How all of them were chosen, and at what cost, stands in
benchmarks/understanding/README.md.
"""

REVIEW_BELOW = 0.5
"""Under this confidence a person should say whether a message is a report or talk."""

LOOK_UP_FROM = 0.15
"""Procedures are searched when a message is a procedure question with at least this probability."""

PROCEDURE_GOOD = 0.3
"""Below this score no procedure answers the question: say so and offer an officer."""

PROCEDURE_CLOSE = 0.2
"""Two procedures whose scores differ by less are both possible: ask which one is meant.

Of the questions answered without asking, 0.86 get the right procedure.
"""
