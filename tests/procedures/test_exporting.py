"""Edits come back to the files, and nothing else in them changes."""

import shutil
from pathlib import Path

import pytest

from bot.db import Database
from bot.groups.models import Officer
from bot.procedures import publishing
from bot.procedures.entry import Entry
from bot.procedures.exporting import export
from bot.procedures.files import FOLDER, dump, read
from bot.procedures.loading import Loaded, load
from tests.procedures.conftest import entry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the repository's files."""
    return Path(shutil.copytree(FOLDER, tmp_path / "procedures"))


async def load_files(db: Database, folder: Path) -> Loaded:
    async with db.begin() as session:
        return await load(session, read(folder))


async def write_back(db: Database, folder: Path) -> tuple[list[str], list[str]]:
    """The names of the files written, and the entries left alone."""
    async with db.begin() as session:
        exported = await export(session, folder)
    for path, text in exported.files.items():
        path.write_text(text, encoding="utf-8")
    return sorted(path.name for path in exported.files), list(exported.left)


async def publish(db: Database, officers: list[Officer], changed: Entry, base: int | None) -> None:
    async with db.begin() as session:
        draft = await publishing.save_draft(session, officers[0], dump(changed), based_on=base)
        await publishing.propose(session, officers[0], changed.id, draft.number)
        await publishing.approve(session, officers[1], changed.id, draft.number)


def changed_lines(before: str, after: str) -> set[str]:
    return set(before.splitlines()) ^ set(after.splitlines())


async def test_what_nobody_changed_stays_to_the_letter(db: Database, folder: Path) -> None:
    await load_files(db, folder)
    assert await write_back(db, folder) == ([], [])


async def test_an_edit_changes_its_own_lines_only(
    db: Database, officers: list[Officer], folder: Path
) -> None:
    (folder / "other_procedure.yml").write_text(
        "# Đầu tệp.\n" + written(entry(), entry("nuoi_ga"), entry("nuoi_vit")), encoding="utf-8"
    )
    await load_files(db, folder)
    before = (folder / "other_procedure.yml").read_text(encoding="utf-8")
    edited = entry("nuoi_ga", name="Khai báo nuôi gà")
    await publish(db, officers, edited, 1)
    assert await write_back(db, folder) == (["other_procedure.yml"], [])
    after = (folder / "other_procedure.yml").read_text(encoding="utf-8")
    assert changed_lines(before, after) == {"  name: Khai báo nuôi gà"}
    assert read(folder)["nuoi_ga"] == edited
    assert await load_files(db, folder) == Loaded()


async def test_a_new_one_goes_to_the_file_of_its_topic(
    db: Database, officers: list[Officer], folder: Path
) -> None:
    await load_files(db, folder)
    made = entry(
        details=["Một đoạn dài. " * 20],
        fees=[{"text": "Miễn phí.", "since": "2026-01-01"}],
    )
    await publish(db, officers, made, None)
    assert (await write_back(db, folder))[0] == ["other_procedure.yml"]
    assert read(folder)["nuoi_cho"] == made
    empty = folder.with_name("empty")
    empty.mkdir()
    await write_back(db, empty)
    assert read(empty) == read(folder)


async def test_one_that_was_withdrawn_leaves_its_file(
    db: Database, officers: list[Officer], folder: Path
) -> None:
    await load_files(db, folder)
    gone = next(iter(read(folder)))
    async with db.begin() as session:
        await publishing.withdraw(session, officers[0], gone, "Quy định đã bỏ.")
    await write_back(db, folder)
    assert gone not in read(folder)
    assert await load_files(db, folder) == Loaded()


async def test_what_waits_to_be_decided_or_loaded_is_left_in_the_file(
    db: Database, officers: list[Officer], folder: Path
) -> None:
    path = folder / "other_procedure.yml"
    path.write_text(written(entry(), entry("nuoi_ga")), encoding="utf-8")
    await load_files(db, folder)
    await publish(db, officers, entry(name="Khai nuôi chó"), 1)
    path.write_text(written(entry(name="Khai báo chó"), entry("nuoi_ga")), encoding="utf-8")
    assert (await load_files(db, folder)).proposed == 1
    path.write_text(
        written(entry(name="Khai báo chó"), entry("nuoi_ga", name="Khai báo gà")),
        encoding="utf-8",
    )
    assert await write_back(db, folder) == ([], ["nuoi_cho", "nuoi_ga"])


def written(*entries: Entry) -> str:
    """A file as a person would write it."""
    blocks = []
    for each in entries:
        questions = "".join(f"\n  - {question}" for question in each.questions)
        blocks.append(
            f"- id: {each.id}\n"
            f"  topic: {each.topic}\n"
            f"  name: {each.name}\n"
            f"  questions:{questions}\n"
            f"  answer: {each.answer}\n"
            f"  legal_source:\n  - {each.legal_source[0]}\n"
            f"  checked_on: {each.checked_on}\n"
            f"  confidence: {each.confidence}\n"
        )
    return "\n".join(blocks)
