"""Words pass through handling, delivery and its failures; then all that is written is searched.

The whole service, with Rasa and every page: tests/e2e/test_canaries.py.
"""

import base64
import json
import uuid
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select, text, update

from bot.channels.base import AttachmentKind, ChatKind, Event, EventKind, RemoteFile
from bot.channels.web_mailbox import put
from bot.channels.web_models import WebFile
from bot.db import now
from bot.lanes import wake_after
from bot.messages.inbox import INBOX, receive
from bot.messages.models import Inbound, Outbound, OutboundStatus
from bot.ops.postgres import EmbeddedPostgres
from bot.procedures import gaps
from bot.reports.models import EventType, Report, ReportEvent
from bot.reports.service import append
from bot.services import Services
from tests.canaries import Canary, Flock, canary, dump, found, in_files
from tests.conftest import Server
from tests.fakes import FakeTelegram
from tests.messages.test_failures import eventually
from tests.messages.test_officer_chat import LEADER, RESIDENT, delivered, made_report, write
from tests.messages.test_officer_chat import update as from_chat


def test_the_search_finds_what_is_hidden_in_any_form() -> None:
    word = Canary("here", canary())
    raw = word.text.encode()
    for hidden in (
        raw,
        raw.hex().encode(),
        word.text.encode("utf-16"),
        base64.b64encode(b"x" + raw + b"yz"),
        base64.urlsafe_b64encode(b"xy" + raw + b"y"),
        json.dumps({"text": f"a {word.text} b"}).encode(),
    ):
        assert word.within(b"\0\0" + hidden + b"\0")
    assert not word.within(canary().encode())


def test_the_search_of_files_finds_what_is_hidden_in_any_form(tmp_path: Path) -> None:
    hidden, absent = Canary("here", canary()), Canary("nowhere", canary())
    for number, form in enumerate(sorted(hidden.forms)):
        (tmp_path / str(number)).write_bytes(b"\0\n\xff" + form + b"\0")
    (tmp_path / "clean").write_bytes(b"\0" * 1000)
    leaks = set(in_files([hidden, absent], tmp_path.iterdir()))
    assert len(leaks) == len(hidden.forms)
    assert not any("nowhere" in leak or "clean" in leak for leak in leaks)


async def test_no_word_is_readable_in_what_handling_and_delivery_leave(
    worker: Services,
    telegram: FakeTelegram,
    postgres: Server,
    capfd: pytest.CaptureFixture[str],
) -> None:
    flock = Flock()
    report = await made_report(worker)
    await tell(worker, flock)
    await answer(worker, telegram, report, flock)
    await leave_behind(worker, report, flock)
    async with worker.db.begin() as session:
        texts = set((await session.scalars(select(ReportEvent.text))).all())
    for way in ("words in private", "words in a group", "a note", "an answer that arrives"):
        assert any(each.way == way and each.text in str(texts) for each in flock.all), way

    leaks = list(found(flock.all, dump(worker.db.url), "a dump of the database"))
    async with worker.db.begin() as session:
        cluster = Path((await session.execute(text("SHOW data_directory"))).scalar_one())
    ours = isinstance(postgres, EmbeddedPostgres)  # its log lies beside it
    home = cluster.parent.parent if ours else cluster
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"PG_VERSION", *(["postgres.log"] if ours else [])} <= {path.name for path in files}
    leaks += in_files(flock.all, files)
    leaks += found(flock.all, "".join(capfd.readouterr()).encode(), "the logs")
    leaks += found(flock.all, generate_latest(), "/metrics")
    assert leaks == []


async def tell(worker: Services, flock: Flock) -> None:
    """What Rasa refuses becomes reports; what no version understands stays."""
    file = RemoteFile(AttachmentKind.FILE, flock.word("where a file is"), name=flock.word("a file"))
    said = {
        "channel": "telegram",
        "kind": EventKind.MESSAGE,
        "sender_id": "5001",
        "message_id": "1",
    }
    events = [
        Event(
            key=uuid.uuid4().hex,
            chat_kind=chat,
            chat_id=chat_id,
            sender_name=flock.word(f"a name in {chat}"),
            text=f"{flock.word(way)}, số tôi là {flock.number(way)}",
            files=files,
            **said,
        )
        for chat, chat_id, way, files in (
            (ChatKind.PRIVATE, "5001", "words in private", (file,)),
            (ChatKind.GROUP, "-1001", "words in a group", ()),
        )
    ]
    nonsense = Inbound(
        id=uuid.uuid4(),
        key="nonsense",
        channel="telegram",
        payload={"kind": "nonsense", "text": flock.word("an error in handling"), "chat_id": []},
    )
    async with worker.db.begin() as session:
        for event in events:
            assert await receive(session, event)
        session.add(nonsense)
        wake_after(session, INBOX)

    async def handled() -> bool:
        async with worker.db.begin() as session:
            reports = (await session.scalars(select(Report.id))).all()
            await session.refresh(stuck := await session.get_one(Inbound, nonsense.id))
            return len(reports) == 3 and stuck.failed is not None

    await eventually(handled, within=60)
    await delivered(worker)


async def answer(worker: Services, telegram: FakeTelegram, report: Report, flock: Flock) -> None:
    """One of the officer's answers arrives, one stays undelivered, with its words."""
    await write(worker, from_chat(LEADER, f"{report.code}: {flock.word('an answer that arrives')}"))
    await telegram.eventually(lambda t: any(flock.all[-1].text in x for x in t.sent(RESIDENT)))
    await delivered(worker)
    telegram.fail_next("blocked", method="sendMessage", chat_id=RESIDENT)
    await write(worker, from_chat(LEADER, f"{report.code}: {flock.word('one that does not')}"))

    async def dead() -> bool:
        async with worker.db.begin() as session:
            query = select(Outbound.id).where(Outbound.status == OutboundStatus.DEAD)
            return (await session.scalars(query)).first() is not None

    await eventually(dead)
    await delivered(worker)


async def leave_behind(worker: Services, report: Report, flock: Flock) -> None:
    async with worker.db.begin() as session:
        report = await session.get_one(Report, report.id)
        await append(session, report, EventType.INTERNAL_NOTE, text=flock.word("a note"))
        place = {"place": flock.word("a place"), "reporter_name": flock.word("a reporter's name")}
        details = [{"entity": "phone", "value": flock.number("a detail")}]
        await session.execute(
            update(Report).where(Report.id == report.id).values(details=details, **place)
        )
        await gaps.keep(session, uuid.uuid4(), None, f"giấy {flock.word('a question')}", ())
        frame = {"id": str(uuid.uuid4()), "type": "mail", "text": flock.word("mail of a page")}
        await put(session, ChatKind.PRIVATE, flock.word("an address"), frame)
        session.add(
            WebFile(
                owner="o",
                kind=AttachmentKind.FILE,
                name=flock.word("a file of a page"),
                mime="application/pdf",
                size=1,
                content=flock.word("what is in a file").encode(),
                expires_at=now(),
            )
        )
