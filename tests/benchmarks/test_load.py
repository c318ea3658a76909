"""What the load benchmark makes of times and ids, and how it sends."""

import asyncio
import math
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.load import http1, processes, programs
from benchmarks.load.figures import (
    NEVER,
    acknowledged_after,
    backlog,
    first_answers,
    holds,
    lost,
    percentile,
    schedule,
)
from benchmarks.load.messages import GROUPS, Message, Residents
from benchmarks.load.targets import Figure, Target, Unit, missed, table
from benchmarks.load.telegram import Answer, Outcome, Plan, Telegram, Webhook
from bot.ops.children import free_port

GROUP, MINH, HOA = -1001, 6001, 6002


def outcome(number: int, due: float = 0.0, acknowledged: float | None = 1.0) -> Outcome:
    return Outcome(number, due, due, acknowledged, 1)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert percentile(hundred, 0.5) == 50
    assert percentile(hundred, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


def test_what_was_never_acknowledged_counts_as_slower_than_anything() -> None:
    waited = acknowledged_after([outcome(1, 10, 10.5), outcome(2, 10, None)])
    assert waited == [0.5, NEVER]
    assert percentile(waited, 0.99) == NEVER


def test_messages_are_due_at_fixed_times_whatever_happens() -> None:
    messages = Residents().many_private(3)
    assert schedule(messages, 50) == [(0.0, messages[0]), (0.02, messages[1]), (0.04, messages[2])]


def test_an_acknowledged_message_that_was_not_handled_is_lost() -> None:
    assert lost([3, 1, 2], {2: 0.5}) == [1, 3]
    assert lost([1, 2], [2, 1, 9]) == []


def test_the_backlog_is_what_was_due_and_is_not_handled() -> None:
    assert backlog([0, 1, 2], [0.5, 1.5], at=1.2) == 1
    assert backlog([0, 1, 2], [], at=5) == 3


def test_a_rate_is_held_if_the_backlog_stops_growing() -> None:
    due = [n / 10 for n in range(600)]
    assert holds(due, [d + 3 for d in due])
    assert not holds(due, [d * 1.05 for d in due])
    assert not holds(due, [])


def test_in_private_the_first_message_is_the_answer() -> None:
    messages = [Message(1, MINH, MINH, "a"), Message(2, HOA, HOA, "b")]
    answers = [Answer(3.0, MINH, None), Answer(2.0, MINH, None)]
    assert first_answers(messages, [outcome(1), outcome(2)], answers) == {1: 2.0}


def test_in_a_group_the_answer_is_what_names_the_message() -> None:
    messages = [Message(1, GROUP, MINH, "a"), Message(2, GROUP, HOA, "b")]
    answers = [Answer(0.5, GROUP, None), Answer(2.0, GROUP, 2), Answer(3.0, GROUP, 2)]
    assert first_answers(messages, [outcome(1), outcome(2)], answers) == {2: 2.0}


def test_what_names_no_message_answers_the_one_that_was_not_acknowledged_yet() -> None:
    messages = [Message(1, GROUP, MINH, "a"), Message(2, GROUP, HOA, "b")]
    outcomes = [outcome(1, 0.0, 1.0), outcome(2, 1.0, 2.0)]
    answers = [Answer(0.9, GROUP, None), Answer(1.9, GROUP, None)]
    assert first_answers(messages, outcomes, answers) == {1: 0.9, 2: 1.9}


def test_equal_residents_write_equal_messages_and_none_twice() -> None:
    messages = Residents().everywhere(200)
    assert messages == Residents().everywhere(200)
    assert len({m.text for m in messages}) == len({m.number for m in messages}) == 200
    private = [m for m in messages if not m.in_group]
    assert len({m.chat for m in private}) == len(private) == 100
    assert {m.chat for m in messages if m.in_group} == set(GROUPS)


@pytest.mark.parametrize(
    ("target", "ours", "stock", "kept"),
    [
        (Target(most=0.05), 0.05, None, True),
        (Target(most=0.05), NEVER, None, False),
        (Target(most=0.05), math.nan, None, False),
        (Target(times=20), 40, 2, True),
        (Target(times=20), 39, 2, False),
        (Target(times=20), 0, 0, False),
        (Target(times=20), 40, None, None),
    ],
)
def test_a_target_is_kept_missed_or_cannot_be_compared(
    target: Target, ours: float, stock: float | None, kept: bool | None
) -> None:
    other = None if stock is None else Figure(stock, Unit.RATE)
    assert target.kept(Figure(ours, Unit.RATE), other) is kept


def test_the_table_shows_both_and_what_was_missed() -> None:
    ours = {"acknowledged, p99": Figure(0.06, Unit.MILLISECONDS)}
    stock = {"acknowledged, p99": Figure(NEVER, Unit.MILLISECONDS)}
    last = list(table(ours, stock))[-1]
    assert last == "| acknowledged, p99 | 60 ms | not all |  | **at most 50 ms: missed** |"
    assert missed(ours, stock) == ["acknowledged, p99"]


def test_a_message_is_taken_off_the_wire_when_it_is_whole() -> None:
    whole = http1.request("/x", "h", {"A": "b"}, b"body") + http1.answer(b"{}")
    buffer = bytearray(whole[:-1])
    first = http1.take(buffer)
    assert first
    assert (first.path, first.body) == ("/x", b"body")
    assert http1.take(buffer) is None
    buffer += whole[-1:]
    second = http1.take(buffer)
    assert second
    assert (second.status, second.body) == (200, b"{}")
    assert not buffer


@pytest.fixture(scope="module")
def telegram() -> Iterator[Telegram]:
    with Telegram() as running:
        yield running


class Receiver:
    """A webhook that answers nobody before it holds `together` messages at once.

    The first `refuse` are refused.
    """

    def __init__(self, together: int = 1, refuse: int = 0) -> None:
        self.together = together
        self.refuse = refuse
        self.got = self.open = self.most_open = 0
        self.enough = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        while data := await reader.read(65536):
            buffer += data
            if http1.take(buffer):
                writer.write(await self.answer())
        writer.close()

    async def answer(self) -> bytes:
        self.got += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        if self.open >= self.together:
            self.enough.set()
        await self.enough.wait()
        self.open -= 1
        accepted = http1.answer(b"{}")
        if self.got <= self.refuse:
            return accepted.replace(b"200 OK", b"500 No", 1)
        return accepted


@asynccontextmanager
async def listening(webhook: Receiver) -> AsyncIterator[Webhook]:
    server = await asyncio.start_server(webhook.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Webhook(f"http://127.0.0.1:{port}/hook", {"X-Secret": "s"})


async def test_messages_are_sent_though_earlier_ones_are_not_acknowledged(
    telegram: Telegram,
) -> None:
    receiver = Receiver(together=20)
    messages = Residents().many_private(20)
    async with listening(receiver) as webhook:
        plan = Plan(webhook, schedule(messages, 200), within=30)
        outcomes = (await asyncio.to_thread(telegram.deliver, plan)).outcomes
    assert [o.number for o in outcomes] == [m.number for m in messages]
    last_due = outcomes[-1].due
    assert all(o.acknowledged is not None and o.acknowledged >= last_due for o in outcomes)


async def test_one_chat_gets_its_messages_one_after_the_other(telegram: Telegram) -> None:
    receiver = Receiver()
    messages = Residents().one_group(5, GROUP)
    async with listening(receiver) as webhook:
        plan = Plan(webhook, [(0.0, m) for m in messages], within=30)
        outcomes = (await asyncio.to_thread(telegram.deliver, plan)).outcomes
    assert (receiver.got, receiver.most_open) == (5, 1)
    assert {o.due for o in outcomes} == {outcomes[0].due}
    waited = acknowledged_after(outcomes)
    assert waited == sorted(waited)


async def test_what_is_refused_is_sent_again(telegram: Telegram) -> None:
    receiver = Receiver(refuse=2)
    async with listening(receiver) as webhook:
        plan = Plan(webhook, schedule(Residents().many_private(1), 1), within=30)
        [only] = (await asyncio.to_thread(telegram.deliver, plan)).outcomes
    assert only.tries == receiver.got == 3
    assert only.acknowledged is not None


async def test_sending_ends_in_time_and_what_was_under_way_is_waited_for(
    telegram: Telegram,
) -> None:
    receiver = Receiver(together=99)
    messages = Residents().one_group(10, GROUP)
    async with listening(receiver) as webhook:
        plan = Plan(webhook, [(0.0, m) for m in messages], within=0.5)
        delivery = asyncio.create_task(asyncio.to_thread(telegram.deliver, plan))
        await asyncio.sleep(1)
        receiver.enough.set()
        outcomes = (await delivery).outcomes
    assert receiver.got == 1
    assert [o.number for o in outcomes if o.acknowledged is not None] == [messages[0].number]
    assert [o.number for o in outcomes if o.sent is None] == [m.number for m in messages[1:]]


async def test_answers_are_kept_with_what_they_are_about(telegram: Telegram) -> None:
    telegram.forget()

    async def call(method: str, body: bytes) -> bytes:
        host, port = telegram.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(http1.request(f"/bot1:x/{method}", host, {}, body))
        answer = await reader.readuntil(b"}")
        writer.close()
        return answer

    await call("sendMessage", b'chat_id=-1001&text=a&reply_parameters={"message_id":7}')
    await call("deleteMessage", b"chat_id=-1001&message_id=8")
    await call("sendMessage", b"chat_id=6001&text=b")
    assert [(a.chat, a.about) for a in telegram.answers()] == [(-1001, 7), (-1001, 8), (6001, None)]


def test_a_program_is_there_when_it_answers_and_ended_afterwards(tmp_path: Path) -> None:
    port = free_port()
    command: list[str | Path] = [sys.executable, "-m", "http.server", str(port)]
    with programs.running(command, tmp_path, os.environ, f"http://127.0.0.1:{port}/") as pid:
        assert sum(processes.memory(pid).values()) > 1_000_000
        assert sum(processes.cpu(pid).values()) > 0
    assert not psutil.pid_exists(pid)


def test_a_program_that_ends_at_once_is_not_waited_for(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, "-c", "raise SystemExit('broken')"]
    with (
        pytest.raises(SystemExit, match="broken"),
        programs.running(command, tmp_path, os.environ, "http://127.0.0.1:9/"),
    ):
        pass
