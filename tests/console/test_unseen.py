"""A leader never sees that a complaint about himself exists.

Everything he and his deputy can open is opened twice, before the complaint comes in and after it
has come in, was answered, merged and closed: not a letter may differ.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.log import record
from bot.audit.models import Action
from bot.channels.base import AttachmentKind
from bot.db import Database, now
from bot.groups.models import Officer, OfficerChat
from bot.messages.models import Outbound
from bot.messages.outbox import target_key
from bot.reports import internal_notes, merging, officers
from bot.reports.deadline_watch import watch
from bot.reports.folders import Folder
from bot.reports.models import Attachment, Deadline, Report, ReportEvent
from bot.reports.notices import Reason, tell_of_answer, tell_officers
from bot.settings import Settings
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report, undelivered
from tests.console.site import Browser, console_app
from tests.console.test_access import routes, without_token
from tests.pictures import JPEG

if TYPE_CHECKING:
    from bot.services import Services

CODE, SECOND = "PA-ACDEF", "PA-FEDCA"
"""What the complaints' codes will be; asked for before they exist, too."""

WORDS = "Nhà ông Tư Thạnh tụ tập đánh bài ăn tiền suốt đêm, ồn ào không ai ngủ được"
"""What everybody writes: the complaint is as like the other reports as can be."""

AGE = timedelta(days=20)
"""So old are all of them that no page says anything that changes within a test."""

CHAT = "777"
QUERIES = ("", "khan=1", f"ma={CODE}")
SEARCHES = (WORDS, "đánh bài", CODE, SECOND, "complaint", "công an")
FORMS = (
    ("/gop", {"other": CODE}),
    ("/gop", {"other": SECOND}),
)


@pytest.fixture
async def others(db: Database, people: People) -> list[Report]:
    """What the leader of hamlet 1 may read: open, closed, merged, taken on."""
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        session.add(OfficerChat(officer_id=leader.id, channel="telegram", chat_id=CHAT))
        made = [await report(session, people, WORDS, category=each) for each in KINDS]
        await officers.acknowledge(session, made[1], leader)
        await officers.close(session, made[2], leader, "resolved", "")
        await merging.merge(session, made[4], made[3], leader)
        await grow_old(session)
    return made


KINDS = (
    *(Category.SECURITY_ORDER, Category.CRIME_INCIDENT, Category.DISPUTE),
    *(Category.SECURITY_ORDER, Category.SECURITY_ORDER),
)


async def grow_old(session: AsyncSession) -> None:
    """Everything happened long ago, at one moment."""
    await session.flush()
    at = now().replace(hour=3, minute=0, second=0, microsecond=0) - AGE
    times = {"created_at": at, "last_event_at": at, "last_from_reporter_at": at}
    await session.execute(update(Report).values(times))
    await session.execute(update(Report).where(Report.closed_at.is_not(None)).values(closed_at=at))
    await session.execute(update(ReportEvent).values(at=at))


async def complain(db: Database, people: People, others: list[Report]) -> None:
    """Two complaints of the leader come in, one that the model took for something else, and
    everything happens to them that can."""
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        both = [
            await report(session, people, WORDS, category=each, urgent=True, sensitive=True)
            for each in (Category.POLICE_CONDUCT, Category.SECURITY_ORDER)
        ]
        for made, code in zip(both, (CODE, SECOND), strict=True):
            made.code, made.managers_only = code, True
        first, second = both
        visible = await session.get_one(Report, others[0].id)
        assert visible.conversation
        # By one who told the leader of something else, in the same chat.
        second.conversation = visible.conversation
        file = {"kind": AttachmentKind.PHOTO, "channel": "web", "content": JPEG}
        session.add(Attachment(report_id=first.id, mime="image/jpeg", **file))
        await undelivered(session)
        for made in both:
            await tell_officers(session, made, "", channel="telegram")
            await tell_officers(session, made, "", channel="telegram", why=Reason.URGENT)
            await tell_of_answer(session, made, "", channel="telegram")
        await officers.acknowledge(session, first, manager)
        await internal_notes.write(session, first, manager, WORDS)
        await officers.reply(session, first, manager, WORDS)
        await one_more_message(session, first, WORDS)
        await officers.correct(session, first, manager, first.category, urgent=False)
        await merging.merge(session, second, first, manager)


async def end(db: Database, people: People) -> None:
    """The managers are done with both."""
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        query = select(Report).where(Report.code.in_([CODE, SECOND])).order_by(Report.code)
        first, second = (await session.execute(query)).scalars()
        await record(session, Action.CLOSED, officer=manager, address="", report=first)
        await officers.close(session, first, manager, "advised", WORDS)
        await officers.correct(session, second, manager, Category.POLICE_CONDUCT)
        await grow_old(session)


async def everything(app: Litestar, browser: Browser, others: list[Report]) -> dict[str, str]:
    """What an officer gets wherever he can look, by address."""
    found = {}
    for path in sorted(set(addresses(app, others))):
        async with browser.stream("GET", path) as answer:
            stream = answer.headers.get("content-type", "").startswith("text/event-stream")
            body = "" if stream else (await answer.aread()).decode(errors="replace")
        found[path] = f"{answer.status_code} {without_token(body)}"
    token = {"_csrf_token": browser.cookies.get("csrftoken") or ""}
    for suffix, form in FORMS:
        for made in others:
            path = f"/console/phan-anh/{made.code}{suffix}"
            found[f"{path} {form}"] = await sent(browser, path, token | form)
    for text in SEARCHES:
        found[f"search {text}"] = await sent(browser, "/console/tim", token | {"q": text})
    return found


async def sent(browser: Browser, path: str, form: dict[str, str]) -> str:
    answer = await browser.post(path, data=form, follow_redirects=True)
    return f"{answer.status_code} {without_token(answer.text)}"


FOLDERS = [folder.value for folder in Folder]
OWN_SESSIONS = "/console/phien"
"""Says how many minutes ago he did something himself."""

SOME_ID = "7f7c7e0e-4a44-4d0c-9c0e-6f5f3c1f2a11"


def addresses(app: Litestar, others: list[Report]) -> Iterator[str]:
    codes = [made.code for made in others] + [CODE, SECOND]
    for method, route in routes(app):
        if method != "GET" or route == OWN_SESSIONS:
            continue
        for code in codes if "{code:str}" in route else [""]:
            for folder in FOLDERS if "{folder:str}" in route else [""]:
                path = route.replace("{code:str}", code).replace("{folder:str}", folder)
                path = re.sub(r"\{\w+:uuid\}", SOME_ID, path)
                for query in [""] if code else QUERIES:
                    yield f"{path}?{query}" if query else path


async def test_nothing_he_can_open_changes(
    settings: Settings,
    signed_in: SignedIn,
    people: People,
    db: Database,
    others: list[Report],
) -> None:
    app = console_app(settings)
    watchers = {name: await signed_in(name) for name in ("ap1", "ap2", "phoap1")}
    before = {name: await everything(app, each, others) for name, each in watchers.items()}
    assert "đánh bài" in before["ap1"][f"/console/phan-anh/{others[0].code}"]
    assert others[0].code in before["ap1"]["search đánh bài"]
    await complain(db, people, others)
    for name, browser in watchers.items():
        nothing_differs(before[name], await everything(app, browser, others))
    await end(db, people)
    for name in ("ap1", "phoap1"):
        nothing_differs(before[name], await everything(app, watchers[name], others))
    manager = await signed_in("quanly")
    assert (await manager.get(f"/console/phan-anh/{CODE}")).status_code == 200


def nothing_differs(before: dict[str, str], after: dict[str, str]) -> None:
    assert [path for path in after if after[path] != before.get(path)] == []
    assert not any(code in body for code in (CODE, SECOND) for body in answers_of(after))


def answers_of(found: dict[str, str]) -> Iterator[str]:
    """Answers to whoever did not name the complaint himself."""
    return (body for asked, body in found.items() if CODE not in asked and SECOND not in asked)


async def test_nothing_is_written_to_his_chat(
    settings: Settings, people: People, db: Database, others: list[Report]
) -> None:
    await complain(db, people, others)
    async with db.begin() as session:
        for made in (await session.scalars(select(Report).where(Report.code != SECOND))).all():
            await tell_officers(session, made, "", channel="telegram")
    parts = SimpleNamespace(db=db, settings=settings)
    await watch(cast("Services", parts), now() + timedelta(days=30))
    async with db.begin() as session:
        query = select(Outbound).where(Outbound.target_key == target_key("telegram", CHAT))
        told = [str(row.payload) for row in (await session.scalars(query)).all()]
        missed = select(Deadline.report_id).where(Deadline.missed_at.is_not(None))
        overdue = set((await session.scalars(missed)).all())
    assert any(others[0].code in words for words in told)
    assert not any(CODE in words or SECOND in words for words in told)
    assert len(overdue) > 1  # of theirs and of the complaint
