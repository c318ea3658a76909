"""Reading what somebody else wrote: webhook headers and JSON of which nothing is certain.

Each reader takes any value and gives a value of its type, an empty one, or `Malformed`.
"""

import hmac
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Location, Malformed, Rejected

MAX_ID = 128
MAX_ADDRESS = 2048


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by name in any case, or ""."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def require_secret(given: str, expected: str) -> None:
    """Compare in constant time. Raises: Rejected."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise Rejected("secret missing or wrong")


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def optional_id(value: object) -> str:
    """An id as text (platforms send numbers or strings), or ""."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64:
        return str(value)
    if isinstance(value, str) and len(value) <= MAX_ID and value.isprintable():
        return value
    return ""


def required_id(value: object, what: str) -> str:
    """An id as text. Raises: Malformed."""
    if found := optional_id(value):
        return found
    raise Malformed(f"{what} is missing or no id")


def address(value: object) -> str:
    """A web address, or ""."""
    fits = isinstance(value, str) and len(value) <= MAX_ADDRESS and value.isprintable()
    return str(value) if fits and str(value).lower().startswith(("https://", "http://")) else ""


def number(value: object) -> float | None:
    """A finite number, also when written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def size(value: object) -> int | None:
    """A number of bytes, also when written as text."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < 1 << 53 else None


def location(latitude: object, longitude: object) -> Location | None:
    """A place on Earth, or None."""
    north, east = number(latitude), number(longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180:
        return None
    return Location(north, east)


def moment(milliseconds: object) -> datetime | None:
    """An aware time in UTC from milliseconds since 1970, or None when it is none."""
    found = number(milliseconds)
    if found is None or not 0 < found < 1e14:
        return None
    return datetime.fromtimestamp(found / 1000, UTC)
