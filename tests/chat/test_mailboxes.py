"""What the assistant and officers send, and what is taken away."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.channels.base import (
    AttachmentKind,
    Button,
    ChatKind,
    Content,
    EventKind,
    Rejected,
    Target,
    Upload,
)
from bot.channels.web_models import WebFile, WebMail
from bot.db import now
from bot.gateway import chat_frames as frames
from bot.gateway import chat_page
from tests.chat.conftest import AP_1, AP_2, Gateway, Page, Resident, Visit

GROUP = Target(ChatKind.GROUP, AP_1)


async def private_chat(gateway: Gateway, page: Page) -> Target:
    """The private chat of whoever wrote from this page."""
    await page.say("cho tôi hỏi", view="private")
    return Target(ChatKind.PRIVATE, (await gateway.events())[-1].chat_id)


async def mail_waiting(gateway: Gateway) -> int:
    async with gateway.db.begin() as session:
        return (await session.execute(select(func.count(WebMail.id)))).scalar_one()


async def seen(page: Page, *frames: dict[str, Any]) -> None:
    await page.send(type="seen", ids=[frame["id"] for frame in frames])
    await page.quiet()


async def test_an_answer_arrives_on_the_open_page(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    sent = await gateway.channel.send(await private_chat(gateway, page), Content("Đã nhận ạ."))
    mail = await page.next("mail")
    assert (mail["id"], mail["view"], mail["text"]) == (sent, "private", "Đã nhận ạ.")


async def test_an_officers_late_answer_waits_until_the_resident_comes_back(
    gateway: Gateway, visit: Visit
) -> None:
    resident = await visit("Cô Sáu")
    page = await resident.open()
    target = await private_chat(gateway, page)
    await page.socket.close()
    await gateway.channel.send(target, Content("Cán bộ đã đến xem."))
    back = await resident.open()
    assert [frame.get("text") for frame in back.seen if frame["type"] == "mail"] == [
        "Cán bộ đã đến xem."
    ]


async def test_what_is_sent_again_after_a_crash_is_there_once(
    gateway: Gateway, visit: Visit
) -> None:
    page = await (await visit("Cô Sáu")).open()
    target = await private_chat(gateway, page)
    picture = Upload(AttachmentKind.PHOTO, "hinh.png", "image/png", b"\x89PNG\r\n\x1a\n")
    content = Content("Đã nhận ạ.", upload=picture, id=str(uuid.uuid4()))
    first = await gateway.channel.send(target, content)
    assert await gateway.channel.send(target, content) == first == content.id
    assert await mail_waiting(gateway) == 1
    async with gateway.db.begin() as session:
        files = await session.execute(select(func.count(WebFile.id)))
    assert files.scalar_one() == 1


async def test_private_mail_is_gone_once_the_browser_has_it(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    await gateway.channel.send(await private_chat(gateway, page), Content("Đã nhận ạ."))
    mail = await page.next("mail")
    assert await mail_waiting(gateway) == 1
    await seen(page, mail)
    assert await mail_waiting(gateway) == 0


async def test_nobody_can_remove_anothers_mail(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    stranger = await (await visit("Anh Ba")).open()
    await gateway.channel.send(await private_chat(gateway, page), Content("Đã nhận ạ."))
    await seen(stranger, await page.next("mail"))
    assert await mail_waiting(gateway) == 1


async def test_members_who_come_later_see_the_assistants_lines_of_the_day(
    gateway: Gateway, visit: Visit
) -> None:
    await gateway.channel.send(GROUP, Content("Mai họp ấp lúc 7 giờ.", reply_to="bai-1"))
    page = await (await visit("Cô Sáu")).open()
    [mail] = [frame for frame in page.seen if frame["type"] == "mail"]
    assert (mail["view"], mail["text"]) == ("group", "Mai họp ấp lúc 7 giờ.")
    assert mail["reply_to"] == "bai-1"
    await seen(page, mail)
    assert await mail_waiting(gateway) == 1, "others have not seen it yet"


async def test_a_groups_lines_are_not_sent_to_another_hamlet(
    gateway: Gateway, visit: Visit
) -> None:
    await gateway.channel.send(GROUP, Content("Tin của ấp 1"))
    page = await (await visit("Cô Sáu")).open(AP_2)
    assert "mail" not in [frame["type"] for frame in page.seen]


async def test_what_has_waited_too_long_is_neither_sent_nor_kept(
    gateway: Gateway, visit: Visit
) -> None:
    await gateway.channel.send(GROUP, Content("Tin cũ"))
    async with gateway.db.begin() as session:
        await session.execute(update(WebMail).values(expires_at=now() - timedelta(seconds=1)))
    page = await (await visit("Cô Sáu")).open()
    assert "mail" not in [frame["type"] for frame in page.seen]
    await gateway.channel.send(GROUP, Content("Tin mới"))
    assert await mail_waiting(gateway) == 1


async def test_a_removed_post_disappears_from_open_pages_and_from_later_ones(
    gateway: Gateway, visit: Visit
) -> None:
    author = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Anh Ba")).open()
    post = (await author.say("chuyện nhà người ta"))["post"]
    await gateway.channel.delete(GROUP, post)
    for page in (author, neighbour, await (await visit("Bác Tư")).open()):
        removed = next((f for f in page.seen if f["type"] == "removed"), None)
        removed = removed or await page.next("removed")
        assert (removed["post"], removed["view"]) == (post, "group")


async def test_removing_twice_does_no_harm(gateway: Gateway) -> None:
    await gateway.channel.delete(GROUP, "bai-1")
    await gateway.channel.delete(GROUP, "bai-1")


async def test_a_pressed_button_comes_back_with_its_payload(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    target = await private_chat(gateway, page)
    await gateway.channel.send(target, Content("Chọn:", (Button("Gặp cán bộ", "gap_can_bo"),)))
    [button] = (await page.next("mail"))["buttons"]
    assert button["label"] == "Gặp cán bộ"
    press = {"payload": button["payload"], "proof": button["proof"]}
    await page.send(type="button", id=str(uuid.uuid4()), view="private", **press)
    await page.next("ack")
    event = (await gateway.events())[-1]
    assert (event.kind, event.text) == (EventKind.BUTTON, "gap_can_bo")


@pytest.mark.parametrize(
    "change", [{"payload": "/an_intent"}, {"proof": "0" * 32}, {"view": "group"}]
)
async def test_a_button_that_was_not_offered_cannot_be_pressed(
    gateway: Gateway, visit: Visit, change: dict[str, str]
) -> None:
    page = await (await visit("Cô Sáu")).open()
    target = await private_chat(gateway, page)
    await gateway.channel.send(target, Content("Chọn:", (Button("Gặp cán bộ", "gap_can_bo"),)))
    [button] = (await page.next("mail"))["buttons"]
    press = {"view": "private", "payload": button["payload"], "proof": button["proof"]} | change
    await page.send(type="button", id=str(uuid.uuid4()), **press)
    assert (await page.next("refused"))["reason"] == "button"


async def test_a_file_from_an_officer_can_be_opened_by_the_resident_alone(
    gateway: Gateway, visit: Visit
) -> None:
    resident, stranger = await visit("Cô Sáu"), await visit("Anh Ba")
    page = await resident.open()
    target = await private_chat(gateway, page)
    form = Upload(AttachmentKind.FILE, "to-khai.pdf", "application/pdf", b"%PDF-1.7 a form")
    await gateway.channel.send(target, Content("Mẫu đơn đây ạ.", upload=form))
    [file] = (await page.next("mail"))["files"]
    assert (file["name"], file["kind"]) == ("to-khai.pdf", "file")
    address = f"/chat/files/{file['id']}"
    assert (await resident.http.get(address)).content == form.content
    assert (await stranger.http.get(address)).status_code == 404


async def test_everything_on_its_way_is_sealed(gateway: Gateway) -> None:
    photo = Upload(
        AttachmentKind.PHOTO, "hinh-kin.jpg", "image/jpeg", b"\xff\xd8\xff" + "rất kín".encode()
    )
    await gateway.channel.send(GROUP, Content("lời kín", upload=photo))
    for words in ("lời kín", "hinh-kin", "rất kín"):
        assert not await gateway.holds(words)


async def test_the_web_has_no_webhook(gateway: Gateway) -> None:
    with pytest.raises(Rejected):
        gateway.channel.verify({}, b"{}")
    assert gateway.channel.parse({}) == ()


async def test_answers_keep_their_order(gateway: Gateway, visit: Visit) -> None:
    page = await (await visit("Cô Sáu")).open()
    target = await private_chat(gateway, page)
    for number in range(20):
        await gateway.channel.send(target, Content(str(number)))
    assert [(await page.next("mail"))["text"] for _ in range(20)] == [str(n) for n in range(20)]


async def test_an_answer_reaches_every_page_of_the_resident(gateway: Gateway, visit: Visit) -> None:
    resident: Resident = await visit("Cô Sáu")
    pages = [await resident.open() for _ in range(3)]
    await gateway.channel.send(await private_chat(gateway, pages[0]), Content("Đã nhận ạ."))
    mails = await asyncio.gather(*(page.next("mail") for page in pages))
    assert len({mail["id"] for mail in mails}) == 1


async def test_what_becomes_of_a_message_is_heard_after_that_it_was_taken(
    gateway: Gateway, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page knows by its acknowledgement which post is its own, and the assistant is quick."""
    page = await (await visit("Cô Sáu")).open()
    neighbour = await (await visit("Bác Ba")).open()
    accept = chat_page.Page._accept

    async def taken_away_at_once(self: chat_page.Page, frame: frames.Answered) -> str:
        post = await accept(self, frame)
        await gateway.channel.delete(GROUP, post)
        await neighbour.next("removed")
        return post

    monkeypatch.setattr(chat_page.Page, "_accept", taken_away_at_once)
    await page.say("ông Tám nhà bên đánh bài ăn tiền")
    assert not [frame for frame in page.seen if frame["type"] == "removed"]
    await page.next("removed")
