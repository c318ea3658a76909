"""Where two texts of a procedure differ, word by word, so that one changed figure is seen."""

import re
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


def pieces(before: str, after: str) -> list[Piece]:
    """The later text, with what is no longer in it where it stood."""
    return list(_pieces(_words(before), _words(after)))


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
