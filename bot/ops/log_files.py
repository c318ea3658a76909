"""The files that logs end in: what a child process writes, line by line, and never too much of it.

Each child writes into a pipe, which a thread of ours reads. Of what is no log line of ours, the
text is kept only until the child is `trusted` with residents' words: why a program does not start
must be told, and later nothing may be that was not meant for a log.
"""

import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from bot.nlu.log_lines import scrub
from bot.ops.children import private_folder

MAX_LOG, KEPT = 5 * 1024 * 1024, 4
"""Bytes of one file, and how many older ones stay: 25 MB for each process."""
LONGEST = 16 * 1024
OURS = {"time", "level", "process", "event"}

Line = dict[str, Any]
Read = Callable[[str], Line | None]
_POSTGRES = re.compile(r"^(\S+ \S+) \w+ \[(\d+)\] (\w{5}) +([A-Z]+\d?):\s+(.*)$")
_LEVELS = {"WARNING": "warning", "ERROR": "error", "FATAL": "critical", "PANIC": "critical"}
_QUOTED = re.compile(r'"[^"]*"')
POSTGRES_PREFIX = "%m [%p] %e "


def turning_over(path: Path) -> RotatingFileHandler:
    """A file for its owner alone, which begins anew when it is long."""
    private_folder(path.parent)
    handler = _Private(path, maxBytes=MAX_LOG, backupCount=KEPT, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


class _Private(RotatingFileHandler):
    def _open(self) -> Any:
        file = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return open(file, "a", encoding="utf-8", errors="replace")


class Drain:
    """Takes what one child writes. `trusted` is set once residents' words may be in it."""

    def __init__(self, path: Path, process: str, read: Read | None = None) -> None:
        self.trusted = False
        self._process = process
        self._read = read or self._ours
        self._handler = turning_over(path)
        self._from, self.fd = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"log of {process}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """We write no more to it; the child may."""
        os.close(self.fd)

    def wait(self, seconds: float = 2.0) -> None:
        """Until all is written that the child, which has ended, said."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with open(self._from, "rb") as lines:
            while raw := lines.readline(LONGEST):
                text = raw.decode(errors="replace").rstrip()
                if text and (line := self._read(text)):
                    named = {"process": self._process} | line
                    said = json.dumps(named, ensure_ascii=False)
                    self._handler.emit(logging.makeLogRecord({"msg": said}))
        self._handler.close()

    def _ours(self, text: str) -> Line | None:
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if isinstance(line, dict) and line.keys() >= OURS:
            return line
        if self.trusted:
            return None
        return {"time": datetime.now(UTC).isoformat(), "level": "warning", "event": scrub(text)}


@contextmanager
def drain(path: Path, process: str, read: Read | None = None) -> Iterator[Drain]:
    """For the time in which a child is started with `fd` as its output."""
    taken = Drain(path, process, read)
    try:
        yield taken
    finally:
        taken.close()


def from_postgres(text: str) -> Line | None:
    """A line of PostgreSQL, as `POSTGRES_PREFIX` makes it begin, without any value in it."""
    found = _POSTGRES.match(text)
    if found is None:
        return None
    at, pid, state, severity, said = found.groups()
    # Constraints are named in class 23; anywhere else what is quoted may be a value.
    event = said if state.startswith("23") else _QUOTED.sub('"…"', said)
    return {
        "time": at.replace(" ", "T") + "Z",
        "level": _LEVELS.get(severity, "info"),
        "event": event,
        "pid": int(pid),
        "state": state,
    }
