"""Notes between officers: in the report's story, and nowhere else."""

from typing import Any

import pytest
from sqlalchemy import select, text

from bot.db import Base, Database
from bot.groups.models import Officer, OfficerChat
from bot.messages.models import Outbound
from bot.reports import (
    corrections,
    internal_notes,
    learning,
    officers,
    quiet,
    replies,
    timeline,
)
from bot.reports.models import Consent, Correction, EventType
from bot.reports.notices import Reason, tell_of_answer, tell_officers
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report
from tests.reports.test_report_page import act, events

SECRET = "nghi ông Bảy Thẹo đứng sau, đừng để lộ"


async def test_a_note_is_seen_by_officers_as_theirs_alone(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "Ồn quá")).code
    leader = await signed_in("ap1")
    answer = await act(leader, code, "ghi-chu", text=SECRET)
    assert answer.headers["location"].endswith("?da=ghi-chu")
    for username in ("ap1", "quanly"):
        page = (await (await signed_in(username)).get(f"/console/phan-anh/{code}")).text
        assert SECRET in page
        said = page[page.index('class="bubble internal"') :]
        assert "Chỉ cán bộ đọc" in said[: said.index("</li>")]
    assert (await (await signed_in("ap2")).get(f"/console/phan-anh/{code}")).status_code == 404
    assert SECRET not in (await leader.get("/console")).text


@pytest.mark.parametrize(
    ("note", "why"), [(" ", "Ghi chú chưa có nội dung."), ("a" * 3001, "Ghi chú dài quá")]
)
async def test_a_note_that_cannot_be_kept_is_still_there_to_change(
    db: Database, people: People, signed_in: SignedIn, note: str, why: str
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "Ồn quá")).code
    answer = await act(await signed_in("ap1"), code, "ghi-chu", text=note)
    assert answer.status_code == 409
    assert why in answer.text
    assert f">{note.strip()}</textarea>" in answer.text
    assert EventType.INTERNAL_NOTE not in await events(db, code)


async def test_a_note_can_be_added_when_the_report_has_ended(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "Ồn quá")).code
    leader = await signed_in("ap1")
    await act(leader, code, "ket-thuc", outcome="resolved")
    await act(leader, code, "ghi-chu", text=SECRET)
    assert (await events(db, code))[-1] is EventType.INTERNAL_NOTE


async def test_a_note_is_in_no_row_that_can_leave(db: Database, people: People) -> None:
    """Everything is done that writes to a reporter, to an officer or into an export; then every
    row of every table is read, unsealed: one has the note."""
    async with db.begin() as session:
        made = await report(session, people, "Có người phá rào nhà tôi")
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        for officer in (leader, manager):
            officer.chats.append(OfficerChat(channel="web", chat_id=officer.username))
        await session.flush()
        await internal_notes.write(session, made, leader, SECRET)
        heard = [
            await timeline.first_words(session, made),
            await replies.receipt(session, made, "x", from_group=True),
            await replies.receipt(session, made, "x", from_group=False),
        ]
        due = {"what": "tiếp nhận", "when": "09:40"}
        for why in Reason:
            await tell_officers(session, made, "https://x", channel="web", why=why, more=due)
        await officers.acknowledge(session, made, leader)
        await officers.reply(session, made, leader, "Nhà nào vậy cô?")
        await one_more_message(session, made, "Nhà số 4")
        await tell_of_answer(session, made, "https://x", channel="web")
        await quiet.hand_back(session, made, leader)
        await officers.correct(session, made, manager, Category.DISPUTE, sensitive=True)
        await session.flush()
        await learning.allow(session, made, manager, "Có người phá rào nhà tôi")
        await officers.close(session, made, leader, "resolved", "Đã xong")
        heard += [str(await corrections.take_waiting(session))]
    async with db.begin() as session:
        assert (await session.get_one(Correction, made.id)).consent is Consent.GIVEN
        assert len((await session.scalars(select(Outbound))).all()) > len(Reason)
    assert SECRET not in " ".join(heard)
    assert await rows_with(db, SECRET) == [("report_events", EventType.INTERNAL_NOTE)]


async def rows_with(db: Database, words: str) -> list[tuple[str, Any]]:
    """Every row in which the words stand, sealed or not: the table and the row's type."""
    found = []
    async with db.begin() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(select(table))).mappings()
            found += [(table.name, row.get("type")) for row in rows if words in repr(dict(row))]
        queued = (
            "SELECT count(*) FROM dbos.workflow_status w WHERE w::text LIKE '%' || :words || '%'"
        )
        assert (await session.execute(text(queued), {"words": words})).scalar_one() == 0
    return found


async def test_whoever_searches_all_rows_finds_what_was_sent(db: Database, people: People) -> None:
    """The search itself reads sealed columns."""
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá")
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.reply(session, made, leader, "Nhà nào vậy cô?")
    tables = {table for table, _ in await rows_with(db, "Nhà nào vậy cô?")}
    assert tables == {"report_events", "outbound"}
