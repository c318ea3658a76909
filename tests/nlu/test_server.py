"""`python -m bot.nlu.serve`: the stock server, closed, quiet and forgetful."""

import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.nlu.standing import Standing, sender
from bot.ops.environments import RASA
from bot.ops.model import TrainedModel

ROOT = Path(__file__).parents[2]
TOKEN = "only-the-app-knows"
RASA_PACKAGE = RASA.directory / "lib/python3.10/site-packages/rasa"
FIRE = "chay nha roi ba con oi, ap 3, goi cuu hoa gium"


WAITING = Standing("danger", ("where", "when"))
NOTHING_TO_ASK: list[dict[str, Any]] = [{"event": "slot", "name": "requested_slot", "value": None}]


@dataclass
class Actions:
    """An action server that answers actions with a word and ends the turn, keeps what it was told,
    and takes answers to questions as `form` says."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    shown: set[str | None] = field(default_factory=set)
    form: list[dict[str, Any]] = field(default_factory=lambda: NOTHING_TO_ASK)

    def __enter__(self) -> "Actions":
        actions = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["content-length"])))
                actions.calls.append(call)
                actions.shown.add(self.headers["authorization"])
                body = json.dumps(actions.answer(call["next_action"])).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def answer(self, action: str) -> dict[str, Any]:
        if action == "validate_report_form":
            return {"events": self.form, "responses": []}
        ends = {"event": "followup", "name": "action_listen"}
        return {"events": [ends], "responses": [{"text": "đã nhận"}]}

    def names(self) -> list[str]:
        """The actions that were asked for, in order."""
        return [call["next_action"] for call in self.calls]

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhook"


@dataclass
class Server:
    """A running Rasa server, its action server and what it logged."""

    client: httpx.Client
    actions: Actions
    log: Path
    process: psutil.Process

    def parse(self, text: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.post("/model/parse", json={"text": text}).json()
        return answer

    def say(self, sender: str, text: str) -> list[dict[str, Any]]:
        message = {"sender": sender, "message": text, "metadata": {"kind": "test"}}
        answers = self.client.post("/webhooks/rest/webhook", json=message)
        assert answers.status_code == httpx.codes.OK
        said: list[dict[str, Any]] = answers.json()
        return said


def command(model: Path, port: int) -> list[str | Path]:
    options = ["--port", str(port), "--token-env", "TEST_RASA_TOKEN"]
    return [RASA.python, "-m", "bot.nlu.serve", model, *options]


def environment(actions: str = "http://127.0.0.1:9/webhook") -> dict[str, str]:
    return {**os.environ, "TEST_RASA_TOKEN": TOKEN, "BINHYEN_ACTION_URL": actions}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(model: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("rasa") / "log"
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        Actions() as actions,
        log.open("wb") as output,
        httpx.Client(base_url=base, params={"token": TOKEN}, timeout=30) as client,
    ):
        process = subprocess.Popen(
            command(model.path, port),
            cwd=ROOT,
            env=environment(actions.url),
            stdout=output,
            stderr=output,
        )
        try:
            wait_for(client, process)
            yield Server(client, actions, log, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(20)


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            client.get("/")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("the Rasa server did not start")


def test_it_parses_what_the_classifier_parses(server: Server) -> None:
    parsed = server.parse(FIRE)
    assert parsed["intent"]["name"] == "crime_incident"
    assert parsed["flags"]["urgent"]["value"] is True
    assert parsed["topic"] == {"name": None, "confidence": 0.0}
    assert parsed.get("question") is None


ASKED = [
    ("GET", "/status"),
    ("POST", "/model/parse"),
    ("POST", "/model/parse_all"),
    ("POST", "/webhooks/rest/webhook"),
]
ROUTES = [
    (method.upper(), path.replace("<conversation_id:path>", "hai"))
    for method, path in re.findall(
        r'@app\.(get|post|put|delete)\("([^"]+)"', (RASA_PACKAGE / "server.py").read_text()
    )
]
"""All that Rasa has, as its source says."""


def test_no_other_machine_can_reach_it(server: Server) -> None:
    family = [server.process, *server.process.children(recursive=True)]
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("token", ["", "token=", "token=x", f"token={TOKEN}x", f"Token={TOKEN}"])
@pytest.mark.parametrize(("method", "path"), ASKED)
def test_without_the_token_nothing_is_answered(
    server: Server, method: str, path: str, token: str
) -> None:
    url = f"{server.client.base_url}{path}?{token}"
    answer = httpx.request(method, url, json={"text": "x", "sender": "a", "message": "x"})
    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert answer.content == b""


def test_with_the_token_only_what_the_app_asks_for_is_answered(server: Server) -> None:
    """No model is put in its place, none is trained, no conversation is told."""
    assert {("PUT", "/model"), ("POST", "/model/train"), ("GET", "/domain")} <= set(ROUTES)
    near = [("POST", "//model/parse"), ("POST", "/model/parse/"), ("GET", "/webhooks/rest/")]
    for method, path in [*ROUTES, *near]:
        if (method, path) not in [*ASKED, ("GET", "/version")]:
            answer = server.client.request(method, path, json={"model_file": "x", "text": "x"})
            assert answer.status_code == httpx.codes.NOT_FOUND, (method, path)
    assert server.parse(FIRE)["intent"]["name"] == "crime_incident"


def test_several_are_parsed_as_each_by_itself(server: Server) -> None:
    texts = [FIRE, "chào bà con", "làm căn cước cần giấy tờ gì", ""]
    answer = server.client.post("/model/parse_all", json={"texts": texts})
    assert answer.json() == [server.parse(text) for text in texts]


@pytest.mark.parametrize("body", ["{", "[]", '{"texts": [1]}', '{"texts": 5}', '{"text": "x"}', ""])
def test_what_are_no_texts_is_refused_without_a_word(server: Server, body: str) -> None:
    answer = server.client.post("/model/parse_all", content=body)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert answer.content == b""


@pytest.mark.parametrize("text", ["", "\x00", "\ud83d", "á" * 20_000, "/", '/x{"a"', "🔥" * 5_000])
def test_a_strange_message_is_parsed(server: Server, text: str) -> None:
    body = json.dumps({"text": text})
    answer = server.client.post("/model/parse", content=body)
    assert answer.status_code == httpx.codes.OK
    assert answer.json()["intent"]["name"] == "small_talk"


@pytest.fixture
def actions(server: Server) -> Iterator[Actions]:
    server.actions.calls.clear()
    yield server.actions
    server.actions.form = NOTHING_TO_ASK


def test_a_private_message_takes_one_action(server: Server, actions: Actions) -> None:
    assert server.say("hai", FIRE) == [{"recipient_id": "hai", "text": "đã nhận"}]
    assert actions.names() == ["action_take_report"]
    tracker = actions.calls[0]["tracker"]
    assert tracker["latest_message"]["metadata"] == {"kind": "test"}


def test_the_action_server_is_shown_the_token(server: Server, actions: Actions) -> None:
    actions.shown.clear()
    server.say("bảy", FIRE)
    assert actions.shown == {f"Bearer {TOKEN}"}


def test_a_button_chooses_its_procedure(server: Server, actions: Actions) -> None:
    server.say("ba", '/choose_procedure{"procedure": "id_card_fee"}')
    assert actions.names() == ["action_answer_procedure"]
    assert actions.calls[0]["tracker"]["slots"]["procedure"] == "id_card_fee"


def test_a_waiting_question_hears_the_message_first(server: Server, actions: Actions) -> None:
    actions.form = [
        {"event": "slot", "name": "danger", "value": True},
        {"event": "slot", "name": "requested_slot", "value": "photos"},
    ]
    server.say(sender("tư", WAITING), "không ai bị gì")
    assert actions.names() == ["validate_report_form"]
    told = actions.calls[0]["tracker"]
    assert told["active_loop"]["name"] == "report_form"
    assert (told["slots"]["requested_slot"], told["slots"]["where"]) == ("danger", True)


def test_what_the_form_does_not_take_goes_to_its_rule(server: Server, actions: Actions) -> None:
    actions.form = []
    server.say(sender("tư", WAITING), "làm căn cước cho con 8 tuổi cần giấy tờ gì")
    assert actions.names() == ["validate_report_form", "action_answer_procedure"]


def test_nothing_is_remembered_from_one_message_to_the_next(
    server: Server, actions: Actions
) -> None:
    server.say("năm", "ông năm nhà bên đánh vợ")
    actions.calls.clear()
    server.say("năm", "chúc cả nhà ngủ ngon")
    assert "đánh vợ" not in json.dumps(actions.calls, ensure_ascii=False)


def test_it_logs_nothing_that_was_written(server: Server) -> None:
    server.say("sáu", "chuyện riêng của nhà tôi không ai được biết")
    server.client.post("/model/parse", content="chuyện riêng {".encode())
    assert "riêng" not in server.log.read_text("utf-8")


def test_a_model_that_lost_its_training_is_refused(model: TrainedModel, tmp_path: Path) -> None:
    """The classifier's file is swapped for the topics', as a mixed-up archive would."""
    with tarfile.open(model.path) as archive:
        archive.extractall(tmp_path / "model", filter="data")
    parts = {path.parent.name.split(".")[-1]: path for path in tmp_path.rglob("model.npz")}
    category, topic = (
        next(path for name, path in parts.items() if name.startswith(kind))
        for kind in ("MessageClassifier", "TopicClassifier")
    )
    shutil.copy(topic, category)
    with tarfile.open(tmp_path / "mixed.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model", arcname="")
    run = subprocess.run(
        command(tmp_path / "mixed.tar.gz", free_port()),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert run.returncode == 3
    assert run.stderr.startswith("mixed.tar.gz does not understand: ")
    assert run.stderr.count("\n") == 1


def test_without_a_token_it_does_not_start(model: TrainedModel) -> None:
    env = {**environment(), "TEST_RASA_TOKEN": ""}
    run = subprocess.run(
        command(model.path, free_port()),
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == "TEST_RASA_TOKEN is not set: the server needs a token\n"
