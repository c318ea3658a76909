"""What a message names: times, places, numbers, people, marks of secrets and doubtful links.

spaCy's `SpanRuler` puts together what stands in the message: syllables that know the word
underthesea found them in, and numbers, times and links that are recognised letter by letter (one
number is written across many words). Every syllable the rules do not know reaches spaCy as the
same blank one, so that its vocabulary never grows and keeps nothing that anybody wrote.

    python -m bot.nlu.details [--places FILE]

answers lines `{"text": …, "now": …}` with the entities of each, for trying it out.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import spacy
from spacy.tokens import Doc, Span

from bot.nlu import kinds, lexicon, shapes
from bot.nlu.links import host_of, why_doubtful
from bot.nlu.markings import find_markings
from bot.nlu.places import Places, PlacesFile, variants, without_kind
from bot.nlu.plain import Plain, Spellings, flat, spellings
from bot.nlu.shapes import Shape, find_shapes
from bot.nlu.times import Moment, tell_times

MOST = 100
"""Details of one message; nobody writes more."""

WordSpans = Iterable[tuple[int, int]]
_Ends = Callable[[], Mapping[int, int]]
"""Where each word ends, by where it begins."""

# What stands at a place of the message: spaCy's TAG.
_TIME, _MARKING, _BAD_LINK, _NAME, _NUMBER, _WORD = "TIME", "MARKING", "BADLINK", "NAME", "N", "W"

# What a syllable may be in somebody's name: spaCy's LEMMA.
_TITLE, _ELDER, _RANK, _SURNAME = "TITLE", "ELDER", "RANK", "SURNAME"

_UNKNOWN = "·"
_SYLLABLE = re.compile(r"[^\W\d_]+|\d+|\n|[^\w\s]|_")
_SHOUTED = 0.85
"""Where more of the letters are capitals, they mean nothing."""

_CARD_DIGITS, _ACCOUNT_DIGITS = range(8, 14), range(6, 20)
_SURELY_AN_ACCOUNT = 13
"""Digits; no card, bill or telephone has so many."""

_SINGLE = {
    shapes.PHONE: kinds.PHONE,
    shapes.PLATE: kinds.PLATE,
    shapes.IDENTITY: kinds.IDENTITY_NUMBER,
    shapes.MONEY: kinds.MONEY,
    shapes.HOUSE: kinds.ADDRESS,
    shapes.EMAIL: kinds.EMAIL,
    _TIME: kinds.TIME,
    _MARKING: kinds.MARKING,
    _BAD_LINK: kinds.DOUBTFUL_LINK,
}
_SURER_FIRST = {
    kind: place
    for place, kind in enumerate(
        (kinds.MARKING, kinds.DOUBTFUL_LINK, kinds.BANK_ACCOUNT, kinds.IDENTITY_NUMBER)
    )
}


@dataclass(frozen=True)
class Detail:
    """A piece of the message, from character `start` up to `end` of its text."""

    kind: str
    start: int
    end: int
    value: str
    moment: Moment | None = None


class _Token(NamedTuple):
    """A syllable, or a whole number, time or link; places in `Plain.text`."""

    start: int
    end: int
    shape: str
    key: str = _UNKNOWN
    role: str = ""
    value: str = ""
    moment: Moment | None = None


class DetailRules:
    """Finds the details of messages; one message at a time."""

    def __init__(self, places: PlacesFile | None = None) -> None:
        self._file = places or PlacesFile(None)
        self._take(Places())

    def find(self, text: str, words: WordSpans, now: datetime) -> list[Detail]:
        """In order and without overlap; any string is safe. `words` are offsets into `text`, and
        are only asked for when something may be a title."""
        if (places := self._file.changed()) is not None:
            self._take(places)
        plain = Plain(text)
        tokens = list(_tokens(plain, cache(lambda: dict(words)), now, self._meant))
        if not tokens:
            return []
        doc = Doc(
            self._nlp.vocab,
            words=[token.key for token in tokens],
            tags=[token.shape for token in tokens],
            lemmas=[token.role or _WORD for token in tokens],  # spaCy refuses empty ones
        )
        spans = sorted(self._ruler(doc).spans["ruler"], key=lambda span: span.id_ != "listed")
        found = filter(None, (self._read(plain, tokens, span) for span in spans))
        return _without_overlap(found)[:MOST]

    def _take(self, places: Places) -> None:
        """New rules, with these names."""
        self._listed: dict[str, str] = {}
        self._meant: dict[str, frozenset[str]] = {**lexicon.SPELLINGS}
        self._nlp = spacy.blank("xx")
        self._ruler = self._nlp.add_pipe("span_ruler")
        self._ruler.add_patterns([*_PATTERNS, *self._named(places)])

    def _named(self, places: Places) -> Iterator[dict[str, Any]]:
        others = {*places.others, places.commune, without_kind(places.commune)} - {""}
        names = [(name, kinds.HAMLET) for name in places.hamlets]
        names += [(name, kinds.PLACE) for name in sorted(others)]
        for name, kind in names:
            for word, written in spellings(" ".join(_SYLLABLE.findall(name.lower()))).items():
                self._meant[word] = self._meant.get(word, frozenset()) | written
            for words in filter(None, variants(name)):
                self._listed.setdefault(" ".join(words), name)
                yield _rule(kind, *({"ORTH": word} for word in words), how="listed")

    def _read(self, plain: Plain, tokens: Sequence[_Token], span: Span) -> Detail | None:
        """The detail that a span of the ruler stands for, unless it is none after all."""
        kind, how = span.label_, span.id_
        covered = tokens[span.start : span.end]
        if how == "last":
            covered = covered[-1:]
        elif how.startswith("after "):
            covered = covered[int(how.removeprefix("after ")) :]
        following = tokens[span.end] if span.end < len(tokens) else None
        if not _holds(kind, how, covered, following) or not _is_spelled(plain, how, covered):
            return None
        first, last = covered[0], covered[-1]
        value = first.value or plain.written(first.start, last.end)
        if how == "listed":
            value = self._listed[" ".join(token.key for token in covered)]
        elif how == "area":
            value = f"{lexicon.AREAS[first.key][0]} {last.key}"
        return Detail(kind, *plain.span(first.start, last.end), value, first.moment)


def as_entity(detail: Detail) -> dict[str, Any]:
    """The shape of Rasa's entities; a time also has `resolved`, in ISO 8601."""
    entity: dict[str, Any] = {
        "entity": detail.kind,
        "start": detail.start,
        "end": detail.end,
        "value": detail.value,
        "extractor": "DetailFinder",
    }
    if detail.moment:
        from_, to = detail.moment.start.isoformat(), detail.moment.end.isoformat()
        entity["resolved"] = {"from": from_, "to": to}
    return entity


def _rule(kind: str, *pattern: Mapping[str, Any], how: str = "") -> dict[str, Any]:
    return {"label": kind, "pattern": list(pattern), "id": how}


def _phrases(listed: str) -> Iterator[list[dict[str, str]]]:
    """Patterns for phrases that are separated by commas."""
    for phrase in dict.fromkeys(flat(phrase.strip()) for phrase in listed.split(",")):
        yield [{"ORTH": word} for word in phrase.split()]


def _number_patterns() -> Iterator[dict[str, Any]]:
    """Digits are what the words before them say; many digits are an account anyhow."""
    for shape, kind in _SINGLE.items():
        yield _rule(kind, {"TAG": shape})
    digits = {"TAG": shapes.DIGITS}
    yield _rule(kinds.BANK_ACCOUNT, digits, how="many")
    for phrase in _phrases(lexicon.ACCOUNTS):
        yield _rule(kinds.BANK_ACCOUNT, *phrase, {"OP": "{0,5}"}, digits, how="last")
        for shape in (shapes.PHONE, shapes.IDENTITY):
            colon = {"ORTH": ":", "OP": "?"}
            yield _rule(kinds.BANK_ACCOUNT, *phrase, colon, {"TAG": shape}, how="last")
    for phrase in _phrases(lexicon.CARDS):
        yield _rule(kinds.IDENTITY_NUMBER, *phrase, {"OP": "{0,4}"}, digits, how="last")


def _person_patterns() -> Iterator[dict[str, Any]]:
    """A title and a name ("bà Tám Lùn"), a title and a rank ("chú sáu"), a full name."""
    name, elder, rank = {"TAG": _NAME}, {"LEMMA": _ELDER}, {"LEMMA": _RANK}
    for title in (elder, {"LEMMA": _TITLE}):
        yield _rule(kinds.PERSON, title, {**name, "OP": "{1,4}"})
    yield _rule(kinds.PERSON, elder, rank, how="ranked")
    yield _rule(kinds.PERSON, elder, rank, {**name, "OP": "{1,3}"})
    yield _rule(kinds.PERSON, {"LEMMA": _SURNAME}, {**name, "OP": "{2,4}"})
    for phrase in _phrases(lexicon.NAMED):
        yield _rule(kinds.PERSON, *phrase, {**name, "OP": "{1,5}"}, how=f"after {len(phrase)}")


def _place_patterns() -> Iterator[dict[str, Any]]:
    number, name = {"TAG": _NUMBER}, {"TAG": _NAME, "OP": "{1,3}"}
    by_number = {"ORTH": "so", "OP": "?"}
    for area, (_, kind) in lexicon.AREAS.items():
        yield _rule(kind, {"ORTH": area}, by_number, number, how="area")
        yield _rule(kind, {"ORTH": area}, name, how="noun 1")
    for phrase in _phrases(lexicon.LANDMARKS):
        yield _rule(kinds.PLACE, *phrase, by_number, number, how="numbered")
        yield _rule(kinds.PLACE, *phrase, name, how=f"noun {len(phrase)}")


_PATTERNS = (*_number_patterns(), *_person_patterns(), *_place_patterns())


def _tokens(plain: Plain, ends: _Ends, now: datetime, meant: Spellings) -> Iterator[_Token]:
    """The message for the ruler: what is told by its letters, and the syllables between."""
    shouted = _is_shouted(plain.original)
    start = 0
    for whole in _wholes(plain, now):
        yield from _syllables(plain, start, whole.start, ends, meant, shouted=shouted)
        yield whole
        start = whole.end
    yield from _syllables(plain, start, len(plain.text), ends, meant, shouted=shouted)


def _wholes(plain: Plain, now: datetime) -> list[_Token]:
    """What is recognised letter by letter, in order; of two in one place the surer one."""
    numbers = [_whole(shape) for shape in find_shapes(plain)]
    found = [_Token(m.start, m.end, _MARKING, value=m.value) for m in find_markings(plain)]
    found += [token for token in numbers if token.shape != shapes.DIGITS]
    found += [_Token(t.start, t.end, _TIME, moment=t.moment) for t in tell_times(plain, now)]
    found += [token for token in numbers if token.shape == shapes.DIGITS]
    taken = bytearray(len(plain.text))
    kept = []
    for token in found:
        if not any(taken[token.start : token.end]):
            taken[token.start : token.end] = b"\1" * (token.end - token.start)
            kept.append(token)
    return sorted(kept, key=lambda token: token.start)


def _whole(shape: Shape) -> _Token:
    kind, value = shape.kind, shape.value
    if kind == shapes.LINK:
        kind, value = (_BAD_LINK if why_doubtful(value) else kind), host_of(value)
    return _Token(shape.start, shape.end, kind, value=value)


def _syllables(
    plain: Plain,
    start: int,
    end: int,
    ends: _Ends,
    meant: Spellings,
    *,
    shouted: bool,
) -> Iterator[_Token]:
    for match in _SYLLABLE.finditer(plain.text, start, end):
        first, last = match.span()
        key = match[0]
        if key.isdecimal() and len(key) <= 2:
            yield _Token(first, last, _NUMBER, str(int(key)))
            continue
        known = key in meant and plain.spells(first, last, meant)
        name = not shouted and plain.original[plain.span(first, last)[0]].isupper()
        role = _role(plain, match.span(), key, ends, capital=name) if known else ""
        kept = key if known or key in ":\n" else _UNKNOWN
        yield _Token(first, last, _NAME if name else _WORD, kept, role)


def _role(plain: Plain, token: tuple[int, int], key: str, ends: _Ends, *, capital: bool) -> str:
    """What a syllable may be in a name."""
    for role, meant in lexicon.ROLES.items():
        if key not in meant or not plain.spells(*token, meant):
            continue
        if role == _RANK or (capital if role == _SURNAME else _is_word(plain, token, ends)):
            return role
    return ""


def _is_word(plain: Plain, token: tuple[int, int], ends: _Ends) -> bool:
    """Whether a syllable is a word by itself, as "chú" in "chú ý" is not."""
    begin, end = plain.span(*token)
    return ends().get(begin) == end


def _is_shouted(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return sum(map(str.isupper, text)) > _SHOUTED * letters


def _holds(kind: str, how: str, covered: Sequence[_Token], following: _Token | None) -> bool:
    """What no pattern can say: how many digits there are, and what stands behind."""
    digits = len(covered[0].value)
    if kind == kinds.BANK_ACCOUNT:
        return digits >= _SURELY_AN_ACCOUNT if how == "many" else digits in _ACCOUNT_DIGITS
    if kind == kinds.IDENTITY_NUMBER and how == "last":
        return digits in _CARD_DIGITS
    if how in {"ranked", "numbered", "area"} and following is not None:
        counts = following.key in lexicon.COUNTED or following.shape == _NUMBER
        return not counts and covered[-1].key != "0"
    if kind == kinds.PERSON:
        named = [token.key for token in (*covered[1:], *([following] if following else ()))]
        return not lexicon.is_office(named[:2])
    return True


def _is_spelled(plain: Plain, how: str, covered: Sequence[_Token]) -> bool:
    """Whether the noun before a place's name is one: "bến Cát Lái", and neither "bên Lào" nor "tổ
    PCCC"."""
    if not how.startswith("noun ") and how not in {"area", "numbered"}:
        return True
    nouns = int(how.removeprefix("noun ")) if how.startswith("noun ") else 1
    name = plain.written(covered[-1].start, covered[-1].end)
    abbreviation = covered[0].key in lexicon.AREAS and len(name) > 1 and name.isupper()
    return (
        plain.spells(covered[0].start, covered[nouns - 1].end, lexicon.NOUNS)
        and not (abbreviation and not _is_shouted(plain.original))
        and not lexicon.is_elsewhere(plain.text[token.start : token.end] for token in covered[:2])
    )


def _without_overlap(found: Iterable[Detail]) -> list[Detail]:
    """Of two in one place the one of the surer kind, then the longer."""
    kept: list[Detail] = []
    taken: set[int] = set()
    for detail in sorted(found, key=_surer_and_longer_first):
        places = range(detail.start, detail.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(detail)
    return sorted(kept, key=lambda detail: detail.start)


def _surer_and_longer_first(detail: Detail) -> tuple[int, int, int]:
    surer = _SURER_FIRST.get(detail.kind, len(_SURER_FIRST))
    return surer, detail.start - detail.end, detail.start


def main(arguments: list[str] | None = None) -> None:
    """Answer one line of JSON with another until the input ends."""
    from bot.nlu.tokenizer import encodable, word_spans

    parser = argparse.ArgumentParser(prog="bot.nlu.details")
    parser.add_argument("--places", type=Path, metavar="FILE", help="names of the commune (JSON)")
    rules = DetailRules(PlacesFile(parser.parse_args(arguments).places))
    for line in sys.stdin:
        asked = json.loads(line)
        text, now = encodable(asked["text"]), datetime.fromisoformat(asked["now"])
        found = rules.find(text, word_spans(text), now)
        print(json.dumps([as_entity(detail) for detail in found]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
