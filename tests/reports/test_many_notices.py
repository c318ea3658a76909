"""An officer hears of each report, unless one person makes them by the hundred."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.buckets import Buckets
from bot.db import Database
from bot.groups.models import Officer, OfficerChat
from bot.messages.models import Outbound
from bot.messages.outbox import target_key
from bot.reports import many_notices
from bot.reports.models import Report
from bot.reports.notices import Reason, tell_officers
from tests.console.people import People, report

FEW = 2
CONSOLE = "http://localhost/console"
FLOODER, NEIGHBOUR = "who sends much", "somebody else"


@pytest.fixture(autouse=True)
def _few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("_ordinary", "_urgent", "_reminded"):
        monkeypatch.setattr(many_notices, each, Buckets(FEW, 3600))


@pytest.fixture
async def leader(db: Database, people: People) -> Officer:
    officer = people.officers["ap1"]
    async with db.begin() as session:
        session.add(OfficerChat(officer_id=officer.id, channel="telegram", chat_id="7011"))
    return officer


async def told(session: AsyncSession) -> list[tuple[str, bool]]:
    """What the leader is told, in order, and whether it goes first."""
    query = select(Outbound).where(Outbound.target_key == target_key("telegram", "7011"))
    rows = (await session.execute(query.order_by(Outbound.turn))).scalars()
    return [(row.payload["content"]["text"], row.urgent) for row in rows if row.payload]


async def made(
    session: AsyncSession,
    people: People,
    count: int,
    sender: str = FLOODER,
    *,
    urgent: bool = False,
) -> list[Report]:
    reports = []
    for number in range(count):
        new = await report(session, people, f"chuyện số {number}", private=False, urgent=urgent)
        why = Reason.URGENT if urgent else Reason.NEW
        await tell_officers(session, new, CONSOLE, channel="telegram", why=why, sender=sender)
        reports.append(new)
    return reports


@pytest.mark.parametrize("urgent", [False, True])
async def test_many_reports_of_one_person_make_a_few_notices_and_one_for_the_rest(
    db: Database, people: People, leader: Officer, urgent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("EVERY", "URGENT_EVERY"):  # no stretch of time ends meanwhile
        monkeypatch.setattr(many_notices, each, 10**12)
    async with db.begin() as session:
        reports = await made(session, people, 12, urgent=urgent)
        notices = await told(session)
    assert len(notices) == FEW + 1
    for new, (notice, _) in zip(reports, notices, strict=False):
        assert (new.code in notice) is (new in reports[:FEW])
    assert CONSOLE in notices[-1][0]
    assert {goes_first for _, goes_first in notices} == {urgent}
    assert all(("KHẨN" in notice) is urgent for notice, _ in notices)


async def test_it_is_said_again_when_it_goes_on(
    db: Database, people: People, leader: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_notices, "EVERY", 10**12)
    async with db.begin() as session:
        await made(session, people, 12)
        monkeypatch.setattr(many_notices, "EVERY", 10**13)  # another stretch of time
        await made(session, people, 12)
        assert len(await told(session)) == FEW + 2


async def test_the_first_alarm_in_a_flood_of_reports_is_told_by_itself(
    db: Database, people: People, leader: Officer
) -> None:
    async with db.begin() as session:
        await made(session, people, 12)
        [alarm] = await made(session, people, 1, urgent=True)
        notice, goes_first = (await told(session))[-1]
    assert goes_first
    assert alarm.code in notice
    assert "KHẨN" in notice


async def test_one_persons_flood_is_nobody_elses(
    db: Database, people: People, leader: Officer
) -> None:
    async with db.begin() as session:
        await made(session, people, 12)
        [new] = await made(session, people, 1, NEIGHBOUR)
        assert new.code in (await told(session))[-1][0]


async def test_who_has_a_conversation_is_known_by_it(
    db: Database, people: People, leader: Officer
) -> None:
    async with db.begin() as session:
        reports = [await report(session, people, f"chuyện {n}") for n in range(4)]
        for new in reports:
            new.conversation_id = reports[0].conversation_id
            await tell_officers(session, new, CONSOLE, channel="telegram")
        notices = await told(session)
    assert sum(new.code in notice for new in reports for notice, _ in notices) == FEW


async def test_the_same_report_counts_once(db: Database, people: People, leader: Officer) -> None:
    async with db.begin() as session:
        [first] = await made(session, people, 1)
        for _ in range(20):
            await tell_officers(session, first, CONSOLE, channel="telegram", sender=FLOODER)
        [second] = await made(session, people, 1)
        notices = await told(session)
    assert [second.code in notice for notice, _ in notices] == [False, True]


async def test_an_officer_is_reminded_of_a_few_and_told_that_there_are_more(
    db: Database, people: People, leader: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_notices, "EVERY", 10**12)
    more = {"what": "trả lời", "when": "10 giờ"}
    async with db.begin() as session:
        for number in range(6):
            due = await report(session, people, f"chuyện {number}", private=False)
            await tell_officers(
                session, due, CONSOLE, channel="telegram", why=Reason.DUE, more=more
            )
        await made(session, people, 1)
        notices = [notice for notice, _ in await told(session)]
    assert ["nhớ trả lời" in notice for notice in notices] == [True] * FEW + [False] * 2
    assert "Phản ánh mới" in notices[-1]


async def test_what_a_colleague_gives_is_told_however_many_there_are(
    db: Database, people: People, leader: Officer
) -> None:
    async with db.begin() as session:
        *_, last = await made(session, people, 12)
        officer = await session.get_one(Officer, leader.id)
        await tell_officers(
            session, last, CONSOLE, channel="telegram", why=Reason.GIVEN, to=[officer]
        )
        assert last.code in (await told(session))[-1][0]
