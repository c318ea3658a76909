"""An installation of several machines: each program started by itself, on one PostgreSQL."""

import itertools
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from bot.ops.children import die_with_parent, free_port
from bot.ops.supervisor import app_environment
from bot.settings import Settings
from tests.service import Platforms

PROGRAM = Path(sys.executable).with_name("binhyen")
SETTLE = """
from bot.ops.installation import installation
from bot.settings import get_settings
from tests.service import settle
with installation(get_settings()):
    settle(get_settings())
"""
PATIENCE = 300.0  # seconds; two Rasa servers start at once on a machine with other work


@dataclass
class Program:
    """One `binhyen …` on a port of its own."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    directory: Path
    url: str
    probe: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        name = "-".join(self.arguments).replace("--", "")
        with (self.directory / f"{name}-{self.url.rpartition(':')[2]}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, *self.arguments],
                env=os.environ | self.environment,
                cwd=self.directory,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=die_with_parent(),
            )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def answers(self) -> bool:
        try:
            return httpx.get(self.probe, timeout=2, trust_env=False).status_code < 500
        except httpx.HTTPError:
            return False

    def end(self, sign: signal.Signals) -> int:
        """Send the signal; the exit code, once it has ended."""
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(60)


@dataclass
class Installation:
    """Two gateways, two Rasa servers, one action server.

    `base_url` is another gateway's every time, as a balancer without any knowledge gives one.
    """

    settings: Settings
    platforms: Platforms
    gateways: list[Program] = field(default_factory=list)
    rasas: list[Program] = field(default_factory=list)

    def __post_init__(self) -> None:
        ports = [free_port(), free_port()]
        rasa_url = ",".join(f"http://127.0.0.1:{port}" for port in ports)
        actions = f"http://127.0.0.1:{free_port()}"
        update = {"rasa_url": rasa_url, "action_url": f"{actions}/webhook", "rasa_token": strong()}
        self.settings = Settings.model_validate(self.settings.model_dump() | update)
        for port in ports:
            rasa = self._program(
                f"http://127.0.0.1:{port}", "/version", "rasa", "--port", str(port)
            )
            self.rasas.append(rasa)
        self.gateways = [self.gateway(), self.gateway()]
        self.actions = self._program(actions, "/health", "actions")
        self._turn = itertools.count()

    def gateway(self, **settings: str) -> Program:
        port = str(free_port())
        program = self._program(f"http://127.0.0.1:{port}", "/health/live", "gateway")
        program.environment |= {"BINHYEN_PORT": port}
        program.environment |= {
            f"BINHYEN_{name.upper()}": value for name, value in settings.items()
        }
        return program

    def _program(self, url: str, probe: str, *arguments: str) -> Program:
        home = self.settings.data_dir
        return Program(arguments, app_environment(self.settings), home, url, f"{url}{probe}")

    @property
    def programs(self) -> list[Program]:
        return [*self.gateways, *self.rasas, self.actions]

    @property
    def base_url(self) -> str:
        return self.gateways[next(self._turn) % len(self.gateways)].url

    def migrate(self) -> None:
        environment = os.environ | app_environment(self.settings)
        home = self.settings.data_dir
        for command in ([PROGRAM, "migrate"], [sys.executable, "-c", SETTLE]):
            subprocess.run(command, env=environment, cwd=home, check=True, timeout=PATIENCE)

    def start(self) -> None:
        """Start whatever does not run, and wait until all of it answers."""
        for program in self.programs:
            if not program.runs:
                program.start()
        for program in self.programs:
            wait_until(lambda program=program: program.answers)

    def stop(self) -> None:
        for program in self.programs:
            if program.runs:
                program.end(signal.SIGKILL)


def strong() -> str:
    return secrets.token_urlsafe(48)


def several_machines(home: Path, models: Path, database_url: str, on: Platforms) -> Installation:
    """Migrated and settled, and nothing of it started."""
    with suppress(FileExistsError):
        (home / "models").symlink_to(models)
    # Started as in service, so with secrets that are taken for some there.
    on = replace(on, telegram_secret=strong(), zalo_bot_secret=strong())
    values = {"data_dir": home, "database_url": database_url, "secret_key": strong()}
    installation = Installation(Settings.model_validate(values | on.settings()), on)
    installation.migrate()
    return installation


def wait_until(condition: Callable[[], bool], within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)
