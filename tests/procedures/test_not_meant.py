"""“Chưa đúng ý tôi”: what was asked becomes a gap without a name, and something else is offered."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database, now
from bot.messages.choices import offer
from bot.messages.conversations import open_conversation
from bot.messages.models import Conversation
from bot.procedures import gaps
from bot.procedures.models import GapReason, ProcedureGap
from bot.procedures.not_meant import not_meant, refused, refuses
from bot.procedures.replies import CHOOSE, NOT_MEANT, OFFICER, Reply, reply_to_question, tell
from bot.procedures.spoken_of import REMEMBERED, remember
from bot.reports.models import Report
from bot.triage.details import Detail
from bot.triage.policy import Answer, Decision, Kind
from bot.triage.understanding import Candidate, Category, Understanding

FOUND = Decision(Kind.ANSWER, answer=Answer.FOUND, procedures=("passport_lost",))
QUESTION = "anh Lành 0912345678 rớt giấy tờ hôm qua thì sao"
NAMED = (Detail("person", 4, 8, "Lành", "Lành"),)


@pytest.fixture
async def session(db: Database) -> AsyncIterator[AsyncSession]:
    async with db.begin() as opened:
        yield opened


@pytest.fixture
async def conversation(session: AsyncSession) -> Conversation:
    return await open_conversation(session, "telegram", "1", "Tư")


async def ask(
    session: AsyncSession, conversation: Conversation, decision: Decision = FOUND
) -> Reply:
    candidates = (Candidate("passport_lost", 0.6), Candidate("lost_papers", 0.3))
    u = Understanding(
        Category.PROCEDURE_QUESTION, 0.9, topic="passport", candidates=candidates, details=NAMED
    )
    return await reply_to_question(
        session, u, decision, QUESTION, None, uuid.uuid4(),
        in_group=False, conversation=conversation,
    )  # fmt: skip


def payloads(reply: Reply) -> list[str]:
    return [button.payload for button in reply.buttons]


async def kept(session: AsyncSession) -> list[ProcedureGap]:
    return list((await session.scalars(select(ProcedureGap))).all())


async def test_under_an_answer_stand_both_ways_on(
    session: AsyncSession, conversation: Conversation
) -> None:
    assert payloads(await ask(session, conversation)) == [f"{NOT_MEANT}passport_lost", OFFICER]


async def test_the_question_becomes_a_gap_with_what_was_told_and_the_next_is_offered(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    offered = await not_meant(session, conversation, "passport_lost")
    assert payloads(offered) == [f"{CHOOSE}lost_papers", OFFICER]
    [gap] = await kept(session)
    assert (gap.reason, gap.told, gap.topic) == (GapReason.NOT_MEANT, "passport_lost", "passport")
    assert "giấy tờ" in gap.question
    assert "0912345678" not in gap.question
    assert "Lành" not in gap.question
    assert (await session.scalars(select(Report))).all() == []


async def test_pressed_twice_it_is_one_question(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    first = await not_meant(session, conversation, "passport_lost")
    assert await not_meant(session, conversation, "passport_lost") == first
    assert len(await kept(session)) == 1


async def test_who_refuses_what_was_offered_too_is_not_offered_it_again(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    offer(conversation, await not_meant(session, conversation, "passport_lost"))
    assert payloads(await not_meant(session, conversation, "passport_lost")) == [OFFICER]


async def test_what_is_refused_too_is_not_offered_again(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    await not_meant(session, conversation, "passport_lost")
    remember(conversation, "lost_papers")  # as the button does
    assert payloads(await not_meant(session, conversation, "lost_papers")) == [OFFICER]
    assert [gap.told for gap in await kept(session)] == ["passport_lost"]


async def test_the_button_of_an_earlier_answer_says_nothing_of_the_last_question(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    assert payloads(await not_meant(session, conversation, "id_card_fee")) == [OFFICER]
    assert await kept(session) == []


async def test_after_a_while_the_question_is_known_no_more(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    conversation.asked_at = now() - REMEMBERED - timedelta(minutes=1)
    await not_meant(session, conversation, "passport_lost")
    assert await kept(session) == []


async def test_until_then_it_is_kept_masked_and_sealed(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    await session.flush()
    sealed = (await session.scalars(text("SELECT asked FROM conversations"))).one()
    assert "giấy tờ".encode() not in bytes(sealed)
    assert conversation.asked
    assert "0912345678" not in str(conversation.asked)


async def test_a_question_with_personal_data_is_not_kept(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    redirect = Decision(Kind.REDIRECT, answer=Answer.FOUND, procedures=("passport_lost",))
    await ask(session, conversation, redirect)
    assert conversation.asked is None
    assert payloads(await not_meant(session, conversation, "passport_lost")) == [OFFICER]


async def test_what_was_not_meant_stands_with_the_gaps(
    session: AsyncSession, conversation: Conversation
) -> None:
    await ask(session, conversation)
    await not_meant(session, conversation, "passport_lost")
    [gap] = await gaps.gaps(session)
    assert gap.not_meant == ("passport_lost",)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("chưa đúng ý tôi", True),
        ("Chưa đúng", True),
        ("khong phai cau nay", True),
        ("không đúng ý em", True),
        ("sai rồi", True),
        ("ý tôi là hỏi việc khác", True),
        ("không phải con tôi làm", False),
        ("sai ngày sinh", False),
        ("khai chưa đúng thì sửa ở đâu", False),
        ("công an làm sai", False),
        ("", False),
    ],
)
def test_who_says_so_in_words(said: str, means: bool) -> None:
    assert refuses(said) is means


def test_the_button_names_the_answer() -> None:
    [payload, _] = payloads(tell("passport_lost"))
    assert refused(payload) == "passport_lost"
    assert refused(OFFICER) is None
