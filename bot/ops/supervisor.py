"""Starts and watches everything `serve` and `demo` need, on one machine.

    database ─ migrations ─ gateway (takes messages from here on)
                            action server
                            environment ─ model ─ Rasa (messages are handled from here on)

Each program is a process of its own and is started again when it dies. What they must not tell
each other goes through their environment, never through a command line, which every local user
can read.
"""

import asyncio
import secrets
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import PostgresDsn, SecretStr

from bot.ops import rasa
from bot.ops.children import FileLock, die_with_parent, free_port, released, stop
from bot.ops.doors import LOOPBACK, listener, reachable
from bot.ops.errors import OperationError
from bot.ops.inherited import DATABASE, GATEWAY_NAME, NETWORK, SPARING, THREADS, inherited
from bot.ops.model import TrainedModel, load, prepare_model
from bot.ops.places import places_path, write_places
from bot.ops.postgres import EmbeddedPostgres, embedded, external
from bot.ops.processes import Keeper, Program
from bot.ops.progress import Terminal
from bot.ops.sandbox import without_platforms
from bot.settings import PROJECT, Settings

log = structlog.get_logger()

Work = Coroutine[Any, Any, None]
LATER = 5
"""How nice those are who answer: whoever delivers a message or opens a page is served first."""

Prepare = Callable[[Settings], Sequence[str]]
"""Fills the migrated database before the first page is served; returns lines to show."""


class Supervisor:
    """One installation running. `run` returns only by being cancelled."""

    def __init__(
        self,
        settings: Settings,
        models: Path,
        terminal: Terminal,
        prepare: Prepare | None = None,
    ) -> None:
        self._given = settings
        self._models = models
        self._terminal = terminal
        self._prepare = prepare
        self._greeting: Sequence[str] = ()
        self.rasa_token = secrets.token_urlsafe(32)
        # The same at each start, so that the next gateway goes on at once with what one left.
        self._gateway_name = secrets.token_hex(8)
        self.settings = settings
        self.ready = asyncio.Event()
        self.gateway: Keeper
        self.actions: Keeper
        self.rasa: Keeper | None = None

    async def run(self) -> None:
        """Raises: OperationError, when the installation cannot be started."""
        with alone(self._given.data_dir), listener(self._given) as door:
            async with self._database() as (url, watch):
                self.settings = with_addresses(self._given, url)
                await self._migrate()
                self.gateway = Keeper(self._gateway(door), self._terminal.print)
                self.actions = Keeper(self._actions(), self._terminal.print)
                await together(watch(), self.gateway.run(), self.actions.run(), self._understand())

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[tuple[str, Callable[[], Work]]]:
        """The database's address, and what must run beside it while it is used."""
        if self._given.database_url is not None:
            yield external(self._given), forever
            return
        with embedded(self._given, share=False) as server:
            yield server.url(), lambda: keep_up(server, self._begin_anew)

    async def _begin_anew(self) -> None:
        """Work that the dead database interrupted is taken up by a gateway that starts."""
        await self.gateway.pause()
        self.gateway.resume()

    async def _migrate(self) -> None:
        with self._terminal.step() as report:
            report("Cơ sở dữ liệu: đang chuẩn bị")
            await self._make_ready()
            if self._prepare is not None:
                self._greeting = await self._fill(self._prepare)

    async def _make_ready(self) -> None:
        """In a process of its own (bot/ops/prepare.py). Raises: OperationError."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.ops.prepare"),
            cwd=self.settings.data_dir,
            env=app_environment(self.settings),
            stdin=DEVNULL,
            stdout=PIPE,
            process_group=0,  # Ctrl+C reaches us alone, and we end it
            preexec_fn=die_with_parent(),
        )
        try:
            said = (await process.communicate())[0].decode().strip()
        finally:
            await stop(process)
        if process.returncode:
            raise OperationError(said or f"Không chuẩn bị được dữ liệu; xem {self._log('prepare')}")
        for line in said.splitlines():
            self._terminal.print(line)

    async def _fill(self, prepare: Prepare) -> Sequence[str]:
        """Here, as `prepare` may be anything; only `demo` has one."""
        from bot.ops.installation import unlock

        url = str(self.settings.database_url)
        await asyncio.to_thread(unlock, self.settings, url)
        lines = await asyncio.to_thread(prepare, self.settings)
        await write_places(url, places_path(self.settings))
        return lines

    async def _understand(self) -> None:
        """Bring up what understands messages; they are taken, and wait, while it does."""
        await self.gateway.ready.wait()
        self._terminal.print(f"Trang đã mở: {self.settings.public_base}")
        for line in self._greeting:
            self._terminal.print(line)
        model = await self._model()
        self.rasa = Keeper(self._rasa(model), self._terminal.print)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.rasa.run())
            with self._terminal.step() as report:
                report("Rasa: đang khởi động; tin nhắn đã nhận được chờ đến lượt")
                await self.rasa.ready.wait()
                await self.actions.ready.wait()
            self._terminal.print("Bình Yên đã sẵn sàng. Dừng: Ctrl+C")
            self.ready.set()

    async def _model(self) -> TrainedModel:
        """The model, however long it takes: without it messages wait, and nothing is lost."""
        pause = 10.0
        while True:
            try:
                with self._terminal.step() as report:
                    return await prepare_model(self._models, report)
            except OperationError as error:
                log.error("no model", reason=str(error))
                self._terminal.print(f"{error} (thử lại sau {pause:.0f} giây)")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 300)

    def _gateway(self, door: socket.socket) -> Program:
        return Program(
            name="gateway",
            command=(sys.executable, "-m", "bot.ops.gateway"),
            environment=app_environment(self.settings)
            | {
                rasa.TOKEN: self.rasa_token,
                "BINHYEN_LISTENER": str(door.fileno()),
                GATEWAY_NAME: self._gateway_name,
            },
            directory=self.settings.data_dir,
            log=self._log("gateway"),
            probe=f"http://{reachable(self.settings)}/health/live",
            essential=True,
            pass_fds=(door.fileno(),),
        )

    def _actions(self) -> Program:
        address = urlsplit(self.settings.action_url)
        return Program(
            name="actions",
            nice=LATER,
            command=(sys.executable, "-m", "actions"),
            environment=app_environment(without_platforms(self.settings))
            | {rasa.TOKEN: self.rasa_token},
            directory=self.settings.data_dir,
            log=self._log("actions"),
            probe=f"http://{address.netloc}/health",
        )

    def _rasa(self, model: TrainedModel) -> Program:
        port = urlsplit(self.settings.rasa_urls[0]).port or 80
        return Program(
            name="rasa",
            nice=LATER,
            command=rasa.command(self.settings, model.path, LOOPBACK, port),
            environment=rasa.environment(self.settings, self.rasa_token),
            directory=PROJECT,
            log=self._log("rasa"),
            probe=f"{self.settings.rasa_urls[0]}/version",
            check=lambda: load(model.path.parent),
        )

    def _log(self, name: str) -> Path:
        return self.settings.data_dir / "logs" / f"{name}.log"


def app_environment(settings: Settings) -> dict[str, str]:
    """Environment of a process of the app half: exactly these settings, whatever `.env` says.

    A `.env` is read from the working directory, so such a process runs in the data directory.
    """
    environment = SPARING | inherited(*THREADS, *NETWORK, *DATABASE)
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is not None:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            environment[f"BINHYEN_{name.upper()}"] = plain
    return environment | {"PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"}


def with_addresses(settings: Settings, database_url: str) -> Settings:
    """The settings with the database's address and, unless they are set, free ports."""
    update: dict[str, object] = {
        "data_dir": settings.data_dir.resolve(),
        "database_url": PostgresDsn(database_url),
    }
    if "rasa_url" not in settings.model_fields_set:
        update["rasa_url"] = f"http://{LOOPBACK}:{free_port()}"
    if "action_url" not in settings.model_fields_set:
        update["action_url"] = f"http://{LOOPBACK}:{free_port()}/webhook"
    return settings.model_copy(update=update)


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Two services on the same data would do everything twice."""
    lock = FileLock(data_dir / "lock")
    if not lock.try_acquire():
        raise OperationError(f"Bình Yên đang chạy rồi trên dữ liệu ở {data_dir}.")
    with released(lock):
        yield


async def together(*tasks: Work) -> None:
    """Run all until one fails; the first failure is raised as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    except BaseExceptionGroup as failures:
        raise _first(failures) from None


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def keep_up(server: EmbeddedPostgres, then: Callable[[], Work]) -> None:
    """Start the embedded server again should it ever die, `then` what depends on it.

    What is left of the dead one may keep its successor out for a while.
    """
    lost = False
    while True:
        await asyncio.sleep(1)
        if server.running and not lost:
            continue
        log.error("database ended")
        lost = True
        try:
            server.restart()
        except OperationError as error:
            log.error("database not started", reason=str(error))
            continue
        lost = False
        await then()


def run_until_told(supervisor: Supervisor) -> None:
    """Run until Ctrl+C or a termination signal, then end everything in order."""

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup, go on
            signals.append(signal.SIGHUP)
        for sign in signals:
            asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
        with suppress(asyncio.CancelledError):
            await supervisor.run()

    asyncio.run(main())


async def forever() -> None:
    await asyncio.Event().wait()
