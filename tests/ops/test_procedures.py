"""`binhyen procedures …`: load, check, export."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.db import Database
from bot.ops import procedures
from bot.ops.errors import OperationError
from bot.procedures import files
from bot.procedures.publishing import history
from bot.settings import Settings
from tests.procedures.conftest import entry
from tests.procedures.test_exporting import written
from tests.service import SECRET_KEY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two procedures in a file."""
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "other_procedure.yml").write_text(
        written(entry(), entry("nuoi_ga", questions=["Gà?", "Vịt?", "Ngan?"])), encoding="utf-8"
    )
    return folder


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "BINHYEN_DATABASE_URL": database_url,
        "BINHYEN_SECRET_KEY": SECRET_KEY,
        "BINHYEN_DATA_DIR": str(tmp_path),
    }


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["procedures", *arguments], env=environment)


def test_loading_says_what_it_did(folder: Path, environment: dict[str, str]) -> None:
    assert "2 mục mới" in run(environment, "load", str(folder)).output
    assert "0 mục mới" in run(environment, "load", str(folder)).output


def test_checking_needs_no_database_and_ends_well_when_all_is_well(folder: Path) -> None:
    done = run({}, "check", str(folder), "--on", "2026-11-27")
    assert done.exit_code == 0
    assert "2 thủ tục đều dùng được ngày 27/11/2026" in done.output


def test_checking_names_each_entry_that_must_not_be_told(folder: Path) -> None:
    done = run({}, "check", str(folder), "--on", "2027-11-24")
    assert done.exit_code == 1
    assert "nuoi_cho: Phải kiểm tra lại trước ngày: đã quá ngày 23/11/2027" in done.output
    assert "2 chỗ phải sửa trong 2 thủ tục" in done.output


def test_what_is_told_can_be_checked_too(folder: Path, environment: dict[str, str]) -> None:
    run(environment, "load", str(folder))
    (folder / "other_procedure.yml").write_text("[]", encoding="utf-8")
    assert "2 thủ tục" in run(environment, "check", "--told", "--on", "2026-11-27").output
    assert "0 thủ tục" in run({}, "check", str(folder), "--on", "2026-11-27").output


def test_export_writes_what_is_told(
    folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    run(environment, "load", str(folder))
    assert "đã đúng" in run(environment, "export", str(folder)).output
    done = run(environment, "export", str(tmp_path / "new"))
    assert "other_procedure.yml" in done.output
    assert files.read(tmp_path / "new") == files.read(folder)


@pytest.mark.parametrize("command", ["load", "check"])
def test_a_broken_file_is_one_clear_line(
    folder: Path, environment: dict[str, str], command: str
) -> None:
    (folder / "broken.yml").write_text("- id: nuoi_ca\n  topic: fish\n", encoding="utf-8")
    done = run(environment, command, str(folder))
    assert done.exit_code == 1
    assert "Lỗi: broken.yml: “nuoi_ca”: topic: không có lựa chọn này." in done.output


async def test_a_broken_file_does_not_keep_a_service_with_answers_from_starting(
    folder: Path, settings: Settings
) -> None:
    said: list[str] = []
    await procedures.load_at_start(settings, said.append, folder)
    assert said == []
    (folder / "broken.yml").write_text("- id: [", encoding="utf-8")
    await procedures.load_at_start(settings, said.append, folder)
    assert said == [
        "broken.yml: không đúng dạng YAML ở dòng 2. Các thủ tục đã nạp lần trước vẫn được dùng."
    ]
    db = Database(str(settings.database_url))
    async with db.begin() as session:
        assert len(await history(session, "nuoi_cho")) == 1
    await db.close()


async def test_without_any_answer_a_broken_file_is_an_error(
    folder: Path, settings: Settings
) -> None:
    (folder / "broken.yml").write_text("- id: [", encoding="utf-8")
    with pytest.raises(OperationError, match=r"broken\.yml"):
        await procedures.load_at_start(settings, print, folder)
