"""Several people, one event: dealt with as one, told to each, within what an officer may read."""

import asyncio
import re

import httpx
import pytest
from sqlalchemy import Select, select, update

from bot.db import Database
from bot.groups.models import Officer, OfficerChat
from bot.messages.models import Conversation, Outbound
from bot.reports import merging, officers, service
from bot.reports.errors import NotAllowed
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.outcomes import NOT_A_REPORT
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report
from tests.console.site import Browser
from tests.console.test_live import listening

FIRE = "Cháy nhà kho gần cầu Bà Tư, lửa lớn lắm, gọi cứu hỏa gấp"
TOLD = (FIRE, "chay kho canh cau ba tu ba con oi", "kho gần cầu Bà Tư cháy dữ lắm")

NAMES = ("Cô Ba", "Chú Sáu", "Anh Tư")

Codes = tuple[str, str, str]


@pytest.fixture
async def codes(db: Database, people: People) -> Codes:
    """Three people tell of one fire in hamlet 1, one after the other."""
    async with db.begin() as session:
        made = [
            await report(session, people, text, name=name, minutes_ago=minutes)
            for text, name, minutes in zip(
                TOLD, ("Cô Ba", "Chú Sáu", "Anh Tư"), (9, 6, 3), strict=True
            )
        ]
    return made[0].code, made[1].code, made[2].code


async def act(browser: Browser, code: str, action: str, **fields: str) -> httpx.Response:
    page = f"/console/phan-anh/{code}"
    return await browser.submit(f"{page}/{action}", page=page, **fields)


async def page_of(browser: Browser, code: str) -> str:
    return (await browser.get(f"/console/phan-anh/{code}")).text


async def stored(db: Database, code: str) -> Report:
    async with db.begin() as session:
        return (await session.execute(select(Report).where(Report.code == code))).scalar_one()


async def events(db: Database, code: str, *types: EventType) -> list[ReportEvent]:
    query = select(ReportEvent).join(ReportEvent.report).where(Report.code == code)
    async with db.begin() as session:
        found = (await session.scalars(query.order_by(ReportEvent.id))).all()
    return [event for event in found if event.type in types]


async def told(db: Database) -> list[str]:
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound).order_by(Outbound.turn))).all()
    return [row.payload["content"]["text"] for row in rows if row.payload]


async def merged(db: Database, people: People, *pairs: tuple[str, str]) -> None:
    """Merge the first of each pair into the second, as the leader of hamlet 1."""
    for report_code, into_code in pairs:
        async with db.begin() as session:
            leader = await session.get_one(Officer, people.officers["ap1"].id)
            both = [
                (await session.scalars(select(Report).where(Report.code == code))).one()
                for code in (report_code, into_code)
            ]
            await merging.merge(session, both[0], both[1], leader)


# --- Merging and taking apart ---------------------------------------------------------------------


async def test_a_leader_sees_the_suggestion_and_merges_with_one_press(
    db: Database, signed_in: SignedIn, codes: Codes
) -> None:
    leader = await signed_in("ap1")
    page = await page_of(leader, codes[1])
    assert "Có thể là cùng một việc" in page
    assert codes[0] in page
    answer = await act(leader, codes[1], "gop", other=codes[0])
    assert answer.headers["location"] == f"/console/phan-anh/{codes[0]}?da=gop"
    main, follower = await stored(db, codes[0]), await stored(db, codes[1])
    assert (main.merged_into_id, follower.merged_into_id) == (None, main.id)
    for code, data in (
        (codes[0], {"with": codes[1], "leads": True}),
        (codes[1], {"with": codes[0]}),
    ):
        [event] = await events(db, code, EventType.MERGED)
        assert event.data == data
        assert event.officer
        assert event.officer.username == "ap1"
    assert await told(db) == []  # for a reporter nothing has changed


@pytest.mark.parametrize("on", [0, 1])
async def test_whichever_page_it_is_pressed_on_the_first_report_leads(
    on: int, db: Database, signed_in: SignedIn, codes: Codes
) -> None:
    await act(await signed_in("ap1"), codes[on], "gop", other=codes[1 - on].lower())
    assert (await stored(db, codes[1])).merged_into_id == (await stored(db, codes[0])).id


async def test_a_merged_report_leaves_the_lists_and_keeps_its_page(
    signed_in: SignedIn, codes: Codes, db: Database, people: People
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    leader = await signed_in("ap1")
    for folder in ("tat-ca", "cua-toi", "can-xem-lai"):
        assert codes[1] not in (await leader.get(f"/console/hang-doi/{folder}")).text
    home = (await leader.get("/console")).text
    assert codes[0] in home
    assert "2 tin báo" in home
    main, follower = await page_of(leader, codes[0]), await page_of(leader, codes[1])
    assert f'href="/console/phan-anh/{codes[1]}"' in main
    assert "Cùng báo việc này" in main
    assert f'href="/console/phan-anh/{codes[0]}"' in follower
    assert TOLD[1] in follower
    assert "/tra-loi" in follower
    for gone in ("/tiep-nhan", "/ket-thuc", "Có thể là cùng một việc"):
        assert gone not in follower


@pytest.mark.parametrize("closed", [False, True])
async def test_an_open_page_can_be_brought_up_to_date(
    db: Database, people: People, signed_in: SignedIn, codes: Codes, *, closed: bool
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    leader = await signed_in("ap1")
    if closed:
        await act(leader, codes[0], "ket-thuc", outcome="resolved", text="")
    for code, other in (codes[:2], codes[1::-1]):
        part = await leader.get(f"/console/phan-anh/{code}/dien-bien")
        assert part.status_code == 200
        assert f'href="/console/phan-anh/{other}"' in part.text
        if closed:
            assert "/tach" not in part.text


async def test_merging_into_a_merged_one_goes_to_the_one_that_leads(
    db: Database, people: People, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]), (codes[2], codes[1]))
    main = await stored(db, codes[0])
    assert [(await stored(db, code)).merged_into_id for code in codes] == [None, main.id, main.id]


async def test_pressed_on_the_page_of_a_merged_one_the_event_it_belongs_to_is_merged(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    answer = await act(await signed_in("ap1"), codes[1], "gop", other=codes[2])
    assert answer.headers["location"] == f"/console/phan-anh/{codes[0]}?da=gop"
    assert (await stored(db, codes[2])).merged_into_id == (await stored(db, codes[0])).id


async def test_what_follows_comes_along_when_its_leading_one_is_merged(
    db: Database, people: People, codes: Codes
) -> None:
    await merged(db, people, (codes[2], codes[1]), (codes[1], codes[0]))
    main = await stored(db, codes[0])
    assert [(await stored(db, code)).merged_into_id for code in codes] == [None, main.id, main.id]
    assert len(await events(db, codes[0], EventType.MERGED)) == 2


async def test_what_cannot_be_merged(db: Database, people: People, codes: Codes) -> None:
    async with db.begin() as session:
        for values in (
            {"hamlet": "Ấp 3"},
            {"category": Category.POLICE_CONDUCT},
            {"hamlet": ""},
        ):
            await report(session, people, FIRE, **values)
    await merged(db, people, (codes[1], codes[0]))
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        other_leader = await session.get_one(Officer, people.officers["ap2"].id)
        reports = {r.code: r for r in (await session.scalars(select(Report))).all()}
        main, follower, third = (reports[code] for code in codes)
        for each in set(reports.values()) - {main, follower, third}:
            with pytest.raises(NotAllowed, match="cùng một ấp"):
                await merging.merge(session, third, each, manager)
        for one, other in ((main, main), (main, follower), (follower, main)):
            with pytest.raises(NotAllowed, match="đã là một"):
                await merging.merge(session, one, other, manager)
        with pytest.raises(NotAllowed, match="cùng cán bộ đọc"):
            await merging.merge(session, third, main, other_leader)
        with pytest.raises(NotAllowed, match="không còn gộp"):
            await merging.unmerge(session, third, manager)
        await officers.close(session, third, manager, "resolved", "")
        for one, other in ((third, main), (main, third)):
            with pytest.raises(NotAllowed, match="đang mở"):
                await merging.merge(session, one, other, manager)


async def test_taken_apart_a_report_stands_by_itself_again(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    leader = await signed_in("ap1")
    answer = await act(leader, codes[1], "tach")
    assert answer.headers["location"] == f"/console/phan-anh/{codes[1]}?da=tach"
    assert codes[1] in (await leader.get("/console")).text
    for code in codes[:2]:
        assert len(await events(db, code, EventType.UNMERGED)) == 1
    await act(leader, codes[0], "tiep-nhan")
    assert (await stored(db, codes[1])).status is Status.NEW
    assert len(await told(db)) == 1
    assert (await act(leader, codes[1], "tach")).status_code == 409


async def test_two_officers_who_merge_at_once_make_one_pair(
    db: Database, signed_in: SignedIn, codes: Codes
) -> None:
    browsers = [await signed_in("ap1"), await signed_in("quanly")]
    answers = await asyncio.gather(
        act(browsers[0], codes[0], "gop", other=codes[1]),
        act(browsers[1], codes[1], "gop", other=codes[0]),
        act(browsers[0], codes[0], "tiep-nhan"),
    )
    assert sorted(answer.status_code for answer in answers)[:2] == [303, 303]
    assert len(await events(db, codes[0], EventType.MERGED)) == 1
    assert (await stored(db, codes[1])).status is Status.ACKNOWLEDGED
    assert len(await told(db)) == 2


@pytest.mark.parametrize("typed", ["", "PA-ACDEF", "gì đó"])
async def test_a_code_that_leads_nowhere_is_said_so(
    typed: str, signed_in: SignedIn, codes: Codes
) -> None:
    answer = await act(await signed_in("ap1"), codes[0], "gop", other=typed)
    assert answer.status_code == 409
    assert "mã của phản ánh khác" in answer.text


async def test_an_urgent_report_makes_the_leading_one_urgent(
    db: Database, people: People, codes: Codes
) -> None:
    async with db.begin() as session:
        await session.execute(update(Report).where(Report.code == codes[1]).values(urgent=True))
    await merged(db, people, (codes[1], codes[0]))
    assert (await stored(db, codes[0])).urgent


async def test_one_that_becomes_urgent_later_comes_back_into_the_list(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    async with db.begin() as session:
        await session.execute(update(Report).where(Report.code == codes[1]).values(urgent=True))
    assert codes[1] in (await (await signed_in("ap1")).get("/console")).text


# --- Everybody stays informed ---------------------------------------------------------------------


async def test_each_reporter_hears_once_of_each_state_under_his_own_code(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]), (codes[2], codes[0]))
    leader = await signed_in("ap1")
    await act(leader, codes[0], "tiep-nhan")
    assert sorted(await told(db)) == sorted(
        f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {code} của anh/chị." for code in codes
    )
    await act(leader, codes[0], "ket-thuc", outcome="resolved", text="Lửa đã tắt.")
    closed = (await told(db))[3:]
    assert sorted(closed) == sorted(
        f"Phản ánh {code} đã kết thúc: Đã giải quyết.\nLửa đã tắt." for code in codes
    )
    for code in codes:
        made = await stored(db, code)
        assert made.status is Status.CLOSED
        assert made.officer
        assert made.officer.username == "ap1"
        assert len(await events(db, code, EventType.ACKNOWLEDGED, EventType.CLOSED)) == 2
    async with db.begin() as session:
        owners = {c.id: c.chat_id for c in (await session.scalars(select(Conversation))).all()}
        rows = (await session.scalars(select(Outbound))).all()
    for row in rows:
        assert row.payload
        own = next(c for c in codes if c in row.payload["content"]["text"])
        conversation = (await stored(db, own)).conversation_id
        assert conversation
        assert row.payload["target"]["chat_id"] == owners[conversation]
    page = await page_of(leader, codes[1])
    assert "cùng phản ánh chính" in page
    assert codes[0] in page


async def test_no_reporter_learns_of_another(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]), (codes[2], codes[0]))
    leader = await signed_in("ap1")
    await act(leader, codes[0], "tiep-nhan")
    await act(leader, codes[0], "tra-loi", text="Mọi người tránh xa giúp.", to_all="1")
    await act(leader, codes[0], "ket-thuc", outcome="resolved", text="")
    for text in await told(db):
        assert len(re.findall(r"PA-\w{5}", text)) == 1
        for name in (*NAMES, "gộp", "cùng báo"):
            assert name not in text


async def test_a_report_merged_into_one_in_hand_is_told_as_taken_on(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await act(await signed_in("quanly"), codes[0], "tiep-nhan")
    await merged(db, people, (codes[1], codes[0]))
    assert (await told(db))[1:] == [
        f"Cán bộ Phạm Quốc Thái đã tiếp nhận phản ánh {codes[1]} của anh/chị."
    ]
    follower = await stored(db, codes[1])
    assert follower.status is Status.ACKNOWLEDGED
    assert follower.officer
    assert follower.officer.username == "quanly"


async def test_a_report_in_hand_takes_on_the_one_it_is_merged_into(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await act(await signed_in("ap1"), codes[1], "tiep-nhan")
    await merged(db, people, (codes[1], codes[0]), (codes[2], codes[0]))
    assert len(await told(db)) == 3
    assert {(await stored(db, code)).status for code in codes} == {Status.ACKNOWLEDGED}


async def test_a_first_answer_on_the_leading_one_tells_the_others_that_it_is_in_hand(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    await act(await signed_in("ap1"), codes[0], "tra-loi", text="Nhà mình ở tổ mấy?")
    answer, taken_on = await told(db)
    assert "tổ mấy" in answer
    assert codes[0] in answer
    assert taken_on.endswith(f"đã tiếp nhận phản ánh {codes[1]} của anh/chị.")


async def test_an_answer_goes_to_the_reporter_of_its_page_or_to_all(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]), (codes[2], codes[0]))
    leader = await signed_in("ap1")
    await act(leader, codes[0], "tiep-nhan")
    await act(leader, codes[1], "tra-loi", text="Riêng chú.")
    [own] = [text for text in await told(db) if "Riêng chú" in text]
    assert codes[1] in own
    assert "Gửi cho cả 3 người cùng báo" in await page_of(leader, codes[0])
    assert "người cùng báo</span>" not in await page_of(leader, codes[1])
    await act(leader, codes[0], "tra-loi", text="Xe đã tới.", to_all="1")
    everybody = [text for text in await told(db) if "Xe đã tới" in text]
    assert sorted(re.findall(r"PA-\w{5}", " ".join(everybody))) == sorted(codes)


async def test_words_for_all_that_cannot_be_sent_are_kept_with_the_tick(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    answer = await act(await signed_in("ap1"), codes[0], "tra-loi", text="x" * 3001, to_all="1")
    assert answer.status_code == 409
    assert 'name="to_all" value="1" checked' in answer.text
    assert await told(db) == []


async def test_others_can_be_written_to_though_the_first_reporter_cannot(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        first = await report(session, people, FIRE, private=False, minutes_ago=5)
        other = await report(session, people, TOLD[1])
    await merged(db, people, (other.code, first.code))
    leader = await signed_in("ap1")
    assert "Nhắn 1 người cùng báo việc này" in await page_of(leader, first.code)
    await act(leader, first.code, "tra-loi", text="Xe đã tới.", to_all="1")
    assert other.code in (await told(db))[0]


async def test_closing_as_no_report_closes_all_and_tells_nobody(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    await act(await signed_in("ap1"), codes[0], "ket-thuc", outcome=NOT_A_REPORT, text="")
    assert (await stored(db, codes[1])).status is Status.CLOSED
    assert await told(db) == []


@pytest.mark.parametrize("action", ["tiep-nhan", "ket-thuc"])
async def test_the_state_of_a_merged_report_is_changed_where_it_is_led(
    action: str, db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    answer = await act(await signed_in("ap1"), codes[1], action, outcome="resolved", text="")
    assert answer.status_code == 409
    assert f"gộp vào {codes[0]}" in answer.text
    assert (await stored(db, codes[1])).status is Status.NEW


async def test_what_a_merged_reporter_adds_shows_on_the_leading_page(
    db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    leader = await signed_in("ap1")
    assert "Có thêm tin" not in await page_of(leader, codes[0])
    async with listening(leader) as changes:
        async with db.begin() as session:
            made = (await session.scalars(select(Report).where(Report.code == codes[1]))).one()
            await one_more_message(session, made, "lửa lan qua nhà bên rồi")
        heard = [(await changes.next())["code"] for _ in range(2)]
    assert sorted(heard) == sorted(codes[:2])
    page = await page_of(leader, codes[0])
    assert "Có thêm tin" in page
    assert "lửa lan qua" not in page
    await act(leader, codes[1], "tra-loi", text="Cảm ơn chú.")
    assert "Có thêm tin" not in await page_of(leader, codes[0])


# --- Within what an officer may read --------------------------------------------------------------


@pytest.mark.parametrize(
    "hidden",
    [{"hamlet": "Ấp 2"}, {"category": Category.POLICE_CONDUCT}, {"hamlet": ""}],
    ids=["another hamlet's", "about the police", "no hamlet's"],
)
async def test_a_leader_cannot_merge_with_what_he_may_not_read(
    hidden: dict[str, object], db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    async with db.begin() as session:
        secret = await report(session, people, FIRE, **hidden)
    leader = await signed_in("ap1")
    assert secret.code not in await page_of(leader, codes[0])
    answer = await act(leader, codes[0], "gop", other=secret.code)
    missing = await act(leader, codes[0], "gop", other="PA-ACDEF")
    assert (answer.status_code, missing.status_code) == (409, 409)
    token = re.compile(r'value="\w{128}"')
    assert token.sub("", answer.text) == token.sub("", missing.text)
    for action in ("gop", "tach"):
        path = f"/console/phan-anh/{secret.code}/{action}"
        page = f"/console/phan-anh/{codes[0]}"
        assert (await leader.submit(path, page=page, other=codes[0])).status_code == 404
    assert (await stored(db, secret.code)).merged_into_id is None
    assert (await stored(db, codes[0])).merged_into_id is None


@pytest.mark.parametrize("username", ["phoap1", "quantri"])
async def test_who_reads_no_reports_merges_none(
    username: str, db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    somebody = await signed_in(username)
    path = f"/console/phan-anh/{codes[0]}/gop"
    assert (await somebody.submit(path, page="/console", other=codes[1])).status_code == 403
    assert (await stored(db, codes[1])).merged_into_id is None


@pytest.mark.parametrize("hands_over", [0, 1], ids=["the leading one", "the merged one"])
async def test_filed_as_about_the_police_a_report_is_parted_from_what_leaders_read(
    hands_over: int, db: Database, people: People, signed_in: SignedIn, codes: Codes
) -> None:
    await merged(db, people, (codes[1], codes[0]))
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    secret, public = codes[hands_over], codes[1 - hands_over]
    await act(manager, secret, "doi-loai", category="police_conduct")
    home = (await leader.get("/console")).text
    assert public in home
    assert secret not in home
    page = await page_of(leader, public)
    assert secret not in page
    assert "Cùng báo việc này" not in page
    assert secret in (await manager.get("/console")).text
    async with listening(leader) as changes:
        async with db.begin() as session:
            made = (await session.scalars(select(Report).where(Report.code == secret))).one()
            await one_more_message(session, made, "nói thêm về anh công an")
            other = (await session.scalars(select(Report).where(Report.code == public))).one()
            await one_more_message(session, other, "cháy tiếp")
        assert (await changes.next())["type"] == "from_reporter"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await changes.next()
    await act(leader, public, "tiep-nhan")
    await act(leader, public, "ket-thuc", outcome="resolved", text="")
    assert (await stored(db, public)).status is Status.CLOSED
    assert (await stored(db, secret)).status is Status.NEW


async def test_a_report_is_merged_while_its_officers_chats_stay_as_they_are(
    db: Database, people: People, codes: Codes
) -> None:
    """Merging itself sends nothing to anybody."""
    async with db.begin() as session:
        session.add(OfficerChat(officer_id=people.officers["ap1"].id, channel="web", chat_id="o"))
    await merged(db, people, (codes[1], codes[0]))
    assert await told(db) == []


async def test_a_reporter_of_two_merged_reports_waits_for_an_officer_who_waits_for_nothing_of_his(
    db: Database, people: People
) -> None:
    """Both take the locks in one order; else each may hold what the other waits for."""
    async with db.begin() as session:
        first = await report(session, people, FIRE, minutes_ago=5)
        second = await report(session, people, TOLD[1])
        second.conversation, conversation_id = first.conversation, first.conversation_id
    assert conversation_id

    async def reporter() -> None:
        async with db.begin() as session:
            await service.open_reports(session, conversation_id)

    def locked(made: Report) -> Select[tuple[Report]]:
        return select(Report).where(Report.id == made.id).with_for_update(of=Report, nowait=True)

    async with db.begin() as session:
        await session.execute(locked(first))
        waiting = asyncio.create_task(reporter())
        await asyncio.sleep(0.3)
        await session.execute(locked(second))
    await waiting
