"""What is made of the times that were taken. Pure."""

import math
from collections.abc import Collection, Iterable, Sequence

from benchmarks.load.messages import Message
from benchmarks.load.telegram import Answer, Outcome

NEVER = math.inf


def schedule(messages: Sequence[Message], rate: float) -> list[tuple[float, Message]]:
    """Each message with the seconds at which it is due, `rate` a second, whatever happens."""
    return [(n / rate, message) for n, message in enumerate(messages)]


def percentile(seconds: Sequence[float], share: float) -> float:
    """The smallest of the values that `share` of all do not exceed; `NEVER` counts as any."""
    if not seconds:
        return math.nan
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]


def acknowledged_after(outcomes: Iterable[Outcome]) -> list[float]:
    """Seconds from when each was due; `NEVER` for what was not acknowledged."""
    return [NEVER if o.acknowledged is None else o.acknowledged - o.due for o in outcomes]


def first_answers(
    messages: Iterable[Message], outcomes: Iterable[Outcome], answers: Iterable[Answer]
) -> dict[int, float]:
    """When the first answer to each message came, by number; without those that got none.

    In private, where everybody writes once, that is the first message to the chat. In a group it is
    what names the message. Stock Rasa names none, but acknowledges a message only after it has
    answered: there it is what came to the group in between.
    """
    sent = {o.number: o for o in outcomes}
    in_chat: dict[int, list[Answer]] = {}
    named: dict[int, float] = {}
    for answer in sorted(answers, key=lambda each: each.at):
        in_chat.setdefault(answer.chat, []).append(answer)
        if answer.about is not None:
            named.setdefault(answer.about, answer.at)
    found: dict[int, float] = {}
    for message in messages:
        there = in_chat.get(message.chat, [])
        if not message.in_group:
            at = there[0].at if there else None
        elif named:
            at = named.get(message.number)
        else:
            at = _before_acknowledged(there, sent[message.number])
        if at is not None:
            found[message.number] = at
    return found


def _before_acknowledged(answers: Iterable[Answer], outcome: Outcome) -> float | None:
    if outcome.sent is None or outcome.acknowledged is None:
        return None
    first, last = outcome.sent, outcome.acknowledged
    return next((a.at for a in answers if first <= a.at <= last), None)


def lost(numbers: Iterable[int], handled: Collection[int]) -> list[int]:
    """Of these messages, those that were not handled."""
    return sorted(set(numbers) - set(handled))


def backlog(due: Sequence[float], handled: Sequence[float], at: float) -> int:
    """How many were due and not handled at a time."""
    return sum(d <= at for d in due) - sum(h <= at for h in handled)


def holds(due: Sequence[float], handled: Sequence[float]) -> bool:
    """Whether the backlog did not grow: its mean over the last third of the time in which messages
    came is at most half a second's worth of messages above its mean over the third before."""
    start, end = min(due), max(due)
    span = (end - start) / 3
    rate = len(due) / (end - start)

    def mean(since: float) -> float:
        moments = [since + span * n / 20 for n in range(20)]
        return sum(backlog(due, handled, at) for at in moments) / len(moments)

    return mean(end - span) <= mean(end - 2 * span) + 0.5 * rate
