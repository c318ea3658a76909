"""Deliveries that no platform makes: each is refused clearly, and none of them is handled."""

import json
import time
from typing import Any

import httpx
import pytest

from tests.fuzz.test_json_routes import HEADERS, gateway

__all__ = ["gateway"]

TELEGRAM = "/webhooks/telegram"
PERSON = {"id": 5, "is_bot": False, "first_name": "Lan"}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def update(**message: str) -> bytes:
    """An update whose message has these fields, as JSON."""
    fields: dict[str, Any] = {"message_id": 1, "date": 1_795_000_000, "chat": {"id": 5}, "from": 5}
    fields["chat"]["type"] = "private"
    fields["from"] = PERSON
    written = {name: json.dumps(value) for name, value in fields.items()} | message
    inner = ",".join(f'"{name}":{value}' for name, value in written.items())
    return f'{{"update_id":1,"message":{{{inner}}}}}'.encode("utf-8", "surrogatepass")


def post(gateway: str, body: bytes, **headers: str) -> int:
    sent = {"Content-Type": "application/json", **HEADERS, **headers}
    return httpx.post(f"{gateway}{TELEGRAM}", content=body, headers=sent).status_code


def test_nothing_is_too_deep_to_be_answered(gateway: str) -> None:
    with httpx.Client(base_url=gateway, headers=HEADERS) as client:
        for depth in [*range(850, 1010, 2), 100_000]:
            for field in ("text", "from", "chat", "entities", "photo", "contact", "location"):
                body = update(**{field: nested(depth)})
                assert client.post(TELEGRAM, content=body).status_code in (200, 400), depth


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id":' + b"9" * 900_000 + b"}",
        b'{"update_id":1e999999999,"message":{}}',
        b'{"update_id":1,"update_id":{},"message":1,"message":[]}',
        '{"update_id":"é"}'.encode("latin-1"),
        b"\0" * 1000,
        b"\x1f\x8b\x08" + b"\0" * 1000,
        b"\xff\xfe{\0}",
        update(text='"' + "a" * 900_000 + '"'),
        update(text='"a' + "\\u0301" * 150_000 + '"'),
        update(text='"' + "\\ud83d" * 150_000 + '"'),
        update(text='"\udc80\ud800"'),
        update(
            text='"@bot"',
            entities="[" + '{"type":"mention","offset":0,"length":4},' * 20_000 + "1]",
        ),
    ],
    ids=range(12),
)
def test_any_body_is_answered(gateway: str, body: bytes) -> None:
    before = time.thread_time()
    assert post(gateway, body) in (200, 400, 413)
    assert time.thread_time() - before < 5


def test_a_body_of_more_than_a_megabyte_is_not_read(gateway: str) -> None:
    assert post(gateway, b" " * (1 << 20) + b" {}") == 413


@pytest.mark.parametrize("secret", ["", "fuzz-secre", "FUZZ-SECRET", "é", "x" * 60_000])
def test_a_forged_secret_is_refused(gateway: str, secret: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret.encode("latin-1").decode("latin-1")}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = httpx.post(f"{gateway}{TELEGRAM}", content=update(text='"chào"'), headers=sent)
    assert answer.status_code in (400, 401)
