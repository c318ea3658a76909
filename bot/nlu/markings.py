"""Marks of state secrets on a document that somebody pastes or retells word for word.

Only what a document carries counts: the stamp on a line or in brackets of its own, the line "Độ
mật", the mark behind a document's number. "Bí mật", "mật ong", "mật khẩu" and "chuyện tối mật nha"
are ordinary words, and whoever speaks about secrets has shown none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.nlu.plain import Plain, spellings

_DEGREE = r"(?P<degree>(?:tuyet |toi )?mat)"
_DOCUMENT = (
    r"(?:tai lieu|van ban|cong van|cong dien|ho so|ke hoach|bao cao|to trinh|quyet dinh|chi thi"
    r"|thong bao|phuong an|dau|dong dau|do)"
)
_NUMBER = r"\d{1,6} ?/ ?(?:20\d\d ?/ ?)?[a-z]{1,8}(?: ?[-/] ?[a-z0-9]{1,10}){0,4}"
_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:muc )?do mat ?[:\-] ?[\"“(\[]?{_DEGREE}\b",
        rf"\bso ?[:.]? ?{_NUMBER} ?[(\[\-–,/ ]{{1,3}}{_DEGREE}\b[)\]]?",
        rf"\b{_NUMBER} ?[(\[] ?{_DEGREE} ?[)\]]",
    )
)
_STAMPS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|\n)[ \t*\-–_]*{_DEGREE}[ \t*\-–_!.]*(?=\n|$)",
        rf"[(\[“\"{{] ?{_DEGREE} ?[)\]”\"}}]",
        rf"\b{_DOCUMENT}(?: dong dau)?[ :]+{_DEGREE}\b",
    )
)
"""Of these the degree must be written in capitals with its diacritics."""

_MEANT = spellings("độ mức mật tối tuyệt số")
DEGREES = {"mat": "Mật", "toi mat": "Tối mật", "tuyet mat": "Tuyệt mật"}


@dataclass(frozen=True)
class Marking:
    """A mark at a place of `Plain.text`; `value` is the degree in Vietnamese."""

    start: int
    end: int
    value: str


def find_markings(plain: Plain) -> Iterator[Marking]:
    """May overlap. Most messages are left after one look for the word."""
    if "mat" not in plain.text:
        return
    for pattern in _MARKS:
        for match in pattern.finditer(plain.text):
            if plain.spells(*match.span(), _MEANT):
                yield _marking(match)
    for pattern in _STAMPS:
        for match in pattern.finditer(plain.text):
            written = plain.written(*match.span("degree"))
            if written in {"MẬT", "TỐI MẬT", "TUYỆT MẬT"}:
                yield _marking(match)


def _marking(match: re.Match[str]) -> Marking:
    return Marking(*match.span(), DEGREES[match["degree"]])
