"""A person's own data: shown, erased as far as the law allows, and told exactly."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.choose_report import ChooseReport
from actions.turn import Turn
from bot.channels import web_files
from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Event,
    EventKind,
    Location,
    RemoteFile,
    Upload,
)
from bot.channels.web_mailbox import mailbox_of
from bot.channels.web_models import WebFile
from bot.db import Database, now
from bot.groups.models import Officer
from bot.messages.conversations import heard_from, invite, open_conversation, sender_key
from bot.messages.models import Conversation, PrivateInvitation
from bot.messages.own_data import ERASE, KEEP, ask_before_erasing, erase, summary
from bot.messages.private import prepare
from bot.nlu import kinds
from bot.procedures.replies import Reply
from bot.reports import anonymity, officers, service, timeline
from bot.reports.errors import NotAllowed
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.triage.details import Detail
from bot.triage.understanding import Category
from bot.wording import say
from tests.console.fixtures import db, people
from tests.console.people import People

__all__ = ["db", "people"]

CHAT, NAME, PHONE = "5001", "Chị Lan", "0911222333"
WORDS = "nhà ông Tám đánh bài"


def message(text: str = WORDS, **more: object) -> Event:
    event = Event(
        "telegram",
        uuid.uuid4().hex,
        EventKind.MESSAGE,
        ChatKind.PRIVATE,
        CHAT,
        CHAT,
        sender_name=NAME,
        text=text,
    )
    return replace(event, **more)


async def talk(session: AsyncSession) -> Conversation:
    conversation = await open_conversation(session, "telegram", CHAT, NAME)
    conversation.member.phone = PHONE
    return conversation


async def tell(
    session: AsyncSession,
    conversation: Conversation | None,
    event: Event | None = None,
    *,
    urgent: bool = False,
    category: Category = Category.CRIME_INCIDENT,
) -> Report:
    place = Detail(kinds.PLACE, 0, 7, "nhà ông Tám", "nhà ông Tám")
    return await service.open_report(
        session,
        event or message(),
        uuid.uuid4(),
        category=category,
        confidence=0.9,
        sensitive=True,
        urgent=urgent,
        managers_only=category is Category.POLICE_CONDUCT,
        hamlet_id=None,
        conversation=conversation,
        details=(place,),
    )


async def officer(session: AsyncSession, people: People, username: str = "quanly") -> Officer:
    return await session.get_one(Officer, people.officers[username].id)


async def types(session: AsyncSession, report: Report) -> list[EventType]:
    query = select(ReportEvent.type).where(ReportEvent.report_id == report.id)
    return list((await session.scalars(query.order_by(ReportEvent.id))).all())


async def test_a_person_is_told_what_is_kept_of_him_and_no_words(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        told = await summary(session, conversation)
    for kept in (NAME, PHONE, report.code, "chưa có cán bộ tiếp nhận"):
        assert kept in told
    assert "đánh bài" not in told


async def test_who_has_told_nothing_hears_that(db: Database, people: People) -> None:
    async with db.begin() as session:
        conversation = await open_conversation(session, "telegram", CHAT, "")
        told = await summary(session, conversation)
    assert "Chưa có phản ánh nào" in told


async def test_what_no_officer_has_touched_is_withdrawn_and_its_words_are_gone(
    db: Database, people: People
) -> None:
    picture = RemoteFile(AttachmentKind.PHOTO, "ref", name="nha tam.jpg")
    async with db.begin() as session:
        conversation = await talk(session)
        event = message(files=(picture,), location=Location(11.5, 106.9))
        report = await tell(session, conversation, event)
        await service.add_from_reporter(session, report, message("thêm nữa"), uuid.uuid4())
        report.answers = [{"question": "where", "how": "told", "by": "x"}]
        said = await erase(session, conversation)
    assert f"1 phản ánh chưa có cán bộ xử lý: {report.code}" in said
    assert "Đã xoá tên và số điện thoại" in said
    async with db.begin() as session:
        report = await session.get_one(Report, report.id)
        assert report.status is Status.CLOSED
        assert report.closed_at
        assert (report.reporter_name, report.place, report.details) == ("", None, None)
        assert report.answers == []
        left = select(func.count()).where(
            ReportEvent.text.is_not(None) | ReportEvent.place.is_not(None)
        )
        assert await session.scalar(left) == 0
        assert await session.scalar(select(func.count()).select_from(Attachment)) == 0
        assert (await types(session, report))[-2:] == [
            EventType.WITHDRAWN,
            EventType.WORDS_ERASED,
        ]


async def test_what_an_officer_deals_with_stays_without_name_and_phone(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        manager = await officer(session, people)
        await officers.acknowledge(session, report, manager)
        said = await erase(session, conversation)
    assert f"Còn giữ {report.code} vì cán bộ đã xử lý" in said
    assert "rút lại" not in said
    async with db.begin() as session:
        report = await session.get_one(Report, report.id)
        assert report.status is Status.ACKNOWLEDGED
        assert await timeline.first_words(session, report) == WORDS
        assert report.reporter_name == ""
        assert report.conversation
        assert (report.conversation.member.name, report.conversation.member.phone) == ("", "")
        assert anonymity.display_name(report) == anonymity.alias_of(report)
        manager = await officer(session, people)
        with pytest.raises(NotAllowed, match="không giữ tên"):
            await anonymity.reveal(session, report, manager, "lý do rất chính đáng")


async def test_an_officer_who_only_corrected_it_has_begun_to_deal_with_it(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        manager = await officer(session, people)
        await officers.correct(session, report, manager, Category.DISPUTE)
        assert "Còn giữ" in await erase(session, conversation)
        assert report.status is Status.NEW


async def test_an_open_urgent_report_keeps_everything_the_phone_included(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        urgent = await tell(session, conversation, urgent=True)
        other = await tell(session, conversation)
        said = await erase(session, conversation)
    assert f"Chưa xoá gì của {urgent.code}" in said
    assert other.code in said
    assert "Đã xoá tên" not in said
    async with db.begin() as session:
        urgent = await session.get_one(Report, urgent.id)
        assert urgent.status is Status.NEW
        assert anonymity.display_name(urgent) == NAME
        assert anonymity.display_phone(urgent) == PHONE
        manager = await officer(session, people)
        await officers.close(session, urgent, manager, "resolved", "")
        conversation = await talk(session)
        said = await erase(session, conversation)
        assert f"Còn giữ {urgent.code}" in said
        assert anonymity.display_phone(urgent) == ""


async def test_erasing_twice_changes_nothing_more(db: Database, people: People) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        withdrawn, kept = await tell(session, conversation), await tell(session, conversation)
        await officers.acknowledge(session, kept, await officer(session, people))
        await erase(session, conversation)
        before = [await types(session, report) for report in (withdrawn, kept)]
        said = await erase(session, conversation)
        assert before == [await types(session, report) for report in (withdrawn, kept)]
    assert withdrawn.code not in said
    assert kept.code in said


async def test_a_name_erased_does_not_come_back_with_the_next_message(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        await erase(session, conversation)
    async with db.begin() as session:
        conversation, _ = await heard_from(session, message("cảm ơn"))
        later = await tell(session, conversation)
        assert conversation.member.name == ""
        assert later.reporter_name == ""
        assert later.anonymous
        assert NAME not in await summary(session, conversation)


async def test_a_name_comes_back_when_the_person_wants_it_known(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        await erase(session, conversation)
        await anonymity.show_all(session, conversation)
        conversation, _ = await heard_from(session, message("cảm ơn"))
        later = await tell(session, conversation)
        assert anonymity.display_name(later) == NAME


async def test_a_report_of_the_group_that_his_invitation_proves_his_is_withdrawn_too(
    db: Database, people: People
) -> None:
    in_group = message(chat_kind=ChatKind.GROUP, chat_id="-1")
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, None, in_group)
        hamlet = people.hamlets["Ấp 1"].id
        await invite(session, report.id, hamlet, sender_key=sender_key(in_group), typed=False)
        assert report.code in await erase(session, conversation)
        assert report.status is Status.CLOSED
        assert await session.scalar(select(func.count()).select_from(PrivateInvitation)) == 0


async def test_whoever_typed_a_neighbours_code_cannot_erase_his_report(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(
            session, None, message(chat_kind=ChatKind.GROUP, sender_name="Bác Chín")
        )
        await service.join_conversation(session, report, conversation, verified=False)
        said = await erase(session, conversation)
        assert f"Chưa xoá {report.code}" in said
        assert report.status is Status.NEW
        assert await timeline.first_words(session, report) == WORDS
        assert report.reporter_name == "Bác Chín"


async def test_nobody_elses_report_is_touched(db: Database, people: People) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        stranger = await open_conversation(session, "telegram", "6002", "Anh Ba")
        report = await tell(session, stranger)
        assert report.code not in await erase(session, conversation)
        assert report.status is Status.NEW
        assert stranger.member.name == "Anh Ba"


async def test_choices_and_the_procedure_last_told_of_are_forgotten(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        conversation.choices, conversation.choices_until = ["x"], now() + timedelta(minutes=5)
        conversation.procedure, conversation.procedure_at = "id_card", now()
        conversation.asked, conversation.asked_at = {"text": "nuôi cá sấu"}, now()
        conversation.old_terms = {"cmnd": "x"}
        await erase(session, conversation)
        assert (conversation.choices, conversation.choices_until) == ([], None)
        assert (conversation.procedure, conversation.procedure_at) == (None, None)
        assert (conversation.asked, conversation.asked_at) == (None, None)
        assert conversation.old_terms == {}


async def test_nothing_is_erased_before_the_button_is_pressed(db: Database, people: People) -> None:
    asked = ask_before_erasing()
    assert [button.payload for button in asked.buttons] == [ERASE, KEEP]
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        for payload, status in ((KEEP, Status.NEW), (ERASE, Status.CLOSED)):
            press = message(payload, kind=EventKind.BUTTON)
            _, replies = await prepare(session, press, uuid.uuid4(), "http://console")
            assert isinstance(replies, list)
            assert all(isinstance(reply, Reply) for reply in replies)
            assert report.status is status


async def test_a_name_erased_goes_from_a_report_of_the_group_when_he_joins_it(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        await erase(session, conversation)
        report = await tell(session, None)
        assert report.reporter_name == NAME
        await service.join_conversation(session, report, conversation, verified=True)
        assert report.reporter_name == ""


async def pressed(session: AsyncSession, conversation: Conversation, choice: str) -> str:
    turn = Turn(session, conversation, message(""), uuid.uuid4(), {}, {"choice": choice}, [])
    [reply] = await ChooseReport().answer(turn)
    return reply.text


async def test_an_old_button_makes_no_report_of_erased_words(db: Database, people: People) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        reading = {
            "category": "dispute",
            "confidence": 0.9,
            "sensitive": True,
            "urgent": False,
            "managers_only": False,
        }
        words = await service.add_from_reporter(
            session, report, message("thêm nữa"), uuid.uuid4(), reading=reading
        )
        await erase(session, conversation)
        said = await pressed(session, conversation, f"move:{words.id}:new")
        assert said == say("answer_too_late")
        assert await session.scalar(select(func.count()).select_from(Report)) == 1


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-1", "1 OR 1=1", ""])
async def test_a_button_with_a_made_up_number_is_an_old_one(
    db: Database, people: People, number: str
) -> None:
    async with db.begin() as session:
        conversation = await talk(session)
        said = await pressed(session, conversation, f"move:{number}:new")
    assert said == say("answer_too_late")


async def test_words_that_were_no_other_matter_make_no_report_of_their_own(
    db: Database, people: People
) -> None:
    """A client of the platform that is not its own may press buttons that nobody offered."""
    async with db.begin() as session:
        conversation = await talk(session)
        report = await tell(session, conversation)
        words = await service.add_from_reporter(session, report, message("hình"), uuid.uuid4())
        said = await pressed(session, conversation, f"move:{words.id}:new")
    assert said == say("answer_too_late")


async def test_the_web_chat_keeps_no_copy_of_erased_files(db: Database, people: People) -> None:
    owner, day = mailbox_of(ChatKind.PRIVATE, CHAT), timedelta(hours=24)
    lives = {"fetched": day / 48, "erased": day, "kept": day / 48, "on its way": day}
    async with db.begin() as session:
        conversation = await open_conversation(session, "web", CHAT, NAME)
        files = {
            name: await web_files.keep(
                session, owner, Upload(AttachmentKind.PHOTO, name, "image/png", b"x"), life
            )
            for name, life in lives.items()
        }
        refs = {n: RemoteFile(AttachmentKind.PHOTO, str(file.id)) for n, file in files.items()}
        await tell(session, conversation, message(files=(refs["erased"],)))
        stays = await tell(session, conversation, message(files=(refs["kept"],)))
        await officers.acknowledge(session, stays, await officer(session, people))
        await erase(session, conversation)
    async with db.begin() as session:
        left = (await session.scalars(select(WebFile.name))).all()
    assert sorted(left) == ["kept", "on its way"]
