"""The keys of an installation: wrapped with its secret, kept in its database, and replaced."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.orm import undefer

from bot.channels.web_models import WebFile
from bot.db import Database, Sealed, now
from bot.groups.models import Member
from bot.libpq import connect
from bot.messages.models import Conversation, Inbound
from bot.models import metadata
from bot.procedures.models import ProcedureGap
from bot.security import rotation
from bot.security.keyring import (
    WrongSecret,
    follow,
    open_keys,
    open_when_there,
    rewrap,
    sealed_columns,
    settle,
    stored,
    until_open,
)
from bot.security.rotation import Busy, Unsettled, forget_retired, rotate, states
from bot.security.vault import Keys, Unreadable, Vault, first_keys, header, vault
from bot.settings import PROJECT
from tests.security.conftest import ROWS
from tests.service import SECRET_KEY
from tests.test_vault import KEY, sealed_before_data_keys

NEW_SECRET = "another secret of this installation, made later"


def quiet(_table: str, _rows: int) -> None:
    pass


def anew(connection: psycopg.Connection) -> int:
    """A whole rotation, without waiting for processes that are not there."""
    return rotate(connection, SECRET_KEY, quiet, learnt=0)


async def everything(db: Database) -> list[Any]:
    """What the rows of `filled` say, through the columns' own types."""
    async with db.begin() as session:
        gaps = (await session.scalars(select(ProcedureGap.question))).all()
        people = (await session.execute(select(Member.name, Member.phone))).all()
        chats = (await session.scalars(select(Conversation.chat_id))).all()
        payloads = (await session.scalars(select(Inbound.payload))).all()
        files = (await session.scalars(select(WebFile).options(undefer(WebFile.content)))).all()
    names = sorted((file.name, file.content) for file in files)
    return [sorted(gaps), *people, *chats, *payloads, *names]


def values(connection: psycopg.Connection) -> dict[int, int]:
    return {key.number: key.values for key in states(connection) if key.values}


# --- The first keys -------------------------------------------------------------------------------


def test_the_first_keys_are_kept_once_however_many_start_together(
    database_url: str, connection: psycopg.Connection
) -> None:
    connection.execute("DELETE FROM vault_keys")
    together = [threading.Thread(target=open_keys, args=(SECRET_KEY, database_url)) for _ in "1234"]
    for each in together:
        each.start()
    for each in together:
        each.join()
    assert [(key.number, key.purpose) for key in states(connection)] == [(0, "root"), (1, "data")]


def test_no_key_stands_in_the_database_in_the_clear(connection: psycopg.Connection) -> None:
    kept = b"".join(bytes(row.wrapped) for row in stored(connection))
    assert SECRET_KEY.encode() not in kept
    assert vault().derive("data 1") not in kept
    assert vault().derive("lookup") not in kept


async def test_another_secret_is_refused_by_its_keys(filled: Database) -> None:
    with pytest.raises(WrongSecret):
        open_keys(KEY, filled.url)


async def test_another_secret_is_refused_where_something_was_sealed_before_there_were_keys(
    db: Database, connection: psycopg.Connection
) -> None:
    connection.execute("DELETE FROM vault_keys")
    connection.execute(
        "INSERT INTO members (id, name, phone, anonymous, created_at) "
        "VALUES (gen_random_uuid(), %s, %s, false, now())",
        [sealed_before_data_keys(b"Ba", KEY)] * 2,
    )
    with pytest.raises(WrongSecret):
        open_keys(SECRET_KEY, db.url)
    assert stored(connection) == []
    open_keys(KEY, db.url)  # the one with which it was sealed
    assert len(stored(connection)) == 2


def test_a_wrapped_key_does_not_pass_for_another(connection: psycopg.Connection) -> None:
    connection.execute(
        "UPDATE vault_keys SET wrapped = (SELECT wrapped FROM vault_keys WHERE number = 0) "
        "WHERE number = 1"
    )
    with pytest.raises(WrongSecret):
        vault().refresh()


def test_every_sealed_column_knows_its_place() -> None:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                assert column.type.place == f"{table.name}.{column.name}"
    assert {"report_events", "reports", "members", "attachments"} <= {
        t for t, *_ in sealed_columns()
    }


async def test_words_put_into_another_column_are_not_read_there(
    filled: Database, connection: psycopg.Connection
) -> None:
    connection.execute("UPDATE members SET phone = name")
    with pytest.raises(Unreadable):
        await everything(filled)


async def test_a_process_waits_for_a_database_that_is_away(
    database_url: str, connection: psycopg.Connection
) -> None:
    name = connection.info.dbname
    with connect(make_url(database_url).set(database="postgres").render_as_string(False)) as other:
        connection.close()
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        open_when_there(SECRET_KEY, database_url)
        waiting = asyncio.create_task(until_open())
        await asyncio.sleep(1.5)
        assert not waiting.done()
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await waiting
    sealed = vault().seal(b"x", "members.name")
    assert vault().unseal(sealed, "members.name") == b"x"


# --- A new data key -------------------------------------------------------------------------------


async def test_everything_is_sealed_with_the_new_key_and_reads_as_before(
    filled: Database, connection: psycopg.Connection
) -> None:
    before, lookup = await everything(filled), vault().fingerprint("a")
    rows = anew(connection)
    assert rows == ROWS + 1 + 1 + 1 + 6
    assert list(values(connection)) == [2]
    assert [key.state for key in states(connection)] == ["active", "retired", "active"]
    assert await everything(filled) == before
    assert open_keys(SECRET_KEY, filled.url).fingerprint("a") == lookup
    with pytest.raises(Unreadable):  # no more from the secret alone
        Vault(SECRET_KEY).unseal(vault().seal(b"x", "a.b"), "a.b")


async def test_a_second_rotation_follows_the_first(
    filled: Database, connection: psycopg.Connection
) -> None:
    before = await everything(filled)
    anew(connection)
    anew(connection)
    assert list(values(connection)) == [3]
    assert await everything(filled) == before


async def test_what_was_sealed_before_there_were_data_keys_gets_one(
    db: Database, connection: psycopg.Connection
) -> None:
    name = sealed_before_data_keys("Bà Tư".encode(), SECRET_KEY)
    connection.execute(
        "INSERT INTO members (id, name, phone, anonymous, created_at) "
        "VALUES (gen_random_uuid(), %s, %s, false, now())",
        (name, vault().seal(b"", "members.phone")),
    )
    assert rotation.before_data_keys(connection) == 1
    anew(connection)
    assert rotation.before_data_keys(connection) == 0
    async with db.begin() as session:
        assert (await session.scalars(select(Member.name))).all() == ["Bà Tư"]


ROTATE = """
import sys
from bot.libpq import connect
from bot.security.rotation import rotate
rotate(connect(sys.argv[1]), sys.argv[2], lambda table, rows: print(table, rows, flush=True))
"""


async def test_a_run_that_is_killed_is_taken_up_where_it_ended(
    filled: Database, connection: psycopg.Connection
) -> None:
    before = await everything(filled)
    child = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", ROTATE, filled.url, SECRET_KEY],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("procedure_gaps"):
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [key.state for key in states(connection)] == ["active", "old", "active"]
    assert await everything(filled) == before  # whatever was done, all can be read
    left = values(connection).get(1, 0)
    wait_for_the_lock(connection)
    assert anew(connection) <= left
    assert list(values(connection)) == [2]  # no third key
    assert await everything(filled) == before


def wait_for_the_lock(connection: psycopg.Connection) -> None:
    """The server notices in its own time that the killed process is gone."""
    query = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    deadline = time.monotonic() + 20
    while connection.execute(query, (rotation.LOCK,)).fetchone() != (0,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_a_process_that_does_not_know_the_new_key_yet_loses_nothing(
    filled: Database, connection: psycopg.Connection
) -> None:
    """It goes on writing with the old key all the while, and reads what others wrote."""
    stop = threading.Event()
    late = Vault(SECRET_KEY)
    written: list[uuid.UUID] = []

    def write() -> None:
        with connect(filled.url) as own:
            while not stop.is_set():
                written.append(uuid.uuid4())
                own.execute(
                    "INSERT INTO procedure_gaps (id, inbound_id, asked_at, question, reason) "
                    "VALUES (gen_random_uuid(), %s, now(), %s, 'unanswered')",
                    (written[-1], late.seal(str(written[-1]).encode(), "procedure_gaps.question")),
                )
                own.execute(
                    "UPDATE procedure_gaps SET question = %s WHERE inbound_id = %s",
                    (late.seal(b"changed", "procedure_gaps.question"), written[0]),
                )
                time.sleep(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    threading.Timer(1.5, stop.set).start()
    try:
        await asyncio.to_thread(rotate, connection, SECRET_KEY, quiet, 1.0)
    finally:
        stop.set()
        writer.join()
    assert list(values(connection)) == [2]
    async with filled.begin() as session:
        gaps = (await session.scalars(select(ProcedureGap))).all()
    rows = {gap.inbound_id: gap.question for gap in gaps}
    assert rows[written[0]] == "changed"
    assert all(rows[each] == str(each) for each in written[1:])
    assert len(written) > 20


async def test_a_row_that_somebody_works_on_is_neither_waited_for_nor_forgotten(
    filled: Database, connection: psycopg.Connection
) -> None:
    with connect(filled.url) as other:
        other.autocommit = False
        other.execute("SELECT id FROM members FOR UPDATE")
        turning = asyncio.create_task(asyncio.to_thread(anew, connection))
        while (await asyncio.to_thread(_left, filled.url)) != {"members"}:
            await asyncio.sleep(0.05)
        assert not turning.done()
        other.rollback()
    await turning
    assert list(values(connection)) == [2]


def _left(url: str) -> set[str]:
    """Tables in which something is sealed with the first key."""
    with connect(url) as own:
        return {
            table
            for table, _, columns in sealed_columns()
            for column in columns
            if own.execute(
                f"SELECT 1 FROM {table} WHERE substring({column} FROM 1 FOR 5) = %s",  # noqa: S608
                (header(1),),
            ).fetchone()
        }


def test_one_rotation_runs_at_a_time(database_url: str, connection: psycopg.Connection) -> None:
    with connect(database_url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (rotation.LOCK,))
        with pytest.raises(Busy):
            anew(connection)


async def test_a_value_that_no_key_opens_keeps_the_old_key(
    filled: Database, connection: psycopg.Connection
) -> None:
    connection.execute("UPDATE members SET name = %s", (header(1) + b"\0" * 40,))
    with pytest.raises(Unreadable):
        anew(connection)
    assert [key.state for key in states(connection)] == ["active", "old", "active"]


async def test_a_retired_key_is_removed_after_a_while_if_nothing_uses_it(
    filled: Database, connection: psycopg.Connection
) -> None:
    anew(connection)
    assert forget_retired(connection, now() - timedelta(days=1)) == 0
    late = Vault(SECRET_KEY).seal("muộn".encode(), "members.name")
    connection.execute("UPDATE members SET name = %s", (late,))
    assert forget_retired(connection, now()) == 0
    assert [key.state for key in states(connection)] == ["active", "old", "active"]
    anew(connection)
    assert forget_retired(connection, now()) == 1
    assert [key.forgotten for key in states(connection)] == [False, True, False]
    async with filled.begin() as session:
        assert (await session.scalars(select(Member.name))).all() == ["muộn"]


# --- A new secret ---------------------------------------------------------------------------------


async def test_a_new_secret_touches_no_row_and_the_old_one_holds_until_the_next_start(
    filled: Database, connection: psycopg.Connection
) -> None:
    before, lookup = await everything(filled), vault().fingerprint("a")
    kept = connection.execute("SELECT question FROM procedure_gaps ORDER BY id").fetchall()
    assert rewrap(connection, SECRET_KEY, NEW_SECRET) == 2
    open_keys(SECRET_KEY, filled.url)  # a process that is started again by a running service
    assert not settle(connection, SECRET_KEY)
    open_keys(NEW_SECRET, filled.url)
    assert settle(connection, NEW_SECRET)
    with pytest.raises(WrongSecret):
        open_keys(SECRET_KEY, filled.url)
    assert await everything(filled) == before
    assert vault().fingerprint("a") == lookup
    after = connection.execute("SELECT question FROM procedure_gaps ORDER BY id").fetchall()
    assert after == kept


async def test_between_two_secrets_no_data_key_is_made(
    filled: Database, connection: psycopg.Connection
) -> None:
    rewrap(connection, SECRET_KEY, NEW_SECRET)
    with pytest.raises(Unsettled):
        anew(connection)
    settle(connection, NEW_SECRET)
    rotate(connection, NEW_SECRET, quiet, learnt=0)
    open_keys(NEW_SECRET, filled.url)
    assert len(await everything(filled)) > 3


async def test_who_knew_the_old_secret_reads_nothing_after_both_were_changed(
    filled: Database, connection: psycopg.Connection
) -> None:
    rewrap(connection, SECRET_KEY, NEW_SECRET)
    settle(connection, NEW_SECRET)
    rotate(connection, NEW_SECRET, quiet, learnt=0)
    thief = Vault(SECRET_KEY)
    for table, _, columns in sealed_columns():
        for column in columns:
            for (value,) in connection.execute(
                f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608
            ):
                with pytest.raises(Unreadable):
                    thief.unseal(value, f"{table}.{column}")


def test_a_wrong_secret_changes_nothing(connection: psycopg.Connection) -> None:
    before = stored(connection)
    with pytest.raises(WrongSecret):
        rewrap(connection, KEY, NEW_SECRET)
    with pytest.raises(WrongSecret):
        rotate(connection, KEY, quiet, learnt=0)
    assert stored(connection) == before


def test_a_cookie_makes_nobody_look_for_keys() -> None:
    looked: list[int] = []

    def load() -> Keys:
        looked.append(1)
        return first_keys(SECRET_KEY)

    own = Vault(SECRET_KEY, first_keys(SECRET_KEY), load)
    for number in range(2, 5):
        with pytest.raises(Unreadable):
            own.unseal(header(number) + bytes(40))
    assert not looked


async def test_a_process_ends_when_the_secret_is_another(
    db: Database, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With keys that it cannot unwrap it would take up work that it cannot read."""
    ended: list[int] = []
    monkeypatch.setattr("os.kill", lambda _, sign: ended.append(sign))
    open_keys(SECRET_KEY, db.url)
    rewrap(connection, SECRET_KEY, NEW_SECRET)
    connection.execute("UPDATE vault_keys SET wrapped_before = NULL")
    await asyncio.wait_for(follow(db), 10)
    assert ended == [signal.SIGTERM]
