"""Vietnamese as people type it, folded until spellings of one word look the same.

Pure and total: any string gives an answer, and what is done for one message is bounded. The app
and the Rasa environment both import this, so only the standard library is used here.

    fold("CHÁYYY nhà r bà con ơiii 🔥🔥, gọi 0912 345 678!!!")
    -> "cháy nhà rồi bà con ơi emoji_fire gọi _phone_ !"
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.nlu.legacy import to_unicode
from bot.nlu.teencode import TEENCODE

MAX_CHARS = 4_000
"""Characters of a message that are looked at; the rest says nothing new about what it wants."""

PHONE = "_phone_"
PLATE = "_plate_"
IDENTITY = "_identity_"
LINK = "_link_"

MASKED = {
    "[số điện thoại]": PHONE,
    "[biển số xe]": PLATE,
    "[số giấy tờ]": IDENTITY,
    "[số tài khoản]": IDENTITY,
}
"""What stands for a number in messages that officers let the assistant learn from (masking.py)."""

_MASKED = re.compile("|".join(map(re.escape, MASKED)))
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_IDENTITY = re.compile(r"(?<![\w.])(?:\d{12}|\d{9}|\d{3} \d{3} \d{3} \d{3})(?![\w])")
_PHONE = re.compile(r"(?<!\w)(?:\+84|84|0)(?:[ .-]?\d){9}(?!\w)")
_PLATE = re.compile(r"(?<!\w)\d{2}[ -]?(?:[a-z]{1,2}|[a-z]\d)[ -]?(?:\d{3}\.?\d{2}|\d{4})(?!\w)")
_SMILE = re.compile(r"(?:[:=;]-?[)D]+|\^_*\^)(?!\w)", re.IGNORECASE)
_SAD = re.compile(r"[:=;]['-]?\(+")
_TOKEN = re.compile(r"emoji_\w+|_(?:phone|plate|identity|link)_|[^\W_]+|[?!]")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED_END = re.compile(r"([aeiyăâêơàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụỳýỷỹỵ])\1\b")
_COMMAND = re.compile(r"[\s/\u200b-\u200f\u2060\ufeff]+")

_TONES = "\u0300\u0301\u0309\u0303\u0323"
_TONE_PLACES = {
    unicodedata.normalize("NFC", first + tone + second): unicodedata.normalize(
        "NFC", first + second + tone
    )
    for first, second in ("oa", "oe", "uy")
    for tone in _TONES
}
_MISPLACED_TONE = re.compile("|".join(_TONE_PLACES))


def fold(text: str) -> str:
    """Words in one spelling, separated by single spaces; `?` and `!` are words of their own.

    Folding twice changes nothing. Case, composed or decomposed letters, the place of a tone mark
    (hoà, hòa), zero-width characters, lengthened letters and old encodings make no difference.
    """
    shown = "".join(filter(_is_shown, text[:MAX_CHARS]))
    text = _numbers(_letters(to_unicode(unicodedata.normalize("NFC", shown))))
    words: list[str] = []
    for token in _TOKEN.findall(text):
        for word in _word(token).split():
            if not (words and words[-1] == word and (word in "?!" or word.startswith("emoji_"))):
                words.append(word)
    return " ".join(words)


def strip_diacritics(text: str) -> str:
    """The same text as typed without a Vietnamese keyboard: `Đường đất` -> `Duong dat`."""
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare).replace("đ", "d").replace("Đ", "D")


def without_command(text: str) -> str:
    """Drop what Rasa would take for a typed intent: everything before the first real character."""
    start = _COMMAND.match(text)
    return text[start.end() :] if start else text


def _letters(text: str) -> str:
    """Visible characters in lower case, composed, with pictures spelled out."""
    visible = "".join(map(_visible, unicodedata.normalize("NFKC", text)))
    visible = _SAD.sub(" emoji_sad ", _SMILE.sub(" emoji_smile ", visible))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).lower())


@lru_cache(maxsize=4096)
def _is_shown(char: str) -> bool:
    """Whether anything is left of it; what vanishes must do so before old fonts are looked for.

    The soft hyphen may stay: in one of them it is a letter (legacy.py).
    """
    return char == "\u00ad" or any(map(_visible, unicodedata.normalize("NFKC", char)))


@lru_cache(maxsize=4096)
def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "So":
        return f" {_emoji(char)} "
    if category in {"Cf", "Cs", "Co", "Cn", "Sk", "Me"} or "\ufe00" <= char <= "\ufe0f":
        return ""
    return " " if category in {"Cc", "Zl", "Zp", "Zs"} else char


def _emoji(char: str) -> str:
    name = unicodedata.name(char, "unknown").lower()
    return "emoji_" + re.sub(r"[^a-z0-9]+", "_", name)


def _numbers(text: str) -> str:
    """One word for each kind of number that stands for a person, a telephone or a vehicle."""
    text = _MASKED.sub(lambda found: f" {MASKED[found[0]]} ", text)
    text = _LINK.sub(f" {LINK} ", text)
    text = _PLATE.sub(f" {PLATE} ", text)
    text = _PHONE.sub(f" {PHONE} ", text)
    return _IDENTITY.sub(f" {IDENTITY} ", text)


@lru_cache(maxsize=65_536)
def _word(token: str) -> str:
    if token.startswith(("_", "emoji_")):
        return token
    if token not in TEENCODE:
        token = _spelled(token)
    return _spelled(TEENCODE.get(token, token))


def _spelled(text: str) -> str:
    """As often as it takes: "ùyỳ" is "uỳỳ" once the tone has moved, and that is "uỳ"."""
    while (again := _spelled_once(text)) != text:
        text = again
    return text


def _spelled_once(token: str) -> str:
    token = _LONG_RUN.sub(r"\1", token)
    token = _DOUBLED_END.sub(r"\1", token)
    return _MISPLACED_TONE.sub(lambda found: _TONE_PLACES[found[0]], token)
