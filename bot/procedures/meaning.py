"""What a question means, as the sentence model says (e5/model.py)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bot.procedures.diacritics import Diacritics
from bot.procedures.elsewhere import elsewhere
from bot.procedures.embedding import embed
from bot.procedures.entry import Entry

MAX_CHARS = 300
"""The time grows with the length, and a question says what it is about early on."""

RIDGE = 0.3
"""How little the known questions are trusted: chosen on the development set."""


class Known:
    """The known questions of a catalogue, and those elsewhere, as the sentence model gets them, and
    whose each is."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        texts = [text for e in entries for text in (*e.known_questions(), e.answer, *e.details)]
        self.diacritics = Diacritics(texts)
        questions = [e.known_questions() for e in entries] + [e.questions for e in elsewhere()]
        asked = [(owner, q) for owner, texts in enumerate(questions) for q in texts]
        self.owners = np.array([owner for owner, _ in asked], dtype=int)
        self.questions = [self.diacritics.restore(q)[:MAX_CHARS] for _, q in asked]


class Meanings:
    """Two opinions on which procedure a question means: how close its closest known question is,
    and what a linear map from meanings to procedures learnt from all of them (ridge regression)."""

    def __init__(self, known: Known, vectors: np.ndarray[Any, Any]) -> None:
        """`vectors` has a row for each of `known.questions`."""
        self._diacritics, self._questions = known.diacritics, vectors
        # One owner's questions follow one another, so each is where its first stands.
        self._owners, self._first = np.unique(known.owners, return_index=True)
        self._centre = self._questions.mean(axis=0)
        rows = self._questions - self._centre
        right = np.eye(known.owners.max() + 1)[known.owners]
        square = rows.T @ rows + RIDGE * np.eye(rows.shape[1])
        self._map = np.linalg.solve(square, rows.T @ (right - right.mean(axis=0)))

    def compare(self, question: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The likeness to the closest question of each procedure, and what the map says.

        Raises: ModelAway."""
        vector = self.vector(self._diacritics.restore(question)[:MAX_CHARS])
        closest = np.full(self._map.shape[1], -1.0)
        closest[self._owners] = np.maximum.reduceat(self._questions @ vector, self._first)
        return closest, (vector - self._centre) @ self._map

    def vector(self, restored: str) -> np.ndarray[Any, Any]:
        return np.asarray(embed([restored])[0])
