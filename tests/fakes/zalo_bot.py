"""The Zalo Bot Platform: every answer has status 200, errors too (docs/channels.md)."""

import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.server import Answer, Call, Failure, FakePlatform, as_json

_REFUSALS = {
    "bad_request": (400, "Bad Request"),
    "wrong_token": (401, "Unauthorized"),
    "internal": (403, "Internal Server Error"),
    "chat_not_found": (404, "Not Found"),
    "timeout": (408, "Request Timeout"),
    "quota": (429, "Quota exceeded"),
}


class FakeZaloBot(FakePlatform):
    """Own failures: those of `_REFUSALS`, and `rate_limited`: a proxy's HTML page, status 429."""

    fails_by_chance = frozenset({"sendMessage"})

    def __init__(
        self, token: str = "1204567890:vi-du-token-zalo", display_name: str = "Bot Bình Yên"
    ) -> None:
        super().__init__()
        self.token = token
        self.display_name = display_name
        self.webhook = ""

    def route(self, path: str, headers: Mapping[str, str]) -> str | Answer:
        if path.startswith(prefix := f"/bot{self.token}/"):
            return path.removeprefix(prefix)
        return _error(401, "Unauthorized")

    def answer(self, call: Call) -> Answer:
        match call.method:
            case "getMe":
                return _ok(
                    {
                        "id": self.token.partition(":")[0],
                        "account_name": "bot.binhyen",
                        "account_type": "BASIC",
                        "can_join_groups": True,
                        "display_name": self.display_name,
                    }
                )
            case "sendMessage":
                return self._send(call.params)
            case "getWebhookInfo":
                return _ok({"url": self.webhook, "updated_at": _now()})
            case "setWebhook":
                self.webhook = str(call.params.get("url"))
                return _ok({"url": call.params.get("url"), "updated_at": _now()})
        return _error(404, "Not Found")

    def refuse(self, failure: Failure) -> Answer:
        if failure.kind == "rate_limited":
            pause = str(failure.details.get("retry_after", 1))
            page = b"<html>429 Too Many Requests</html>"
            return Answer(page, 429, "text/html", {"Retry-After": pause})
        return _error(*_REFUSALS[failure.kind])

    def _send(self, params: Mapping[str, Any]) -> Answer:
        text = str(params.get("text", ""))
        if not 1 <= len(text.encode("utf-16-le")) // 2 <= 2000:
            return _error(400, "Bad Request")
        number = self.record(self.chat_of(params), text, "{:020x}")
        return _ok({"message_id": number, "date": _now()})


def _now() -> int:
    return int(time.time() * 1000)


def _ok(result: object) -> Answer:
    return as_json({"ok": True, "result": result})


def _error(code: int, description: str) -> Answer:
    return as_json({"ok": False, "error_code": code, "description": description})
