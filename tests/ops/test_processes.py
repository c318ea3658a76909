"""Programs that are kept running (bot/ops/processes.py, bot/ops/children.py)."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bot.ops.children import MAX_LOG, FileLock, free_port, last_line, open_log, stop
from bot.ops.errors import OperationError
from bot.ops.processes import GIVE_UP, Keeper, Program
from bot.settings import PROJECT

PATIENCE = 10


def program(home: Path, *command: str, essential: bool = False) -> Program:
    """A web server, unless another command is given."""
    port = str(free_port())
    return Program(
        name="web",
        command=command or (sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"),
        environment=dict(os.environ),
        directory=home,
        log=home / "web.log",
        probe=f"http://127.0.0.1:{port}/",
        essential=essential,
        patience=0.5,
    )


@asynccontextmanager
async def kept(home: Path) -> AsyncIterator[Keeper]:
    """A web server that is up and watched."""
    keeper = Keeper(program(home))
    task = asyncio.create_task(keeper.run())
    try:
        await asyncio.wait_for(keeper.ready.wait(), PATIENCE)
        yield keeper
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeper:
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        while keeper.pid in {first, None}:
            await asyncio.sleep(0.02)
        await asyncio.wait_for(keeper.ready.wait(), PATIENCE)


async def test_a_program_that_hangs_is_started_again(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeper:
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        while keeper.pid in {first, None}:
            await asyncio.sleep(0.02)
        await asyncio.wait_for(keeper.ready.wait(), PATIENCE)


async def test_it_ends_with_its_keeper(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeper:
        pid = keeper.pid
        assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_a_paused_program_stays_down_until_it_is_resumed(tmp_path: Path) -> None:
    async with kept(tmp_path) as keeper:
        await keeper.pause()
        await asyncio.sleep(1)
        assert keeper.pid is None
        assert not keeper.ready.is_set()
        keeper.resume()
        await asyncio.wait_for(keeper.ready.wait(), PATIENCE)


async def test_an_essential_program_that_cannot_start_is_given_up_with_its_reason(
    tmp_path: Path,
) -> None:
    code = "import sys; sys.exit('no such thing')"
    keeper = Keeper(program(tmp_path, sys.executable, "-c", code, essential=True))
    with pytest.raises(OperationError, match="no such thing"):
        await asyncio.wait_for(keeper.run(), 30)
    assert (tmp_path / "web.log").read_text().count("no such thing") == GIVE_UP


async def test_an_essential_program_that_was_up_once_is_never_given_up(tmp_path: Path) -> None:
    served = program(tmp_path, essential=True)
    code = """if True:
        import os, runpy, sys
        if os.path.exists("stumble"):
            sys.exit("stumbled")
        runpy.run_module("http.server", run_name="__main__")
    """
    command = (sys.executable, "-c", code, *served.command[3:])
    keeper = Keeper(replace(served, command=command))
    task = asyncio.create_task(keeper.run())
    try:
        await asyncio.wait_for(keeper.ready.wait(), PATIENCE)
        assert keeper.pid
        (tmp_path / "stumble").touch()
        os.kill(keeper.pid, signal.SIGKILL)
        while served.log.read_text().count("stumbled") < GIVE_UP:
            assert not task.done()
            await asyncio.sleep(0.05)
        (tmp_path / "stumble").unlink()
        await asyncio.wait_for(keeper.ready.wait(), 30)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_the_person_is_told_once_why_a_program_does_not_start(tmp_path: Path) -> None:
    told: list[str] = []
    code = "import sys; sys.exit('no such thing')"
    keeper = Keeper(program(tmp_path, sys.executable, "-c", code), told.append)
    with suppress(TimeoutError):
        await asyncio.wait_for(keeper.run(), 3)
    assert (tmp_path / "web.log").read_text().count("no such thing") > 1
    assert len(told) == 1
    assert "no such thing" in told[0]


async def test_a_program_is_not_started_while_its_check_refuses(tmp_path: Path) -> None:
    def refuse() -> None:
        raise OperationError("Mô hình đã bị thay đổi.")

    told: list[str] = []
    keeper = Keeper(replace(program(tmp_path), check=refuse), told.append)
    with suppress(TimeoutError):
        await asyncio.wait_for(keeper.run(), 1)
    assert told == ["Mô hình đã bị thay đổi."]
    assert not (tmp_path / "web.log").exists()


async def test_a_program_that_will_not_end_is_ended(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", f"{code}; time.sleep(60)"), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    await stop(process, grace=0.2)
    assert process.returncode == -signal.SIGKILL


def test_a_child_does_not_survive_a_parent_that_was_killed() -> None:
    code = (
        "import subprocess, sys, time; from bot.ops.children import die_with_parent\n"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=die_with_parent())\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=PROJECT)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    with suppress(psutil.NoSuchProcess):
        child.wait(PATIENCE)


def test_a_log_is_private_and_begins_anew_when_it_is_long(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "web.log"
    with open_log(path) as log:
        log.write(b"x" * (MAX_LOG + 1))
    with open_log(path) as log:
        log.write(b"second\n\n")
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == b"second\n\n"
    assert (tmp_path / "logs" / "web.log.1").stat().st_size > MAX_LOG
    assert last_line(path) == "second"
    assert last_line(tmp_path / "none") == ""


def test_a_lock_is_held_by_one_and_freed_by_a_death(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from bot.ops.children import FileLock\n"
        "lock = FileLock(Path(sys.argv[1])); print(lock.try_acquire(), flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, cwd=PROJECT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    lock = FileLock(path)
    assert not lock.try_acquire()
    holder.kill()
    holder.communicate()
    assert lock.try_acquire()
    lock.release()
