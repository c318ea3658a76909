"""Connections that only cost are closed: nobody may hold one, or fill the memory, by sending or
reading as slowly as he likes. A proxy in front does the same; this holds without one, too.

uvicorn waits without end for a request that was begun, and keeps whatever head it is sent.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

PATIENCE = 15.0
"""Seconds between two looks at a connection."""

LEAST = 16 * 1024
"""Bytes of a request that must come in between, unless it is complete."""

MOST_WITHOUT_SENSE = 64 * 1024
"""Bytes that may come without completing a head or bringing any body."""

MOST_UNREAD = 256 * 1024
"""Bytes of a websocket's pongs that may wait to be read."""

MOST_PARTS = 1000
"""Of one message on a websocket; browsers send it in one."""


class Impatient(HttpToolsProtocol):
    """uvicorn's protocol for one connection, with limits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owed = True  # the rest of a request
        self._came = 0
        self._in_vain = 0
        self._unread = 0  # bytes of an answer, at the last look
        self._looking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._looking = self.loop.call_later(PATIENCE, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._look_no_more()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        self._look_no_more()  # websockets are pinged
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        self._in_vain += len(data)
        super().data_received(data)
        if self._in_vain > MOST_WITHOUT_SENSE:
            self.transport.abort()

    def on_message_begin(self) -> None:
        if not self._owed:
            self._look_no_more()  # a new request has its whole time
            self._looking = self.loop.call_later(PATIENCE, self._look)
        self._owed = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_vain = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._in_vain = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_vain = 0
        self._owed = False
        super().on_message_complete()

    def _look(self) -> None:
        """Go on with whoever sends what he owes, and reads what he asked for."""
        unread = self.transport.get_write_buffer_size()
        sends = not self._owed or self.flow.read_paused or self._came >= LEAST
        reads = not self.flow.write_paused or not self._unread or unread < self._unread
        if not (sends and reads):
            self.transport.abort()
            return
        self._came = 0
        self._unread = unread
        self._looking = self.loop.call_later(PATIENCE, self._look)

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.cancel()


class ImpatientSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol for a websocket, likewise. It reads no further message before the last one
    is taken, but answers pings without end; and closes politely, which waits for the other side."""

    def handle_ping(self) -> None:
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < MOST_PARTS:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()
