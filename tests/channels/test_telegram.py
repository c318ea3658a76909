"""Telegram: the real client against a fake server."""

import logging
import traceback

import pytest

from bot.channels.base import (
    MAX_FILE,
    AttachmentKind,
    Button,
    ChatKind,
    Content,
    DeliveryError,
    Misconfigured,
    Moved,
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
from bot.channels.telegram import TelegramChannel
from tests.channels.conftest import LONG, SHORT, TELEGRAM_SECRET
from tests.fakes import FakeTelegram

RESIDENT = Target(ChatKind.PRIVATE, "5101000001")
GROUP = Target(ChatKind.GROUP, "-1002000000005")


async def failure_of_send(channel: TelegramChannel) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await channel.send(RESIDENT, Content("Chào chị"))
    return caught.value


# Sending


async def test_a_text_arrives_as_plain_text_and_its_id_is_told(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    sent = await telegram_channel.send(RESIDENT, Content("<b>Chào</b> *chị* [x](y)"))

    assert telegram.sent("5101000001") == ["<b>Chào</b> *chị* [x](y)"]
    assert sent == "1001"
    (params,) = telegram.called("sendMessage")
    assert "parse_mode" not in params
    assert params["link_preview_options"] == {"is_disabled": True}


async def test_a_reply_goes_to_its_topic_and_message(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    topic = Target(ChatKind.GROUP, "-1002000000006", thread_id="12")
    await telegram_channel.send(topic, Content("Đã nhận", reply_to="318"))

    (params,) = telegram.called("sendMessage")
    assert params["message_thread_id"] == "12"
    assert params["reply_parameters"]["message_id"] == 318
    assert params["reply_parameters"]["allow_sending_without_reply"] is True


async def test_a_long_text_comes_in_order_with_the_buttons_under_its_end(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    paragraphs = [f"Khoản {n}. " + "🏠 điều " * 300 for n in range(1, 5)]
    content = Content("\n\n".join(paragraphs), buttons=(Button("Đồng ý", "ok:1"),), reply_to="7")

    sent = await telegram_channel.send(RESIDENT, content)

    texts = telegram.sent("5101000001")
    assert texts == [paragraph.strip() for paragraph in paragraphs]
    calls = telegram.called("sendMessage")
    assert [("reply_markup" in c, "reply_parameters" in c) for c in calls] == [
        (False, True),
        (False, False),
        (False, False),
        (True, False),
    ]
    assert sent == str(1000 + len(texts))


async def test_a_text_that_stops_half_way_is_not_to_be_repeated(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("rate_limited", after=1)
    with pytest.raises(OutcomeUnknown, match="partly_sent"):
        await telegram_channel.send(RESIDENT, Content("a" * 4000 + "\n\n" + "b" * 4000))
    assert telegram.sent("5101000001") == ["a" * 4000]


async def test_nothing_to_say_is_not_sent(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    with pytest.raises(Permanent, match="empty"):
        await telegram_channel.send(RESIDENT, Content(" \n "))
    assert telegram.calls == []


@pytest.mark.parametrize(
    ("kind", "method", "field"),
    [
        (AttachmentKind.PHOTO, "sendPhoto", "photo"),
        (AttachmentKind.VOICE, "sendVoice", "voice"),
        (AttachmentKind.FILE, "sendDocument", "document"),
        (AttachmentKind.VIDEO, "sendDocument", "document"),
    ],
)
async def test_a_file_goes_with_its_text_as_caption(
    telegram: FakeTelegram,
    telegram_channel: TelegramChannel,
    kind: AttachmentKind,
    method: str,
    field: str,
) -> None:
    upload = Upload(kind, "giấy tờ.bin", "application/octet-stream", b"\x00\x01 noi dung")
    await telegram_channel.send(RESIDENT, Content("Mẫu CT01", (Button("Xong", "ok"),), "", upload))

    (params,) = telegram.called(method)
    assert params[field] == b"\x00\x01 noi dung"
    assert "reply_markup" in params
    assert telegram.sent("5101000001") == ["Mẫu CT01"]


async def test_a_text_too_long_for_a_caption_follows_the_file(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    upload = Upload(AttachmentKind.FILE, "CT01.pdf", "application/pdf", b"%PDF")
    await telegram_channel.send(RESIDENT, Content("x" * 1025, upload=upload))

    assert [call.method for call in telegram.calls] == ["sendDocument", "sendMessage"]
    assert telegram.sent("5101000001") == ["", "x" * 1025]


# What failures mean


@pytest.mark.parametrize(
    ("failure", "meaning", "code"),
    [
        ("blocked", Unreachable, "blocked"),
        ("deactivated", Unreachable, "deactivated"),
        ("never_started", Unreachable, "never_started"),
        ("kicked", Unreachable, "removed"),
        ("chat_not_found", Unreachable, "chat_not_found"),
        ("no_rights", Misconfigured, "no_rights"),
        ("wrong_token", Misconfigured, "token"),
        ("conflict", Misconfigured, "conflict"),
        ("bad_request", Permanent, "bad_request"),
        ("unavailable", Retryable, "http_500"),
        ("server_error", Retryable, "http_500"),
        ("html", Retryable, "http_500"),
        ("hang", OutcomeUnknown, "timeout"),
        ("lost_answer", OutcomeUnknown, "timeout"),
        ("reset", OutcomeUnknown, "connection_lost"),
    ],
)
async def test_each_refusal_has_one_meaning(
    telegram: FakeTelegram,
    telegram_channel: TelegramChannel,
    failure: str,
    meaning: type[DeliveryError],
    code: str,
) -> None:
    telegram.fail_next(failure)
    error = await failure_of_send(telegram_channel)
    assert (type(error), error.code) == (meaning, code)


async def test_too_many_requests_says_how_long_to_wait_and_is_not_tried_again_here(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("rate_limited", retry_after=17)
    error = await failure_of_send(telegram_channel)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 17
    assert len(telegram.calls) == 1


async def test_a_group_that_became_a_supergroup_tells_its_new_id(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("migrated", to=-1002000000007)
    error = await failure_of_send(telegram_channel)
    assert isinstance(error, Moved)
    assert error.chat_id == "-1002000000007"


async def test_an_answer_that_cannot_be_read_may_have_been_a_yes(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("html", status=200)
    assert isinstance(await failure_of_send(telegram_channel), OutcomeUnknown)


async def test_a_gateway_that_gave_up_waiting_may_have_passed_it_on(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("html", status=504)
    assert isinstance(await failure_of_send(telegram_channel), OutcomeUnknown)


async def test_what_was_never_sent_can_be_sent_again() -> None:
    nobody = TelegramChannel("1:a", TELEGRAM_SECRET, "http://127.0.0.1:9", timeout=LONG)
    error = await failure_of_send(nobody)
    assert (type(error), error.code) == (Retryable, "no_connection")
    await nobody.close()


@pytest.mark.parametrize("failure", ["wrong_token", "html", "hang", "reset", "server_error"])
async def test_the_token_and_the_text_are_in_no_log_line_and_no_error(
    telegram: FakeTelegram,
    telegram_channel: TelegramChannel,
    caplog: pytest.LogCaptureFixture,
    failure: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.fail_next(failure)
    error = await failure_of_send(telegram_channel)
    await telegram_channel.send(RESIDENT, Content("Nhà chị Lan"))
    await telegram_channel.learn_identity()

    told = caplog.text + "".join(traceback.format_exception(error))
    assert telegram.token not in told
    assert "vi-du-token" not in told
    assert "chị" not in caplog.text


# Deleting


async def test_a_members_message_is_deleted(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    await telegram_channel.delete(GROUP, "2460")
    assert telegram.deleted == [("-1002000000005", "2460")]


async def test_a_message_that_is_gone_counts_as_deleted(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("already_gone")
    await telegram_channel.delete(GROUP, "2460")


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        ("cannot_delete", Misconfigured),
        ("chat_not_found", Unreachable),
        ("hang", Retryable),  # deleting twice does no harm
        ("reset", Retryable),
    ],
)
async def test_what_a_failed_deletion_means(
    telegram: FakeTelegram,
    telegram_channel: TelegramChannel,
    failure: str,
    meaning: type[DeliveryError],
) -> None:
    telegram.fail_next(failure)
    with pytest.raises(meaning):
        await telegram_channel.delete(GROUP, "2460")


async def test_an_id_that_is_none_of_telegrams_deletes_nothing(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    with pytest.raises(Permanent):
        await telegram_channel.delete(GROUP, "2460; drop")
    assert telegram.calls == []


# Files


async def test_a_file_is_fetched_by_its_id(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    ref = telegram.add_file("AgACdemo", b"\xff\xd8\xff anh")
    fetched = await telegram_channel.fetch(ref)
    assert (fetched.content, fetched.mime) == (b"\xff\xd8\xff anh", "image/jpeg")


async def test_a_file_above_the_limit_is_not_read(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    ref = telegram.add_file("lon", bytes(MAX_FILE + 1))
    with pytest.raises(Unsupported, match="file_too_big"):
        await telegram_channel.fetch(ref)

    telegram.fail_next("file_too_big")
    with pytest.raises(Unsupported, match="file_too_big"):
        await telegram_channel.fetch(ref)


async def test_an_unknown_file_stays_unknown(telegram_channel: TelegramChannel) -> None:
    with pytest.raises(Permanent):
        await telegram_channel.fetch("khong-co")


# Who the bot is


async def test_the_private_link_carries_the_token(telegram_channel: TelegramChannel) -> None:
    link = await telegram_channel.private_link("tdp5_kv8Qm2")
    assert link == "https://t.me/binhyen_demo_bot?start=tdp5_kv8Qm2"


async def test_there_is_no_link_while_telegram_is_down_and_one_when_it_is_back(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    telegram.fail_next("server_error", method="getMe")
    assert await telegram_channel.private_link("t") == ""
    assert await telegram_channel.private_link("t") != ""
    await telegram_channel.private_link("t")
    assert len(telegram.called("getMe")) == 2


@pytest.mark.parametrize("patience", [SHORT])
async def test_a_button_press_is_acknowledged_and_never_fails(
    telegram: FakeTelegram, telegram_channel: TelegramChannel
) -> None:
    await telegram_channel.acknowledge_button("219")
    telegram.fail_next("query_too_old")
    await telegram_channel.acknowledge_button("219")
    telegram.fail_next("hang")
    await telegram_channel.acknowledge_button("219")
    assert len(telegram.called("answerCallbackQuery")) == 3


@pytest.mark.parametrize("token", ["", "no-colon", "abc:def", "123:"])
def test_a_token_of_another_form_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="form") as caught:
        TelegramChannel(token, TELEGRAM_SECRET, "http://127.0.0.1:9")
    assert "no-colon" not in str(caught.value)


# Webhooks


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Telegram-Bot-Api-Secret-Token": ""},
        {"X-Telegram-Bot-Api-Secret-Token": "sai"},
        {"X-Telegram-Bot-Api-Secret-Token": "bí mật \udc80"},
        {"X-Bot-Api-Secret-Token": TELEGRAM_SECRET},
    ],
)
def test_a_webhook_without_the_secret_is_rejected(
    telegram_channel: TelegramChannel, headers: dict[str, str]
) -> None:
    with pytest.raises(Rejected):
        telegram_channel.verify(headers, b"{}")


def test_the_secret_is_found_in_a_header_of_any_case(telegram_channel: TelegramChannel) -> None:
    telegram_channel.verify({"x-telegram-bot-api-secret-token": TELEGRAM_SECRET}, b"{}")
