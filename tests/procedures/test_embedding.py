"""A gateway asks the action server what sentences mean, and waits for it neither long nor often."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from bot.ops.children import free_port
from bot.procedures import embedding
from bot.procedures.embedding import ModelAway, embed
from bot.procedures.meaning import Known, Meanings
from bot.procedures.search import Index
from bot.settings import PROJECT, Settings
from tests.procedures.conftest import entry

ASKED = "con miu lac mat roi"
ENTRIES = [entry(), entry("nuoi_meo", name="Nuôi mèo", questions=["Nuôi mèo?", "Mèo lạc?", "Mèo?"])]
TOKEN = "a token for tests only, of no use to anybody else"
VECTOR = np.full((1, 384), 384**-0.5, np.float32)


class ActionServer(ThreadingHTTPServer):
    """Answers with `status` and `content`, after `takes` seconds."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.content, self.takes = 200, VECTOR.tobytes(), 0.0
        self.asked: list[tuple[str, str | None, object]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: ActionServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        time.sleep(self.server.takes)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ActionServer]:
    """The one that this process asks."""
    monkeypatch.setattr(embedding, "_source", embedding.here)
    monkeypatch.setattr(embedding, "_away_until", 0.0)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(embedding, "TIMEOUT", httpx.Timeout(0.3))
    with ActionServer() as server:
        url = f"http://127.0.0.1:{server.server_port}/webhook"
        embedding.ask_action_server(Settings(action_url=url, rasa_token=SecretStr(TOKEN)))
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def index() -> Index:
    known = Known(ENTRIES)
    return Index(ENTRIES, Meanings(known, embed(known.questions)))


def test_it_is_asked_with_the_token_and_by_no_proxy(server: ActionServer) -> None:
    assert np.array_equal(embed([ASKED]), VECTOR)
    assert server.asked == [("/vectors", f"Bearer {TOKEN}", [ASKED])]


@pytest.mark.parametrize(
    "change",
    [
        {"status": 401},
        {"status": 404},
        {"status": 500},
        {"content": b"abc"},
        {"content": b""},
        {"takes": 1.0},
    ],
    ids=str,
)
def test_without_an_answer_words_decide(
    index: Index, server: ActionServer, change: dict[str, object]
) -> None:
    vars(server).update(change)
    counted = by_words()
    answer = index.search(ASKED, {})
    assert by_words() == counted + 1
    assert len(server.asked) == 1
    assert answer == Index(ENTRIES).search(ASKED, {})
    assert by_words() == counted + 2, "a search that has no meanings yet counts, too"


def by_words() -> float:
    return REGISTRY.get_sample_value("binhyen_searched_by_words_total") or 0.0


def test_an_answer_that_has_meanings_counts_for_nothing(index: Index, server: ActionServer) -> None:
    counted = by_words()
    index.search(ASKED, {})
    assert len(server.asked) == 1
    assert by_words() == counted


def test_who_is_not_there_is_not_asked_again_for_a_while(
    server: ActionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.status = 500
    for _ in range(3):
        with pytest.raises(ModelAway):
            embed([ASKED])
    assert len(server.asked) == 1
    server.status = 200
    monkeypatch.setattr(embedding, "_away_until", time.monotonic())
    embed([ASKED])
    embed([ASKED])
    assert len(server.asked) == 3


def test_what_was_asked_is_in_no_exception(server: ActionServer) -> None:
    server.status = 500
    with pytest.raises(ModelAway) as away:
        embed([ASKED])
    assert away.value.__suppress_context__
    assert not away.value.args


def test_a_model_that_cannot_be_loaded_leaves_words(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(embedding, "_away_until", 0.0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    embedding._model.cache_clear()
    assert index.search(ASKED, {}) == Index(ENTRIES).search(ASKED, {})
    monkeypatch.undo()
    assert index.search(ASKED, {}) != Index(ENTRIES).search(ASKED, {})


def test_the_model_leaves_nothing_behind(tmp_path: Path) -> None:
    """ONNX Runtime counts in later versions how it is used, in a file at home, for its maker."""
    used = "from bot.procedures.embedding import embed; embed(['căn cước'])"
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    environment = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, "-c", used], env=environment, check=True, timeout=60)
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
