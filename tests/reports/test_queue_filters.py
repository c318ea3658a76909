"""Narrowing a folder: by hamlet, category, urgency, day, status and channel, in plain addresses."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.models import Officer
from bot.reports import filters, officers, queue
from bot.reports.filters import Filter, read_filter
from bot.reports.folders import Cursor, Folder
from bot.reports.models import Report
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report


async def found(
    db: Database, officer: Officer, folder: Folder = Folder.ALL, **chosen: str
) -> set[str]:
    """Codes that this officer sees with these parameters in the address."""
    parameters = {name.replace("_", "-"): value for name, value in chosen.items()}
    async with db.begin() as session:
        possible = await filters.choices(session, officer, folder)
        chosen_filter = read_filter(parameters, possible)
        page = await queue.open_page(session, officer, folder, chosen_filter)
    return {row.report.code for row in page.rows}


async def test_each_parameter_narrows_the_folder(db: Database, people: People) -> None:
    manager = people.officers["quanly"]
    async with db.begin() as session:
        plain = await report(session, people, "x")
        elsewhere = await report(session, people, "x", hamlet="Ấp 2")
        nowhere = await report(session, people, "x", hamlet="")
        dispute = await report(session, people, "x", category=Category.DISPUTE)
        urgent = await report(session, people, "x", urgent=True)
        in_group = await report(session, people, "x", private=False)
        old = await report(session, people, "x", minutes_ago=60 * 24 * 10)
        taken = await report(session, people, "x")
        await officers.acknowledge(session, taken, await session.get_one(Officer, manager.id))
    recent = (now() - timedelta(days=2)).date().isoformat()
    cases = [
        ({"ap": str(people.hamlets["Ấp 2"].id)}, {elsewhere}),
        ({"ap": "khong-ro"}, {nowhere}),
        ({"loai": "dispute"}, {dispute}),
        ({"khan": "1"}, {urgent}),
        ({"kenh": "telegram"}, {in_group}),
        ({"kenh": "web", "loai": "dispute"}, {dispute}),
        ({"den": recent}, {old}),
        ({"trang_thai": "acknowledged"}, {taken}),
        ({"loai": "dispute", "khan": "1"}, set()),
    ]
    for chosen, expected in cases:
        assert await found(db, manager, **chosen) == {each.code for each in expected}, chosen
    everything = {plain, elsewhere, nowhere, dispute, urgent, in_group, old, taken}
    assert await found(db, manager, tu=recent) == {r.code for r in everything - {old}}


async def test_a_day_is_a_day_in_vietnam(db: Database, people: People) -> None:
    manager = people.officers["quanly"]
    today = now().astimezone(VIETNAM).replace(hour=0, minute=0, second=0, microsecond=0)
    async with db.begin() as session:
        moments = [today, today + timedelta(hours=23, minutes=59), today - timedelta(seconds=1)]
        made = [await report(session, people, "x") for _ in moments]
        for each, at in zip(made, moments, strict=True):
            await session.execute(update(Report).where(Report.id == each.id).values(created_at=at))
    day = today.date().isoformat()
    assert await found(db, manager, tu=day, den=day) == {made[0].code, made[1].code}


async def test_a_leader_cannot_filter_himself_into_another_hamlet(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        own = await report(session, people, "x")
        await report(session, people, "x", hamlet="Ấp 2")
        hidden = await report(session, people, "x", category=Category.POLICE_CONDUCT)
    leader, other = people.officers["ap1"], people.hamlets["Ấp 2"]
    assert await found(db, leader, ap=str(other.id)) == {own.code}  # it is no choice of his
    assert await found(db, leader, ap="khong-ro") == {own.code}
    assert await found(db, leader, loai="police_conduct") == set()
    page = (await (await signed_in("ap1")).get("/console?loai=police_conduct")).text
    assert hidden.code not in page
    assert str(other.id) not in page


async def test_what_is_chosen_stands_in_chips_that_take_it_away(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    officer = await signed_in("quanly")
    hamlet = people.hamlets["Ấp 1"].id
    address = f"/console/hang-doi/tat-ca?ap={hamlet}&loai=&khan=1&tu=2026-01-31&den=&kenh="
    page = (await officer.get(address)).text
    assert "Từ 31/01/2026" in page
    without_urgent = f"/console/hang-doi/tat-ca?ap={hamlet}&amp;tu=2026-01-31"
    assert f'href="{without_urgent}" aria-label="Bỏ lọc: Khẩn"' in page
    assert "Không có phản ánh nào hợp với bộ lọc" in page
    assert f'<option value="{hamlet}" selected>Ấp 1</option>' in page


async def test_a_filter_of_closed_reports_looks_through_a_part_at_a_time(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch, signed_in: SignedIn
) -> None:
    monkeypatch.setattr(queue, "LOOKED_THROUGH", 3)
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        made = []
        for n in range(8):
            category = Category.DISPUTE if n in (0, 1, 7) else Category.SECURITY_ORDER
            made.append(await report(session, people, "x", category=category, minutes_ago=9 - n))
            await officers.close(session, made[-1], leader, "resolved", "")
    disputes = Filter(loai="dispute")
    for username in ("ap1", "quanly"):
        officer = people.officers[username]
        seen, cursor = [], None
        async with db.begin() as session:
            for _ in range(3):
                page = await queue.open_page(session, officer, Folder.CLOSED, disputes, cursor)
                seen.append([row.report.code for row in page.rows])
                cursor = page.after
            back = await queue.open_page(session, officer, Folder.CLOSED, disputes, page.before)
        assert seen == [[made[7].code], [], [made[1].code, made[0].code]], username
        assert cursor is None
        assert back.rows == []
        assert back.before is not None
    page = (await (await signed_in("ap1")).get("/console/hang-doi/da-ket-thuc?loai=dispute")).text
    assert "Xem tiếp" in page


NAMES = ("ap", "loai", "khan", "trang-thai", "kenh", "tu", "den")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | st.dates().map(str)))
def test_whatever_stands_in_an_address_makes_conditions(parameters: dict[str, str]) -> None:
    possible = filters.Choices(ap={}, loai={"dispute": ""}, trang_thai={"new": ""}, kenh={})
    chosen = read_filter(parameters, possible)
    assert len(chosen.conditions()) + len(chosen.further_conditions()) == len(chosen.parameters())


@given(st.text(max_size=60))
def test_only_a_cursor_is_a_cursor(text: str) -> None:
    cursor = Cursor.parse(text)
    assert cursor is None or str(cursor) == text


async def test_strange_addresses_are_no_error(signed_in: SignedIn) -> None:
    officer = await signed_in("quanly")
    for query in (
        "ap=' OR 1=1&loai=%00&tu=99999-01-01&den=x&kenh=%F0%9F%94%A5",
        "tu=9999-12-31&den=9999-12-31",
        "tu=0001-01-01&den=0001-01-01",
        f"sau=k.9999999999999999.{'f' * 32}",
        f"truoc=t.0.{'0' * 32}",
        "khan=1&khan=1&kin=AAAA",
    ):
        assert (await officer.get(f"/console/hang-doi/tat-ca?{query}")).status_code == 200, query
        assert (await officer.get(f"/console/hang-doi/da-ket-thuc?{query}")).status_code == 200
