"""A report's life in a real browser: accepted, waited for, answered, moved, ended, reopened."""

from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from bot.db import Database
from bot.reports.models import Report
from tests.console.people import People, one_more_message, report
from tests.console.site import Site
from tests.console.test_in_browser import DESK, chromium, sign_in

__all__ = ["chromium"]


async def opened(page: Page, title: str) -> None:
    """Unfold one of the page's forms."""
    await page.locator("summary", has_text=title).click()


async def test_from_the_first_look_to_reopening(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Nhà bên hát karaoke suốt đêm")
    address = f"{site.url}/console/phan-anh/{made.code}"
    badge = ".facts .line .badge"

    leader = await sign_in(chromium, site, "ap1")
    await leader.goto(address)
    await leader.get_by_role("button", name="Tiếp nhận").click()
    await expect(leader.locator(badge).first).to_have_text("Đã tiếp nhận")

    reply = leader.get_by_label("Trả lời người báo")
    await reply.fill("Nhà ấy ở tổ mấy vậy cô?")
    await leader.get_by_role("button", name="Hỏi và chờ trả lời").click()
    await expect(leader.get_by_text("Đã gửi. Phản ánh chờ người báo trả lời.")).to_be_visible()
    await expect(leader.locator(badge).first).to_have_text("Chờ người báo")
    await expect(reply).to_have_value("")  # it went, so no draft comes back
    await expect(leader.locator("[data-waiting]")).to_be_visible()

    async with db.begin() as session:
        same = await session.get_one(Report, made.id)
        await one_more_message(session, same, "Dạ bên Ấp 2, nhà cổng xanh")
    await expect(leader.get_by_text("nhà cổng xanh")).to_be_visible()
    await expect(leader.locator(badge).first).to_have_text("Đang xử lý")
    await expect(leader.locator("[data-waiting]")).to_have_count(0)

    await opened(leader, "Chuyển về ấp khác")
    await leader.get_by_label("Ấp nhận").select_option(label="Ấp 2")
    await leader.get_by_label("Ghi cho cán bộ nhận").fill("Nhà ở bên đồng chí")
    await leader.get_by_role("button", name="Chuyển", exact=True).click()
    await expect(leader.get_by_text("Cán bộ ấp nhận xử lý tiếp.")).to_be_visible()
    await expect(leader.get_by_text(made.code)).to_have_count(0)

    other = await sign_in(chromium, site, "ap2", DESK)
    await other.get_by_text(made.code).click()
    await expect(other.get_by_text("Nhà ở bên đồng chí")).to_be_visible()
    await other.get_by_role("button", name="Tiếp nhận").click()
    await opened(other, "Kết thúc phản ánh")
    await other.get_by_label("Kết quả").select_option(label="Đã giải quyết")
    await other.get_by_role("button", name="Kết thúc", exact=True).click()
    await expect(other.locator(badge).first).to_have_text("Đã kết thúc")
    await expect(other.locator("summary", has_text="Chuyển về ấp khác")).to_have_count(0)

    manager = await sign_in(chromium, site, "quanly", DESK)
    await manager.goto(address)
    await opened(manager, "Mở lại phản ánh")
    await manager.get_by_label("Lý do").fill("Tối qua lại hát")
    await manager.get_by_role("button", name="Mở lại", exact=True).click()
    await expect(manager.locator(badge).first).to_have_text("Mở lại")
    await expect(manager.get_by_text("Trần Minh Đức", exact=True)).to_be_visible()
    # The page of its officer shows it by itself, with the forms that belong to it.
    await expect(other.locator(badge).first).to_have_text("Mở lại")
    await expect(other.get_by_label("Trả lời người báo")).to_be_visible()

    await opened(manager, "Giao cho cán bộ")
    await manager.get_by_label("Cán bộ", exact=True).select_option(index=1)
    await manager.get_by_role("button", name="Giao", exact=True).click()
    await expect(manager.get_by_text("Đã giao phản ánh.")).to_be_visible()
