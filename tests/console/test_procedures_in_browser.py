"""An edit in a real browser: written, looked at, proposed, approved by another, told."""

from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from bot.db import Database
from bot.procedures.catalogue import refresh
from bot.procedures.replies import tell
from tests.console.people import People
from tests.console.procedures import DOG, second_manager, told
from tests.console.site import Site
from tests.console.test_every_page import check
from tests.console.test_in_browser import DESK, chromium, sign_in

__all__ = ["chromium"]

NEW = "Bà con khai báo với trưởng ấp trong 07 ngày và cho chó tiêm phòng dại."


async def test_from_the_form_to_what_residents_hear(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        await told(session)
    await second_manager(db)
    author = await sign_in(chromium, site, "quanly")
    await author.emulate_media(reduced_motion="reduce")  # no colour halfway to another
    await author.goto(f"{site.url}/console/thu-tuc")
    await author.get_by_label("Tìm theo tên hoặc câu hỏi").fill("nuoi cho")
    await author.get_by_role("button", name="Tìm").click()
    await author.get_by_role("link", name="Khai báo nuôi chó").click()
    await author.get_by_role("link", name="Sửa").click()

    await author.get_by_label("Trả lời ngắn").fill("")
    await author.get_by_role("button", name="Gửi duyệt").click()
    await expect(author.get_by_text("Bản này chưa gửi duyệt được")).to_be_visible()
    await expect(author.get_by_label("Trả lời ngắn")).to_have_attribute("aria-invalid", "true")
    assert await check(author) == []
    await author.get_by_label("Trả lời ngắn").fill(NEW)
    await author.get_by_role("button", name="Xem trước").click()
    await expect(author.locator(".in-chat")).to_contain_text(NEW)
    await author.get_by_role("button", name="Gửi duyệt").click()
    await expect(author.get_by_text("nên không tự duyệt được")).to_be_visible()
    await expect(author.get_by_role("button", name="Duyệt, dùng ngay")).to_have_count(0)

    other = await sign_in(chromium, site, "quanly2", DESK)
    await other.emulate_media(reduced_motion="reduce")  # no colour halfway to another
    await other.goto(f"{site.url}/console/thu-tuc?xem=cho-duyet")
    await other.get_by_role("link", name="Khai báo nuôi chó").click()
    await other.get_by_role("link", name="Xem và duyệt").click()
    await expect(other.locator("ins")).to_have_text(" trưởng ấp trong 07 ngày")
    assert await check(other) == []
    await other.get_by_role("button", name="Duyệt, dùng ngay").click()
    await expect(other.get_by_text("Từ bây giờ trợ lý trả lời theo bản này")).to_be_visible()

    async with db.begin() as session:
        await refresh(session)
    assert NEW in tell(DOG).text
