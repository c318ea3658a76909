"""Where a probability becomes a decision. Chosen by measuring; imports nothing, the app uses it."""

FLAG_FROM = {"sensitive": 0.5, "urgent": 0.5}
"""A flag is set from this probability on."""

REVIEW_BELOW = 0.5
"""Under this confidence a person should say whether a message is a report or talk."""

LOOK_UP_FROM = 0.15
"""Procedures are searched when a message is a procedure question with at least this probability."""

PROCEDURE_GOOD = 0.5
"""Below this score no procedure answers the question: say so and offer an officer."""

PROCEDURE_CLOSE = 0.15
"""Two procedures whose scores differ by less are both possible: ask which one is meant."""
