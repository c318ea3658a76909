"""Procedures for pages: two that are told, and a second manager to approve."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import second_factor
from bot.db import Database
from bot.groups.models import Officer, Role
from bot.procedures import publishing
from bot.procedures.files import dump
from bot.procedures.loading import load
from bot.procedures.models import ProcedureVersion
from bot.security.passwords import hash_password
from tests.codes import SECRET
from tests.console.people import PASSWORD, People
from tests.procedures.conftest import entry

DOG = "nuoi_cho"
FISH = "nuoi_ca"
TOLD = {
    DOG: entry(DOG),
    FISH: entry(
        FISH,
        name="Khai báo nuôi cá lồng bè",
        questions=["Nuôi cá bè khai ở đâu?", "Nuôi cá lồng cần giấy gì?", "Thả bè cá xin ai?"],
        confidence="low",
        check_by="2020-01-01",
        fees=[{"text": "Miễn phí."}],
        related=[DOG],
    ),
}


async def second_manager(db: Database) -> Officer:
    officer = Officer(
        username="quanly2",
        name="Đỗ Thị Hạnh",
        role=Role.MANAGER,
        password_hash=hash_password(PASSWORD),
        must_change_password=False,
    )
    async with db.begin() as session:
        session.add(officer)
        await session.flush()
        await second_factor.keep(session, officer.id, SECRET, 0)
    return officer


async def told(session: AsyncSession) -> None:
    """Both, as the files bring them."""
    await load(session, TOLD)


async def written(session: AsyncSession, officer: Officer, **fields: object) -> ProcedureVersion:
    """A draft of his on the dog."""
    content = dump(entry(DOG, **fields))
    return await publishing.save_draft(session, officer, content, based_on=1)


async def proposed(session: AsyncSession, officer: Officer, **fields: object) -> ProcedureVersion:
    draft = await written(session, officer, **fields)
    return await publishing.propose(session, officer, DOG, draft.number)


async def under_way(session: AsyncSession, people: People) -> None:
    """What a manager finds: a draft of his own, and a proposal of the files."""
    await told(session)
    manager = await session.get_one(Officer, people.officers["quanly"].id)
    await written(session, manager, answer="Bà con khai báo với trưởng ấp.")
    await proposed(session, manager, answer="Bà con khai báo với trưởng ấp trong 07 ngày.")
