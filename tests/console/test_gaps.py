"""The page of questions without an answer."""

import re
import uuid

import pytest
from sqlalchemy import select

from bot.audit.models import Action, AuditEntry
from bot.db import Database
from bot.procedures import gaps
from bot.procedures.models import Origin, ProcedureVersion, Status
from tests.console.fixtures import SignedIn
from tests.console.procedures import DOG, TOLD, told

PAGE = "/console/cau-hoi"


async def asked(db: Database, *questions: str) -> None:
    async with db.begin() as session:
        for question in questions:
            await gaps.keep(session, uuid.uuid4(), "residence", question, ())


def first_ones(page: str) -> list[str]:
    """The ids of the questions that stand together at the top."""
    return re.findall(r'name="gap" value="([0-9a-f-]{36})"', page.split("</form>")[2])


async def test_a_manager_settles_questions_and_the_log_says_how_many(
    db: Database, signed_in: SignedIn
) -> None:
    await asked(db, "Nuôi cá sấu?", "nuoi ca sau", "đố vui nha")
    manager = await signed_in("quanly")
    page = (await manager.get(PAGE)).text
    assert "2 lần hỏi" in page
    assert "Cư trú" in page
    for how in ("da-bo-sung", "bo-qua"):
        ids = first_ones((await manager.get(PAGE)).text)
        assert (await manager.submit(f"{PAGE}/{how}", page=PAGE, gap=ids)).status_code == 303
    assert "Trợ lý chưa bí câu nào" in (await manager.get(PAGE)).text
    async with db.begin() as session:
        of = AuditEntry.action.in_([Action.GAP_ANSWERED, Action.GAP_LEFT])
        entries = (await session.scalars(select(AuditEntry).where(of))).all()
    assert [(e.action, e.data) for e in sorted(entries, key=lambda e: e.number)] == [
        (Action.GAP_ANSWERED, {"times": 2}),
        (Action.GAP_LEFT, {"times": 1}),
    ]


@pytest.mark.parametrize("how", ["da-bo-sung", "bo-qua", "soan", "them-vao"])
@pytest.mark.parametrize("gap", ["", "x", str(uuid.UUID(int=7))])
async def test_a_question_that_a_colleague_settled_changes_nothing(
    how: str, gap: str, signed_in: SignedIn, db: Database
) -> None:
    manager = await signed_in("quanly")
    answer = await manager.submit(f"{PAGE}/{how}", page=PAGE, gap=gap, procedure=DOG)
    assert answer.status_code == 303
    async with db.begin() as session:
        assert (await session.scalars(select(ProcedureVersion))).all() == []


async def test_questions_become_a_draft_with_one_press(db: Database, signed_in: SignedIn) -> None:
    await asked(db, "làm lại cccd bị mất", "gọi 0912345678 hỏi mất căn cước làm lại sao")
    manager = await signed_in("quanly")
    ids = first_ones((await manager.get(PAGE)).text)
    answer = await manager.submit(f"{PAGE}/soan", page=PAGE, gap=ids)
    form = (await manager.get(answer.headers["location"])).text
    assert "làm lại cccd bị mất" in form
    assert "[số điện thoại] hỏi mất căn cước" in form
    assert "0912345678" not in form
    assert '<option value="residence" selected>' in form
    assert "Trợ lý chưa bí câu nào" in (await manager.get(PAGE)).text
    drafts = (await manager.get("/console/thu-tuc?xem=dang-soan&tim=mat+can+cuoc")).text
    assert re.search(r'"what">“[^<]*(?:mất|cccd)[^<]*”<', drafts)
    async with db.begin() as session:
        [draft] = (await session.scalars(select(ProcedureVersion))).all()
    assert (draft.origin, draft.status) == (Origin.GAP, Status.DRAFT)


async def test_questions_go_into_a_draft_of_a_procedure_that_there_is(
    db: Database, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        await told(session)
    await asked(db, "cho nuoi can chich ngua hong", "chó nuôi cần chích ngừa không")
    manager = await signed_in("quanly")
    ids = first_ones((await manager.get(PAGE)).text)
    blank = await manager.submit(f"{PAGE}/them-vao", page=PAGE, gap=ids, procedure="")
    assert blank.status_code == 409
    assert "Đồng chí chọn thủ tục trong danh sách trước" in blank.text
    none = await manager.submit(f"{PAGE}/them-vao", page=PAGE, gap=ids, procedure="khong_co")
    assert none.status_code == 409
    assert "Không còn thủ tục này." in none.text
    for _ in range(2):
        await asked(db, "chó nhà nuôi có phải chích ngừa không")
        ids = first_ones((await manager.get(PAGE)).text)
        answer = await manager.submit(f"{PAGE}/them-vao", page=PAGE, gap=ids, procedure=DOG)
        assert answer.headers["location"].startswith(f"/console/thu-tuc/{DOG}/soan")
    async with db.begin() as session:
        query = select(ProcedureVersion).where(ProcedureVersion.status == Status.DRAFT)
        [draft] = (await session.scalars(query)).all()
    assert draft.content["name"] == TOLD[DOG].name
    assert len(draft.content["asked"]) == 3  # the last one once


async def test_what_was_told_and_not_meant_is_named_and_a_press_away(
    db: Database, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        await told(session)
        await gaps.keep(session, uuid.uuid4(), None, "chó dại cắn thì sao", told=DOG)
        await gaps.keep(session, uuid.uuid4(), None, "bị chó dại cắn", told="gone")
    page = (await (await signed_in("quanly")).get(PAGE)).text
    assert f'href="/console/thu-tuc/{DOG}">{TOLD[DOG].name}</a>' in page
    assert f'<option value="{DOG}" selected>' in page or ">gone</a>" in page
