"""Which new passwords are taken: long and not guessable; no rules on kinds of characters.

Refused are passwords that leaked often (`leaked_passwords.txt.gz`: the 44,000 with at least twelve
characters of the million most frequent in known leaks; Mark Burnett's list, in the public domain),
those that Vietnamese make (`common_passwords.txt`), and words of the latter or names that everybody
around knows, with little but numbers and marks beside them.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bot.nlu.text import strip_diacritics
from bot.security.passwords import MIN_LENGTH

MAX_LENGTH = 200
TOO_LITTLE = 5
"""Different characters; with fewer, what is left to guess is as good as nothing."""

HERE = Path(__file__).parent
_LOOKALIKES = str.maketrans("@401357$!", "aaoiestsi")
_IDENTITY_CARD = re.compile(r"0\d{11}")  # officers' own are in many a file


def complaint(password: str, *known: str) -> str | None:
    """What is wrong with a new password, in Vietnamese; None when it is good.

    `known`: names and numbers of the officer and his commune.
    """
    if len(password) < MIN_LENGTH:
        return f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự. Một câu dễ nhớ là tốt nhất."
    if len(password) > MAX_LENGTH:
        return f"Mật khẩu dài quá {MAX_LENGTH} ký tự."
    if _is_guessable(_plain(password), _parts(known)):
        return "Mật khẩu này quá dễ đoán. Xin chọn câu khác."
    return None


def normalise(password: str) -> str:
    """One spelling for what keyboards send as composed or as combining marks."""
    return unicodedata.normalize("NFC", password)


def _parts(known: Iterable[str]) -> set[str]:
    """Names and numbers, whole and word by word."""
    return {_plain(part) for name in known for part in (name, *name.split())}


def _is_guessable(plain: str, known: set[str]) -> bool:
    if plain in _common() or plain in _leaked():
        return True
    if len(set(plain)) < TOO_LITTLE or _IDENTITY_CARD.fullmatch(plain):
        return True
    spellings = {plain, plain.translate(_LOOKALIKES)}
    words = sorted({word for word in (*known, *_words()) if len(word) > 2}, key=len, reverse=True)
    return any(_is_thin(spelling, words) for spelling in spellings)


def _is_thin(plain: str, words: list[str]) -> bool:
    """Whether hardly a letter is left without well-known words, numbers and marks."""
    if not any(word in plain for word in words):
        return False
    for word in words:
        plain = plain.replace(word, " ")
    return len(set(re.sub(r"[\W\d_]", "", plain))) < TOO_LITTLE


@cache
def _common() -> frozenset[str]:
    lines = (HERE / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(_plain(line) for line in lines if line and not line.startswith("#"))


@cache
def _leaked() -> frozenset[str]:
    packed = (HERE / "leaked_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())


@cache
def _words() -> frozenset[str]:
    """Those of the common passwords that are one or two words, without numbers."""
    return frozenset(word for word in _common() if word.isalpha())


def _plain(text: str) -> str:
    return strip_diacritics(text).lower().replace(" ", "")
