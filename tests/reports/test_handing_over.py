"""Reports that go into other hands, wait for their reporters and are reopened: who may, who reads
them then, and what each person concerned hears of it."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Base, Database
from bot.groups.models import Hamlet, Officer, OfficerChat
from bot.messages.models import Outbound
from bot.messages.outbox import target_key
from bot.reports import handing_over, merging, officers, queue, reopening, service
from bot.reports.bodies import BODIES
from bot.reports.errors import NotAllowed
from bot.reports.models import (
    Correction,
    Deadline,
    DueKind,
    EventType,
    Report,
    ReportEvent,
    Status,
)
from bot.reports.outcomes import NOT_A_REPORT
from bot.reports.state_notices import state_line
from bot.reports.workflow import Move
from bot.triage.understanding import Category
from tests.console.people import People, one_more_message, report
from tests.reports.test_state_notices import Hours, hours, in_the_morning

__all__ = ["hours"]

CONSOLE = "https://xa.example/console"
ACCEPTED_LATER = "Khi có người nhận, anh/chị được nhắn tại đây."
Act = Callable[..., Awaitable[object]]


class Desk:
    """Officers at work: each deed in a transaction of its own, with the report locked."""

    def __init__(self, db: Database, people: People) -> None:
        self._db, self._people = db, people

    async def new(self, text: str = "lời kín của bà con", **values: object) -> str:
        async with self._db.begin() as session:
            return (await report(session, self._people, text, **values)).code

    async def do(self, username: str, code: str, act: Act, *more: object, **named: object) -> None:
        async with self._db.begin() as session:
            officer = await session.get_one(Officer, self._people.officers[username].id)
            made = await queue.find(session, officer, code, to_change=True)
            assert made, f"{username} may not read {code}"
            given = [
                await session.get_one(type(one), one.id) if isinstance(one, Base) else one
                for one in more
            ]
            await act(session, made, officer, *given, **named)

    async def accept(self, username: str, code: str) -> None:
        await self.do(username, code, officers.acknowledge)

    async def assign(self, username: str, code: str, to: str) -> None:
        given = self._people.officers[to]
        await self.do(username, code, handing_over.assign, given, CONSOLE)

    async def to_hamlet(self, username: str, code: str, hamlet: str, note: str = "") -> None:
        given = self._people.hamlets[hamlet]
        await self.do(username, code, handing_over.to_hamlet, given, note, CONSOLE)

    async def to_managers(self, username: str, code: str, why: str = "Vượt quyền tôi") -> None:
        await self.do(username, code, handing_over.to_managers, why, CONSOLE)

    async def to_body(
        self, username: str, code: str, body: str = "province", text: str = ""
    ) -> None:
        await self.do(username, code, handing_over.to_body, body, text)

    async def ask(self, username: str, code: str, words: str) -> None:
        await self.do(username, code, officers.reply, words, waits=True)

    async def close(self, username: str, code: str, outcome: str = "resolved") -> None:
        await self.do(username, code, officers.close, outcome, "")

    async def reopen(self, username: str, code: str, why: str = "Lại ồn như cũ") -> None:
        await self.do(username, code, reopening.reopen, why, CONSOLE)

    async def hears(self, code: str, words: str) -> None:
        """The reporter writes again."""
        async with self._db.begin() as session:
            await one_more_message(session, await self._report(session, code), words)

    async def stored(self, code: str) -> Report:
        async with self._db.begin() as session:
            return await self._report(session, code)

    async def _report(self, session: AsyncSession, code: str) -> Report:
        return (await session.execute(select(Report).where(Report.code == code))).scalar_one()

    async def events(self, code: str, *types: EventType) -> list[ReportEvent]:
        query = select(ReportEvent).join(ReportEvent.report).where(Report.code == code)
        async with self._db.begin() as session:
            found = (await session.scalars(query.order_by(ReportEvent.id))).all()
        return [event for event in found if event.type in types]

    async def line(self, code: str) -> str:
        async with self._db.begin() as session:
            return await state_line(session, await self._report(session, code))

    async def reads(self, username: str, code: str) -> bool:
        async with self._db.begin() as session:
            officer = await session.get_one(Officer, self._people.officers[username].id)
            return await queue.find(session, officer, code) is not None

    async def told(self, code: str) -> list[str]:
        """What the report's reporter was sent."""
        conversation = (await self.stored(code)).conversation
        assert conversation
        return await self._sent_to(conversation.channel, conversation.chat_id)

    async def notices(self, username: str) -> list[str]:
        """What the officer was sent in his own chat."""
        return await self._sent_to("web", f"chat of {username}")

    async def _sent_to(self, channel: str, chat_id: str) -> list[str]:
        key = target_key(channel, chat_id)
        query = select(Outbound).where(Outbound.target_key == key).order_by(Outbound.turn)
        async with self._db.begin() as session:
            rows = (await session.scalars(query)).all()
        return [row.payload["content"]["text"] for row in rows if row.payload]


@pytest.fixture
async def desk(db: Database, people: People) -> Desk:
    """Every officer has a chat of his own."""
    async with db.begin() as session:
        for name, officer in people.officers.items():
            chat = OfficerChat(officer_id=officer.id, channel="web", chat_id=f"chat of {name}")
            session.add(chat)
    return Desk(db, people)


# --- To an officer --------------------------------------------------------------------------------


async def test_a_manager_gives_a_report_to_an_officer_who_is_told_and_accepts_it(
    desk: Desk,
) -> None:
    code = await desk.new()
    await desk.assign("quanly", code, "ap1")
    made = await desk.stored(code)
    assert (made.status, made.officer and made.officer.username) == (Status.NEW, "ap1")
    [event] = await desk.events(code, EventType.ASSIGNED)
    assert event.data == {"to": "Nguyễn Văn Hải"}
    link = f"{CONSOLE}/phan-anh/{code}"
    assert await desk.notices("ap1") == [
        f"Phản ánh {code}, Ấp 1 được giao cho đồng chí: An ninh, trật tự. Xem và trả lời: {link}"
    ]
    assert await desk.notices("quanly") == []
    assert await desk.told(code) == []  # nobody has accepted it yet
    await desk.accept("ap1", code)
    assert (await desk.stored(code)).status is Status.ACKNOWLEDGED


async def test_a_report_under_way_goes_on_with_another_officer(desk: Desk) -> None:
    code = await desk.new()
    await desk.accept("ap1", code)
    await desk.assign("quanly", code, "quanly")
    made = await desk.stored(code)
    assert (made.status, made.officer and made.officer.username) == (Status.ACKNOWLEDGED, "quanly")
    assert await desk.notices("quanly") == []  # he gave it to himself
    with pytest.raises(NotAllowed, match="đang do đồng chí Phạm Quốc Thái phụ trách"):
        await desk.assign("quanly", code, "quanly")


async def test_what_was_given_to_one_leader_no_other_accepts_but_a_manager_may(
    desk: Desk, db: Database, people: People
) -> None:
    code = await desk.new()
    async with db.begin() as session:
        other = await session.get_one(Officer, people.officers["ap2"].id)
        other.hamlets = [await session.get_one(Hamlet, people.hamlets["Ấp 1"].id)]
    await desk.assign("quanly", code, "ap1")
    with pytest.raises(NotAllowed, match="đã giao cho đồng chí Nguyễn Văn Hải"):
        await desk.accept("ap2", code)
    await desk.accept("quanly", code)
    assert (await desk.stored(code)).officer_id == people.officers["quanly"].id


@pytest.mark.parametrize("to", ["ap2", "phoap1", "quantri"])
async def test_nobody_is_given_what_he_may_not_read(desk: Desk, to: str) -> None:
    code = await desk.new()
    with pytest.raises(NotAllowed, match="được xem phản ánh này"):
        await desk.assign("quanly", code, to)
    assert (await desk.stored(code)).officer_id is None
    assert await desk.notices(to) == []


async def test_a_complaint_of_the_police_is_given_to_no_leader(desk: Desk) -> None:
    code = await desk.new(category=Category.POLICE_CONDUCT)
    with pytest.raises(NotAllowed):
        await desk.assign("quanly", code, "ap1")
    assert await desk.notices("ap1") == []


async def test_a_leader_gives_reports_to_nobody(desk: Desk) -> None:
    code = await desk.new()
    with pytest.raises(NotAllowed, match="dành cho Tổ quản lý"):
        await desk.assign("ap1", code, "ap1")


# --- To another hamlet ----------------------------------------------------------------------------


async def test_the_new_hamlets_leader_is_told_and_the_old_one_reads_it_no_more(desk: Desk) -> None:
    code = await desk.new(category=Category.DISPUTE)
    await desk.accept("ap1", code)
    await desk.to_hamlet("ap1", code, "Ấp 2", "Nhà bị hại ở Ấp 2")
    made = await desk.stored(code)
    assert (made.status, made.officer_id, made.hamlet and made.hamlet.name) == (
        Status.NEW,
        None,
        "Ấp 2",
    )
    assert made.category is Category.DISPUTE
    assert (await desk.reads("ap1", code), await desk.reads("ap2", code)) == (False, True)
    [notice] = await desk.notices("ap2")
    assert notice.startswith(f"Phản ánh {code}, Ấp 2 được giao cho đồng chí: Mâu thuẫn trong dân.")
    assert "lời kín" not in notice
    assert "Nhà bị hại" not in notice
    assert await desk.notices("ap1") == []
    [event] = await desk.events(code, EventType.TRANSFERRED_HAMLET)
    assert event.text == "Nhà bị hại ở Ấp 2"
    assert event.data == {"from": "Ấp 1", "to": "Ấp 2", "category": "dispute"}
    assert (await desk.told(code))[1:] == [
        f"Phản ánh {code} của anh/chị đã chuyển cho cán bộ phụ trách Ấp 2. {ACCEPTED_LATER}"
    ]
    await desk.accept("ap2", code)
    assert (await desk.told(code))[-1].startswith("Cán bộ Trần Minh Đức đã tiếp nhận")


async def test_a_hamlet_without_a_leader_means_the_managers_are_told(
    desk: Desk, db: Database, people: People
) -> None:
    code = await desk.new()
    async with db.begin() as session:
        await session.execute(update(Officer).where(Officer.username == "ap2").values(active=False))
    await desk.to_hamlet("ap1", code, "Ấp 2")
    assert len(await desk.notices("quanly")) == 1
    assert await desk.notices("ap2") == []


async def test_a_report_goes_to_no_hamlet_where_it_is(desk: Desk) -> None:
    code = await desk.new()
    with pytest.raises(NotAllowed, match=r"Phản ánh này đang ở Ấp 1\."):
        await desk.to_hamlet("ap1", code, "Ấp 1")
    with pytest.raises(NotAllowed, match="Hãy chọn ấp"):
        await desk.do("ap1", code, handing_over.to_hamlet, None, "", CONSOLE)


async def test_a_complaint_of_the_police_goes_to_no_hamlet(desk: Desk) -> None:
    code = await desk.new(category=Category.POLICE_CONDUCT)
    for hamlet in ("Ấp 1", "Ấp 2"):
        with pytest.raises(NotAllowed, match="chỉ Tổ quản lý xử lý"):
            await desk.to_hamlet("quanly", code, hamlet)
    assert [await desk.reads(name, code) for name in ("ap1", "ap2")] == [False, False]


async def test_what_is_merged_with_such_a_complaint_goes_to_no_hamlet_before_it_is_apart(
    desk: Desk, db: Database, people: People
) -> None:
    code, complaint = await desk.new(), await desk.new(category=Category.POLICE_CONDUCT)
    await desk.to_managers("ap1", code)
    main = await desk.stored(code)
    await desk.do(
        "quanly", complaint, lambda s, made, by, main: merging.merge(s, made, main, by), main
    )
    with pytest.raises(NotAllowed, match=f"Phản ánh {complaint} đã gộp là ý kiến về công an"):
        await desk.to_hamlet("quanly", code, "Ấp 2")
    assert not await desk.reads("ap2", code)
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        offered = await handing_over.hands(session, await session.get_one(Report, main.id), manager)
    assert Move.TRANSFER_HAMLET not in offered.moves
    await desk.do("quanly", complaint, merging.unmerge)
    await desk.to_hamlet("quanly", code, "Ấp 2")
    assert [await desk.reads("ap2", each) for each in (code, complaint)] == [True, False]


# --- To the managers ------------------------------------------------------------------------------


async def test_what_a_leader_may_not_decide_only_the_managers_read_from_then_on(
    desk: Desk,
) -> None:
    code = await desk.new()
    await desk.accept("ap1", code)
    await desk.to_managers("ap1", code)
    made = await desk.stored(code)
    assert (made.status, made.officer_id, made.managers_only) == (Status.NEW, None, True)
    assert made.category is Category.SECURITY_ORDER
    assert not await desk.reads("ap1", code)
    assert len(await desk.notices("quanly")) == 1
    assert await desk.notices("ap1") == []
    assert (await desk.told(code))[-1] == (
        f"Phản ánh {code} của anh/chị đã chuyển cho lãnh đạo Công an xã. {ACCEPTED_LATER}"
    )
    with pytest.raises(NotAllowed, match="đang do Tổ quản lý xử lý"):
        await desk.to_managers("quanly", code)


async def test_why_it_goes_to_the_managers_must_be_said(desk: Desk) -> None:
    code = await desk.new()
    for why, said in ((" ", "vì sao"), ("x" * 1001, "dài quá 1000")):
        with pytest.raises(NotAllowed, match=said):
            await desk.to_managers("ap1", code, why)


async def test_a_manager_gives_it_back_to_its_hamlet(desk: Desk) -> None:
    code = await desk.new()
    await desk.to_managers("ap1", code)
    await desk.to_hamlet("quanly", code, "Ấp 1")
    assert await desk.reads("ap1", code)
    assert len(await desk.notices("ap1")) == 1


# --- To another body ------------------------------------------------------------------------------


async def test_its_reporter_is_told_which_body_has_it_and_its_category_stays(desk: Desk) -> None:
    code = await desk.new(category=Category.CRIME_INCIDENT)
    await desk.to_body("ap1", code, "province", "Cơ quan điều tra sẽ mời anh chị.")
    made = await desk.stored(code)
    assert (made.status, made.category) == (Status.TRANSFERRED, Category.CRIME_INCIDENT)
    assert (made.officer and made.officer.username) == "ap1"  # he hears from there
    [told] = await desk.told(code)
    assert told == (
        f"Công an xã đã chuyển phản ánh {code} của anh/chị tới Công an tỉnh để giải quyết.\n"
        "Cơ quan điều tra sẽ mời anh chị."
    )
    assert "đã chuyển tới Công an tỉnh lúc" in await desk.line(code)
    [event] = await desk.events(code, EventType.TRANSFERRED_OUT)
    assert event.data == {"body": "province", "category": "crime_incident"}
    await desk.do("ap1", code, officers.reply, "Bên tỉnh hẹn thứ hai.")
    assert (await desk.stored(code)).status is Status.TRANSFERRED
    await desk.close("ap1", code, "passed_on")


@pytest.mark.parametrize("body", list(BODIES))
async def test_every_body_stands_in_a_sentence(desk: Desk, body: str) -> None:
    code = await desk.new()
    await desk.to_body("ap1", code, body)
    assert await desk.told(code) == [
        f"Công an xã đã chuyển phản ánh {code} của anh/chị tới {BODIES[body]} để giải quyết."
    ]


async def test_only_known_bodies_are_taken(desk: Desk) -> None:
    code = await desk.new()
    for body in ("", "Công an tỉnh", "x"):
        with pytest.raises(NotAllowed, match="Hãy chọn nơi nhận"):
            await desk.to_body("ap1", code, body)


async def test_what_another_body_gives_back_goes_on_here(desk: Desk) -> None:
    code = await desk.new()
    await desk.to_body("ap1", code)
    await desk.reopen("ap1", code, "Tỉnh trả lại")
    assert (await desk.stored(code)).status is Status.REOPENED
    assert "được mở lại lúc" in await desk.line(code)


# --- Waiting for the reporter ---------------------------------------------------------------------


async def test_the_reporter_hears_what_is_awaited_and_his_next_words_end_the_waiting(
    desk: Desk,
) -> None:
    code = await desk.new()
    await desk.ask("ap1", code, "Nhà mình ở tổ mấy?")
    made = await desk.stored(code)
    assert (made.status, made.officer and made.officer.username) == (Status.WAITING, "ap1")
    [told] = await desk.told(code)
    assert told == (
        f"Cán bộ Nguyễn Văn Hải hỏi thêm về phản ánh {code}:\nNhà mình ở tổ mấy?\n"
        "Cán bộ đang chờ tin anh/chị, anh/chị trả lời ngay tại đây giúp."
    )
    assert "chờ anh/chị trả lời" in await desk.line(code)
    await desk.do("ap1", code, officers.reply, "Cô chụp giúp tấm hình nữa.")
    assert (await desk.stored(code)).status is Status.WAITING
    await desk.hears(code, "Dạ tổ 5")
    assert (await desk.stored(code)).status is Status.IN_PROGRESS
    with pytest.raises(NotAllowed, match="không chờ người báo"):
        await desk.do("ap1", code, officers.stop_waiting)


async def test_an_officer_may_go_on_without_the_answer(desk: Desk) -> None:
    code = await desk.new()
    await desk.ask("ap1", code, "Nhà mình ở tổ mấy?")
    await desk.do("ap1", code, officers.stop_waiting)
    assert (await desk.stored(code)).status is Status.IN_PROGRESS
    assert len(await desk.told(code)) == 1
    assert len(await desk.events(code, EventType.WAITING, EventType.RESUMED)) == 2


async def test_without_a_question_or_a_channel_nobody_waits(desk: Desk) -> None:
    code, unjoined = await desk.new(), await desk.new(private=False)
    with pytest.raises(NotAllowed, match="Hãy ghi điều cần người báo trả lời"):
        await desk.do("ap1", code, officers.reply, " ", with_file=True, waits=True)
    with pytest.raises(NotAllowed, match="chưa mở kênh riêng"):
        await desk.ask("ap1", unjoined, "Ở đâu?")
    for each in (code, unjoined):
        assert (await desk.stored(each)).status is Status.NEW


# --- Reopening ------------------------------------------------------------------------------------


async def test_a_closed_report_goes_on_with_whoever_had_it_and_both_hear_of_it(
    desk: Desk,
) -> None:
    code = await desk.new()
    await desk.accept("ap1", code)
    await desk.close("ap1", code)
    await desk.reopen("quanly", code)
    made = await desk.stored(code)
    assert (made.status, made.closed_at) == (Status.REOPENED, None)
    assert (made.officer and made.officer.username) == "ap1"
    [notice] = await desk.notices("ap1")
    assert "đồng chí phụ trách được mở lại" in notice
    assert (await desk.told(code))[-1] == (
        f"Phản ánh {code} của anh/chị được mở lại, cán bộ Nguyễn Văn Hải giải quyết tiếp. Có kết "
        "quả, anh/chị được nhắn tại đây."
    )
    [event] = await desk.events(code, EventType.REOPENED)
    assert event.text == "Lại ồn như cũ"
    await desk.close("ap1", code)
    assert (await desk.stored(code)).closed_at is not None


async def test_whoever_may_read_it_no_more_does_not_have_it_again(
    desk: Desk, db: Database, people: People
) -> None:
    code = await desk.new()
    await desk.close("ap1", code)
    async with db.begin() as session:
        (await session.get_one(Officer, people.officers["ap1"].id)).hamlets = []
    await desk.reopen("quanly", code)
    assert (await desk.stored(code)).officer_id == people.officers["quanly"].id
    assert await desk.notices("ap1") == []


async def test_reopening_needs_a_reason_and_a_report_that_was_not_taken_back(
    desk: Desk, db: Database
) -> None:
    code, taken_back = await desk.new(), await desk.new()
    await desk.close("ap1", code)
    await desk.close("ap1", taken_back)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == taken_back))).scalar_one()
        await service.append(session, made, EventType.WITHDRAWN)
    with pytest.raises(NotAllowed, match="vì sao mở lại"):
        await desk.reopen("ap1", code, "  ")
    with pytest.raises(NotAllowed, match="đã rút lại"):
        await desk.reopen("ap1", taken_back)
    assert (await desk.stored(code)).status is Status.CLOSED


async def test_what_was_ended_as_no_report_is_one_after_all(desk: Desk, db: Database) -> None:
    code = await desk.new()
    await desk.close("ap1", code, NOT_A_REPORT)
    await desk.reopen("ap1", code)
    async with db.begin() as session:
        word = (await session.scalars(select(Correction))).one()
    assert word.category is Category.SECURITY_ORDER


async def test_what_a_reporter_writes_after_the_end_does_not_reopen_his_report(
    desk: Desk, db: Database
) -> None:
    code = await desk.new()
    await desk.close("ap1", code)
    made = await desk.stored(code)
    async with db.begin() as session:
        assert made.conversation_id
        assert await service.open_reports(session, made.conversation_id) == []
    await desk.hears(code, "Cảm ơn cán bộ")  # it was under way when the report ended
    assert (await desk.stored(code)).status is Status.CLOSED


# --- Together with the reports of the same event --------------------------------------------------


async def merged(desk: Desk) -> tuple[str, str]:
    """The code of a report that leads, and of one that follows it."""
    main, other = await desk.new(minutes_ago=9), await desk.new(minutes_ago=3)

    async def act(session: AsyncSession, made: Report, officer: Officer, follows: Report) -> None:
        await merging.merge(session, follows, made, officer)

    await desk.do("ap1", main, act, await desk.stored(other))
    return main, other


async def test_what_follows_goes_into_the_same_hands_and_each_reporter_hears_it_once(
    desk: Desk,
) -> None:
    main, other = await merged(desk)
    await desk.assign("quanly", main, "ap1")
    await desk.to_hamlet("ap1", main, "Ấp 2", "Ở bên kia cầu")
    both = [await desk.stored(code) for code in (main, other)]
    assert [each.hamlet and each.hamlet.name for each in both] == ["Ấp 2", "Ấp 2"]
    assert len(await desk.notices("ap2")) == 1
    await desk.to_body("ap2", main, "commune")
    for code in (main, other):
        told = await desk.told(code)
        assert len(told) == 2
        assert "tới Ủy ban nhân dân xã" in told[1]
        assert code in told[1]
    [event] = await desk.events(other, EventType.TRANSFERRED_OUT)
    assert event.data["with"] == main
    assert [e.text for e in await desk.events(other, EventType.TRANSFERRED_HAMLET)] == [None]


async def test_what_ended_together_goes_on_together(desk: Desk) -> None:
    main, other = await merged(desk)
    await desk.close("ap1", main)
    await desk.reopen("ap1", main)
    for code in (main, other):
        assert (await desk.stored(code)).status is Status.REOPENED
        assert sum("được mở lại" in told for told in await desk.told(code)) == 1


async def test_what_follows_is_given_away_where_it_is_merged_into(desk: Desk) -> None:
    main, other = await merged(desk)
    for act in (
        desk.assign("quanly", other, "ap1"),
        desk.to_hamlet("ap1", other, "Ấp 2"),
        desk.to_managers("ap1", other),
        desk.to_body("ap1", other),
    ):
        with pytest.raises(NotAllowed, match=main):
            await act
    assert (await desk.stored(other)).status is Status.NEW


# --- At night -------------------------------------------------------------------------------------


async def test_at_night_only_the_last_change_is_told_in_the_morning(
    desk: Desk, db: Database, hours: Hours
) -> None:
    code = await desk.new()
    hours.night()
    await desk.accept("ap1", code)
    await desk.to_hamlet("ap1", code, "Ấp 2")
    await desk.to_managers("ap2", code)
    assert await desk.told(code) == []
    hours.day()
    changes = (
        EventType.ACKNOWLEDGED,
        EventType.TRANSFERRED_HAMLET,
        EventType.TRANSFERRED_MANAGERS,
    )
    events = [event.id for event in await desk.events(code, *changes)]
    await in_the_morning(db, *events, *events)
    [told] = await desk.told(code)
    assert "lãnh đạo Công an xã" in told


async def test_a_note_that_went_with_a_transfer_is_told_though_the_officer_wrote_later(
    desk: Desk, db: Database, hours: Hours
) -> None:
    code = await desk.new()
    hours.night()
    await desk.to_body("ap1", code, "court", "Nhớ mang theo giấy mời.")
    await desk.do("ap1", code, officers.reply, "Chúc chị ngủ ngon.")
    hours.day()
    [event] = await desk.events(code, EventType.TRANSFERRED_OUT)
    await in_the_morning(db, event.id)
    assert [("Nhớ mang theo" in words) for words in await desk.told(code)] == [False, True]


async def test_officers_hear_at_night_too(desk: Desk, hours: Hours) -> None:
    code = await desk.new()
    hours.night()
    await desk.to_hamlet("ap1", code, "Ấp 2")
    assert len(await desk.notices("ap2")) == 1


# --- What is due ----------------------------------------------------------------------------------


async def due(db: Database, code: str) -> set[DueKind]:
    query = select(Deadline.kind).join(Report, Report.id == Deadline.report_id)
    async with db.begin() as session:
        kinds = await session.scalars(query.where(Report.code == code, Deadline.done_at.is_(None)))
        return set(kinds)


async def test_while_another_body_has_a_report_its_time_stands_still(desk: Desk) -> None:
    code = await desk.new()
    await desk.accept("ap1", code)
    assert (await desk.stored(code)).due_at
    await desk.to_body("ap1", code)
    assert (await desk.stored(code)).due_at is None
    await desk.reopen("ap1", code)
    assert (await desk.stored(code)).due_at


async def test_whoever_gets_a_report_must_take_it_on_in_time(desk: Desk, db: Database) -> None:
    code = await desk.new()
    await desk.accept("ap1", code)
    assert await due(db, code) == {DueKind.RESOLUTION}
    await desk.to_hamlet("ap1", code, "Ấp 2")
    assert await due(db, code) == {DueKind.RESOLUTION, DueKind.ACKNOWLEDGEMENT}
    await desk.accept("ap2", code)
    assert await due(db, code) == {DueKind.RESOLUTION}
