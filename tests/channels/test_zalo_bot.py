"""The Zalo bot: the real client against a fake platform."""

import logging
import traceback
from typing import Any

import pytest

from bot.channels.base import (
    AttachmentKind,
    Button,
    ChatKind,
    Content,
    DeliveryError,
    EventKind,
    Malformed,
    Misconfigured,
    OutcomeUnknown,
    Permanent,
    RateLimited,
    Rejected,
    Retryable,
    Target,
    Unreachable,
    Unsupported,
    Upload,
)
from bot.channels.zalo_bot import ZaloBotChannel
from tests.channels.conftest import LONG, ZALO_BOT_SECRET
from tests.fakes import FakeZaloBot

RESIDENT = Target(ChatKind.PRIVATE, "3f9c1a7e5b2d4c6a8e01")
GROUP = Target(ChatKind.GROUP, "zgr-0a1b2c3d4e5f60718293")


async def failure_of_send(channel: ZaloBotChannel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(RESIDENT, Content("Chào chị"))
    return caught.value


async def test_a_text_arrives_in_a_private_chat_and_in_a_group(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    assert await zalo_bot_channel.send(RESIDENT, Content("Chào chị")) == f"{1001:020x}"
    await zalo_bot_channel.send(GROUP, Content("Chào bà con"))

    assert zalo_bot.sent(RESIDENT.chat_id) == ["Chào chị"]
    assert zalo_bot.sent(GROUP.chat_id) == ["Chào bà con"]
    assert all("parse_mode" not in params for params in zalo_bot.called("sendMessage"))


async def test_a_long_text_comes_in_parts(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    await zalo_bot_channel.send(RESIDENT, Content("🏠" * 900 + "\n\n" + "a" * 1900))
    assert zalo_bot.sent(RESIDENT.chat_id) == ["🏠" * 900, "a" * 1900]


@pytest.mark.parametrize(
    ("failure", "meaning", "code"),
    [
        ("wrong_token", Misconfigured, "token"),
        ("bad_request", Permanent, "bad_request"),
        ("internal", Retryable, "server_error"),
        ("chat_not_found", Unreachable, "chat_not_found"),
        ("timeout", OutcomeUnknown, "timeout"),
        ("html", Retryable, "http_502"),
        ("server_error", Retryable, "http_500"),
        ("hang", OutcomeUnknown, "timeout"),
        ("lost_answer", OutcomeUnknown, "timeout"),
        ("reset", OutcomeUnknown, "connection_lost"),
    ],
)
async def test_each_refusal_has_one_meaning(
    zalo_bot: FakeZaloBot,
    zalo_bot_channel: ZaloBotChannel,
    failure: str,
    meaning: type[DeliveryError],
    code: str,
) -> None:
    zalo_bot.fail_next(failure)
    error = await failure_of_send(zalo_bot_channel)
    assert (type(error), error.code) == (meaning, code)


@pytest.mark.parametrize(
    ("status", "meaning"), [(200, OutcomeUnknown), (504, OutcomeUnknown), (403, Misconfigured)]
)
async def test_a_page_instead_of_an_answer(
    zalo_bot: FakeZaloBot,
    zalo_bot_channel: ZaloBotChannel,
    status: int,
    meaning: type[DeliveryError],
) -> None:
    zalo_bot.fail_next("html", status=status)
    assert isinstance(await failure_of_send(zalo_bot_channel), meaning)


async def test_a_spent_quota_waits_an_hour_and_a_busy_proxy_as_long_as_it_says(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    zalo_bot.fail_next("quota")
    quota = await failure_of_send(zalo_bot_channel)
    zalo_bot.fail_next("rate_limited", retry_after=9)
    busy = await failure_of_send(zalo_bot_channel)

    assert isinstance(quota, RateLimited)
    assert (quota.code, quota.retry_after) == ("quota", 3600)
    assert isinstance(busy, RateLimited)
    assert (busy.code, busy.retry_after) == ("rate", 9)


@pytest.mark.parametrize(
    "content",
    [
        Content("Chọn", buttons=(Button("Có", "co"),)),
        Content("Mẫu", upload=Upload(AttachmentKind.FILE, "a.pdf", "application/pdf", b"%PDF")),
    ],
)
async def test_what_zalo_bots_cannot_send_is_refused(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel, content: Content
) -> None:
    with pytest.raises(Unsupported):
        await zalo_bot_channel.send(RESIDENT, content)
    with pytest.raises(Unsupported):
        await zalo_bot_channel.delete(GROUP, "2d758cb5e222177a4e03")
    assert zalo_bot.calls == []


async def test_its_capabilities_promise_nothing_it_cannot_do(
    zalo_bot_channel: ZaloBotChannel,
) -> None:
    can = zalo_bot_channel.capabilities
    assert not any(
        (
            can.reads_all_messages,
            can.deletes_messages,
            can.starts_private_chat,
            can.buttons,
            can.start_payload,
            can.sends_files,
        )
    )


async def test_the_private_link_carries_no_token(zalo_bot_channel: ZaloBotChannel) -> None:
    link = await zalo_bot_channel.private_link("bi-mat")
    assert link == "https://bot.zaloplatforms.com/bots/1204567890"


@pytest.mark.parametrize("failure", ["wrong_token", "html", "hang", "reset", "bad_request"])
async def test_the_token_and_the_text_are_in_no_log_line_and_no_error(
    zalo_bot: FakeZaloBot,
    zalo_bot_channel: ZaloBotChannel,
    caplog: pytest.LogCaptureFixture,
    failure: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    zalo_bot.fail_next(failure)
    error = await failure_of_send(zalo_bot_channel)
    await zalo_bot_channel.send(RESIDENT, Content("Nhà chị Lan"))

    told = caplog.text + "".join(traceback.format_exception(error))
    assert "vi-du-token" not in told
    assert "chị" not in caplog.text


async def test_a_wrong_host_is_a_connection_that_was_never_made() -> None:
    nobody = ZaloBotChannel("1:a", ZALO_BOT_SECRET, "http://127.0.0.1:9", timeout=LONG)
    error = await failure_of_send(nobody)
    assert (type(error), error.code) == (Retryable, "no_connection")
    await nobody.close()


# Webhooks


def update(kind: str, **fields: Any) -> dict[str, Any]:
    message = {
        "message_id": "2d758cb5e222177a4e99",
        "date": 1795134600131,
        "from": {"id": "7b1e2c3d4f5a69788f02", "display_name": "Lê Văn Hùng", "is_bot": False},
        "chat": {"id": "zgr-0a1b2c3d4e5f60718293", "chat_type": "GROUP"},
        **fields,
    }
    return {"event_name": f"message.{kind}.received", "message": message}


async def test_the_bots_name_is_cut_wherever_it_stands_once_it_is_known(
    zalo_bot_channel: ZaloBotChannel,
) -> None:
    body = update("text", text="Nhờ @bot bình yên xem đèn đường hỏng, @Bot Bình Yên nhé")
    (before,) = zalo_bot_channel.parse(body)
    await zalo_bot_channel.learn_identity()
    (after,) = zalo_bot_channel.parse(body)

    assert before.text == body["message"]["text"]
    assert after.text == "Nhờ xem đèn đường hỏng, nhé"
    assert before.addressed
    assert after.addressed


async def test_not_knowing_the_name_never_fails(
    zalo_bot: FakeZaloBot, zalo_bot_channel: ZaloBotChannel
) -> None:
    zalo_bot.fail_next("html", method="getMe")
    assert not await zalo_bot_channel.learn_identity()
    assert await zalo_bot_channel.learn_identity()


def test_a_chat_of_unknown_kind_is_a_group_so_nothing_confidential_goes_there(
    zalo_bot_channel: ZaloBotChannel,
) -> None:
    (event,) = zalo_bot_channel.parse(update("text", text="x", chat={"id": "zgr-1"}))
    assert event.chat_kind is ChatKind.GROUP


def test_a_picture_under_an_unknown_field_is_said_to_be_hidden(
    zalo_bot_channel: ZaloBotChannel,
) -> None:
    (event,) = zalo_bot_channel.parse(update("image", picture="https://photo-demo.example/1.jpg"))
    assert event.kind is EventKind.UNSUPPORTED


@pytest.mark.parametrize(
    "body",
    [
        update("text", text="Tôi là máy", **{"from": {"id": "b", "is_bot": True}}),
        update("sticker", sticker="0e07"),
        update("seen"),
        {"event_name": ["message.text.received"]},
        {"ok": True, "result": None},
        {"ok": False, "error_code": 408},
    ],
)
def test_what_asks_for_nothing_gives_no_event(
    zalo_bot_channel: ZaloBotChannel, body: dict[str, Any]
) -> None:
    assert zalo_bot_channel.parse(body) == []


@pytest.mark.parametrize(
    "body",
    [
        {"event_name": "message.text.received"},
        update("text"),
        update("text", text="x", chat=None),
        update("text", text="x", **{"from": {}}),
        update("text", text="x", chat={"id": "a" * 129}),
    ],
)
def test_a_message_without_what_it_must_have_is_malformed(
    zalo_bot_channel: ZaloBotChannel, body: dict[str, Any]
) -> None:
    with pytest.raises(Malformed):
        zalo_bot_channel.parse(body)


def test_without_an_id_the_same_message_still_has_the_same_key(
    zalo_bot_channel: ZaloBotChannel,
) -> None:
    def key(text: str) -> str:
        (event,) = zalo_bot_channel.parse(update("text", text=text, message_id=None))
        return event.key

    assert key("Mất điện") == key("Mất điện")
    assert key("Mất điện") != key("Mất nước")


@pytest.mark.parametrize("given", ["", "sai", ZALO_BOT_SECRET + " ", "\udc80"])
def test_a_webhook_without_the_secret_is_rejected(
    zalo_bot_channel: ZaloBotChannel, given: str
) -> None:
    with pytest.raises(Rejected):
        zalo_bot_channel.verify({"X-Bot-Api-Secret-Token": given}, b'{"event_name":"x"}')
