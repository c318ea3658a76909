"""Where two texts of a procedure differ, word by word, so that one changed figure is seen."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class Kind(StrEnum):
    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


MOST_PAIRS = 1_000_000
"""Of two texts with more pairs of the same word, the one is shown and then the other: to compare
them would hold up everybody."""


def pieces(before: str, after: str) -> list[Piece]:
    """The later text, with what is no longer in it where it stood."""
    old, new = _words(before), _words(after)
    often, again = Counter(old), Counter(new)
    if sum(times * again[word] for word, times in often.items()) > MOST_PAIRS:
        return [Piece(Kind.OUT, before), Piece(Kind.IN, after)]
    return list(_pieces(old, new))


def _words(text: str) -> list[str]:
    """Each with the blanks before it."""
    return re.findall(r"\n|[^\S\n]*\S+|[^\S\n]+", text)


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for what, old, old_end, new, new_end in matcher.get_opcodes():
        if what == "equal":
            yield Piece(Kind.SAME, "".join(after[new:new_end]))
            continue
        if old < old_end:
            yield Piece(Kind.OUT, "".join(before[old:old_end]))
        if new < new_end:
            yield Piece(Kind.IN, "".join(after[new:new_end]))
