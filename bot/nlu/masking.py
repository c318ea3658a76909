"""Texts without what tells who somebody is, for everything that leaves the installation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.nlu import kinds

PLACEHOLDERS = {
    kinds.PHONE: "[số điện thoại]",
    kinds.PLATE: "[biển số xe]",
    kinds.IDENTITY_NUMBER: "[số giấy tờ]",
    kinds.BANK_ACCOUNT: "[số tài khoản]",
    kinds.ADDRESS: "[địa chỉ nhà]",
    kinds.EMAIL: "[thư điện tử]",
    kinds.PERSON: "[tên người]",
}


def mask(text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """The text with a placeholder for each personal detail; everything else stays as it is.

    `entities` are those of the parse result of this very text. Raises: ValueError when one does not
    lie within the text: it belongs to another, and masking by it would show what it should hide.
    """
    pieces: list[str] = []
    done = 0
    for entity in sorted(entities, key=lambda entity: int(entity["start"])):
        start, end = int(entity["start"]), int(entity["end"])
        if not 0 <= start <= end <= len(text):
            raise ValueError("a detail of another text")
        if entity["entity"] not in PLACEHOLDERS:
            continue
        if start >= done:
            pieces += text[done:start], PLACEHOLDERS[entity["entity"]]
        done = max(done, end)
    return "".join(pieces) + text[done:]
