"""The settings of duty hours and deadlines, as a manager on a small phone changes them."""

from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.duty import duty_hours
from bot.groups.holidays import proposed_holidays
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
    proposed = proposed_holidays(now().astimezone(VIETNAM).date())
    moon = next(each for each in proposed if not each.certain)
    written = f"{moon.day:%d/%m/%Y} {moon.name}"
    await page.get_by_label(written).check()
    await page.get_by_role("button", name="Lưu lịch làm việc").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã lưu lịch làm việc")
    days = page.get_by_label("Ngày nghỉ", exact=True)
    assert written in (await days.input_value()).splitlines()

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
