"""The action server: whoever reaches its port could otherwise act in any resident's name."""

import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from pydantic import SecretStr

from bot.messages.rasa import Rasa
from bot.ops import alone
from bot.ops.errors import OperationError
from bot.procedures import embedding
from bot.procedures.embedding import AT_ONCE
from bot.procedures.meaning import MAX_CHARS
from bot.settings import Settings
from tests.deploy.installation import strong
from tests.service import RunningService

RULE = {"next_action": "action_small_talk", "tracker": {"sender_id": "x"}, "domain": {}}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def client(service: RunningService) -> httpx.Client:
    return httpx.Client(base_url=str(service.settings.action_url).rpartition("/")[0])


@pytest.mark.parametrize("shown", [None, b"", b"Bearer", b"Bearer \xff\xc3", b"Basic eDp4"])
def test_without_the_token_it_does_nothing(
    running_service: RunningService, shown: bytes | None
) -> None:
    headers = {} if shown is None else {b"Authorization": shown}
    with client(running_service) as http:
        for method, path in (("POST", "/webhook"), ("GET", "/actions"), ("POST", "/vectors")):
            answer = http.request(method, path, headers=headers, json=RULE)
            assert answer.status_code == httpx.codes.UNAUTHORIZED
            assert answer.content == b""


@pytest.mark.parametrize("near", ["{}x", "x{}", "{} x"])
def test_nearly_the_token_is_not_the_token(running_service: RunningService, near: str) -> None:
    wrong = bearer(near.format(running_service.rasa_token))
    with client(running_service) as http:
        assert http.post("/webhook", headers=wrong, json=RULE).status_code == 401


def test_with_the_token_it_answers(running_service: RunningService) -> None:
    right = bearer(running_service.rasa_token)
    with client(running_service) as http:
        known = http.get("/actions", headers=right).json()
        unknown = http.post("/webhook", headers=right, json=RULE | {"next_action": "action_x"})
    assert {"name": "action_small_talk"} in known
    assert unknown.status_code == httpx.codes.NOT_FOUND


def test_anybody_may_ask_whether_it_is_up(running_service: RunningService) -> None:
    with client(running_service) as http:
        assert http.get("/health").json() == {"status": "ok"}


def test_a_gateway_learns_from_it_what_sentences_mean(
    running_service: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "_source", embedding.here)
    texts = ["làm căn cước", "mất căn cước"]
    own = {"rasa_token": SecretStr(running_service.rasa_token)}
    embedding.ask_action_server(running_service.settings.model_copy(update=own))
    assert np.allclose(embedding.embed(texts), embedding.here(texts))


TOO_MANY, TOO_LONG = json.dumps(["x"] * (AT_ONCE + 1)), json.dumps(["x" * (MAX_CHARS + 1)])


@pytest.mark.parametrize(
    "body", ["", "{", "{}", "[]", "[1]", '"x"', "[[]]", b"\xff", TOO_MANY, TOO_LONG]
)
def test_of_anything_else_it_says_nothing(
    running_service: RunningService, body: str | bytes
) -> None:
    with client(running_service) as http:
        headers = bearer(running_service.rasa_token)
        answer = http.post(embedding.PATH, headers=headers, content=body)
    assert answer.status_code == httpx.codes.BAD_REQUEST


def test_the_gateway_leaves_the_sentence_model_to_it(running_service: RunningService) -> None:
    asked = {"hoi": "nhà tui có đứa nhỏ mới sinh phải làm giấy gì"}
    found = httpx.get(f"{running_service.base_url}/thu-tuc", params=asked, timeout=30)
    assert found.is_success
    assert has_the_model(running_service, "actions")
    assert not has_the_model(running_service, "gateway")


def has_the_model(service: RunningService, program: str) -> bool:
    pid = getattr(service.supervisor, program).pid
    return "onnxruntime" in Path(f"/proc/{pid}/maps").read_text()


async def test_a_gateway_with_another_token_takes_it_for_away(
    running_service: RunningService,
) -> None:
    """So messages wait, rather than fail one after the other at Rasa's calls."""
    ready = []
    for token in (running_service.rasa_token, "another"):
        own = {"rasa_token": SecretStr(token)}
        rasa = Rasa(running_service.settings.model_copy(update=own))
        ready.append(await rasa.actions_are_ready())
        await rasa.close()
    assert ready == [True, False]


def test_it_does_not_start_without_a_token(settings: Settings) -> None:
    own = settings.model_copy(update={"secret_key": SecretStr(strong())})
    with pytest.raises(OperationError, match="BINHYEN_RASA_TOKEN"):
        alone.actions(own, print)
