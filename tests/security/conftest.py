"""An installation with something in it: rows of every shape that is sealed."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import psycopg
import pytest

from bot.channels.base import AttachmentKind
from bot.channels.web_models import WebFile
from bot.db import Database, now
from bot.groups.models import Member
from bot.libpq import connect
from bot.messages.models import Conversation, Inbound
from bot.procedures.models import ProcedureGap
from bot.security.keyring import open_keys
from tests.service import SECRET_KEY

ROWS = 450  # more than two batches


@pytest.fixture(autouse=True)
def _keys(database_url: str) -> None:
    """This process has the keys of the test's database."""
    open_keys(SECRET_KEY, database_url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url) as opened:
        yield opened


@pytest.fixture
async def filled(db: Database) -> Database:
    async with db.begin() as session:
        session.add_all(
            ProcedureGap(inbound_id=uuid.uuid4(), question=f"câu hỏi {n}") for n in range(ROWS)
        )
        member = Member(name="Hoàng Yến", phone="0900000111")
        session.add(Conversation(channel="web", address_key="a", chat_id="1", member=member))
        session.add(Inbound(key="k", channel="web", payload={"text": "chuyện riêng"}))
        session.add_all(
            WebFile(
                owner="o",
                kind=AttachmentKind.FILE,
                name=f"giấy {n}.pdf",
                mime="application/pdf",
                size=300_000,
                content=bytes([n]) * 300_000,
                expires_at=now() + timedelta(days=1),
            )
            for n in range(6)
        )
    return db
