"""A dead Rasa loses nothing: messages are taken in, wait, and are answered in order."""

import time

import httpx

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
