"""An officer answers residents from his own chat: what reaches them, and what never does."""

import itertools
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec import to_builtins
from sqlalchemy import select

from bot.channels.base import ChatKind, Event, EventKind
from bot.channels.text import split_text
from bot.channels.zalo_bot import ZaloBotChannel
from bot.db import now
from bot.groups.models import Hamlet, Officer
from bot.messages import handling
from bot.messages.conversations import find_conversation, open_conversation
from bot.messages.inbox import receive
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.reports import officers, service
from bot.reports.models import Attachment, EventType, Report, ReportEvent, Status
from bot.reports.notices import tell_officers
from bot.retention.purge import purge
from bot.services import Services
from bot.triage.understanding import Category
from bot.wording import CATEGORY_NAMES, say
from tests.console.site import eventually
from tests.fakes import FakeTelegram, FakeZaloBot
from tests.pictures import JPEG

LEADER, OTHER_LEADER, MANAGER, RESIDENT = "7011", "7012", "7001", "5001"
CONSOLE = "https://binhyen.example/console"
_numbers = itertools.count(1)


async def made_report(
    worker: Services,
    *,
    channel: str = "telegram",
    private: bool = True,
    category: Category = Category.SECURITY_ORDER,
) -> Report:
    """A report of hamlet 1, of which its officers are told on Telegram."""
    event = Event(
        channel=channel,
        key=uuid.uuid4().hex,
        kind=EventKind.MESSAGE,
        chat_kind=ChatKind.PRIVATE,
        chat_id=RESIDENT,
        sender_id=RESIDENT,
        sender_name="Cô Ba",
        text="Xóm tôi ồn suốt đêm",
    )
    async with worker.db.begin() as session:
        hamlet = (await session.scalars(select(Hamlet).where(Hamlet.name == "Ấp 1"))).one()
        talk = await open_conversation(session, channel, RESIDENT, "Cô Ba") if private else None
        report = await service.open_report(
            session,
            event,
            uuid.uuid4(),
            category=category,
            confidence=0.9,
            sensitive=False,
            urgent=False,
            managers_only=category is Category.POLICE_CONDUCT,
            hamlet_id=hamlet.id,
            conversation=talk,
        )
        await tell_officers(session, report, CONSOLE, channel="telegram")
    await delivered(worker)
    return report


async def delivered(worker: Services) -> None:
    """All that is on its way has its last word."""

    async def done() -> bool:
        async with worker.db.begin() as session:
            query = select(Outbound.id).where(Outbound.status == OutboundStatus.PENDING)
            return (await session.scalars(query)).first() is None

    await eventually(done)


async def notice_of(worker: Services, report: Report) -> str:
    """The platform's id of the delivered notice."""
    async with worker.db.begin() as session:
        query = select(Outbound.platform_id).where(Outbound.report_id == report.id)
        return str((await session.scalars(query)).one())


def update(chat: str, text: str = "", reply_to: str = "", **more: Any) -> dict[str, Any]:
    """A private Telegram message as its webhook brings it."""
    number = next(_numbers)
    message: dict[str, Any] = {
        "message_id": number,
        "from": {"id": int(chat), "is_bot": False, "first_name": "Hải"},
        "chat": {"id": int(chat), "type": "private"},
        "date": 1_795_135_500,
    } | more
    if text:
        message["caption" if more else "text"] = text
    if reply_to:
        message["reply_to_message"] = {
            "message_id": int(reply_to),
            "date": 1_795_135_000,
            "chat": {"id": int(chat), "type": "private"},
        }
    return {"update_id": number, "message": message}


async def write(worker: Services, body: dict[str, Any]) -> None:
    events = worker.channels["telegram"].parse(body)
    async with worker.db.begin() as session:
        for event in events:
            await receive(session, event)


async def answer_to(worker: Services, telegram: FakeTelegram, body: dict[str, Any]) -> str:
    """What the officer hears to what he wrote."""
    chat = str(body["message"]["chat"]["id"])
    before = len(telegram.sent(chat))
    await write(worker, body)
    await telegram.eventually(lambda t: len(t.sent(chat)) > before)
    heard = telegram.sent(chat)[before]
    await delivered(worker)  # the resident has heard it too
    return heard


async def test_what_answers_a_notice_reaches_the_resident_as_the_officers(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    words = update(
        LEADER, "Tối nay tổ tuần tra sẽ ghé.\nCô yên tâm.", await notice_of(worker, report)
    )
    assert await answer_to(worker, telegram, words) == f"Đã gửi cho người báo {report.code}."
    assert telegram.sent(RESIDENT) == [
        f"Cán bộ Nguyễn Văn Hải trả lời ({report.code}):\nTối nay tổ tuần tra sẽ ghé.\nCô yên tâm."
    ]
    async with worker.db.begin() as session:
        stored = await session.get_one(Report, report.id)
        assert stored.status is Status.IN_PROGRESS
        assert stored.officer
        assert stored.officer.username == "ap1"
        assert service.officer_speaks(stored)


async def test_he_may_also_answer_to_the_word_that_it_was_sent(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    await answer_to(worker, telegram, update(LEADER, "Một", await notice_of(worker, report)))
    await answer_to(worker, telegram, update(LEADER, "Hai", telegram.last_id(LEADER)))
    assert telegram.sent(RESIDENT)[1].endswith("Hai")


async def test_a_code_at_the_beginning_says_which_report_is_meant(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    code = report.code
    written = [code, code.lower(), code.replace("-", " "), code.replace("-", "").lower()]
    forms = ["{}: mai tôi qua", "{} mai tôi qua", " {},\nmai tôi qua"]
    for number, (form, typed) in enumerate(itertools.product(forms, written), 1):
        heard = await answer_to(worker, telegram, update(LEADER, form.format(typed)))
        assert heard == f"Đã gửi cho người báo {code}."
        assert len(telegram.sent(RESIDENT)) == number
        assert telegram.sent(RESIDENT)[-1].endswith(":\nmai tôi qua")


async def test_a_code_that_is_typed_goes_before_the_notice_that_is_answered(
    worker: Services, telegram: FakeTelegram
) -> None:
    first, second = await made_report(worker), await made_report(worker)
    notice = await notice_of(worker, first)
    await answer_to(worker, telegram, update(LEADER, f"{second.code}: Dạ", notice))
    assert second.code in telegram.sent(RESIDENT)[0]


NO_COMMANDS = [
    "gặp cán bộ",
    "/help",
    "/choose_procedure{}",
    "2",
    "dừng",
    "xoá dữ liệu của tôi",
    "PA chung cư mai gặp nhé",
    "tối qua nhà anh mất mấy chiếc xe? PA-AAAAA là gì",
]


async def test_nothing_an_officer_writes_is_a_command(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    notice = await notice_of(worker, report)
    for text in NO_COMMANDS:
        await answer_to(worker, telegram, update(LEADER, text, notice))
    says = f"Cán bộ Nguyễn Văn Hải trả lời ({report.code}):\n"
    assert telegram.sent(RESIDENT) == [says + text for text in NO_COMMANDS]


async def test_an_update_that_comes_twice_is_sent_once(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    body = update(LEADER, "Tôi qua ngay", await notice_of(worker, report))
    await answer_to(worker, telegram, body)
    await write(worker, body)
    await answer_to(worker, telegram, update(LEADER, f"{report.code}: xong"))
    assert [text.rpartition("\n")[2] for text in telegram.sent(RESIDENT)] == [
        "Tôi qua ngay",
        "xong",
    ]


async def test_a_message_handled_twice_is_sent_once(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    await answer_to(worker, telegram, update(LEADER, f"{report.code}: xong"))
    async with worker.db.begin() as session:
        [inbound_id] = (await session.scalars(select(Inbound.id))).all()
    await handling.handle(worker, inbound_id)
    async with worker.db.begin() as session:
        query = select(ReportEvent).where(ReportEvent.type == EventType.TO_REPORTER)
        assert len((await session.scalars(query)).all()) == 1


async def test_when_it_cannot_be_told_which_report_is_meant_his_open_ones_are_listed(
    worker: Services, telegram: FakeTelegram
) -> None:
    first, second = await made_report(worker), await made_report(worker)
    await made_report(worker, private=False)  # nobody to write to
    hidden = await made_report(worker, category=Category.POLICE_CONDUCT)
    heard = await answer_to(worker, telegram, update(LEADER, "mai tôi qua"))
    assert heard.startswith("Chưa gửi")
    assert set(re.findall(r"• (PA-\w{5}), Ấp 1: An ninh, trật tự", heard)) == {
        first.code,
        second.code,
    }
    assert hidden.code not in heard
    assert "ồn suốt đêm" not in heard
    assert "đang mở mà" in await answer_to(worker, telegram, update(OTHER_LEADER, "mai tôi qua"))
    assert telegram.sent(RESIDENT) == []


async def test_another_hamlets_leader_cannot(worker: Services, telegram: FakeTelegram) -> None:
    report = await made_report(worker)
    notice = await notice_of(worker, report)
    unknown = "Chưa gửi. Đồng chí không phụ trách phản ánh nào mang mã {}."
    for text, code in ((f"{report.code}: chào", report.code), ("PA-AAAAA: chào", "PA-AAAAA")):
        heard = await answer_to(worker, telegram, update(OTHER_LEADER, text))
        assert heard == unknown.format(code)
    heard = await answer_to(worker, telegram, update(OTHER_LEADER, "chào", notice))
    assert report.code not in heard
    assert telegram.sent(RESIDENT) == []


async def test_a_leader_who_may_no_longer_read_a_report_cannot_answer_its_notice(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    notice = await notice_of(worker, report)
    async with worker.db.begin() as session:
        query = select(Officer).where(Officer.username == "quanly")
        manager = (await session.scalars(query)).one()
        stored = await session.get_one(Report, report.id)
        await officers.correct(session, stored, manager, Category.POLICE_CONDUCT)
    for body in (update(LEADER, "đừng kể nữa", notice), update(LEADER, f"{report.code}: thôi")):
        heard = await answer_to(worker, telegram, body)
        assert heard == f"Chưa gửi. Đồng chí không phụ trách phản ánh nào mang mã {report.code}."
    assert "đang mở mà" in await answer_to(worker, telegram, update(LEADER, "còn không"))
    assert telegram.sent(RESIDENT) == []
    heard = await answer_to(worker, telegram, update(MANAGER, f"{report.code}: Tôi đã đọc"))
    assert heard.startswith("Đã gửi")


async def test_why_it_was_not_sent_is_said(worker: Services, telegram: FakeTelegram) -> None:
    closed, unjoined = await made_report(worker), await made_report(worker, private=False)
    async with worker.db.begin() as session:
        leader = (await session.scalars(select(Officer).where(Officer.username == "ap1"))).one()
        stored = await session.get_one(Report, closed.id)
        await officers.close(session, stored, leader, "not_a_report", "")
    for text, why in (
        (
            f"{closed.code}: thêm",
            "Phản ánh đã kết thúc. Muốn làm tiếp, đồng chí mở lại trước.",
        ),
        (f"{unjoined.code}: thêm", "Người báo chưa mở kênh riêng nên chưa nhắn trực tiếp được."),
        (f"{unjoined.code}: {'a' * 3001}", "Câu trả lời dài quá 3000 ký tự."),
        (unjoined.code, "Chưa có nội dung trả lời."),
    ):
        heard = await answer_to(worker, telegram, update(LEADER, text))
        assert heard == f"Chưa gửi được cho {text[:8]}. {why}"
    assert telegram.sent(RESIDENT) == []


async def test_that_the_reporter_blocked_the_assistant_is_said(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    async with worker.db.begin() as session:
        talk = await find_conversation(session, "telegram", RESIDENT)
        assert talk
        talk.reachable = False
    heard = await answer_to(worker, telegram, update(LEADER, f"{report.code}: alo"))
    assert "chưa nhắn được" in heard


async def test_a_photo_goes_on_with_its_words_and_is_kept_as_the_officers(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    telegram.add_file("p1", JPEG)
    photo = [{"file_id": "p1", "file_unique_id": "1", "width": 9, "height": 9}]
    notice = await notice_of(worker, report)
    heard = await answer_to(
        worker, telegram, update(LEADER, "Xe này phải không?", notice, photo=photo)
    )
    assert heard.startswith(f"Đang gửi cho người báo {report.code}.")
    await telegram.eventually(lambda t: t.called("sendPhoto"))
    await delivered(worker)
    [sent] = telegram.called("sendPhoto")
    assert (str(sent["chat_id"]), sent["photo"]) == (RESIDENT, JPEG)
    assert telegram.sent(RESIDENT) == [
        f"Cán bộ Nguyễn Văn Hải trả lời ({report.code}):\nXe này phải không?",
        f"Cán bộ Nguyễn Văn Hải gửi kèm tệp này ({report.code}).",
    ]
    async with worker.db.begin() as session:
        [file] = (await session.scalars(select(Attachment))).all()
        assert file.officer
        assert file.officer.username == "ap1"
        assert (file.name, file.mime, file.ref) == ("tep.jpg", "image/jpeg", None)


@pytest.mark.parametrize("content", [b"MZ\x90\0 a program", b"", b"<html><script>"])
async def test_a_file_that_may_not_go_on_is_told_to_the_officer(
    worker: Services, telegram: FakeTelegram, content: bytes
) -> None:
    report = await made_report(worker)
    telegram.add_file("d1", content, "application/pdf")
    document = {"file_id": "d1", "file_unique_id": "1", "file_name": "don.pdf"}
    await write(worker, update(LEADER, f"{report.code}: đơn đây", document=document))
    await telegram.eventually(
        lambda t: any("không chuyển được tới người báo" in text for text in t.sent(LEADER))
    )
    await delivered(worker)
    assert len(telegram.sent(RESIDENT)) == 1  # the words
    assert not telegram.called("sendDocument")


async def test_a_file_that_cannot_be_fetched_is_told_to_the_officer(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    document = {"file_id": "never there", "file_unique_id": "1", "file_name": "don.pdf"}
    await write(worker, update(LEADER, f"{report.code}:", document=document))
    await telegram.eventually(lambda t: any("không chuyển được" in text for text in t.sent(LEADER)))
    await delivered(worker)
    assert telegram.sent(RESIDENT) == []


@pytest.fixture
def zalo_bot(worker: Services) -> Iterator[FakeZaloBot]:
    """A platform that takes only words."""
    with FakeZaloBot() as fake:
        worker.channels["zalo_bot"] = ZaloBotChannel(fake.token, "secret", fake.url)
        yield fake


async def test_where_files_cannot_go_nothing_is_sent_and_it_is_said(
    worker: Services, telegram: FakeTelegram, zalo_bot: FakeZaloBot
) -> None:
    report = await made_report(worker, channel="zalo_bot")
    photo = [{"file_id": "p1", "file_unique_id": "1", "width": 9, "height": 9}]
    text = f"{report.code}: Xe này phải không?"
    heard = await answer_to(worker, telegram, update(LEADER, text, photo=photo))
    assert "chỉ nhận được chữ" in heard
    async with worker.db.begin() as session:
        assert (await session.scalars(select(Attachment))).all() == []
    await write(worker, update(LEADER, text))
    await zalo_bot.eventually(lambda z: z.sent(RESIDENT))
    await delivered(worker)
    assert [said.partition("\n")[2] for said in zalo_bot.sent(RESIDENT)] == ["Xe này phải không?"]


async def test_a_video_a_place_and_a_sticker_are_refused_at_once(
    worker: Services, telegram: FakeTelegram
) -> None:
    report = await made_report(worker)
    notice = await notice_of(worker, report)
    video = {"file_id": "v1", "file_unique_id": "1", "width": 9, "height": 9, "duration": 3}
    place = {"latitude": 11.5, "longitude": 106.9}
    for more in ({"video": video}, {"location": place}, {"sticker": {"file_id": "s"}}):
        heard = await answer_to(worker, telegram, update(LEADER, "", notice, **more))
        assert heard.startswith("Chưa gửi")
    assert telegram.sent(RESIDENT) == []


async def test_how_it_works_is_said_to_whoever_presses_start(
    worker: Services, telegram: FakeTelegram
) -> None:
    heard = await answer_to(worker, telegram, update(LEADER, "/start"))
    assert "bấm trả lời vào tin báo" in heard
    assert f"{worker.settings.public_base}/console" in heard


async def test_what_could_not_be_handled_becomes_nobodys_report(
    worker: Services, telegram: FakeTelegram
) -> None:
    [event] = worker.channels["telegram"].parse(update(LEADER, "PA-AAAAA: lời của cán bộ"))
    async with worker.db.begin() as session:
        inbound = Inbound(key="k", channel="telegram", payload=to_builtins(event))
        session.add(inbound)
    await handling.hand_over(worker, inbound.id)
    await delivered(worker)
    assert "chưa gửi được" in telegram.sent(LEADER)[0]
    async with worker.db.begin() as session:
        assert (await session.scalars(select(Report))).all() == []


async def test_no_log_line_has_an_officers_words(
    worker: Services, telegram: FakeTelegram, capfd: pytest.CaptureFixture[str]
) -> None:
    report = await made_report(worker)
    document = {"file_id": "never there", "file_unique_id": "1", "file_name": "bimat.pdf"}
    for body in (
        update(LEADER, f"{report.code}: chuyện thầm kín"),
        update(LEADER, "chuyện thầm kín"),
        update(LEADER, f"{report.code}: chuyện thầm kín", document=document),
    ):
        await answer_to(worker, telegram, body)
    await telegram.eventually(lambda t: any("không chuyển được" in text for text in t.sent(LEADER)))
    await delivered(worker)
    said = "".join(capfd.readouterr())
    assert "thầm kín" not in said
    assert "bimat" not in said


async def test_a_notice_can_be_answered_for_a_month(worker: Services) -> None:
    report = await made_report(worker)
    await notice_of(worker, report)
    for age, kept in ((timedelta(days=3), True), (timedelta(days=30), False)):
        async with worker.db.begin() as session:
            [row] = (await session.scalars(select(Outbound))).all()
            row.done_at = now() - age - timedelta(hours=1)
            assert row.payload is None
        await purge(worker)
        async with worker.db.begin() as session:
            assert bool((await session.scalars(select(Outbound))).all()) is kept


def test_a_notice_is_never_cut_in_parts_so_its_one_id_is_known() -> None:
    """Only the last part's id is kept (bot/channels/parts.py)."""
    longest = max(CATEGORY_NAMES.values(), key=len)
    values = {"code": "PA-AAAAA", "hamlet": f", {'Ấ' * 200}", "category": longest}
    for phrase in ("officer_notice", "officer_notice_urgent", "officer_notice_more"):
        words = say(phrase, link=f"https://{'x' * 250}/console/phan-anh/PA-AAAAA", **values)
        assert len(split_text(words, 2000)) == 1
