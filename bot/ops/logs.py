"""Logs: one JSON object a line, and never the words of a resident or a token in an address.

structlog's default prints the local variables of every frame of a traceback, which is where a
resident's words are; here a traceback is code lines only (bot/nlu/log_lines.py).
"""

import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.nlu.log_lines import catch_all, of_error, of_record, scrub
from bot.ops.log_files import turning_over

TALKATIVE = ("httpx", "httpcore", "telegram")
"""Libraries that would log each address they call, a platform's token in it."""


def log_to(target: TextIO, process: str) -> None:
    """Send this process's log lines, and those of all libraries in it, to `target`."""

    def named(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        return {"process": process, **line}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", key="time"),
            named,
            _without_what_errors_say,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(_Unbreakable(target)),  # type: ignore[arg-type]
    )
    root = logging.getLogger()
    root.handlers = [OneLine()]
    root.setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    catch_all(_write)


def _write(level: str, fields: Mapping[str, Any]) -> None:
    rest = {key: value for key, value in fields.items() if key != "event"}
    structlog.get_logger().log(getattr(logging, level.upper()), fields["event"], **rest)


def _without_what_errors_say(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exception()
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line.update(of_error(error))
    return {key: scrub(value) if isinstance(value, str) else value for key, value in line.items()}


class OneLine(logging.Handler):
    """A library's log record as one of our lines."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(record.levelname.lower(), of_record(record))


def adopt(name: str) -> None:
    """Have a library that writes its own log lines write ours instead."""
    logger = logging.getLogger(name)
    logger.handlers = [OneLine()]
    logger.propagate = False


class _Unbreakable:
    """Work goes on when nobody reads the log any more: the supervisor is gone, or the disk full."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._target.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._target.flush()


class _Lines:
    """A file that is turned over, as structlog writes to it."""

    def __init__(self, path: Path) -> None:
        self._handler = turning_over(path)

    def write(self, text: str) -> None:
        if line := text.rstrip("\n"):
            self._handler.emit(logging.makeLogRecord({"msg": line}))

    def flush(self) -> None:
        self._handler.flush()


def log_to_file(path: Path, process: str) -> None:
    log_to(_Lines(path), process)  # type: ignore[arg-type]
