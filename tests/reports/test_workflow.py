"""The life of a report: every state with every move, and what of it the page offers to whom."""

import asyncio
import re
import uuid

import pytest
from sqlalchemy import select

from bot.db import Database, now
from bot.groups.models import Officer, Role
from bot.reports import officers, queue
from bot.reports.errors import NotAllowed
from bot.reports.models import EventType, Report, ReportEvent, Status
from bot.reports.workflow import MOVES, Move, make, may, offered
from bot.settings import PROJECT
from tests.console.people import People, report

STATES = ("new", "acknowledged", "in_progress", "waiting", "transferred", "closed", "reopened")
TABLE = """
                   new   ackn  prog  wait  trans clos  reop
accept             ackn  -     -     -     -     -     -
assign             new   ackn  prog  wait  trans -     reop
reply              prog  prog  prog  wait  trans -     prog
wait               wait  wait  wait  wait  -     -     wait
resume             -     -     -     prog  -     -     -
hear               new   ackn  prog  prog  trans clos  reop
transfer_hamlet    new   new   new   new   new   -     new
transfer_managers  new   new   new   new   new   -     new
transfer_out       trans trans trans trans trans -     trans
close              clos  clos  clos  clos  clos  -     clos
reopen             -     -     -     -     reop  reop  -
withdraw           clos  -     -     -     -     -     -
"""


def _cells() -> list[tuple[Status, Move, Status | None]]:
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    names = dict(zip(head, (Status(state) for state in STATES), strict=True))
    return [
        (names[column], Move(move), names.get(after))
        for move, *afters in rows
        for column, after in zip(head, afters, strict=True)
    ]


CELLS = _cells()


def a_report(status: Status, *, managers_only: bool = False, private: bool = True) -> Report:
    return Report(
        status=status,
        closed_at=now() if status is Status.CLOSED else None,
        managers_only=managers_only,
        conversation_id=uuid.uuid4() if private else None,
        officer=Officer(name="Nguyễn Văn Hải"),
    )


def test_the_table_speaks_of_every_state_and_every_move() -> None:
    cells = {(status, move) for status, move, _ in CELLS}
    assert cells == {(status, move) for status in Status for move in Move}
    assert set(MOVES) <= cells


@pytest.mark.parametrize(("status", "move", "after"), CELLS, ids=str)
def test_each_move_leads_where_it_should_or_is_refused_and_changes_nothing(
    status: Status, move: Move, after: Status | None
) -> None:
    made = a_report(status)
    since = made.closed_at
    assert may(made, move) is (after is not None)
    if after is None:
        with pytest.raises(NotAllowed) as refused:
            make(made, move)
        assert re.fullmatch(r"(Phản ánh|Đồng chí) [^_{}]+\.", str(refused.value))
        assert (made.status, made.closed_at) == (status, since)
    else:
        make(made, move)
        assert made.status is after
        assert (made.closed_at is not None) is (after is Status.CLOSED)
        if status is Status.CLOSED:
            assert made.closed_at in (since, None)


def test_every_state_can_be_reached_and_none_is_a_dead_end() -> None:
    reached = {Status.NEW}
    while more := {a for (b, _), a in MOVES.items() if b in reached} - reached:
        reached |= more
    assert reached == set(Status)
    for status in Status:
        assert {after for (before, _), after in MOVES.items() if before is status} - {status}


def test_nothing_but_the_table_sets_a_reports_status() -> None:
    sets = re.compile(r"\bstatus\s*=\s*Status\.|\.status\s*=\s*(?!=)(?!.*OutboundStatus)")
    of_procedures = "from bot.procedures.models import"  # versions have a status of their own
    everything = (
        path for folder in ("bot", "actions") for path in (PROJECT / folder).rglob("*.py")
    )
    sources = (path for path in everything if "migrations" not in path.parts)
    found = {
        path.relative_to(PROJECT).as_posix()
        for path in sources
        if of_procedures not in (text := path.read_text("utf-8"))
        for line in text.splitlines()
        if sets.search(line) and "row.status" not in line
    }
    assert found == {"bot/reports/workflow.py"}


def test_the_page_offers_what_the_state_allows_to_whom_it_is_allowed() -> None:
    leader, manager = (Officer(role=role, active=True) for role in (Role.LEADER, Role.MANAGER))
    for status in Status:
        made = a_report(status)
        for officer in (leader, manager):
            moves = offered(made, officer)
            assert all(may(made, move) for move in moves)
            assert not moves & {Move.HEAR, Move.WITHDRAW}
    new = a_report(Status.NEW)
    assert offered(new, manager) - offered(new, leader) == {Move.ASSIGN}
    hidden = a_report(Status.NEW, managers_only=True)
    assert offered(new, manager) - offered(hidden, manager) == {Move.TRANSFER_MANAGERS}
    unjoined = a_report(Status.NEW, private=False)
    assert offered(new, manager) - offered(unjoined, manager) == {Move.REPLY, Move.WAIT}


async def test_of_two_officers_in_two_transactions_one_gets_it_and_the_other_hears_who(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code
    both_ready, names = asyncio.Barrier(2), ("ap1", "quanly")

    async def claim(username: str) -> str:
        async with db.begin() as session:
            officer = await session.get_one(Officer, people.officers[username].id)
            await both_ready.wait()
            made = await queue.find(session, officer, code, to_change=True)
            assert made
            await officers.acknowledge(session, made, officer)
            await asyncio.sleep(0.1)  # the other asks for the lock meanwhile
        return ""

    ends = await asyncio.gather(*map(claim, names), return_exceptions=True)
    [refused] = [end for end in ends if end != ""]
    winner = people.officers[names[ends.index("")]]
    assert isinstance(refused, NotAllowed)
    assert str(refused) == f"Đồng chí {winner.name} đã tiếp nhận phản ánh này."
    async with db.begin() as session:
        made = (await session.execute(select(Report))).scalar_one()
        assert (made.status, made.officer_id) == (Status.ACKNOWLEDGED, winner.id)
        types = (await session.scalars(select(ReportEvent.type))).all()
        assert list(types).count(EventType.ACKNOWLEDGED) == 1
