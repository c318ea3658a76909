"""Wishes granted: the same message gives the same replies, and no report is swallowed by one."""

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database, now
from bot.messages.conversations import open_conversation, wants_only_answers
from bot.messages.models import Conversation
from bot.messages.wishes import PLATFORMS, grant_beside, grant_wish
from bot.reports import anonymity, service
from bot.reports.models import Report
from bot.triage.understanding import Category
from tests.console.fixtures import db, people
from tests.console.people import People

__all__ = ["db", "people"]


@pytest.fixture
async def session(db: Database, people: People) -> AsyncIterator[AsyncSession]:
    async with db.begin() as opened:
        yield opened


async def talk(session: AsyncSession, channel: str = "telegram") -> Conversation:
    return await open_conversation(session, channel, uuid.uuid4().hex, "Chị Lan")


async def tell(session: AsyncSession, conversation: Conversation) -> Report:
    event = Event(
        conversation.channel,
        uuid.uuid4().hex,
        EventKind.MESSAGE,
        ChatKind.PRIVATE,
        conversation.chat_id,
        "s",
        sender_name="Chị Lan",
        text="ồn quá",
    )
    return await service.open_report(
        session,
        event,
        uuid.uuid4(),
        category=Category.SECURITY_ORDER,
        confidence=0.9,
        sensitive=False,
        urgent=False,
        managers_only=False,
        hamlet_id=None,
        conversation=conversation,
    )


@pytest.mark.parametrize("channel", ["telegram", "zalo_bot", "zalo_oa", "web"])
async def test_who_asks_for_it_hears_what_each_side_can_see(
    session: AsyncSession, channel: str
) -> None:
    conversation = await talk(session, channel)
    report = await tell(session, conversation)
    replies = await grant_wish(session, conversation, report, "giấu tên giúp em")
    assert replies
    [reply] = replies
    platform = {"telegram": "Telegram", "web": "trình duyệt"}.get(channel, "Zalo")
    for truth in (
        anonymity.alias_of(report),  # what the officer sees
        platform,  # what the platform knows
        "địa chỉ cuộc trò chuyện",  # what the assistant keeps
        "trong nhóm",  # who may have read it already
        "Tổ quản lý",  # who may look, and how
        "lý do",
    ):
        assert truth in reply.text
    assert report.anonymous


def test_the_truth_is_known_of_every_platform() -> None:
    from bot.groups.setup import CHANNELS

    assert set(PLATFORMS) == set(CHANNELS)


async def test_what_comes_after_the_wish_is_anonymous_from_the_start(session: AsyncSession) -> None:
    conversation = await talk(session)
    assert await grant_wish(session, conversation, None, "tôi muốn báo ẩn danh")
    report = await tell(session, conversation)
    assert report.anonymous
    assert await grant_wish(session, conversation, report, "cho cán bộ biết tên cũng được")
    assert not report.anonymous
    assert anonymity.display_name(await tell(session, conversation)) == "Chị Lan"


async def test_a_wish_told_with_a_matter_is_granted_and_the_matter_goes_on(
    session: AsyncSession,
) -> None:
    conversation = await talk(session)
    text = "nhà ông Tám đánh bài, đừng cho ai biết tên tui"
    assert await grant_wish(session, conversation, None, text) is None
    [beside] = await grant_beside(session, conversation, text)
    assert "bí danh" in beside.text
    assert (await tell(session, conversation)).anonymous


@pytest.mark.parametrize(
    "text",
    [
        "giấu tên giúp em",
        "cho cán bộ biết tên cũng được",
        "xoá dữ liệu của tôi",
        "trợ lý đang giữ gì của tôi",
        "dừng",
        "nhắn lại đi",
        "/help",
        "trợ lý đọc gì",
    ],
)
async def test_the_same_message_again_gets_the_same_replies(
    session: AsyncSession, text: str
) -> None:
    conversation = await talk(session)
    report = await tell(session, conversation)
    first = await grant_wish(session, conversation, report, text)
    await session.flush()
    assert first
    assert await grant_wish(session, conversation, report, text) == first


async def test_stopping_and_going_on(session: AsyncSession) -> None:
    conversation = await talk(session)
    assert not wants_only_answers(conversation)
    stopped = await grant_wish(session, conversation, None, "đừng nhắn nữa")
    assert stopped
    assert "nhắn lại đi" in stopped[0].text
    assert wants_only_answers(conversation)
    assert await grant_wish(session, conversation, None, "nhắn lại đi")
    assert not wants_only_answers(conversation)


async def test_said_to_an_officer_stop_is_an_answer(session: AsyncSession) -> None:
    conversation = await talk(session)
    report = await tell(session, conversation)
    report.quiet_until = now() + service.TALKING
    assert await grant_wish(session, conversation, report, "dừng") is None
    assert await grant_wish(session, conversation, report, "đừng nhắn nữa")


async def test_help_says_what_it_can_do_reads_keeps_and_what_one_may_ask(
    session: AsyncSession,
) -> None:
    [reply] = await grant_wish(session, await talk(session), None, "/help") or []
    for part in ("Gửi phản ánh", "không theo dõi ý kiến", "xoá dữ liệu của tôi", "là máy"):
        assert part in reply.text


@pytest.mark.parametrize("text", ["tối qua mất xe", "làm căn cước ở đâu", "cảm ơn", "dừng xe"])
async def test_anything_else_is_left_to_the_dialogue(session: AsyncSession, text: str) -> None:
    conversation = await talk(session)
    assert await grant_wish(session, conversation, None, text) is None
    assert await grant_beside(session, conversation, text) == []
