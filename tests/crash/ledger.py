"""What is known from outside: accepted with 200, received by platforms, and rows in plain SQL.

Nothing here asks the code under test what it did. Of it only the vault is used, to read what is
sealed and to find by its fingerprint what is stored under one.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import psycopg

from bot.security.vault import vault

CODE = re.compile(r"PA-\w{5}")


class Filed(StrEnum):
    """Where a message ends up."""

    NOWHERE = "nowhere"
    OPENS = "opens"  # the first words of a report
    ADDS = "adds"  # more words of a report
    ONCE = "once"  # either of both


@dataclass(frozen=True)
class Line:
    """What somebody says; where it has to end up, and how many messages must answer it."""

    text: str
    filed: Filed = Filed.NOWHERE
    answers: int | None = None  # None: at least one
    in_group: bool = False
    relayed: bool = False  # an officer's: the person it is for must read it


@dataclass(frozen=True)
class Said:
    """One message that was accepted. `conversation` and `number` say whose, and which of his."""

    key: str  # fingerprint of the platform's event
    channel: str
    conversation: str
    number: int
    line: Line
    to: str = ""  # for whom an officer's words are: a target


@dataclass(frozen=True)
class Arrived:
    """One message that a platform received. `target`: the fingerprint of the chat."""

    target: str
    number: str  # the platform's id
    text: str


@dataclass(frozen=True)
class Inbound:
    id: str
    key: str
    handled: bool
    failed: str | None = None


@dataclass(frozen=True)
class Outbound:
    id: str
    key: str
    channel: str
    target: str
    status: str
    created: float  # seconds
    done: float
    deletes: bool = False
    error: str | None = None
    number: str | None = None  # the platform's id
    text: str = ""  # unknown for what was sent
    urgent: bool = False


@dataclass(frozen=True)
class Entry:
    """Words in a report, in the order of the report."""

    report: str
    inbound: str
    kind: str
    text: str


@dataclass(frozen=True)
class Fault:
    """A platform failed while it was asked to send."""

    kind: str
    target: str
    at: float


@dataclass(frozen=True)
class Kill:
    program: str
    at: float


@dataclass
class Ledger:
    said: list[Said] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)
    outbound: list[Outbound] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # report, its code
    officers: frozenset[str] = frozenset()  # targets
    faults: list[Fault] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)


def target_of(channel: str, chat: str) -> str:
    return vault().fingerprint("target", channel, chat)


def event_of(channel: str, key: str) -> str:
    return vault().fingerprint("event", channel, key)


def read_rows(database: psycopg.Connection, since: datetime, ledger: Ledger) -> None:
    """Add what PostgreSQL holds of everything from `since` on."""
    for found in database.execute(
        "SELECT id::text, key, handled_at IS NOT NULL, failed FROM inbound"
        " WHERE received_at >= %s ORDER BY received_at",
        [since],
    ):
        ledger.inbound.append(Inbound(*found))
    for found in database.execute(
        """SELECT e.report_id::text, e.inbound_id::text, e.type, e.text FROM report_events e
           WHERE e.at >= %s AND e.inbound_id IS NOT NULL AND e.text IS NOT NULL ORDER BY e.id""",
        [since],
    ):
        ledger.entries.append(Entry(*found[:3], _unsealed(found[3])))
    codes = database.execute("SELECT id::text, code FROM reports WHERE created_at >= %s", [since])
    ledger.codes.update(codes.fetchall())
    ledger.outbound += _outbound(database, since)


def _outbound(database: psycopg.Connection, since: datetime) -> Sequence[Outbound]:
    found = database.execute(
        """SELECT o.id::text, o.key, o.channel, o.target_key, o.status,
                  extract(epoch FROM o.created_at)::float8,
                  coalesce(extract(epoch FROM o.done_at)::float8, 0),
                  o.kind = 'delete', o.error, o.platform_id, o.payload, o.urgent
           FROM outbound o WHERE o.created_at >= %s ORDER BY o.created_at, o.id""",
        [since],
    )
    return [Outbound(*row[:10], _words(row[10]), row[11]) for row in found]


def _words(payload: bytes | None) -> str:
    """What a row that was not delivered still holds."""
    if payload is None:
        return ""
    row = json.loads(vault().unseal(bytes(payload), "outbound.payload"))
    told: str = row.get("content", {}).get("text", "")
    return told


def _unsealed(text: bytes) -> str:
    return vault().unseal(bytes(text), "report_events.text").decode()
