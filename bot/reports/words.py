"""What was said, as a report's page shows it: what it names is marked, and what tells who somebody
is stays hidden until an officer asks for it.

Details are kept by the report and not by the message, so each is looked for in the text that is
shown. Numbers are found by their shape besides, so that none shows because nobody had noted it.
Everything here is escaped: `shown` alone makes HTML, and only around what was said.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.nlu import kinds, shapes
from bot.nlu.plain import MAX_CHARS, Plain, flat
from bot.nlu.shapes import find_shapes

NAME = "reporter_name"
HIDDEN = kinds.NUMBERS_OF_A_PERSON | {kinds.EMAIL, NAME}
"""Where something has to be done, and whom it is about, an officer reads at once."""

VEIL = "••••"
Entities = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of details that look alike on the page."""

    css: str
    legend: str


_PLACE = Group("place", "Nơi chốn")
_TIME = Group("time", "Thời gian")
_MONEY = Group("money", "Số tiền")
_PERSON = Group("person", "Tên người")
_NUMBER = Group("number", "Số điện thoại, giấy tờ, biển số, tài khoản")
_DOUBTFUL = Group("doubtful", "Dấu mật, đường dẫn lạ")
GROUPS: Mapping[str, tuple[Group, str]] = {
    kinds.HAMLET: (_PLACE, "ấp"),
    kinds.PLACE: (_PLACE, "nơi"),
    kinds.ADDRESS: (_PLACE, "địa chỉ"),
    kinds.TIME: (_TIME, "thời gian"),
    kinds.MONEY: (_MONEY, "số tiền"),
    kinds.PERSON: (_PERSON, "tên người"),
    NAME: (_PERSON, "tên người báo"),
    kinds.PHONE: (_NUMBER, "số điện thoại"),
    kinds.IDENTITY_NUMBER: (_NUMBER, "số giấy tờ"),
    kinds.PLATE: (_NUMBER, "biển số"),
    kinds.BANK_ACCOUNT: (_NUMBER, "số tài khoản"),
    kinds.EMAIL: (_NUMBER, "thư điện tử"),
    kinds.MARKING: (_DOUBTFUL, "dấu mật"),
    kinds.DOUBTFUL_LINK: (_DOUBTFUL, "đường dẫn lạ"),
}
"""How a kind is marked, and what a screen reader says before it."""

_LEFT = {kinds.PHONE: (2, 3), kinds.PLATE: (2, 2), kinds.EMAIL: (1, 0), NAME: (0, 0)}
_LEFT_OF_NUMBERS = (0, 3)
"""Letters that stay at both ends: enough to tell two numbers apart."""

_SHAPES = {
    shapes.PHONE: kinds.PHONE,
    shapes.PLATE: kinds.PLATE,
    shapes.IDENTITY: kinds.IDENTITY_NUMBER,
    shapes.EMAIL: kinds.EMAIL,
}
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ .-]?\d){7,}(?!\d)")
_DATE = re.compile(r"\d{1,2}[.-]\d{1,2}[.-]\d{4}|\d{4}[.-]\d{1,2}[.-]\d{1,2}")
_FEWEST_DIGITS = 6  # of a plate
_TITLES = ("ông", "bà", "anh", "chị", "cô", "chú", "bác", "dì", "cậu", "mợ", "thím", "thầy", "em")
_WINDOW = MAX_CHARS - 500
"""Characters after which numbers are looked for anew; no number is as long as the rest."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A detail from character `start` up to `end`."""

    kind: str
    start: int
    end: int


def find(text: str, details: Entities = (), name: str = "") -> list[Piece]:
    """The details in a text, in order and without overlap; what is to be hidden goes first.

    `name`: the reporter's, wherever he calls himself by it.
    """
    noted, parts = _by_words(details), list(_windows(text))
    hidden = _together(
        [
            *(_numbers(parts) if _has_numbers(text) else ()),
            *(p for said, kind in noted if kind in HIDDEN for p in _anyhow(parts, said, kind)),
            *_named(text, parts, name),
        ]
    )
    taken = bytearray(len(text))
    for piece in hidden:
        taken[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
    others = []
    found = [p for said, kind in noted if kind not in HIDDEN for p in _as_said(text, said, kind)]
    for piece in sorted(found, key=_longest_first):
        if not any(taken[piece.start : piece.end]):
            taken[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
            others.append(piece)
    return sorted([*hidden, *others], key=lambda piece: piece.start)


def shown(text: str, pieces: Iterable[Piece], *, hide: bool, mark: bool = True) -> Markup:
    """The text as HTML. `mark`: what is not hidden is marked too."""
    out, done = Markup(), 0
    for piece in pieces:
        out += text[done : piece.start]
        said = text[piece.start : piece.end]
        group, label = GROUPS[piece.kind]
        veiled = hide and piece.kind in HIDDEN
        if veiled:
            said, label = veil(said, piece.kind), f"{label}, đã che"
        if veiled or mark:
            out += Markup(
                '<mark class="said-{}"><span class="visually-hidden">{}: </span>{}</mark>'
            ).format(group.css, label, said)
        else:
            out += said
        done = piece.end
    return out + text[done:]


def veiled(text: str, details: Entities = (), name: str = "") -> str:
    """The text with what is to be hidden taken out, as plain text."""
    out, done = "", 0
    for piece in find(text, details, name):
        if piece.kind in HIDDEN:
            out += text[done : piece.start] + veil(text[piece.start : piece.end], piece.kind)
            done = piece.end
    return out + text[done:]


def veil(said: str, kind: str) -> str:
    """ "09••••123". How long it was is not told."""
    letters = "".join(c for c in said if c.isalnum())
    first, last = _LEFT.get(kind, _LEFT_OF_NUMBERS)
    if len(letters) < 2 * (first + last):
        return VEIL
    return letters[:first] + VEIL + letters[len(letters) - last :]


def veiled_name(name: str) -> str:
    """ "C••• B••• L•••": so that an officer who knows the reporter knows whom he talks with."""
    return " ".join(f"{word[0]}•••" for word in name.split())


def legend(pieces: Iterable[Piece]) -> list[Group]:
    """What the marks on a page mean, each once."""
    there = {GROUPS[piece.kind][0] for piece in pieces}
    return [group for group in dict.fromkeys(g for g, _ in GROUPS.values()) if group in there]


# --- Finding --------------------------------------------------------------------------------------


Parts = Sequence[tuple[int, Plain]]


def _by_words(details: Entities) -> list[tuple[str, str]]:
    """What the report's messages named, each spelling once, with its kind."""
    kinds_of: dict[str, str] = {}
    for detail in details:
        if detail["entity"] in GROUPS and (said := str(detail.get("text", "")).strip()):
            kinds_of.setdefault(said, detail["entity"])
    return list(kinds_of.items())


def _as_said(text: str, said: str, kind: str) -> Iterator[Piece]:
    for found in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", text, re.IGNORECASE):
        yield Piece(kind, *found.span())


def _anyhow(parts: Parts, said: str, kind: str) -> Iterator[Piece]:
    """With or without diacritics and capitals, composed or not."""
    wanted = r"\s+".join(map(re.escape, flat(said).split()))
    if not wanted:
        return
    for offset, plain in parts:
        for found in re.finditer(rf"(?<!\w){wanted}(?!\w)", plain.text):
            start, end = plain.span(*found.span())
            yield Piece(kind, offset + start, offset + end)


def _named(text: str, parts: Parts, name: str) -> Iterator[Piece]:
    """A name in full, and without its title or first words; its last word alone where it is written
    as in the name, as most are words of every day too."""
    words = name.split()
    if len(words) > 1:
        yield from _anyhow(parts, name, NAME)
    untitled = words[1:] if words and words[0].lower() in _TITLES else words
    for first in range(len(untitled) - 1):
        yield from _anyhow(parts, " ".join(untitled[first:]), NAME)
    if untitled and (len(untitled) > 1 or untitled == words):
        for found in re.finditer(rf"(?<!\w){re.escape(untitled[-1])}(?!\w)", text):
            yield Piece(NAME, *found.span())


def _has_numbers(text: str) -> bool:
    """Whether any can be there; most messages have too few digits."""
    return "@" in text or sum(map(str.isdigit, text)) >= _FEWEST_DIGITS


def _numbers(parts: Parts) -> Iterator[Piece]:
    """Numbers by which somebody can be found; no sum of money and no date."""
    for offset, plain in parts:
        sums = []
        for shape in find_shapes(plain):
            start, end = plain.span(shape.start, shape.end)
            if shape.kind == shapes.MONEY:
                sums.append(range(start, end))
            elif shape.kind in _SHAPES:
                yield Piece(_SHAPES[shape.kind], offset + start, offset + end)
        for found in _LONG_NUMBER.finditer(plain.original):
            a_sum = any(found.start() in each for each in sums)
            if not a_sum and not _DATE.fullmatch(found[0]):
                yield Piece(kinds.IDENTITY_NUMBER, offset + found.start(), offset + found.end())


def _windows(text: str) -> Iterator[tuple[int, Plain]]:
    """The text in parts that overlap, as `Plain` reads only so much."""
    for offset in range(0, max(len(text), 1), _WINDOW):
        yield offset, Plain(text[offset : offset + MAX_CHARS])


def _together(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces that overlap become one, so that none shows a part of another."""
    merged: list[Piece] = []
    for piece in sorted(pieces, key=_longest_first):
        if piece.start == piece.end:
            continue
        if merged and piece.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Piece(last.kind, last.start, max(last.end, piece.end))
        else:
            merged.append(piece)
    return merged


def _longest_first(piece: Piece) -> tuple[int, int]:
    return piece.start, -piece.end


# --- One report -----------------------------------------------------------------------------------


class Reader:
    """How one officer sees what is said on one report's page.

    `name` is looked for in the reporter's own words only. An anonymous reporter's stays hidden
    there whatever else is shown; were it hidden in officers' words too, one of them could write
    names down and see which one is his.
    """

    def __init__(self, details: Entities | None, name: str, *, anonymous: bool, hide: bool) -> None:
        self._details: Sequence[Mapping[str, Any]] = list(details or ())
        self._name = name
        self._anonymous = anonymous
        self._found: dict[str, list[Piece]] = {}
        self.hides = hide

    def reporters(self, text: str) -> Markup:
        """What the reporter wrote."""
        if self._anonymous and self._name:
            text = without_name(text, self._name)
        if text not in self._found:
            self._found[text] = find(text, self._details, "" if self._anonymous else self._name)
        return shown(text, self._found[text], hide=self.hides)

    def officers(self, text: str) -> Markup:
        """What an officer wrote."""
        return shown(text, find(text, self._details), hide=self.hides, mark=False)

    def who(self, name: str) -> str:
        """The reporter's name, or alias, beside what is told of him."""
        return veiled_name(name) if self.hides and not self._anonymous else name

    def number(self, phone: str) -> str:
        return veil(phone, kinds.PHONE) if self.hides else phone

    def file_name(self, name: str) -> str:
        """The name of a file that the reporter sent."""
        return veiled(name.replace("_", " "), self._details, self._name) if self.hides else name

    def legend(self) -> list[Group]:
        """Of all that the reporter wrote and was shown so far."""
        return legend(piece for pieces in self._found.values() for piece in pieces)

    def hidden(self) -> bool:
        """Whether there is anything among it that is hidden, or was before it was asked for."""
        return any(p.kind in HIDDEN for pieces in self._found.values() for p in pieces)


def without_name(text: str, name: str, instead: str = VEIL) -> str:
    """The text without the name, wherever its writer calls himself by it."""
    out, done = "", 0
    for piece in _together(_named(text, list(_windows(text)), name)):
        out += text[done : piece.start] + instead
        done = piece.end
    return out + text[done:]
