"""The whole service in this process's supervision, for end-to-end tests."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from bot.ops.children import free_port
from bot.ops.progress import Terminal
from bot.ops.supervisor import Supervisor
from bot.settings import Settings

SECRET_KEY = "a key for tests only, of no use to anybody else"


class RunningService:
    """`Supervisor` on a thread of its own; a context manager that waits until all is ready.

    `settings` and the addresses in it are those the processes got, free ports filled in.
    """

    def __init__(self, data_dir: Path, models: Path, **settings: object) -> None:
        port = free_port()
        values = {"data_dir": data_dir, "port": port, "secret_key": SECRET_KEY} | settings
        self._terminal = Terminal()
        self._loop = asyncio.new_event_loop()
        self._models = models
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
    def database_url(self) -> str:
        return str(self.settings.database_url)

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
        self.supervisor = Supervisor(self._given, self._models, self._terminal)
        self._task = self._loop.create_task(self.supervisor.run())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            self._outcome.set_result(None)
        except BaseException as error:
            self._outcome.set_exception(error)
        finally:
            self._loop.close()
