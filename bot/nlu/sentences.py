"""The parts of a message, for messages that do more than one thing."""

from __future__ import annotations

import re

MOST = 8
"""Parts of one message that are looked at by themselves, from its beginning."""

FEWEST_WORDS = 4
"""A shorter part ("Dạ.", "Cảm ơn anh nha!") says too little by itself."""

STRETCH = 10
"""Words of a part where nothing is punctuated: people who dictate go on in one breath."""

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SENTENCE = re.compile(r"(?<=[.!?…])[)\"”']*\s+|\s*[\n;]+\s*")
_CLAUSE = re.compile(r"(?<=[.!?…,:])[)\"”']*\s+|\s*[\n;]+\s*")


def sentences(text: str) -> list[str]:
    """The sentences that say something, in order; none unless there are two at least."""
    return _parts(_SENTENCE, text)


def clauses(text: str) -> list[str]:
    """Shorter parts, cut at commas too; without any, overlapping stretches of a long message."""
    return _parts(_CLAUSE, text) or _stretches(text.split())


def _parts(end: re.Pattern[str], text: str) -> list[str]:
    telling = [
        part.strip()
        for part in end.split(_HIDDEN.sub("", text))
        if len(part.split()) >= FEWEST_WORDS
    ]
    return telling[:MOST] if len(telling) > 1 else []


def _stretches(words: list[str]) -> list[str]:
    if len(words) < STRETCH + FEWEST_WORDS:
        return []
    last = len(words) - STRETCH
    step = max(FEWEST_WORDS, -(-last // (MOST - 1)))
    starts = sorted({*range(0, last, step), last})
    return [" ".join(words[start : start + STRETCH]) for start in starts]
