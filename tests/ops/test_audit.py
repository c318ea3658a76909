"""`binhyen audit verify`, as whoever runs the server sees it."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.checks.finding import State
from bot.checks.keeping import audit
from bot.cli import app
from bot.db import Database
from bot.settings import Settings
from tests.audit.trail import by_hand, fill
from tests.console.people import settle
from tests.service import SECRET_KEY


@pytest.fixture
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("SECRET_KEY", SECRET_KEY), ("DATABASE_URL", database_url)):
        monkeypatch.setenv(f"BINHYEN_{name}", value)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(tmp_path))
    return tmp_path


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", *arguments])


async def apart(*arguments: str) -> Result:
    """The same in a thread: the command has a loop of its own."""
    return await asyncio.to_thread(verify, *arguments)


@pytest.fixture
async def db(database_url: str) -> Database:
    """A log of six entries."""
    database = Database(database_url)
    await fill(database, await settle(database), 6)
    await database.close()
    return database


def test_a_whole_log_is_said_to_be_whole_and_its_end_is_kept(db: Database, folder: Path) -> None:
    done = verify()
    assert done.exit_code == 0, done.output
    assert "nguyên vẹn: 6 mục" in done.output
    assert (folder / "audit-checked.json").is_file()
    assert verify().exit_code == 0


async def test_every_kind_of_damage_is_one_line_and_the_code_is_1(
    db: Database, folder: Path
) -> None:
    await by_hand(
        db,
        "UPDATE audit_entries SET address = 'x' WHERE number = 1",
        "UPDATE audit_entries SET number = 99 WHERE number = 2",
        "DELETE FROM audit_entries WHERE number IN (4, 5)",
    )
    await db.close()
    done = await apart()
    assert done.exit_code == 1
    assert done.output.splitlines()[:-1] == [
        "Mục 1: đã bị sửa.",
        "Mục 2: đã bị xóa.",
        "Mục 4–5: đã bị xóa.",
        "Mục 7–98: đã bị xóa.",
        "Mục 99: vốn là mục 2, đã bị chuyển chỗ.",
    ]
    assert done.output.splitlines()[-1].startswith("Lỗi: nhật ký đã bị can thiệp")
    assert not (folder / "audit-checked.json").exists()


async def test_a_log_that_was_put_back_is_found_by_the_end_that_was_kept(
    db: Database, folder: Path
) -> None:
    end = next(
        line for line in (await apart()).output.splitlines() if line.startswith("Mục cuối: ")
    )
    await by_hand(
        db, "DELETE FROM audit_entries", "UPDATE audit_head SET number = 0, last = '', seal = ''"
    )
    await db.close()
    assert "đã bị đưa về ngày cũ" in (await apart()).output
    (folder / "audit-checked.json").unlink()
    assert (await apart()).exit_code == 0  # nobody remembers
    done = await apart("--known", end.removeprefix("Mục cuối: "))
    assert done.exit_code == 1
    assert "đã thấy mục 6" in done.output


async def test_damage_that_was_found_is_known_until_a_check_finds_the_log_whole_again(
    db: Database, folder: Path
) -> None:
    settings = Settings(data_dir=folder)
    assert (await apart()).exit_code == 0
    kept = (folder / "audit-checked.json").read_text()
    await by_hand(db, "UPDATE audit_entries SET address = address || 'x' WHERE number = 1")
    await db.close()
    assert (await apart()).exit_code == 1
    assert audit(settings).state is State.FAULT
    assert (folder / "audit-checked.json").read_text() == kept, "the end is still known"
    await by_hand(db, "UPDATE audit_entries SET address = rtrim(address, 'x') WHERE number = 1")
    await db.close()
    assert (await apart()).exit_code == 0
    assert audit(settings).state is State.OK


def test_what_cannot_be_read_is_said(db: Database, folder: Path) -> None:
    assert "--known phải có dạng" in verify("--known", "6").output
    (folder / "audit-checked.json").write_text("{}")
    done = verify()
    assert done.exit_code == 1
    assert "chưa được kiểm tra" in done.output
