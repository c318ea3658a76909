"""The embedded PostgreSQL (bot/ops/postgres.py)."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bot.libpq import connect
from bot.ops.errors import OperationError
from bot.ops.postgres import EmbeddedPostgres, database
from bot.ops.supervisor import keep_up
from bot.settings import PROJECT, Settings


def server(home: Path, **options: bool) -> EmbeddedPostgres:
    return EmbeddedPostgres(home / "postgres", home / "postgres.log", throwaway=True, **options)


def ask(url: str, query: str) -> object:
    with connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def socket_dir(url: str) -> Path:
    return Path(str(make_url(url).query["host"]))


@pytest.mark.parametrize("name", ["plain", "a folder, with “spaces” và dấu", "long" * 40])
def test_it_runs_in_any_folder_and_keeps_its_data(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    with server(home) as first, connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    with server(home) as second, create_engine(second.url()).connect() as connection:
        assert connection.execute(text("SELECT n FROM kept")).scalar() == 7


def test_it_speaks_utf8_and_utc_and_listens_on_no_network_port(embedded: EmbeddedPostgres) -> None:
    assert ask(embedded.url(), "SHOW server_encoding") == "UTF8"
    assert ask(embedded.url(), "SHOW timezone") == "UTC"
    assert ask(embedded.url(), "SHOW listen_addresses") == ""


def test_only_its_owner_reaches_the_socket(embedded: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(socket_dir(embedded.url()).stat().st_mode) == 0o700


def test_folders_above_it_stay_unreadable_for_others(tmp_path: Path) -> None:
    home = tmp_path / "private"
    home.mkdir(mode=0o700)
    with server(home):
        assert stat.S_IMODE(home.stat().st_mode) in {0o700, 0o701}


def test_a_second_user_shares_the_server_and_does_not_stop_it(tmp_path: Path) -> None:
    with server(tmp_path) as owner:
        with server(tmp_path) as guest:
            assert guest.url() == owner.url()
        assert owner.running
        assert ask(owner.url(), "SELECT 1") == 1


def test_who_will_not_share_waits_for_the_other_to_end(tmp_path: Path) -> None:
    with server(tmp_path), pytest.raises(OperationError):
        server(tmp_path, share=False).start(timeout=0.3)


def test_it_stops_with_its_owner_and_leaves_no_socket(tmp_path: Path) -> None:
    with server(tmp_path) as owner:
        folder = socket_dir(owner.url())
        pid = int((tmp_path / "postgres/cluster/postmaster.pid").read_text().split()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not folder.exists()


def test_it_can_be_started_again_after_it_died(tmp_path: Path) -> None:
    with server(tmp_path) as owner:
        pid = int((tmp_path / "postgres/cluster/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while owner.running:
            time.sleep(0.01)
        owner.restart()
        assert ask(owner.url(), "SELECT 1") == 1


async def test_it_is_tried_again_when_what_is_left_of_the_dead_one_keeps_it_out(
    tmp_path: Path,
) -> None:
    """A session that does not notice its server's death holds the memory they shared."""
    began_anew = asyncio.Event()

    async def begin_anew() -> None:
        began_anew.set()

    with server(tmp_path) as owner, connect(owner.url()) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        pid = int((tmp_path / "postgres/cluster/postmaster.pid").read_text().split()[0])
        keeping = asyncio.create_task(keep_up(owner, begin_anew))
        os.kill(row[0], signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        log = tmp_path / "postgres.log"
        while "shared memory block" not in log.read_text():
            await asyncio.sleep(0.05)
        assert not began_anew.is_set()
        os.kill(row[0], signal.SIGKILL)
        await asyncio.wait_for(began_anew.wait(), 30)
        assert ask(owner.url(), "SELECT 1") == 1
        keeping.cancel()


def test_it_ends_when_its_owner_is_killed_and_the_next_start_works(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from bot.ops.postgres import *\n"
        "home = Path(sys.argv[1])\n"
        "EmbeddedPostgres(home / 'postgres', home / 'log').start()\n"
        "print('up', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, cwd=PROJECT
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    owner.kill()
    owner.communicate()
    with server(tmp_path) as successor:
        assert ask(successor.url(), "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    with server(tmp_path):
        pass
    (tmp_path / "postgres/cluster/postgresql.conf").write_text("no such setting")
    with pytest.raises(OperationError, match=r"^PostgreSQL không chạy: .*") as refusal:
        server(tmp_path).start()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/binhyen", "postgresql+psycopg://u:p@db/binhyen"),
        ("postgresql://db/b?sslmode=require", "postgresql+psycopg://db/b?sslmode=require"),
        ("postgresql+psycopg://u@db/binhyen", "postgresql+psycopg://u@db/binhyen"),
    ],
)
def test_an_address_in_any_spelling_gets_our_driver(given: str, used: str) -> None:
    assert str(Settings.model_validate({"database_url": given}).database_url) == used


def test_a_server_of_ones_own_is_used_instead(settings: Settings, database_url: str) -> None:
    with database(settings) as url:
        assert url == database_url
    assert not (settings.data_dir / "postgres").exists()


def test_each_test_gets_an_empty_migrated_database(database_url: str) -> None:
    assert ask(database_url, "SELECT count(*) FROM reports") == 0
