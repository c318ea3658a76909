"""Strangers, floods and nonsense: each gets a clear answer, and the page lives on."""

import json
import uuid
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from bot.buckets import Bucket
from bot.channels.base import ChatKind, Malformed
from bot.gateway import chat, chat_frames, chat_limits
from bot.gateway.chat import FOREIGN_PAGE, STRANGER, TOO_MANY_PAGES
from bot.gateway.chat_limits import MAX_PAGES, MESSAGES
from bot.gateway.chat_names import looks_official, tidy_name
from bot.gateway.chat_visitors import COOKIE
from bot.security.vault import Vault
from tests.chat.conftest import Gateway, Page, Resident, Visit

NONSENSE = [
    "",
    "không phải JSON",
    "[]",
    "null",
    "{}",
    '{"type": "message"}',
    '{"type": "message", "id": "1", "view": "group", "text": "a"}',
    '{"type": "message", "id": null, "view": "everybody", "text": 7}',
    '{"type": "drop"}',
    '{"type": "seen", "ids": ["x"]}',
    '{"type": "hello", "group": ' + json.dumps("a" * 129) + "}",
    "[" * 30_000,
    '"' + "a" * 40_000 + '"',
]

json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = ("id", "view", "text", "files", "location", "payload", "token", "ids", "name")
nearly_frames = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "message", "button", "start", "seen", "ping"])},
    optional=dict.fromkeys(FIELDS, json_values),
)


async def close_code(page: Page) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await page.next("ready")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_a_stranger_without_a_cookie_is_turned_away(gateway: Gateway) -> None:
    resident = Resident(gateway, "Cô Sáu")
    page = Page(await resident.connect())
    assert await close_code(page) == STRANGER
    await resident.__aexit__()


async def test_a_cookie_sealed_with_another_key_is_a_strangers(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    sealed = Vault("another key of thirty-two characters").seal_outside(b"visitor:" + b"0" * 32)
    resident.http.cookies.clear()
    resident.http.cookies.set(COOKIE, sealed.hex())
    assert await close_code(Page(await resident.connect())) == STRANGER


async def test_a_page_of_another_site_is_turned_away(visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    page = Page(await resident.connect(Origin="https://example.org"))
    assert await close_code(page) == FOREIGN_PAGE


async def test_our_own_page_is_let_in(gateway: Gateway, visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    page = Page(await resident.connect(Origin=gateway.url))
    await page.quiet()


async def test_one_visitor_cannot_open_pages_without_end(visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    for _ in range(MAX_PAGES):
        await resident.open()
    assert await close_code(Page(await resident.connect())) == TOO_MANY_PAGES


async def test_nonsense_gets_an_error_and_the_page_lives_on(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    for raw in NONSENSE:
        await page.socket.send(raw)
        assert (await page.next("error"))["text"]
    await page.socket.send(b"\x00\xff")
    await page.next("error")
    await page.say("vẫn nhắn được")
    assert len(await gateway.events()) == 1


@given(nearly_frames | json_values)
def test_reading_a_frame_gives_a_frame_or_malformed(value: Any) -> None:
    with suppress(Malformed):
        assert isinstance(chat_frames.read(json.dumps(value)), chat_frames.Incoming)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(frames=st.lists(nearly_frames, max_size=4))
async def test_no_frame_breaks_a_page(visit: Visit, frames: list[dict[str, Any]]) -> None:
    resident = await visit("Cô Sáu")
    page = Page(await resident.connect())
    for frame in frames:
        await page.socket.send(json.dumps(frame))
    await page.quiet()
    await page.socket.close()


async def test_text_that_no_database_takes_is_taken(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    await page.say("a\0b\u202e\x07", view="private")
    assert [event.text for event in await gateway.events()] == ["ab"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ({"text": "a" * 2001}, "long"),
        ({"text": " \n "}, "empty"),
        ({"text": "hình nè", "files": [str(uuid.UUID(int=5))]}, "file"),
        ({"text": "chào", "view": "group"}, "group"),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_reason_and_for_good(
    gateway: Gateway, visit: Visit, frame: dict[str, Any], reason: str
) -> None:
    page = await (await visit("Cô Sáu")).open(group="")
    frame = {"type": "message", "id": str(uuid.uuid4()), "view": "private"} | frame
    await page.send(**frame)
    refused = await page.next("refused")
    assert (refused["id"], refused["reason"], refused["after"]) == (frame["id"], reason, None)
    assert refused["text"]
    assert not await gateway.events()


async def test_a_flood_is_slowed_down_and_nothing_is_lost(gateway: Gateway, visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    one, two = await resident.open(), await resident.open()
    flood = [
        {"type": "message", "id": str(uuid.uuid4()), "view": "group", "text": str(number)}
        for number in range(2 * MESSAGES)
    ]
    pages = [one if number % 2 else two for number in range(len(flood))]
    for page, frame in zip(pages, flood, strict=True):
        await page.send(**frame)  # one waits for no answer
    answers = [await answer(page) for page in pages]
    refused = {each["id"]: each for each in answers if each["type"] == "refused"}
    assert refused
    assert all(each["reason"] == "slow" for each in refused.values())
    assert all(0 < each["after"] <= 2 for each in refused.values())
    for page, frame in zip(pages, flood, strict=True):
        while frame["id"] in refused and (await answered(page, frame))["type"] != "ack":
            pass
    assert len(await gateway.events()) == len(flood)


async def answered(page: Page, frame: dict[str, Any]) -> dict[str, Any]:
    """Send again, as the page does, until there is an answer."""
    await page.send(**frame)
    return await answer(page)


async def answer(page: Page) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await page.socket.recv())
        if frame["type"] in {"ack", "refused"}:
            return frame


async def test_an_emergency_in_a_flood_is_taken_at_once(
    gateway: Gateway, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_limits, "PER_SECONDS", 3600)
    monkeypatch.setattr(chat, "visitors", chat_limits.Visitors())
    page = await (await visit("Cô Sáu")).open()
    late = {"type": "message", "view": "private", "text": "còn nữa"}
    for _ in range(MESSAGES):
        await page.say("chuyện dài lắm", view="private")
    await page.send(id=str(uuid.uuid4()), **late)
    assert (await page.next("refused"))["reason"] == "slow"
    await page.say("trời ơi c\u200bháy nhà rồi", view="private")
    assert len(await gateway.events()) == MESSAGES + 1


async def test_many_visitors_at_one_address_are_slowed_down_and_an_emergency_is_not(
    gateway: Gateway, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_limits, "ADDRESS_MESSAGES", 3)
    monkeypatch.setattr(chat_limits, "ADDRESS_PER_SECONDS", 9)
    monkeypatch.setattr(chat, "visitors", chat_limits.Visitors())
    pages = [await (await visit(f"Người {number}")).open() for number in range(4)]
    for page in pages[:3]:
        await page.say("chào bà con")
    late = {"type": "message", "id": str(uuid.uuid4()), "view": "group", "text": "chào"}
    await pages[3].send(**late)
    assert (await pages[3].next("refused"))["after"] > 0
    await pages[3].say("có người đuối nước")
    while (await answered(pages[3], late))["type"] != "ack":
        pass
    assert len(await gateway.events()) == 5


async def test_one_address_cannot_open_pages_without_end(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_limits, "ADDRESS_MAX_PAGES", 2)
    monkeypatch.setattr(chat, "visitors", chat_limits.Visitors())
    first = await (await visit("Cô Sáu")).open()
    await (await visit("Anh Ba")).open()
    third = await visit("Chị Tư")
    assert await close_code(Page(await third.connect())) == TOO_MANY_PAGES
    await first.socket.close()
    await third.open()


async def test_one_address_cannot_send_files_without_end(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_limits, "ADDRESS_FILES", 1)
    monkeypatch.setattr(chat, "visitors", chat_limits.Visitors())
    paper = (b"%PDF-1.7", "a.pdf", "application/pdf")
    assert (await (await visit("Cô Sáu")).upload(*paper)).is_success
    refused = await (await visit("Anh Ba")).upload(*paper)
    assert refused.status_code == 400
    assert "chờ" in refused.json()["error"]


def test_a_bucket_says_how_long_to_wait() -> None:
    bucket = Bucket(2, 1.0)
    assert (bucket.take(), bucket.take()) == (0.0, 0.0)
    assert 0 < bucket.take() <= 0.5


async def test_a_database_that_is_away_refuses_for_now(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    async with gateway.db.begin() as session:
        await session.execute(text("ALTER TABLE inbound RENAME TO elsewhere"))
    message = {"type": "message", "id": str(uuid.uuid4()), "view": "private", "text": "alo"}
    await page.send(**message)
    refused = await page.next("refused")
    assert refused["reason"] == "busy"
    assert refused["after"] > 0
    async with gateway.db.begin() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO inbound"))
    await page.send(**message)
    await page.next("ack")


@pytest.mark.parametrize(
    "name",
    ["Trợ lý", "CÁN BỘ Hải", "Cong an xa", "Công\u200ban", "Ｃông an", "trợ  lý tự động", "csgt"],
)
async def test_nobody_can_call_himself_an_officer(visit: Visit, name: str) -> None:
    resident = await visit(name)
    page = Page(await resident.connect())
    await page.send(type="hello", name=name, group="ap-1")
    refused = await page.next("refused")
    assert (refused["id"], refused["reason"]) == (None, "name")
    assert (await page.next("joined"))["group"] is None


@pytest.mark.parametrize("name", ["Cô Sáu", "Nguyễn Thị Yên", "Bé Bình", "Anh Cần", "Lý Thị Cán"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert not looks_official(tidy_name(name))


@given(st.text())
def test_a_name_is_short_and_visible(name: str) -> None:
    assert len(tidy_name(name)) <= chat_frames.MAX_NAME
    assert tidy_name(name).isprintable()


@pytest.mark.parametrize("group", ["ap-9", "", "-1001"])
async def test_a_group_that_is_not_there_cannot_be_joined(visit: Visit, group: str) -> None:
    page = await (await visit("Cô Sáu")).open(group=group)
    await page.send(
        type="message", id=str(uuid.uuid4()), view=ChatKind.GROUP.value, text="có ai không"
    )
    assert (await page.next("refused"))["reason"] == "group"
