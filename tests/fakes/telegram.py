"""The Telegram Bot API as its own server answers (docs/channels.md)."""

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.server import Answer, Call, Failure, FakePlatform, as_json

_REFUSALS = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "never_started": (403, "Forbidden: bot can't initiate conversation with a user"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "chat_not_found": (400, "Bad Request: chat not found"),
    "cannot_delete": (400, "Bad Request: message can't be deleted"),
    "already_gone": (400, "Bad Request: message to delete not found"),
    "no_rights": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "bad_request": (400, "Bad Request: something is wrong"),
    "file_too_big": (400, "Bad Request: file is too big"),
    "query_too_old": (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    ),
    "wrong_token": (401, "Unauthorized"),
    "conflict": (409, "Conflict: can't use getUpdates method while webhook is active"),
    "unavailable": (502, "Bad Gateway"),
}


class FakeTelegram(FakePlatform):
    """Own failures: those of `_REFUSALS`, `rate_limited` (`retry_after`), `migrated` (`to`)."""

    fails_by_chance = frozenset({"sendMessage", "deleteMessage"})

    def __init__(
        self,
        token: str = "7012345678:vi-du-token-telegram",
        username: str = "binhyen_demo_bot",
        *,
        reads_all: bool = False,
    ) -> None:
        super().__init__()
        self.token = token
        self.username = username
        self.reads_all = reads_all
        self.webhook: dict[str, Any] = {"url": "", "pending_update_count": 0}
        self.by_id: dict[int, tuple[str, str]] = {}  # chat and text of each message sent

    def add_file(self, name: str, content: bytes, mime: str = "image/jpeg") -> str:
        """`name` is the file id, which is also the reference."""
        super().add_file(name, content, mime)
        return name

    def route(self, path: str, headers: Mapping[str, str]) -> str | Answer:
        if path.startswith(prefix := f"/file/bot{self.token}/"):
            return self._file(path.removeprefix(prefix))
        if path.startswith(prefix := f"/bot{self.token}/"):
            return path.removeprefix(prefix)
        return _error(401, "Unauthorized")

    def answer(self, call: Call) -> Answer:
        match call.method:
            case "getMe":
                return _ok(self._me() | {"can_read_all_group_messages": self.reads_all})
            case "sendMessage":
                return self._send(call.params, "text", 4096)
            case "sendPhoto" | "sendDocument" | "sendVoice" | "sendVideo":
                return self._send(call.params, "caption", 1024)
            case "deleteMessage":
                self.deleted.append((self.chat_of(call.params), str(call.params["message_id"])))
                return _ok(True)
            case "getFile":
                return self._get_file(str(call.params["file_id"]))
            case "setWebhook":
                self.webhook["url"] = call.params["url"]
                return _ok(True)
            case "getWebhookInfo":
                return _ok(self.webhook)
            case "answerCallbackQuery" | "deleteWebhook":
                return _ok(True)
        return _error(404, "Not Found")

    def refuse(self, failure: Failure) -> Answer:
        if failure.kind == "rate_limited":
            seconds = failure.details.get("retry_after", 1)
            words = f"Too Many Requests: retry after {seconds}"
            return _error(429, words, retry_after=seconds)
        if failure.kind == "migrated":
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            return _error(400, words, migrate_to_chat_id=int(failure.details["to"]))
        return _error(*_REFUSALS[failure.kind])

    def _send(self, params: Mapping[str, Any], field: str, limit: int) -> Answer:
        text = str(params.get(field, ""))
        if field == "text" and not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > limit:
            return _error(400, "Bad Request: message is too long")
        if any(len(data.encode()) > 64 for data in _payloads(params)):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        chat = self.chat_of(params)
        number = int(self.record(chat, text))
        kind = "supergroup" if chat.startswith("-") else "private"
        return _ok(
            {
                "message_id": number,
                "from": self._me(),
                "chat": {"id": int(chat), "type": kind},
                "date": int(time.time()),
                field: text,
            }
        )

    def _get_file(self, file_id: str) -> Answer:
        if file_id not in self.files:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.files[file_id][0])
        return _ok(
            {
                "file_id": file_id,
                "file_unique_id": file_id,
                "file_size": size,
                "file_path": file_id,
            }
        )

    def _me(self) -> dict[str, Any]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Bot Bình Yên",
            "username": self.username,
        }


def _payloads(params: Mapping[str, Any]) -> list[str]:
    markup = params.get("reply_markup") or {}
    rows = json.loads(markup) if isinstance(markup, str) else markup
    return [button["callback_data"] for row in rows.get("inline_keyboard", []) for button in row]


def _ok(result: object) -> Answer:
    return as_json({"ok": True, "result": result})


def _error(code: int, description: str, **parameters: int) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return as_json(body, code)
