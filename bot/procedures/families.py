"""Procedures that differ by one fact, and the one question that tells them apart
(nlu_data/procedures_asked.yml)."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.procedures.parts import names_nothing_else
from bot.procedures.spelling import has, plain, plain_of, spelt, which, without
from bot.settings import PROJECT

FILE = PROJECT / "nlu_data" / "procedures_asked.yml"

LONGEST_LABEL = 32
"""Characters of a button that a phone shows whole."""

_DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
_ONES = {plain(word): number for number, word in enumerate(_DIGITS)}
_ONES |= {"tu": 4, "lam": 5, "nham": 5}
_ONE = "|".join(_ONES)
_SMALL = rf"\d{{1,3}}|(?:(?:{_ONE}) )?muoi(?: (?:{_ONE}))?|(?:{_ONE})"
_YEARS = re.compile(
    rf"\b(duoi |chua (?:du |toi )?)?(?:du |tron |hon |tren |tu )*({_SMALL})"
    rf"(?: (?:den|toi) ({_SMALL}))? ?(?:t|tuoi)\b"
)
_MONTHS = re.compile(
    r"\b(?:be|chau|con|nhoc|em)(?: (?:toi|tui|em|gai|trai|nha|minh|moi|duoc|nay|dau|chau|hon|gan))*"
    r" (\d{1,2}) ?thang\b"
    r"|\b(\d{1,2}) ?thang tuoi\b"
)
_BORN = re.compile(r"\b(?:sinh|sn)(?: nam| ngay \d+ \d+| thang \d+)? ?((?:19|20)\d\d)\b")
_NEWBORN = re.compile(r"\b(?:moi|vua) (?:sinh|de|chao doi)\b|\bso sinh\b|\bngay tuoi\b")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Age(_Strict):
    """In full years, both ends included."""

    since: int = Field(default=0, ge=0, alias="from")
    to: int = Field(default=150, le=150)

    def covers(self, years: Collection[int]) -> bool:
        return all(self.since <= each <= self.to for each in years)


class Choice(_Strict):
    label: Annotated[str, Field(min_length=3, max_length=LONGEST_LABEL)]
    procedure: str
    words: tuple[str, ...] = ()
    age: Age | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What a person said, read once for all the families it is held against."""

    words: str  # as `spelt`
    ages: Collection[int]

    @classmethod
    def of(cls, text: str, today: date) -> "Said":
        return cls(spelt(text), ages(text, today))


class Family(_Strict):
    name: str
    about: tuple[str, ...] = Field(min_length=1)
    beside: tuple[str, ...] = ()
    question: str
    usual: str = ""  # what a general question means, where that goes without asking
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=9)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(choice.procedure for choice in self.choices)

    def choice_of(self, procedure: str) -> Choice:
        """Raises: StopIteration where it is not one of this family."""
        return next(choice for choice in self.choices if choice.procedure == procedure)

    def label_elsewhere(self, procedure: str) -> str:
        """The label where it stands among other matters: "Căn cước: thẻ mất, hư"."""
        label = self.choice_of(procedure).label
        return f"{self.name}: {label[0].lower()}{label[1:]}"

    def told(self, said: Said) -> Choice | None:
        """The choice that the words make, if they make one alone; words say more than an age."""
        in_words = which(said.words, tuple(choice.words for choice in self.choices))
        named = [
            choice
            for choice in map(self.choices.__getitem__, in_words)
            if choice.age is None or choice.age.covers(said.ages)
        ]
        if not named and said.ages:
            named = [c for c in self.choices if c.age and c.age.covers(said.ages)]
        return named[0] if len(named) == 1 else None

    def asked_in_general(self, said: Said) -> bool:
        """Whether the question names the matter and nothing by which its procedures differ."""
        if not has(said.words, self.about):
            return False
        if has(said.words, ("ảnh",)):  # without its tone it addresses somebody
            return False
        rest = without(without(said.words, self.about), self.beside)
        return names_nothing_else(plain_of(rest))

    def asked_with_fact(self, said: Said) -> Choice | None:
        """The choice of a question that names the matter, the fact, and nothing else."""
        return self.answered_by(said) if has(said.words, self.about) else None

    def answered_by(self, said: Said) -> Choice | None:
        """The choice that a short answer to the question makes; words that say anything else may
        report something."""
        if (choice := self.told(said)) is None:
            return None
        rest = plain_of(without(said.words, (*self.about, *self.beside, *choice.words)))
        for pattern in (_YEARS, _MONTHS, _BORN, _NEWBORN):
            rest = pattern.sub(" ", rest)
        return choice if names_nothing_else(rest) else None


@cache
def families() -> tuple[Family, ...]:
    """All of the file. Raises: ValidationError."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(TypeAdapter(list[Family]).validate_python(read))


def families_of(procedures: Iterable[str]) -> list[Family]:
    """For each procedure the first family it belongs to; a later one may lend it."""
    first = (next((f for f in families() if each in f.ids), None) for each in procedures)
    return list(dict.fromkeys(family for family in first if family))


def family_with(procedures: Sequence[str]) -> Family | None:
    """The one that all of the procedures belong to."""
    return next((f for f in families() if procedures and set(procedures) <= set(f.ids)), None)


def ages(text: str, today: date) -> set[int]:
    """The ages told, in full years; both that somebody born in a year may have."""
    text = plain(text)
    found: set[int] = set()
    for below, first, last in _YEARS.findall(text):
        found |= {_number(each) - bool(below) for each in (first, last) if each}
    for with_child, by_itself in _MONTHS.findall(text):
        found.add(int(with_child or by_itself) // 12)
    for year in _BORN.findall(text):
        found |= {today.year - int(year), max(today.year - int(year) - 1, 0)}
    if _NEWBORN.search(text):
        found.add(0)
    return {each for each in found if 0 <= each <= 120}


def _number(words: str) -> int:
    """“8”, “tám”, “mười bốn”, “bốn mươi lăm”, in plain words."""
    if words.isdigit():
        return int(words)
    tens, ten, ones = words.partition("muoi")
    if not ten:
        return _ONES[words]
    return 10 * _ONES.get(tens.strip(), 1) + _ONES.get(ones.strip(), 0)
