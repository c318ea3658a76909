"""Sealing every column anew with the active data key, beside a living service.

A pass goes over each table in the order of its primary key, some rows in a transaction. Rows that
somebody works on just now are left for the next pass, so it waits for nobody and nobody waits long.
What was done is seen from the values themselves: a run that was killed goes on where it ended.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection, sql

from bot.security.keyring import LOOK, keep, sealed_columns, stored, unwrapped
from bot.security.models import Purpose, State
from bot.security.vault import FIRST_VERSION, IN_COLUMN, NUMBER, Vault, header

AT_ONCE = 200  # rows in a transaction
FILES_AT_ONCE = 4  # of up to 20 MB each
FILES = {"attachments", "web_files"}
LEARNT = 2 * LOOK
"""Seconds after which every process that runs seals with a new key."""
PAUSE = 0.2  # seconds between two passes
KEPT = timedelta(days=7)
"""So long a retired key is kept, for a value that a stuck process may have sealed after all."""
OLDEST = -1
"""Stands for the key with which values were sealed before there were data keys."""
LOCK = 0x726F7461  # "rota": one rotation at a time

Progress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows were sealed anew so far."""


class Busy(Exception):
    """Another rotation runs."""


class Unsettled(Exception):
    """The secret was changed, and the service has not been started with the new one yet."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is known of a key without opening it; `values`: how many are sealed with it."""

    number: int
    purpose: str
    state: str
    made_at: datetime
    retired_at: datetime | None
    forgotten: bool
    values: int


def rotate(
    connection: Connection, secret_key: str, progress: Progress, learnt: float = LEARNT
) -> int:
    """Make a new data key, or go on with the last run's; returns how many rows were sealed anew.

    When it returns, nothing is sealed with any other key. `connection` is in autocommit.
    Raises: Busy, Unsettled, WrongSecret, Unreadable (a value that none of the keys opens).
    """
    with _alone(connection):
        began = time.monotonic()
        _begin(connection, secret_key)
        keys = unwrapped(stored(connection), secret_key)
        own = Vault(secret_key, keys)
        done = 0
        while True:
            sealed = _pass(connection, own, header(keys.active), progress)
            done += sealed
            rest = began + learnt - time.monotonic()
            if rest <= 0 and not sealed and not _uses(connection, without=keys.active):
                break
            time.sleep(max(rest, PAUSE))
        connection.execute(
            "UPDATE vault_keys SET state = %s, retired_at = now() WHERE state = %s",
            (State.RETIRED, State.OLD),
        )
        return done


def forget_retired(connection: Connection, before: datetime) -> int:
    """Remove keys that were retired before then and that nothing uses; returns how many.

    One that is used after all is old again, for the next rotation.
    """
    query = (
        "SELECT number FROM vault_keys WHERE state = %s AND wrapped IS NOT NULL AND retired_at < %s"
    )
    waiting = [n for (n,) in connection.execute(query, (State.RETIRED, before))]
    used = _uses(connection) if waiting else {}
    for number in waiting:
        if used.get(number):
            change = "state = 'old', retired_at = NULL"
        else:
            change = "wrapped = NULL, wrapped_before = NULL"
        statement = sql.SQL("UPDATE vault_keys SET {} WHERE number = %s").format(sql.SQL(change))
        connection.execute(statement, (number,))
    return sum(not used.get(number) for number in waiting)


def states(connection: Connection) -> Sequence[KeyState]:
    """All keys, and how much is sealed with each."""
    used = _uses(connection)
    query = (
        "SELECT number, purpose, state, made_at, retired_at, wrapped IS NULL "
        "FROM vault_keys ORDER BY number"
    )
    return [
        KeyState(number, purpose, state, made, retired, forgotten, used.get(number, 0))
        for number, purpose, state, made, retired, forgotten in connection.execute(query)
    ]


def before_data_keys(connection: Connection) -> int:
    """How many values are left from before there were data keys."""
    return _uses(connection).get(OLDEST, 0)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Raises: Busy. The lock goes with the connection, should this process be killed."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
    if row != (True,):
        raise Busy
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))


def _begin(connection: Connection, secret_key: str) -> None:
    """A new active key, unless an earlier run has made one and did not come to its end."""
    with connection.transaction():
        connection.execute("LOCK TABLE vault_keys IN SHARE ROW EXCLUSIVE MODE")
        rows = stored(connection)
        unwrapped(rows, secret_key)  # only who can open them may add one
        if any(row.wrapped_before for row in rows):
            raise Unsettled
        unfinished = "SELECT 1 FROM vault_keys WHERE state = %s"
        if connection.execute(unfinished, (State.OLD,)).fetchone():
            return
        connection.execute(
            "UPDATE vault_keys SET state = %s WHERE purpose = %s AND state = %s",
            (State.OLD, Purpose.DATA, State.ACTIVE),
        )
        last = connection.execute("SELECT max(number) FROM vault_keys").fetchone()
        assert last is not None
        keep(connection, last[0] + 1, Purpose.DATA, os.urandom(32), secret_key)


def _pass(connection: Connection, own: Vault, new: bytes, progress: Progress) -> int:
    done = 0
    for table, key, columns in sealed_columns():
        rows = 0
        for sealed in _batches(connection, own, new, table, key, columns):
            rows += sealed
            progress(table, rows)
        done += rows
    return done


def _batches(
    connection: Connection,
    own: Vault,
    new: bytes,
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
) -> Iterator[int]:
    """Seal the rows of a table anew, a transaction at each step; gives how many rows it was."""
    keys = sql.SQL(", ").join(map(sql.Identifier, key))
    values = sql.SQL(", ").join(map(sql.Identifier, columns))
    other = sql.SQL(" OR ").join(
        sql.SQL("substring({} FROM 1 FOR {}) <> {}").format(
            sql.Identifier(column), len(new), sql.Literal(new)
        )
        for column in columns
    )
    marks = sql.SQL(", ").join(sql.Placeholder() * len(key))
    read = sql.SQL(
        "SELECT {keys}, {values} FROM {table} WHERE ({other}) AND {after} ORDER BY {keys} "
        "LIMIT {limit} FOR NO KEY UPDATE SKIP LOCKED"
    )
    write = sql.SQL("UPDATE {table} SET {changes} WHERE ({keys}) = ({marks})").format(
        table=sql.Identifier(table),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns
        ),
        keys=keys,
        marks=marks,
    )
    limit = FILES_AT_ONCE if table in FILES else AT_ONCE
    last: tuple[Any, ...] = ()
    while True:
        after = sql.SQL("({}) > ({})").format(keys, marks) if last else sql.SQL("true")
        query = read.format(
            keys=keys,
            values=values,
            table=sql.Identifier(table),
            other=other,
            after=after,
            limit=limit,
        )
        with connection.transaction(), connection.cursor() as cursor:
            rows = cursor.execute(query, last).fetchall()
            cursor.executemany(
                write,
                [(*_anew(own, table, columns, row[len(key) :]), *row[: len(key)]) for row in rows],
            )
        if not rows:
            return
        last = rows[-1][: len(key)]
        yield len(rows)


def _anew(
    own: Vault, table: str, columns: Sequence[str], values: Sequence[bytes | None]
) -> list[bytes | None]:
    places = [f"{table}.{column}" for column in columns]
    return [
        None if value is None else own.seal(own.unseal(bytes(value), place), place)
        for place, value in zip(places, values, strict=True)
    ]


def _uses(connection: Connection, without: int | None = None) -> dict[int, int]:
    """How many values each data key has sealed, by its number, and what `OLDEST` is."""
    used: dict[int, int] = {}
    for table, _, columns in sealed_columns():
        for column in columns:
            query = sql.SQL(
                "SELECT substring({0} FROM 1 FOR {1}) AS head, count(*) FROM {2} "
                "WHERE {0} IS NOT NULL GROUP BY head"
            ).format(sql.Identifier(column), 1 + NUMBER, sql.Identifier(table))
            for head, count in connection.execute(query):
                number = _number(bytes(head))
                if number != without:
                    used[number] = used.get(number, 0) + count
    return used


def _number(head: bytes) -> int:
    if head[:1] == IN_COLUMN:
        return int.from_bytes(head[1:])
    assert head[:1] == FIRST_VERSION, "no sealed value"
    return OLDEST
