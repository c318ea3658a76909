"""`make bench`: how long a webhook takes to be acknowledged, and a message to be answered.

The whole service runs as `binhyen serve` runs it, against a fake Telegram on loopback; one message
a second. Prints a table; benchmarks/README.md holds one with the date it was made.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from bot.ops.model import ensure_model, models_dir
from bot.settings import Settings
from tests.fakes import FakeTelegram, FakeZaloBot, FakeZaloOA
from tests.service import Platforms, RunningService

GROUPS = (-1001, -1002, -1003)  # in turn: the assistant writes 20 times a minute in one
ACKNOWLEDGED_P99 = 0.050
ANSWERED_MEDIAN = 0.300
"""Seconds that must not be exceeded."""

FIRST_USER = 6_000_000_000

# What is sent: (kind, in the group?, text). Made up; a number is added so that none repeats.
MESSAGES = (
    ("group question", True, "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ, nhà số {n}"),
    ("group report", True, "cây ngã chắn ngang đường vô trường học, cột số {n}"),
    ("group talk", True, "chúc cả nhà ngày mới vui vẻ {n}"),
    ("private question", False, "đăng ký tạm trú cần giấy tờ gì vậy, em ở trọ phòng {n}"),
    ("private report", False, "tối qua em bị mất xe máy trước phòng trọ số {n}"),
)
TALK = "group talk"


@dataclass
class Times:
    """Seconds, by kind of message."""

    acknowledged: list[float] = field(default_factory=list)
    replied: dict[str, list[float]] = field(default_factory=dict)


class Replies:
    """When the fake platform got each message of ours, by chat and order."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self._telegram = telegram
        self._seen: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            while len(self._seen) < len(self._telegram.messages):
                self._seen.append(time.perf_counter())
            time.sleep(0.001)

    def first_since(self, start: int, chat: int, timeout: float) -> float | None:
        """When the first message to `chat` came, from the `start`-th on."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            for index in range(start, len(self._seen)):
                if self._telegram.messages[index][0] == str(chat):
                    return self._seen[index]
            time.sleep(0.002)
        return None

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


def updates(first: int, count: int) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """(kind, chat that is answered, webhook body), each from another resident."""
    for n, (kind, in_group, text) in enumerate(islice(cycle(MESSAGES), count), first):
        user, group = FIRST_USER + n, GROUPS[n % len(GROUPS)]
        chat = {"id": group, "type": "supergroup"} if in_group else {"id": user, "type": "private"}
        message = {
            "message_id": n,
            "date": int(time.time()),
            "chat": chat,
            "from": {"id": user, "is_bot": False, "first_name": "Người dân"},
            "text": text.format(n=n),
        }
        yield kind, group if in_group else user, {"update_id": n, "message": message}


def measure(service: RunningService, first: int, count: int, interval: float) -> Times:
    telegram = service.platforms.telegram
    replies, times = Replies(telegram), Times()
    headers = {"X-Telegram-Bot-Api-Secret-Token": service.platforms.telegram_secret}
    with httpx.Client(base_url=service.base_url, headers=headers, timeout=30) as client:
        for kind, chat, body in updates(first, count):
            began, before = time.perf_counter(), len(telegram.messages)
            client.post("/webhooks/telegram", content=json.dumps(body)).raise_for_status()
            times.acknowledged.append(time.perf_counter() - began)
            if kind != TALK:  # nobody answers talk
                answered = replies.first_since(before, chat, 20)
                if answered is None:
                    raise SystemExit(f"no answer to a {kind} within 20 s")
                times.replied.setdefault(kind, []).append(answered - began)
            time.sleep(max(0.0, interval - (time.perf_counter() - began)))
    replies.stop()
    return times


def row(name: str, seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    shown = (statistics.median(seconds), cuts[94], cuts[98], max(seconds))
    return f"| {name} | {len(seconds)} | " + " | ".join(f"{s * 1000:.0f}" for s in shown) + " |"


def report(times: Times) -> bool:
    """Print the table; whether both limits were kept."""
    print("| what | messages | median ms | p95 ms | p99 ms | most ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(row("webhook acknowledged", times.acknowledged))
    for kind, seconds in times.replied.items():
        print(row(f"answered: {kind}", seconds))
    everything = [s for seconds in times.replied.values() for s in seconds]
    print(row("answered: all", everything))
    cuts = statistics.quantiles(times.acknowledged, n=100, method="inclusive")
    return cuts[98] <= ACKNOWLEDGED_P99 and statistics.median(everything) <= ANSWERED_MEDIAN


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=120)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two messages")
    options = parser.parse_args()
    settings = Settings()
    ensure_model(settings, lambda *_: None)
    with (
        tempfile.TemporaryDirectory(prefix="binhyen-bench-") as folder,
        FakeTelegram() as telegram,
        FakeZaloBot() as bot,
        FakeZaloOA() as oa,
        RunningService(Path(folder), models_dir(settings), Platforms(telegram, bot, oa)) as service,
    ):
        measure(service, 1, 10, 0.2)  # warm-up
        kept = report(measure(service, 11, options.messages, options.interval))
    sys.exit(0 if kept else f"over a limit: {ACKNOWLEDGED_P99} s or {ANSWERED_MEDIAN} s")


if __name__ == "__main__":
    main()
