"""What one turn of a private conversation does, without the dialogue: no word lost, none shown to
somebody who must not read it, and the same again when a crash has it handled twice."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import to_builtins
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from actions.answer_procedure import AnswerProcedure
from actions.choose_report import ChooseReport
from actions.handle_request import HandleRequest
from actions.report_form import ValidateReportForm, take_answer
from actions.small_talk import SmallTalk
from actions.take_report import TakeReport, add
from actions.turn import Context, PrivateAction, Turn, use
from bot.channels.base import ChatKind, Event, EventKind, RemoteFile
from bot.channels.telegram import TelegramChannel
from bot.db import Database, now
from bot.groups.models import Group, Officer, OfficerChat
from bot.messages.conversations import open_conversation
from bot.messages.group import GroupMessage
from bot.messages.models import Conversation, Inbound, Outbound
from bot.messages.private import prepare
from bot.nlu.standing import Standing, sender
from bot.procedures.replies import Reply
from bot.reports import officers, service
from bot.reports.learning import masked_words
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.moving import CHOOSE_REPORT, NEW, split_off
from bot.reports.questions import Question, Step, note, standing
from bot.reports.service import open_reports
from bot.triage.policy import Decision, Kind
from bot.triage.understanding import Candidate, Category, Understanding
from bot.wording import say
from tests.console.fixtures import db, people
from tests.console.people import People, photo
from tests.statements import asked

__all__ = ["db", "people"]


@pytest.fixture
async def session(db: Database, people: People) -> AsyncIterator[AsyncSession]:
    use(Context(db, "http://c"))
    async with db.begin() as opened:
        yield opened


@pytest.fixture
async def conversation(session: AsyncSession, people: People) -> Conversation:
    hamlet = people.hamlets["Ấp 1"].id
    return await open_conversation(session, "telegram", "5001", "Chị Lan", hamlet)


def event(text: str, *files: RemoteFile) -> Event:
    return Event(
        "telegram", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "5001", "5001",
        sender_name="Chị Lan", text=text, files=files,
    )  # fmt: skip


def parse(
    text: str,
    intent: str,
    confidence: float = 0.95,
    *,
    sensitive: float = 0.0,
    entities: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    rest = "small_talk" if intent != "small_talk" else "bot_request"
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [
            {"name": intent, "confidence": confidence},
            {"name": rest, "confidence": 1 - confidence},
        ],
        "flags": {
            "urgent": {"value": False, "confidence": 0.0},
            "sensitive": {"value": sensitive >= 0.5, "confidence": sensitive},
        },
        "entities": list(entities),
    }


async def turn(
    session: AsyncSession,
    conversation: Conversation,
    text: str,
    intent: str,
    *,
    inbound: uuid.UUID | None = None,
    slots: dict[str, Any] | None = None,
    candidates: tuple[Candidate, ...] = (),
    **read: Any,
) -> Turn:
    said = parse(text, intent, **read)
    inbound = inbound or uuid.uuid4()
    reports = await open_reports(session, conversation.id)
    return Turn(session, conversation, event(text), inbound, said, slots or {}, reports, candidates)


async def a_report(
    session: AsyncSession,
    conversation: Conversation,
    text: str = "hàng xóm hát loa to quá",
    *files: RemoteFile,
    category: Category = Category.SECURITY_ORDER,
    hidden: bool = False,
    unclear: bool = False,
) -> Report:
    return await service.open_report(
        session,
        event(text, *files),
        uuid.uuid4(),
        category=category,
        confidence=0.9,
        sensitive=hidden,
        urgent=False,
        managers_only=hidden,
        needs_review=unclear,
        hamlet_id=conversation.member.hamlet_id,
        conversation=conversation,
    )


async def officer(session: AsyncSession, people: People, name: str = "ap1") -> Officer:
    return await session.get_one(Officer, people.officers[name].id)


async def told(session: AsyncSession, report: Report) -> list[str]:
    """What its reporter has said of a report after the first words."""
    query = (
        select(ReportEvent.text)
        .where(ReportEvent.report_id == report.id, ReportEvent.type == EventType.FROM_REPORTER)
        .order_by(ReportEvent.id)
    )
    return [text or "" for text in (await session.execute(query)).scalars()]


def words(replies: list[Reply] | None) -> str:
    return "\n".join(reply.text for reply in replies or ())


# --- While an officer and a resident talk ---------------------------------------------------------


@pytest.mark.parametrize("text", ["vụ này tới đâu rồi anh?", "{code} sao rồi chú"])
async def test_an_officer_who_talks_with_somebody_is_asked_how_it_stands(
    session: AsyncSession, conversation: Conversation, people: People, text: str
) -> None:
    report = await a_report(session, conversation)
    await officers.reply(session, report, await officer(session, people), "Tôi đang xem.")
    text = text.format(code=report.code)
    asked = await turn(session, conversation, text, "bot_request")
    assert await HandleRequest().answer(asked) == []
    assert await told(session, report) == [text]


async def test_of_another_report_the_assistant_says_how_it_stands(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    other = await a_report(session, conversation, "trộm chó")
    report = await a_report(session, conversation)
    await officers.reply(session, report, await officer(session, people), "Tôi đang xem.")
    asked = await turn(session, conversation, f"{other.code} tới đâu rồi", "bot_request")
    assert other.code in words(await HandleRequest().answer(asked))


async def test_what_an_officer_was_asked_is_not_answered_with_a_procedure(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation)
    await officers.reply(session, report, await officer(session, people), "Chị lên làm đơn nhé.")
    text = "làm đơn cần giấy tờ gì ạ"
    sure = (Candidate("id_card_first_issue", 0.99),)
    asked = await turn(session, conversation, text, "procedure_question", candidates=sure)
    assert await AnswerProcedure().answer(asked) == []
    assert await told(session, report) == [text]


async def test_a_short_question_goes_to_the_officer_and_not_to_the_procedure_told_before(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation)
    conversation.procedure, conversation.procedure_at = "id_card_first_issue", now()
    await officers.reply(session, report, await officer(session, people), "Chị đóng phạt nhé.")
    _, asked = await prepare(session, event("hết bao nhiêu?"), uuid.uuid4(), "http://c")
    assert not isinstance(asked, list)
    assert asked.text == "hết bao nhiêu?"


async def test_what_an_officer_asked_for_is_not_taken_for_a_wrong_code(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation)
    await officers.reply(session, report, await officer(session, people), "Mã đơn hàng là gì?")
    _, asked = await prepare(session, event("mã ABZ123456"), uuid.uuid4(), "http://c")
    assert not isinstance(asked, list)


async def test_what_he_says_in_the_group_reaches_the_officer_who_talks_with_him(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    leader = await officer(session, people)
    session.add(OfficerChat(officer_id=leader.id, channel="telegram", chat_id="7011"))
    report = await a_report(session, conversation)
    await officers.reply(session, report, leader, "Chị cho biết nhà nào?")
    await session.refresh(leader, ["chats"])
    group = await session.get_one(Group, people.groups["Ấp 1"].id)
    said = replace(event("nhà cổng xanh đó"), chat_kind=ChatKind.GROUP, chat_id="-1")
    telegram = TelegramChannel("1:t", "s", "http://127.0.0.1:9")
    message = GroupMessage(session, telegram, group, said, uuid.uuid4(), "http://c")
    u = Understanding(Category.SECURITY_ORDER, 0.9)
    await message.carry_out(u, Decision(Kind.ACKNOWLEDGE, makes_report=True))
    await telegram.close()
    keys = (await session.scalars(select(Outbound.key).where(Outbound.key.contains(":more")))).all()
    assert len(keys) == 1


async def test_an_answer_that_comes_days_later_reaches_the_officer(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation)
    await officers.reply(session, report, await officer(session, people), "Mai chị ghé được không?")
    report.last_from_reporter_at = report.quiet_until = now() - timedelta(days=2)
    late = await turn(session, conversation, "dạ để chiều thứ năm em ghé", "small_talk")
    assert report.code in words(await SmallTalk().answer(late))
    assert await told(session, report) == ["dạ để chiều thứ năm em ghé"]


async def test_talk_that_nobody_waits_for_stays_talk(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    report.last_from_reporter_at = now() - timedelta(days=2)
    late = await turn(session, conversation, "chúc cán bộ ngày mới vui vẻ", "small_talk")
    assert report.code not in words(await SmallTalk().answer(late))
    assert await told(session, report) == []


# --- What was unclear -----------------------------------------------------------------------------


async def test_what_only_managers_were_to_read_stays_theirs_when_more_is_told(
    session: AsyncSession, conversation: Conversation
) -> None:
    """The first words may be about the leader; what follows them need not be."""
    report = await a_report(
        session, conversation, "ông khu vực lại vậy nữa", hidden=True, unclear=True
    )
    more = await turn(session, conversation, "đêm qua có trộm vào nhà tôi lấy xe", "crime_incident")
    await TakeReport().answer(more)
    assert report.category is Category.CRIME_INCIDENT
    assert report.managers_only


async def test_a_picture_alone_goes_to_the_leader_once_it_is_said_what_it_shows(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation, "", photo(), hidden=True, unclear=True)
    more = await turn(session, conversation, "đêm qua có trộm vào nhà tôi lấy xe", "crime_incident")
    await TakeReport().answer(more)
    assert not report.managers_only


async def test_once_an_officer_talks_the_assistant_files_nothing_anew(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation, "", photo(), hidden=True, unclear=True)
    manager = await officer(session, people, "quanly")
    await officers.reply(session, report, manager, "Anh cho biết đây là gì?")
    more = await turn(session, conversation, "đêm qua có trộm vào nhà tôi lấy xe", "crime_incident")
    assert await TakeReport().answer(more) == []
    assert report.managers_only
    assert not report.needs_review


# --- Handled again --------------------------------------------------------------------------------


async def test_who_says_that_somebody_is_in_danger_hears_whom_to_call_after_a_crash_too(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation, category=Category.DISPUTE)
    for question in (Question.WHERE, Question.WHEN):
        note(report, question, Step.TOLD, uuid.uuid4())
    inbound = uuid.uuid4()
    heard = []
    for _ in range(2):
        said = await turn(session, conversation, "có", "small_talk", inbound=inbound)
        heard.append(words(await take_answer(said)))
    assert "113" in heard[0]
    assert heard[0] == heard[1]


async def test_a_report_made_before_a_crash_is_acknowledged_again_and_nobody_is_told_again(
    session: AsyncSession, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def tell(_: AsyncSession, report: Report, *__: object, **___: object) -> None:
        told.append(report.code)

    monkeypatch.setattr("actions.take_report.tell_officers", tell)
    inbound, text = uuid.uuid4(), "hàng xóm hát loa to quá"
    for _ in range(2):
        again = await turn(session, conversation, text, "security_order", inbound=inbound)
        [received, *_] = await TakeReport().answer(again)
        [report] = await open_reports(session, conversation.id)
        assert report.code in received.text
    assert told == [report.code]


# --- Days later -----------------------------------------------------------------------------------


async def test_a_question_left_for_days_is_answered_by_what_can_only_be_its_answer(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    report.last_from_reporter_at = now() - timedelta(days=3)
    text = "gần chợ Bà Tư"
    where = ({"entity": "place", "start": 0, "end": len(text), "value": "chợ Bà Tư"},)
    answered = await turn(session, conversation, text, "small_talk", entities=where)
    assert await take_answer(answered) is not None
    assert await told(session, report) == [text]


async def test_other_words_days_later_are_no_answer(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    report.last_from_reporter_at = now() - timedelta(days=3)
    assert await take_answer(await turn(session, conversation, "hello em", "small_talk")) is None
    assert await told(session, report) == []


# --- Words that belong elsewhere ------------------------------------------------------------------


async def added(turn: Turn, report: Report) -> ReportEvent:
    await add(turn, report)
    query = select(ReportEvent).where(ReportEvent.inbound_id == turn.inbound_id)
    return (await turn.session.execute(query)).scalar_one()


async def test_praise_that_is_another_matter_becomes_a_report_for_the_managers(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    text = "cảm ơn mấy anh công an xã giúp bà con chống ngập"
    said = await added(await turn(session, conversation, text, "police_conduct"), report)
    new = await split_off(session, said, report)
    assert (new.category, new.managers_only) == (Category.POLICE_CONDUCT, True)


async def test_who_is_named_in_words_that_move_is_masked_where_they_go(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    text = "thằng bảy thẹo nhà bên đánh vợ suốt đêm"
    named = ({"entity": "person", "start": 0, "end": 14, "value": "bảy thẹo"},)
    said = await added(await turn(session, conversation, text, "dispute", entities=named), report)
    new = await split_off(session, said, report)
    assert "thẹo" not in await masked_words(session, new)


async def test_a_new_report_of_moved_words_is_acknowledged_alike_after_a_crash(
    session: AsyncSession, conversation: Conversation
) -> None:
    report = await a_report(session, conversation)
    text = "nhà bên đánh vợ suốt đêm qua"
    said = await added(await turn(session, conversation, text, "dispute"), report)
    slots = {"choice": f"{CHOOSE_REPORT}{said.id}:{NEW}"}
    heard = [
        words(
            await ChooseReport().answer(
                await turn(session, conversation, "", "choose_report", slots=slots)
            )
        )
        for _ in range(2)
    ]
    assert heard[0].startswith("Đã nhận phản ánh")
    assert heard[0] == heard[1]


async def test_beside_an_answer_it_is_still_asked_which_report_the_words_belong_to(
    session: AsyncSession, conversation: Conversation
) -> None:
    for text in ("hàng xóm hát loa to quá", "mất xe đạp ngoài sân"):
        await a_report(session, conversation, text)
    sure = (Candidate("id_card_first_issue", 0.99),)
    asked = await turn(
        session, conversation, "làm lại giấy tờ cần gì ạ", "procedure_question", candidates=sure
    )
    replies = await AnswerProcedure().answer(asked)
    assert "phản ánh nào" in words(replies[-1:])


# --- When the database dies in the midst of it ----------------------------------------------------


class Interrupted(PrivateAction):
    """Loses its connection the first time, as when PostgreSQL dies."""

    action_name = "interrupted"

    def __init__(self) -> None:
        self.runs = 0

    async def answer(self, turn: Turn) -> list[Reply]:
        self.runs += 1
        if self.runs == 1:
            await turn.session.execute(sql("SELECT pg_terminate_backend(pg_backend_pid())"))
        return [Reply("Đã nhận.")]


async def test_an_action_waits_for_a_database_that_died_and_its_message_is_not_given_up(
    db: Database, people: People
) -> None:
    use(Context(db, "http://c"))
    async with db.begin() as session:
        conversation = await open_conversation(session, "telegram", "5001", "Chị Lan", None)
        inbound = Inbound(key="k1", channel="telegram", payload=to_builtins(event("gặp cán bộ")))
        session.add(inbound)
        await session.flush()
    told = {"intent": {"name": "ask_officer"}, "metadata": {"inbound": str(inbound.id)}}
    tracker = Tracker(str(conversation.id), {}, told, [], False, None, {}, None)
    dispatcher = CollectingDispatcher()
    action = Interrupted()
    await action.run(dispatcher, tracker, {})
    assert action.runs == 2
    assert [m["text"] for m in dispatcher.messages if m["text"]] == ["Đã nhận."]


# --- The form's next question ---------------------------------------------------------------------


@dataclass
class Spoken:
    """What an action said and told the dialogue."""

    texts: list[str]
    events: list[dict[str, Any]]


async def run(
    action: PrivateAction,
    db: Database,
    text: str,
    intent: str,
    *,
    waits: Standing | None = None,
) -> tuple[Spoken, uuid.UUID]:
    """Hear a message as Rasa has it heard, in transactions of its own."""
    use(Context(db, "http://c"))
    async with db.begin() as session:
        conversation = await open_conversation(session, "telegram", "5001", "Chị Lan", None)
        inbound = Inbound(
            key=uuid.uuid4().hex, channel="telegram", payload=to_builtins(event(text))
        )
        session.add(inbound)
        await session.flush()
    heard = parse(text, intent) | {"metadata": {"inbound": str(inbound.id)}}
    slots = {"requested_slot": waits.asked} if waits else {}
    name = sender(str(conversation.id), waits)
    tracker = Tracker(name, slots, heard, [], False, None, {}, None)
    return await _again(action, tracker), inbound.id


async def _again(action: PrivateAction, tracker: Tracker) -> Spoken:
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    return Spoken([m["text"] for m in dispatcher.messages if m["text"]], events)


LOUD = "hàng xóm hát loa to quá"
ENDS = {"event": "followup", "timestamp": None, "name": "action_listen"}


async def test_an_action_asks_the_next_question_and_ends_the_turn(
    db: Database, people: People
) -> None:
    said, inbound = await run(TakeReport(), db, LOUD, "security_order")
    assert said.texts[-1].startswith(say("ask_where"))
    assert said.events == [ENDS]
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        assert report.conversation_id
        reports = await open_reports(session, report.conversation_id)
        assert standing(reports, inbound) is None
        waits = standing(reports, uuid.uuid4())
    assert waits == Standing("where")


async def test_an_answer_brings_the_next_question_and_tells_the_form(
    db: Database, people: People
) -> None:
    await run(TakeReport(), db, LOUD, "security_order")
    waits = Standing("where")
    said, _ = await run(ValidateReportForm(), db, "gần chợ", "small_talk", waits=waits)
    assert said.texts[-1].startswith(say("ask_when"))
    assert [(e["name"], e["value"]) for e in said.events] == [
        ("where", True),
        ("requested_slot", "when"),
    ]


async def test_what_is_no_answer_is_left_to_another_action(db: Database, people: People) -> None:
    await run(TakeReport(), db, LOUD, "security_order")
    asked = "xã có cấp sổ hộ khẩu giấy nữa không ạ"
    said, _ = await run(ValidateReportForm(), db, asked, "bot_request", waits=Standing("where"))
    assert said == Spoken([], [])


async def test_days_later_nothing_is_asked_beside_another_matter(
    db: Database, people: People
) -> None:
    await run(TakeReport(), db, LOUD, "security_order")
    async with db.begin() as session:
        report = (await session.execute(select(Report))).scalar_one()
        report.last_from_reporter_at = now() - timedelta(days=3)
    said, _ = await run(HandleRequest(), db, "em giúp được gì cho tui", "bot_request")
    assert not any(text.startswith(say("ask_where")) for text in said.texts)
    assert said.events == [ENDS]


async def test_what_a_turn_opened_is_asked_about_without_looking_for_it(
    session: AsyncSession, conversation: Conversation, db: Database
) -> None:
    made, action = await turn(session, conversation, "loa to quá", "security_order"), TakeReport()
    said = await action.answer(made)
    await session.flush()
    with asked(db) as statements:
        replies, question = await action._ask_on(made, said)
    assert (question, len(replies), statements) == (Question.WHERE, 2, [])


async def test_of_what_was_closed_meanwhile_nothing_is_asked(
    session: AsyncSession, conversation: Conversation, people: People
) -> None:
    report = await a_report(session, conversation)
    more = await turn(session, conversation, "ở gần chợ", "small_talk")
    assert more.spoken_of is report
    await officers.close(session, report, await officer(session, people), "advised", "")
    assert more.spoken_of is None
