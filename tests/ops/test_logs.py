"""Log lines (bot/ops/logs.py, log_files.py): JSON, bounded, and without what anybody wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.log_lines import scrub
from bot.ops.children import last_line
from bot.ops.log_files import KEPT, MAX_LOG, Drain, drain, from_postgres
from bot.settings import PROJECT

WORDS = "lời kín của bà con"
TOKEN = "7001:AAE-very-secret_token"


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def drained(path: Path, code: str, *, trusted: bool = True) -> list[dict[str, Any]]:
    """What is in the log of a process that did this."""
    with drain(path, "web") as output:
        output.trusted = trusted
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=output.fd,
            stderr=output.fd,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"},
        )
    output.wait(10)
    assert done.returncode in (0, 1)
    return lines_of(path)


BEGIN = f"""
import asyncio, gc, logging, sys, threading, structlog
from bot.ops.logs import adopt, log_to
log_to(sys.stdout, "web")
WORDS = {WORDS!r}
def fail():
    raise ValueError(WORDS)
"""
WAYS = {
    "logged with its error": "try: fail()\n"
    "except ValueError: structlog.get_logger().exception('x')",
    "not caught": "fail()",
    "not caught in a thread": "t = threading.Thread(target=fail); t.start(); t.join()",
    "not caught in a task": "async def main():\n"
    "    async def task(): fail()\n"
    "    t = asyncio.create_task(task()); await asyncio.sleep(0.1); del t; gc.collect()\n"
    "asyncio.run(main())",
    "not to be raised": "class C:\n    def __del__(self): fail()\nc = C(); del c",
    "logged by a library": "try: fail()\n"
    "except ValueError: logging.getLogger('x').exception('%s', WORDS)",
    "put into a library's words": "logging.getLogger('x').error(f'cannot read: {WORDS}')",
    "an argument of a library's": "logging.getLogger('x').error('cannot read %s', WORDS)",
    "adopted": "adopt('dbos'); logging.getLogger('dbos').error(f'failed \"{WORDS}\"')",
}


@pytest.mark.parametrize("way", WAYS)
def test_an_error_leaves_its_kind_and_place_and_nothing_of_what_it_says(
    tmp_path: Path, way: str
) -> None:
    [line] = drained(tmp_path / "web.log", BEGIN + WAYS[way])
    assert line["process"] == "web"
    assert line["level"] in ("error", "critical")
    assert line.keys() >= {"time", "event"}
    assert "lời" not in json.dumps(line, ensure_ascii=False)
    if "library" not in line:
        assert line["error"] == "ValueError"
        assert line["trace"][-1].endswith(" fail")


def test_what_was_not_meant_for_the_log_is_kept_only_until_residents_are_heard(
    tmp_path: Path,
) -> None:
    code = f"print({WORDS!r})"
    assert drained(tmp_path / "after.log", code) == []
    [line] = drained(tmp_path / "before.log", code, trusted=False)
    assert line["event"] == WORDS
    assert last_line(tmp_path / "before.log") == WORDS


def test_work_goes_on_when_nobody_reads_the_log_any_more() -> None:
    code = BEGIN + "log = structlog.get_logger(); log.info('a'); log.info('b'); sys.exit(7)"
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:
        environment = os.environ | {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=pipe,
            stderr=subprocess.PIPE,
            env=environment,
        )
    assert done.returncode == 7, done.stderr.decode()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            f"GET https://api.telegram.org/bot{TOKEN}/getMe failed",
            "GET https://api.telegram.org/bot…/getMe failed",
        ),
        (f"http://127.0.0.1:5005/model/parse?token={TOKEN}", "http://127.0.0.1:5005/model/parse?…"),
        ("postgresql://app:pass-word@db/x", "postgresql://…@db/x"),
        ("/thu-tuc?hoi=m%E1%BA%A5t%20th%E1%BA%BB", "/thu-tuc?…"),
        ("nothing to hide?", "nothing to hide?"),
    ],
)
def test_addresses_lose_tokens_and_questions(said: str, kept: str) -> None:
    assert scrub(said) == kept


@pytest.mark.parametrize(
    ("said", "event"),
    [
        (
            '22P02 ERROR:  invalid input syntax for type integer: "bí mật"',
            'invalid input syntax for type integer: "…"',
        ),
        (
            '23505 ERROR:  duplicate key value violates unique constraint "uq_inbound_key"',
            'duplicate key value violates unique constraint "uq_inbound_key"',
        ),
        (
            "00000 LOG:  database system is ready to accept connections",
            "database system is ready to accept connections",
        ),
    ],
)
def test_a_line_of_postgresql_has_no_value_in_it(said: str, event: str) -> None:
    line = from_postgres(f"2026-11-27 16:00:00.123 UTC [42] {said}")
    assert line is not None
    assert (line["event"], line["pid"]) == (event, 42)
    assert from_postgres("DETAIL:  Key (name)=(bí mật) already exists.") is None


def test_logs_are_private_and_bounded(tmp_path: Path) -> None:
    line = json.dumps({"time": "t", "level": "info", "process": "web", "event": "x" * 10_000})
    taken = Drain(tmp_path / "logs" / "web.log", "web")
    count = (KEPT + 2) * MAX_LOG // len(line)
    with open(taken.fd, "wb") as pipe:
        pipe.writelines(line.encode() + b"\n" for _ in range(count))
    taken.wait(60)
    files = sorted((tmp_path / "logs").iterdir())
    assert len(files) == KEPT + 1
    assert all(file.stat().st_size <= MAX_LOG for file in files)
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
