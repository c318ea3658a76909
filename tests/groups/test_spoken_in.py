"""In which group a resident speaks, asked for many at once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.db import Database
from bot.groups.models import Group, Officer
from bot.groups.service import GroupsSpokenIn
from bot.groups.setup import apply_setup, read_setup
from tests.service import COMMUNE


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.begin() as session:
        await apply_setup(session, read_setup(COMMUNE))
    yield database
    await database.close()


async def test_a_resident_speaks_in_his_group_and_an_officer_as_what_he_is(db: Database) -> None:
    groups = GroupsSpokenIn(db)
    wanted = {
        ("telegram", "-1001", "5001"): "Ấp 1",
        ("telegram", "-1001", "5002"): "Ấp 1",
        ("telegram", "-1001", "7011"): None,  # its leader
        ("telegram", "-1001", "7013"): None,  # another hamlet's
        ("telegram", "-1001", "7001"): None,  # a manager
        ("telegram", "-1001", "7021"): "Ấp 1",  # a deputy writes as the resident he is
        ("telegram", "-1002", "5001"): "Ấp 2",
        ("zalo_oa", "oa-g1", "7011"): "Ấp 1",  # whose number is an officer's elsewhere
        ("zalo_oa", "-1001", "5001"): None,  # not this platform's
        ("telegram", "-1009", "5001"): None,  # no group of ours
    }
    found = await asyncio.gather(*(groups.by_a_resident(*asked) for asked in wanted))
    assert [group and group.hamlet.name for group in found] == list(wanted.values())


async def test_a_change_is_seen_with_the_next_message(db: Database) -> None:
    groups = GroupsSpokenIn(db)
    assert await groups.by_a_resident("telegram", "-1001", "7011") is None
    async with db.begin() as session:
        await session.execute(update(Officer).values(active=False))
    assert await groups.by_a_resident("telegram", "-1001", "7011")
    async with db.begin() as session:
        await session.execute(update(Group).values(enabled=False))
    assert await groups.by_a_resident("telegram", "-1001", "7011") is None
