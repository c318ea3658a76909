"""A gateway's parts on a database with a commune in it, and a Rasa that is up or away."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.channels.base import Channel
from bot.channels.web import WebChannel
from bot.db import Database
from bot.groups.setup import apply_setup, read_setup
from bot.live import Live
from bot.messages.rasa import Rasa
from bot.services import Services
from bot.settings import Settings
from tests.messages.conftest import RefusingRasa
from tests.service import COMMUNE

AWAY = "http://127.0.0.1:9"
MakeServices = Callable[..., Services]


@pytest.fixture
async def make_services(settings: Settings) -> AsyncIterator[MakeServices]:
    """`make_services(rasa_url=…)`: the parts of one gateway with such settings."""
    url = str(settings.database_url)
    db = Database(url)
    async with db.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    made = []

    def make(**values: object) -> Services:
        own = settings.model_copy(update=values)
        channels: dict[str, Channel] = {"web": WebChannel(db, own)}
        made.append(Services(own, db, Live(url), Rasa(own), channels))
        return made[-1]

    with RefusingRasa() as rasa:
        settings = settings.model_copy(
            update={"rasa_url": rasa.url, "action_url": f"{rasa.url}/webhook"}
        )
        yield make
    for services in made:
        await services.rasa.close()
    await db.close()
