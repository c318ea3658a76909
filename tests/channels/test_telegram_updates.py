"""Telegram's updates beyond the examples: who is called, what is ignored, what is trusted."""

from typing import Any

import pytest

from bot.channels.base import MAX_TEXT, AttachmentKind, Contact, Event, EventKind, Malformed
from bot.channels.telegram_updates import Identity, read_update

UNKNOWN = Identity("7012345678")
KNOWN = Identity("7012345678", "binhyen_demo_bot")
LAN = {"id": 5101000001, "is_bot": False, "first_name": "Lan"}
BOT = {"id": 7012345678, "is_bot": True, "first_name": "Bot Bình Yên"}
GROUP = {"id": -1002000000005, "type": "supergroup", "title": "Ấp 5"}
ALONE = {"id": 5101000001, "type": "private", "first_name": "Lan"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 7, "from": LAN, "chat": GROUP, "date": 1795134600, **fields}


def mention(text: str, kind: str = "mention") -> dict[str, Any]:
    """A message whose first word with "@" or "/" is an entity, at UTF-16 offsets."""
    word = next(word for word in text.split() if word[0] in "@/")
    before = text[: text.index(word)]
    offset = len(before.encode("utf-16-le")) // 2
    return message(text=text, entities=[{"type": kind, "offset": offset, "length": len(word)}])


def read(body: dict[str, Any], bot: Identity = KNOWN) -> list[Event]:
    return read_update({"update_id": 1, "message": body}, bot)


def only(body: dict[str, Any], bot: Identity = KNOWN) -> Event:
    (event,) = read(body, bot)
    return event


# Whether the assistant is called


def test_its_own_mention_is_a_call_and_is_cut_by_utf16_offsets() -> None:
    event = only(mention("🏠🏠 nhờ @BinhYen_Demo_Bot xem giúp"))
    assert (event.addressed, event.text) == (True, "🏠🏠 nhờ xem giúp")


def test_another_bots_mention_is_no_call() -> None:
    event = only(mention("@thoitiet_bot mai mưa không"))
    assert (event.addressed, event.text) == (False, "@thoitiet_bot mai mưa không")


def test_before_the_name_is_known_any_bots_mention_is_a_call_and_nothing_is_cut() -> None:
    event = only(mention("@thoitiet_bot mai mưa không"), UNKNOWN)
    assert (event.addressed, event.text) == (True, "@thoitiet_bot mai mưa không")
    assert not only(mention("@lantran_demo ơi"), UNKNOWN).addressed


def test_a_mention_by_id_needs_no_name() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 3, "user": BOT}
    assert only(message(text="Bot ơi", entities=[entity]), UNKNOWN).addressed


@pytest.mark.parametrize(
    ("text", "addressed", "kept"),
    [
        ("/help", True, "/help"),
        ("/lenh@binhyen_demo_bot ấp 5", True, "/lenh ấp 5"),
        ("/lenh@thoitiet_bot", False, "/lenh@thoitiet_bot"),
    ],
)
def test_a_command_is_a_call_unless_it_is_another_bots(
    text: str, addressed: bool, kept: str
) -> None:
    event = only(mention(text, "bot_command"))
    assert (event.addressed, event.text) == (addressed, kept)


def test_a_reply_to_the_bot_is_a_call_and_to_a_neighbour_is_not() -> None:
    to_bot = message(text="Còn giấy tờ?", reply_to_message=message(message_id=5, **{"from": BOT}))
    to_lan = message(text="Đúng rồi", reply_to_message=message(message_id=6))
    assert (only(to_bot).addressed, only(to_bot).reply_to) == (True, "5")
    assert (only(to_lan).addressed, only(to_lan).reply_to) == (False, "6")


def test_in_a_forum_the_message_that_opened_the_topic_is_not_replied_to() -> None:
    opener = message(message_id=12, **{"from": BOT})
    forum = {"message_thread_id": 12, "is_topic_message": True, "reply_to_message": opener}
    event = only(message(text="Chào bà con", **forum))
    assert (event.thread_id, event.reply_to, event.addressed) == ("12", "", False)


def test_a_reply_chain_outside_a_forum_is_no_topic() -> None:
    assert only(message(text="Ừ", message_thread_id=12)).thread_id == ""


# What is ignored


@pytest.mark.parametrize(
    "body",
    [
        message(text="Tôi là máy", **{"from": {**BOT, "id": 99}}),
        message(text="Bản tin", is_automatic_forward=True, sender_chat=GROUP),
        message(text="Bài mới", chat={"id": -100, "type": "channel", "title": "Kênh"}),
        message(new_chat_members=[LAN]),
        message(sticker={"file_id": "a", "emoji": "😀"}),
        message(migrate_from_chat_id=-4000000007),
        message(text=""),
        message(text=17),
    ],
)
def test_what_no_person_said_gives_no_event(body: dict[str, Any]) -> None:
    assert read(body) == []


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "poll", "unheard_of"])
def test_other_kinds_of_update_are_ignored(kind: str) -> None:
    assert read_update({"update_id": 1, kind: message(text="x")}, KNOWN) == []


def test_an_anonymous_administrator_is_heard() -> None:
    group_bot = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    body = message(text="Cháy nhà!", sender_chat=GROUP, **{"from": group_bot})
    event = only(body)
    assert (event.text, event.sender_name, event.sender_id) == ("Cháy nhà!", "Ấp 5", "1087968824")


def test_a_sticker_sent_privately_is_answered_as_unreadable() -> None:
    assert only(message(chat=ALONE, sticker={})).kind is EventKind.UNSUPPORTED


# What is trusted


@pytest.mark.parametrize(
    ("owner", "own"), [({"user_id": LAN["id"]}, True), ({"user_id": 99}, False), ({}, False)]
)
def test_a_contact_is_the_senders_own_only_if_telegram_says_so(
    owner: dict[str, Any], own: bool
) -> None:
    shared = {"phone_number": "84900000001", "first_name": "Lan", **owner}
    assert only(message(contact=shared)).contact == Contact("84900000001", "Lan", own)


@pytest.mark.parametrize(
    ("text", "payload"),
    [("/start", ""), ("/start abc_-9", "abc_-9"), ("/start " + "a" * 64, "a" * 64)],
)
def test_a_private_start_carries_its_links_token(text: str, payload: str) -> None:
    event = only(message(chat=ALONE, text=text))
    assert (event.kind, event.text) == (EventKind.START, payload)


@pytest.mark.parametrize("text", ["/start " + "a" * 65, "/start a b", "/start có dấu", "/started"])
def test_a_start_with_what_no_link_of_ours_carries_is_a_message(text: str) -> None:
    assert only(message(chat=ALONE, text=text)).kind is EventKind.MESSAGE


def test_a_start_in_a_group_is_a_message() -> None:
    assert only(mention("/start abc", "bot_command")).kind is EventKind.MESSAGE


def test_nul_lone_surrogates_and_endless_texts_do_not_get_in() -> None:
    event = only(message(chat=ALONE, text="a\0b\ud83d c\ud83c\udfe0" + "d" * 2 * MAX_TEXT))
    assert event.text.startswith("ab\ufffd c🏠d")
    assert len(event.text) == MAX_TEXT


def test_video_notes_audio_and_videos_are_files() -> None:
    body = message(
        video={"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 3},
        caption="Xem này",
    )
    (file,) = only(body).files
    assert (file.kind, file.ref, file.mime) == (AttachmentKind.VIDEO, "v", "video/mp4")


def test_a_button_under_a_message_too_old_to_show_still_tells_its_chat() -> None:
    press = {
        "id": "1",
        "from": LAN,
        "chat_instance": "2",
        "data": "ok:1",
        "message": {"message_id": 44, "chat": ALONE, "date": 0},
    }
    (event,) = read_update({"update_id": 1, "callback_query": press}, KNOWN)
    assert (event.kind, event.chat_id, event.text) == (EventKind.BUTTON, "5101000001", "ok:1")


# Rights


def membership(chat: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    change = {
        "chat": chat,
        "from": LAN,
        "date": 1795134600,
        "old_chat_member": {"status": "left", "user": BOT},
        "new_chat_member": {"user": BOT, **new},
    }
    return {"update_id": 1, "my_chat_member": change}


ADMIN = {
    "status": "administrator",
    **dict.fromkeys(
        (
            "can_be_edited",
            "is_anonymous",
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
        ),
        False,
    ),
}
BASIC_GROUP = {"id": -4000000007, "type": "group", "title": "Ấp 7"}
READS_ALL = Identity("7012345678", "binhyen_demo_bot", reads_all=True)


@pytest.mark.parametrize(
    ("chat", "member", "bot", "deletes", "reads"),
    [
        (GROUP, ADMIN, KNOWN, False, True),
        (GROUP, ADMIN | {"can_delete_messages": True}, KNOWN, True, True),
        (BASIC_GROUP, ADMIN, KNOWN, True, True),
        (GROUP, {"status": "member"}, KNOWN, False, False),
        (GROUP, {"status": "member"}, READS_ALL, False, True),
        (GROUP, {"status": "left"}, READS_ALL, False, False),
        (GROUP, {"status": "kicked", "until_date": 0}, READS_ALL, False, False),
    ],
)
def test_what_a_group_lets_the_bot_do(
    chat: dict[str, Any], member: dict[str, Any], bot: Identity, deletes: bool, reads: bool
) -> None:
    (event,) = read_update(membership(chat, member), bot)
    assert event.kind is EventKind.GROUP_RIGHTS
    assert event.rights == {"deletes_messages": deletes, "reads_all_messages": reads}


def test_unblocking_makes_a_person_reachable() -> None:
    (event,) = read_update(membership(ALONE, {"status": "member"}), KNOWN)
    assert event.kind is EventKind.REACHABLE


# What is malformed


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"update_id": None},
        {"update_id": True},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"text": "x"}},
        {"update_id": 1, "message": message(text="x", chat={"id": {}, "type": "private"})},
        {"update_id": 1, "message": message(text="x", date="gestern")},
        {"update_id": 1, "message": message(text="x", date=10**30)},
        {"update_id": 1, "message": message(text="x", entities=[5])},
        {"update_id": 1, "message": message(photo=[{"file_id": 5}])},
        {"update_id": 1, "my_chat_member": {"chat": GROUP}},
    ],
)
def test_a_known_update_without_what_it_must_have_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        read_update(body, KNOWN)
    assert "gestern" not in str(caught.value)
