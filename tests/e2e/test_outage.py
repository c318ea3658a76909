"""A dead Rasa loses nothing: messages are taken in, wait, and are answered in order."""

import os
import signal
import time
from collections.abc import Callable

import httpx

from bot.libpq import connect
from tests.conftest import EXTERNAL
from tests.e2e.residents import OnTelegram
from tests.service import RunningService

QUESTIONS = (
    ("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ", "từ đủ 6 tuổi đến dưới 14 tuổi"),
    ("đăng ký tạm trú online sao", "tạm trú"),
    ("đổi giấy phép lái xe ở đâu", "giấy phép lái xe"),
)
DEAD = 60  # seconds


def test_a_dead_rasa_for_a_minute_loses_nothing(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Mai")
    reporter = OnTelegram(running_service, somebody + 500_000, "Lan")
    running_service.kill_rasa()
    died = time.monotonic()
    try:
        for question, _ in QUESTIONS:
            resident.in_private(question)
        reporter.in_private("có thằng lạ cạy cửa nhà em ở ấp 1, em sợ quá")
        ready = httpx.get(f"{running_service.base_url}/health/ready")
        assert ready.status_code == 503
        assert "rasa" in ready.json()["waiting_for"]
        time.sleep(DEAD - (time.monotonic() - died))
        assert telegram.sent(resident.chat) == []
    finally:
        running_service.revive_rasa()
    telegram.wait_for(lambda t: len(t.sent(resident.chat)) == len(QUESTIONS), timeout=60)
    for (_, expected), answer in zip(QUESTIONS, telegram.sent(resident.chat), strict=True):
        assert expected in answer
    telegram.wait_for(lambda t: t.sent(reporter.chat), timeout=30)
    assert "PA-" in telegram.sent(reporter.chat)[0]


def test_a_killed_database_loses_nothing(running_service: RunningService, somebody: int) -> None:
    """Messages that got their 200 are handled once the database is back, each once."""
    telegram = running_service.platforms.telegram
    residents = [OnTelegram(running_service, somebody + 600_000 + n, "Mai") for n in range(20)]
    for number, resident in enumerate(residents):
        if number in (6, 13):
            _kill_database(running_service)
        _until_taken(lambda r=resident: r.in_private(QUESTIONS[0][0]))
    for resident in residents:
        telegram.wait_for(lambda t, r=resident: t.sent(r.chat), timeout=60)
    repeated = sum(len(telegram.sent(resident.chat)) - 1 for resident in residents)
    assert repeated <= 2  # one that was under way at each kill


def _kill_database(service: RunningService) -> None:
    """Of somebody else's server, which others may use, every connection to this database."""
    if not EXTERNAL:
        postmaster = service.settings.data_dir / "postgres" / "cluster" / "postmaster.pid"
        os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)
        return
    with connect(service.database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _until_taken(send: Callable[[], object]) -> None:
    """As a platform does: again until there is a 200."""
    for _ in range(100):
        try:
            send()
        except httpx.HTTPError:
            time.sleep(0.3)
        else:
            return
    raise AssertionError("never taken")
