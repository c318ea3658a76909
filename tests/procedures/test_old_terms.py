"""Old names are understood and put right, once, in one sentence before the answer."""

import re
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.messages.conversations import open_conversation
from bot.messages.models import Conversation
from bot.procedures.old_terms import old_terms, put_right
from bot.procedures.spelling import plain

FIRST, SECOND = uuid.uuid4(), uuid.uuid4()
LONGEST = 160


@pytest.fixture
async def conversation(db: Database) -> AsyncIterator[Conversation]:
    async with db.begin() as session:
        yield await _conversation(session)


async def _conversation(session: AsyncSession) -> Conversation:
    return await open_conversation(session, "telegram", "1", "Tư")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("nhập hộ khẩu cần gì", "đăng ký thường trú"),
        ("NHAP HO KHAU CAN GI", "đăng ký thường trú"),
        ("làm CMND ở đâu", "1/1/2025"),
        ("làm cccd cho con", "còn hạn vẫn dùng"),
        ("đăng ký kt3", "đăng ký tạm trú"),
        ("cái này lên công an huyện hả", "không phải công an huyện"),
        ("bằng B2 hết hạn", "hạng"),
        ("làm căn cước cần gì", ""),
        ("đăng ký tạm trú ở đâu", ""),
    ],
)
def test_what_has_another_name_now_is_said(question: str, words: str) -> None:
    told = put_right(question, "Bà con đến Công an xã.", None, FIRST)
    assert words in told
    assert bool(told) is bool(words)


async def test_it_is_said_once_in_a_conversation(conversation: Conversation) -> None:
    assert put_right("nhập hộ khẩu", "Đến xã.", conversation, FIRST)
    assert put_right("nhập hộ khẩu", "Đến xã.", conversation, FIRST)  # handled again after a crash
    assert not put_right("tách hộ khẩu", "Đến xã.", conversation, SECOND)
    assert "thẻ căn cước" in put_right("còn cccd thì sao", "Đến xã.", conversation, SECOND)


def test_it_is_not_said_where_the_answer_says_it() -> None:
    answer = "Căn cước công dân còn hạn vẫn dùng bình thường."
    assert put_right("đổi cccd", answer, None, FIRST) == ""


@pytest.mark.parametrize("old", old_terms(), ids=lambda old: plain(old.name))
def test_each_is_one_short_sentence_in_no_group_more_than_a_line(old: object) -> None:
    says = str(old.says)  # type: ignore[attr-defined]
    assert len(says) <= LONGEST
    assert says.endswith(".")
    assert len(re.findall(r"\.(?:\s|$)", says)) == 1
    assert "\n" not in says


def test_no_name_is_put_right_twice() -> None:
    terms = [plain(term) for old in old_terms() for term in old.terms]
    assert len(terms) == len(set(terms))
    assert len({old.name for old in old_terms()}) == len(old_terms())
