"""How entries are sealed: HMAC-SHA256 with a key that is not in the database, so whoever can write
to the database, but does not have the key, cannot make a row that passes for one of ours."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.security.vault import vault

START = b""
"""What the first entry takes for the seal before it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CONTENT = ("number", "at", "action", "officer_id", "address", "report_code", "data")
"""Everything an entry says, in the order in which it is sealed."""


def seal_of(entry: Mapping[Any, Any]) -> bytes:
    """The seal of an entry, by its columns' values, `previous` included."""
    content = [_plain(name, entry[name]) for name in CONTENT]
    return _seal("entry", [*content, bytes(entry["previous"]).hex()])


def seal_of_head(number: int, last: bytes) -> bytes:
    return _seal("head", [number, bytes(last).hex()])


def same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _plain(name: str, value: Any) -> Any:
    if name == "at":
        return (value - EPOCH) // timedelta(microseconds=1)  # as exactly as the database keeps it
    if name == "officer_id":
        return None if value is None else str(value)
    return str(value) if name == "action" else value


def _seal(kind: str, content: list[Any]) -> bytes:
    text = json.dumps([kind, *content], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(vault().derive("audit"), text.encode(), hashlib.sha256).digest()
