"""Which of the procedures answers a question.

Up to four opinions are added up: which words a question shares with a procedure's known questions
and answer (words.py), what the question means (meaning.py, two opinions), and the topic that the
model gives, which weighs but never excludes. Where words and topic are sure, meanings are not asked
for. Words and meaning say something only in comparison, so they are standardised over all that is
compared. That is the procedures and, beside them, what residents ask of other offices
(elsewhere.py): it is never told, but what it is likely to be makes the procedures unlikely. How
sure the best is depends on that and on how much of the question is known at all.

After a change of the catalogue words are ready at once; meanings follow (vectors.py). Where the
sentence model cannot be asked (embedding.py), words and topic answer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from bot.metrics import BY_WORDS
from bot.procedures.catalogue import catalogue
from bot.procedures.elsewhere import elsewhere
from bot.procedures.embedding import ModelAway
from bot.procedures.entry import Entry
from bot.procedures.meaning import Meanings
from bot.procedures.words import Words
from bot.triage.understanding import Candidate, Understanding

UNLIKELY_TOPIC = 1e-3
"""A topic that is this unlikely, or less, counts as this likely."""

NO_TOPIC = 0.05
"""What other offices do has none of the topics; a sure topic speaks against it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """`opinions`: words, topic and, where there are meanings, the closest question and the map.
    `sure`: of one, of the logarithm of the chance, of how much is known: the share of the words
    and the likeness of the closest question."""

    opinions: tuple[float, ...]
    sure: tuple[float, ...]


WITH_MEANINGS = Weights((1.08, 0.5, 0.74, 0.39), (0.41, 2.73, 1.53, 0.54))
WITHOUT = Weights((1.52, 0.78), (0.66, 2.58, 1.66))
"""By `python -m benchmarks.procedures --tune`, on the development set alone; but the topic weighs
more than was fitted (0.850 first there, with meanings, before 0.849), for questions that name no
thing: "bị mất thì cấp lại ở đâu"."""

SURE_BY_WORDS, CLEAR_BY_WORDS = 0.8, 1.5
"""So sure by words and topic, and with the closest procedure or office so far before the second in
words alone (standardised), the meaning is not asked for, which costs more than all the rest. No
question of the development set loses its procedure among three for it."""

Array = np.ndarray[Any, Any]
Found = TypeVar("Found")


class Index:
    """The procedures, ready to be searched."""

    def __init__(self, entries: Sequence[Entry], meanings: Meanings | None = None) -> None:
        self.ids = tuple(entry.id for entry in entries)
        self.meanings = meanings
        self._topics = tuple(entry.topic for entry in entries)
        documents = [" ".join((*e.known_questions(), e.answer)) for e in entries]
        self._words = Words([*documents, *(" ".join(each.questions) for each in elsewhere())])

    def search(self, text: str, topics: Mapping[str, float], most: int = 3) -> list[Candidate]:
        """The best `most` procedures, best first; `topics` gives the probability of each topic."""
        if not self.ids:
            return []
        by_words = self._by_words(text, topics)
        found = self._best(WITHOUT, *by_words, most)
        if is_clear(found[0].score, by_words[0][0]):
            return found
        try:
            if self.meanings is None:
                raise ModelAway
            opinions = self._and_meanings(self.meanings, text, *by_words)
        except ModelAway:
            BY_WORDS.inc()
            return found
        return self._best(WITH_MEANINGS, *opinions, most)

    def _best(
        self, weights: Weights, opinions: Array, familiar: Array, most: int
    ) -> list[Candidate]:
        total = weights.opinions @ opinions
        chances = np.exp(total - total.max())
        chances = chances[: len(self.ids)] / chances.sum()
        known = np.dot(weights.sure[2:], familiar[:, chances.argmax()]) + weights.sure[0]
        scores = 1 / (1 + np.exp(-(known + weights.sure[1] * np.log(chances + 1e-9))))
        order = np.argsort(-chances, kind="stable")[:most]
        return [Candidate(self.ids[place], float(scores[place])) for place in order]

    def opinions(self, text: str, topics: Mapping[str, float]) -> tuple[Array, Array]:
        """What each opinion says of each procedure, and how much of the question each knows; in
        the order of `Weights`, a row an opinion, a column a procedure, then one an office."""
        by_words = self._by_words(text, topics)
        return self._and_meanings(self.meanings, text, *by_words) if self.meanings else by_words

    def _by_words(self, text: str, topics: Mapping[str, float]) -> tuple[Array, Array]:
        shared, most = self._words.compare(text)
        likely = [topics.get(name, 0.0) for name in self._topics]
        likely += [NO_TOPIC if topics else 0.0] * (len(shared) - len(likely))
        opinions = [_standardised(shared), np.log(np.add(likely, UNLIKELY_TOPIC))]
        return np.stack(opinions), np.stack([shared / (most or 1.0)])

    def _and_meanings(
        self, meanings: Meanings, text: str, opinions: Array, familiar: Array
    ) -> tuple[Array, Array]:
        closest, mapped = meanings.compare(text)
        further = [_standardised(closest), _standardised(mapped)]
        return np.stack([*opinions, *further]), np.stack([*familiar, closest])


def is_clear(score: Array | float, words: Array) -> Array:
    """Whether meanings need not be asked for: `score` of the best by words and topic, `words` the
    first of the opinions, along the last axis."""
    ordered = np.sort(words, axis=-1)
    ahead: Array = ordered[..., -1] - ordered[..., -2]
    return (ahead >= CLEAR_BY_WORDS) & (score >= SURE_BY_WORDS)


_searching = ThreadPoolExecutor(4, "search")

_made: tuple[Mapping[str, Entry], Index] | None = None


def index() -> Index:
    """Of the procedures as they are now; without meanings just after a change."""
    global _made
    entries = catalogue()
    if _made is None or _made[0] is not entries:
        _made = (entries, Index(list(entries.values())))
    return _made[1]


def use(entries: Mapping[str, Entry], made: Index) -> None:
    """Search `made` while the catalogue is `entries`."""
    global _made
    _made = (entries, made)


def candidates(parse: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """What may answer the question in a parsed message, if there is one: Rasa leaves out None."""
    question = parse.get("question")
    return tuple(index().search(question["text"], question["topics"])) if question else ()


async def find(parse: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """The same, while the event loop does something else."""
    return await in_thread(candidates, parse) if parse.get("question") else ()


async def in_thread(search: Callable[..., Found], *values: Any) -> Found:
    """What a search finds. It has threads of its own: however long the sentence model is waited
    for, those in which others wait are free."""
    return await asyncio.get_running_loop().run_in_executor(_searching, search, *values)


async def understand(parse: Mapping[str, Any], written: str) -> Understanding:
    """What a message is and what may answer it. Raises: KeyError, ValueError."""
    return replace(Understanding.from_parse(parse, written), candidates=await find(parse))


def _standardised(values: Array) -> Array:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
