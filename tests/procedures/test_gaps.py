"""Questions without an answer: masked, without a name, put together, forgotten."""

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text

from bot.db import Database
from bot.procedures import gaps
from bot.procedures.models import ProcedureGap
from bot.procedures.replies import reply_to_question
from bot.triage.details import Detail
from bot.triage.policy import Answer, Decision, Kind
from bot.triage.understanding import Category, Understanding


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def ask(db: Database, question: str, *details: Detail, inbound: uuid.UUID) -> None:
    async with db.begin() as session:
        await gaps.keep(session, inbound, "residence", question, details)


async def listed(db: Database) -> list[gaps.Gap]:
    async with db.begin() as session:
        return list(await gaps.gaps(session))


async def test_the_same_question_stands_once_with_how_often_it_was_asked(db: Database) -> None:
    for question in ("Làm sổ tạm trú cho công nhân?", "lam so tam tru cho cong nhan", "Nuôi cá?"):
        await ask(db, question, inbound=uuid.uuid4())
    found = await listed(db)
    assert [(gap.questions, gap.times) for gap in found] == [
        (("lam so tam tru cho cong nhan",), 2),
        (("Nuôi cá?",), 1),
    ]


async def test_questions_in_other_words_stand_together_with_each_wording_once(
    db: Database,
) -> None:
    for question in ("làm lại cccd bị mất", "Nuôi cá?", "mất căn cước làm lại sao", "nuoi ca"):
        await ask(db, question, inbound=uuid.uuid4())
    await ask(db, "Mất căn cước, làm lại sao?", inbound=uuid.uuid4())
    found = await listed(db)
    assert [(gap.questions, gap.times) for gap in found] == [
        (("Mất căn cước, làm lại sao?", "làm lại cccd bị mất"), 3),
        (("nuoi ca",), 2),
    ]


async def test_a_message_handled_twice_is_one_question(db: Database) -> None:
    inbound = uuid.uuid4()
    for _ in range(2):
        await ask(db, "Nuôi cá?", inbound=inbound)
    assert [gap.times for gap in await listed(db)] == [1]


async def test_who_is_named_in_it_is_masked_before_it_is_kept(db: Database) -> None:
    question = "tôi tên Lành ở hẻm 5, sđt 0912345678, đổi tên cho cháu Bảo thì sao"
    name = Detail("person", 8, 12, "Lành", "Lành")
    await ask(db, question, name, inbound=uuid.uuid4())
    async with db.begin() as session:
        [kept] = (await session.scalars(select(ProcedureGap.question))).all()
        [sealed] = (await session.scalars(text("SELECT question FROM procedure_gaps"))).all()
    assert "đổi tên cho cháu" in kept
    for hidden in ("Lành", "0912345678", "Bảo"):
        assert hidden not in kept
    assert "đổi".encode() not in bytes(sealed)


async def test_what_an_earlier_version_kept_is_masked_when_it_is_shown(db: Database) -> None:
    async with db.begin() as session:
        session.add(ProcedureGap(inbound_id=uuid.uuid4(), question="gọi 0912345678 được không"))
    assert "0912345678" not in (await listed(db))[0].questions[0]


async def test_what_stood_together_is_settled_together_and_nothing_that_came_since(
    db: Database,
) -> None:
    for question in ("Nuôi cá?", "nuoi ca", "Mở quán"):
        await ask(db, question, inbound=uuid.uuid4())
    first = (await listed(db))[0]
    await ask(db, "nuôi cá!", inbound=uuid.uuid4())
    async with db.begin() as session:
        taken = await gaps.take(session, first.ids)
        assert taken
        assert (set(taken.ids), taken.questions) == (set(first.ids), ("nuoi ca",))
        assert await gaps.take(session, first.ids) is None
        assert await gaps.take(session, ()) is None
    assert {gap.questions[0] for gap in await listed(db)} == {"nuôi cá!", "Mở quán"}


@pytest.mark.parametrize(
    ("decision", "times"),
    [
        (Decision(Kind.ANSWER), 1),
        (Decision(Kind.ANSWER, answer=Answer.FOUND, procedures=("no_such",)), 1),
        (Decision(Kind.REDIRECT), 0),
    ],
    ids=["nobody knows", "what was found is gone", "told to write in private"],
)
async def test_what_the_assistant_cannot_answer_is_kept(
    db: Database, decision: Decision, times: int
) -> None:
    question = "số của tôi 0912345678, nuôi cá sấu?"
    async with db.begin() as session:
        u = Understanding(Category.PROCEDURE_QUESTION, 0.9, topic="residence")
        await reply_to_question(session, u, decision, question, None, uuid.uuid4(), in_group=False)
    kept = [gap.questions[0] for gap in await listed(db)]
    assert kept == ["số của tôi [số điện thoại], nuôi cá sấu?"] * times
