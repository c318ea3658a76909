"""What all fake platforms share: a small HTTP server in a thread, a record, and failures."""

import asyncio
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

_Found = TypeVar("_Found")

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True)
class Call:
    """One request: the API method (for Zalo OA the path) and its parameters, files as bytes."""

    method: str
    params: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    mime: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Failure:
    kind: str
    method: str | None
    chat_id: str | None
    after: int
    times: int
    details: Mapping[str, Any]

    def strikes(self, method: str, chat_id: str) -> bool:
        """Whether a call is to fail; counts down."""
        if self.method not in (None, method) or self.chat_id not in (None, chat_id):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return self.times >= 0


class _Hung(Exception):
    """No answer shall come."""


class _Reset(Exception):
    """The connection shall break."""


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False).encode(), status, headers=headers)


class FakePlatform:
    """Subclasses say what a path calls (`route`) and answer it (`answer`, `refuse`).

    Failures known to every platform: `hang` (no answer), `lost_answer` (done, but no answer),
    `reset` (the connection breaks), `reset_after` (done, and the connection breaks), `html` (a
    proxy's page, 502 or `status`), `server_error` (500 or `status`). Each platform adds its own.
    """

    fails_by_chance: frozenset[str] = frozenset()
    """The methods that `fail_at_random` strikes."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.messages: list[tuple[str, str]] = []
        self.ids: list[tuple[str, str]] = []
        self.deleted: list[tuple[str, str]] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self.failed: list[tuple[str, str, float]] = []  # kind, chat, time.time(): what struck
        self._failures: list[Failure] = []
        self._odds: Mapping[str, float] = {}
        self._dice = random.Random()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._next_id = 1000
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    # What tests ask and tell

    def sent(self, chat_id: object) -> list[str]:
        """The texts and captions that arrived in a chat, in order."""
        return [text for chat, text in self.messages if chat == str(chat_id)]

    def last_id(self, chat_id: object) -> str:
        """The platform's id of the last message in a chat: what an answer to it names."""
        return [number for chat, number in self.ids if chat == str(chat_id)][-1]

    def called(self, method: str) -> list[Mapping[str, Any]]:
        """The parameters of every call of a method, in order."""
        return [call.params for call in self.calls if call.method == method]

    def fail_next(
        self,
        kind: str,
        *,
        method: str | None = None,
        chat_id: object = None,
        after: int = 0,
        times: int = 1,
        **details: Any,
    ) -> None:
        """Let the next call fail (of `method`, to `chat_id`), `times` times, `after` so many."""
        chat = None if chat_id is None else str(chat_id)
        self._failures.append(Failure(kind, method, chat, after, times, details))

    def fail_at_random(self, odds: Mapping[str, float], dice: random.Random) -> None:
        """From now on each call of `fails_by_chance` fails with these odds of each kind."""
        with self._changed:
            self._odds, self._dice = odds, dice

    def add_file(self, name: str, content: bytes, mime: str = "image/jpeg") -> str:
        """Serve a file; returns its reference as the platform's webhooks name it."""
        self.files[name] = (content, mime)
        return f"{self.url}/files/{name}"

    def wait_for(self, predicate: Callable[[Self], _Found], timeout: float = 10) -> _Found:
        """Block until `predicate(fake)` is true; returns what it gave."""
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self), timeout):
                raise AssertionError(f"not within {timeout} s; calls so far: {self.calls}")
            return predicate(self)

    async def eventually(self, predicate: Callable[[Self], _Found], within: float = 10) -> _Found:
        """`wait_for` for a test whose event loop also runs what is tested."""
        deadline = time.monotonic() + within
        while not (found := predicate(self)):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {within} s; calls so far: {self.calls}")
            await asyncio.sleep(0.01)
        return found

    # What a platform says for itself

    def route(self, path: str, headers: Mapping[str, str]) -> str | Answer:
        """The method that a path calls, or an answer for a path that calls none."""
        raise NotImplementedError

    def chat_of(self, params: Mapping[str, Any]) -> str:
        return str(params.get("chat_id", ""))

    def answer(self, call: Call) -> Answer:
        raise NotImplementedError

    def refuse(self, failure: Failure) -> Answer:
        """The answer for a failure that only this platform has."""
        raise NotImplementedError

    def record(self, chat: str, text: str, form: str = "{}") -> str:
        """A message arrived; returns its id as the platform writes it."""
        number = form.format(self.new_id())
        self.messages.append((chat, text))
        self.ids.append((chat, number))
        return number

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    # The server's side

    def handle(self, path: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        if path.startswith("/files/"):
            return self._file(path.removeprefix("/files/"))
        method = self.route(path, headers)
        if isinstance(method, Answer):
            return method
        call = Call(method, params, headers)
        with self._changed:
            self.calls.append(call)
            failure = self._take_failure(call)
            if failure is None:
                answer = self.answer(call)
            else:
                self.failed.append((failure.kind, self.chat_of(params), time.time()))
                if failure.kind in ("lost_answer", "reset_after"):
                    self.answer(call)
            self._changed.notify_all()
        return answer if failure is None else self._fail(failure)

    def _take_failure(self, call: Call) -> Failure | None:
        chat = self.chat_of(call.params)
        told = next((each for each in self._failures if each.strikes(call.method, chat)), None)
        return told or self._by_chance(call.method)

    def _by_chance(self, method: str) -> Failure | None:
        if method not in self.fails_by_chance:
            return None
        kinds = [*self._odds, ""]
        weights = [*self._odds.values(), 1 - sum(self._odds.values())]
        kind = self._dice.choices(kinds, weights)[0]
        return Failure(kind, None, None, 0, 1, {}) if kind else None

    def _fail(self, failure: Failure) -> Answer:
        status = failure.details.get("status")
        match failure.kind:
            case "hang" | "lost_answer":
                self._closing.wait(30)
                raise _Hung
            case "reset" | "reset_after":
                raise _Reset
            case "html":
                return Answer(HTML.encode(), status or 502, "text/html")
            case "server_error":
                return Answer(b"", status or 500, "text/plain")
        return self.refuse(failure)

    def _file(self, name: str) -> Answer:
        if name not in self.files:
            return Answer(b"", 404, "text/plain")
        content, mime = self.files[name]
        return Answer(content, 200, mime)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Clients that give up while they wait are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        path, query = urlsplit(self.path).path, urlsplit(self.path).query
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        params = dict(parse_qsl(query)) | _params(self.headers.get("Content-Type", ""), body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.server.platform.handle(path, params, headers)
        except _Hung:
            self.close_connection = True
        except _Reset:
            self._reset()
        else:
            self._write(answer)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.mime)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _reset(self) -> None:
        """Close with RST, as a proxy that falls over does."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.rfile.close()
        self.wfile.close()
        self.connection.close()


def _params(content_type: str, body: bytes) -> dict[str, Any]:
    """Parameters sent as JSON, as a form, or as a form with files."""
    if content_type.startswith("application/json"):
        return dict(json.loads(body))
    if content_type.startswith("multipart/"):
        message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        return {
            str(part.get_param("name", header="Content-Disposition")): _part(part)
            for part in message.walk()
            if not part.is_multipart()
        }
    return {name: _value(value) for name, value in parse_qsl(body.decode(), True)}


def _part(part: Any) -> Any:
    content = part.get_payload(decode=True)
    return content if part.get_filename() else _value(content.decode())


def _value(text: str) -> Any:
    return json.loads(text) if text.startswith(("{", "[")) else text
