"""Procedures in a database of the test's own, and officers who write them."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from bot.db import Database
from bot.groups.models import Officer, Role
from bot.procedures.entry import Confidence, Entry, Topic


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def officers(db: Database) -> list[Officer]:
    """Three managers."""
    made = [
        Officer(username=name, name=name, role=Role.MANAGER, password_hash="x")
        for name in ("thai", "minh", "sau")
    ]
    async with db.begin() as session:
        session.add_all(made)
    return made


def entry(entry_id: str = "nuoi_cho", **fields: object) -> Entry:
    """A whole entry, in which the test says only what it is about."""
    values = {
        "id": entry_id,
        "topic": Topic.OTHER,
        "name": "Khai báo nuôi chó",
        "questions": ["Nuôi chó có phải khai không?", "Khai nuôi chó ở đâu?", "Chó cần tiêm gì?"],
        "answer": "Bà con khai báo với Ủy ban nhân dân xã và cho chó tiêm phòng dại.",
        "legal_source": ["Luật Thú y 79/2015/QH13"],
        "checked_on": date(2026, 11, 23),
        "confidence": Confidence.HIGH,
    }
    return Entry.model_validate(values | fields)
