"""The sentences of a message, for messages that do more than one thing."""

from __future__ import annotations

import re

MOST = 8
"""Sentences of one message that are looked at by themselves, from its beginning."""

FEWEST_WORDS = 4
"""A shorter sentence ("Dạ.", "Cảm ơn anh nha!") says too little by itself."""

_END = re.compile(r"(?<=[.!?…])[)\"”']*\s+|\s*[\n;]+\s*")


def sentences(text: str) -> list[str]:
    """The sentences that say something, in order; none unless there are two at least."""
    parts = [part.strip() for part in _END.split(text)]
    telling = [part for part in parts if len(part.split()) >= FEWEST_WORDS]
    return telling[:MOST] if len(telling) > 1 else []
