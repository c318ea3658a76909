"""The files are what an installation begins with; what officers decided goes before them."""

import asyncio

from sqlalchemy import select

from bot.db import Database
from bot.groups.models import Officer
from bot.groups.station import Station, filled
from bot.procedures import publishing
from bot.procedures.catalogue import catalogue, forget, refresh
from bot.procedures.entry import Entry
from bot.procedures.files import dump, read
from bot.procedures.loading import Loaded, load
from bot.procedures.models import Origin, ProcedureVersion, Status
from tests.procedures.conftest import entry


async def load_entries(db: Database, *entries: Entry) -> Loaded:
    async with db.begin() as session:
        return await load(session, {each.id: each for each in entries})


async def told(db: Database) -> dict[str, str]:
    """What a process that starts now answers, by id."""
    forget()
    async with db.begin() as session:
        await refresh(session)
    return {each.id: each.answer for each in catalogue().values()}


async def versions(db: Database, entry_id: str) -> list[tuple[int, Status, Origin]]:
    async with db.begin() as session:
        found = await publishing.history(session, entry_id)
    return [(each.number, each.status, each.origin) for each in found]


async def edit(db: Database, officers: list[Officer], changed: Entry) -> None:
    """One officer writes it, another approves."""
    async with db.begin() as session:
        based_on = (await publishing.history(session, changed.id))[0].number
        draft = await publishing.save_draft(session, officers[0], dump(changed), based_on=based_on)
        await publishing.propose(session, officers[0], changed.id, draft.number)
        await publishing.approve(session, officers[1], changed.id, draft.number)


async def test_the_files_of_the_repository_are_what_is_told(db: Database) -> None:
    await load_entries(db, *read().values())
    assert await told(db) == {each.id: filled(each, Station()).answer for each in read().values()}


async def test_the_same_files_again_change_nothing(db: Database) -> None:
    assert await load_entries(db, entry(), entry("nuoi_ga")) == Loaded(published=2)
    assert await load_entries(db, entry(), entry("nuoi_ga")) == Loaded()
    assert await versions(db, "nuoi_cho") == [(1, Status.PUBLISHED, Origin.FILE)]


async def test_processes_that_start_at_once_load_it_once(db: Database) -> None:
    loaded = await asyncio.gather(*(load_entries(db, *read().values()) for _ in range(4)))
    assert sum(each.published for each in loaded) == len(read())
    async with db.begin() as session:
        assert len((await session.scalars(select(ProcedureVersion))).all()) == len(read())


async def test_a_changed_file_is_told_at_once(db: Database) -> None:
    await load_entries(db, entry())
    changed = entry(answer="Bà con khai báo ở trụ sở ấp, không mất tiền.")
    assert await load_entries(db, changed) == Loaded(published=1)
    assert await told(db) == {"nuoi_cho": changed.answer}
    assert [status for _, status, _ in await versions(db, "nuoi_cho")] == [
        Status.PUBLISHED,
        Status.SUPERSEDED,
    ]


async def test_what_an_officer_wrote_goes_before_a_changed_file(
    db: Database, officers: list[Officer]
) -> None:
    await load_entries(db, entry())
    edited = entry(answer="Bà con khai báo với trưởng ấp trong 3 ngày.")
    await edit(db, officers, edited)
    for text in ("Bà con khai báo ở xã như trước nay.", "Bà con khai báo ở xã, mang theo sổ tiêm."):
        assert await load_entries(db, entry(answer=text)) == Loaded(proposed=1)
        assert await told(db) == {"nuoi_cho": edited.answer}
    assert await versions(db, "nuoi_cho") == [
        (4, Status.PROPOSED, Origin.FILE),
        (3, Status.SUPERSEDED, Origin.FILE),
        (2, Status.PUBLISHED, Origin.CONSOLE),
        (1, Status.SUPERSEDED, Origin.FILE),
    ]
    async with db.begin() as session:
        await publishing.approve(session, officers[0], "nuoi_cho", 4)
    assert await told(db) == {"nuoi_cho": "Bà con khai báo ở xã, mang theo sổ tiêm."}


async def test_an_edit_that_came_back_by_the_files_is_nothing_new(
    db: Database, officers: list[Officer]
) -> None:
    await load_entries(db, entry())
    edited = entry(answer="Bà con khai báo với trưởng ấp trong 3 ngày.")
    await edit(db, officers, edited)
    assert await load_entries(db, edited) == Loaded()
    again = entry(answer="Bà con khai báo với trưởng ấp trong 5 ngày.")
    await edit(db, officers, again)
    assert await load_entries(db, edited) == Loaded()
    assert await told(db) == {"nuoi_cho": again.answer}


async def test_what_left_the_files_is_told_no_more_and_comes_back_with_them(db: Database) -> None:
    await load_entries(db, entry(), entry("nuoi_ga"))
    assert await load_entries(db, entry()) == Loaded(withdrawn=1)
    assert set(await told(db)) == {"nuoi_cho"}
    assert await load_entries(db, entry(), entry("nuoi_ga")) == Loaded(published=1)
    assert set(await told(db)) == {"nuoi_cho", "nuoi_ga"}


async def test_what_an_officer_wrote_stays_when_the_files_leave_it_out(
    db: Database, officers: list[Officer]
) -> None:
    await load_entries(db, entry(), entry("nuoi_ga"))
    await edit(db, officers, entry("nuoi_ga", answer="Nuôi gà thì không phải khai báo gì cả."))
    assert await load_entries(db, entry()) == Loaded()
    assert set(await told(db)) == {"nuoi_cho", "nuoi_ga"}


async def test_what_an_officer_took_away_no_file_brings_back(
    db: Database, officers: list[Officer]
) -> None:
    await load_entries(db, entry())
    async with db.begin() as session:
        await publishing.withdraw(session, officers[0], "nuoi_cho", "Quy định đã bỏ.")
    assert await load_entries(db, entry()) == Loaded()
    assert await load_entries(db, entry(name="Khai báo nuôi chó, mèo")) == Loaded(proposed=1)
    assert await told(db) == {}
