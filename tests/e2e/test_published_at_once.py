"""What officers publish is told by every process from the next message on; nothing is trained."""

import asyncio
from typing import Any

from sqlalchemy import select

from bot.db import Database
from bot.groups.models import Officer, Role
from bot.procedures import publishing
from bot.procedures.files import dump, shipped
from bot.procedures.models import Procedure
from tests.e2e.residents import OnTelegram
from tests.procedures.conftest import entry
from tests.service import RunningService

GROUP = "-1002"
PATIENCE = 60
"""Seconds: the search reads all procedures anew after a change."""
KNOWN = "fireworks_use"
ASKED = "Pháo hoa nào được đốt, pháo nào bị cấm?"
NEWS = "Ấp có lịch bắn pháo hoa riêng, bà con xem bảng tin ở nhà văn hóa."
NEW = "Nuôi cá sấu phải đăng ký ở đâu?"


async def _publish(url: str, content: dict[str, Any]) -> None:
    """One officer writes it, another approves."""
    db = Database(url)
    try:
        async with db.begin() as session:
            author = (
                await session.scalars(select(Officer).where(Officer.role == Role.MANAGER))
            ).one()
            approver = (
                await session.scalars(select(Officer).where(Officer.role == Role.ADMIN))
            ).one()
            procedure = await session.get(Procedure, content["id"])
            base = procedure.standing_version if procedure else None
            draft = await publishing.save_draft(session, author, content, based_on=base)
            await publishing.propose(session, author, content["id"], draft.number)
            await publishing.approve(session, approver, content["id"], draft.number)
    finally:
        await db.close()


def publish(service: RunningService, content: dict[str, Any]) -> None:
    asyncio.run(_publish(service.database_url, content))


def test_an_approved_edit_is_told_in_the_group_and_in_private(
    running_service: RunningService, somebody: int
) -> None:
    """The gateway answers the one, the action server the other."""
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Lành")
    resident.in_private(ASKED)
    telegram.wait_for(lambda t: any("pháo" in said for said in t.sent(resident.chat)), PATIENCE)
    assert NEWS not in "".join(telegram.sent(resident.chat))

    publish(running_service, dump(shipped()[KNOWN]) | {"answer": NEWS})

    before = len(telegram.sent(GROUP))
    resident.in_group(GROUP, ASKED)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before, PATIENCE)
    assert NEWS in telegram.sent(GROUP)[before]
    resident.in_private(ASKED)
    telegram.wait_for(lambda t: any(NEWS in said for said in t.sent(resident.chat)), PATIENCE)


def test_a_new_procedure_is_found_as_soon_as_it_is_approved(
    running_service: RunningService, somebody: int
) -> None:
    telegram = running_service.platforms.telegram
    resident = OnTelegram(running_service, somebody, "Sáu")
    made = entry(
        "crocodile_farm",
        name="Đăng ký nuôi cá sấu",
        questions=[NEW, "Nuôi cá sấu có phải xin phép không?", "Muốn nuôi cá sấu thì làm sao?"],
        answer="Bà con đăng ký nuôi cá sấu với Hạt Kiểm lâm.",
    )
    before = len(telegram.sent(GROUP))
    resident.in_group(GROUP, NEW)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before, PATIENCE)
    assert made.answer not in telegram.sent(GROUP)[before]

    publish(running_service, dump(made))

    before = len(telegram.sent(GROUP))
    resident.in_group(GROUP, NEW)
    telegram.wait_for(lambda t: len(t.sent(GROUP)) > before, PATIENCE)
    assert made.answer in telegram.sent(GROUP)[before]
