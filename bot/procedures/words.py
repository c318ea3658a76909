"""Which words a question shares with what is known of each procedure: Okapi BM25.

Single words and pairs of neighbours, folded and without diacritics, as half the residents type.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from bot.nlu.text import fold, strip_diacritics

SOON, LENGTH = 1.2, 0.6
"""How soon a word said again stops counting, and how much a long text is marked down: Okapi's
usual values."""

_NUMBER = re.compile(r"\d{3,}|_\w+_")  # the latter a plate, a paper, a phone (bot/nlu/text.py)

Array = np.ndarray[Any, Any]


class Words:
    """A text for each procedure, ready to be compared with a question. Words are kept as hashes."""

    def __init__(self, documents: Sequence[str]) -> None:
        counted = [_counted(document) for document in documents]
        self._documents = len(documents)
        sizes = [len(grams) for grams, _ in counted]
        together = np.concatenate([grams for grams, _ in counted])
        self._grams, rows, among = np.unique(together, return_inverse=True, return_counts=True)
        self._rarity = np.log(1 + (len(documents) - among + 0.5) / (among + 0.5))
        self._unknown = math.log(1 + (len(documents) + 0.5) / 0.5)
        lengths = np.array([times.sum() for _, times in counted])
        owners = np.repeat(np.arange(len(counted)), sizes)
        times = np.concatenate([times for _, times in counted])
        marked = SOON * (1 - LENGTH + LENGTH * lengths / max(1.0, lengths.mean()))[owners]
        values = self._rarity[rows] * times * (SOON + 1) / (times + marked)
        by_gram = np.argsort(rows, kind="stable")
        self._owners, self._values = owners[by_gram], values[by_gram]
        self._ends = np.cumsum(among)  # of each gram's owners and values

    def compare(self, question: str) -> tuple[Array, float]:
        """How much of it each procedure has, and how much there was to have. Numbers that none of
        them names, of plates and papers, are nothing to have."""
        said = np.unique(_hashed(_pairs_too(filter(self._says_something, _units(question)))))
        places = np.searchsorted(self._grams, said).clip(max=len(self._grams) - 1)
        rows = places[self._grams[places] == said]
        most = self._rarity[rows].sum() + self._unknown * (len(said) - len(rows))
        having = np.concatenate([self._having(row) for row in rows] or [np.empty(0, int)])
        owners, values = self._owners[having], self._values[having]
        return np.bincount(owners, values, minlength=self._documents), float(most)

    def _having(self, gram: int) -> Array:
        return np.arange(self._ends[gram - 1] if gram else 0, self._ends[gram])

    def _says_something(self, unit: str) -> bool:
        if not _NUMBER.fullmatch(unit):
            return True
        place = np.searchsorted(self._grams, hash(unit)).clip(max=len(self._grams) - 1)
        return bool(self._grams[place] == hash(unit))


@lru_cache(maxsize=1024)
def _counted(document: str) -> tuple[Array, Array]:
    """Its words and how often each occurs; kept, as an edit changes one text of them all."""
    grams = Counter(_pairs_too(_units(document)))
    return _hashed(grams), np.fromiter(grams.values(), dtype=float, count=len(grams))


def _units(text: str) -> list[str]:
    return strip_diacritics(fold(text)).split()


def _pairs_too(units: Iterable[str]) -> list[str]:
    units = list(units)
    return units + [f"{a} {b}" for a, b in pairwise(units)]


def _hashed(grams: Iterable[str]) -> Array:
    return np.fromiter(map(hash, grams), dtype=np.int64)
