"""What residents write, and who sees it."""

import uuid

from sqlalchemy import func, select

from bot.channels.base import ChatKind, EventKind, Location
from bot.channels.web_models import WebMail
from bot.groups.models import Hamlet
from bot.messages.models import Conversation
from tests.chat.conftest import AP_1, AP_2, Gateway, Visit


async def test_a_group_message_is_queued_and_acknowledged(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    acknowledged = await page.say("mai họp ấp mấy giờ vậy bà con")
    [event] = await gateway.events()
    assert (event.kind, event.chat_kind) == (EventKind.MESSAGE, ChatKind.GROUP)
    assert (event.chat_id, event.sender_name) == (AP_1, "Cô Sáu")
    assert event.text == "mai họp ấp mấy giờ vậy bà con"
    assert event.message_id == acknowledged["post"]
    assert event.sent_at is not None


async def test_neighbours_see_a_post_at_once_with_its_authors_name(visit: Visit) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    acknowledged = await author.say("ai thấy con bò nhà tui hông")
    post = await neighbour.next("post")
    assert (post["name"], post["text"]) == ("Cô Sáu", "ai thấy con bò nhà tui hông")
    assert (post["id"], post["mine"]) == (acknowledged["post"], False)


async def test_other_pages_of_the_author_know_that_a_post_is_his(visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    first, second = await resident.open(), await resident.open()
    await first.say("chào bà con")
    assert (await second.next("post"))["mine"] is True


async def test_a_post_tells_neighbours_nothing_that_identifies_the_browser(
    gateway: Gateway, visit: Visit
) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    await author.say("chào bà con")
    post = await neighbour.next("post")
    [event] = await gateway.events()
    assert event.sender_id not in str(post)
    assert "author" not in post


async def test_a_hamlet_does_not_see_another_hamlets_posts(visit: Visit) -> None:
    here = await (await visit("Cô Sáu")).open(AP_1)
    elsewhere = await (await visit("Anh Ba")).open(AP_2)
    await here.say("chào bà con ấp 1")
    await elsewhere.say("chào bà con ấp 2")
    await elsewhere.quiet()
    assert "ấp 1" not in str(elsewhere.seen)


async def test_the_longest_post_of_the_widest_letters_arrives_whole(visit: Visit) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    for text in ("🔥" * 2000, 'ế"\\\n' * 499 + "ế"):
        await author.say(text)
        assert (await neighbour.next("post"))["text"] == text


async def test_the_server_keeps_no_post_for_pages_opened_later(
    gateway: Gateway, visit: Visit
) -> None:
    author = await (await visit("Cô Sáu")).open()
    await author.say("chào bà con")
    latecomer = await (await visit("Anh Ba")).open()
    await latecomer.quiet()
    assert [frame["type"] for frame in latecomer.seen] == ["joined", "ready", "pong"]
    async with gateway.db.begin() as session:
        assert (await session.execute(select(func.count(WebMail.id)))).scalar_one() == 0


async def test_a_private_message_is_seen_by_nobody_else(gateway: Gateway, visit: Visit) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    await author.say("nhà kế bên đánh bài", view="private")
    await neighbour.quiet()
    assert "đánh bài" not in str(neighbour.seen)
    [event] = await gateway.events()
    assert event.chat_kind is ChatKind.PRIVATE
    assert event.chat_id == event.sender_id


async def test_a_private_message_needs_neither_name_nor_group(
    gateway: Gateway, visit: Visit
) -> None:
    page = await (await visit("")).open(group="")
    await page.say("tôi muốn hỏi thủ tục tạm trú", view="private")
    [event] = await gateway.events()
    assert event.sender_name == ""


async def test_a_private_message_of_a_member_belongs_to_his_hamlet(
    gateway: Gateway, visit: Visit
) -> None:
    page = await (await visit("Cô Sáu")).open(AP_2)
    await page.say("có người lạ rình nhà tôi", view="private")
    async with gateway.db.begin() as session:
        conversation = (await session.execute(select(Conversation))).scalar_one()
        hamlet = await session.get(Hamlet, conversation.member.hamlet_id)
        assert hamlet is not None
        assert hamlet.name == "Ấp 2"


async def test_a_repeated_message_is_stored_and_shown_once(gateway: Gateway, visit: Visit) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    again = str(uuid.uuid4())
    first = await author.say("chào bà con", id=again)
    second = await author.say("chào bà con", id=again)
    assert first["post"] == second["post"]
    await author.say("xong")
    await neighbour.next("post")
    assert (await neighbour.next("post"))["text"] == "xong"
    assert len(await gateway.events()) == 2


async def test_two_visitors_who_choose_the_same_id_do_not_disturb_each_other(
    gateway: Gateway, visit: Visit
) -> None:
    one, two = await (await visit("Cô Sáu")).open(), await (await visit("Anh Ba")).open()
    same = str(uuid.uuid4())
    first, second = await one.say("một", id=same), await two.say("hai", id=same)
    assert first["post"] != second["post"]
    assert [event.text for event in await gateway.events()] == ["một", "hai"]


async def test_a_place_comes_in_without_words(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    await page.say("", "private", location={"latitude": 10.9, "longitude": 107})
    [event] = await gateway.events()
    assert event.location == Location(10.9, 107.0)


async def test_calling_the_assistant_by_name_addresses_it(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    for text in ("@Trợ lý cho hỏi", "Trợ lý ơi", "hôm qua tôi hỏi trợ lý rồi"):
        await page.say(text)
    assert [event.addressed for event in await gateway.events()] == [True, True, False]


async def test_a_private_link_starts_the_private_chat_with_its_token(
    gateway: Gateway, visit: Visit
) -> None:
    page = await (await visit("Cô Sáu")).open()
    link = await gateway.channel.private_link("mot-ma-dung-mot-lan")
    assert link == f"{gateway.services.settings.public_base}/#m=mot-ma-dung-mot-lan"
    await page.send(type="start", id=str(uuid.uuid4()), token=link.partition("#m=")[2])
    await page.next("ack")
    [event] = await gateway.events()
    assert (event.kind, event.chat_kind) == (EventKind.START, ChatKind.PRIVATE)
    assert event.text == "mot-ma-dung-mot-lan"


async def test_no_word_is_readable_in_the_database(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    await page.say("một chuyện rất kín", view="private")
    assert not await gateway.holds("rất kín")
    assert not await gateway.holds("Sáu")
