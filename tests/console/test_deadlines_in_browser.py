"""The settings of duty hours and deadlines, as a manager on a small phone changes them."""

from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from bot.db import Database
from bot.groups.duty import duty_hours
from bot.reports.limits import Level, Limit, Unit, limits
from bot.reports.models import DueKind
from tests.console.people import People
from tests.console.site import Site
from tests.console.test_in_browser import SMALL_PHONE, chromium, sign_in

__all__ = ["chromium"]


async def test_a_manager_sets_hours_holidays_and_times_on_his_phone(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    page = await sign_in(chromium, site, "quanly", SMALL_PHONE)
    await page.goto(f"{site.url}/console/thoi-han")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= SMALL_PHONE[0]

    await page.get_by_label("Thứ Bảy").check()
    await page.get_by_label("Buổi 2, đến").fill("17:30")
    await page.get_by_text("Thêm ngày lễ sắp tới").click()
    await page.get_by_label("06/02/2027 Tết Đinh Mùi").check()
    await page.get_by_role("button", name="Lưu lịch làm việc").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã lưu lịch làm việc")
    await expect(page.get_by_label("Ngày nghỉ", exact=True)).to_have_value(
        "01/01/2026 Tết Dương lịch\n30/04/2026 Ngày Chiến thắng\n01/05/2026 Quốc tế Lao động\n"
        "02/09/2026 Quốc khánh\n01/01/2027 Tết Dương lịch\n06/02/2027 Tết Đinh Mùi (mùng 1)\n"
        "30/04/2027 Ngày Chiến thắng\n01/05/2027 Quốc tế Lao động\n02/09/2027 Quốc khánh"
    )

    urgent = page.get_by_role("group", name="Khẩn").first
    await urgent.get_by_label("Tiếp nhận", exact=True).fill("mười")
    await page.get_by_role("button", name="Lưu thời hạn").click()
    await expect(page.get_by_role("alert")).to_contain_text("Khẩn, tiếp nhận: ghi một số từ 1")
    await urgent.get_by_label("Tiếp nhận", exact=True).fill("10")
    await page.get_by_role("button", name="Lưu thời hạn").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã lưu thời hạn")

    async with db.begin() as session:
        calendar = await duty_hours(session)
        assert calendar.days == {0, 1, 2, 3, 4, 5}
        assert calendar.hours[1] == (13 * 60 + 30, 17 * 60 + 30)
        wanted = (await limits(session)).general[Level.URGENT, DueKind.ACKNOWLEDGEMENT]
        assert wanted == Limit(10, Unit.MINUTES)
