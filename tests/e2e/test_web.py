"""The commune's own page, the whole way: a real websocket, real Rasa, and who sees what."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.test_telegram import ACCUSATION, FIRE, secret_words
from tests.service import RunningService

PATIENCE = 15.0  # seconds


class Page:
    """A resident's open page in the group of hamlet 1; `seen` is all that it was sent."""

    def __init__(self, socket: ClientConnection, name: str) -> None:
        self._socket = socket
        self.seen: list[dict[str, Any]] = []
        self._send(type="hello", name=name, group="ap-1")
        self.until(lambda frame: frame["type"] == "ready")

    def write(self, view: str, text: str) -> None:
        self._send(type="message", id=str(uuid.uuid4()), view=view, text=text)

    def until(self, wanted: Any) -> dict[str, Any]:
        """The first frame that is wanted, from now on."""
        while True:
            frame: dict[str, Any] = json.loads(self._socket.recv(PATIENCE))
            self.seen.append(frame)
            if wanted(frame):
                return frame

    def mail(self, view: str) -> str:
        """What the assistant says next in a view."""
        said = self.until(lambda frame: frame["type"] == "mail" and frame["view"] == view)
        return str(said["text"])

    def _send(self, **frame: Any) -> None:
        self._socket.send(json.dumps(frame))


@pytest.fixture
def pages(running_service: RunningService) -> Iterator[list[Page]]:
    """Two neighbours, each with a browser of his own."""
    with ExitStack() as stack:
        opened = []
        for name in ("Chị Lan", "Cô Sáu"):
            cookies = httpx.get(running_service.base_url).cookies
            cookie = "; ".join(f"{key}={value}" for key, value in cookies.items())
            address = running_service.base_url.replace("http", "ws") + "/chat/ws"
            socket = connect(address, additional_headers={"Cookie": cookie})
            opened.append(Page(stack.enter_context(socket), name))
        yield opened


def test_an_accusation_is_taken_off_every_page_and_goes_on_in_private(
    running_service: RunningService, pages: list[Page], leader: Console, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    told = len(telegram.sent("7011"))
    lan, neighbour = pages
    lan.write("group", ACCUSATION)
    post = neighbour.until(lambda frame: frame["type"] == "post")
    assert neighbour.until(lambda frame: frame["type"] == "removed")["post"] == post["id"]
    said = neighbour.mail("group")
    assert not set(secret_words(ACCUSATION)) & set(secret_words(said)) - {"nhà"}

    receipt = lan.mail("private")
    code = re.search(r"PA-\w{5}", receipt)
    assert code
    telegram.wait_for(lambda t: len(t.sent("7011")) > told)
    assert code[0] in telegram.sent("7011")[told]
    assert "đánh bài" not in telegram.sent("7011")[told]
    settled()
    assert not any(code[0] in str(frame.get("text", "")) for frame in neighbour.seen)
    assert ACCUSATION in leader.report(code[0]).text

    leader.act(code[0], "tra-loi", text="Tối nay tôi qua xem.")
    assert "Tối nay tôi qua xem." in lan.mail("private")


def test_a_fire_is_answered_before_everybody(pages: list[Page]) -> None:
    lan, neighbour = pages
    lan.write("group", FIRE)
    assert neighbour.mail("group").startswith("Bà con gọi ngay 114")


def test_the_public_page_answers_as_the_chat_does_and_no_log_has_the_question(
    running_service: RunningService,
) -> None:
    question = {"hoi": "bà Tám Đậu mất thẻ căn cước, làm lại ở đâu"}
    deadline = time.monotonic() + 60  # the page itself does not wait for Rasa
    while True:
        page = httpx.get(f"{running_service.base_url}/thu-tuc", params=question, timeout=30).text
        if 'class="answer"' in page:
            break
        assert time.monotonic() < deadline
        time.sleep(2)
    assert 'href="/thu-tuc/id-card-lost-damaged"' in page.split("</article>")[0]
    logs = [path.read_text("utf-8") for path in running_service.log_dir.rglob("*.log")]
    assert logs
    assert not any("Tám Đậu" in log or quote("Tám Đậu") in log for log in logs)
