"""Every process tells what the database says, from the next turn on."""

from collections.abc import Mapping

from sqlalchemy import update

from bot.db import Database
from bot.groups.models import Officer
from bot.procedures import catalogue as module
from bot.procedures import publishing
from bot.procedures.catalogue import catalogue, forget, refresh
from bot.procedures.entry import Entry
from bot.procedures.files import dump, read
from bot.procedures.loading import load
from bot.procedures.models import CatalogueStamp, ProcedureVersion
from tests.procedures.conftest import entry


async def look(db: Database) -> Mapping[str, Entry]:
    async with db.begin() as session:
        await refresh(session)
    return catalogue()


async def test_without_anything_loaded_the_files_are_told(db: Database) -> None:
    assert catalogue().keys() == read().keys()
    assert (await look(db)).keys() == read().keys()


async def test_an_approved_edit_is_told_from_the_next_turn_on(
    db: Database, officers: list[Officer]
) -> None:
    async with db.begin() as session:
        await load(session, {"nuoi_cho": entry()})
    before = await look(db)
    async with db.begin() as session:
        changed = dump(entry(name="Khai báo nuôi chó, mèo"))
        draft = await publishing.save_draft(session, officers[0], changed, based_on=1)
        await publishing.propose(session, officers[0], "nuoi_cho", draft.number)
    assert await look(db) is before  # nothing is told yet
    async with db.begin() as session:
        await publishing.approve(session, officers[1], "nuoi_cho", draft.number)
    assert (await look(db))["nuoi_cho"].name == "Khai báo nuôi chó, mèo"
    assert before["nuoi_cho"].name == "Khai báo nuôi chó"


async def test_as_long_as_nothing_changes_nothing_is_read_again(db: Database) -> None:
    async with db.begin() as session:
        await load(session, {"nuoi_cho": entry()})
    first = await look(db)
    async with db.begin() as session:  # behind its back
        await session.execute(update(ProcedureVersion).values(content={}))
    assert await look(db) is first


async def test_one_that_cannot_be_read_silences_no_other(db: Database) -> None:
    async with db.begin() as session:
        await load(session, {"nuoi_cho": entry(), "nuoi_ga": entry("nuoi_ga")})
        broken = update(ProcedureVersion).where(ProcedureVersion.procedure_id == "nuoi_cho")
        await session.execute(broken.values(content={"id": "nuoi_cho"}))
    assert set(await look(db)) == {"nuoi_ga"}


async def test_a_copy_of_the_files_gives_way_to_the_database(db: Database) -> None:
    assert module.current().stamp is None
    async with db.begin() as session:
        await load(session, {"nuoi_cho": entry()})
    assert set(await look(db)) == {"nuoi_cho"}
    async with db.begin() as session:
        stamp = await session.get_one(CatalogueStamp, 1)
    assert module.current().stamp == stamp.value
    forget()
    assert catalogue().keys() == read().keys()
