"""Every example webhook is verified and understood as what its note says it is."""

from typing import Any

import pytest

from bot.channels.base import (
    AttachmentKind,
    Channel,
    ChatKind,
    Contact,
    Event,
    EventKind,
    Location,
    Rejected,
)
from bot.channels.telegram import TelegramChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOAChannel
from tests.channels.conftest import payloads, raw

GROUP, PRIVATE = ChatKind.GROUP, ChatKind.PRIVATE

TELEGRAM: list[dict[str, Any]] = [
    {"kind": EventKind.START, "chat_kind": PRIVATE, "text": "tdp5_kv8Qm2"},
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "text": "cho hỏi làm tạm trú cần giấy tờ gì ạ?",
        "addressed": True,
        "sender_name": "Lan Trần",
    },
    {"kind": EventKind.MESSAGE, "chat_kind": GROUP, "thread_id": "12", "addressed": False},
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "text": "CCCD của em đây ạ, số 000000000000, nhờ cán bộ làm giúp thẻ",
        "message_id": "2460",
        "file": (AttachmentKind.PHOTO, "AgACAgUAAxkBAAIDEMO-x", "", 98213),
    },
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "reply_to": "2461",
        "addressed": True,
        "file": (AttachmentKind.FILE, "BQACAgUAAxkBAAIDOCdemo", "CT01-to-khai.pdf", 284113),
    },
    {"kind": EventKind.MESSAGE, "location": Location(21.028511, 105.804817)},
    {"kind": EventKind.MESSAGE, "contact": Contact("84900000001", "Lan Trần", own=True)},
    {
        "kind": EventKind.MESSAGE,
        "file": (AttachmentKind.VOICE, "AwACAgUAAxkBAAIDVOICEdemo", "", 37420),
    },
    {
        "kind": EventKind.BUTTON,
        "text": "ca:nhan:000123",
        "sender_id": "5101000009",
        "callback_id": "21903000000000000001",
    },
    {
        "kind": EventKind.GROUP_RIGHTS,
        "chat_id": "-1002000000005",
        "rights": {"deletes_messages": True, "reads_all_messages": True},
    },
    {"kind": EventKind.UNREACHABLE, "chat_kind": PRIVATE, "sender_id": "5101000002"},
    {"kind": EventKind.GROUP_MOVED, "chat_id": "-4000000007", "text": "-1002000000007"},
]

ZALO_BOT: list[dict[str, Any] | None] = [
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": PRIVATE,
        "text": "Chào bot, cho hỏi làm thẻ căn cước cho con 14 tuổi cần gì?",
    },
    {"kind": EventKind.MESSAGE, "chat_kind": PRIVATE, "text": "482913"},
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "chat_id": "zgr-0a1b2c3d4e5f60718293",
        "text": "lịch tiếp dân tuần này thế nào ạ?",
        "addressed": True,
    },
    {"kind": EventKind.MESSAGE, "chat_kind": GROUP, "addressed": True},
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "text": "xe này đỗ chắn ngõ từ sáng",
        "file": (
            AttachmentKind.PHOTO,
            "https://photo-demo.example/jpg/0000000000000000001/anh-bien-so.jpg",
            "",
            None,
        ),
    },
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": PRIVATE,
        "text": "Tờ khai CT01 của em đây ạ",
        "file": (
            AttachmentKind.PHOTO,
            "https://photo-demo.example/jpg/0000000000000000002/to-khai.jpg",
            "",
            None,
        ),
    },
    {"kind": EventKind.UNSUPPORTED, "chat_kind": PRIVATE},
    {
        "kind": EventKind.MESSAGE,
        "file": (
            AttachmentKind.VOICE,
            "https://voice-demo.example/0000000000000000003.aac",
            "",
            None,
        ),
    },
    {"kind": EventKind.UNSUPPORTED, "sender_id": "7b1e2c3d4f5a69788f02"},
    {"kind": EventKind.MESSAGE, "key": "1204567890:message.text.received:2d758cb5e222177a4e03"},
    None,
    None,
]

ZALO_OA: list[dict[str, Any] | None] = [
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": PRIVATE,
        "chat_id": "2468000000000000101",
        "text": "Cho em hỏi đăng ký tạm trú online ở đâu ạ?",
        "addressed": True,
    },
    {
        "kind": EventKind.MESSAGE,
        "text": "Ổ gà trước số nhà 12",
        "file": (AttachmentKind.PHOTO, "https://oa-demo.example/full/2.jpg", "", None),
    },
    {"kind": EventKind.MESSAGE, "location": Location(21.028511, 105.804817)},
    {
        "kind": EventKind.MESSAGE,
        "file": (
            AttachmentKind.FILE,
            "https://oa-demo.example/file/4",
            "CT01-to-khai.pdf",
            284113,
        ),
    },
    {
        "kind": EventKind.MESSAGE,
        "file": (AttachmentKind.VOICE, "https://oa-demo.example/audio/5.amr", "", None),
    },
    {
        "kind": EventKind.REACHABLE,
        "sender_id": "2468000000000000101",
        "key": "3880000000000000005:follow:2468000000000000101:1795134606000",
    },
    {"kind": EventKind.MESSAGE, "contact": Contact("84900000001", "Trần Thị Lan", own=False)},
    None,
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "chat_id": "f414c8f76fa586fb0005",
        "sender_id": "2468000000000000102",
        "addressed": False,
        "key": "3880000000000000005:user_send_group_text:96d3cdf3af1504600009",
    },
    {
        "kind": EventKind.MESSAGE,
        "chat_kind": GROUP,
        "reply_to": "96d3cdf3af1504600009",
        "file": (AttachmentKind.PHOTO, "https://oa-demo.example/full/10.jpg", "", None),
    },
    None,
    {
        "kind": EventKind.MESSAGE,
        "key": "3880000000000000005:user_send_group_text:96d3cdf3af1504600009",
    },
]


def lines(platform: str, expected: list[Any]) -> list[Any]:
    examples = payloads(platform)
    assert len(examples) == len(expected)
    return [
        pytest.param(example, wanted, id=f"{number}: {example['note'][:50]}")
        for number, (example, wanted) in enumerate(zip(examples, expected, strict=True), start=1)
    ]


def told(event: Event, expected: dict[str, Any]) -> dict[str, Any]:
    """Of an event, what the expectation speaks of."""
    found = {name: getattr(event, name) for name in expected if name != "file"}
    if "file" in expected:
        (file,) = event.files
        found["file"] = (file.kind, file.ref, file.name, file.size)
    return found


@pytest.mark.parametrize(("example", "expected"), lines("telegram", TELEGRAM))
async def test_telegram(
    telegram_channel: TelegramChannel, example: dict[str, Any], expected: dict[str, Any]
) -> None:
    await telegram_channel.learn_identity()
    telegram_channel.verify(example["headers"], raw(example["body"]))

    (event,) = telegram_channel.parse(example["body"])

    assert told(event, expected) == expected
    assert event.key == f"7012345678:{example['body']['update_id']}"


@pytest.mark.parametrize(("example", "expected"), lines("zalo_bot", ZALO_BOT)[:10])
async def test_zalo_bot(
    zalo_bot_channel: ZaloBotChannel, example: dict[str, Any], expected: dict[str, Any]
) -> None:
    await zalo_bot_channel.learn_identity()
    zalo_bot_channel.verify(example["headers"], raw(example["body"]))

    (event,) = zalo_bot_channel.parse(example["body"])

    assert told(event, expected) == expected
    assert event.sent_at is not None
    assert event.sent_at.year == 2026


def test_zalo_bot_forged_message_is_rejected(zalo_bot_channel: ZaloBotChannel) -> None:
    forged = payloads("zalo_bot")[10]
    with pytest.raises(Rejected):
        zalo_bot_channel.verify(forged["headers"], raw(forged["body"]))


def test_zalo_bot_asks_whether_anybody_is_there(zalo_bot_channel: ZaloBotChannel) -> None:
    probe = payloads("zalo_bot")[11]
    zalo_bot_channel.verify(probe["headers"], raw(probe["body"]))
    zalo_bot_channel.verify(probe["headers"], b"")
    assert zalo_bot_channel.parse(probe["body"]) == []


@pytest.mark.parametrize(("example", "expected"), lines("zalo_oa", ZALO_OA))
def test_zalo_oa(
    zalo_oa_channel: ZaloOAChannel, example: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    zalo_oa_channel.verify(example["headers"], raw(example["body"]))

    events = zalo_oa_channel.parse(example["body"])

    if expected is None:
        assert events == []
    else:
        (event,) = events
        assert told(event, expected) == expected


@pytest.mark.parametrize(("platform", "first", "second"), [("zalo_bot", 2, 9), ("zalo_oa", 8, 11)])
def test_the_same_delivery_twice_has_the_same_key(
    zalo_bot_channel: ZaloBotChannel,
    zalo_oa_channel: ZaloOAChannel,
    platform: str,
    first: int,
    second: int,
) -> None:
    channel: Channel = zalo_bot_channel if platform == "zalo_bot" else zalo_oa_channel
    examples = payloads(platform)
    assert channel.parse(examples[first]["body"]) == channel.parse(examples[second]["body"])
