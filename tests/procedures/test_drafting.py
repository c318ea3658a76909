"""A draft is its author's, one of each procedure, and never written over unseen."""

import asyncio

import pytest

from bot.db import Database
from bot.groups.models import Officer
from bot.procedures import drafting, publishing
from bot.procedures.drafting import SavedElsewhere
from bot.procedures.files import dump
from bot.procedures.loading import load
from bot.procedures.models import Origin, ProcedureVersion, Status
from bot.procedures.publishing import Refused
from tests.procedures.conftest import entry

ID = "nuoi_cho"


@pytest.fixture
async def loaded(db: Database) -> Database:
    async with db.begin() as session:
        await load(session, {ID: entry()})
    return db


async def keep(db: Database, officer: Officer, answer: str, seen: str = "") -> ProcedureVersion:
    async with db.begin() as session:
        opened = await drafting.desk(session, officer, ID)  # and held, as a page does
        content = dump(entry(answer=answer))
        kept = await drafting.keep(session, officer, ID, content, seen=seen, based_on=1)
        assert opened
        return kept


async def answers(db: Database) -> list[str]:
    async with db.begin() as session:
        found = await publishing.history(session, ID)
    return [each.content["answer"] for each in found if each.status is Status.DRAFT]


async def test_of_two_windows_at_once_one_is_told(
    loaded: Database, officers: list[Officer]
) -> None:
    first = await keep(loaded, officers[0], "Bà con khai báo với trưởng ấp.")
    seen = first.made_at.isoformat()
    at_once = (
        keep(loaded, officers[0], f"Bà con khai báo với tổ trưởng tổ {n}.", seen) for n in range(4)
    )
    results = await asyncio.gather(*at_once, return_exceptions=True)
    assert [type(each) for each in results].count(SavedElsewhere) == 3
    assert len(await answers(loaded)) == 1


async def test_two_officers_have_a_draft_each(loaded: Database, officers: list[Officer]) -> None:
    for officer in officers[:2]:
        await keep(loaded, officer, f"Bà con khai báo với {officer.name} ở ấp.")
    assert len(await answers(loaded)) == 2
    async with loaded.begin() as session:
        found = await drafting.desk(session, officers[0], ID)
    assert found
    assert found.content["answer"] == "Bà con khai báo với thai ở ấp."
    assert [each.author_id for each in found.of_others] == [officers[1].id]


async def test_questions_are_each_taken_once_and_no_longer_than_an_entry_bears(
    db: Database, officers: list[Officer]
) -> None:
    asked = ["nuôi  cá\nở đâu", "nuôi cá ở đâu", "x" * 700, " ", *map(str, range(30))]
    async with db.begin() as session:
        draft = await drafting.begin_with_questions(session, officers[0], asked, "no_topic")
    taken = draft.content["asked"]
    assert (taken[0], len(taken[1]), len(taken)) == ("nuôi cá ở đâu", 600, drafting.MAX_ASKED)
    assert "topic" not in draft.content
    assert (draft.origin, draft.procedure_id) == (Origin.GAP, "thu_tuc_moi")


async def test_nothing_is_made_of_a_procedure_that_there_is_not(
    db: Database, officers: list[Officer]
) -> None:
    async with db.begin() as session:
        for procedure_id in ("khong_co", "Không", "a\0b", ""):
            assert await drafting.desk(session, officers[0], procedure_id) is None
            with pytest.raises(Refused):
                await drafting.add_questions(session, officers[0], procedure_id, ["gì"])
