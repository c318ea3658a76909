"""A text letter for letter without capitals and diacritics, which knows where each letter stood.

What residents type with and without diacritics is looked for once, in `Plain.text`; what is found
is then held against the original spelling: "tôi qua" is not "tối qua", though "toi qua" may be.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

MAX_CHARS = 4_000
"""Characters that are looked at."""

Spellings = Mapping[str, frozenset[str]]
"""For each word without diacritics the spellings that are meant."""

_ACCENTED_FROM = 0.2
"""A text is typed with diacritics when they stand on this share of its words."""

_WORD = re.compile(r"[^\W\d_]+")


class Plain:
    """`text` has one character for each letter of the original, its marks included."""

    def __init__(self, original: str) -> None:
        """Only the first `MAX_CHARS` characters count."""
        self.original = original[:MAX_CHARS]
        letters: list[str] = []
        starts: list[int] = []
        for place, char in enumerate(self.original):
            if letter := _letter(char):
                letters.append(letter)
                starts.append(place)
        self.text = "".join(letters)
        self._starts = [*starts, len(self.original)]
        self.accented = _is_accented(self.original)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of `text` stands in the original."""
        return self._starts[start], self._starts[end]

    def written(self, start: int, end: int) -> str:
        """A piece of `text` as it was written, composed."""
        first, last = self.span(start, end)
        return unicodedata.normalize("NFC", self.original[first:last])

    def spells(self, start: int, end: int, meant: Spellings) -> bool:
        """Whether every listed word of the piece is written as one that is meant.

        Without diacritics it is, unless the rest of the text has them.
        """
        words = _WORD.findall(self.written(start, end).lower())
        return all(_fits(word, meant, strict=self.accented) for word in words)


def spellings(words: str) -> dict[str, frozenset[str]]:
    """Words with diacritics, separated by blanks, by their form without."""
    found: dict[str, set[str]] = {}
    for word in words.split():
        found.setdefault(flat(word), set()).add(word)
    return {plain: frozenset(written) for plain, written in found.items()}


def flat(text: str) -> str:
    """Without capitals and diacritics."""
    return "".join(map(_letter, text))


def one_of(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


def _fits(word: str, meant: Spellings, *, strict: bool) -> bool:
    plain = flat(word)
    if plain not in meant or word in meant[plain]:
        return True
    return word == plain and not strict


def _is_accented(text: str) -> bool:
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    marked = sum(not word.isascii() for word in words)
    return bool(words) and marked / len(words) >= _ACCENTED_FROM


@lru_cache(maxsize=4_096)
def _letter(char: str) -> str:
    """One character, or none for a mark or a character without width."""
    if char in "đĐ":
        return "d"
    if unicodedata.category(char) in {"Mn", "Cf"}:
        return ""
    decomposed = unicodedata.normalize("NFKD", char)
    one_letter = all(unicodedata.category(mark) == "Mn" for mark in decomposed[1:])
    return (decomposed if one_letter else char).lower()[:1]
