"""A whole database out of PostgreSQL and into an empty one, with PostgreSQL's own programs.

`pg_dump` writes what one snapshot shows, and the same snapshot says what every table held. Loading
is one transaction, in which the tables are compared with that before anything is committed: either
all of it is there afterwards, and equal, or nothing.

Passwords go to the programs through their environment; a command line is read by every local user.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.libpq import connect, conninfo
from bot.ops.children import die_with_parent
from bot.ops.errors import OperationError
from bot.ops.inherited import DATABASE, inherited
from bot.ops.postgres import binaries

READ = 64 * 1024  # bytes

Contents = tuple[int, str]
"""Of one table: how many rows, and the sum of a hash over each, whatever their order."""

_AS_TEXT = """
    SET search_path = ''; SET datestyle = 'ISO'; SET intervalstyle = 'postgres';
    SET timezone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
"""
"""A row has one spelling, on whatever server."""

_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY 1
"""
_CONTENTS = """
    SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS hash
    FROM {} AS t
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of a database, seen for as long as the connection stays open."""

    name: str
    connection: psycopg.Connection

    def contents(self) -> dict[str, Contents]:
        """Of each table, by its name as SQL spells it."""
        tables = [name for (name,) in self.connection.execute(_TABLES)]
        return {name: self.one(_CONTENTS.format(name)) for name in tables}

    def one(self, query: str) -> Any:
        """The first row of an answer; None when there is none."""
        return self.connection.execute(query.encode()).fetchone()


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """The state of this moment, inside the block. Raises: OperationError, if the server goes."""
    try:
        with connect(url) as connection:
            connection.execute(_AS_TEXT.encode())
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            yield Snapshot(row[0], connection)
            connection.execute("COMMIT")
    except psycopg.OperationalError as error:
        raise OperationError("Cơ sở dữ liệu ngắt giữa chừng, chưa sao lưu được.") from error


def is_empty(url: str) -> bool:
    """Whether a database has no tables at all."""
    with connect(url) as connection:
        return connection.execute(_TABLES.encode()).fetchone() is None


def has_table(url: str, name: str) -> bool:
    with connect(url) as connection:
        query = "SELECT to_regclass(%s) IS NOT NULL"
        return connection.execute(query, [name]).fetchone() == (True,)


def dump(url: str, snapshot: Snapshot) -> Iterator[bytes]:
    """The database as `pg_dump` writes it. Raises: OperationError, at the end too."""
    options = ("--format=custom", "--compress=gzip:1", "--lock-wait-timeout=60s")
    command = ("pg_dump", *options, f"--snapshot={snapshot.name}")
    with _program(*command, url=url, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while some := process.stdout.read(READ):
            yield some


def read_through(pieces: Iterable[bytes]) -> None:
    """Unpack all of a dump and keep nothing. Raises: OperationError."""
    with _program("pg_restore", "--file=/dev/null", stdin=subprocess.PIPE) as process:
        _feed(process, pieces)


def load(
    url: str, pieces: Iterable[bytes], contents: Mapping[str, Contents], then: Iterable[str]
) -> None:
    """Fill an empty database, check that it holds `contents`, and run `then`: all or nothing.

    Who owned what and who might use it is not brought back: it is whose the connection is.
    Raises: OperationError.
    """
    quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse")
    script = ("--file=-", "--no-owner", "--no-privileges")
    with _program("psql", *quiet, url=url, stdin=subprocess.PIPE) as psql:
        _say(psql, "BEGIN;")
        with (
            ThreadPoolExecutor(1) as beside,  # outside: it ends when pg_restore has
            _program(
                "pg_restore", *script, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ) as restore,
        ):
            passed_on = beside.submit(_pass_on, restore, psql, _not_known(url))
            _feed(restore, pieces)
            passed_on.result()
        # All of it came. Without these words psql takes everything back.
        _say(psql, _AS_TEXT, _compared_with(contents), *then, "COMMIT;")
        _feed(psql, ())


NEW_IN_17 = b"SET transaction_timeout = 0;\n"
"""Stands at the beginning of what our pg_restore writes, and ends psql where it is not known."""


def _not_known(url: str) -> bytes:
    """What the server would complain of."""
    with connect(url) as connection:
        return NEW_IN_17 if connection.info.server_version < 170000 else b""


def _pass_on(source: subprocess.Popen[bytes], target: subprocess.Popen[bytes], but: bytes) -> None:
    """Give one program what another writes, all `but` one line at its beginning."""
    assert source.stdout is not None
    assert target.stdin is not None
    with source.stdout as written:
        target.stdin.write(written.read(READ).replace(but, b"", 1))
        shutil.copyfileobj(written, target.stdin)
        target.stdin.flush()


def _compared_with(contents: Mapping[str, Contents]) -> str:
    """SQL that fails and names the tables, if any does not hold what it should."""
    wrong = " UNION ALL ".join(
        f"SELECT {_quote(name)} AS name FROM ({_CONTENTS.format(name)}) AS found"  # noqa: S608
        f" WHERE rows <> {rows} OR hash <> {_quote(hashed)}"
        for name, (rows, hashed) in contents.items()
    )
    return f"""
        DO $$ DECLARE wrong text; BEGIN
            SELECT string_agg(name, ', ') INTO wrong FROM ({wrong}) AS tables;
            IF wrong IS NOT NULL THEN RAISE EXCEPTION 'not as it was saved: %', wrong; END IF;
        END $$;
    """  # noqa: S608 (names as PostgreSQL quoted them)


def _say(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("\n".join((*lines, "")).encode())
    process.stdin.flush()


def _feed(process: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> None:
    """Write all there is and say that it was all."""
    assert process.stdin is not None
    for piece in pieces:
        process.stdin.write(piece)
    process.stdin.close()


@contextmanager
def _program(
    name: str,
    *options: str,
    url: str | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs, ended by the end of the block.

    Raises: OperationError with what it complained of, whatever else went wrong because of that.
    """
    environment = inherited(*DATABASE)
    command: list[str | Path] = [binaries() / name, *options]
    if url is not None:
        address, password = _address(url)
        command.append(f"--dbname={address}")
        environment |= {"PGPASSWORD": password} if password else {}
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=complaints,
            env=environment,
            preexec_fn=die_with_parent(),
        )
        try:
            yield process
            process.wait()
        except (BrokenPipeError, OperationError):
            with suppress(subprocess.TimeoutExpired):
                process.wait(2)
            if not process.returncode:
                raise
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if pipe is not None:
                        pipe.close()
        if process.returncode:
            complaints.seek(0)
            raise OperationError(f"{name}: {_first_error(complaints.read())}")


def _address(url: str) -> tuple[str, str]:
    """An address as libpq spells it, and the password apart from it."""
    words: dict[str, Any] = conninfo_to_dict(conninfo(url))
    password = words.pop("password", "")
    return make_conninfo(**words), password


def _first_error(complaints: bytes) -> str:
    lines = [line.strip() for line in complaints.decode(errors="replace").splitlines()]
    error = next((line for line in lines if "error" in line.lower()), None)
    return error or next(iter(lines), "không rõ lý do")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
