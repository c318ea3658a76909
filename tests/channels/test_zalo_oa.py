"""The Zalo Official Account: the real client against a fake platform."""

import json
import logging
import traceback
from typing import Any

import pytest

from bot.channels.base import (
    Button,
    ChatKind,
    Content,
    DeliveryError,
    EventKind,
    Location,
    Malformed,
    Misconfigured,
    OutcomeUnknown,
    Permanent,
    QuotaSpent,
    RateLimited,
    Rejected,
    Retryable,
    Target,
    Unreachable,
    Unsupported,
    WindowClosed,
)
from bot.channels.zalo_oa import ZaloOAChannel
from tests.channels.conftest import Clock, raw
from tests.fakes import FakeZaloOA

RESIDENT = Target(ChatKind.PRIVATE, "2468000000000000101")
GROUP = Target(ChatKind.GROUP, "f414c8f76fa586fb0005")


async def failure_of_send(channel: ZaloOAChannel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(RESIDENT, Content("Chào chị"))
    return caught.value


async def test_private_and_group_messages_go_their_own_ways(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    assert await zalo_oa_channel.send(RESIDENT, Content("Chào chị")) == f"{1001:020x}"
    await zalo_oa_channel.send(GROUP, Content("Chào bà con"))

    assert [(call.method, call.params["recipient"]) for call in zalo_oa.calls] == [
        ("/v3.0/oa/message/cs", {"user_id": RESIDENT.chat_id}),
        ("/v3.0/oa/group/message", {"group_id": GROUP.chat_id}),
    ]
    assert zalo_oa.sent(GROUP.chat_id) == ["Chào bà con"]


async def test_passing_on_what_somebody_typed_calls_nobody(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    await zalo_oa_channel.send(GROUP, Content("Xem [@f414c8f76fa586fb0005] và [sic]"))
    assert zalo_oa.sent(GROUP.chat_id) == ["Xem @f414c8f76fa586fb0005 và [sic]"]


async def test_a_long_text_comes_in_parts(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    await zalo_oa_channel.send(RESIDENT, Content("a" * 1500 + "\n" + "b" * 1500))
    assert zalo_oa.sent(RESIDENT.chat_id) == ["a" * 1500, "b" * 1500]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (-32, RateLimited),
        (-201, Permanent),
        (-210, Permanent),
        (-211, QuotaSpent),
        (-213, Unreachable),
        (-218, QuotaSpent),
        (-221, Misconfigured),
        (-223, Misconfigured),
        (-224, Misconfigured),
        (-227, Unreachable),
        (-230, WindowClosed),
        (-232, WindowClosed),
        (-234, RateLimited),
        (-237, Unreachable),
        (-240, Misconfigured),
        (-244, Unreachable),
        (-320, Misconfigured),
        (-321, Misconfigured),
        (-403, Unreachable),
        (-9999, Retryable),
    ],
)
async def test_each_error_number_has_one_meaning(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, code: int, meaning: type[DeliveryError]
) -> None:
    zalo_oa.fail_next("error", code=code)
    assert type(await failure_of_send(zalo_oa_channel)) is meaning
    assert len(zalo_oa.calls) == 1


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        ("html", Retryable),
        ("server_error", Retryable),
        ("hang", OutcomeUnknown),
        ("lost_answer", OutcomeUnknown),
        ("reset", OutcomeUnknown),
    ],
)
async def test_what_a_broken_connection_means(
    zalo_oa: FakeZaloOA,
    zalo_oa_channel: ZaloOAChannel,
    failure: str,
    meaning: type[DeliveryError],
) -> None:
    zalo_oa.fail_next(failure)
    assert type(await failure_of_send(zalo_oa_channel)) is meaning


async def test_what_it_cannot_do_is_refused(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    with pytest.raises(Unsupported):
        await zalo_oa_channel.send(RESIDENT, Content("Chọn", buttons=(Button("Có", "co"),)))
    with pytest.raises(Unsupported):
        await zalo_oa_channel.delete(GROUP, "96d3cdf3af1504600009")
    assert zalo_oa.calls == []


async def test_the_private_link_names_the_account_once_it_is_known(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    zalo_oa.fail_next("server_error")
    assert await zalo_oa_channel.private_link("bi-mat") == ""
    assert await zalo_oa_channel.private_link("bi-mat") == "https://zalo.me/3880000000000000005"


@pytest.mark.parametrize("failure", ["wrong_token", "html", "hang", "blocked"])
async def test_tokens_and_texts_are_in_no_log_line_and_no_error(
    zalo_oa: FakeZaloOA,
    zalo_oa_channel: ZaloOAChannel,
    caplog: pytest.LogCaptureFixture,
    failure: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    zalo_oa.fail_next(failure, times=2)
    error = await failure_of_send(zalo_oa_channel)

    told = caplog.text + "".join(traceback.format_exception(error))
    assert "vi-du-access" not in told
    assert "vi-du-refresh" not in told
    assert "chị" not in caplog.text


# Signatures


def signed(fake: FakeZaloOA, body: object, timestamp: str) -> tuple[dict[str, str], bytes]:
    data = raw(body)
    return {"X-ZEvent-Signature": fake.sign(data, timestamp)}, data


def event(fake: FakeZaloOA, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "app_id": fake.app_id,
        "event_name": name,
        "timestamp": "1795134609000",
        "sender": {"id": "2468000000000000102"},
        **fields,
    }


def test_the_prefix_of_the_signature_is_optional(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    headers, body = signed(zalo_oa, event(zalo_oa, "follow"), "1795134609000")
    zalo_oa_channel.verify(headers, body)
    bare = {"x-zevent-signature": headers["X-ZEvent-Signature"].removeprefix("mac=")}
    zalo_oa_channel.verify(bare, body)


def test_the_signature_covers_the_bytes_as_they_came(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    headers, body = signed(zalo_oa, event(zalo_oa, "follow"), "1795134609000")
    for other in (body + b" ", json.dumps(json.loads(body)).encode(), body.replace(b"02", b"03")):
        with pytest.raises(Rejected):
            zalo_oa_channel.verify(headers, other)


def test_an_old_event_is_not_taken_again_though_its_signature_is_right(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, clock: Clock
) -> None:
    headers, body = signed(zalo_oa, event(zalo_oa, "follow"), "1795134609000")
    clock.advance(16)
    zalo_oa_channel.verify(headers, body)
    clock.advance(1)
    with pytest.raises(Rejected):
        zalo_oa_channel.verify(headers, body)


def test_a_timestamp_written_as_a_number_is_signed_as_its_digits(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    body = event(zalo_oa, "follow", timestamp=1795134609000)
    zalo_oa_channel.verify(*signed(zalo_oa, body, "1795134609000"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"app_id":"3600000000000000001"}',
        b'{"app_id":{},"timestamp":[]}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_cannot_be_signed_is_rejected(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, body: bytes
) -> None:
    with pytest.raises(Rejected):
        zalo_oa_channel.verify({"X-ZEvent-Signature": zalo_oa.sign(body, "")}, body)


def test_another_applications_event_is_rejected(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    body = event(zalo_oa, "follow", app_id="1")
    with pytest.raises(Rejected):
        zalo_oa_channel.verify(*signed(zalo_oa, body, "1795134609000"))


@pytest.mark.parametrize("given", ["", "mac=", "mac=00", "mac=\udc80"])
def test_a_wrong_signature_is_rejected(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, given: str
) -> None:
    with pytest.raises(Rejected):
        zalo_oa_channel.verify({"X-ZEvent-Signature": given}, raw(event(zalo_oa, "follow")))


# Events


def group_text(fake: FakeZaloOA, text: str) -> dict[str, Any]:
    where = {"oa_id": fake.oa_id, "recipient": {"id": GROUP.chat_id}}
    message = {"text": text, "msg_id": "96d3cdf3af15046000aa"}
    return event(fake, "user_send_group_text", message=message, **where)


def test_in_a_group_only_a_mention_of_the_account_calls_the_assistant(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    (called,) = zalo_oa_channel.parse(group_text(zalo_oa, f"[@{zalo_oa.oa_id}] mấy giờ họp?"))
    (other,) = zalo_oa_channel.parse(group_text(zalo_oa, "[@2468000000000000101] mấy giờ họp?"))

    assert (called.addressed, called.text) == (True, "mấy giờ họp?")
    assert (other.addressed, other.text) == (False, "mấy giờ họp?")


@pytest.mark.parametrize(
    ("name", "fields", "kind"),
    [
        ("follow", {"follower": {"id": "1"}}, EventKind.REACHABLE),
        ("unfollow", {"follower": {"id": "1"}}, EventKind.UNREACHABLE),
        ("user_click_chatnow", {"sender": None, "user_id": "1"}, EventKind.START),
    ],
)
def test_relations_tell_whether_a_person_can_be_written_to(
    zalo_oa: FakeZaloOA,
    zalo_oa_channel: ZaloOAChannel,
    name: str,
    fields: dict[str, Any],
    kind: EventKind,
) -> None:
    (found,) = zalo_oa_channel.parse(event(zalo_oa, name, **fields))
    assert (found.kind, found.chat_kind, found.chat_id) == (kind, ChatKind.PRIVATE, "1")


@pytest.mark.parametrize(
    "message",
    [
        {
            "attachments": [
                {"payload": {"coordinates": {"latitude": 21.5, "longitude": "105.8"}}},
            ]
        },
        {"location": {"latitude": "21.5", "longitude": 105.8}},
    ],
)
def test_a_place_is_read_in_both_shapes_as_text_or_number(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, message: dict[str, Any]
) -> None:
    (found,) = zalo_oa_channel.parse(event(zalo_oa, "user_send_location", message=message))
    assert found.location == Location(21.5, 105.8)


@pytest.mark.parametrize("latitude", [91, "NaN", "1e400", None, True, [], "hai mươi mốt"])
def test_a_place_that_is_none_is_said_to_be_hidden(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, latitude: object
) -> None:
    message = {"location": {"latitude": latitude, "longitude": 105.8}}
    (found,) = zalo_oa_channel.parse(event(zalo_oa, "user_send_location", message=message))
    assert (found.kind, found.location) == (EventKind.UNSUPPORTED, None)


def test_a_shared_link_is_part_of_the_text(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    link = {"type": "link", "payload": {"url": "https://tin-gia.example/trung-thuong"}}
    message = {"text": "Có phải lừa đảo không?", "msg_id": "1", "attachments": [link]}
    (found,) = zalo_oa_channel.parse(event(zalo_oa, "user_send_link", message=message))
    assert found.text == "Có phải lừa đảo không?\nhttps://tin-gia.example/trung-thuong"


@pytest.mark.parametrize(
    "name",
    [
        "oa_send_text",
        "oa_send_group_text",
        "user_received_message",
        "user_seen_message",
        "user_reacted_message",
        "user_out_group",
        "user_send_unheard_of",
        "user_send_group_unheard_of",
        None,
        {},
    ],
)
def test_echoes_receipts_and_the_unknown_give_no_event(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, name: Any
) -> None:
    assert zalo_oa_channel.parse(event(zalo_oa, name, message={"text": "x"})) == []


def test_a_groups_stickers_are_nobodys_business(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    body = group_text(zalo_oa, "") | {"event_name": "user_send_group_sticker"}
    assert zalo_oa_channel.parse(body) == []


@pytest.mark.parametrize("fields", [{"sender": {}}, {"sender": None}, {"sender": {"id": []}}])
def test_a_message_from_nobody_is_malformed(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel, fields: dict[str, Any]
) -> None:
    with pytest.raises(Malformed):
        zalo_oa_channel.parse(event(zalo_oa, "user_send_text", **fields))


def test_a_group_message_without_its_group_is_malformed(
    zalo_oa: FakeZaloOA, zalo_oa_channel: ZaloOAChannel
) -> None:
    with pytest.raises(Malformed):
        zalo_oa_channel.parse(event(zalo_oa, "user_send_group_text", message={"text": "x"}))
