"""Two gateways and two Rasa servers on one PostgreSQL: one of each dies or is ended while people
write on every channel. Nothing is lost, nothing is done twice, everybody is answered in order."""

import json
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from bot import libpq
from bot.ops.model import models_dir
from tests.conftest import MODEL_SETTINGS
from tests.deploy.installation import Installation, several_machines, wait_until
from tests.e2e.residents import OnTelegram, OnZaloBot, OnZaloOA
from tests.fakes.server import FakePlatform
from tests.service import Platforms

QUESTIONS = {
    "đổi giấy phép lái xe ở đâu": "giấy phép lái xe",
    "đăng ký tạm trú online sao": "tạm trú",
    "mất căn cước làm lại bao nhiêu tiền": "mất",
    "làm hộ chiếu lần đầu cần gì": "hộ chiếu",
}
"""What is asked, and a word that only its answer has."""
IN_DOUBT = """
    SELECT count(*) FROM outbound WHERE status = 'unknown' AND (channel, target_key) IN
        (SELECT channel, target_key FROM outbound WHERE channel = %s AND platform_id = ANY(%s))
"""
"""Of a chat in which messages with these ids arrived."""
THEFT = "tối qua mất trộm cái máy bơm nước ở ấp 3"


@pytest.fixture(scope="module")
def installation(
    model: object, platforms: Platforms, module_database_url: str, tmp_path_factory: Any
) -> Iterator[Installation]:
    home: Path = tmp_path_factory.mktemp("several")
    installation = several_machines(
        home, models_dir(MODEL_SETTINGS), module_database_url, platforms
    )
    yield installation
    installation.stop()


@pytest.fixture
def database(installation: Installation) -> Iterator[psycopg.Connection]:
    installation.start()
    with libpq.connect(str(installation.settings.database_url)) as connection:
        yield connection


class Writer:
    """A person on one platform, which delivers each message until somebody takes it."""

    def __init__(self, resident: OnTelegram | OnZaloBot | OnZaloOA, platform: FakePlatform) -> None:
        self._resident = resident
        self._platform = platform

    def talk(self, words: Sequence[str]) -> None:
        for text in words:
            until_taken(lambda text=text: self._resident.in_private(text))
            time.sleep(0.3)

    def heard(self) -> list[str]:
        return self._platform.sent(self._resident.chat)

    def in_doubt(self, database: psycopg.Connection) -> int:
        """So many answers may have arrived or not; the console shows them to the managers."""
        arrived = [number for chat, number in self._platform.ids if chat == self._resident.chat]
        row = database.execute(IN_DOUBT, (self._resident.channel, arrived)).fetchone()
        assert row is not None
        return int(row[0])


class Visitor:
    """A browser with the commune's page open: it comes back when it is cut off, and says again
    what was not acknowledged, with the same id."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._cookies = httpx.get(installation.gateways[0].url).cookies
        self.reconnected = 0

    def talk(self, words: Sequence[str]) -> None:
        waiting = {str(uuid.uuid4()): text for text in words}
        deadline = time.monotonic() + 90
        while waiting:
            assert time.monotonic() < deadline, f"not acknowledged: {waiting}"
            with suppress(OSError, WebSocketException, TimeoutError), self._open() as socket:
                while waiting:
                    number, text = next(iter(waiting.items()))
                    said = {"type": "message", "id": number, "view": "private", "text": text}
                    socket.send(json.dumps(said))
                    self._until(socket, lambda frame, n=number: frame.get("id") == n)
                    del waiting[number]
                    time.sleep(0.8)
            self.reconnected += bool(waiting)

    def heard(self) -> list[str]:
        """What waits for the browser, which has not said yet that it keeps it."""
        with self._open() as socket:
            frames = self._until(socket, lambda frame: frame["type"] == "ready")
        return [str(f["text"]) for f in frames if f["type"] == "mail" and f["view"] == "private"]

    def in_doubt(self, _: psycopg.Connection) -> int:
        """The page takes a message once, however often it is sent: there is no doubt."""
        return 0

    def _open(self) -> ClientConnection:
        gateway = next(gateway for gateway in self._installation.gateways if gateway.runs)
        cookie = "; ".join(f"{key}={value}" for key, value in self._cookies.items())
        address = gateway.url.replace("http", "ws") + "/chat/ws"
        socket = connect(address, additional_headers={"Cookie": cookie}, open_timeout=5)
        socket.send(json.dumps({"type": "hello", "name": "Chị Lan", "group": "ap-1"}))
        return socket

    def _until(
        self, socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]
    ) -> list[dict[str, Any]]:
        frames: list[dict[str, Any]] = []
        while not frames or not wanted(frames[-1]):
            frames.append(json.loads(socket.recv(20)))
        return frames


def until_taken(send: Callable[[], object]) -> None:
    for _ in range(200):
        with suppress(httpx.HTTPError):
            send()
            return
        time.sleep(0.1)
    raise AssertionError("never taken")


def people(installation: Installation, number: int) -> list[Writer | Visitor]:
    platforms = installation.platforms
    writers: list[Writer | Visitor] = [Visitor(installation)]
    for each in range(2):
        telegram = OnTelegram(installation, 6_200_000_000 + number + each, "Chị Lan")
        bot = OnZaloBot(installation, f"zb-several-{number + each}", "Chị Lan")
        account = OnZaloOA(installation, f"oa-several-{number + each}", "Chị Lan")
        writers += [
            Writer(telegram, platforms.telegram),
            Writer(bot, platforms.zalo_bot),
            Writer(account, platforms.zalo_oa),
        ]
    return writers


def everybody_talks(everybody: Sequence[Writer | Visitor], meanwhile: Callable[[], object]) -> None:
    words = [THEFT, *QUESTIONS]
    with ThreadPoolExecutor() as threads:
        work = [threads.submit(each.talk, words) for each in everybody]
        work.append(threads.submit(meanwhile))
        for each in work:
            each.result()


def check_ledger(database: psycopg.Connection, everybody: Sequence[Writer | Visitor]) -> None:
    """All that was said is handled; all that was answered arrived, in order and once, or is in
    doubt in that person's chat."""
    left = """SELECT (SELECT count(*) FROM inbound WHERE handled_at IS NULL OR failed IS NOT NULL)
                   + (SELECT count(*) FROM outbound WHERE status = 'pending')"""
    wait_until(lambda: database.execute(left).fetchone() == (0,))
    for each in everybody:
        heard = each.heard()
        places, missing = [], []
        for question, word in QUESTIONS.items():
            found = [at for at, text in enumerate(heard) if word in text.lower()]
            places += found[:1]
            missing += [] if found else [question]
        assert places == sorted(places), heard
        assert len(heard) == len(set(heard)), f"something was said twice: {heard}"
        assert len(missing) <= each.in_doubt(database), (missing, heard)


def doubts(database: psycopg.Connection) -> int:
    row = database.execute("SELECT count(*) FROM outbound WHERE status = 'unknown'").fetchone()
    assert row is not None
    return int(row[0])


def reports(database: psycopg.Connection) -> int:
    row = database.execute("SELECT count(*) FROM reports").fetchone()
    assert row is not None
    return int(row[0])


def test_whatever_a_dead_gateway_and_a_dead_rasa_had_in_hand_the_others_finish(
    installation: Installation, database: psycopg.Connection
) -> None:
    before = reports(database)
    everybody = people(installation, 0)
    gateway, rasa = installation.gateways[0], installation.rasas[0]

    def kill() -> None:
        time.sleep(1)
        gateway.end(signal.SIGKILL)
        time.sleep(0.5)
        rasa.end(signal.SIGKILL)

    everybody_talks(everybody, kill)
    assert not gateway.runs, "nobody starts it again: the other one does the work of both"
    assert not rasa.runs
    visitor = everybody[0]
    assert isinstance(visitor, Visitor)
    assert visitor.reconnected
    check_ledger(database, everybody)
    assert reports(database) == before + len(everybody)
    reviewed = database.execute("SELECT count(*) FROM reports WHERE needs_review").fetchone()
    assert reviewed == (0,), "a killed process is no reason to give up on a message"


def test_a_gateway_that_is_told_to_end_leaves_nothing_in_doubt(
    installation: Installation, database: psycopg.Connection
) -> None:
    before = reports(database)
    in_doubt = doubts(database)
    everybody = people(installation, 100)
    gateway = installation.gateways[1]

    def end() -> None:
        time.sleep(1)
        gateway.end(signal.SIGTERM)

    everybody_talks(everybody, end)
    check_ledger(database, everybody)
    assert reports(database) == before + len(everybody)
    assert doubts(database) == in_doubt


def test_only_a_trusted_proxy_says_where_somebody_is(installation: Installation) -> None:
    """`/metrics` is for this machine alone, so it tells whom the gateway takes the caller for."""
    stranger = {"X-Forwarded-For": "203.0.113.9"}
    trusting, other = installation.gateways[0], installation.gateway(trusted_proxies="192.0.2.7")
    for program in (trusting, other):
        if not program.runs:
            program.start()
        wait_until(lambda program=program: program.answers)
    assert httpx.get(f"{trusting.url}/metrics", headers=stranger).status_code == 404
    assert httpx.get(f"{other.url}/metrics", headers=stranger).status_code == 200
    other.end(signal.SIGTERM)
