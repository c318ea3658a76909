"""`binhyen export-corrections`: what leaves the database, in which form, and never twice."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.console.times import VIETNAM
from bot.db import Database
from bot.groups.models import Officer
from bot.reports import learning, officers
from bot.reports.models import Correction, Report
from bot.triage.understanding import Category
from tests.console.people import People, report, settle
from tests.service import SECRET_KEY

# A person in every line: a number, a name, a plate. None of it may come out.
PLANTED = ("0912 345 678", "0912345678", "Hoàng Yến", "93P1-234.56", "070123456789")
LINES = (
    (Category.DISPUTE, "anh Hoàng Yến 0912 345 678 xe 93P1-234.56 lấn đất", True, False),
    (Category.DISPUTE, "bà Hoàng Yến 070123456789 xả nước qua sân", False, False),
    (Category.CRIME_INCIDENT, "cháy rồi [gọi](ngay)\n0912345678", False, True),
)


@pytest.fixture
async def db(database_url: str) -> Database:
    return Database(database_url)


@pytest.fixture
async def people(db: Database) -> People:
    return await settle(db)


@pytest.fixture
async def allowed(db: Database, people: People) -> list[Report]:
    """Three reports whose correction an officer lets the assistant learn from."""
    made = []
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        for private, (said, words, sensitive, urgent) in enumerate(LINES):
            each = await report(session, people, words, private=bool(private))
            await officers.correct(session, each, leader, said, sensitive=sensitive, urgent=urgent)
            await learning.allow(session, each, leader, words)
            made.append(each)
        refused = await report(session, people, "không được học điều này")
        await officers.correct(session, refused, leader, Category.DISPUTE)
    await db.close()
    return made


@pytest.fixture
def export(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Export":
    for name, value in (("SECRET_KEY", SECRET_KEY), ("DATABASE_URL", database_url)):
        monkeypatch.setenv(f"BINHYEN_{name}", value)
    monkeypatch.setenv("BINHYEN_DATA_DIR", str(tmp_path / "data"))
    return Export()


class Export:
    def __call__(self, target: Path) -> Result:
        return CliRunner().invoke(app, ["export-corrections", str(target)])


def written(folder: Path) -> dict[str, str]:
    return {p.parent.name: p.read_text("utf-8") for p in sorted(folder.rglob("*.yml"))}


def test_one_file_for_each_category_in_the_training_messages_format(
    allowed: list[Report], export: Export, tmp_path: Path
) -> None:
    done = export(tmp_path / "out")
    assert done.exit_code == 0, done.output
    files = written(tmp_path / "out")
    assert list(files) == ["crime_incident", "dispute"]
    assert files["dispute"].endswith(
        'version: "3.1"\n'
        "nlu:\n"
        "- intent: dispute\n"
        "  metadata: {chat: group, sensitive: true, urgent: false}\n"
        "  examples: |\n"
        "    - anh [tên người] [số điện thoại] xe [biển số xe] lấn đất\n"
        "- intent: dispute\n"
        "  metadata: {chat: private, sensitive: false, urgent: false}\n"
        "  examples: |\n"
        "    - bà [tên người] [số giấy tờ] xả nước qua sân\n"
    )
    (block,) = yaml.safe_load(files["crime_incident"])["nlu"]
    assert block == {
        "intent": "crime_incident",
        "metadata": {"chat": "private", "sensitive": False, "urgent": True},
        "examples": "- cháy rồi [gọi] (ngay) [số điện thoại]\n",
    }


def test_a_file_may_be_named_instead(allowed: list[Report], export: Export, tmp_path: Path) -> None:
    assert export(tmp_path / "all.yml").exit_code == 0
    blocks = yaml.safe_load((tmp_path / "all.yml").read_text("utf-8"))["nlu"]
    assert [block["intent"] for block in blocks] == ["crime_incident", "dispute", "dispute"]


async def test_no_unmasked_word_comes_out_even_if_one_was_stored(
    allowed: list[Report], database_url: str, export: Export, tmp_path: Path
) -> None:
    db = Database(database_url)
    async with db.begin() as session:
        raw = update(Correction).where(Correction.report_id == allowed[0].id)
        await session.execute(raw.values(text=LINES[0][1]))
    await db.close()
    files = "".join(written_by(export, tmp_path / "out").values())
    for planted in (*PLANTED, *(each.code for each in allowed), "Cô Ba Lành"):
        assert planted not in files
    assert "không được học điều này" not in files


def written_by(export: Export, folder: Path) -> dict[str, str]:
    """In another thread: the command has an event loop of its own."""
    with ThreadPoolExecutor() as threads:
        assert threads.submit(export, folder).result().exit_code == 0
    return written(folder)


def test_the_files_are_for_their_owner_alone(
    allowed: list[Report], export: Export, tmp_path: Path
) -> None:
    export(tmp_path / "out")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out").rglob("*.yml")}
    assert modes == {0o600}


def test_nothing_is_exported_twice(allowed: list[Report], export: Export, tmp_path: Path) -> None:
    export(tmp_path / "first")
    again = export(tmp_path / "second")
    assert again.exit_code == 0
    assert "Chưa có tin nào chờ xuất" in again.output
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("named", [True, False], ids=["a file", "a folder"])
def test_a_file_that_somebody_may_be_editing_is_never_overwritten(
    named: bool, allowed: list[Report], export: Export, tmp_path: Path
) -> None:
    today = f"corrections-{datetime.now(VIETNAM):%Y%m%d}.yml"
    target = tmp_path / ("out.yml" if named else "out")
    in_the_way = target if named else target / "dispute" / today
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("đang sửa dở", encoding="utf-8")
    refused = export(target)
    assert refused.exit_code == 1
    assert "không ghi đè" in refused.output
    assert list(tmp_path.rglob("*.yml")) == [in_the_way]  # the other category's neither
    assert in_the_way.read_text("utf-8") == "đang sửa dở"
    assert export(tmp_path / "elsewhere").exit_code == 0
    assert list(written(tmp_path / "elsewhere")) == ["crime_incident", "dispute"]


def test_without_the_key_it_says_which(
    export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BINHYEN_SECRET_KEY")
    refused = export(tmp_path)
    assert refused.exit_code == 1
    assert "BINHYEN_SECRET_KEY" in refused.output
