"""Whatever connects without SQLAlchemy reads an address as SQLAlchemy does."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from bot.db import Database
from bot.lanes import Connection, Lanes
from bot.libpq import connect
from bot.live import Live, publish
from bot.ops.postgres import EmbeddedPostgres
from bot.security import keyring
from bot.takeover import Presence
from tests.service import SECRET_KEY

PASSWORD = "cà phê + trà@nhà 100%"
ENOUGH = 20  # seconds, for what would else never come


@pytest.fixture
def url(embedded: EmbeddedPostgres) -> Iterator[str]:
    """As an installer writes it into BINHYEN_DATABASE_URL."""
    server = make_url(embedded.url("postgres"))
    with connect(embedded.url("postgres")) as connection:
        name = sql.Identifier("người nhà")
        connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(name))
        address = server.set(username="người nhà", password=PASSWORD)
        yield address.render_as_string(False).replace(" ", "%20")
        connection.execute(sql.SQL("DROP ROLE {}").format(name))


def test_a_password_may_hold_a_space_a_plus_and_an_at(url: str) -> None:
    assert make_url(url).password == PASSWORD
    with connect(url) as connection:
        assert (connection.info.user, connection.info.password) == ("người nhà", PASSWORD)


def test_what_the_address_asks_of_the_connection_holds(url: str) -> None:
    with connect(f"{url}&application_name=x%20y&connect_timeout=7") as connection:
        assert connection.info.get_parameters()["application_name"] == "x y"


def test_the_keys_are_found(url: str) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):  # got as far as the tables
        keyring.open_keys(SECRET_KEY, url)


async def test_a_gateway_shows_that_it_lives(url: str) -> None:
    presence = Presence(url, "one")
    async with asyncio.timeout(ENOUGH):
        await presence.start()
    await presence.stop()


async def test_pages_hear_of_changes(url: str) -> None:
    live, db = Live(url), Database(url)
    await live.start()
    async with asyncio.timeout(ENOUGH), live.listen("topic") as heard:
        while heard.empty():
            async with db.begin() as session:
                await publish(session, "topic", {"code": "x"})
            await asyncio.sleep(0.05)
    await live.stop()
    await db.close()


class Looking(Lanes):
    at_once = 1

    def __init__(self, url: str) -> None:
        super().__init__(url, "looking")
        self.looked = asyncio.Event()

    async def take_up(self, connection: Connection) -> None:
        await connection.execute("SELECT 1")
        self.looked.set()


async def test_what_waits_is_looked_for(url: str) -> None:
    lanes = Looking(url)
    lanes.start()
    async with asyncio.timeout(ENOUGH):
        await lanes.looked.wait()
    await lanes.stop()
