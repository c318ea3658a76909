"""Something goes wrong in every process, and all logs are read."""

import json
import secrets
from typing import Any

import httpx
import psycopg
import pytest

from bot.libpq import connect
from tests.conftest import EXTERNAL
from tests.e2e.conftest import Settled
from tests.e2e.residents import OnTelegram
from tests.service import SECRET_KEY, RunningService

CANARY = f"chim hoàng yến {secrets.token_hex(6)}"


def break_something_everywhere(service: RunningService) -> None:
    with httpx.Client(timeout=30) as client:
        for path in ("/khong-co", "/thu-tuc", "/health/live", "/console/su-co"):
            client.get(f"{service.base_url}{path}", params={"hoi": CANARY, "token": CANARY})
        secret = {"X-Telegram-Bot-Api-Secret-Token": service.platforms.telegram_secret}
        for body in (CANARY, json.dumps({"message": CANARY}), "[1"):
            client.post(f"{service.base_url}/webhooks/telegram", content=body, headers=secret)
        token = {"token": service.rasa_token}
        bearer = {"Authorization": f"Bearer {service.rasa_token}"}
        for body in (CANARY, json.dumps({"text": [CANARY]}), json.dumps({"text": {"a": CANARY}})):
            client.post(f"{service.rasa_url}/model/parse", params=token, content=body.encode())
            client.post(
                f"{service.rasa_url}/webhooks/rest/webhook", params=token, content=body.encode()
            )
            client.post(str(service.settings.action_url), headers=bearer, content=body.encode())
        bad = {"next_action": CANARY, "tracker": {"sender_id": CANARY}, "domain": {}}
        client.post(str(service.settings.action_url), headers=bearer, json=bad)
    with connect(service.database_url) as connection:
        for wrong in ("SELECT {}::integer", "SELECT {}::uuid"):
            with pytest.raises(psycopg.Error):
                connection.execute(wrong.format(f"'{CANARY}'"))


def everything_logged(service: RunningService) -> dict[str, list[dict[str, Any]]]:
    """By file; each line is one of ours."""
    found = {}
    for path in service.log_dir.glob("*.log*"):
        if path.name.startswith("train"):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        found[path.name] = [json.loads(line) for line in lines]
    return found


def test_all_logs_are_json_and_hold_no_words_and_no_secret(
    running_service: RunningService, somebody: int, settled: Settled
) -> None:
    resident = OnTelegram(running_service, somebody, "Mai")
    running_service.platforms.telegram.fail_next(
        "server_error", method="sendMessage", chat_id=resident.chat
    )
    resident.in_private(f"hàng xóm cãi nhau to tiếng, {CANARY}")
    break_something_everywhere(running_service)
    settled()
    logged = everything_logged(running_service)
    own = set() if EXTERNAL else {"postgres"}  # another's log is not ours to write
    assert set(logged) >= {f"{name}.log" for name in {"gateway", "actions", "rasa"} | own}
    for file, lines in logged.items():
        for line in lines:
            assert line.keys() >= {"time", "level", "process", "event"}, (file, line)
    processes = {line["process"] for lines in logged.values() for line in lines}
    assert processes >= {"gateway", "rasa"} | own
    said = json.dumps(logged, ensure_ascii=False)
    hidden = [CANARY, CANARY.split()[-1], SECRET_KEY, running_service.rasa_token]
    for secret in (*hidden, running_service.platforms.telegram.token):
        assert secret not in said


def test_one_message_can_be_followed_from_the_door_to_its_answer(
    running_service: RunningService, somebody: int, settled: Settled
) -> None:
    resident = OnTelegram(running_service, somebody, "Lan")
    resident.in_private("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ")
    settled()
    lines = everything_logged(running_service)["gateway.log"]
    inbound = [line["inbound"] for line in lines if line["event"] == "handled"][-1]
    course = [line for line in lines if line.get("inbound") == inbound]
    assert [line["event"] for line in course] == ["received", "handled", "delivered"]
    assert course[2]["outbound"]
    assert course[2]["seconds"] >= 0
