"""Somebody sends more than a person types: nothing is lost, and nobody waits for it."""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChatKind, Event, EventKind
from bot.db import Database
from bot.libpq import connect
from bot.messages.floods import ANSWERS
from bot.messages.inbox import receive
from bot.messages.models import Inbound
from bot.reports.many_notices import OF_ONE_PERSON
from bot.security.vault import vault
from tests.e2e.conftest import Settled
from tests.e2e.residents import OnTelegram
from tests.fakes import FakeTelegram
from tests.service import RunningService

GROUP, LEADER = "-1002", "7012"
TALK = "hôm nay trời đẹp quá bà con ơi"
ALARM = "cháy nhà ở ấp 2 rồi bà con ơi"
LAST = "cho hỏi đổi giấy phép lái xe ở đâu vậy bà con"
QUESTION = "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ"
IN_GROUP, IN_PRIVATE = 460, 40
PATIENCE = 100.0  # seconds

Query = Callable[[str, Sequence[str]], Any]


@pytest.fixture
def one(running_service: RunningService) -> Iterator[Query]:
    """`one("SELECT …", ids)`: the first value of the first row."""
    with connect(running_service.database_url) as connection:

        def ask(query: str, ids: Sequence[str]) -> Any:
            row = connection.execute(query, {"ids": list(ids)}).fetchone()
            return row and row[0]

        yield ask


def said(sender: int, text: str, where: ChatKind = ChatKind.GROUP) -> Event:
    key, person = uuid.uuid4().hex, str(sender)
    chat = GROUP if where is ChatKind.GROUP else person
    return Event(
        "telegram",
        key,
        EventKind.MESSAGE,
        where,
        chat,
        person,
        "Người gửi nhiều",
        message_id=str(int(key[:7], 16)),
        text=text,
    )


def taken_in(service: RunningService, events: Sequence[Event]) -> list[str]:
    """All at once, as the gateway takes them in; the ids under which they wait."""

    async def take() -> list[str]:
        db = Database(service.database_url)
        try:
            async with db.begin() as session:
                for event in events:
                    assert await receive(session, event)
                keys = [vault().fingerprint("event", event.channel, event.key) for event in events]
                waiting = select(Inbound.id).where(Inbound.key.in_(keys)).order_by(Inbound.turn)
                return [str(row) for row in await session.scalars(waiting)]
        finally:
            await db.close()

    return asyncio.run(take())


HANDLED = """SELECT count(*) FROM inbound WHERE id::text = ANY(%(ids)s)
             AND handled_at IS NOT NULL AND failed IS NULL AND payload IS NULL"""
REPORTS = "SELECT count(*) FROM reports WHERE inbound_id::text = ANY(%(ids)s)"
FILED = """SELECT count(DISTINCT inbound_id) FROM report_events
           WHERE inbound_id::text = ANY(%(ids)s) AND text IS NOT NULL"""


def test_an_alarm_at_a_floods_end_is_told_at_once_and_others_are_answered_in_the_midst_of_it(
    running_service: RunningService, somebody: int, one: Query, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    before = len(telegram.messages)
    neighbour = OnTelegram(running_service, somebody + 600_000, "Cô Sáu")
    flood = [said(somebody, f"{TALK} {n}") for n in range(IN_GROUP)]
    flood += [said(somebody, f"dạ {n}", ChatKind.PRIVATE) for n in range(IN_PRIVATE)]
    last, alarm = said(somebody, LAST), said(somebody, ALARM)

    ids = taken_in(running_service, [*flood, last, alarm])
    neighbour.in_private(QUESTION)
    running_service.wait_until(lambda: one(HANDLED, ids) == len(ids), PATIENCE)
    settled()

    messages = telegram.messages[before:]
    told = _place(messages, LEADER, "KHẨN")
    answered = _place(messages, neighbour.chat)
    asked_last = [params for params in telegram.called("sendMessage") if _answers(params, last)]
    the_last = _place(messages, GROUP, str(asked_last[0]["text"]))
    to_the_flood = [place for place, (chat, _) in enumerate(messages) if chat == str(somebody)]
    assert len(to_the_flood) >= IN_PRIVATE
    assert told < to_the_flood[IN_PRIVATE // 2]
    assert max(told, answered) < the_last
    assert one(REPORTS, ids[-1:]) == 1


def _place(messages: Sequence[tuple[str, str]], chat: str, words: str = "") -> int:
    """Where among all that arrived the first message in a chat with these words stands."""
    return next(n for n, (to, text) in enumerate(messages) if to == chat and words in text)


def _answers(params: Any, event: Event) -> bool:
    return event.message_id in str(params.get("reply_parameters", ""))


def test_a_flood_of_reports_is_filed_whole_and_fills_neither_the_group_nor_the_leaders_chat(
    running_service: RunningService, somebody: int, one: Query, settled: Settled
) -> None:
    telegram: FakeTelegram = running_service.platforms.telegram
    heard, told = len(telegram.sent(GROUP)), len(telegram.sent(LEADER))
    many = 3 * OF_ONE_PERSON
    texts = [f"thanh niên nẹt bô đua xe trước cổng trường số {n} ấp 2" for n in range(many)]

    ids = taken_in(running_service, [said(somebody, text) for text in texts])
    running_service.wait_until(lambda: one(HANDLED, ids) == len(ids), PATIENCE)
    settled()

    assert one(FILED, ids) == one(REPORTS, ids) == many
    notices = telegram.sent(LEADER)[told:]
    assert sum("PA-" in notice for notice in notices) == OF_ONE_PERSON
    assert len(notices) - OF_ONE_PERSON in (1, 2)  # a stretch of time may end meanwhile
    assert len(telegram.sent(GROUP)[heard:]) == ANSWERS
