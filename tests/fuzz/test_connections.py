"""Clients that send or read as slowly as they like, or without end, are cut off; others are not."""

import asyncio
import socket as sockets
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from litestar import Litestar, Request, WebSocket, get, post, websocket
from websockets.asyncio.client import connect

from bot.gateway import connections
from bot.gateway.connections import Impatient, ImpatientSocket

PATIENCE = 0.3
SOON = 10.0  # seconds until a test gives up
HEAD = b"Host: a\r\n"


@pytest.fixture(autouse=True)
def _short_of_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", PATIENCE)


@get("/")
async def hello() -> str:
    return "hello"


@get("/long")
async def long() -> bytes:
    return b"a" * (64 << 20)


@post("/", status_code=200)
async def length(request: Request[Any, Any, Any]) -> int:
    return len(await request.body())


@websocket("/ws")
async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    while True:
        await socket.send_text(await socket.receive_text())


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    app = Litestar([hello, long, length, echo], openapi_config=None)
    config = uvicorn.Config(
        app, http=Impatient, ws=ImpatientSocket, log_config=None, timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    listener = sockets.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served() as number:
        yield number


async def is_cut_off(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends the connection without an answer."""
    async with asyncio.timeout(SOON):
        with suppress(ConnectionError):
            return await reader.read(1) == b""
        return True


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\n" + HEAD,
        b"POST / HTTP/1.1\r\nContent-Length: 5000\r\n" + HEAD + b"\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HEAD + b"\r\n5\r\nabc",
    ],
)
async def test_a_request_that_is_not_finished_is_not_waited_for(port: int, begun: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    assert await is_cut_off(reader)
    writer.close()


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        (b"GET / HTTP/1.1\r\n" + HEAD, b"X-%d: " + b"a" * 1000 + b"\r\n"),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 1000),
        (b"GET /", b"a" * 1000),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HEAD + b"\r\n0\r\nX: ",
            b"a" * 1000,
        ),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HEAD + b"\r\n5;", b"a" * 1000),
    ],
)
async def test_a_head_without_end_is_not_kept(
    port: int, monkeypatch: pytest.MonkeyPatch, begun: bytes, more: bytes
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 60)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    with suppress(ConnectionError):
        writer.write(begun)
        while sent < 8 << 20:
            writer.write(more)
            sent += len(more)
            await writer.drain()
            if reader.at_eof():
                break
    assert sent < 8 << 20
    writer.close()


async def test_whoever_does_not_read_the_answer_is_cut_off(port: int) -> None:
    with sockets.create_connection(("127.0.0.1", port)) as raw:
        raw.settimeout(SOON)
        raw.sendall(b"GET /long HTTP/1.1\r\n" + HEAD + b"\r\n")
        await asyncio.sleep(8 * PATIENCE)
        read = await asyncio.to_thread(_read_all, raw)
    assert read < 64 << 20


def _read_all(raw: sockets.socket) -> int:
    read = 0
    with suppress(ConnectionError):
        while chunk := raw.recv(1 << 20):
            read += len(chunk)
    return read


async def test_whoever_sends_and_reads_on_is_served_however_long_it_takes(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 16)
    steps, step = 12, b"a" * (connections.LEAST // 2)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n" % (steps * len(step)))
    writer.write(HEAD + b"\r\n")
    for _ in range(steps):
        writer.write(step)
        await asyncio.sleep(PATIENCE / 4)
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(5) == b"%d" % (steps * len(step))
    writer.write(b"GET /long HTTP/1.1\r\n" + HEAD + b"\r\n")
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(64):
        await reader.readexactly(1 << 20)
        await asyncio.sleep(PATIENCE / 10)
    writer.close()


async def test_a_websocket_may_be_still(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/ws") as ws:
        await asyncio.sleep(3 * PATIENCE)
        await ws.send("alo")
        assert await ws.recv() == "alo"


def masked(opcode: int, content: bytes = b"", *, last: bool = True) -> bytes:
    """A frame as clients send it, with a mask that changes nothing."""
    return struct.pack("BB4x", opcode | (0x80 if last else 0), 0x80 | len(content)) + content


Frames = Callable[[], bytes]


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(lambda: masked(9, b"p" * 125) * 500, id="pings"),
        pytest.param(lambda: masked(0, last=False) * 5000, id="empty parts"),
    ],
)
async def test_a_flood_of_frames_that_brings_no_message_is_cut_off(
    port: int, flood: Frames
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: a\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(masked(1, b"a", last=False) if flood()[0] & 0xF == 0 else b"")
    sent, most = 0, 64 << 20
    with suppress(ConnectionError):
        async with asyncio.timeout(SOON):
            while sent < most:
                frames = flood()
                writer.write(frames)
                sent += len(frames)
                await writer.drain()
    assert sent < most
    writer.close()


async def test_a_second_request_on_a_connection_has_its_whole_time(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
    await reader.readuntil(b"hello")
    await asyncio.sleep(PATIENCE * 0.8)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 6\r\n" + HEAD + b"\r\nabc")
    await asyncio.sleep(PATIENCE * 0.5)
    writer.write(b"def")
    async with asyncio.timeout(SOON):
        assert b"200 OK" in await reader.readline()
    writer.close()
