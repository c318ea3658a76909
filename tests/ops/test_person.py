"""`binhyen person …`: one person's data at his written request, and nothing of anybody else."""

import asyncio
import json
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner, Result

from bot.audit.models import Action, AuditEntry
from bot.channels.base import AttachmentKind
from bot.cli import app
from bot.db import Database
from bot.libpq import connect
from bot.messages.models import Conversation
from bot.reports.models import Attachment, EventType, Report, ReportEvent
from bot.reports.service import append
from bot.settings import PROJECT
from tests.console.people import People, report, settle
from tests.service import SECRET_KEY

WORDS, OTHERS = "nhà kế bên đánh bài", "hai nhà cãi nhau vì hàng rào"
NOTE, REPLY = "Người báo là cháu ông Sáu", "Tôi sẽ xuống xem"


@pytest.fixture(autouse=True)
def _installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SECRET_KEY", SECRET_KEY), ("DATABASE_URL", database_url)):
        monkeypatch.setenv(f"BINHYEN_{name}", value)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(tmp_path))


@dataclass
class Known:
    code: str
    chat: str
    people: People


@pytest.fixture
async def known(database_url: str) -> Known:
    """Somebody with a report that an officer answered; and a neighbour with one."""
    db = Database(database_url)
    people = await settle(db)
    async with db.begin() as session:
        made = await report(session, people, WORDS, name="Cô Ba Lành")
        await report(session, people, OTHERS, name="Chị Út Mai")
        officer = people.officers["ap1"]
        await append(session, made, EventType.INTERNAL_NOTE, officer, text=NOTE)
        await append(session, made, EventType.TO_REPORTER, officer, text=REPLY)
        photo = {"kind": AttachmentKind.PHOTO, "channel": "web", "mime": "image/jpeg"}
        session.add(Attachment(report_id=made.id, name="hàng xóm.jpg", content=b"JPEG", **photo))
        sent = {"officer_id": officer.id, "name": "giấy mời.pdf", "content": b"PDF"}
        session.add(Attachment(report_id=made.id, **photo, **sent))
        await session.flush()
        known = Known(made.code, f"web:{made.conversation.chat_id}", people)  # type: ignore[union-attr]
    await db.close()
    return known


async def person(*arguments: str | Path) -> Result:
    """In a thread: the command has a loop of its own."""
    line = ["person", *map(str, arguments)]
    return await asyncio.to_thread(CliRunner().invoke, app, line)


@pytest.mark.parametrize("by", ["code", "chat"])
async def test_a_copy_holds_all_that_he_told_and_was_told_and_nothing_of_others(
    known: Known, tmp_path: Path, by: str
) -> None:
    folder = tmp_path / "copy"
    done = await person("export", getattr(known, by), folder, "--request", "12/2026")
    assert done.exit_code == 0, done.output
    assert {path.name for path in folder.iterdir()} == {"du-lieu.json", "du-lieu.txt", "tep-1"}
    kept = json.loads((folder / "du-lieu.json").read_text(encoding="utf-8"))
    assert (kept["ten"], kept["so_dien_thoai"]) == ("Cô Ba Lành", "0900000123")
    [told] = kept["phan_anh"]
    assert [(each["ai"], each["loi"]) for each in told["trao_doi"]] == [
        ("người báo", WORDS),
        ("cán bộ", REPLY),
    ]
    assert told["tep"] == [{"ten": "hàng xóm.jpg", "loai": "image/jpeg", "trong_ban_sao": "tep-1"}]
    assert (folder / "tep-1").read_bytes() == b"JPEG"
    text = (folder / "du-lieu.txt").read_text(encoding="utf-8")
    assert WORDS in text
    everything = text + json.dumps(kept, ensure_ascii=False) + done.output
    for foreign in (NOTE, OTHERS, "Út Mai", "Nguyễn Văn Hải", "giấy mời"):
        assert foreign not in everything


async def test_a_copy_is_for_its_owner_alone_and_never_written_over_another(
    known: Known, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    await person("export", known.code, folder, "--request", "12/2026")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    again = await person("export", known.code, folder, "--request", "12/2026")
    assert again.exit_code == 1
    assert "đã có" in again.output


async def copies_noted(database_url: str) -> int | None:
    db = Database(database_url)
    async with db.begin() as session:
        entries = select(func.count()).select_from(AuditEntry)
        count = await session.scalar(entries.where(AuditEntry.action == Action.PERSON_EXPORTED))
    await db.close()
    return count


async def test_a_copy_that_cannot_be_logged_leaves_nothing_behind(
    known: Known, database_url: str, tmp_path: Path
) -> None:
    with connect(database_url) as connection:
        connection.execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'the disk is full'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON audit_entries
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
            """
        )
    done = await person("export", known.code, tmp_path / "copy", "--request", "12/2026")
    assert done.exit_code == 1
    assert not list(tmp_path.glob("*copy*"))


async def test_a_copy_that_does_not_fit_leaves_nothing_behind(
    known: Known, database_url: str, tmp_path: Path
) -> None:
    program = [PROJECT / ".venv/bin/binhyen", "person", "export", known.code, tmp_path / "copy"]
    done = await asyncio.to_thread(
        subprocess.run,
        ["prlimit", "--fsize=500", *program, "--request", "12/2026"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Không ghi được vào" in done.stderr
    assert not list(tmp_path.glob("*copy*"))
    assert await copies_noted(database_url) == 0


async def test_erasing_does_what_he_could_do_himself_and_says_what_stays(
    known: Known, database_url: str
) -> None:
    done = await person("erase", known.code, "--request", "13/2026")
    assert done.exit_code == 0, done.output
    assert known.code in done.output
    db = Database(database_url)
    async with db.begin() as session:
        one = await session.scalar(select(Report).where(Report.code == known.code))
        assert one is not None
        assert (one.reporter_name, one.known_name) == ("", "")
        words = await session.scalars(select(ReportEvent.text).where(ReportEvent.text.is_not(None)))
        assert OTHERS in words.all()
        names = (await session.scalars(select(Report.reporter_name))).all()
        assert "Chị Út Mai" in names
    await db.close()


async def test_both_stand_in_the_log_with_the_number_of_the_request_and_no_name(
    known: Known, database_url: str, tmp_path: Path
) -> None:
    await person("export", known.code, tmp_path / "copy", "--request", "12/2026")
    await person("erase", known.code, "--request", "13/2026")
    db = Database(database_url)
    async with db.begin() as session:
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
    await db.close()
    assert [(entry.action, entry.data) for entry in entries] == [
        (Action.PERSON_EXPORTED, {"request": "12/2026"}),
        (Action.PERSON_ERASED, {"request": "13/2026"}),
    ]


async def test_a_report_that_may_be_anothers_is_left_out(
    known: Known, database_url: str, tmp_path: Path
) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        await session.execute(
            update(ReportEvent)
            .where(ReportEvent.text.is_not(None), ReportEvent.type == EventType.CREATED)
            .values(data={"verified": False})
        )
    await db.close()
    done = await person("export", known.code, tmp_path / "copy", "--request", "12/2026")
    assert known.code in done.output
    assert WORDS not in (tmp_path / "copy" / "du-lieu.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("who", ["PA-99999", "telegram:1", "ai đó", ""])
async def test_whoever_is_not_known_is_not_found_and_nothing_is_written(
    known: Known, database_url: str, tmp_path: Path, who: str
) -> None:
    for arguments in (("export", who, tmp_path / "copy"), ("erase", who)):
        done = await person(*arguments, "--request", "12/2026")
        assert done.exit_code == 1
        assert "Không tìm thấy" in done.output
    assert not (tmp_path / "copy").exists()
    db = Database(database_url)
    async with db.begin() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 2
    await db.close()


@pytest.mark.parametrize("request_number", ["", "đơn của bà Tư", "a b", "x" * 50])
async def test_the_number_of_the_request_holds_no_words(
    known: Known, tmp_path: Path, request_number: str
) -> None:
    done = await person("erase", known.code, "--request", request_number)
    assert done.exit_code == 1
    assert "số của đơn" in done.output
