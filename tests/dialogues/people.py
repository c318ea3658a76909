"""People who write to the assistant: one way to speak and to listen, on all four channels.

What a person sends are real webhook bodies, or frames of the web page's websocket; what he hears
is what the fake platform, or the page, was given.
"""

import itertools
import json
import re
import threading
import time
import uuid
from abc import ABC, abstractmethod
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bot.gateway.chat_visitors import COOKIE, PURPOSE
from bot.security.vault import vault
from tests.e2e.residents import OnTelegram, OnZaloBot, OnZaloOA
from tests.fakes import Call
from tests.pictures import JPEG as PHOTO
from tests.service import RunningService

CHANNELS = ("telegram", "zalo_bot", "zalo_oa", "web")
VOICE = b"OggS" + b"0" * 600
GROUPS = {
    "telegram": "-100{}",
    "zalo_bot": "zb-g{}",
    "zalo_oa": "oa-g{}",
    "web": "ap-{}",
}
"""The chat of a hamlet's group in tests/commune.yml, by the hamlet's number."""
HAMLET = 3
"""Whose group people write in unless a dialogue says otherwise."""
_LINK = re.compile(r"(?:\?start=|#m=)([A-Za-z0-9_-]{16,64})")
_TYPED = re.compile(r"gửi mã ([A-Z0-9]{8})")
_NUMBERED = re.compile(r"^(\d)\. (.+)$", re.MULTILINE)
_ids = itertools.count(int(time.time()) % 10_000_000 * 1000)


@dataclass(frozen=True)
class Heard:
    """One message of the assistant's, and what stands behind each of its buttons."""

    text: str
    buttons: Mapping[str, Any] = field(default_factory=dict)


class Person(ABC):
    """Somebody with a phone. `chat` is where the assistant writes to him."""

    can_press = False
    chat: str
    hamlet = HAMLET

    def __init__(self) -> None:
        self._heard: list[Heard] = []
        self._read = 0

    @property
    def group(self) -> str:
        return GROUPS[self.channel].format(self.hamlet)

    @property
    @abstractmethod
    def channel(self) -> str: ...

    def heard(self) -> list[Heard]:
        """What the assistant wrote to him in private, in order."""
        record = self._record()
        while self._read < len(record):
            self._heard += self._understood(record[self._read])
            self._read += 1
        return self._heard

    @abstractmethod
    def _record(self) -> Sequence[Any]:
        """All that the platform was given, for whomever; it only grows."""

    @abstractmethod
    def _understood(self, entry: Any) -> list[Heard]:
        """What one entry of the record says to this person."""

    @abstractmethod
    def group_heard(self) -> list[str]:
        """What the assistant wrote in the group."""

    @abstractmethod
    def says(self, text: str) -> None: ...

    @abstractmethod
    def says_in_group(self, text: str) -> None: ...

    @abstractmethod
    def sends(self, what: str, text: str) -> None:
        """A sticker, voice, photo, place or contact; `text` goes with a photo."""

    @abstractmethod
    def opens(self, token: str) -> None:
        """Open the private chat, with the token of an invitation or with none."""

    def accepts_invitation(self) -> None:
        """Follow the link, or type the code, that the assistant wrote last in the group."""
        invited = [text for text in self.group_heard() if _LINK.search(text) or _TYPED.search(text)]
        assert invited, f"nobody was invited: {self.group_heard()[-3:]}"
        if link := _LINK.search(invited[-1]):
            self.opens(link[1])
        elif code := _TYPED.search(invited[-1]):
            self.says(code[1].lower())

    def presses(self, label: str) -> None:
        """A button by its label; where there are no buttons, the number before the label."""
        if not self.can_press:
            self.types_number(label)
            return
        for heard in reversed(self.heard()):
            for shown, payload in heard.buttons.items():
                if shown.lower() == label.lower():
                    self._press(payload)
                    return
        raise AssertionError(f"no button {label!r}")

    def types_number(self, label: str) -> None:
        """The number that a label has, counted where it is not written."""
        for heard in reversed(self.heard()):
            shown = dict(enumerate(heard.buttons, 1)) if heard.buttons else _numbered(heard.text)
            for number, name in shown.items():
                if name.lower() == label.lower():
                    self.says(str(number))
                    return
        raise AssertionError(f"no choice {label!r}")

    def _press(self, payload: Any) -> None:
        raise AssertionError("no buttons here")

    def leaves(self) -> None:
        """Close what he had open."""
        return


def _numbered(text: str) -> dict[int, str]:
    return {int(number): label for number, label in _NUMBERED.findall(text)}


def labels(heard: Heard) -> list[str]:
    """What can be pressed or picked."""
    return list(heard.buttons) or list(_numbered(heard.text).values())


class TelegramPerson(Person):
    can_press = True
    channel = "telegram"

    def __init__(self, service: RunningService, name: str, chat: str = "") -> None:
        super().__init__()
        self.chat = chat or str(6_000_000_000 + next(_ids) % 1_000_000_000)
        self._fake = service.platforms.telegram
        self._on = OnTelegram(service, int(self.chat), name)

    def _record(self) -> Sequence[Any]:
        return self._fake.calls

    def _understood(self, entry: Call) -> list[Heard]:
        if not entry.method.startswith("send") or self._fake.chat_of(entry.params) != self.chat:
            return []
        text = entry.params.get("text") or entry.params.get("caption") or ""
        return [Heard(str(text), _inline_buttons(entry.params))]

    def group_heard(self) -> list[str]:
        return self._fake.sent(self.group)

    def says(self, text: str) -> None:
        self._on.in_private(text)

    def replies(self, text: str, message_id: str) -> None:
        """Answer one of the assistant's messages with the platform's own reply."""
        self._on.answer(message_id, text)

    def says_in_group(self, text: str) -> None:
        self._on.in_group(self.group, text)

    def sends(self, what: str, text: str) -> None:
        ref = f"{what}-{next(_ids)}"
        file = {"file_id": ref, "file_unique_id": ref}
        match what:
            case "sticker":
                size = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
                sticker = file | size | {"type": "regular", "emoji": "👍"}
                self._on.in_private("", sticker=sticker)
            case "voice":
                self._fake.add_file(ref, VOICE, "audio/ogg")
                voice = file | {"duration": 9, "mime_type": "audio/ogg"}
                self._on.in_private("", voice=voice)
            case "photo":
                self._fake.add_file(ref, PHOTO)
                caption = {"caption": text} if text else {}
                self._on.in_private("", photo=[file | {"width": 9, "height": 9}], **caption)
            case "place":
                self._on.in_private("", location={"latitude": 10.951, "longitude": 107.012})
            case "contact":
                contact = {"phone_number": "0900000777", "first_name": "Bảy"}
                self._on.in_private("", contact=contact | {"user_id": int(self.chat)})
            case _:
                raise AssertionError(what)

    def opens(self, token: str) -> None:
        self._on.in_private(f"/start {token}".strip())

    def _press(self, payload: Any) -> None:
        self._on.press(payload)


def _inline_buttons(call: Mapping[str, Any]) -> dict[str, Any]:
    markup = call.get("reply_markup") or {}
    rows = json.loads(markup) if isinstance(markup, str) else markup
    buttons = [button for row in rows.get("inline_keyboard", ()) for button in row]
    return {button["text"]: button["callback_data"] for button in buttons}


class ZaloBotPerson(Person):
    channel = "zalo_bot"

    def __init__(self, service: RunningService, name: str, chat: str = "") -> None:
        super().__init__()
        self.chat = chat or f"zb{next(_ids)}"
        self._fake = service.platforms.zalo_bot
        self._on = OnZaloBot(service, self.chat, name)

    def _record(self) -> Sequence[Any]:
        return self._fake.messages

    def _understood(self, entry: tuple[str, str]) -> list[Heard]:
        return [Heard(entry[1])] if entry[0] == self.chat else []

    def group_heard(self) -> list[str]:
        return self._fake.sent(self.group)

    def says(self, text: str) -> None:
        self._on.in_private(text)

    def says_in_group(self, text: str) -> None:
        self._on.in_group(self.group, text)

    def sends(self, what: str, text: str) -> None:
        ref = f"{what}-{next(_ids)}"
        match what:
            case "sticker":
                self._on.sends("sticker", sticker=ref)
            case "voice":
                self._on.sends("voice", voice_url=self._fake.add_file(ref, VOICE, "audio/aac"))
            case "photo":
                caption = {"caption": text} if text else {}
                self._on.sends("image", photo_url=self._fake.add_file(ref, PHOTO), **caption)
            case "place":
                self._on.sends("unsupported")
            case _:
                raise AssertionError(f"no {what} on Zalo bots")

    def opens(self, token: str) -> None:
        raise AssertionError("a Zalo bot's chat is opened by writing in it")


class ZaloOAPerson(Person):
    channel = "zalo_oa"

    def __init__(self, service: RunningService, name: str, chat: str = "") -> None:
        super().__init__()
        self.chat = chat or f"oa{next(_ids)}"
        self._fake = service.platforms.zalo_oa
        self._on = OnZaloOA(service, self.chat, name)

    def _record(self) -> Sequence[Any]:
        return self._fake.messages

    def _understood(self, entry: tuple[str, str]) -> list[Heard]:
        return [Heard(entry[1])] if entry[0] == self.chat else []

    def group_heard(self) -> list[str]:
        return self._fake.sent(self.group)

    def says(self, text: str) -> None:
        self._on.in_private(text)

    def replies(self, text: str, message_id: str) -> None:
        self._on.in_private(text, answers=message_id)

    def says_in_group(self, text: str) -> None:
        self._on.in_group(self.group, text)

    def sends(self, what: str, text: str) -> None:
        ref = f"{what}-{next(_ids)}"
        match what:
            case "sticker":
                self._on.sends("sticker", {"id": ref, "url": f"{self._fake.url}/files/{ref}"})
            case "voice":
                self._on.sends("audio", {"url": self._fake.add_file(ref, VOICE, "audio/amr")})
            case "photo":
                self._on.sends("image", {"url": self._fake.add_file(ref, PHOTO)}, text)
            case "place":
                coordinates = {"latitude": "10.9510000", "longitude": "107.0120000"}
                self._on.sends("location", {"coordinates": coordinates})
            case _:
                raise AssertionError(f"no {what} on Zalo Official Accounts")

    def opens(self, token: str) -> None:
        self._on.opens_chat()


class WebPerson(Person):
    """A browser with the commune's page open; its socket is read on a thread of its own.

    He has chosen no hamlet until he first writes in a group.
    """

    can_press = True
    channel = "web"

    def __init__(self, service: RunningService, name: str, chat: str = "") -> None:
        super().__init__()
        assert not chat, "officers have no chat on the web page"
        self._name = name
        self._http = httpx.Client(base_url=service.base_url, timeout=20, verify=False)  # noqa: S501 - loopback only
        self._http.get("/").raise_for_status()
        sealed = urlsafe_b64decode(self._http.cookies[COOKIE])
        self.chat = vault().unseal(sealed).removeprefix(PURPOSE).decode()
        cookie = "; ".join(f"{key}={value}" for key, value in self._http.cookies.items())
        address = service.base_url.replace("http", "ws") + "/chat/ws"
        self._socket = connect(address, additional_headers={"Cookie": cookie}, max_size=None)
        self._frames: list[dict[str, Any]] = []
        self._seen: set[str] = set()
        self._arrived = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()
        self._hello("")

    def _record(self) -> Sequence[Any]:
        return self._frames

    def _understood(self, entry: dict[str, Any]) -> list[Heard]:
        if not self._is_new_mail(entry, "private"):
            return []
        return [Heard(entry["text"], {each["label"]: each for each in entry["buttons"]})]

    def group_heard(self) -> list[str]:
        seen = {
            f["id"]: f["text"] for f in self._frames if f["type"] == "mail" and f["view"] == "group"
        }
        return list(seen.values())

    def says(self, text: str) -> None:
        self._sends(type="message", view="private", text=text)

    def says_in_group(self, text: str) -> None:
        if not any(frame["type"] == "joined" and frame["group"] for frame in self._frames):
            self._hello(self.group)
        self._sends(type="message", view="group", text=text)

    def sends(self, what: str, text: str) -> None:
        match what:
            case "sticker":
                self.says("👍")  # the page has no stickers
            case "voice":
                self._sends_file("voice.ogg", VOICE, "audio/ogg", text)
            case "photo":
                self._sends_file("hinh.jpg", PHOTO, "image/jpeg", text)
            case "place":
                place = {"latitude": 10.951, "longitude": 107.012}
                self._sends(type="message", view="private", text="", location=place)
            case _:
                raise AssertionError(f"no {what} on the web page")

    def opens(self, token: str) -> None:
        self._sends(type="start", token=token)

    def accepts_invitation(self) -> None:
        """On the web page the assistant writes first: there is nothing to follow."""

    def leaves(self) -> None:
        self._socket.close()
        self._http.close()

    def _press(self, payload: Any) -> None:
        button = {key: payload[key] for key in ("payload", "proof")}
        self._sends(type="button", view="private", **button)

    def _sends_file(self, name: str, content: bytes, mime: str, text: str) -> None:
        file = self._http.post("/chat/files", files={"file": (name, content, mime)}).json()
        self._sends(type="message", view="private", text=text, files=[file["id"]])

    def _sends(self, **frame: Any) -> None:
        """Send until it is taken: the page repeats what came too fast, with the same id."""
        frame["id"] = str(uuid.uuid4())
        while True:
            seen = len(self._frames)
            self._socket.send(json.dumps(frame))
            answer = self._wait_for(
                lambda f: f["type"] in ("ack", "refused") and f["id"] == frame["id"], seen
            )
            if answer["type"] == "ack":
                return
            assert answer["after"] is not None, answer
            time.sleep(answer["after"])

    def _hello(self, group: str) -> None:
        seen = len(self._frames)
        self._socket.send(json.dumps({"type": "hello", "name": self._name, "group": group}))
        self._wait_for(lambda frame: frame["type"] == "ready", seen)

    def _wait_for(self, wanted: Any, since: int) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((frame for frame in self._frames[since:] if wanted(frame)), None)

        with self._arrived:
            assert self._arrived.wait_for(found, 20), "the page heard nothing"
            frame = found()
            assert frame
            return frame

    def _is_new_mail(self, frame: dict[str, Any], view: str) -> bool:
        """What waits is sent again when the page greets again; it is heard once."""
        if frame["type"] != "mail" or frame["view"] != view or frame["id"] in self._seen:
            return False
        self._seen.add(frame["id"])
        return True

    def _listen(self) -> None:
        try:
            for text in self._socket:
                with self._arrived:
                    self._frames.append(json.loads(text))
                    self._arrived.notify_all()
        except (ConnectionClosed, OSError):
            return


PEOPLE: dict[str, type[Person]] = {
    "telegram": TelegramPerson,
    "zalo_bot": ZaloBotPerson,
    "zalo_oa": ZaloOAPerson,
    "web": WebPerson,
}
