"""Searching from the public page: what the chat would answer, for whoever rather reads.

The question goes to the model for its topics and to the action server for its meaning; nothing of
it is kept. Where the model is away, or hears no question in it, what may be meant is named and
nothing is answered.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.messages.rasa import Rasa
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry, Topic
from bot.procedures.search import in_thread, index
from bot.procedures.spelling import plain
from bot.triage.policy import Answer, choose

PATIENCE = 0.3
"""Seconds that the model has to say which topics are asked about; it takes 0.02."""

AT_ONCE = 4
"""So many questions are before the model; the others are answered without it. However many
strangers search, from however many networks, it must have time for the chat."""

_before_the_model = asyncio.Semaphore(AT_ONCE)

ANY_TOPIC: Mapping[str, float] = {topic: 1 / len(Topic) for topic in Topic}
MOST = 5
FAINT = 0.1
"""From this score on a procedure is named as one that may be meant."""


@dataclass(frozen=True, slots=True)
class Found:
    """`best` answers the question; without it, one of `others` may be meant."""

    best: Entry | None = None
    others: tuple[Entry, ...] = ()


async def find(rasa: Rasa, question: str) -> Found:
    topics = await _topics(rasa, question)
    candidates = await in_thread(index().search, question, topics or ANY_TOPIC, MOST)
    entries = catalogue()
    known = [c for c in candidates if c.id in entries]
    answer, chosen = choose(tuple(known))
    best = chosen[0] if topics and answer is Answer.FOUND else None
    likely = [c.id for c in known if c.score >= FAINT]
    others = dict.fromkeys((*_named(question, entries), *likely))
    return Found(
        entries[best] if best else None,
        tuple(entries[each] for each in others if each != best),
    )


async def _topics(rasa: Rasa, question: str) -> Mapping[str, float]:
    if _before_the_model.locked():
        return {}
    async with _before_the_model:
        return await rasa.topics(question, PATIENCE)


def _named(words: str, entries: Mapping[str, Entry]) -> list[str]:
    """What bears these words in its name: many type "tạm trú" and no more."""
    looked_for = f" {plain(words)} "
    found = [each.id for each in entries.values() if looked_for in f" {plain(each.name)} "]
    return found if looked_for.strip() else []
