"""What a message names, typed: places, times, numbers, people (found by bot/nlu/details.py)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.nlu import kinds
from bot.nlu.times import Moment, resolve


@dataclass(frozen=True, slots=True)
class Detail:
    """`text` is the piece from character `start` up to `end`; `value` is its normal spelling.

    `kind` is one of bot/nlu/kinds.py. Values: digits of numbers and plates, "3200000 VND", a
    hamlet's name as the commune writes it, the host of a link.
    """

    kind: str
    start: int
    end: int
    text: str
    value: str


def read_details(parse: Mapping[str, Any], written: str | None = None) -> tuple[Detail, ...]:
    """The details of a parse result, in order.

    `written` is what the person wrote, where only its end was parsed (bot.messages.rasa.typed):
    offsets are into it. Raises: KeyError, TypeError when the result is not one of ours.
    """
    text = str(parse.get("text", ""))
    found = tuple(
        Detail(
            kind=entity["entity"],
            start=int(entity["start"]),
            end=int(entity["end"]),
            text=text[int(entity["start"]) : int(entity["end"])],
            value=str(entity["value"]),
        )
        for entity in parse.get("entities") or ()
        if entity["entity"] in kinds.ALL
    )
    if written is None or written == text:
        return found
    if not written.endswith(text):
        return ()
    before = len(written) - len(text)
    return tuple(replace(d, start=d.start + before, end=d.end + before) for d in found)


def as_entities(details: Iterable[Detail]) -> list[dict[str, Any]]:
    """For a sealed column, and for `bot.nlu.masking.mask`."""
    return [
        {"entity": d.kind, "start": d.start, "end": d.end, "text": d.text, "value": d.value}
        for d in details
    ]


def noticed(details: Iterable[Detail]) -> list[dict[str, Any]]:
    """What the moderation of a group asks after: which kinds stand where, without the words."""
    return [
        {"entity": d.kind, "start": d.start, "end": d.end}
        for d in details
        if d.kind in kinds.MODERATED
    ]


def where(details: Iterable[Detail]) -> str | None:
    """The places named, the widest last: "nhà số 8, hẻm 5, Ấp 3"."""
    order = (kinds.ADDRESS, kinds.PLACE, kinds.HAMLET)
    named = sorted((d for d in details if d.kind in order), key=lambda d: order.index(d.kind))
    return ", ".join(dict.fromkeys(d.value for d in named))[:200] or None


def when(details: Iterable[Detail], said_at: datetime) -> Moment | None:
    """The first time named that has begun by then; what lies ahead has not happened.

    Read anew from `said_at`, as the model may have seen the message hours later.
    """
    moments = (resolve(d.text, said_at) for d in details if d.kind == kinds.TIME)
    return next((m for m in moments if m is not None and m.start <= said_at), None)
