"""The machine is gone: a new one goes on from a backup that was made while people wrote."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.libpq import connect
from bot.ops.model import TrainedModel
from tests.conftest import database_of_the_service
from tests.e2e.conftest import WORK_LEFT, Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.fakes import FakeTelegram
from tests.ops.test_cli import binhyen
from tests.service import SECRET_KEY, Platforms, RunningService

HEARD = "có thằng lạ cạy cửa nhà em ở ấp 1, em sợ quá"
UNHEARD = "tối qua mất trộm cái máy bơm ở ấp 1"


def test_a_new_machine_goes_on_where_the_backup_was_made(
    running_service: RunningService,
    model: TrainedModel,
    somebody: int,
    settled: Settled,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    reported = [OnTelegram(running_service, somebody + 800_000 + n, "Lan") for n in range(3)]
    waiting = [OnTelegram(running_service, somebody + 810_000 + n, "Mai") for n in range(3)]
    telegram = running_service.platforms.telegram
    for resident in reported:
        resident.in_private(HEARD)
    settled()
    codes = {code_in(telegram.sent(resident.chat)) for resident in reported}

    file = tmp_path / "last night"
    with nobody_understanding(running_service), people_writing(running_service, somebody + 820_000):
        for resident in waiting:
            resident.in_private(UNHEARD)
        run("backup", file, **running_service.variables)
    running_service.wait_until(lambda: work_left(running_service) == 0, timeout=180)

    with FakeTelegram() as anew, database_of_the_service(request) as empty:
        home = tmp_path / "new"
        there = {"BINHYEN_DATABASE_URL": empty} if empty else {}
        run("restore", file, BINHYEN_DATA_DIR=str(home), BINHYEN_SECRET_KEY=SECRET_KEY, **there)
        old = running_service.platforms
        platforms = Platforms(anew, old.zalo_bot, old.zalo_oa)
        models = model.path.parent.parent
        with RunningService(home, models, platforms, None, database_url=empty) as service:
            service.wait_until(lambda: work_left(service) == 0, timeout=180)
            told = {code_in(anew.sent(resident.chat)) for resident in waiting}
            assert [anew.sent(resident.chat) for resident in reported] == [[], [], []]
            assert not told & codes
            for who in ("ap1", "quanly"):
                with Console(service, who) as console:
                    assert console.codes() >= codes | told
                    for code in codes:
                        assert HEARD in console.whole_report(code).text
                    for code in told:
                        assert UNHEARD in console.whole_report(code).text
            said = run("audit", "verify", **service.variables)
            assert "Nhật ký nguyên vẹn" in said


@contextmanager
def nobody_understanding(service: RunningService) -> Iterator[None]:
    """Rasa stands still: what comes in waits."""
    rasa = service.supervisor.rasa
    assert rasa is not None
    assert rasa.pid is not None
    os.kill(rasa.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(rasa.pid, signal.SIGCONT)


@contextmanager
def people_writing(service: RunningService, first: int) -> Iterator[None]:
    """One after the other, until the block ends."""
    enough = threading.Event()

    def write() -> None:
        number = first
        while not enough.is_set():
            OnTelegram(service, number, "Hoa").in_private("chúc cả nhà ngủ ngon")
            number += 1
            enough.wait(0.5)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()


def code_in(sent: list[str]) -> str:
    codes = set(re.findall(r"PA-[A-Z0-9]{5}", "\n".join(sent)))
    assert len(codes) == 1, sent
    return codes.pop()


def work_left(service: RunningService) -> int:
    with connect(service.database_url) as connection:
        row = connection.execute(WORK_LEFT).fetchone()
    assert row is not None
    return int(row[0])


def run(*arguments: str | Path, **variables: str) -> str:
    """A command of the installation that the environment names."""
    done = binhyen(*arguments, **variables)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()
