"""Searching from the public page: what the chat would answer, for whoever rather reads.

The question goes to the model for its topics and nowhere else; nothing of it is kept. While the
model is away all topics count as equally likely, and words and meaning decide alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.messages.rasa import Rasa
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry, Topic
from bot.procedures.search import index
from bot.triage.policy import Answer, choose

PATIENCE = 0.3
"""Seconds that the model has to say which topics are asked about; it takes 0.02."""

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
    topics = await rasa.topics(question, PATIENCE) or ANY_TOPIC
    candidates = await asyncio.to_thread(index().search, question, topics, MOST)
    known = [c for c in candidates if c.id in catalogue()]
    answer, chosen = choose(tuple(known))
    best = chosen[0] if answer is Answer.FOUND else None
    others = [c.id for c in known if c.id != best and c.score >= FAINT]
    return Found(catalogue()[best] if best else None, tuple(catalogue()[each] for each in others))
