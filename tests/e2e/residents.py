"""Residents who write on a platform: real webhook bodies, posted as the platform posts them."""

import itertools
import json
import time
from typing import Any

import httpx

from tests.service import RunningService

_http = httpx.Client(timeout=10, trust_env=False, verify=False)  # noqa: S501 - loopback only
numbers = itertools.count(int(time.time()) % 1_000_000 * 1000)


class Resident:
    """Somebody on a platform that delivers to the service's webhooks."""

    channel: str
    chat: str
    """Where the assistant writes to this person in private."""

    def __init__(self, service: RunningService) -> None:
        self._service = service

    def in_group(self, group: str, text: str) -> str:
        """Returns the platform's id of the message."""
        raise NotImplementedError

    def in_private(self, text: str) -> str:
        raise NotImplementedError

    def _deliver(self, platform: str, body: bytes, headers: dict[str, str]) -> None:
        _deliver(self._service, platform, body, headers)


class OnTelegram(Resident):
    channel = "telegram"

    def __init__(self, service: RunningService, user_id: int, name: str) -> None:
        super().__init__(service)
        self.chat = str(user_id)
        self.user_id = user_id
        self._name = name

    def in_group(self, group: str, text: str, **more: Any) -> str:
        return self._message({"id": int(group), "type": "supergroup", "title": "Ấp"}, text, more)

    def in_private(self, text: str, **more: Any) -> str:
        return self._message({"id": self.user_id, "type": "private"}, text, more)

    def answer(self, message_id: str, text: str, **more: Any) -> str:
        """Answer to one message of the private chat."""
        chat = {"id": self.user_id, "type": "private"}
        answered = {"message_id": int(message_id), "date": int(time.time()), "chat": chat}
        return self._message(chat, text, more | {"reply_to_message": answered})

    def press(self, payload: str) -> None:
        """Press a button of the assistant's."""
        number = next(numbers)
        self._post(
            {
                "update_id": number,
                "callback_query": {
                    "id": str(number),
                    "from": self._sender(),
                    "message": {
                        "message_id": number,
                        "date": int(time.time()),
                        "chat": {"id": self.user_id, "type": "private"},
                        "text": "…",
                    },
                    "chat_instance": "1",
                    "data": payload,
                },
            }
        )

    def _message(self, chat: dict[str, Any], text: str, more: dict[str, Any]) -> str:
        number = next(numbers)
        message = {
            "message_id": number,
            "from": self._sender(),
            "chat": chat,
            "date": int(time.time()),
        }
        message |= {"text": text} if text else {}
        self._post({"update_id": number, "message": message | more})
        return str(number)

    def _sender(self) -> dict[str, Any]:
        return {"id": self.user_id, "is_bot": False, "first_name": self._name}

    def _post(self, body: dict[str, Any]) -> None:
        secret = self._service.platforms.telegram_secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        self._deliver("telegram", json.dumps(body).encode(), headers)


class OnZaloBot(Resident):
    channel = "zalo_bot"

    def __init__(self, service: RunningService, user_id: str, name: str) -> None:
        super().__init__(service)
        self.chat = user_id
        self._name = name

    def in_group(self, group: str, text: str, **more: Any) -> str:
        return self._message({"id": group, "chat_type": "GROUP"}, text, more)

    def in_private(self, text: str, **more: Any) -> str:
        return self._message({"id": self.chat, "chat_type": "PRIVATE"}, text, more)

    def sends(self, kind: str, **content: Any) -> str:
        """Something in private that is no text: image, sticker, voice, or what bots never see."""
        return self._message({"id": self.chat, "chat_type": "PRIVATE"}, "", content, kind)

    def _message(
        self, chat: dict[str, str], text: str, more: dict[str, Any], kind: str = "text"
    ) -> str:
        number = f"{next(numbers):020x}"
        message = {
            "message_id": number,
            "date": int(time.time() * 1000),
            "chat": chat,
            "from": {"id": self.chat, "display_name": self._name, "is_bot": False},
        }
        message |= {"text": text} if kind == "text" else {}
        body = {"event_name": f"message.{kind}.received", "message": message | more}
        headers = {"X-Bot-Api-Secret-Token": self._service.platforms.zalo_bot_secret}
        self._deliver("zalo-bot", json.dumps(body).encode(), headers)
        return number


class OnZaloOA(Resident):
    channel = "zalo_oa"
    oa_id = "3880000000000000005"

    def __init__(self, service: RunningService, user_id: str, name: str) -> None:
        super().__init__(service)
        self.chat = user_id

    def in_group(self, group: str, text: str) -> str:
        return self._message("user_send_group_text", group, text, {"oa_id": self.oa_id})

    def in_private(self, text: str, answers: str = "") -> str:
        """`answers`: the message that is quoted."""
        quoted = {"quote_msg_id": answers} if answers else {}
        return self._message("user_send_text", self.oa_id, text, {}, quoted)

    def sends(self, kind: str, payload: dict[str, Any], text: str = "") -> str:
        """Something in private that is no text: image, sticker, audio, location, file."""
        attachments = [{"type": kind, "payload": payload}]
        return self._message(
            f"user_send_{kind}", self.oa_id, text, {}, {"attachments": attachments}
        )

    def opens_chat(self) -> None:
        """Touch “Nhắn tin” on the account's page."""
        self._post(
            {
                "app_id": self._service.platforms.zalo_oa.app_id,
                "user_id": self.chat,
                "event_name": "user_click_chatnow",
                "oa_id": self.oa_id,
                "timestamp": str(int(time.time() * 1000)),
            }
        )

    def _message(
        self,
        event: str,
        recipient: str,
        text: str,
        more: dict[str, Any],
        content: dict[str, Any] | None = None,
    ) -> str:
        number = f"{next(numbers):020x}"
        body = {
            "app_id": self._service.platforms.zalo_oa.app_id,
            "sender": {"id": self.chat},
            "recipient": {"id": recipient},
            "event_name": event,
            "message": {"text": text, "msg_id": number} | (content or {}),
            "timestamp": str(int(time.time() * 1000)),
        }
        self._post(body | more)
        return number

    def _post(self, body: dict[str, Any]) -> None:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        signature = self._service.platforms.zalo_oa.sign(raw, body["timestamp"])
        self._deliver("zalo-oa", raw, {"X-ZEvent-Signature": signature})


def deliver_again() -> None:
    """The last webhook comes once more, as platforms send what they got no answer to."""
    _http.post(**_last).raise_for_status()


_last: dict[str, Any] = {}


def _deliver(
    service: RunningService, platform: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    headers = {"Content-Type": "application/json", **headers}
    url = f"{service.base_url}/webhooks/{platform}"
    delivery: dict[str, Any] = {"url": url, "content": body, "headers": headers}
    _last.update(delivery)
    answer = _http.post(**delivery)  # several people may write at once
    answer.raise_for_status()
    return answer
