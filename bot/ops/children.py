"""Child processes that never outlive their parent, and files only one process may hold."""

import asyncio
import ctypes
import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

MAX_LOG = 5 * 1024 * 1024
"""Bytes; a longer log is set aside as `….1` when its process starts."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sign: signal.Signals = signal.SIGTERM, *, nice: int = 0) -> Callable[[], None]:
    """A `preexec_fn` that makes Linux send the child `sign` when the parent is gone.

    Even a parent that was killed outright then leaves nobody behind. The "parent" is the thread
    that starts the child, so start children from a thread that lives as long as they should.
    `nice`: how much it gives way to others when all want the processor.
    """
    parent = os.getpid()

    def prepare() -> None:
        os.nice(nice)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def private_folder(path: Path) -> Path:
    """The folder; it, and each above it, is made for its owner alone if it was not there."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)  # with `parents` the mode is not for the parents
    return path


def open_log(path: Path) -> IO[bytes]:
    """The log to append to, started anew when it has grown too long. Readable by its owner only."""
    private_folder(path.parent)
    with suppress(FileNotFoundError):
        if path.stat().st_size > MAX_LOG:
            path.replace(path.with_name(path.name + ".1"))
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def last_line(path: Path) -> str:
    """The last thing a process said, for an error message; "" when it said nothing."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((_said(line.strip()) for line in reversed(lines) if line.strip()), "")


def _said(line: str) -> str:
    """Of a log line in JSON what happened, and of which kind it was."""
    try:
        told = json.loads(line)
        return " ".join(str(told[key]) for key in ("event", "error") if key in told)
    except (ValueError, TypeError, KeyError):
        return line


async def stop(process: asyncio.subprocess.Process, grace: float = 15.0) -> None:
    """Ask the process to end; end it after `grace` seconds."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def free_port() -> int:
    """A loopback port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class FileLock:
    """An advisory lock between processes; the system releases it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def try_acquire(self) -> bool:
        private_folder(self._path.parent)
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    @property
    def held(self) -> bool:
        return self._file is not None

    async def acquire(self, waiting: Callable[[], None] | None = None) -> None:
        """Wait for the lock; `waiting` is called once when somebody else holds it."""
        while not self.try_acquire():
            if waiting is not None:
                waiting()
                waiting = None
            await asyncio.sleep(0.2)

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def released(lock: FileLock) -> Iterator[None]:
    """Release an acquired lock at the end of the block."""
    try:
        yield
    finally:
        lock.release()
