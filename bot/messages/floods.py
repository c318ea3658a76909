"""How often a group hears the same kind of answer to one person: an assistant that chatters is
thrown out of it. What is not answered is read, told and filed like everything else.

Counted in the memory of each process and stored nowhere.
"""

from bot.buckets import Buckets
from bot.channels.base import Event
from bot.messages.inbox import lane_of

ANSWERS, SECONDS = 10, 300.0
"""So many at once, and again in this time."""

_answered = Buckets(ANSWERS, SECONDS)


def may_answer(event: Event, kind: str) -> bool:
    """Count an answer of this kind to the event's sender; whether the group is to hear it."""
    return not _answered.of(f"{kind}:{lane_of(event)}").take()
