"""Whatever a webhook carries, parsing gives events or `Malformed`, and never anything else.

Bodies are arbitrary JSON, and real examples with arbitrary JSON put somewhere into them.
"""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.channels.base import MAX_TEXT, Event, Malformed
from bot.channels.telegram_updates import Identity, read_update
from bot.channels.zalo_bot_updates import read_update as read_zalo_bot
from bot.channels.zalo_oa_events import read_event as read_zalo_oa
from tests.channels.conftest import payloads

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["a\0b", "\ud83d", "9" * 400, 10**30, -1, "https://a.example/\0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)

READERS = {
    "telegram": lambda body: read_update(body, Identity("7012345678", "binhyen_demo_bot")),
    "zalo_bot": lambda body: read_zalo_bot(body, "1204567890", ["Bot Bình Yên"]),
    "zalo_oa": read_zalo_oa,
}


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inner: list[tuple[Any, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [(*path, key) for key, _ in inner] + [
        found for key, each in inner for found in paths(each, (*path, key))
    ]


@st.composite
def spoiled(draw: st.DrawFn, platform: str) -> dict[str, Any]:
    """An example with one to three places replaced."""
    body: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(payloads(platform)))["body"])
    for _ in range(draw(st.integers(1, 3))):
        places = paths(body)
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        spot: Any = body
        for step in way:
            spot = spot[step]
        spot[last] = draw(anything)
    return body


def check(platform: str, body: dict[str, Any]) -> None:
    try:
        events = READERS[platform](body)
    except Malformed:
        return
    for event in events:
        assert_storable(event)


def assert_storable(event: Event) -> None:
    for text in (event.key, event.chat_id, event.sender_id, event.sender_name, event.text):
        assert isinstance(text, str)
        assert "\0" not in text
        text.encode("utf-8")
    assert event.chat_id
    assert event.sender_id
    assert len(event.text) <= MAX_TEXT
    assert len(event.key) <= 500
    assert event.sent_at is None or event.sent_at.tzinfo is not None
    for file in event.files:
        assert isinstance(file.ref, str)
        assert file.size is None or file.size >= 0


@pytest.mark.parametrize("platform", READERS)
@settings(deadline=None)
@given(body=st.dictionaries(st.text(), anything, max_size=4))
@example(body={"update_id": 1, "message": {}})
@example(body={"result": {"event_name": "message.text.received", "message": []}})
@example(body={"event_name": "user_send_text", "message": "x"})
def test_arbitrary_json(platform: str, body: dict[str, Any]) -> None:
    check(platform, body)


@pytest.mark.parametrize("platform", READERS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_spoiled_examples(platform: str, data: st.DataObject) -> None:
    check(platform, data.draw(spoiled(platform)))
