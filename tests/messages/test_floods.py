"""Whoever writes much in a group is read as ever, and answered less."""

from dataclasses import replace

import pytest

from bot.buckets import Buckets
from bot.channels.base import ChatKind, Content, Event, EventKind, Target
from bot.messages import floods
from bot.messages.floods import may_answer
from bot.messages.outbox import post_delete
from bot.services import Services
from tests.fakes import FakeTelegram

FEW = 3


def test_a_group_hears_the_same_kind_of_answer_to_one_person_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(floods, "_answered", Buckets(FEW, 3600))
    flooding = Event("telegram", "k", EventKind.MESSAGE, ChatKind.GROUP, "-1001", "5009")
    answered = [may_answer(flooding, "noted") for _ in range(FEW + 2)]
    assert answered == [True] * FEW + [False] * 2
    assert may_answer(flooding, "request")
    assert may_answer(replace(flooding, sender_id="5010"), "noted")
    assert may_answer(replace(flooding, chat_id="-1002"), "noted")


async def test_a_message_is_deleted_without_a_word_where_none_is_to_be_said(
    worker: Services, telegram: FakeTelegram
) -> None:
    group = Target(ChatKind.GROUP, "-1001")
    async with worker.db.begin() as session:
        for key, words in (("11", None), ("12", None), ("13", Content("Đã gỡ."))):
            await post_delete(
                session, "telegram", group, key, key=key, then=words, if_refused=words
            )
    telegram.fail_next("cannot_delete", method="deleteMessage")
    await telegram.eventually(lambda t: t.sent("-1001"))
    assert telegram.sent("-1001") == ["Đã gỡ."]
    assert telegram.deleted == [("-1001", "12"), ("-1001", "13")]
