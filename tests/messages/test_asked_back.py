"""The question that tells close procedures apart: answered by number, in words, or not at all; and
how it looks where there are no buttons."""

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Button, Capabilities, ChatKind, Event, EventKind
from bot.db import Database, now
from bot.messages.choices import offer, offers_choice, picked, render
from bot.messages.conversations import open_conversation
from bot.messages.models import Conversation
from bot.messages.private import Asked, prepare, together
from bot.procedures.families import families
from bot.procedures.models import ProcedureGap
from bot.procedures.replies import (
    CHOOSE,
    NOT_MEANT,
    OFFICER,
    Reply,
    ask_which,
    officer_button,
    tell,
)
from bot.procedures.spoken_of import remember, remember_question
from bot.wording import say
from tests.console.fixtures import db, people
from tests.console.people import People

__all__ = ["db", "people"]

CARD = next(family for family in families() if family.name == "Căn cước")
CHILD = f"{CHOOSE}id_card_child_6_to_14"
BARE, PRESSABLE = Capabilities(), Capabilities(buttons=True)


@pytest.fixture
async def session(db: Database, people: People) -> AsyncIterator[AsyncSession]:
    async with db.begin() as opened:
        yield opened


@pytest.fixture
async def conversation(session: AsyncSession) -> Conversation:
    return await open_conversation(session, "telegram", "7001", "Chị Lan")


def event(text: str, kind: EventKind = EventKind.MESSAGE) -> Event:
    return Event(
        "telegram", uuid.uuid4().hex, kind, ChatKind.PRIVATE, "7001", "7001", text=text
    )  # fmt: skip


async def says(
    session: AsyncSession, text: str, kind: EventKind = EventKind.MESSAGE
) -> Asked | list[Reply]:
    _, what = await prepare(session, event(text, kind), uuid.uuid4(), "http://c")
    return what


@pytest.mark.parametrize(
    ("typed", "payload"),
    [
        ("2", CHILD),
        ("trẻ 6 đến 13 tuổi", CHILD),
        ("cháu 8 tuổi", CHILD),
        ("con mới sinh", f"{CHOOSE}id_card_child_under_6"),
        ("bị mất", f"{CHOOSE}id_card_lost_damaged"),
        ("hồi hôm nhà tôi bị mất trộm", None),
        ("con tôi 8 tuổi bị đánh", None),
        ("không biết", None),
        ("9", None),
    ],
)
def test_the_fact_is_understood_in_words(typed: str, payload: str | None) -> None:
    talk = Conversation()
    offer(talk, ask_which(CARD))
    assert picked(typed, talk) == payload


async def test_what_answers_it_goes_on_as_the_button_does(
    session: AsyncSession, conversation: Conversation
) -> None:
    offer(conversation, ask_which(CARD))
    what = await says(session, "dạ cháu 8 tuổi")
    assert isinstance(what, Asked)
    assert what.command
    assert "id_card_child_6_to_14" in what.text


async def test_whoever_reports_something_instead_is_heard(
    session: AsyncSession, conversation: Conversation
) -> None:
    offer(conversation, ask_which(CARD))
    what = await says(session, "nhà tôi bị mất trộm hồi hôm")
    assert isinstance(what, Asked)
    assert not what.command


def test_the_ways_on_below_an_answer_are_buttons_or_one_line() -> None:
    told = tell("passport_lost")
    assert not offers_choice(told)
    assert render(told, PRESSABLE).buttons == told.buttons
    bare = render(told, BARE)
    assert bare.buttons == ()
    assert bare.text == f"{told.text}\n{say('ways_on_in_words')}"
    talk = Conversation()
    offer(talk, told)
    assert picked("1", talk) is None


def test_only_the_officer_is_named_where_nothing_was_told() -> None:
    none = Reply("Chưa có câu trả lời.", (officer_button(),))
    assert render(none, BARE).text.endswith(say("officer_in_words"))


def test_in_a_group_without_buttons_no_number_is_asked_for() -> None:
    text = render(ask_which(CARD), BARE, reply_to="1").text
    assert "• Trẻ dưới 6 tuổi" in text
    assert "Cấp thẻ căn cước cho trẻ dưới 6 tuổi" in text
    assert "1." not in text
    assert render(ask_which(CARD), PRESSABLE, reply_to="1").buttons


def test_an_answer_gives_way_to_the_question_that_follows() -> None:
    [one] = together([tell("passport_lost"), Reply("Ở đâu?", (Button("Ấp 1", "x"),))], 4000)
    assert [button.payload for button in one.buttons] == ["x"]


@pytest.mark.parametrize("by", ["button", "words"])
async def test_an_answer_is_refused(
    session: AsyncSession, conversation: Conversation, by: str
) -> None:
    remember(conversation, "passport_lost")
    remember_question(conversation, uuid.uuid4(), "passport", "mất giấy", (), ["lost_papers"])
    if by == "button":
        what = await says(session, f"{NOT_MEANT}passport_lost", EventKind.BUTTON)
    else:
        what = await says(session, "chưa đúng ý tôi")
    assert isinstance(what, list)
    assert [b.payload for b in what[0].buttons] == [f"{CHOOSE}lost_papers", OFFICER]
    assert (await session.scalars(select(ProcedureGap.told))).all() == ["passport_lost"]


async def test_after_a_while_the_same_words_are_a_message_like_any_other(
    session: AsyncSession, conversation: Conversation
) -> None:
    remember(conversation, "passport_lost")
    conversation.procedure_at = now().replace(year=2020)
    assert isinstance(await says(session, "chưa đúng"), Asked)
