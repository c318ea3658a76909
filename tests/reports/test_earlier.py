"""A reporter's other reports, as officers may see them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.groups.models import Officer
from bot.messages.models import Conversation
from bot.reports import anonymity, service
from bot.reports.earlier import MOST, others_of_reporter
from bot.reports.models import Report
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report


async def another(
    session: AsyncSession, people: People, first: Report, hamlet: str = "Ấp 1", **values: object
) -> Report:
    """One more report from the chat of the first."""
    made = await report(session, people, "việc khác", hamlet=hamlet, **values)
    made.conversation = await session.get_one(Conversation, first.conversation_id)
    await session.flush()
    return made


async def seen(session: AsyncSession, people: People, made: Report, who: str = "ap1") -> set[str]:
    officer = await session.get_one(Officer, people.officers[who].id)
    return {each.code for each in await others_of_reporter(session, made, officer)}


async def test_the_page_lists_them_without_a_word_of_them(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        first = await report(session, people, "lời của tin đầu")
        second = await another(session, people, first)
        await report(session, people, "của người khác")
    page = (await (await signed_in("ap1")).get(f"/console/phan-anh/{second.code}")).text
    assert "Người này còn báo" in page
    assert first.code in page
    assert "lời của tin đầu" not in page


async def test_only_what_the_officer_may_read(db: Database, people: People) -> None:
    async with db.begin() as session:
        first = await report(session, people, "ồn")
        elsewhere = await another(session, people, first, hamlet="Ấp 2")
        conduct = await another(session, people, first, category=Category.POLICE_CONDUCT)
        own = await another(session, people, first, hamlet="Ấp 3")
        assert await seen(session, people, first) == {own.code}
        everything = {elsewhere.code, conduct.code, own.code}
        assert await seen(session, people, first, "quanly") == everything
        for nobody in ("phoap1", "quantri"):
            assert await seen(session, people, first, nobody) == set()


@pytest.mark.parametrize("who", ["ap1", "quanly"])
async def test_an_alias_is_tied_to_no_name_and_to_no_other_report(
    db: Database, people: People, who: str
) -> None:
    async with db.begin() as session:
        named = await report(session, people, "ồn")
        hidden = await another(session, people, named)
        hidden_too = await another(session, people, named)
        for each in (hidden, hidden_too):
            await anonymity.hide(session, each)
        assert await seen(session, people, named, who) == set()
        assert await seen(session, people, hidden, who) == set()


async def test_who_joined_by_a_code_is_not_taken_for_the_reporter(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        first = await report(session, people, "ồn")
        of_group = await report(session, people, "trong nhóm", private=False)
        conversation = await session.get_one(Conversation, first.conversation_id)
        await service.join_conversation(session, of_group, conversation, verified=False)
        assert await seen(session, people, first) == set()
        assert await seen(session, people, of_group) == set()
        proven = await report(session, people, "trong nhóm", private=False)
        await service.join_conversation(session, proven, conversation, verified=True)
        assert await seen(session, people, first) == {proven.code}


async def test_a_report_of_a_group_has_none(db: Database, people: People) -> None:
    async with db.begin() as session:
        one = await report(session, people, "ồn", private=False)
        await report(session, people, "ồn nữa", private=False)
        assert await seen(session, people, one) == set()


async def test_the_list_is_short(db: Database, people: People) -> None:
    async with db.begin() as session:
        first = await report(session, people, "ồn")
        for _ in range(MOST + 2):
            await another(session, people, first)
        assert len(await seen(session, people, first)) == MOST
