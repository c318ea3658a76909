"""A log line of either half: one JSON object, and never what somebody wrote or a token.

What a library says may quote a message, and what an exception says often does. So of a library's
record its beginning up to the first thing that was put into it is kept, and where it comes from; of
an exception its kind and lines of code. Addresses lose tokens and what follows their question mark.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

FRAMES = 12
_QUERY = re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*")
_BOT = re.compile(r"/bot[\w%:-]{8,}")
_USER = re.compile(r"://[^\s/@]+@")
_PUT_IN = re.compile(r"[:='\"{(<\[\n%]")


def scrub(text: str) -> str:
    """`text` without a bot's token, a user's password and a query in addresses."""
    return _USER.sub("://…@", _BOT.sub("/bot…", _QUERY.sub("?…", text)))


def code_lines(error: BaseException) -> list[str]:
    """Where it was raised, innermost last: `bot/work.py:88 outlast`. Nothing of what it says."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{_short(f.filename)}:{f.lineno} {f.name}" for f in frames]


def of_record(record: logging.LogRecord) -> dict[str, Any]:
    """A library's record in our fields."""
    text = record.msg if isinstance(record.msg, str) else ""
    said = scrub(_PUT_IN.split(text, maxsplit=1)[0].strip()[:200])
    line: dict[str, Any] = {
        "event": said or "library",
        "library": record.name,
        "at": f"{_short(record.pathname)}:{record.lineno}",
    }
    if record.exc_info and record.exc_info[1]:
        line |= of_error(record.exc_info[1])
    return line


def of_error(error: BaseException) -> dict[str, Any]:
    return {"error": type(error).__name__, "trace": code_lines(error)}


class JsonLines(logging.Handler):
    """Writes records to standard error, for a process without structlog."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def emit(self, record: logging.LogRecord) -> None:
        self.write(record.levelname.lower(), of_record(record))

    def write(self, level: str, fields: dict[str, Any]) -> None:
        now = datetime.now(timezone.utc).isoformat()  # noqa: UP017 - Python 3.10
        line = {"time": now, "level": level, "process": self._process} | fields
        try:
            sys.stderr.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stderr.flush()
        except OSError:  # whoever read it is gone, and this process soon
            pass


def catch_all(write: Any) -> None:
    """Have what nobody catches written by `write(level, fields)`, not printed as Python would."""

    def main(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        write("critical", {"event": "uncaught error"} | of_error(error))

    def thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            write("error", {"event": "uncaught error in a thread"} | of_error(args.exc_value))

    def unraisable(args: Any) -> None:
        if args.exc_value is not None:
            write("error", {"event": "error that could not be raised"} | of_error(args.exc_value))

    sys.excepthook, threading.excepthook = main, thread
    sys.unraisablehook = unraisable


def _short(path: str) -> str:
    """The last three parts of a path: enough to find it, and no one's home directory."""
    return "/".join(Path(path).parts[-3:])
