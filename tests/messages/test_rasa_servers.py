"""Several Rasa servers: each takes its share, and one that dies costs nobody his answer."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.messages.rasa import Rasa
from bot.ops.children import free_port
from bot.settings import Settings
from bot.triage.understanding import Category


class Understands:
    """Answers `/model/parse` and `/model/parse_all` as Rasa does, breaks off at what is `FATAL`,
    and counts."""

    FATAL = "chết máy"

    def __init__(self, port: int = 0, *, older: bool = False) -> None:
        """`older`: it knows of no `/model/parse_all`."""
        self.asked: list[Any] = []
        asked, fatal = self.asked, self.FATAL

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.append(body)
                if older and self.path.startswith("/model/parse_all"):
                    self.send_error(404)
                    return
                texts = body.get("texts", [body.get("text")])
                if fatal in texts:
                    self.close_connection = True
                    return
                parses = [parse(text) for text in texts]
                body = json.dumps(parses if "texts" in body else parses[0]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Understands":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def parse(text: str) -> dict[str, Any]:
    flag = {"value": False, "confidence": 0.0}
    topic = {"name": "id_card", "confidence": 0.9}
    return {
        "text": text,
        "intent": {"name": "small_talk", "confidence": 0.9},
        "flags": {"urgent": flag, "sensitive": flag},
        "topic": topic,
        "question": {"text": text, "topics": {"id_card": 0.9}},
        "entities": [],
    }


@pytest.fixture
def two() -> Iterator[tuple[Understands, Understands]]:
    with Understands() as one, Understands() as other:
        yield one, other


async def ask(urls: str, times: int = 1) -> list[bool]:
    """Whether each question was answered at the first try, as a page that waits asks."""
    rasa = Rasa(Settings(rasa_url=urls))
    answers = [bool(await rasa.topics("mất căn cước", within=5)) for _ in range(times)]
    await rasa.close()
    return answers


async def test_each_takes_its_share(two: tuple[Understands, Understands]) -> None:
    one, other = two
    assert await ask(f"{one.url},{other.url}", times=10) == [True] * 10
    assert len(one.asked) == len(other.asked) == 5


async def test_a_dead_one_is_passed_over(two: tuple[Understands, Understands]) -> None:
    one, _ = two
    assert await ask(f"http://127.0.0.1:{free_port()},{one.url}", times=10) == [True] * 10


async def test_one_that_comes_back_is_asked_at_once_when_there_is_no_other() -> None:
    port = free_port()
    rasa = Rasa(Settings(rasa_url=f"http://127.0.0.1:{port}"))
    assert not await rasa.topics("mất căn cước", within=5)
    with Understands(port):
        assert await rasa.topics("mất căn cước", within=5)
    await rasa.close()


async def test_the_action_server_is_asked_itself(two: tuple[Understands, Understands]) -> None:
    rasa_server, action_server = two
    settings = Settings(rasa_url=rasa_server.url, action_url=f"{action_server.url}/webhook")
    rasa = Rasa(settings)
    assert await rasa.actions_are_ready()
    assert action_server.asked == ["/health"]
    assert rasa_server.asked == []
    await rasa.close()


async def test_all_dead_is_heard_as_no_answer() -> None:
    dead = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    assert await ask(",".join(dead)) == [False]


async def test_who_writes_with_one_that_brings_rasa_down_does_not_wait_for_him() -> None:
    with Understands() as server:
        rasa = Rasa(Settings(rasa_url=server.url))
        words = ("chào bà con", Understands.FATAL, "trời mưa")
        first, fatal, last = (asyncio.create_task(rasa.understand(each)) for each in words)
        understood = await asyncio.wait_for(asyncio.gather(first, last), 20)
        assert all(each.category is Category.SMALL_TALK for each in understood)
        assert [len(body["texts"]) for body in server.asked[:2]] == [3, 1], "first all at once"
        assert (await asyncio.wait_for(rasa.understand("mai nắng"), 20)).category
        assert not fatal.done()
        fatal.cancel()
        await rasa.close()


async def test_of_two_releases_the_one_that_knows_the_question_answers() -> None:
    """While Rasa is brought up to date; no message is given up for it."""
    with Understands(older=True) as older, Understands() as newer:
        rasa = Rasa(Settings(rasa_url=f"{older.url},{newer.url}"))
        for words in ("chào bà con", "trời mưa"):
            understood = await asyncio.wait_for(rasa.understand(words), 20)
            assert understood.category is Category.SMALL_TALK
        assert older.asked
        await rasa.close()
