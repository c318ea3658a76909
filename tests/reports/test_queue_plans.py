"""PostgreSQL finds each page of the queue by the index that is named for it, of its own accord.

It sorts what it finds there where it expects less than a page.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import make_url, text

from benchmarks.made_up import MadeUp, fill
from benchmarks.plans import indexes, plan
from bot.db import Database
from bot.groups.models import Officer
from bot.reports import folders, queue
from bot.reports.folders import Folder, find_in_order, place_of
from tests.conftest import Server, scratch_database

REPORTS, OPEN = 6_000, 1_200


@pytest.fixture(scope="module")
def filled_url(postgres: Server, postgres_url: str) -> Iterator[str]:
    """One database for all of it: nothing here writes."""
    with scratch_database(postgres, make_url(postgres_url).database) as url:
        yield url


@pytest.fixture
async def filled(filled_url: str) -> AsyncIterator[tuple[Database, MadeUp]]:
    db = Database(filled_url)
    yield db, await _made(db)
    await db.close()


async def _made(db: Database) -> MadeUp:
    async with db.begin() as session:
        count = await session.scalar(text("SELECT count(*) FROM officers"))
        if count:
            found = {}
            for name in ("quanly", "ap1"):
                query = text("SELECT id FROM officers WHERE username = :name")
                officer_id = await session.scalar(query, {"name": name})
                found[name] = await session.get_one(Officer, officer_id)
            return MadeUp(found["quanly"], found["ap1"])
    return await fill(db, REPORTS, OPEN)


@pytest.mark.parametrize("page", ["first", "next", "back"])
@pytest.mark.parametrize(
    ("folder", "username", "index"),
    [
        (Folder.MINE, "ap1", "ix_reports_queue_officer"),
        (Folder.UNASSIGNED, "ap1", "ix_reports_queue_officer"),
        (Folder.UNASSIGNED, "quanly", "ix_reports_queue_officer"),
        (Folder.ALL, "ap1", "ix_reports_queue"),
        (Folder.ALL, "quanly", "ix_reports_queue"),
        (Folder.OVERDUE, "ap1", "ix_reports_queue_overdue"),
        (Folder.OVERDUE, "quanly", "ix_reports_queue_overdue"),
        (Folder.REVIEW, "ap1", "ix_reports_queue_review"),
        (Folder.REVIEW, "quanly", "ix_reports_queue_review"),
        (Folder.CLOSED, "ap1", "ix_reports_queue_closed_hamlet"),
        (Folder.CLOSED, "quanly", "ix_reports_queue_closed"),
    ],
)
async def test_each_page_is_found_by_the_index_of_its_folder(
    folder: Folder, username: str, index: str, page: str, filled: tuple[Database, MadeUp]
) -> None:
    db, people = filled
    officer = people.leader if username == "ap1" else people.manager
    async with db.begin() as session:
        first = find_in_order(folder, officer, cursor=None, limit=6 * queue.PAGE)
        rows = (await session.execute(first)).all()
        assert rows
        cursor = None if page == "first" else place_of(rows[len(rows) // 2], back=page == "back")
        query = find_in_order(folder, officer, cursor=cursor, limit=queue.PAGE + 1)
        shown = await plan(session, query)
    used = indexes(shown)
    if used == ["ix_reports_figures"] and index == "ix_reports_queue_closed":
        return  # where nearly all are closed, that index has them in the same order
    assert index in used, shown
    assert "Seq Scan on reports" not in shown
    if cursor is not None:
        assert "ROW(" in shown.partition("Index Cond")[2].partition("\n")[0], shown


async def test_made_up_reports_fill_every_folder(filled: tuple[Database, MadeUp]) -> None:
    db, people = filled
    async with db.begin() as session:
        for officer in (people.manager, people.leader):
            counted = await folders.counts(session, officer)
            empty = {folder for folder, count in counted.items() if not count}
            assert empty <= ({Folder.MINE} if officer is people.manager else set())
        counted = await folders.counts(session, people.manager)
    assert counted[Folder.CLOSED] == folders.MOST_COUNTED
    assert counted[Folder.ALL] > OPEN // 2
