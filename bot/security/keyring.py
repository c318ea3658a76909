"""The installation's keys, kept in its database (`vault_keys`), each wrapped with its secret.

Wrapping is AES-256-GCM with a key derived from SECRET_KEY; each key is bound to its number and
purpose. A database that has no keys yet gets the first ones, which are derived from the secret
itself, so that whatever was sealed before there were data keys stays readable and all lookup values
stay what they were. The first data key goes with the first `binhyen keys rotate`.

Every process learns of a new data key within `LOOK`, or when it meets a value sealed with it.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import Connection, sql
from psycopg.rows import class_row
from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.db import Database
from bot.libpq import connect
from bot.security.models import Purpose, State, VaultKey
from bot.security.vault import (
    FIRST,
    NONCE,
    Keys,
    Unreadable,
    Vault,
    first_keys,
    use,
    use_later,
    vault,
)

ROOT = 0
LOOK = 3.0  # seconds between two looks at the keys
LOCK = 0x6B657973  # "keys": one at a time makes the first ones

log = structlog.get_logger()


class WrongSecret(Exception):
    """The secret is not the one with which this database's keys are wrapped."""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A key as it is kept."""

    number: int
    purpose: str
    state: str
    wrapped: bytes
    wrapped_before: bytes | None


def open_keys(secret_key: str, database_url: str) -> Vault:
    """Make this process able to read and write the sealed columns of a migrated database.

    Raises: WrongSecret, OperationalError (while the database is away).
    """
    return use(_opened(secret_key, database_url))


def open_when_there(secret_key: str, database_url: str) -> None:
    """The same for a process that may be started while its database is away."""
    use_later(lambda: _opened(secret_key, database_url))


async def until_open() -> None:
    """Wait for the database to give the keys. Raises: WrongSecret."""
    while True:
        try:
            await asyncio.to_thread(vault)
            return
        except OperationalError:
            log.warning("waiting for the database")
            await asyncio.sleep(1)


def _opened(secret_key: str, database_url: str) -> Vault:
    def load() -> Keys:
        try:
            with connect(database_url) as connection:
                return unwrapped(stored(connection) or adopted(connection, secret_key), secret_key)
        except psycopg.OperationalError as error:  # an outage like any other, for whoever reads
            raise OperationalError("keys", None, error) from None

    return Vault(secret_key, load(), load)


async def follow(db: Database) -> None:
    """Have this process seal with the newest data key, until cancelled.

    Where the secret was changed meanwhile the process ends: it must take up no more work, which it
    could not read, and cannot start again with the old secret.
    """
    newest = select(func.max(VaultKey.number))
    known = None
    while True:
        try:
            async with db.begin() as session:
                number = await session.scalar(newest)
            if number != known:
                await asyncio.to_thread(vault().refresh)
            known = number
        except (OperationalError, InterfaceError):
            log.warning("waiting for the database")
        except WrongSecret:
            log.error("the secret was changed: start again with the new one")
            os.kill(os.getpid(), signal.SIGTERM)
            return
        await asyncio.sleep(LOOK)


def stored(connection: Connection) -> Sequence[Row]:
    """All keys that can still be unwrapped, the root first."""
    query = (
        "SELECT number, purpose, state, wrapped, wrapped_before FROM vault_keys "
        "WHERE wrapped IS NOT NULL ORDER BY number"
    )
    return connection.cursor(row_factory=class_row(Row)).execute(query).fetchall()


def adopted(connection: Connection, secret_key: str) -> Sequence[Row]:
    """Keep the first keys of this secret, if it reads what is there already.

    Raises: WrongSecret.
    """
    first = first_keys(secret_key)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if rows := stored(connection):
            return rows
        if not _reads(connection, Vault(secret_key)):
            raise WrongSecret
        keep(connection, ROOT, Purpose.ROOT, first.root, secret_key)
        keep(connection, FIRST, Purpose.DATA, first.data[FIRST], secret_key)
        return stored(connection)


def keep(
    connection: Connection, number: int, purpose: Purpose, key: bytes, secret_key: str
) -> None:
    """Store a key, which is active from now on."""
    connection.execute(
        "INSERT INTO vault_keys (number, purpose, state, wrapped, made_at) "
        "VALUES (%s, %s, %s, %s, now())",
        (number, purpose, State.ACTIVE, wrap(key, number, purpose, secret_key)),
    )


def unwrapped(rows: Sequence[Row], secret_key: str) -> Keys:
    """Raises: WrongSecret."""
    plain = {row.number: unwrap(row, secret_key) for row in rows}
    data = [row for row in rows if row.purpose == Purpose.DATA]
    active = next((row.number for row in data if row.state == State.ACTIVE), None)
    if active is None or ROOT not in plain:
        raise WrongSecret  # keys are missing: no secret opens what they have sealed
    return Keys(plain[ROOT], {row.number: plain[row.number] for row in data}, active)


def wrap(key: bytes, number: int, purpose: str, secret_key: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _wrapping(secret_key).encrypt(nonce, key, _name(number, purpose))


def unwrap(row: Row, secret_key: str) -> bytes:
    """With this secret, be it the last or the one before. Raises: WrongSecret."""
    cipher = _wrapping(secret_key)
    for wrapped in filter(None, (row.wrapped, row.wrapped_before)):
        try:
            body = bytes(wrapped)
            return cipher.decrypt(body[:NONCE], body[NONCE:], _name(row.number, row.purpose))
        except InvalidTag:
            continue
    raise WrongSecret


def rewrap(connection: Connection, secret_key: str, new_secret: str) -> int:
    """Wrap all keys with a new secret; the old one goes on opening them until `settle`.

    Returns how many. Raises: WrongSecret.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE vault_keys IN SHARE ROW EXCLUSIVE MODE")
        rows = stored(connection)
        for row in rows:
            key = unwrap(row, secret_key)
            again = wrap(key, row.number, row.purpose, secret_key)
            connection.execute(
                "UPDATE vault_keys SET wrapped = %s, wrapped_before = %s WHERE number = %s",
                (wrap(key, row.number, row.purpose, new_secret), again, row.number),
            )
        return len(rows)


def settle(connection: Connection, secret_key: str) -> bool:
    """The service has started with this secret: the one before opens nothing any more.

    False when it is itself the one before.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE vault_keys IN SHARE ROW EXCLUSIVE MODE")
        for row in stored(connection):
            try:
                unwrap(Row(row.number, row.purpose, row.state, row.wrapped, None), secret_key)
            except WrongSecret:
                return False
        connection.execute("UPDATE vault_keys SET wrapped_before = NULL")
    return True


def sealed_columns() -> Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Every table with sealed columns: its name, its primary key, those columns."""
    from bot.db import Sealed
    from bot.models import metadata

    found = []
    for table in metadata.sorted_tables:
        columns = tuple(c.name for c in table.columns if isinstance(c.type, Sealed))
        if columns:
            found.append((table.name, tuple(c.name for c in table.primary_key), columns))
    return found


def _reads(connection: Connection, own: Vault) -> bool:
    """Whether whatever was sealed last in some column opens; True where nothing is sealed."""
    for table, _, columns in sealed_columns():
        for column in columns:
            query = sql.SQL("SELECT {0} FROM {1} WHERE {0} IS NOT NULL LIMIT 1")
            names = sql.Identifier(column), sql.Identifier(table)
            if row := connection.execute(query.format(*names)).fetchone():
                try:
                    own.unseal(row[0], f"{table}.{column}")
                except Unreadable:
                    return False
                return True
    return True


def _wrapping(secret_key: str) -> AESGCM:
    return AESGCM(Keys(secret_key.encode()).derive("wrap"))


def _name(number: int, purpose: str) -> bytes:
    return f"binhyen key {number} {purpose}".encode()
