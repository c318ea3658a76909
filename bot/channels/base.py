"""What every chat platform looks like from inside.

A platform differs by what its `Capabilities` say, never by its name: code outside this package
must not ask which platform it talks to. Facts and sources: docs/channels.md.

    DeliveryError
    ├── Retryable          the platform did not take it; try again later
    │   └── RateLimited    … after `retry_after` seconds
    │       └── QuotaSpent … and that will be long: what may be sent in a month or to one person
    ├── OutcomeUnknown     it may have arrived; never repeat blindly
    └── Permanent          it never will arrive
        ├── Unreachable    this person or group cannot be written to (blocked, never started, left)
        │   └── WindowClosed  … until he writes again: he last did so too long ago
        ├── Unsupported    the platform has no such ability
        ├── Misconfigured  token or right missing: the installer must act
        └── Moved          the group has a new id: `chat_id`
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

MAX_TEXT = 20_000
"""Characters of one message that are kept; no platform delivers more than 4,096."""


class ChatKind(StrEnum):
    GROUP = "group"
    PRIVATE = "private"


class EventKind(StrEnum):
    MESSAGE = "message"
    BUTTON = "button"  # `text` is the payload of a button we sent
    START = "start"  # a private chat was opened; `text` is the deep link's token or ""
    REACHABLE = "reachable"  # the person unblocked us, or followed
    UNREACHABLE = "unreachable"  # the person blocked us, or unfollowed
    GROUP_RIGHTS = "group_rights"  # `rights` says what the group lets us do now
    GROUP_MOVED = "group_moved"  # `text` is the new chat id
    UNSUPPORTED = "unsupported"  # the platform hides the content; `chat` and `sender` are known


class AttachmentKind(StrEnum):
    PHOTO = "photo"
    VOICE = "voice"
    FILE = "file"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Rates:
    """How many messages a platform takes from us."""

    a_second: int = 30
    a_minute_to_a_person: int = 60
    a_minute_to_a_group: int = 20


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a chat lets the assistant do (channels.md, section 4)."""

    reads_all_messages: bool = False
    deletes_messages: bool = False
    starts_private_chat: bool = False
    same_person_id: bool = False  # a member's id in a group is also that of the private chat
    buttons: bool = False
    start_payload: bool = False  # a link can carry our token; otherwise the resident types a code
    sends_files: bool = False
    sends_once: bool = False  # what is sent again with the same `Content.id` is there once
    tells_quoted: bool = False  # an answer says which message it answers: `Event.reply_to`
    max_text: int = 2000

    def restricted_to(self, rights: Mapping[str, bool]) -> "Capabilities":
        """The same, with what this one group allows; unknown names are ignored."""
        known = {k: v and getattr(self, k) for k, v in rights.items() if hasattr(self, k)}
        return replace(self, **known)


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Contact:
    phone: str
    name: str = ""
    own: bool = False  # the sender's own number, vouched for by the platform


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Something to fetch with `Channel.fetch(ref)`; `ref` is a file id or an address."""

    kind: AttachmentKind
    ref: str
    name: str = ""
    mime: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on a platform, in our words. All ids are strings."""

    channel: str
    key: str  # unique per platform event: the same delivery twice has the same key
    kind: EventKind
    chat_kind: ChatKind
    chat_id: str
    sender_id: str
    sender_name: str = ""
    message_id: str = ""
    thread_id: str = ""
    sent_at: datetime | None = None  # aware, UTC
    text: str = ""
    addressed: bool = False  # the assistant was mentioned, commanded or replied to
    reply_to: str = ""  # the platform's id of the message replied to
    location: Location | None = None
    contact: Contact | None = None
    files: tuple[RemoteFile, ...] = ()
    rights: Mapping[str, bool] = field(default_factory=dict)
    callback_id: str = ""  # Telegram wants every button press answered


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    payload: str  # at most 64 bytes; comes back as a BUTTON event's text


@dataclass(frozen=True, slots=True)
class Upload:
    kind: AttachmentKind
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Target:
    chat_kind: ChatKind
    chat_id: str
    thread_id: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What to send. Plain text only: nothing a person typed is ever parsed as markup."""

    text: str
    buttons: tuple[Button, ...] = ()
    reply_to: str = ""
    upload: Upload | None = None
    id: str = ""  # a UUID


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    mime: str


class Rejected(Exception):
    """The request is not the platform's: missing or wrong secret or signature."""


class Malformed(ValueError):
    """The body is not what the platform sends. The message is safe to show: no content in it."""


class DeliveryError(Exception):
    """See the tree above. `code` is a short word for counters and the console."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Retryable(DeliveryError): ...


class RateLimited(Retryable):
    def __init__(self, code: str, retry_after: float) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class QuotaSpent(RateLimited): ...


class OutcomeUnknown(DeliveryError): ...


class Permanent(DeliveryError): ...


class Unreachable(Permanent): ...


class WindowClosed(Unreachable): ...


class Unsupported(Permanent): ...


class Misconfigured(Permanent): ...


class Moved(Permanent):
    def __init__(self, code: str, chat_id: str) -> None:
        super().__init__(code)
        self.chat_id = chat_id


class Channel(Protocol):
    """One platform. Implementations: telegram, zalo_bot, zalo_oa, web."""

    name: str
    capabilities: Capabilities
    rates: Rates

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check secret or signature in constant time, before anything is parsed.

        Raises: Rejected.
        """
        ...

    def parse(self, body: Mapping[str, Any]) -> Sequence[Event]:
        """The events in a verified webhook body; what is unknown gives none.

        Raises: Malformed, when a known event lacks what it must have.
        """
        ...

    async def send(self, target: Target, content: Content) -> str:
        """Send; returns the platform's message id. Raises: DeliveryError."""
        ...

    async def delete(self, target: Target, message_id: str) -> None:
        """Delete somebody's message; one that is gone already counts as deleted.

        Raises: DeliveryError.
        """
        ...

    async def fetch(self, ref: str) -> Fetched:
        """The bytes of an attachment (at most `MAX_FILE` bytes). Raises: DeliveryError."""
        ...

    async def acknowledge_button(self, callback_id: str) -> None:
        """Tell the platform that a button press was seen. Never raises."""
        ...

    async def private_link(self, token: str) -> str:
        """Address that opens the private chat; carries `token` where `start_payload` says so."""
        ...

    async def close(self) -> None: ...


MAX_FILE = 20 * 1024 * 1024
"""Bytes; Telegram's public server gives no more either."""
