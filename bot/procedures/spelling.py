"""Words as people type them, with diacritics or without: “mướn nhà” is written "muon nha", but
“muốn nhà” is not it."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from bot.nlu.text import strip_diacritics

_TONES = dict(zip("\u0300\u0301\u0303\u0309\u0323", "αβγδε", strict=True))
"""What stands for a tone, behind its word, wherever in the word it was put: "khóa", "khoá"."""
_LONE_Y = re.compile(r"(?<=^[hklmst])y$")
"""“đăng ký” is also written “đăng kí”."""
_NO_TONES = str.maketrans("", "", "".join(_TONES.values()))


def plain(text: str) -> str:
    """Words only, small and without diacritics."""
    return " ".join(re.sub(r"[^\w]+", " ", strip_diacritics(text).lower()).split())


def spelt(text: str) -> str:
    """Words only, small, each with its tone behind it."""
    composed = unicodedata.normalize("NFC", text).lower()
    return " ".join(map(_spelt, re.findall(r"\w+", composed)))


def plain_of(spelt_text: str) -> str:
    """`plain` of what is left of a text that `spelt` made."""
    return plain(spelt_text.translate(_NO_TONES))


def has(spelt_text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the phrases stands in the text."""
    pattern = _pattern(tuple(phrases))
    return pattern is not None and pattern.search(spelt_text) is not None


def which(spelt_text: str, lists: tuple[tuple[str, ...], ...]) -> list[int]:
    """The places of the lists of which a phrase stands in the text. A longer phrase is not the
    shorter one within it: “sắp hết hạn” is not “hết hạn”."""
    groups = (match.lastgroup for match in _alternatives(lists).finditer(spelt_text))
    return sorted({int(group.split("_")[1]) for group in groups if group})


def without(spelt_text: str, phrases: Iterable[str]) -> str:
    """The text without the phrases, the longest first."""
    pattern = _pattern(tuple(phrases))
    return spelt_text if pattern is None else " ".join(pattern.sub(" ", spelt_text).split())


def _spelt(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    tone = "".join(_TONES[c] for c in parts if c in _TONES)
    letters = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES))
    return _LONE_Y.sub("i", letters) + tone


@lru_cache(maxsize=512)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    joined = "|".join(map(_forms, sorted(phrases, key=len, reverse=True)))
    return re.compile(rf"\b(?:{joined})\b") if joined else None


@lru_cache(maxsize=64)
def _alternatives(lists: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    pairs = [(phrase, place) for place, phrases in enumerate(lists) for phrase in phrases]
    longest_first = sorted(pairs, key=lambda pair: len(pair[0]), reverse=True)
    groups = (f"(?P<_{place}_{n}>{_forms(p)})" for n, (p, place) in enumerate(longest_first))
    return re.compile(rf"\b(?:{'|'.join(groups)})\b")


def _forms(phrase: str) -> str:
    return " ".join(map(_either, spelt(phrase).split()))


def _either(word: str) -> str:
    bare = plain_of(word)
    return re.escape(word) if bare == word else f"(?:{re.escape(word)}|{re.escape(bare)})"
