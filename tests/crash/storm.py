"""A storm: people write on all channels while platforms fail and processes are killed."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bot.libpq import connect
from bot.ops.model import models_dir
from tests.conftest import MODEL_SETTINGS
from tests.crash.killer import WEIGHTS, Killer, appointments, keeper
from tests.crash.ledger import (
    CODE,
    Arrived,
    Fault,
    Ledger,
    Line,
    Said,
    read_rows,
    target_of,
)
from tests.crash.script import DIALOGUES, GROUP_LINES, IN_GROUP
from tests.crash.senders import KINDS, OnPlatform, OnWeb, Post, Sender
from tests.fakes import FakePlatform, FakeTelegram, FakeZaloBot, FakeZaloOA
from tests.service import Platforms, RunningService

CHANNELS = (*KINDS, "web")
GROUPS = {
    "telegram": ("-1001", "-1002", "-1003"),
    "zalo_bot": ("zb-g1", "zb-g2", "zb-g3"),
    "zalo_oa": ("oa-g1", "oa-g2", "oa-g3"),
    "web": ("ap-1", "ap-2", "ap-3"),
}
OFFICERS = {
    "telegram": ("7001", "7011", "7012", "7013", "7021"),
    "zalo_bot": ("zb-quanly", "zb-ap1", "zb-ap2", "zb-ap3"),
    "zalo_oa": ("oa-quanly", "oa-ap1", "oa-ap2", "oa-ap3"),
}
"""The chats of tests/commune.yml."""
MANAGER = "7001"

_FAULTS = {
    "server_error": 0.02,
    "html": 0.01,
    "lost_answer": 0.005,
    "reset": 0.01,
    "reset_after": 0.01,
}
FAULTS = {
    "telegram": _FAULTS | {"rate_limited": 0.02},
    "zalo_bot": _FAULTS | {"rate_limited": 0.02},
    "zalo_oa": _FAULTS | {"rate_limited": 0.002},  # holds a chat up for a minute
}
"""How often a platform fails to send, in each way."""
IN_A_GROUP = 0.5
"""Who of all people writes in a group, and not in private."""

_numbers = itertools.count(int(time.time()) % 1_000_000 * 1000)


@dataclass(frozen=True)
class Plan:
    seed: int
    kills: int
    seconds: float  # at least so long; what is to be killed must first be up again
    people: int = 16  # who write at the same time
    pause: float = 2.0  # seconds between two lines of a person, on average
    faults: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: FAULTS)


@contextmanager
def installation(home: Path) -> Iterator[RunningService]:
    """A service of its own: what a storm leaves behind is nobody else's."""
    with FakeTelegram() as telegram, FakeZaloBot() as zalo_bot, FakeZaloOA() as zalo_oa:
        platforms = Platforms(telegram, zalo_bot, zalo_oa)
        with RunningService(home, models_dir(MODEL_SETTINGS), platforms) as service:
            yield service


class Storm:
    """What was done and what came of it. `ledger` is whole when `rage` returns."""

    def __init__(self, service: RunningService, plan: Plan) -> None:
        self.service = service
        self.plan = plan
        self.ledger = Ledger()
        self.lasted = 0.0  # seconds
        self.settled_after: float | None = None  # seconds; None: not within `SETTLED_WITHIN`
        platforms = service.platforms
        self.fakes: dict[str, FakePlatform] = {
            "telegram": platforms.telegram,
            "zalo_bot": platforms.zalo_bot,
            "zalo_oa": platforms.zalo_oa,
        }
        self._dice = random.Random(plan.seed)
        self.post = Post(service.base_url, self._another())

    def rage(self) -> None:
        """Let it pass, wait until all is done, and read what is left."""
        began, since = time.monotonic(), datetime.now(UTC)
        before = {name: (len(fake.ids), len(fake.failed)) for name, fake in self.fakes.items()}
        plan = appointments(self.plan.kills, self.plan.seconds, self._another())
        killer = Killer(self.service, plan)
        people = People(self, self.post, self._another())
        with self._failing(), ThreadPoolExecutor(1) as thread:
            killing = thread.submit(killer.kill)
            calm = began + self.plan.seconds
            people.write(lambda: time.monotonic() < calm or not killing.done())
            killing.result()
        self.service.wait_until(self._all_are_up, 120)
        self.lasted = time.monotonic() - began
        with self._database() as database:
            self.settled_after = self._settle(database)
            read_rows(database, since, self.ledger)
        self._read_fakes(before)
        self.ledger.arrived += people.heard_on_pages(since)
        self.ledger.kills = killer.kills
        self.ledger.officers = frozenset(
            target_of(channel, chat) for channel, chats in OFFICERS.items() for chat in chats
        )

    def _another(self) -> random.Random:
        return random.Random(self._dice.random())

    @contextmanager
    def _failing(self) -> Iterator[None]:
        for name, fake in self.fakes.items():
            fake.fail_at_random(self.plan.faults.get(name, {}), self._another())
        try:
            yield
        finally:
            for fake in self.fakes.values():
                fake.fail_at_random({}, self._another())

    def _all_are_up(self) -> bool:
        if not all(keeper(self.service, p).ready.is_set() for p in WEIGHTS if p != "postgres"):
            return False
        try:
            with self._database() as database:
                database.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def _database(self) -> Iterator[psycopg.Connection]:
        with connect(self.service.database_url) as connection:
            yield connection

    def _settle(self, database: psycopg.Connection) -> float | None:
        """Seconds until nothing was left to do for a while; None when that did not come."""
        began = calm_since = time.monotonic()
        while (at := time.monotonic()) - began < SETTLED_WITHIN:
            left = database.execute(WORK_LEFT).fetchone()
            if left != (0,):
                calm_since = at
            elif at - calm_since > CALM:
                return calm_since - began
            time.sleep(0.2)
        return None

    def _read_fakes(self, before: dict[str, tuple[int, int]]) -> None:
        for name, fake in self.fakes.items():
            first, first_fault = before[name]
            for (chat, number), (_, text) in zip(
                fake.ids[first:], fake.messages[first:], strict=True
            ):
                self.ledger.arrived.append(Arrived(target_of(name, chat), number, text))
            for kind, chat, at in fake.failed[first_fault:]:
                self.ledger.faults.append(Fault(kind, target_of(name, chat), at))


SETTLED_WITHIN = 240.0  # seconds
CALM = 2.0  # seconds
WORK_LEFT = """
    SELECT (SELECT count(*) FROM inbound WHERE handled_at IS NULL AND failed IS NULL)
         + (SELECT count(*) FROM outbound WHERE status = 'pending')
"""


class People:
    """Who writes, one line after the other, for as long as the storm lasts."""

    def __init__(self, storm: "Storm", post: Post, dice: random.Random) -> None:
        self._storm = storm
        self._post = post
        self._dice = dice
        self._lock = threading.Lock()
        self._pages: list[OnWeb] = []
        self._spoken: Counter[str] = Counter()
        self._manager = self._on_platform("telegram", MANAGER)
        self._manager_writes = threading.Lock()

    def write(self, go_on: Callable[[], bool]) -> None:
        """Somebody new begins as soon as somebody has done; the last ones finish."""

        def live() -> None:
            while go_on():
                with self._lock:
                    seed = self._dice.random()
                self._live(random.Random(seed))

        many = self._storm.plan.people
        with ThreadPoolExecutor(many) as threads:
            for each in [threads.submit(live) for _ in range(many)]:
                each.result()

    def heard_on_pages(self, since: datetime) -> Sequence[Arrived]:
        """What still waits is heard now; what was written in a group is read by a member of it."""
        members = [OnWeb(self._storm.service, self._post, group) for group in GROUPS["web"]]
        for page in (*self._pages, *members):
            page.listens()
            page.leaves()
        heard = [page.arrived("private", since) for page in self._pages]
        heard += [member.arrived("group", since) for member in members]
        return [arrived for each in heard for arrived in each]

    def _live(self, dice: random.Random) -> None:
        """One person's time in the storm."""
        channel = dice.choice(CHANNELS)
        group = dice.choice(GROUPS[channel]) if dice.random() < IN_A_GROUP else ""
        lines: Sequence[Line] = dice.choice(DIALOGUES)
        if group:
            kinds = dice.choices([k for k, _ in IN_GROUP], [w for _, w in IN_GROUP], k=GROUP_LINES)
            lines = [dice.choice(kind) for kind in kinds]
        sender = self._sender(channel, group)
        for line in lines:
            self._say(sender, line, line.text, group)
            time.sleep(dice.expovariate(1 / self._storm.plan.pause))
        if not group:
            self._officer_answers(sender, len(lines))
        sender.leaves()

    def _sender(self, channel: str, group: str) -> Sender:
        if channel != "web":
            number = next(_numbers)
            return self._on_platform(channel, str(6_000_000_000 + number))
        page = OnWeb(self._storm.service, self._post, group)
        with self._lock:
            self._pages.append(page)
        return page

    def _on_platform(self, channel: str, chat: str) -> Sender:
        user = int(chat) if channel == "telegram" else f"{channel}-{chat}"
        return OnPlatform(self._storm.service, self._post, KINDS[channel], user)

    def _say(self, sender: Sender, line: Line, text: str, group: str = "", to: str = "") -> None:
        key = sender.says(text, group)
        conversation = f"{sender.chat} in {group}" if group else sender.chat
        with self._lock:
            self._spoken[conversation] += 1
            number = self._spoken[conversation]
            said = Said(key, sender.channel, conversation, number, line, to)
            self._storm.ledger.said.append(said)

    def _officer_answers(self, sender: Sender, lines: int) -> None:
        """A manager, from his own chat, once every line was answered: the assistant keeps quiet
        when people talk. What he says is told apart by its number."""
        heard = self._heard(sender)
        code = next((code for text in heard for code in CODE.findall(text)), None)
        alarms = [text for text in heard if "gọi ngay" in text]  # which may come twice
        if code is None or len(heard) - len(alarms) + len(set(alarms)) < lines:
            return
        with self._manager_writes:
            line = Line(f"Đã nhận tin số {next(_numbers)}.", answers=1, relayed=True)
            to = target_of(sender.channel, sender.chat)
            self._say(self._manager, line, f"{code} {line.text}", to=to)

    def _heard(self, sender: Sender) -> list[str]:
        if isinstance(sender, OnWeb):
            sender.listens()
            return sender.texts()
        return self._storm.fakes[sender.channel].sent(sender.chat)
