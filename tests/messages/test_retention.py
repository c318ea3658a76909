"""Every night what is too old is erased, kind by kind, and nothing that is a little younger."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from dbos import DBOS
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import AttachmentKind
from bot.channels.web_models import WebFile, WebMail
from bot.console.models import OfficerSession, SignInFailures
from bot.db import now
from bot.groups.models import Hamlet, Member, Officer, OfficerChat
from bot.libpq import connect
from bot.messages.models import (
    Conversation,
    Inbound,
    Outbound,
    OutboundKind,
    OutboundStatus,
    PrivateInvitation,
)
from bot.procedures.models import ProcedureGap
from bot.reports.corrections import take_waiting
from bot.reports.models import (
    AtReport,
    Attachment,
    Consent,
    Correction,
    EventType,
    Report,
    ReportEvent,
    Status,
)
from bot.reports.service import append
from bot.retention.kinds import TABLE, Kind
from bot.retention.models import Purge
from bot.retention.purge import BEFOREHAND, past, purge, upcoming
from bot.security.keyring import open_keys
from bot.security.rotation import rotate, states
from bot.services import Services
from bot.settings import PROJECT
from bot.triage.understanding import Category
from bot.work import Queue, Workflow, enqueue
from tests.service import SECRET_KEY

Make = Callable[[AsyncSession, datetime], Awaitable[Any]]
A_LITTLE = timedelta(minutes=5)

report_number = iter(range(1, 10_000))


async def closed_report(session: AsyncSession, at: datetime, **values: Any) -> Report:
    report = Report(
        code=f"PA-{next(report_number):05}",
        inbound_id=uuid.uuid4(),
        hamlet_id=await session.scalar(select(Hamlet.id).limit(1)),
        category=Category.SECURITY_ORDER,
        sensitive=False,
        urgent=False,
        managers_only=False,
        confidence=1.0,
        reporter_name="Hoàng Yến",
        place="gần quán Lan",
        details=[{"entity": "phone"}],
        **{"status": Status.CLOSED, "closed_at": at} | values,
    )
    session.add(report)
    await session.flush()
    text = {"text": "chuyện riêng", "place": {"latitude": 1.0, "longitude": 2.0}}
    session.add(ReportEvent(report_id=report.id, type=EventType.CREATED, **text))
    photo = {"kind": AttachmentKind.PHOTO, "channel": "web", "content": b"x"}
    session.add(Attachment(report_id=report.id, name="hinh.png", **photo))
    return report


async def person(session: AsyncSession, at: datetime) -> Conversation:
    chat = Conversation(
        channel="web",
        address_key=uuid.uuid4().hex,
        chat_id="1",
        member=Member(name="Hoàng Yến", phone="0900000111"),
        last_inbound_at=at,
    )
    session.add(chat)
    await session.flush()
    return chat


async def outbound(session: AsyncSession, at: datetime, status: OutboundStatus) -> None:
    message = {"kind": OutboundKind.MESSAGE, "channel": "web", "target_key": "t", "payload": {}}
    session.add(Outbound(key=uuid.uuid4().hex, status=status, done_at=at, **message))


async def left(session: AsyncSession, at: datetime) -> None:
    officer = Officer(
        username=uuid.uuid4().hex[:8],
        name="Người đã đi",
        role="deputy",
        phone="0900000222",
        password_hash="x",
        active=False,
        left_at=at,
    )
    officer.chats = [OfficerChat(channel="telegram", chat_id=officer.username)]
    session.add(officer)


async def someone(session: AsyncSession) -> uuid.UUID:
    return await session.scalar(select(Officer.id).limit(1))  # type: ignore[return-value]


def added(make: Callable[[datetime], Any]) -> Make:
    async def add(session: AsyncSession, at: datetime) -> None:
        session.add(make(at))

    return add


def key() -> str:
    return uuid.uuid4().hex


async def signed_in(session: AsyncSession, at: datetime) -> None:
    officer = await someone(session)
    session.add(OfficerSession(token_key=key(), officer_id=officer, created_at=at))


async def writing(session: AsyncSession, at: datetime) -> None:
    report = await closed_report(session, now())
    officer = await someone(session)
    session.add(AtReport(report_id=report.id, officer_id=officer, writes_until=at))


async def learnt(session: AsyncSession, at: datetime) -> None:
    report = await closed_report(session, now())
    session.add(
        Correction(
            report_id=report.id,
            category=Category.SECURITY_ORDER,
            came_in_at=now(),
            consent=Consent.GIVEN,
            text="đã che",
            exported_at=at,
        )
    )


def count(table: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(table).where(*conditions)


CASES: dict[str, tuple[Make, Any]] = {
    "moderation": (
        added(lambda at: Inbound(key=key(), channel="web", handled_at=at, noticed=[{"a": 1}])),
        count(Inbound, Inbound.noticed.is_not(None)),
    ),
    "questions": (
        lambda session, at: _asked(session, at),
        count(Conversation, Conversation.asked.is_not(None)),
    ),
    "handled": (
        added(lambda at: Inbound(key=key(), channel="web", handled_at=at)),
        count(Inbound),
    ),
    "failed": (
        added(
            lambda at: Inbound(
                key=key(), channel="web", received_at=at, payload={"text": "x"}, failed="ChannelOff"
            )
        ),
        count(Inbound),
    ),
    "delivered": (lambda s, at: outbound(s, at, OutboundStatus.SENT), count(Outbound)),
    "undelivered": (lambda s, at: outbound(s, at, OutboundStatus.DEAD), count(Outbound)),
    "invitations": (
        added(lambda at: PrivateInvitation(token_key=key(), expires_at=at)),
        count(PrivateInvitation),
    ),
    "mail": (
        added(lambda at: WebMail(mailbox="m", frame={"text": "x"}, expires_at=at)),
        count(WebMail),
    ),
    "files": (
        added(
            lambda at: WebFile(
                owner="o",
                kind=AttachmentKind.FILE,
                name="giấy.pdf",
                mime="application/pdf",
                size=1,
                content=b"x",
                expires_at=at,
            )
        ),
        count(WebFile),
    ),
    "gaps": (
        added(lambda at: ProcedureGap(inbound_id=uuid.uuid4(), question="x", asked_at=at)),
        count(ProcedureGap),
    ),
    "reports": (closed_report, count(ReportEvent, ReportEvent.text.is_not(None))),
    "people": (person, count(Member)),
    "learnt": (learnt, count(Correction, Correction.text.is_not(None))),
    "sessions": (signed_in, count(OfficerSession)),
    "failures": (added(lambda at: SignInFailures(key=key(), last_at=at)), count(SignInFailures)),
    "presence": (writing, count(AtReport)),
    "accounts": (left, count(Officer, Officer.phone == "0900000222")),
    "purges": (
        added(lambda at: Purge(at=at, erased={"a": 1})),
        count(Purge, Purge.at < now() - timedelta(days=1)),
    ),
}


async def _asked(session: AsyncSession, at: datetime) -> None:
    chat = await person(session, now())
    chat.asked, chat.asked_at = {"text": "x"}, at


def test_every_kind_has_a_case() -> None:
    assert set(CASES) | {"work"} == {kind.key for kind in TABLE}


@pytest.mark.parametrize("kind", [k for k in TABLE if k.key in CASES], ids=lambda kind: kind.key)
async def test_what_is_too_old_goes_and_what_is_a_little_younger_stays(
    worker: Services, kind: Kind
) -> None:
    make, left_over = CASES[kind.key]
    limit = now() - kind.kept(worker.settings)
    async with worker.db.begin() as session:
        await make(session, limit - A_LITTLE)
        await make(session, limit + A_LITTLE)
    erased = await purge(worker)
    assert erased.get(kind.key) == 1
    async with worker.db.begin() as session:
        assert await session.scalar(left_over) == 1


async def test_what_is_no_longer_needed_is_more_than_one_batch(
    worker: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.retention.kinds.BATCH", 10)
    async with worker.db.begin() as session:
        session.add_all(
            ProcedureGap(inbound_id=uuid.uuid4(), question="x", asked_at=now() - timedelta(days=99))
            for _ in range(25)
        )
    assert (await purge(worker))["gaps"] == 25


async def test_what_waits_to_be_handled_or_sent_is_never_erased(worker: Services) -> None:
    ancient = now() - timedelta(days=9999)
    async with worker.db.begin() as session:
        session.add(Inbound(key="w", channel="web", received_at=ancient, payload={"text": "x"}))
        message = {"kind": OutboundKind.MESSAGE, "channel": "web", "target_key": "t"}
        session.add(Outbound(key="w", created_at=ancient, payload={}, **message))
    await purge(worker)
    async with worker.db.begin() as session:
        assert await session.scalar(count(Inbound)) == 1
        assert await session.scalar(count(Outbound)) == 1


async def test_of_an_old_report_the_counts_stay_and_nothing_that_anybody_said(
    worker: Services,
) -> None:
    long_ago = now() - timedelta(days=worker.settings.keep_reports_days + 1)
    async with worker.db.begin() as session:
        chat = await person(session, long_ago)
        report = await closed_report(session, long_ago, conversation_id=chat.id, anonymous=True)
    await purge(worker)
    async with worker.db.begin() as session:
        found = await session.get_one(Report, report.id)
        assert (found.category, found.hamlet_id) == (report.category, report.hamlet_id)
        assert (found.closed_at, found.created_at) == (report.closed_at, report.created_at)
        assert (found.reporter_name, found.place, found.details) == ("", None, None)
        assert found.conversation is None
        events = (await session.scalars(select(ReportEvent))).all()
        assert [event.type for event in events] == [EventType.CREATED, EventType.EXPIRED]
        assert not any(event.text or event.place for event in events)
        assert await session.scalar(count(Attachment)) == 0
        assert await session.scalar(count(Member)) == 0
    assert "reports" not in await purge(worker)  # once


@pytest.mark.parametrize("status", [Status.NEW, Status.WAITING, Status.REOPENED])
async def test_an_open_report_keeps_its_words_and_its_reporter(
    worker: Services, status: Status
) -> None:
    long_ago = now() - timedelta(days=9999)
    async with worker.db.begin() as session:
        chat = await person(session, long_ago)
        open_one = {"status": status, "closed_at": None, "created_at": long_ago}
        await closed_report(session, long_ago, conversation_id=chat.id, **open_one)
    await purge(worker)
    async with worker.db.begin() as session:
        assert await session.scalar(count(ReportEvent, ReportEvent.text.is_not(None))) == 1
        assert await session.scalar(select(Member.name)) == "Hoàng Yến"


@pytest.mark.parametrize("status", [Status.REOPENED, Status.CLOSED])
async def test_words_that_come_after_the_others_went_have_their_own_time(
    worker: Services, status: Status
) -> None:
    long_ago = now() - timedelta(days=9999)
    async with worker.db.begin() as session:
        chat = await person(session, long_ago)
        closed = await closed_report(session, long_ago, conversation_id=chat.id)
    await purge_of(worker, "reports")
    async with worker.db.begin() as session:
        report = await session.get_one(Report, closed.id)
        if status is Status.REOPENED:
            report.status, report.closed_at = status, None
        await append(session, report, EventType.INTERNAL_NOTE, text="Bà gọi lại, còn giữ giấy.")
    await purge_of(worker, "people")
    async with worker.db.begin() as session:
        assert await session.scalar(count(Member)) == 1
    await purge(worker)
    async with worker.db.begin() as session:
        left_over = await session.scalar(count(ReportEvent, ReportEvent.text.is_not(None)))
        assert left_over == (status is Status.REOPENED)


async def test_a_report_reopened_without_a_word_keeps_its_reporter(worker: Services) -> None:
    long_ago = now() - timedelta(days=9999)
    async with worker.db.begin() as session:
        chat = await person(session, long_ago)
        gone = {"status": Status.REOPENED, "closed_at": None, "words_gone_at": now()}
        await closed_report(session, long_ago, conversation_id=chat.id, **gone)
    await purge(worker)
    async with worker.db.begin() as session:
        assert await session.scalar(count(Member)) == 1


async def purge_of(worker: Services, key: str) -> None:
    kind = next(kind for kind in TABLE if kind.key == key)
    while await kind.erase(worker, now() - kind.kept(worker.settings)):
        pass


async def test_managers_see_a_week_before_which_reports_lose_their_words(worker: Services) -> None:
    kept = timedelta(days=worker.settings.keep_reports_days)
    async with worker.db.begin() as session:
        soon = await closed_report(session, now() - kept + BEFOREHAND - A_LITTLE)
        await closed_report(session, now() - kept + BEFOREHAND + A_LITTLE)
        found = await upcoming(session, worker.settings)
    assert [code for code, _ in found.reports] == [soon.code]
    assert found.count == 1
    assert found.reports[0][1] == soon.closed_at + kept  # type: ignore[operator]


async def test_each_night_says_how_much_of_what_and_nothing_more(worker: Services) -> None:
    async with worker.db.begin() as session:
        session.add(
            ProcedureGap(inbound_id=uuid.uuid4(), question="x", asked_at=now() - timedelta(days=91))
        )
    await purge(worker)
    await purge(worker)
    async with worker.db.begin() as session:
        assert [night.erased for night in await past(session)] == [{}, {"gaps": 1}]


async def test_what_was_learnt_is_not_exported_again_once_its_text_is_gone(
    worker: Services,
) -> None:
    async with worker.db.begin() as session:
        await learnt(session, now() - timedelta(days=91))
        old = now() - timedelta(days=worker.settings.keep_reports_days + 1)
        waits = await closed_report(session, old)
        given = {"consent": Consent.GIVEN, "text": "đã che", "came_in_at": now()}
        category = Category.SECURITY_ORDER
        session.add(Correction(report_id=waits.id, category=category, **given))
    await purge(worker)
    async with worker.db.begin() as session:
        assert await take_waiting(session) == []
        assert (await session.scalars(select(Correction.text))).all() == [None, None]


async def test_one_kind_that_cannot_be_erased_keeps_no_other_from_it(
    worker: Services, capfd: pytest.CaptureFixture[str]
) -> None:
    """A row that something points to, by a table this version does not know."""
    async with worker.db.begin() as session:
        await person(session, now() - timedelta(days=9999))
        session.add(
            ProcedureGap(inbound_id=uuid.uuid4(), question="x", asked_at=now() - timedelta(days=91))
        )
    with connect(worker.db.url) as connection:
        connection.execute("CREATE TABLE later (chat uuid REFERENCES conversations)")
        connection.execute("INSERT INTO later SELECT id FROM conversations")
    with pytest.raises(Exception, match="later"):
        await purge(worker)
    async with worker.db.begin() as session:
        assert await session.scalar(count(ProcedureGap)) == 0
        assert await session.scalar(count(Conversation)) == 1


async def test_a_night_without_a_database_is_waited_out(
    worker: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise OperationalError("SELECT 1", None, Exception())

    broken = [replace(kind, erase=away) for kind in TABLE[:1]]
    monkeypatch.setattr("bot.retention.purge.TABLE", (*broken, *TABLE[1:]))
    with pytest.raises(OperationalError):
        await purge(worker)
    async with worker.db.begin() as session:
        assert await session.scalar(count(Purge)) == 0


async def test_finished_work_is_forgotten_and_unfinished_is_not(worker: Services) -> None:
    done = uuid.uuid4()  # a file that is not there, and need not be fetched
    async with worker.db.begin() as session:
        await enqueue(session, Workflow.FETCH, Queue.ATTACHMENTS, done, partition="p")
    name = f"{Workflow.FETCH}-{done}"
    while (await DBOS.get_workflow_status_async(name)).status != "SUCCESS":  # type: ignore[union-attr]
        pass
    old = int((now() - timedelta(days=4)).timestamp() * 1000)
    await purge(worker)
    assert await DBOS.get_workflow_status_async(name) is not None
    with connect(worker.db.url) as connection:
        connection.execute(
            "UPDATE dbos.workflow_status SET completed_at = %s, updated_at = %s", (old, old)
        )
    await purge(worker)
    assert await DBOS.get_workflow_status_async(name) is None


async def test_a_key_that_was_retired_long_ago_is_removed(worker: Services) -> None:
    open_keys(SECRET_KEY, worker.db.url)
    with connect(worker.db.url) as connection:
        rotate(connection, SECRET_KEY, lambda *_: None, learnt=0)
        connection.execute(
            "UPDATE vault_keys SET retired_at = now() - interval '8 days' WHERE state = 'retired'"
        )
        await purge(worker)
        assert [key.forgotten for key in states(connection)] == [False, True, False]


async def test_who_comes_back_before_it_is_erased_keeps_his_account(worker: Services) -> None:
    async with worker.db.begin() as session:
        await left(session, now() - timedelta(days=9999))
        await session.execute(update(Officer).values(active=True, left_at=None))
    assert "accounts" not in await purge(worker)


def test_every_kind_is_in_the_documentation() -> None:
    text = (PROJECT / "docs" / "data-protection.md").read_text(encoding="utf-8")
    assert [kind.key for kind in TABLE if f"| `{kind.key}` |" not in text] == []
