"""One open chat page: what it sends becomes events, what is for it is sent to it.

To the page go, besides `ack {id, post}` and `refused {id, reason, text, after}`:

    joined   {name, group}                        answer to `hello`; `group` may be null
    mail     {id, view, at, text, buttons, files, reply_to}  from the assistant or an officer
    post     {id, view, at, name, mine, text, files, location}  from a member of the group
    removed  {id, view, at, post}                 a member's post was taken away
    ready    {}                                   all that waited has been sent
    error    {text}                               a frame was not understood
    pong     {}

A `hello` that is not taken is `refused` with a null id. `after` (seconds) says that the same may be
sent again; null, that it never will be taken.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, assert_never

import structlog
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError

from bot.buckets import Bucket
from bot.channels.base import ChatKind, Malformed
from bot.channels.web_mailbox import Frame, Joiner, forget, mailbox_of, topic_of, waiting
from bot.gateway import chat_frames as frames
from bot.gateway.chat_events import Author, Refusal, accept
from bot.gateway.chat_limits import Allowance
from bot.gateway.chat_names import looks_official, tidy_name
from bot.groups.service import find_group
from bot.metrics import RECEIVED, REFUSED
from bot.services import Services
from bot.triage.danger import in_danger

log = structlog.get_logger()

SERVER_ERROR = 1011  # websocket close codes
TRY_AGAIN_LATER = 1013
BUSY_SECONDS = 3.0
FRAMES, FRAMES_SECONDS = 30, 2.0

GONE = (WebSocketDisconnect, OSError)  # the page closed, or lost its connection


class Page:
    def __init__(
        self,
        socket: WebSocket[Any, Any, Any],
        services: Services,
        visitor: str,
        allowance: Allowance,
    ) -> None:
        self._socket = socket
        self._services = services
        self._author = Author(visitor)
        self._allowance = allowance
        self._delivery: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        """Held while a message is taken: what becomes of it is heard after that it was."""

    async def run(self) -> None:
        """Until the page closes or loses its connection."""
        try:
            await self._guarded(self._take_frames)
        finally:
            await self._stop_delivery()

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do one half of the page's work; the page reconnects when it fails."""
        try:
            await work()
        except GONE:
            return
        except SQLAlchemyError as error:
            code, kind = TRY_AGAIN_LATER, type(error).__name__
        except Exception as error:
            code, kind = SERVER_ERROR, type(error).__name__
        # An exception's text may quote what somebody wrote: only its kind is logged.
        log.warning("chat page cut off", kind=kind)
        with suppress(*GONE):
            await self._socket.close(code)

    # --- From the page ----------------------------------------------------------------------

    async def _take_frames(self) -> None:
        pace = Bucket(FRAMES, FRAMES_SECONDS)
        while True:
            text = await self._socket.receive_text()
            if wait := pace.take():
                await asyncio.sleep(wait)  # whoever floods is read more slowly
            try:
                frame = frames.read(text)
            except Malformed:
                REFUSED.labels("web", "malformed").inc()
                await self._send({"type": "error", "text": "Dữ liệu gửi lên không hợp lệ."})
            else:
                await self._take(frame)

    async def _take(self, frame: frames.Incoming) -> None:
        match frame:
            case frames.Message() | frames.Button() | frames.Start():
                await self._answer(frame)
            case frames.Hello():
                await self._greet(frame)
            case frames.Seen():
                async with self._services.db.begin() as session:
                    await forget(session, self._author.mailbox, frame.ids)
            case frames.Ping():
                await self._send({"type": "pong"})
            case _:
                assert_never(frame)

    async def _answer(self, frame: frames.Answered) -> None:
        async with self._turn:
            try:
                post = await self._accept(frame)
            except Refusal as refusal:
                await self._refuse(str(frame.id), refusal)
            else:
                await self._send({"type": "ack", "id": str(frame.id), "post": post})

    async def _accept(self, frame: frames.Answered) -> str:
        """Raises: Refusal."""
        if (wait := self._allowance.take()) and not _in_danger(frame):
            raise Refusal("slow", "Anh/chị nhắn hơi nhanh, tin sẽ được gửi tiếp ngay.", wait)
        try:
            async with self._services.db.begin() as session:
                post = await accept(session, self._author, frame)
        except SQLAlchemyError as error:
            log.warning("message not stored", kind=type(error).__name__)
            text = "Máy chủ đang bận, tin sẽ được gửi lại."
            raise Refusal("busy", text, BUSY_SECONDS) from None
        RECEIVED.labels("web").inc()
        return post

    async def _refuse(self, frame_id: str | None, refusal: Refusal) -> None:
        REFUSED.labels("web", refusal.reason).inc()
        await self._send(
            {
                "type": "refused",
                "id": frame_id,
                "reason": refusal.reason,
                "text": refusal.text,
                "after": refusal.after,
            }
        )

    # --- Who is here ------------------------------------------------------------------------

    async def _greet(self, hello: frames.Hello) -> None:
        """Remember name and group, and deliver from now on what is for this page."""
        await self._stop_delivery()
        try:
            self._author = await self._introduced(hello)
        except Refusal as refusal:
            self._author = Author(self._author.visitor)
            await self._refuse(None, refusal)
        group = self._author.group
        where = group and {"chat_id": group.chat_id, "name": group.hamlet.name}
        await self._send({"type": "joined", "name": self._author.name, "group": where})
        self._delivery = asyncio.create_task(self._guarded(self._deliver))

    async def _introduced(self, hello: frames.Hello) -> Author:
        """Raises: Refusal."""
        name = tidy_name(hello.name)
        if looks_official(name):
            text = "Tên này dễ nhầm với trợ lý hoặc cán bộ, anh/chị ghi tên thường gọi giúp."
            raise Refusal("name", text)
        if not hello.group:
            return Author(self._author.visitor, name)
        if not name:
            raise Refusal("name", "Anh/chị ghi tên để bà con trong ấp biết ai đang nhắn.")
        async with self._services.db.begin() as session:
            group = await find_group(session, "web", hello.group)
        if group is None:
            raise Refusal("group", "Không tìm thấy nhóm của ấp này, anh/chị chọn lại giúp.")
        return Author(self._author.visitor, name, group)

    # --- To the page ------------------------------------------------------------------------

    async def _deliver(self) -> None:
        """First what waited, then what comes. The page drops what it has already."""
        author = self._author
        mailboxes = [author.mailbox]
        if author.group is not None:
            mailboxes.append(mailbox_of(ChatKind.GROUP, author.group.chat_id))
        joiner = Joiner()
        async with self._services.live.listen(*map(topic_of, mailboxes)) as notices:
            for mailbox in mailboxes:
                async with self._services.db.begin() as session:
                    frames_waiting = await waiting(session, mailbox)
                for frame in frames_waiting:
                    await self._send(frame)
            await self._send({"type": "ready"})
            while True:
                if (live := joiner.add(await notices.get())) is not None:
                    async with self._turn:
                        await self._send(_as_seen_by(author, live))

    async def _stop_delivery(self) -> None:
        if self._delivery is not None:
            self._delivery.cancel()
            with suppress(asyncio.CancelledError):
                await self._delivery
            self._delivery = None

    async def _send(self, frame: Frame) -> None:
        await self._socket.send_text(json.dumps(frame, ensure_ascii=False))


def _in_danger(frame: frames.Answered) -> bool:
    return isinstance(frame, frames.Message) and in_danger(frame.text)


def _as_seen_by(author: Author, frame: Frame) -> Frame:
    if frame["type"] != "post":
        return frame
    seen = {key: value for key, value in frame.items() if key != "author"}
    return seen | {"mine": frame["author"] == author.mark}
