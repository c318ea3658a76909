"""A worker in this process: the real queue on a real database, and a Rasa that refuses."""

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.web import WebChannel
from bot.db import Database
from bot.groups.setup import apply_setup, read_setup
from bot.live import Live
from bot.messages.rasa import Rasa
from bot.messages.workers import working
from bot.services import Services
from bot.settings import Settings
from tests.fakes import FakeTelegram
from tests.service import COMMUNE


class RefusingRasa:
    """Answers every message with 400, as Rasa does when it will never understand it."""

    def __init__(self) -> None:
        self._server = HTTPServer(("127.0.0.1", 0), _Refuse)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RefusingRasa":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Refuse(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def worker(settings: Settings, telegram: FakeTelegram) -> AsyncIterator[Services]:
    with RefusingRasa() as rasa:
        addresses = {"rasa_url": rasa.url, "action_url": f"{rasa.url}/webhook"}
        settings = settings.model_copy(update=addresses)
        url = str(settings.database_url)
        db = Database(url)
        async with db.begin() as session:
            await apply_setup(session, read_setup(COMMUNE))
        channel = TelegramChannel(telegram.token, "secret", telegram.url)
        web = WebChannel(db, settings)
        channels: dict[str, Channel] = {"telegram": channel, "web": web}
        services = Services(settings, db, Live(url), Rasa(settings), channels)
        async with working(services, url):
            yield services
        await services.rasa.close()
        await channel.close()
        await db.close()
