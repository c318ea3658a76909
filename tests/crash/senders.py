"""Platforms, for one person each: a message is delivered until it is answered with 200.

What is repeated has the same id. Now and then it comes again although it was answered, as from a
platform that the answer did not reach.
"""

import json
import random
import threading
import time
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from bot.gateway.chat_visitors import COOKIE, PURPOSE
from bot.security.vault import vault
from tests.crash.ledger import Arrived, event_of, target_of
from tests.e2e.residents import OnTelegram, OnZaloBot, OnZaloOA, Resident
from tests.service import RunningService

PATIENCE = 10.0
"""Seconds after which a platform, or the page, takes it that nobody answers."""
AGAIN = 0.05
"""How often an answered delivery is repeated."""
PAUSE = 1.0  # seconds between two tries


class Post:
    """What all platforms deliver with, and what it took. Any thread may use it."""

    def __init__(self, base_url: str, dice: random.Random) -> None:
        self.longest = 0.0  # seconds somebody waited to be taken
        self.repeated = 0
        self._http = httpx.Client(
            base_url=base_url,
            timeout=PATIENCE,
            trust_env=False,
            limits=httpx.Limits(max_connections=None),
        )
        self._dice = dice
        self._lock = threading.Lock()

    def deliver(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Raises: AssertionError, when it is refused, which no repeating would change."""
        headers = {"Content-Type": "application/json", **headers}

        def taken() -> bool:
            try:
                answer = self._http.post(path, content=body, headers=headers)
            except httpx.HTTPError:
                return False
            assert answer.status_code == 200 or answer.status_code >= 429, answer.status_code
            return answer.status_code == 200

        self.insist(taken)
        with self._lock:
            again = self._dice.random() < AGAIN
        if again:
            taken()

    def insist(self, taken: Callable[[], bool]) -> None:
        """Try until it is taken."""
        began, tries = time.monotonic(), 1
        while not taken():
            tries += 1
            time.sleep(PAUSE)
        with self._lock:
            self.repeated += tries - 1
            if tries > 1:
                self.longest = max(self.longest, time.monotonic() - began)


class Sender:
    """A person with a phone. `says` returns, once it is taken, the fingerprint of the event."""

    channel: str
    chat: str

    def says(self, text: str, group: str = "") -> str:
        raise NotImplementedError

    def leaves(self) -> None:
        """Nothing more will be said."""


KEYS: dict[str, Callable[[dict[str, Any], str], str]] = {
    "telegram": lambda body, bot: f"{bot}:{body['update_id']}",
    "zalo_bot": lambda body, bot: f"{bot}:{body['event_name']}:{body['message']['message_id']}",
    "zalo_oa": lambda body, _: (
        f"{body.get('oa_id') or body['app_id']}:{body['event_name']}:{body['message']['msg_id']}"
    ),
}
"""What makes an event one and the same on each platform."""


class OnPlatform(Sender):
    """Somebody on a platform that has webhooks."""

    def __init__(
        self, service: RunningService, post: Post, kind: type[Resident], chat: Any
    ) -> None:
        outer = self

        class Stubborn(kind):  # type: ignore[valid-type,misc]
            def _deliver(self, platform: str, body: bytes, headers: dict[str, str]) -> None:
                post.deliver(f"/webhooks/{platform}", body, headers)
                key = KEYS[outer.channel](json.loads(body), outer._bot)
                outer._taken = event_of(outer.channel, key)

        tokens = service.platforms.settings()
        self.channel = kind.channel
        self._bot = str(tokens.get(f"{self.channel}_token", "")).partition(":")[0]
        self._taken = ""
        self._resident: Resident = Stubborn(service, chat, "Người dân")
        self.chat = self._resident.chat

    def says(self, text: str, group: str = "") -> str:
        if group:
            self._resident.in_group(group, text)
        else:
            self._resident.in_private(text)
        return self._taken


class OnWeb(Sender):
    """A browser with the page open. It connects again, and sends again what was not answered.

    It keeps what it heard, and says so, as the page does; what comes a second time with the same
    id is dropped.
    """

    channel = "web"

    def __init__(self, service: RunningService, post: Post, group: str = "") -> None:
        self._post = post
        self._group = group
        self._address = service.base_url.replace("http", "ws") + "/chat/ws"
        self._socket: ClientConnection | None = None
        self._heard: dict[str, dict[str, Any]] = {}  # frames by id, in the order in which they came
        self._http = httpx.Client(base_url=service.base_url, timeout=PATIENCE, trust_env=False)
        post.insist(self._visits)
        sealed = urlsafe_b64decode(self._http.cookies[COOKIE])
        self.chat = vault().unseal(sealed).removeprefix(PURPOSE).decode()

    def says(self, text: str, group: str = "") -> str:
        frame_id = str(uuid.uuid4())
        view = "group" if group else "private"
        frame = {"type": "message", "id": frame_id, "view": view, "text": text}
        self._post.insist(lambda: self._is_taken(frame))
        return event_of("web", f"{self.chat}:{frame_id}")

    def listens(self) -> None:
        """Hear all that has waited."""
        self.leaves()
        self._post.insist(self._is_connected)

    def leaves(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def texts(self) -> list[str]:
        return [frame["text"] for frame in self._heard.values()]

    def arrived(self, view: str, since: datetime) -> list[Arrived]:
        """What it heard in private, or in its group."""
        target = target_of("web", self.chat if view == "private" else self._group)
        return [
            Arrived(target, number, frame["text"])
            for number, frame in self._heard.items()
            if frame["view"] == view and datetime.fromisoformat(frame["at"]) > since
        ]

    def _visits(self) -> bool:
        try:
            return self._http.get("/").status_code == 200
        except httpx.HTTPError:
            return False

    def _is_taken(self, frame: dict[str, Any]) -> bool:
        if not self._is_connected():
            return False
        answer = self._exchange(frame, lambda f: f["type"] in ("ack", "refused"))
        if answer is not None and answer["type"] == "refused":
            assert answer["after"] is not None, answer
            time.sleep(answer["after"])
        return answer is not None and answer["type"] == "ack" and answer["id"] == frame["id"]

    def _is_connected(self) -> bool:
        if self._socket is not None:
            return True
        cookie = "; ".join(f"{key}={value}" for key, value in self._http.cookies.items())
        try:
            self._socket = connect(
                self._address,
                additional_headers={"Cookie": cookie},
                max_size=None,
                open_timeout=PATIENCE,
                close_timeout=1,
            )
        except (OSError, WebSocketException):
            return False
        hello = {"type": "hello", "name": "Bà con", "group": self._group}
        return self._exchange(hello, lambda f: f["type"] == "ready") is not None

    def _exchange(
        self, frame: dict[str, Any], wanted: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any] | None:
        """Send, and read until the answer; None when the connection did not hold so long."""
        assert self._socket is not None
        deadline = time.monotonic() + PATIENCE
        try:
            self._socket.send(json.dumps(frame))
            while True:
                text = self._socket.recv(max(0.01, deadline - time.monotonic()))
                told: dict[str, Any] = json.loads(text)
                self._hear(told)
                if wanted(told):
                    return told
        except (OSError, WebSocketException):
            self.leaves()
            return None

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "mail":
            return
        self._heard.setdefault(frame["id"], frame)
        if frame["view"] == "private" and self._socket is not None:
            self._socket.send(json.dumps({"type": "seen", "ids": [frame["id"]]}))


KINDS: dict[str, type[Resident]] = {
    "telegram": OnTelegram,
    "zalo_bot": OnZaloBot,
    "zalo_oa": OnZaloOA,
}
