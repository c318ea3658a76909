"""Writing entries, and doing to them what only who owns the database can do."""

from typing import Any

from sqlalchemy import select, text

from bot.audit.log import record
from bot.audit.models import Action, AuditEntry
from bot.audit.verify import Findings, look
from bot.db import Database
from tests.console.people import People

HERE = "192.0.2.7"


async def fill(db: Database, people: People, entries: int = 6) -> None:
    async with db.begin() as session:
        for number in range(entries):
            officer = people.officers["ap1" if number % 2 else "quanly"]
            await record(session, Action.QUEUE_SEEN, officer=officer, address=HERE, page=number)


async def after(db: Database, *statements: str, **values: Any) -> Findings:
    """What a check finds after these statements, which are taken back at once."""
    async with db.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await session.execute(text(statement), values)
        findings = await look(session)
        await session.rollback()
    return findings


async def by_hand(db: Database, *statements: str, **values: Any) -> None:
    """Run statements past the triggers."""
    async with db.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            await session.execute(text(statement), values)


async def trail(db: Database) -> list[AuditEntry]:
    async with db.begin() as session:
        query = select(AuditEntry).order_by(AuditEntry.number)
        return list((await session.execute(query)).scalars())
