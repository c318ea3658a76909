"""Bình Yên as `binhyen serve` runs it, with a made-up commune of twelve hamlets."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import SecretStr
from sqlalchemy import select

from benchmarks.load import programs
from benchmarks.load.messages import GROUPS
from benchmarks.load.telegram import TOKEN, Outcome, Telegram, Webhook
from bot.db import Database
from bot.groups.setup import apply_setup, read_setup
from bot.libpq import connect
from bot.ops.children import free_port
from bot.ops.installation import installation
from bot.ops.postgres import database
from bot.procedures import files
from bot.procedures.catalogue import refresh
from bot.procedures.loading import load
from bot.procedures.models import ProcedureVector
from bot.procedures.vectors import complete
from bot.security.vault import vault
from bot.settings import PROJECT, Settings

SECRET_KEY = "a key for benchmarks only, of no use to anybody else"  # noqa: S105
WEBHOOK_SECRET = secrets.token_urlsafe(32)
SETTLE = 10.0  # seconds in which every process reads what there is
LOOK = 0.25  # seconds between two looks at what waits

COMMUNE = {
    "commune": {"name": "Xã Đồng Tâm", "province": "Đồng Nai"},
    "managers": [
        {
            "username": "quanly",
            "name": "Phạm Quốc Thái",
            "phone": "0900000001",
            "chats": {"telegram": "7001"},
        }
    ],
    "hamlets": [
        {
            "name": f"Ấp {n}",
            "chats": {"telegram": str(group)},
            "leader": {
                "username": f"ap{n}",
                "name": f"Cảnh sát khu vực Ấp {n}",
                "phone": f"09000001{n:02}",
                "chats": {"telegram": f"{7100 + n}"},
            },
        }
        for n, group in enumerate(GROUPS, 1)
    ],
}
OFFICERS = ["7001", *(f"{7100 + n}" for n, _ in enumerate(GROUPS, 1))]
"""Their chats."""


class BinhYen:
    """The running service."""

    name = "Bình Yên"

    def __init__(self, base: str, pid: int, url: str) -> None:
        self.pid = pid
        self.webhook = Webhook(
            f"{base}/webhooks/telegram", {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
        )
        self._database = connect(url)

    def handled(self, outcomes: Sequence[Outcome], within: float) -> Mapping[int, float]:
        """By the time written into each message's row. Raises: SystemExit when one was given up."""
        self._wait("SELECT count(*) FROM inbound WHERE handled_at IS NULL", [], within)
        numbers = {self._key(o.number): o.number for o in outcomes}
        rows = self._ask(
            "SELECT key, extract(epoch FROM handled_at)::float, failed FROM inbound"
            " WHERE key = ANY(%s)",
            [list(numbers)],
        )
        if failed := {kind for _, _, kind in rows if kind}:
            raise SystemExit(f"messages were given up: {failed}")
        return {numbers[key]: at for key, at, _ in rows if at is not None}

    def rest(self, within: float) -> None:
        """What officers and groups are told is not waited for: at one a second to each officer and
        twenty a minute to a group that takes long, and costs next to nothing."""
        officers = [vault().fingerprint("target", "telegram", chat) for chat in OFFICERS]
        query = (
            "SELECT count(*) FROM outbound"
            " WHERE status = 'pending' AND NOT in_group AND target_key <> ALL(%s)"
        )
        self._wait(query, [officers], within)

    def _wait(self, count: str, values: list[object], within: float) -> None:
        deadline = time.monotonic() + within
        while self._ask(count, values)[0][0] and time.monotonic() < deadline:
            time.sleep(LOOK)

    def _ask(self, query: str, values: list[object]) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    def _key(self, number: int) -> str:
        """What the row of an update is found by (bot/messages/inbox.py)."""
        bot = TOKEN.partition(":")[0]
        return vault().fingerprint("event", "telegram", f"{bot}:{number}")


@contextmanager
def running(home: Path, data_dir: Path, telegram: Telegram) -> Iterator[BinhYen]:
    """Start it on an empty folder, and end it. The model is the one of `data_dir`."""
    home.mkdir(mode=0o700)
    (home / "models").symlink_to((data_dir / "models").resolve())
    prepare(home, data_dir / "benchmarks" / "meanings.npz")
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BINHYEN_")} | {
        "PYTHONPATH": str(PROJECT),
        "BINHYEN_DATA_DIR": str(home),
        "BINHYEN_PORT": str(port),
        "BINHYEN_SECRET_KEY": SECRET_KEY,
        "BINHYEN_TELEGRAM_TOKEN": TOKEN,
        "BINHYEN_TELEGRAM_SECRET": WEBHOOK_SECRET,
        "BINHYEN_TELEGRAM_API_URL": telegram.url,
    }
    command: list[str | Path] = [Path(sys.executable).with_name("binhyen"), "serve"]
    base = f"http://127.0.0.1:{port}"
    with (
        programs.running(command, home, environment, f"{base}/health/ready") as pid,
        database(_settings(home)) as url,
    ):
        time.sleep(SETTLE)
        yield BinhYen(base, pid, url)


def _settings(home: Path) -> Settings:
    return Settings(data_dir=home, secret_key=SecretStr(SECRET_KEY), database_url=None)


def prepare(home: Path, kept: Path) -> None:
    """Fill the database as an installation has it that has run for a while.

    What takes a minute at its first start, the meanings of all known questions, stays in `kept`.
    """
    with installation(_settings(home)) as url:
        asyncio.run(_fill(url, kept))


async def _fill(url: str, kept: Path) -> None:
    db = Database(url)
    async with db.begin() as session:
        await apply_setup(session, read_setup(yaml.safe_dump(COMMUNE, allow_unicode=True)))
        await load(session, files.read())
    async with db.begin() as session:
        await refresh(session)
        if kept.exists():
            vectors = np.load(kept)
            session.add_all(ProcedureVector(key=k, vector=vectors[k].tobytes()) for k in vectors)
    await complete(db)
    async with db.begin() as session:
        rows = await session.scalars(select(ProcedureVector))
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, **{row.key: np.frombuffer(row.vector, np.uint8) for row in rows})  # type: ignore[arg-type]
    await db.close()
