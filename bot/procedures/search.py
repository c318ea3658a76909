"""Which of the procedures answers a question.

Two opinions are added up: which words and letters a question shares with a procedure's questions
and answer, and the topic. Words say something only in comparison, so they are standardised over the
procedures.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bot.nlu.ngrams import Block, NgramFeatures, letters, words
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Entry
from bot.triage.understanding import Candidate, Understanding

BLOCKS = (
    Block(words, stripped=False, weight=1.0, rarest=1),
    Block(words, stripped=True, weight=1.0, rarest=1),
    Block(letters, stripped=True, weight=1.0, rarest=1),
)

WORDS, TOPIC, BIAS = 1.55, 0.78, -4.5
"""Weights of the opinions: logistic regression on 154 questions with a known procedure."""

UNLIKELY_TOPIC = 1e-3
"""A topic that is this unlikely, or less, counts as this likely."""


class Index:
    """The procedures, ready to be searched."""

    def __init__(self, procedures: Sequence[Entry]) -> None:
        self.ids = tuple(entry.id for entry in procedures)
        self._topics = tuple(entry.topic for entry in procedures)
        documents = [" ".join((*e.known_questions(), e.answer)) for e in procedures]
        self._ngrams = NgramFeatures.fit(documents, BLOCKS)
        self._documents = self._ngrams.transform(documents)

    def search(self, text: str, topics: Mapping[str, float], most: int = 3) -> list[Candidate]:
        """The best `most` procedures, best first; `topics` gives the probability of each topic."""
        likely = np.log([topics.get(name, 0.0) + UNLIKELY_TOPIC for name in self._topics])
        total = WORDS * self._words(text) + TOPIC * likely
        scores = 1 / (1 + np.exp(-(total + BIAS)))
        order = np.argsort(-scores, kind="stable")[:most]
        return [Candidate(self.ids[place], float(scores[place])) for place in order]

    def _words(self, text: str) -> np.ndarray[Any, Any]:
        shared = (self._documents @ self._ngrams.transform([text]).T).toarray()[:, 0]
        return _standardised(shared)


_made: tuple[Mapping[str, Entry], Index] | None = None


def index() -> Index:
    """Of the procedures as they are now; takes a second to make after a change."""
    global _made
    entries = catalogue()
    if _made is None or _made[0] is not entries:
        _made = (entries, Index(list(entries.values())))
    return _made[1]


def candidates(parse: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """What may answer the question in a parsed message, if there is one: Rasa leaves out None."""
    question = parse.get("question")
    return tuple(index().search(question["text"], question["topics"])) if question else ()


async def find(parse: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """The same, while the event loop does something else."""
    return await asyncio.to_thread(candidates, parse) if parse.get("question") else ()


async def understand(parse: Mapping[str, Any], written: str) -> Understanding:
    """What a message is and what may answer it. Raises: KeyError, ValueError."""
    return replace(Understanding.from_parse(parse, written), candidates=await find(parse))


def _standardised(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
