"""The Zalo OA Open API and its OAuth service, on one address (docs/channels.md)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tests.fakes.server import Answer, Call, Failure, FakePlatform, as_json

PRIVATE = "/v3.0/oa/message/cs"
GROUP = "/v3.0/oa/group/message"
ACCOUNT = "/v2.0/oa/getoa"
RENEW = "/v4/oa/access_token"

_REFUSALS = {
    "rate_limited": -32,
    "bad_request": -201,
    "quota": -211,
    "not_following": -213,
    "blocked": -227,
    "window_closed": -230,
    "group_disabled": -237,
    "kicked": -403,
    "wrong_token": -216,
}


class FakeZaloOA(FakePlatform):
    """Own failures: those of `_REFUSALS`, and `error` with any `code`.

    It knows one valid pair of tokens at a time. A renewal makes a new pair and spends the
    refresh token it was given; `expire()` makes the access token too old.
    """

    fails_by_chance = frozenset({PRIVATE, GROUP})

    def __init__(
        self,
        app_id: str = "3600000000000000001",
        secret_key: str = "OA_SECRET_KEY_VI_DU",
        oa_id: str = "3880000000000000005",
    ) -> None:
        super().__init__()
        self.app_id = app_id
        self.secret_key = secret_key
        self.oa_id = oa_id
        self.access_token = "vi-du-access-1"
        self.refresh_token = "vi-du-refresh-1"
        self.renewals = 0
        self._expired = False

    def expire(self) -> None:
        """The next call is told that its access token is too old, until a renewal."""
        self._expired = True

    def sign(self, body: bytes, timestamp: str) -> str:
        """The X-ZEvent-Signature header for a webhook body."""
        signed = self.app_id.encode() + body + f"{timestamp}{self.secret_key}".encode()
        return f"mac={hashlib.sha256(signed).hexdigest()}"

    def route(self, path: str, headers: Mapping[str, str]) -> str | Answer:
        return path

    def chat_of(self, params: Mapping[str, Any]) -> str:
        recipient = params.get("recipient") or {}
        return str(recipient.get("user_id") or recipient.get("group_id") or "")

    def answer(self, call: Call) -> Answer:
        if call.method == RENEW:
            return self._renew(call)
        if call.headers.get("access_token") != self.access_token:
            return _error(-216)
        if self._expired:
            return _error(-220)
        if call.method == PRIVATE:
            return self._send(call.params, "user_id")
        if call.method == GROUP:
            return self._send(call.params, "group_id")
        if call.method == ACCOUNT:
            return _ok({"oa_id": self.oa_id, "name": "Bình Yên"})
        return _error(-404)

    def refuse(self, failure: Failure) -> Answer:
        return _error(_REFUSALS.get(failure.kind) or int(failure.details["code"]))

    def _renew(self, call: Call) -> Answer:
        asked = (call.headers.get("secret_key"), call.params.get("app_id"))
        if asked != (self.secret_key, self.app_id):
            return as_json({"error": -14004, "error_name": "Invalid app secret"})
        if call.params.get("refresh_token") != self.refresh_token:
            return as_json({"error": -14020, "error_name": "Invalid refresh token"})
        self.renewals += 1
        self._expired = False
        self.access_token = f"vi-du-access-{self.renewals + 1}"
        self.refresh_token = f"vi-du-refresh-{self.renewals + 1}"
        return as_json(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_in": "90000",
            }
        )

    def _send(self, params: Mapping[str, Any], recipient: str) -> Answer:
        text = str(params["message"].get("text", ""))
        if recipient not in params["recipient"]:
            return _error(-201)
        if not 1 <= len(text.encode("utf-16-le")) // 2 <= 2000:
            return _error(-210)
        chat = self.chat_of(params)
        return _ok({"message_id": self.record(chat, text, "{:020x}"), recipient: chat})


def _ok(data: object) -> Answer:
    return as_json({"data": data, "error": 0, "message": "Success"})


def _error(code: int) -> Answer:
    return as_json({"error": code, "message": "Error"})
