"""Meanings of all questions, kept in a file: making them takes minutes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bot.procedures.embedding import embed
from bot.procedures.meaning import Known, Meanings

AT_ONCE = 64


class Vectors:
    def __init__(self, path: Path) -> None:
        self._path = path
        kept = np.load(path) if path.exists() else {"questions": [], "vectors": []}
        self.of = dict(zip(map(str, kept["questions"]), kept["vectors"], strict=True))

    def make(self, questions: Iterable[str]) -> None:
        """What is missing; the file is written anew."""
        missing = [q for q in dict.fromkeys(questions) if q not in self.of]
        for start in range(0, len(missing), AT_ONCE):
            some = missing[start : start + AT_ONCE]
            self.of |= dict(zip(some, embed(some), strict=True))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, questions=list(self.of), vectors=list(self.of.values()))


class Remembered(Meanings):
    """As in service, but for what is asked of the sentence model."""

    def __init__(self, known: Known, vectors: Vectors) -> None:
        super().__init__(known, np.stack([vectors.of[q] for q in known.questions]))
        self._vectors = vectors

    def vector(self, restored: str) -> np.ndarray[Any, Any]:
        return np.asarray(self._vectors.of[restored])
