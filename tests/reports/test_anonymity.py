"""A reporter who asked to stay unnamed: what officers see, and how a manager looks at who he is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.channels.base import AttachmentKind
from bot.db import Database
from bot.groups.models import Officer
from bot.messages.models import Conversation, Outbound
from bot.reports import anonymity, merging, officers
from bot.reports.errors import NotAllowed
from bot.reports.files import display_file
from bot.reports.models import Attachment, EventType, Report, ReportEvent
from bot.reports.same_event import same_event
from bot.reports.service import join_conversation
from bot.reports.words import Reader
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, photo, report
from tests.console.site import Browser

NAME, PHONE = "Cô Ba Lành", "0900000123"
REASON = "Cần mời lên làm việc, vụ trộm ở Ấp 1"
ALIAS = re.compile(r"Bà con \d{4}-[ACDEFGHJKMNPQRTUVWXY][34679][ACDEFGHJKMNPQRTUVWXY]")


async def hidden(db: Database, people: People, **values: object) -> str:
    """A report of somebody who asked to stay unnamed."""
    async with db.begin() as session:
        made = await report(session, people, "Xóm tôi ồn ào suốt đêm", **values)
        await anonymity.hide(session, made)
        return made.code


async def stored(db: Database, code: str) -> Report:
    async with db.begin() as session:
        return (await session.execute(select(Report).where(Report.code == code))).scalar_one()


async def events(db: Database, code: str) -> list[ReportEvent]:
    async with db.begin() as session:
        query = select(ReportEvent).join(ReportEvent.report).where(Report.code == code)
        return list((await session.scalars(query.order_by(ReportEvent.id))).all())


async def look(browser: Browser, code: str, reason: str = REASON) -> tuple[int, str]:
    page = f"/console/phan-anh/{code}"
    answer = await browser.submit(f"{page}/danh-tinh", page="/console/mat-khau", reason=reason)
    return answer.status_code, answer.text


async def test_an_alias_is_the_same_for_all_of_one_persons_reports_and_only_for_them(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        first = await report(session, people, "một")
        second = await report(session, people, "hai")
        other = await report(session, people, "ba")
        second.conversation = first.conversation
        assert anonymity.alias_of(first) == anonymity.alias_of(second)
        assert anonymity.alias_of(other) != anonymity.alias_of(first)
        assert ALIAS.fullmatch(anonymity.alias_of(first))


@given(st.uuids())
def test_an_alias_has_no_letters_that_look_alike(member: object) -> None:
    conversation = Conversation(member_id=member)
    assert ALIAS.fullmatch(anonymity.alias_in(conversation))


async def test_asking_twice_is_told_once(db: Database, people: People) -> None:
    code = await hidden(db, people)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        await anonymity.hide(session, made)
        await anonymity.show(session, made)
        await anonymity.show(session, made)
    types = [event.type for event in await events(db, code)]
    assert types.count(EventType.ANONYMITY_ASKED) == 1
    assert types.count(EventType.ANONYMITY_LIFTED) == 1
    assert not (await stored(db, code)).anonymous


@pytest.mark.parametrize("role", ["ap1", "quanly"])
async def test_officers_see_an_alias_and_nothing_else_on_any_page(
    db: Database, people: People, signed_in: SignedIn, role: str
) -> None:
    files = (photo("co ba lanh.png"),)
    code = await hidden(db, people, files=files)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.reply(session, made, leader, "Nhà nào vậy?")
        file = (await session.execute(select(Attachment))).scalar_one()
        file.ref, file.content = None, b"\x89PNG"
        account = made.conversation.chat_id if made.conversation else ""
        alias = anonymity.alias_of(made)
    browser = await signed_in(role)
    pages = {
        path: await browser.get(path)
        for path in (
            "/console",
            "/console/hang-doi/tat-ca",
            "/console/hang-doi/tat-ca/danh-sach",
            f"/console/phan-anh/{code}",
            f"/console/phan-anh/{code}/dien-bien",
            f"/console/phan-anh/{code}/tep/{file.id}",
            *(("/console/su-co", "/console/hieu-dung") if role == "quanly" else ()),
        )
    }
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        seen = answer.text + str(answer.headers)
        for known in (NAME, PHONE, account, "ba lanh", "ba%20lanh"):
            assert known not in seen, (path, known)
    page = pages[f"/console/phan-anh/{code}"].text
    assert page.count(alias) >= 2  # in the facts and under his words
    assert "Ẩn danh" in page
    assert "Người báo xin ẩn danh" in page


async def test_without_the_wish_the_name_is_there(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "ồn", files=(photo("hinh nha ong tam.png"),))
    leader = await signed_in("ap1")
    address = f"/console/phan-anh/{made.code}"
    await leader.submit(f"{address}/hien-day-du", page=address)
    page = (await leader.get(address)).text
    assert NAME in page
    assert f"tel:{PHONE}" in page
    assert "hinh nha ong tam.png" in page
    assert "danh-tinh" not in page
    assert made.code
    assert (await look(await signed_in("quanly"), made.code))[0] == 409


async def test_a_manager_sees_who_it_is_once_and_the_reason_is_logged(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    code = await hidden(db, people)
    manager = await signed_in("quanly")
    status, page = await look(manager, code)
    assert status == 200
    assert NAME in page
    assert f"tel:{PHONE}" in page
    event = (await events(db, code))[-1]
    assert (event.type, event.text) == (EventType.IDENTITY_REVEALED, REASON)
    assert event.officer
    assert event.officer.username == "quanly"
    assert event.data == {}
    again = await manager.get(f"/console/phan-anh/{code}")
    assert NAME not in again.text
    assert PHONE not in again.text
    assert "Phạm Quốc Thái đã xem danh tính người báo" in again.text
    assert REASON in again.text


async def test_the_reporter_hears_that_a_manager_looked_but_not_why(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    code = await hidden(db, people)
    await look(await signed_in("quanly"), code)
    async with db.begin() as session:
        rows = (await session.scalars(select(Outbound))).all()
    told = [row.payload["content"]["text"] for row in rows if row.payload]
    assert len(told) == 1
    assert code in told[0]
    assert "Tổ quản lý" in told[0]
    assert "vụ trộm" not in told[0]


async def test_a_leader_sees_that_a_manager_looked_but_neither_whom_nor_why(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    code = await hidden(db, people)
    await look(await signed_in("quanly"), code, f"{REASON}, bà {NAME}")
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{code}")).text
    assert "Phạm Quốc Thái đã xem danh tính người báo" in page
    assert "vụ trộm" not in page
    assert NAME not in page


@pytest.mark.parametrize("role", ["ap1", "ap2", "phoap1", "quantri"])
async def test_nobody_but_a_manager_gets_at_it_by_guessing_the_address(
    db: Database, people: People, signed_in: SignedIn, role: str
) -> None:
    code = await hidden(db, people)
    browser = await signed_in(role)
    assert "danh-tinh" not in (await browser.get(f"/console/phan-anh/{code}")).text
    for made in (code, "PA-ACDEF"):
        status, page = await look(browser, made)
        assert status == 403
        assert NAME not in page
        assert PHONE not in page
        assert (await browser.get(f"/console/phan-anh/{made}/danh-tinh")).status_code in (404, 405)
    assert all(e.type is not EventType.IDENTITY_REVEALED for e in await events(db, code))


async def test_of_a_report_about_the_police_leaders_learn_nothing_by_looking(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    code = await hidden(db, people, category=Category.POLICE_CONDUCT)
    leader = await signed_in("ap1")
    hidden_one, none_at_all = await look(leader, code), await look(leader, "PA-ACDEF")
    assert hidden_one[0] == none_at_all[0] == 403
    assert code not in hidden_one[1]


@pytest.mark.parametrize("reason", ["", "tò mò", "   xem    ", "x" * 501])
async def test_without_a_reason_nothing_is_shown_and_what_was_typed_stays(
    db: Database, people: People, signed_in: SignedIn, reason: str
) -> None:
    code = await hidden(db, people)
    status, page = await look(await signed_in("quanly"), code, reason)
    assert status == 409
    assert NAME not in page
    assert f">{reason.strip()}</textarea>" in page
    assert len(await events(db, code)) == 2


async def test_only_a_manager_may_also_below_the_pages(db: Database, people: People) -> None:
    code = await hidden(db, people)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        for username in ("ap1", "phoap1", "quantri"):
            with pytest.raises(NotAllowed):
                await anonymity.reveal(session, made, people.officers[username], REASON)


async def test_who_joins_with_the_wish_brings_it_to_what_he_told_the_group(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        own = await report(session, people, "riêng")
        from_group = await report(session, people, "nhóm", private=False)
        assert own.conversation
        await anonymity.hide_all(session, own.conversation)
        await join_conversation(session, from_group, own.conversation, verified=True)
        assert from_group.anonymous
        assert anonymity.display_name(from_group) == anonymity.alias_of(own)


def test_an_identity_is_not_printed_by_mistake() -> None:
    assert NAME not in repr(anonymity.Identity(NAME, PHONE))


def test_kinds_of_files_are_all_shown_without_their_names() -> None:
    for kind in AttachmentKind:
        file = Attachment(kind=kind, name="Lành.pdf")
        reader = Reader((), "", anonymous=True, hide=False)
        assert display_file(Report(anonymous=True), file, reader) == ""


async def test_a_reason_that_nobody_sees_is_none(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    code = await hidden(db, people)
    status, page = await look(await signed_in("quanly"), code, "\u202e\u200b" * 30)
    assert status == 409
    assert NAME not in page


async def test_the_number_of_those_reached_tells_nobody_whose_an_anonymous_report_is(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        named = await report(session, people, "một", minutes_ago=5)
        own, others = [await report(session, people, "hai") for _ in range(2)]
        own.conversation = named.conversation
        await session.flush()
        reached = []
        for each in (own, others):
            await anonymity.hide(session, each)
            await merging.merge(session, each, named, leader)
            reached.append((await same_event(session, named, leader)).reached)
            await merging.unmerge(session, each, leader)
    assert reached[0] == reached[1]
