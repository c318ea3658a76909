"""A made-up commune: three hamlets, its officers and a dozen reports in every state."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import (
    AttachmentKind,
    ChatKind,
    Event,
    EventKind,
    Location,
    RemoteFile,
)
from bot.console import second_factor
from bot.db import Database, now
from bot.groups.models import Commune, Group, Hamlet, Officer, Role
from bot.messages.conversations import open_conversation
from bot.messages.models import Inbound, Outbound, OutboundKind, OutboundStatus
from bot.messages.outbox import target_key
from bot.reports import officers, service
from bot.reports.models import EventType, Report, ReportEvent
from bot.security.passwords import hash_password
from bot.triage.details import Detail
from bot.triage.understanding import Category
from tests.codes import SECRET

PASSWORD = "hạt cà phê rang củi"
_HASH = hash_password(PASSWORD)


@dataclass
class People:
    """Who and what is there, by name."""

    officers: dict[str, Officer] = field(default_factory=dict)
    hamlets: dict[str, Hamlet] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)


async def settle(db: Database) -> People:
    """Three hamlets and one officer of each role (two leaders); everybody's password is set."""
    people = People()
    async with db.begin() as session:
        session.add(Commune(id=1, name="Xã Đồng Tâm", province="Đồng Nai"))
        for name in ("Ấp 1", "Ấp 2", "Ấp 3"):
            people.hamlets[name] = Hamlet(name=name)
            people.groups[name] = Group(
                hamlet=people.hamlets[name],
                channel="telegram",
                chat_id=f"-{name[-1]}",
                set_up_as=f"-{name[-1]}",
            )
            session.add(people.groups[name])
        for username, name, role, hamlets in (
            ("quanly", "Phạm Quốc Thái", Role.MANAGER, ()),
            ("ap1", "Nguyễn Văn Hải", Role.LEADER, ("Ấp 1", "Ấp 3")),
            ("ap2", "Trần Minh Đức", Role.LEADER, ("Ấp 2",)),
            ("phoap1", "Lê Thị Sáu", Role.DEPUTY, ("Ấp 1",)),
            ("quantri", "Võ Minh Tú", Role.ADMIN, ()),
        ):
            people.officers[username] = Officer(
                username=username,
                name=name,
                role=role,
                password_hash=_HASH,
                must_change_password=False,
                hamlets=[people.hamlets[h] for h in hamlets],
            )
        session.add_all(people.officers.values())
        await session.flush()
        for officer in people.officers.values():
            if second_factor.is_required(officer):
                await second_factor.keep(session, officer.id, SECRET, 0)
    return people


async def report(
    session: AsyncSession,
    people: People,
    text: str,
    *,
    hamlet: str = "Ấp 1",
    category: Category = Category.SECURITY_ORDER,
    private: bool = True,
    sensitive: bool = False,
    urgent: bool = False,
    needs_review: bool = False,
    name: str = "Cô Ba Lành",
    location: Location | None = None,
    files: tuple[RemoteFile, ...] = (),
    minutes_ago: int = 0,
    details: tuple[Detail, ...] = (),
) -> Report:
    """A report as the handling of a message makes it."""
    channel = "web" if private else "telegram"
    event = Event(
        channel=channel,
        key=uuid.uuid4().hex,
        kind=EventKind.MESSAGE,
        chat_kind=ChatKind.PRIVATE if private else ChatKind.GROUP,
        chat_id=uuid.uuid4().hex,
        sender_id=uuid.uuid4().hex,
        sender_name=name,
        text=text,
        location=location,
        files=files,
    )
    conversation = None
    if private:
        conversation = await open_conversation(session, channel, event.chat_id, name)
        conversation.member.phone = "0900000123"
    made = await service.open_report(
        session,
        event,
        uuid.uuid4(),
        category=category,
        confidence=0.9,
        sensitive=sensitive,
        urgent=urgent,
        managers_only=category is Category.POLICE_CONDUCT,
        needs_review=needs_review,
        hamlet_id=people.hamlets[hamlet].id if hamlet else None,
        group=None if private else people.groups[hamlet],
        conversation=conversation,
        details=details,
    )
    made.created_at = now() - timedelta(minutes=minutes_ago)
    await session.execute(
        update(ReportEvent).where(ReportEvent.report_id == made.id).values(at=made.created_at)
    )
    return made


async def one_more_message(
    session: AsyncSession, made: Report, text: str, details: tuple[Detail, ...] = ()
) -> None:
    """The reporter writes again."""
    event = Event("web", uuid.uuid4().hex, EventKind.MESSAGE, ChatKind.PRIVATE, "c", "s", text=text)
    await service.add_from_reporter(session, made, event, uuid.uuid4(), details)


def photo(name: str = "hinh.png") -> RemoteFile:
    return RemoteFile(AttachmentKind.PHOTO, "ref", name=name, mime="image/png")


async def undelivered(
    session: AsyncSession, status: OutboundStatus = OutboundStatus.DEAD, error: str = "blocked"
) -> Outbound:
    row = Outbound(
        key=uuid.uuid4().hex,
        kind=OutboundKind.MESSAGE,
        channel="telegram",
        target_key=target_key("telegram", "1"),
        status=status,
        attempts=5,
        error=error,
        payload={
            "target": {"chat_kind": "private", "chat_id": "1", "thread_id": ""},
            "content": {"text": "lời của bà con", "buttons": [], "reply_to": "", "upload": None},
        },
    )
    session.add(row)
    await session.flush()
    return row


async def unhandled(session: AsyncSession) -> Inbound:
    row = Inbound(
        key=uuid.uuid4().hex, channel="zalo_oa", failed="RasaDown", payload={"text": "kín"}
    )
    session.add(row)
    await session.flush()
    return row


async def a_busy_day(session: AsyncSession, people: People) -> dict[str, Report]:
    """A dozen reports in every state, by a short name."""
    leader = await session.get_one(Officer, people.officers["ap1"].id)
    made = {}
    for key, values in DAY.items():
        made[key] = await report(session, people, **values)
    talk = made["karaoke"]
    await service.note(session, talk, EventType.OFFICERS_TOLD, count=1)
    await officers.acknowledge(session, talk, leader)
    await officers.reply(session, talk, leader, "Cô cho biết nhà nào, mấy giờ hay hát vậy cô?")
    await one_more_message(session, talk, "Dạ nhà có cổng xanh, cứ 10 giờ đêm là mở loa tới 1 giờ.")
    await officers.reply(
        session, talk, leader, "Tối nay tổ tuần tra sẽ ghé nhắc. Cảm ơn cô báo tin."
    )
    await service.note(session, made["gambling"], EventType.GROUP_MESSAGE_DELETED)
    await service.note(session, made["gambling"], EventType.OFFICERS_TOLD, count=1)
    await officers.acknowledge(session, made["boundary"], leader)
    await officers.acknowledge(session, made["lamp"], leader)
    await officers.close(
        session, made["lamp"], leader, "resolved", "Đèn đã được thay, cảm ơn anh báo tin."
    )
    return made


DAY: dict[str, dict[str, object]] = {
    "fire": {
        "text": "Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm, xin cho xe chữa cháy vô gấp!",
        "category": Category.CRIME_INCIDENT,
        "urgent": True,
        "name": "Anh Tư Thạnh",
        "location": Location(11.5312, 106.9021),
        "files": (photo("hien-truong.png"), photo("khoi.png")),
        "minutes_ago": 4,
    },
    "fight": {
        "text": "Có đám thanh niên cầm cây rượt nhau ngoài ngã ba, có người chảy máu rồi",
        "hamlet": "Ấp 3",
        "category": Category.CRIME_INCIDENT,
        "urgent": True,
        "sensitive": True,
        "minutes_ago": 17,
    },
    "gambling": {
        "text": "Nhà kế bên đêm nào cũng tụ tập đánh bài ăn tiền, ồn ào tới sáng",
        "category": Category.CRIME_INCIDENT,
        "sensitive": True,
        "private": False,
        "name": "Chú Sáu Đực",
        "minutes_ago": 55,
    },
    "karaoke": {
        "text": "Xóm tôi hát karaoke loa kéo suốt đêm, con nít không ngủ được. Nhờ cán bộ nhắc",
        "minutes_ago": 130,
    },
    "boundary": {
        "text": "Hai nhà cãi nhau vì hàng rào lấn qua gần nửa mét, sợ có chuyện lớn.",
        "category": Category.DISPUTE,
        "sensitive": True,
        "minutes_ago": 60 * 26,
    },
    "dogs": {
        "text": "Chó thả rông chạy đầy đường, sáng nay suýt cắn cháu tôi",
        "hamlet": "Ấp 2",
        "category": Category.OTHER_SECURITY,
        "private": False,
        "minutes_ago": 42,
    },
    "review": {
        "text": "mấy bữa nay ngoài bờ kênh thấy có gì lạ lắm nha bà con",
        "category": Category.OTHER_SECURITY,
        "needs_review": True,
        "private": False,
        "minutes_ago": 75,
    },
    "review2": {
        "text": "ai mất xe đạp màu xanh không",
        "hamlet": "Ấp 3",
        "category": Category.OTHER_SECURITY,
        "needs_review": True,
        "private": False,
        "minutes_ago": 12,
    },
    "conduct": {
        "text": "Tôi lên làm giấy ba lần đều bị hẹn lại, không ai giải thích gì",
        "category": Category.POLICE_CONDUCT,
        "sensitive": True,
        "minutes_ago": 60 * 5,
    },
    "officer": {
        "text": "cho gặp cán bộ",
        "category": Category.BOT_REQUEST,
        "minutes_ago": 9,
    },
    "nowhere": {
        "text": "Đường liên xã có ổ gà lớn, tối qua hai xe té",
        "hamlet": "",
        "category": Category.OTHER_SECURITY,
        "minutes_ago": 60 * 30,
    },
    "lamp": {
        "text": "Đèn đường trước trường mẫu giáo hư cả tuần nay",
        "category": Category.OTHER_SECURITY,
        "minutes_ago": 60 * 72,
    },
}
