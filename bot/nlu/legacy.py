"""Vietnamese that never became Unicode: old fonts, and keys of an input method that was off.

    to_unicode("Ch¸y nhµ råi bµ con ¬i")      TCVN3 (fonts such as .VnTime)
    to_unicode("Chaùy nhaø roài baø con ôi")   VNI (fonts such as VNI-Times)
    to_unicode("chays nhaf rooif baf con owi") the keys of Telex
    to_unicode("chay1 nha2 ro6i2 ba2 con o7i") the keys of VNI
    -> "Cháy nhà rồi bà con ơi"

A text is converted only when enough of it can be nothing else; any other string stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢£¤¥¦§",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)
_ONLY_TCVN3 = re.compile("[µ¸¶·¹¨»¾¼½©®ª×ÞßÐ«¬þ¡¢£¤¥¦§÷]")

_VNI_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323", "â": "\u0302",
    "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323", "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300",
    "ú": "\u0306\u0309", "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI = re.compile("([aeouyôö])([ùøûõïâáàåãäêéèúüë])|[ôöñæóòî]", re.IGNORECASE)
_ONLY_VNI = re.compile("[aeouyôö][ùøûõïåäë]|[ae][áàãéèúü]|[öñæ]", re.IGNORECASE)
"""Not "oà", which is "ồ" there: "toà", "khoá" and "loã" are words."""

_MODERN = re.compile("[\u1ea0-\u1ef9\u0102\u0103\u0110\u0111\u01a0\u01a1\u01af\u01b0]")
"""Letters that Vietnamese has in Unicode and that no old font shows."""

_WORD = re.compile(r"emoji_\w+|[^\W_]+")  # of "emoji_bar_chart" (text.py) nobody typed a key
_SYLLABLE = re.compile(
    r"(?!.*(?:aa|ee|oo))(?:b|ch?|đ|d|gh?|gi|h|kh?|l|m|ngh?|nh|n|ph?|qu|r|s|th?|tr|v|x)?"
    r"[aeiouy]{1,3}(?:ch|c|m|ng|nh|n|p|t)?"
)
_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_DIGITS = {
    "1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323",
    "6": "\u0302", "7": "\u031b", "8": "\u0306",
}  # fmt: skip
_SHAPES = {"uow": "ươ", "aa": "â", "aw": "ă", "ee": "ê", "oo": "ô", "ow": "ơ", "uw": "ư", "dd": "đ"}
_SHAPE = re.compile("|".join(_SHAPES))


def to_unicode(text: str) -> str:
    """The text in Unicode letters (NFC), or as it was when it is none of the above."""
    if _MODERN.search(text):
        return text
    if len(_ONLY_TCVN3.findall(text)) >= 2:
        return "".join(_TCVN3.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", ""))  # letters only in TCVN3
    if len(_ONLY_VNI.findall(text)) >= 2:
        return _VNI.sub(_from_vni_font, text)
    return _from_keys(_from_keys(text, _from_digits), _from_telex)


def _from_vni_font(found: re.Match[str]) -> str:
    """A letter, with its mark if one stands behind it."""
    typed, mark = found[1] or found[0], found[2]
    letter = _VNI_LETTERS.get(typed.lower(), typed.lower())
    if mark:
        letter = unicodedata.normalize("NFC", letter + _VNI_MARKS[mark.lower()])
    return letter.upper() if typed.isupper() else letter


def _from_keys(text: str, decode: Callable[[str], str | None]) -> str:
    """Decode the words that can be nothing else, if two of them and a fifth of the text are."""
    words = _WORD.findall(text)
    decoded: Mapping[str, str] = {w: d for w in set(words) if (d := decode(w)) is not None}
    times = sum(word in decoded for word in words)
    if times < 2 or 5 * times < len(words):
        return text
    return _WORD.sub(lambda found: decoded.get(found[0], found[0]), text)


def _from_digits(word: str) -> str | None:
    """`nha2` is `nhà`; `ap3`, `k15` and `93p1` are themselves unless most words look like that."""
    letters = re.sub(r"\d", "", word.lower())
    if letters == word.lower() or not word[0].isalpha() or not _SYLLABLE.fullmatch(letters):
        return None
    bare = word.lower().replace("d9", "đ")
    digits = [char for char in bare if char.isdigit()]
    if any(d not in _DIGITS for d in digits) or len(digits) > 3:
        return None
    marks = "".join(_DIGITS[d] for d in digits)
    return _marked(re.sub(r"\d", "", bare), marks)


def _from_telex(word: str) -> str | None:
    """`nhaf` is `nhà`; a word that could stand without diacritics stays."""
    lower = word.lower()
    if not lower.isascii() or not lower.isalpha() or _SYLLABLE.fullmatch(lower.replace("dd", "đ")):
        shaped = _SHAPE.sub(lambda found: _SHAPES[found[0]], lower)
        return shaped if "dd" in lower and lower.isalpha() and lower.isascii() else None
    tone = _TONES.get(lower[-1], "")
    body = lower[:-1] if tone else lower
    shaped = _SHAPE.sub(lambda found: _SHAPES[found[0]], body).replace("uơ", "ươ")
    plain = "".join(c for c in unicodedata.normalize("NFD", shaped) if not unicodedata.combining(c))
    if not _SYLLABLE.fullmatch(plain) or (not tone and shaped == body):
        return None
    return _toned(shaped, tone)


def _marked(letters: str, marks: str) -> str:
    shapes = [mark for mark in marks if mark in "\u0302\u031b\u0306"]
    for mark in shapes:
        letters = _shaped(letters, mark)
    return _toned(letters, "".join(mark for mark in marks if mark not in shapes)[:1])


def _shaped(letters: str, mark: str) -> str:
    takers = {"\u0302": "aeo", "\u031b": "uo", "\u0306": "a"}[mark]
    if mark == "\u031b" and "uo" in letters:
        return letters.replace("uo", "ươ", 1)
    place = next((n for n, char in enumerate(letters) if char in takers), None)
    if place is None:
        return letters
    both = unicodedata.normalize("NFC", letters[place] + mark)
    return letters[:place] + both + letters[place + 1 :]


def _toned(letters: str, tone: str) -> str:
    """The tone on the vowel that carries it, in the new way of writing."""
    if not tone:
        return letters
    vowels = [n for n, char in enumerate(letters) if char in "aeiouyăâêôơư"]
    if letters.startswith(("qu", "gi")) and len(vowels) > 1:
        vowels = vowels[1:]
    shaped = [n for n in vowels if letters[n] in "ăâêôơư"]
    if shaped:
        place = shaped[-1]
    elif len(vowels) == 1 or (vowels[-1] == len(letters) - 1 and len(vowels) == 2):
        glide = len(vowels) == 2 and letters[vowels[0] : vowels[1] + 1] in {"oa", "oe", "uy"}
        place = vowels[-1] if glide else vowels[0]
    else:
        place = vowels[1]
    both = unicodedata.normalize("NFC", letters[place] + tone)
    return letters[:place] + both + letters[place + 1 :]
