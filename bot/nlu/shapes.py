"""Numbers and addresses that are recognised by their shape alone, however they are spaced.

0912.345 678 · +84 912345678     phone
60F9-312.08 · 51H12345           plate
070193004417                     identity number (căn cước: twelve digits)
3tr2 · 500 ngàn · 20 triệu       money
nhà số 8 · nhà 41/6              house
1903 6627 4410 16                digits: what they are, the words around them say
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.nlu.plain import Plain, spellings

PHONE, PLATE, IDENTITY, MONEY, HOUSE, EMAIL, LINK, DIGITS = (
    "PHONE", "PLATE", "IDENTITY", "MONEY", "HOUSE", "EMAIL", "LINK", "DIGITS",
)  # fmt: skip

_TLDS = (
    "com|net|org|vn|info|biz|xyz|top|cc|site|online|shop|club|vip|click|icu|asia|tk|ml|ga|cf|gq"
    "|pw|work|world|fun|store|tech|space|website|life|link|page|dev|app|mobi|buzz|monster|cfd|sbs"
    "|cyou|bond|lat|quest|rest|ly|gl|gd|gy|to|me|io|co|im|ru|cn"
)
_SHAPES = {
    LINK: r"(?:https?://|www\.)[^\s<>\"']+"
    rf"|(?<![\w@.-])(?:(?:[a-z0-9-]+\.)+(?:{_TLDS})(?![\w.-]*\w)|(?:\d{{1,3}}\.){{3}}\d{{1,3}})"
    r"(?::\d{2,5})?(?:/[^\s<>\"']*)?",
    EMAIL: r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+",
    PLATE: r"(?<![\w.,])[1-9]\d ?[-.]?[a-z]{1,2}\d?[ .-]{0,2}"
    r"(?:\d{3}[. ]\d{2}|\d{4,5})(?!\w|[ .-]?\d)",
    HOUSE: r"\b(?:nha so|so nha)(?: la)? \d{1,4}[a-z]?(?:/\d{1,4}[a-z]?){0,3}(?!\w)"
    r"|\b(?:nha|hem|kiet|ngo) \d{1,4}[a-z]?(?:/\d{1,4}[a-z]?){1,3}(?!\w)",
    MONEY: r"(?<![\w.,])(?P<amount>\d{1,3}(?:[.,]\d{3}){1,4}|\d{1,9}(?:[.,]\d{1,2})?"
    r"|(?:mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi|may)(?= (?:ngan|nghin|trieu|ty|ti|cu)\b))"
    r" ?(?P<unit>trieu|tr|nghin|ngan|ty|ti|cu|k|vnd|dong|d|do la|usd|do)(?![a-z])"
    r"(?: ?(?P<rest>\d{1,3})(?![\w.,/]|\s?\d)| (?P<half>ruoi))?",
    PHONE: r"(?<![\w.,-])(?:\+?84|0)(?:[ .-]{0,2}\d){8,10}(?!\w|[ .-]?\d)",
    IDENTITY: r"(?<![\w.,-])0\d\d ?\d{3} ?\d{3} ?\d{3}(?!\w|[ .-]?\d)",
    DIGITS: r"(?<![\w.,/-])\d(?:[ .-]?\d){5,24}(?![\w/]|[.-]?\d)",
}
_SHAPE = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in _SHAPES.items()))
_EACH = tuple(re.compile(f"(?P<{name}>{shape})") for name, shape in _SHAPES.items())

_MEANT = spellings(
    "triệu ngàn nghìn tỷ tỉ củ đồng rưỡi đô la một hai ba bốn năm sáu bảy tám chín mười mấy nhà số"
)
_UNITS = {
    "trieu": 1_000_000, "tr": 1_000_000, "cu": 1_000_000, "nghin": 1_000, "ngan": 1_000,
    "k": 1_000, "ty": 1_000_000_000, "ti": 1_000_000_000, "vnd": 1, "dong": 1, "d": 1,
}  # fmt: skip
_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
    "muoi": 10,
}  # fmt: skip
_NOT_DIGITS = re.compile(r"\D")
_SERIES = re.compile(r"[a-z]+")
_OF_A_VEHICLE = re.compile(r"\b(?:bien|bien so|bs|bks|xe|bang so) ?:? $")
_UNIT_LETTERS = frozenset("kmghtlncp")


@dataclass(frozen=True)
class Shape:
    """Something at a place of `Plain.text`; `value` is its normal spelling."""

    start: int
    end: int
    kind: str
    value: str


def find_shapes(plain: Plain) -> Iterator[Shape]:
    """In order, without overlap."""
    start = 0
    while match := _SHAPE.search(plain.text, start):
        shape = _read(plain, match) or _another(plain, match.start())
        if shape:
            yield shape
        start = shape.end if shape else _after_first_word(plain.text, match)


def _read(plain: Plain, match: re.Match[str]) -> Shape | None:
    """None when it is not what it looks like."""
    kind = match.lastgroup or ""
    value = _READ[kind](plain, match)
    return Shape(match.start(), match.end(), kind, value) if value else None


def _another(plain: Plain, start: int) -> Shape | None:
    """The first shape there that is one, as that which was tried first is not."""
    matches = (shape.match(plain.text, start) for shape in _EACH)
    return next(filter(None, (_read(plain, match) for match in matches if match)), None)


def _after_first_word(text: str, match: re.Match[str]) -> int:
    """Where to look on when what looked like a shape is none."""
    blank = text.find(" ", match.start(), match.end())
    return blank + 1 if blank >= 0 else match.end()


def digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def _phone(_plain: Plain, match: re.Match[str]) -> str:
    """Mobile numbers have ten digits, land lines (02…) eleven."""
    number = digits(match[0])
    if number.startswith("84"):
        number = "0" + number[2:]
    mobile = len(number) == 10 and number[1] in "35789"
    return number if mobile or (len(number) == 11 and number[1] == "2") else ""


def _plate(plain: Plain, match: re.Match[str]) -> str:
    """Province, series, number; "10k 5000" and "lúc 10h 2026" are none."""
    written = plain.written(*match.span())
    series = _SERIES.search(match[0])
    assert series
    spaced = match.string[series.end() : series.end() + 1] == " "
    told = _OF_A_VEHICLE.search(match.string, max(0, match.start() - 12), match.start())
    if spaced and not told and series[0] in _UNIT_LETTERS and written == written.lower():
        return ""
    value = re.sub(r"[^a-z0-9]", "", match[0])
    return value.upper()


def _identity(_plain: Plain, match: re.Match[str]) -> str:
    return digits(match[0])


def _money(plain: Plain, match: re.Match[str]) -> str:
    """The amount in đồng, or in dollars ("3000 USD")."""
    if not plain.spells(*match.span(), _MEANT):
        return ""
    amount, unit = match["amount"], match["unit"]
    if unit in {"d", "dong"} and len(digits(amount)) < 4:
        return ""  # "5 đ", "2 đồng": not a sum anybody loses
    if unit == "do" and plain.written(*match.span("unit")) != "đô":
        return ""
    if unit == "cu" and plain.written(*match.span("unit")).lower() != "củ":
        return ""
    number = _amount(amount)
    if number is None:
        return ""
    if unit in {"usd", "do", "do la"}:
        return f"{number:g} USD"
    total = number * _UNITS[unit]
    if match["half"]:
        total += _UNITS[unit] / 2
    elif match["rest"]:
        total += int(match["rest"]) * _UNITS[unit] / 10 ** len(match["rest"])
    return f"{round(total)} VND"


def _amount(said: str) -> float | None:
    if said in _NUMBERS:
        return _NUMBERS[said]
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", said):
        return float(digits(said))
    try:
        return float(said.replace(",", "."))
    except ValueError:
        return None


def _house(plain: Plain, match: re.Match[str]) -> str:
    return plain.written(*match.span()) if plain.spells(*match.span(), _MEANT) else ""


def _as_written(_plain: Plain, match: re.Match[str]) -> str:
    return match[0].rstrip(".,;:!?)…")


_READ: dict[str, Callable[[Plain, re.Match[str]], str]] = {
    PHONE: _phone,
    PLATE: _plate,
    IDENTITY: _identity,
    MONEY: _money,
    HOUSE: _house,
    EMAIL: _as_written,
    LINK: _as_written,
    DIGITS: _identity,
}
