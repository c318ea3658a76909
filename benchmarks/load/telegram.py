"""Telegram, in a process of its own: sends what residents write and takes the answers.

Like Telegram it sends one chat's messages one after the other, the next when the last was
acknowledged, those of different chats side by side on at most 40 connections, and again what got
no 2xx. Unlike Telegram it is at once everywhere and limits nobody.

It is an open loop: a message is due at its time whether or not earlier ones were answered, and what
it takes is counted from then.
"""

import asyncio
import gc
import json
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from benchmarks.load import http1
from benchmarks.load.messages import Message

TOKEN = "7012345678:vi-du-token-telegram"  # noqa: S105
USERNAME = "binhyen_demo_bot"

CONNECTIONS = 40
TRIES = 8
PAUSE = 0.1  # seconds: what failed is sent again at once, then after this, doubled each time
PATIENCE = 60.0  # seconds for what is under way when sending ends


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message at the webhook. Times are seconds since the epoch.

    `sent` is the first try; None where nothing was sent in time. `acknowledged` is the first 2xx.
    """

    number: int
    due: float
    sent: float | None
    acknowledged: float | None
    tries: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The service wrote to a chat, or deleted a message there; `about` is the message it names."""

    at: float
    chat: int
    about: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, with the seconds after the start at which each is due.

    Nothing is sent any more `within` seconds after the start, however much is left.
    """

    webhook: Webhook
    due: Sequence[tuple[float, Message]]
    within: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """`cost`: the share of one core that this process itself took."""

    outcomes: list[Outcome]
    cost: float


class Telegram:
    """The process, seen from the one that measures; a context manager."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.url: str = self._connection.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()

    def deliver(self, plan: Plan) -> Delivered:
        """Send all of it; blocks until all is acknowledged, or the time for it is over."""
        delivered: Delivered = self._ask("deliver", plan)
        return delivered

    def answers(self) -> list[Answer]:
        """Everything the service has written since the last `forget`."""
        answers: list[Answer] = self._ask("answers")
        return answers

    def forget(self) -> None:
        self._ask("forget")

    def _ask(self, *question: Any) -> Any:
        self._connection.send(question)
        answer = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve(connection: Connection) -> None:
    asyncio.run(_Platform().run(connection))


class _Platform:
    """The process itself."""

    def __init__(self) -> None:
        self.api = _Api()

    async def run(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self.api.connection, "127.0.0.1", 0, backlog=1024)
        port = server.sockets[0].getsockname()[1]
        gc.freeze()
        connection.send(f"http://127.0.0.1:{port}")
        questions: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

        def listen() -> None:
            while True:
                try:
                    question = connection.recv()
                except EOFError:
                    return
                loop.call_soon_threadsafe(questions.put_nowait, question)

        threading.Thread(target=listen, daemon=True).start()
        while True:
            what, *given = await questions.get()
            try:
                answer = await getattr(self, what)(*given)
            except Exception as error:
                answer = error
            connection.send(answer)

    async def deliver(self, plan: Plan) -> Delivered:
        began, spent = time.monotonic(), time.process_time()
        outcomes = await _Delivery(plan).run()
        cost = (time.process_time() - spent) / (time.monotonic() - began)
        return Delivered(outcomes, cost)

    async def answers(self) -> list[Answer]:
        return list(self.api.answers)

    async def forget(self) -> None:
        self.api.answers.clear()


class _Api:
    """The Bot API, as far as it is used here."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._next = 1_000_000_000  # above every message of a resident

    def connection(self) -> asyncio.Protocol:
        return _ApiConnection(self)

    def call(self, method: str, params: dict[str, str]) -> object:
        match method:
            case "getMe":
                return {
                    "id": int(TOKEN.partition(":")[0]),
                    "is_bot": True,
                    "first_name": "Bot",
                    "username": USERNAME,
                    "can_read_all_group_messages": True,
                }
            case "sendMessage":
                chat = int(params["chat_id"])
                self.answers.append(Answer(time.time(), chat, _about(params)))
                self._next += 1
                kind = "supergroup" if chat < 0 else "private"
                return {
                    "message_id": self._next,
                    "date": int(time.time()),
                    "chat": {"id": chat, "type": kind},
                    "text": ".",
                }
            case "deleteMessage":
                chat, number = int(params["chat_id"]), int(params["message_id"])
                self.answers.append(Answer(time.time(), chat, number))
        return True


def _about(params: dict[str, str]) -> int | None:
    if given := params.get("reply_parameters"):
        return int(json.loads(given)["message_id"])
    return None


class _ApiConnection(asyncio.Protocol):
    def __init__(self, api: _Api) -> None:
        self._api = api
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while call := http1.take(self._buffer):
            method = call.path.rpartition("/")[2]
            params = dict(parse_qsl(call.body.decode()))
            result = {"ok": True, "result": self._api.call(method, params)}
            self._transport.write(http1.answer(json.dumps(result).encode()))


class _Waiting:
    """A message on its way to the webhook."""

    __slots__ = ("acknowledged", "chat", "due", "number", "request", "sent", "tries")

    def __init__(self, due: float, message: Message, request: bytes) -> None:
        self.due = due
        self.number = message.number
        self.chat = message.chat
        self.request = request
        self.sent: float | None = None
        self.acknowledged: float | None = None
        self.tries = 0


class _Delivery:
    """Sends one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        address = urlsplit(plan.webhook.url)
        self._path, self._host, self._port = (
            address.path,
            address.hostname or "",
            address.port or 80,
        )
        self._all = [
            _Waiting(due, message, self._request(message))
            for due, message in sorted(plan.due, key=lambda each: each[0])
        ]
        self._chats: dict[int, deque[_Waiting]] = {}  # what is due; the first may be under way
        self._ready: deque[int] = deque()
        self._idle: list[_WebhookConnection] = []
        self._open = 0
        self._under_way = 0
        self._left = len(self._all)
        self._over = False
        self._done = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> list[Outcome]:
        start = time.time()
        clock = self._loop.time()
        try:
            await asyncio.wait_for(self._send_all(clock), self._plan.within)
        except TimeoutError:
            self._over = True
            self._finish_if_done()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), PATIENCE)
        for connection in self._idle:
            connection.close()
        return [
            Outcome(w.number, start + w.due, w.sent, w.acknowledged, w.tries) for w in self._all
        ]

    async def _send_all(self, clock: float) -> None:
        for waiting in self._all:
            pause = clock + waiting.due - self._loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            queue = self._chats.setdefault(waiting.chat, deque())
            queue.append(waiting)
            if len(queue) == 1:
                self._ready.append(waiting.chat)
                self._pump()
        await self._done.wait()

    def _request(self, message: Message) -> bytes:
        host = f"{self._host}:{self._port}"
        return http1.request(self._path, host, self._plan.webhook.headers, message.update())

    def _pump(self) -> None:
        while self._ready and not self._over:
            if not self._idle:
                if self._open < CONNECTIONS:
                    self._open += 1
                    self._loop.create_task(self._connect())
                return
            waiting = self._chats[self._ready.popleft()][0]
            waiting.tries += 1
            waiting.sent = waiting.sent or time.time()
            self._under_way += 1
            self._idle.pop().send(waiting)

    async def _connect(self) -> None:
        try:
            _, connection = await self._loop.create_connection(
                lambda: _WebhookConnection(self), self._host, self._port
            )
        except OSError:
            self._open -= 1
            self._loop.call_later(PAUSE, self._pump)
            return
        self._idle.append(connection)
        self._pump()

    def answered(self, connection: "_WebhookConnection", waiting: _Waiting, status: int) -> None:
        self._under_way -= 1
        self._idle.append(connection)
        self._settle(waiting, 200 <= status < 300)

    def broken(self, connection: "_WebhookConnection", waiting: _Waiting | None) -> None:
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)
        if waiting:
            self._under_way -= 1
            self._settle(waiting, acknowledged=False)

    def _settle(self, waiting: _Waiting, acknowledged: bool) -> None:
        if not acknowledged and waiting.tries < TRIES and not self._over:
            pause = PAUSE * 2 ** (waiting.tries - 2) if waiting.tries > 1 else 0.0
            self._loop.call_later(pause, self._again, waiting.chat)
            return
        if acknowledged:
            waiting.acknowledged = time.time()
        self._left -= 1
        queue = self._chats[waiting.chat]
        queue.popleft()
        if queue:
            self._ready.append(waiting.chat)
        self._pump()
        self._finish_if_done()

    def _again(self, chat: int) -> None:
        self._ready.append(chat)
        self._pump()

    def _finish_if_done(self) -> None:
        if self._left == 0 or (self._over and self._under_way == 0):
            self._done.set()


class _WebhookConnection(asyncio.Protocol):
    def __init__(self, delivery: _Delivery) -> None:
        self._delivery = delivery
        self._buffer = bytearray()
        self._waiting: _Waiting | None = None
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def send(self, waiting: _Waiting) -> None:
        self._waiting = waiting
        self._transport.write(waiting.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answer = http1.take(self._buffer)
        if answer and self._waiting:
            waiting, self._waiting = self._waiting, None
            self._delivery.answered(self, waiting, answer.status)

    def connection_lost(self, _: Exception | None) -> None:
        waiting, self._waiting = self._waiting, None
        self._delivery.broken(self, waiting)

    def close(self) -> None:
        self._transport.close()
