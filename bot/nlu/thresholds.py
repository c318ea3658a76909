"""Where a probability becomes a decision; imports nothing, so the app may use it.

Chosen by five-fold cross-validation on the training messages, which are harder than daily talk.
"""

FLAG_FROM = {"sensitive": 0.4, "urgent": 0.3}
"""A flag is set from this probability on.

Sensitive: 0.78 of the sensitive messages are found, at 0.13 false over everything. Urgent: 0.85
are found, and 0.72 of the alarms are right; a missed one costs more than a false one.
"""

REVIEW_BELOW = 0.5
"""Under this confidence a person should say whether a message is a report or talk.

12 % of the messages are under it; above it, 5 % of the reports pass for talk.
"""

LOOK_UP_FROM = 0.15
"""Procedures are searched when a message is a procedure question with at least this probability."""

PROCEDURE_GOOD = 0.3
"""Below this score no procedure answers the question: say so and offer an officer."""

PROCEDURE_CLOSE = 0.2
"""Two procedures whose scores differ by less are both possible: ask which one is meant.

Of the questions answered without asking, 0.86 get the right procedure.
"""
