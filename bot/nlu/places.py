"""The commune's own names, which the app writes into a file for the processes that read messages.

    {"commune": "Xã Đồng Tâm", "hamlets": ["Ấp 1", "Ấp Bàu Sen"], "places": ["Chợ Cây Me"]}

They are public facts. The database they come from is the app's alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.plain import flat

_MOST = 500
_LONGEST = 60  # characters
_KIND_OF_COMMUNE = re.compile(r"^(?:xã|phường|thị trấn|đặc khu)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_AS_WORDS = {
    "1": "mot", "2": "hai", "3": "ba", "4": "bon", "5": "nam", "6": "sau", "7": "bay", "8": "tam",
    "9": "chin", "10": "muoi",
}  # fmt: skip
_AS_DIGITS = {word: digit for digit, word in _AS_WORDS.items()} | {"tu": "4"}


@dataclass(frozen=True)
class Places:
    """Names as the commune writes them."""

    commune: str = ""
    hamlets: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def read_places(path: Path) -> Places:
    """What the file holds; nothing when it is not there or cannot be read."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return Places(str(data["commune"]), _names(data["hamlets"]), _names(data.get("places", ())))
    except (OSError, ValueError, LookupError, TypeError):
        return Places()


def _names(listed: Iterable[object]) -> tuple[str, ...]:
    names = (name for name in listed if isinstance(name, str))
    return tuple(name for name in names if 0 < len(name) <= _LONGEST)[:_MOST]


def variants(name: str) -> Iterable[tuple[str, ...]]:
    """The words, without diacritics, by which people mean the place: "ấp 3", "ap so 3", "ấp ba"."""
    words = tuple(_WORD.findall(flat(name)))
    yield words
    if len(words) == 2 and (other := _AS_WORDS.get(words[1]) or _AS_DIGITS.get(words[1])):
        yield words[0], other
    if len(words) == 2 and words[1].isdigit():
        yield words[0], "so", words[1]


def without_kind(commune: str) -> str:
    """ "Xã Đồng Tâm" -> "Đồng Tâm"."""
    return _KIND_OF_COMMUNE.sub("", commune)


class PlacesFile:
    """The names in a file that may appear or change while the process runs."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None

    def changed(self) -> Places | None:
        """The names, if the file is another than at the last call."""
        stamp = self._now()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return read_places(self._path) if self._path else Places()

    def _now(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


_path: Path | None = None


def use(path: Path | None) -> None:
    """The file for the components of this process; say so before they are loaded."""
    global _path
    _path = path


def places_file() -> PlacesFile:
    return PlacesFile(_path)
