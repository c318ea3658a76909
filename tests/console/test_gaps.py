"""The page of questions without an answer."""

import re
import uuid

from sqlalchemy import select

from bot.audit.models import Action, AuditEntry
from bot.db import Database
from bot.procedures import gaps
from tests.console.fixtures import SignedIn

PAGE = "/console/cau-hoi"


async def asked(db: Database, *questions: str) -> None:
    async with db.begin() as session:
        for question in questions:
            await gaps.keep(session, uuid.uuid4(), "residence", question, ())


async def test_a_manager_settles_questions_and_the_log_says_how_many(
    db: Database, signed_in: SignedIn
) -> None:
    await asked(db, "Nuôi cá sấu?", "nuoi ca sau", "đố vui nha")
    manager = await signed_in("quanly")
    page = (await manager.get(PAGE)).text
    assert "2 lần hỏi" in page
    assert "Cư trú" in page
    for how in ("da-bo-sung", "bo-qua"):
        address = re.findall(rf'action="({PAGE}/[^"]+/{how})"', (await manager.get(PAGE)).text)[0]
        assert (await manager.submit(address, page=PAGE)).status_code == 303
    assert "Trợ lý chưa bí câu nào" in (await manager.get(PAGE)).text
    async with db.begin() as session:
        of = AuditEntry.action.in_([Action.GAP_ANSWERED, Action.GAP_LEFT])
        entries = (await session.scalars(select(AuditEntry).where(of))).all()
    assert [(e.action, e.data) for e in sorted(entries, key=lambda e: e.number)] == [
        (Action.GAP_ANSWERED, {"times": 2}),
        (Action.GAP_LEFT, {"times": 1}),
    ]


async def test_a_question_that_a_colleague_settled_changes_nothing(signed_in: SignedIn) -> None:
    manager = await signed_in("quanly")
    answer = await manager.submit(f"{PAGE}/{uuid.uuid4()}/bo-qua", page=PAGE)
    assert answer.status_code == 303
