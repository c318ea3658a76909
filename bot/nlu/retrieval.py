"""Which of the procedures answers a question.

Up to three opinions are added up: which words and letters a question shares with a procedure's
questions and answer, the topic, and, only where those two leave doubt, what the sentence means (e5
against every known question; it takes longer than everything else together). Words and meaning say
something only in comparison, so both are standardised over the procedures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz

from bot.nlu.ngrams import Block, NgramFeatures, letters, words
from bot.nlu.sentence import embed
from bot.nlu.text import fold, strip_diacritics

BLOCKS = (
    Block(words, stripped=False, weight=1.0, rarest=1),
    Block(words, stripped=True, weight=1.0, rarest=1),
    Block(letters, stripped=True, weight=1.0, rarest=1),
)

MEANING, WORDS, TOPIC, BIAS = 0.27, 1.33, 0.78, -4.5
"""Weights of the three opinions: logistic regression on 154 questions with a known procedure."""

WORDS_ALONE = 1.55
"""Weight of the words where the meaning is not asked."""

SURE_BY = 1.0
"""A procedure this far ahead of the next by words and topic is the one: of 132 questions three
quarters are decided so, and as many are answered rightly as with all three opinions."""

UNLIKELY_TOPIC = 1e-3
"""A topic that is this unlikely, or less, counts as this likely."""


@dataclass(frozen=True)
class Candidate:
    """A procedure and how likely it is the one that was asked about, 0 to 1."""

    id: str
    score: float


class ProcedureIndex:
    """The procedures, ready to be searched.

    `meanings` has a row for each known question in either view, and `owners` says whose it is.
    """

    def __init__(
        self,
        ids: Sequence[str],
        topics: Sequence[str],
        owners: np.ndarray[Any, Any],
        meanings: np.ndarray[Any, Any],
        ngrams: NgramFeatures,
        documents: csr_matrix,
    ) -> None:
        self.ids = tuple(ids)
        self.topics = tuple(topics)
        self._owners = owners
        self._meanings = meanings
        self._ngrams = ngrams
        self._documents = documents

    @classmethod
    def build(cls, procedures: Sequence[Mapping[str, Any]]) -> ProcedureIndex:
        """From entries of `nlu_data/procedures/`."""
        known = [_known_questions(entry) for entry in procedures]
        questions = [(owner, text) for owner, texts in enumerate(known) for text in texts]
        documents = [
            " ".join((*texts, entry["answer"]))
            for texts, entry in zip(known, procedures, strict=True)
        ]
        ngrams = NgramFeatures.fit(documents, BLOCKS)
        folded = [fold(question) for _, question in questions]
        stripped = [fold(strip_diacritics(question)) for _, question in questions]
        return cls(
            [entry["id"] for entry in procedures],
            [entry["topic"] for entry in procedures],
            np.array([owner for owner, _ in questions] * 2),
            embed(folded + stripped),
            ngrams,
            ngrams.transform(documents),
        )

    def search(self, text: str, topics: Mapping[str, float], most: int = 3) -> list[Candidate]:
        """The best `most` procedures, best first; `topics` gives the probability of each topic."""
        words, topic = self._words(text), self._topic(topics)
        total = WORDS_ALONE * words + TOPIC * topic
        best, next_best = np.sort(total)[:-3:-1]
        if best - next_best < SURE_BY:
            total = MEANING * self._meaning(text) + WORDS * words + TOPIC * topic
        scores = 1 / (1 + np.exp(-(total + BIAS)))
        order = np.argsort(-scores, kind="stable")[:most]
        return [Candidate(self.ids[place], float(scores[place])) for place in order]

    def _words(self, text: str) -> np.ndarray[Any, Any]:
        shared = (self._documents @ self._ngrams.transform([text]).T).toarray()[:, 0]
        return _standardised(shared)

    def _meaning(self, text: str) -> np.ndarray[Any, Any]:
        likeness = self._meanings @ embed([fold(text)])[0]
        closest = np.full(len(self.ids), -1.0)
        np.maximum.at(closest, self._owners, likeness)
        return _standardised(closest)

    def _topic(self, topics: Mapping[str, float]) -> np.ndarray[Any, Any]:
        return np.log([topics.get(name, 0.0) + UNLIKELY_TOPIC for name in self.topics])

    def save(self, directory: Path) -> None:
        """Write plain data."""
        names = json.dumps({"ids": self.ids, "topics": self.topics})
        (directory / "procedures.json").write_text(names, "utf-8")
        np.savez(directory / "questions.npz", owners=self._owners, meanings=self._meanings)
        save_npz(directory / "documents.npz", self._documents)
        self._ngrams.save(directory)

    @classmethod
    def load(cls, directory: Path) -> ProcedureIndex:
        """Read what `save` wrote; OSError, ValueError or KeyError if it is not that."""
        names = json.loads((directory / "procedures.json").read_text("utf-8"))
        with np.load(directory / "questions.npz", allow_pickle=False) as questions:
            owners, meanings = questions["owners"], questions["meanings"]
        documents = load_npz(directory / "documents.npz")
        ngrams = NgramFeatures.load(directory, BLOCKS)
        return cls(names["ids"], names["topics"], owners, meanings, ngrams, documents)


def _known_questions(procedure: Mapping[str, Any]) -> tuple[str, ...]:
    """Its name, the questions its author thought of, and those that residents asked."""
    return (procedure["name"], *procedure["questions"], *procedure.get("asked", ()))


def _standardised(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
