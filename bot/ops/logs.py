"""Logs: one JSON object a line, and never the words of a resident or a token in an address.

structlog's default prints the local variables of every frame of a traceback, which is where a
resident's words are; here a traceback is code lines only.
"""

import logging
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import structlog

from bot.ops.children import open_log

TALKATIVE = ("httpx", "httpcore", "telegram")
"""Libraries that would log each address they call, a platform's token in it."""


def log_to(target: TextIO) -> None:
    """Send this process's log lines to `target`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(target),
    )
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class OneLine(logging.Handler):
    """A library's log record as one of our lines: its first line, and no traceback."""

    def emit(self, record: logging.LogRecord) -> None:
        first = record.getMessage().partition("\n")[0][:300]
        structlog.get_logger().log(record.levelno, first, library=record.name)


def adopt(name: str) -> None:
    """Have a library that writes its own log lines write ours instead."""
    logger = logging.getLogger(name)
    logger.handlers = [OneLine()]
    logger.propagate = False


def log_to_file(path: Path) -> None:
    log_to(TextIOWrapper(open_log(path), encoding="utf-8", write_through=True))
