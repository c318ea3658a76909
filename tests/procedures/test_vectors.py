"""Meanings are made once for the whole installation, in the background, and follow every edit."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.db import Database
from bot.procedures import catalogue, search
from bot.procedures import elsewhere as offices
from bot.procedures.catalogue import refresh
from bot.procedures.loading import load
from bot.procedures.models import ProcedureVector
from bot.procedures.search import index
from bot.procedures.vectors import complete
from tests.procedures.conftest import entry

DOG, CAT = entry(), entry("nuoi_meo", name="Nuôi mèo", questions=["Nuôi mèo?", "Mèo lạc?", "Mèo?"])


ELSEWHERE = '[{subject: Điện, questions: ["Khi nào cúp điện?"]}]'


@pytest.fixture(autouse=True)
async def procedures(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Two, one other office, and a process that has only just read them."""
    monkeypatch.setattr(offices, "FILE", tmp_path / "elsewhere.yml")
    offices.FILE.write_text(ELSEWHERE, "utf-8")
    offices.elsewhere.cache_clear()
    async with db.begin() as session:
        await load(session, {DOG.id: DOG, CAT.id: CAT})
    await begin(db)
    yield
    catalogue.forget()
    offices.elsewhere.cache_clear()


async def begin(db: Database) -> None:
    catalogue.forget()
    async with db.begin() as session:
        await refresh(session)


async def rows(db: Database) -> dict[str, bytes]:
    async with db.begin() as session:
        return {row.key: row.vector for row in await session.scalars(select(ProcedureVector))}


async def test_words_answer_until_there_are_meanings(db: Database) -> None:
    assert index().meanings is None
    assert index().search("nuôi mèo", {})[0].id == CAT.id
    await complete(db)
    assert index().meanings is not None
    assert index().search("con miu lac mat roi", {})[0].id == CAT.id


async def test_they_are_made_once_however_many_processes_begin(db: Database) -> None:
    await asyncio.gather(complete(db), complete(db))
    made = await rows(db)
    assert len(made) == len({*DOG.known_questions(), *CAT.known_questions(), "Khi nào cúp điện?"})
    await begin(db)
    await complete(db)
    assert await rows(db) == made
    assert index().meanings is not None


async def test_an_edit_makes_only_what_is_new_and_drops_what_is_gone(db: Database) -> None:
    await complete(db)
    before = await rows(db)
    changed = entry("nuoi_meo", name="Nuôi mèo", questions=["Nuôi mèo?", "Mèo lạc?", "Mèo con?"])
    async with db.begin() as session:
        await load(session, {DOG.id: DOG, CAT.id: changed})
        await refresh(session)
    assert index().meanings is None
    await complete(db)
    after = await rows(db)
    assert len(after) == len(before)
    assert len(after.items() & before.items()) == len(before) - 1


async def test_what_a_question_means_is_sealed(db: Database) -> None:
    await complete(db)
    vectors = set((await rows(db)).values())
    async with db.begin() as session:
        stored = await session.execute(text("SELECT vector FROM procedure_vectors"))
    assert not any(bytes(raw) in vectors for (raw,) in stored)


async def test_without_procedures_there_is_nothing_to_make(db: Database) -> None:
    async with db.begin() as session:
        await load(session, {})
        await refresh(session)
    await complete(db)
    assert await rows(db) == {}
    assert search.index().ids == ()
