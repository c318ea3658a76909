"""Who holds which secret while everything runs: command lines and environments, as /proc has them.

A command line is open to every local user; an environment to the process itself, and so to whoever
is superuser in PostgreSQL.
"""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bot.settings import PROJECT
from tests.ops.test_serve import Serving, wait_until
from tests.service import SECRET_KEY, RunningService

SETTINGS = (
    *("SECRET_KEY", "TELEGRAM_TOKEN", "TELEGRAM_SECRET", "ZALO_BOT_TOKEN", "ZALO_BOT_SECRET"),
    *("ZALO_OA_SECRET_KEY", "ZALO_OA_ACCESS_TOKEN", "ZALO_OA_REFRESH_TOKEN"),
)
PLATFORMS = frozenset(SETTINGS[1:])
FOREIGN = "AWS_SECRET_ACCESS_KEY"
MAY_HOLD = {
    "bot.ops.gateway": frozenset(SETTINGS),
    "actions": frozenset({"SECRET_KEY"}),
    "bot.nlu.train": frozenset(),
    "postgres": frozenset(),
}


@pytest.fixture
def held() -> dict[str, str]:
    """A value for each secret, of the form its platform gives it, and one of another program."""
    values = {name: secrets.token_urlsafe(48) for name in (*SETTINGS, FOREIGN)}
    return values | {
        "TELEGRAM_TOKEN": f"7001:{secrets.token_urlsafe(26)}",
        "ZALO_BOT_TOKEN": f"7002:{secrets.token_urlsafe(26)}",
    }


@pytest.fixture
def serving(tmp_path: Path, held: dict[str, str]) -> Iterator[Serving]:
    variables = {f"BINHYEN_{name}": held[name] for name in SETTINGS}
    nobody = dict.fromkeys(("TELEGRAM_API_URL", "ZALO_BOT_API_URL"), "http://127.0.0.1:9")
    more = {f"BINHYEN_{name}": url for name, url in nobody.items()}
    serving = Serving(tmp_path, **variables, **more, **{FOREIGN: held[FOREIGN]})
    yield serving
    with suppress(ProcessLookupError):
        serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(60)


def program_of(process: psutil.Process) -> str:
    line = process.cmdline()
    if "-m" in line:
        return line[line.index("-m") + 1]
    return "postgres" if "postgres" in line[0] else line[0]


def test_each_process_holds_only_the_secrets_it_works_with(
    serving: Serving, held: dict[str, str]
) -> None:
    wait_until(serving.is_live)
    wait_until(serving.trains)
    seen = set()
    for process in serving.family():
        with suppress(psutil.NoSuchProcess):
            program, line = program_of(process), " ".join(process.cmdline())
            environment = Path(f"/proc/{process.pid}/environ").read_text(errors="replace")
            assert not [name for name, value in held.items() if value in line], program
            holds = {name for name, value in held.items() if value in environment}
            assert holds <= MAY_HOLD[program], program
            seen.add(program)
    assert seen == set(MAY_HOLD)


def test_no_secret_is_on_a_command_line(running_service: RunningService) -> None:
    lines = [" ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)]
    assert any("bot.nlu.serve" in line for line in lines)
    for secret in (
        SECRET_KEY,
        running_service.rasa_token,
        running_service.platforms.telegram.token,
    ):
        assert not [line for line in lines if secret in line]


def test_rasa_holds_its_token_and_no_other_secret(running_service: RunningService) -> None:
    rasa = running_service.supervisor.rasa
    assert rasa is not None
    environment = Path(f"/proc/{rasa.pid}/environ").read_text(errors="replace")
    assert running_service.rasa_token in environment
    ours = (v.split("=")[0] for v in environment.split("\0") if v.startswith("BINHYEN_"))
    assert set(ours) == {"BINHYEN_RASA_TOKEN", "BINHYEN_ACTION_URL"}
    for secret in (SECRET_KEY, running_service.platforms.telegram.token):
        assert secret not in environment


def test_a_superuser_of_the_database_finds_no_key_in_its_environment(tmp_path: Path) -> None:
    """PostgreSQL writes its titles over what /proc shows, but passes all on to what it starts."""
    code = (
        "import sys; from pathlib import Path\n"
        "from bot.libpq import connect\n"
        "from bot.ops.postgres import EmbeddedPostgres\n"
        "home = Path(sys.argv[1])\n"
        "with EmbeddedPostgres(home / 'pg', home / 'pg.log', throwaway=True) as server:\n"
        "    with connect(server.url()) as connection:\n"
        "        connection.execute('CREATE TEMP TABLE seen (line text)')\n"
        "        connection.execute(\"COPY seen FROM PROGRAM 'env'\")\n"
        "        print(*connection.execute('TABLE seen'))"
    )
    key = secrets.token_urlsafe(48)
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        env=os.environ | {"BINHYEN_SECRET_KEY": key},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PATH=" in done.stdout
    assert key not in done.stdout
