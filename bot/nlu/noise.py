"""A message once more as somebody else would have typed it: the same meaning, another keyboard.

Each function gives one variant of a text and draws from the `Random` it is given, so that equal
seeds train equal models. Nothing here is used after training.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from random import Random

from bot.nlu.teencode import TEENCODE
from bot.nlu.text import strip_diacritics

_WORD = re.compile(r"\w+")
_SYLLABLE = re.compile(r"[^\W\d_]{2,}")

SHORTHANDS = {
    **{meant: [s for s, m in TEENCODE.items() if m == meant] for meant in TEENCODE.values()},
    "anh": ["a"],
    "em": ["e"],
    "chị": ["c"],
    "công an": ["ca", "c.an"],
    "bây giờ": ["bh", "bjo"],
    "bình thường": ["bt"],
    "gia đình": ["gđ"],
    "xe máy": ["xm"],
    "tao": ["t"],
    "mày": ["m"],
    "luôn": ["lun", "luon"],
    "thôi": ["thui", "thoi"],
    "đi": ["ik", "đii"],
    "vẫn": ["vx"],
    "như thế nào": ["ntn"],
    "thế nào": ["tn"],
    "làm sao": ["lsao"],
    "hàng xóm": ["hx"],
    "ạ": ["ah", "ak"],
    "trời": ["tr"],
    "phải": ["fai", "phai"],
    "nha": ["nhá", "nhaa"],
}
"""Ways in which young people write a word; each reading is plain only to those who see the rest."""

_SHORTENED = re.compile(
    "|".join(rf"\b{re.escape(long)}\b" for long in sorted(SHORTHANDS, key=len, reverse=True)),
    re.IGNORECASE,
)

NEIGHBOURS = {
    "q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo",
    "o": "ip", "p": "o", "a": "s", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj",
    "j": "hk", "k": "jl", "l": "k", "z": "x", "x": "zc", "c": "xv", "v": "cb", "b": "vn",
    "n": "bm", "m": "n",
}  # fmt: skip
"""The keys beside each key."""

_TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_TELEX_SHAPES = {
    "â": "aa", "ă": "aw", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw", "đ": "dd",
}  # fmt: skip
_CONFUSED_TONES = {"\u0309": "\u0303", "\u0303": "\u0309"}
"""Hỏi and ngã sound alike in the South, and are written one for the other."""

_ENDINGS = {"c": "t", "t": "c", "n": "ng", "ng": "n"}
_ENDING = re.compile(r"(?<=[aăâáàảãạắằẳẵặấầẩẫậuưoôơ])(ng|n|c|t)$")


def variant(text: str, random: Random) -> str:
    """One of the ways below, often two of them."""
    first, second = random.sample(WAYS, 2)
    changed = first(text, random)
    return second(changed, random) if random.random() < 0.4 else changed


def teencode(text: str, random: Random) -> str:
    """Most words that have a shorthand in one of theirs, in lower case."""

    def short(found: re.Match[str]) -> str:
        if random.random() < 0.3:
            return found[0]
        return random.choice(SHORTHANDS[found[0].lower()])

    return _SHORTENED.sub(short, text.lower())


def typos(text: str, random: Random) -> str:
    """About one word in eight with a slip of the finger: a key beside, swapped, lost or twice."""
    return _some_words(text, random, 0.12, _slip)


def telex(text: str, random: Random) -> str:
    """Some accents left as the keys that were to make them: `cháy` -> `chays`."""
    return _some_words(text, random, 0.2, lambda word, _: _as_typed(word))


def southern(text: str, random: Random) -> str:
    """Hỏi and ngã, and endings that sound alike in the South, written one for the other."""
    swapped = _some_words(text, random, 0.5, lambda word, _: _other_tone(word))
    return _some_words(swapped, random, 0.08, lambda word, _: _other_ending(word))


def half_stripped(text: str, random: Random) -> str:
    """Half of the words without diacritics, as by somebody in a hurry."""
    return _some_words(text, random, 0.5, lambda word, _: strip_diacritics(word))


def spoken(text: str, random: Random) -> str:
    """As a phone writes what it hears: no capitals, no punctuation."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", text).lower()))


WAYS: list[Callable[[str, Random], str]] = [
    teencode,
    teencode,
    typos,
    telex,
    southern,
    half_stripped,
    spoken,
]
"""Teencode twice: it is the most common."""


def _some_words(
    text: str, random: Random, share: float, change: Callable[[str, Random], str]
) -> str:
    def perhaps(found: re.Match[str]) -> str:
        return change(found[0], random) if random.random() < share else found[0]

    return _SYLLABLE.sub(perhaps, unicodedata.normalize("NFC", text))


def _slip(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    match random.randrange(4):
        case 0:
            beside = NEIGHBOURS.get(word[place].lower(), word[place])
            return word[:place] + random.choice(beside) + word[place + 1 :]
        case 1 if place + 1 < len(word):
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case 2:
            return word[:place] + word[place + 1 :]
        case _:
            return word[:place] + word[place] * 2 + word[place + 1 :]


def _as_typed(word: str) -> str:
    """The keys of the Telex method, the tone last."""
    tones = [c for c in unicodedata.normalize("NFD", word) if c in _TELEX_TONES]
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if c not in _TELEX_TONES)
    shaped = unicodedata.normalize("NFC", plain)
    keys = "".join(_TELEX_SHAPES.get(c, c) for c in shaped)
    return keys + "".join(_TELEX_TONES[tone] for tone in tones)


def _other_tone(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    swapped = "".join(_CONFUSED_TONES.get(c, c) for c in decomposed)
    return unicodedata.normalize("NFC", swapped)


def _other_ending(word: str) -> str:
    return _ENDING.sub(lambda found: _ENDINGS[found[0]], word)
