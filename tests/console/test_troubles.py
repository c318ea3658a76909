"""What did not arrive: seen without anybody's words, sent again once."""

import asyncio

import pytest
from sqlalchemy import func, select

from bot.checks.models import Trouble
from bot.db import Database, now
from bot.messages.models import Outbound, OutboundStatus
from tests.console.fixtures import SignedIn
from tests.console.people import People, undelivered, unhandled

PAGE = "/console/su-co"


async def test_the_page_says_what_failed_and_nobodys_words(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        await undelivered(session, error="chat_not_found")
        await undelivered(session, OutboundStatus.UNKNOWN, "timeout")
        await undelivered(session, OutboundStatus.SENT, "khong-hien")
        await unhandled(session)
    for username in ("quanly", "quantri"):
        page = (await (await signed_in(username)).get(PAGE)).text
        for shown in ("chat_not_found", "timeout", "Telegram", "Zalo OA", "RasaDown", "thử 5 lần"):
            assert shown in page
        assert "lời của bà con" not in page
        assert "khong-hien" not in page
        assert ("Gửi lại</button>" in page) is (username == "quanly")


async def test_all_well_is_said_too(signed_in: SignedIn) -> None:
    assert "Mọi tin đều đã gửi" in (await (await signed_in("quantri")).get(PAGE)).text


@pytest.mark.parametrize("status", [OutboundStatus.DEAD, OutboundStatus.UNKNOWN])
async def test_sending_again_queues_a_new_row(
    db: Database, people: People, signed_in: SignedIn, status: OutboundStatus
) -> None:
    async with db.begin() as session:
        old = await undelivered(session, status)
    manager = await signed_in("quanly")
    answer = await manager.submit(f"{PAGE}/{old.id}/gui-lai", page=PAGE)
    assert answer.status_code == 303
    async with db.begin() as session:
        before = await session.get_one(Outbound, old.id)
        fresh = (await session.scalars(select(Outbound).where(Outbound.id != old.id))).one()
    assert (before.status, before.payload) == (OutboundStatus.RETRIED, None)
    assert (fresh.status, fresh.payload) == (OutboundStatus.PENDING, old.payload)
    assert fresh.target_key == old.target_key


async def test_two_managers_send_it_again_only_once(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        old = await undelivered(session)
    managers = [await signed_in("quanly"), await signed_in("quanly")]
    answers = await asyncio.gather(
        *(each.submit(f"{PAGE}/{old.id}/gui-lai", page=PAGE) for each in managers)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert any("đã được người khác xử lý" in answer.text for answer in answers)
    async with db.begin() as session:
        assert await session.scalar(select(func.count()).select_from(Outbound)) == 2


async def test_what_need_not_be_sent_is_put_away(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        old = await undelivered(session)
    manager = await signed_in("quanly")
    await manager.submit(f"{PAGE}/{old.id}/bo-qua", page=PAGE)
    async with db.begin() as session:
        row = await session.get_one(Outbound, old.id)
    assert (row.status, row.payload) == (OutboundStatus.DROPPED, None)
    assert "Mọi tin đều đã gửi" in (await manager.get(PAGE)).text


async def test_what_was_sent_is_not_sent_again(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        row = await undelivered(session, OutboundStatus.SENT)
    manager = await signed_in("quanly")
    answer = await manager.submit(f"{PAGE}/{row.id}/gui-lai", page=PAGE)
    assert answer.status_code == 409


async def test_what_is_wrong_with_the_machine_is_shown_once_it_has_lasted(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        session.add(Trouble(check="rasa", line="Rasa không trả lời.", told_at=now()))
        session.add(Trouble(check="disk", line="Đĩa còn trống 9 %.", remedy="Dọn bớt tệp."))
    for username in ("quanly", "quantri"):
        page = (await (await signed_in(username)).get(PAGE)).text
        assert "Rasa không trả lời." in page
        assert "Đĩa còn trống" not in page
        assert "Mọi tin đều đã gửi" not in page
