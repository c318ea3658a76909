"""What a chat page sends over the websocket: JSON objects told apart by `type`.

    hello    {name, group}                 first of all, and again when either changes
    message  {id, view, text, files, location}
    button   {id, view, payload, proof}
    start    {id, token}                   the private chat was opened from a link
    seen     {ids}                         private mail that the browser keeps now
    ping     {}

`id` is a UUID made by the page; each is answered with `ack {id}` or `refused {id, reason, text}`.
A page repeats what was not answered, with the same id. What comes back: bot/gateway/chat_page.py.
"""

import uuid
from typing import Annotated

from msgspec import DecodeError, Meta, Struct
from msgspec.json import Decoder

from bot.channels.base import ChatKind, Malformed

MAX_FRAME = 32 * 1024  # characters
MAX_TEXT = 2000  # characters of one message
MAX_FILES = 5
MAX_NAME = 60


class _Frame(Struct, tag_field="type", tag=str.lower): ...


class Place(Struct):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class Hello(_Frame):
    name: str = ""
    group: Annotated[str, Meta(max_length=128, pattern=r"^[^\x00]*$")] = ""


class Message(_Frame):
    id: uuid.UUID
    view: ChatKind
    text: str = ""
    files: Annotated[list[uuid.UUID], Meta(max_length=MAX_FILES)] = []
    location: Place | None = None


class Button(_Frame):
    id: uuid.UUID
    view: ChatKind
    payload: Annotated[str, Meta(max_length=64)]
    proof: Annotated[str, Meta(max_length=32)]


class Start(_Frame):
    id: uuid.UUID
    token: Annotated[str, Meta(max_length=128)]


class Seen(_Frame):
    ids: Annotated[list[uuid.UUID], Meta(max_length=500)]


class Ping(_Frame): ...


Incoming = Hello | Message | Button | Start | Seen | Ping
Answered = Message | Button | Start
"""Frames with an `id`, which become an event."""

_decoder: Decoder[Incoming] = Decoder(Incoming)


def read(text: str) -> Incoming:
    """Raises: Malformed."""
    if len(text) > MAX_FRAME:
        raise Malformed("the frame is too long")
    try:
        frame: Incoming = _decoder.decode(text)
    except (DecodeError, RecursionError, ValueError):
        # The decoder's message may quote the frame.
        raise Malformed("no frame of ours") from None
    return frame
