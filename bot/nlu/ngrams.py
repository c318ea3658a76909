"""A message as a sparse vector: its words and letters, as written and without diacritics.

Half the residents type without diacritics, so every message is seen twice: the folded text keeps
`ma`, `má` and `mả` apart, the stripped one brings them together. Each block of features has unit
length before its weight, so that a long message speaks no louder than a short one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu.text import fold, strip_diacritics

REMEMBERED, LONGEST = 8_192, 32
"""So many words, of so many letters at most, need not be looked up again: few make up most of what
people write."""


class Row(NamedTuple):
    """The features one text has: their columns, and as many values."""

    columns: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]


EMPTY = Row(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


class Views(NamedTuple):
    """A text as it is looked at; `Block.stripped` says which of the two a block looks at."""

    folded: str
    stripped: str

    @classmethod
    def of(cls, text: str) -> Views:
        """The views of a message as its writer typed it."""
        folded = fold(text)
        return cls(folded, strip_diacritics(folded))


def words(text: str) -> list[str]:
    """Single words and pairs of neighbours."""
    units = text.split()
    return units + [f"{a} {b}" for a, b in pairwise(units)]


def letters_in_words(text: str) -> list[str]:
    """Two to five letters inside one word, a blank marking where it begins and ends."""
    return [run for word in text.split() for run in _runs(f" {word} ", 2, 5)]


def letters(text: str) -> list[str]:
    """Three to six characters, across words."""
    return _runs(f" {text} ", 3, 6)


def _runs(text: str, shortest: int, longest: int) -> list[str]:
    return [
        text[start : start + length]
        for length in range(shortest, longest + 1)
        for start in range(len(text) - length + 1)
    ]


@dataclass(frozen=True)
class Block:
    """One kind of feature; `rarest` is the number of training texts a feature must occur in."""

    grams: Callable[[str], list[str]]
    stripped: bool
    weight: float
    rarest: int


BLOCKS = (
    Block(words, stripped=False, weight=1.5, rarest=4),
    Block(letters_in_words, stripped=False, weight=1.0, rarest=4),
    Block(words, stripped=True, weight=1.5, rarest=4),
    Block(letters, stripped=True, weight=1.0, rarest=6),
)


class Vocabulary:
    """The features of one block: which column each has, and how telling it is (shape: columns)."""

    def __init__(self, block: Block, grams: Sequence[str], idf: np.ndarray[Any, Any]) -> None:
        self.block = block
        self.columns = {gram: column for column, gram in enumerate(grams)}
        self.idf = idf.astype(np.float32)
        self._in_word = lru_cache(REMEMBERED)(self._look_up)

    @classmethod
    def fit(cls, block: Block, texts: Sequence[str]) -> Vocabulary:
        """Learn from texts already in the block's view."""
        found: Counter[str] = Counter()
        for text in texts:
            found.update(set(block.grams(text)))
        grams = sorted(gram for gram, times in found.items() if times >= block.rarest)
        times = np.array([found[gram] for gram in grams], dtype=np.float64)
        return cls(block, grams, np.log((1 + len(texts)) / (1 + times)) + 1)

    def vector(self, text: str) -> Row:
        """Columns and values of one text, empty if nothing in it is known."""
        known = Counter(self._looked_up(text))
        known.pop(None, None)
        columns = np.fromiter(known.keys(), dtype=np.int32, count=len(known))
        times = np.fromiter(known.values(), dtype=np.float32, count=len(known))
        values = (1 + np.log(times)) * self.idf[columns]
        length = float(np.sqrt(values @ values)) or 1.0
        return Row(columns, values * np.float32(self.block.weight / length))

    def _looked_up(self, text: str) -> Iterable[int | None]:
        """The column of every feature of the text as often as it occurs; None for unknown ones."""
        if self.block.grams is not letters_in_words:
            return self._look_up(text)
        return chain.from_iterable(
            self._in_word(word) if len(word) <= LONGEST else self._look_up(word)
            for word in text.split()
        )

    def _look_up(self, text: str) -> list[int | None]:
        return list(map(self.columns.get, self.block.grams(text)))


class NgramFeatures:
    """All blocks side by side."""

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        self.vocabularies = tuple(vocabularies)
        widths = [len(vocabulary.columns) for vocabulary in vocabularies]
        self._starts = np.cumsum([0, *widths]).astype(np.int32)

    @classmethod
    def fit(cls, texts: Iterable[str], blocks: Sequence[Block] = BLOCKS) -> NgramFeatures:
        """Learn the vocabularies from messages as their writers typed them."""
        views = [Views.of(text) for text in texts]
        return cls(
            [Vocabulary.fit(block, [view[block.stripped] for view in views]) for block in blocks]
        )

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self._starts[-1])

    def row(self, views: Views) -> Row:
        """The features of all blocks."""
        parts = [v.vector(views[v.block.stripped]) for v in self.vocabularies]
        starts = zip(parts, self._starts[:-1], strict=True)
        return Row(
            np.concatenate([columns + start for (columns, _), start in starts]),
            np.concatenate([values for _, values in parts]),
        )

    def familiarity(self, views: Views) -> float:
        """The share of the words that occurred in training, diacritics aside; 0 without words.

        Numbers, emoji and single letters are no words.
        """
        known = next(v for v in self.vocabularies if v.block.grams is words and v.block.stripped)
        said = [word for word in views.stripped.split() if word.isalpha() and len(word) > 1]
        return sum(word in known.columns for word in said) / len(said) if said else 0.0

    def save(self, directory: Path) -> None:
        """Write plain data: a model archive should hold nothing that runs when it is read."""
        grams = [list(vocabulary.columns) for vocabulary in self.vocabularies]
        (directory / "grams.json").write_text(json.dumps(grams, ensure_ascii=False), "utf-8")
        np.savez(directory / "idf.npz", *[vocabulary.idf for vocabulary in self.vocabularies])

    @classmethod
    def load(cls, directory: Path, blocks: Sequence[Block] = BLOCKS) -> NgramFeatures:
        """Read what `save` wrote; OSError, ValueError or KeyError if it is not that."""
        grams = json.loads((directory / "grams.json").read_text("utf-8"))
        with np.load(directory / "idf.npz", allow_pickle=False) as idf:
            parts = zip(blocks, grams, idf.values(), strict=True)
            return cls([Vocabulary(*part) for part in parts])


def stacked(rows: Sequence[Row], width: int) -> csr_matrix:
    """The rows as one matrix, for learning; scipy takes longer over one row than making it does."""
    return csr_matrix(
        (
            np.concatenate([row.values for row in rows]),
            np.concatenate([row.columns for row in rows]),
            np.cumsum([0, *(len(row.columns) for row in rows)]),
        ),
        shape=(len(rows), width),
    )
