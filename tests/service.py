"""The whole service, as `binhyen serve` runs it, against fake platforms: for end-to-end tests."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from bot.console import second_factor
from bot.db import Database
from bot.groups.models import Commune, Officer
from bot.groups.setup import apply_setup, read_setup
from bot.ops.children import free_port
from bot.ops.progress import Terminal
from bot.ops.supervisor import Prepare, Supervisor
from bot.reports.limits import DEFAULTS, Limit, Limits, Unit, store_limits
from bot.security.passwords import hash_password
from bot.settings import Settings
from tests.codes import SECRET
from tests.fakes import FakeTelegram, FakeZaloBot, FakeZaloOA

SECRET_KEY = "a key for tests only, of no use to anybody else"
PASSWORD = "dong-song-xanh-1975"
"""Of every officer in `COMMUNE`."""
UNHURRIED = Limits({key: Limit(100, Unit.WORKING_DAYS) for key in DEFAULTS}, {})
COMMUNE = (Path(__file__).parent / "commune.yml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Platforms:
    """The fake chat platforms the service talks to, and the secrets of their webhooks."""

    telegram: FakeTelegram
    zalo_bot: FakeZaloBot
    zalo_oa: FakeZaloOA
    telegram_secret: str = "telegram-webhook-secret"
    zalo_bot_secret: str = "zalo-bot-webhook-secret"

    def settings(self) -> dict[str, object]:
        return {
            "telegram_token": self.telegram.token,
            "telegram_secret": self.telegram_secret,
            "telegram_api_url": self.telegram.url,
            "zalo_bot_token": self.zalo_bot.token,
            "zalo_bot_secret": self.zalo_bot_secret,
            "zalo_bot_api_url": self.zalo_bot.url,
            "zalo_oa_app_id": self.zalo_oa.app_id,
            "zalo_oa_secret_key": self.zalo_oa.secret_key,
            "zalo_oa_access_token": self.zalo_oa.access_token,
            "zalo_oa_refresh_token": self.zalo_oa.refresh_token,
            "zalo_oa_api_url": self.zalo_oa.url,
            "zalo_oa_oauth_url": self.zalo_oa.url,
        }


def settle(settings: Settings) -> Sequence[str]:
    """The commune of commune.yml, in which every officer has chosen `PASSWORD`, and none is
    reminded of one test's report in the midst of another."""
    asyncio.run(_settle(str(settings.database_url)))
    return []


async def _settle(url: str) -> None:
    db = Database(url)
    try:
        async with db.begin() as session:
            await apply_setup(session, read_setup(COMMUNE))
            await session.execute(
                update(Officer).values(
                    password_hash=hash_password(PASSWORD), must_change_password=False
                )
            )
            await session.execute(update(Commune).values(deadlines=store_limits(UNHURRIED)))
            for officer in (await session.execute(select(Officer))).scalars():
                if second_factor.is_required(officer):
                    await second_factor.keep(session, officer.id, SECRET, 0)
    finally:
        await db.close()


class RunningService:
    """`Supervisor` on a thread of its own; a context manager that waits until all is ready.

    `settings` and the addresses in it are those the processes got, free ports filled in.
    """

    def __init__(
        self,
        data_dir: Path,
        models: Path,
        platforms: Platforms,
        prepare: Prepare | None = settle,
        **settings: object,
    ) -> None:
        port = free_port()
        values = {"data_dir": data_dir, "port": port, "secret_key": SECRET_KEY}
        values |= {"tell_troubles": False}  # many tests break something on purpose
        values |= platforms.settings() | settings
        self.platforms = platforms
        self._terminal = Terminal()
        self._loop = asyncio.new_event_loop()
        self._models = models
        self._prepare = prepare
        self._given = Settings.model_validate(values)
        self._outcome: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self.supervisor: Supervisor
        self.base_url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> "RunningService":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def settings(self) -> Settings:
        return self.supervisor.settings

    @property
    def log_dir(self) -> Path:
        return self.settings.data_dir / "logs"

    @property
    def database_url(self) -> str:
        return str(self.settings.database_url)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which a command finds this installation."""
        found = {"BINHYEN_DATA_DIR": str(self.settings.data_dir), "BINHYEN_SECRET_KEY": SECRET_KEY}
        if self._given.database_url:
            found["BINHYEN_DATABASE_URL"] = self.database_url
        return found

    @property
    def rasa_url(self) -> str:
        return self.settings.rasa_url

    @property
    def rasa_token(self) -> str:
        return self.supervisor.rasa_token

    def start(self) -> None:
        self._thread.start()
        self.wait_until(lambda: hasattr(self, "supervisor") and self.supervisor.ready.is_set(), 300)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(60)

    def kill_rasa(self) -> None:
        """Rasa dies, and stays dead until `revive_rasa`."""
        assert self.supervisor.rasa is not None
        self._call(self.supervisor.rasa.pause())

    def revive_rasa(self) -> None:
        rasa = self.supervisor.rasa
        assert rasa is not None
        self._loop.call_soon_threadsafe(rasa.resume)
        self.wait_until(rasa.ready.is_set, 120)

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            if self._outcome.done():
                self._outcome.result()
                raise RuntimeError("the service has ended")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout} s; logs: {self._given.data_dir}/logs")
            time.sleep(0.05)

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.supervisor = Supervisor(self._given, self._models, self._terminal, self._prepare)
        self._task = self._loop.create_task(self.supervisor.run())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            self._outcome.set_result(None)
        except BaseException as error:
            self._outcome.set_exception(error)
        finally:
            self._loop.close()
