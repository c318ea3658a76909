"""`binhyen serve` as an installer runs it: a process of its own, ended by a signal."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bot.ops.children import free_port
from bot.settings import PROJECT
from tests.ops.test_cli import KEY, PROGRAM, binhyen, complaint
from tests.service import RunningService

PATIENCE = 60


class Serving:
    """`serve` on a data directory without a model: it opens its pages, then begins to train."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        self.variables = {
            "BINHYEN_DATA_DIR": str(data_dir),
            "BINHYEN_PORT": self.address.rpartition(":")[2],
            "BINHYEN_SECRET_KEY": KEY,
        } | variables
        self.process = subprocess.Popen(
            [PROGRAM, "serve"],
            env=os.environ | self.variables,
            cwd=data_dir,
            stdout=subprocess.DEVNULL,
            stderr=(data_dir / "terminal").open("wb"),
        )

    def is_live(self) -> bool:
        try:
            return httpx.get(f"{self.address}/health/live").is_success
        except httpx.HTTPError:
            return False

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def trains(self) -> bool:
        return any("bot.nlu.train" in child.cmdline() for child in self.family())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path)
    yield serving
    if serving.process.poll() is None:
        serving.process.kill()
        serving.process.wait()


def test_the_pages_are_up_while_the_model_is_trained_and_a_signal_ends_all_of_it(
    serving: Serving, tmp_path: Path
) -> None:
    wait_until(serving.is_live)
    wait_until(serving.trains)
    ready = httpx.get(f"{serving.address}/health/ready")
    assert ready.status_code == 503
    assert "rasa" in ready.json()["waiting_for"]

    again = binhyen("serve", **serving.variables)
    assert "đang chạy" in complaint(again)

    family = serving.family()
    serving.process.terminate()
    assert serving.process.wait(PATIENCE) == 0
    assert not [child for child in family if child.is_running()]
    assert b"Traceback" not in (tmp_path / "terminal").read_bytes()
    for log in (tmp_path / "logs").glob("*.log"):
        assert KEY.encode() not in log.read_bytes()


def test_nobody_is_left_behind_when_it_is_killed(serving: Serving) -> None:
    wait_until(serving.is_live)
    wait_until(serving.trains)
    family = serving.family()
    assert len(family) >= 4  # PostgreSQL, gateway, action server, training
    serving.process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive


def test_setup_works_beside_a_running_service(running_service: RunningService) -> None:
    done = binhyen("setup", PROJECT / "tests/commune.yml", **running_service.variables)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().startswith("Đã ghi: 3 ấp")
    assert "Mật khẩu" not in done.stdout.decode()  # everybody is known already
    assert httpx.get(f"{running_service.base_url}/health/ready").is_success


def test_rasa_is_started_again_when_it_dies(running_service: RunningService) -> None:
    rasa = running_service.supervisor.rasa
    assert rasa is not None
    first = rasa.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    running_service.wait_until(lambda: rasa.pid not in {first, None} and rasa.ready.is_set(), 120)
    assert httpx.get(f"{running_service.base_url}/health/ready").is_success
