"""The queue in a real browser: keys, ticks, filters on a phone, what comes in meanwhile, alarms."""

from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from bot.db import Database
from bot.groups.models import Officer
from bot.reports import officers
from bot.reports.models import Report
from bot.triage.understanding import Category
from tests.console.people import People, a_busy_day, report
from tests.console.site import Site
from tests.console.test_in_browser import DESK, PHONE, chromium, sign_in

__all__ = ["chromium"]

RECORD = """
window.said = [];
window.asked = 0;
class Quiet { constructor(title, options) { window.said.push([title, options.body]); } }
Quiet.permission = "default";
Quiet.requestPermission = async () => { window.asked++; return (Quiet.permission = "granted"); };
window.Notification = Quiet;
window.rang = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.rang++; return start.call(this, at); };
Object.defineProperty(document, "hidden", { get: () => true });
"""


async def three(db: Database, people: People) -> list[str]:
    """Three new reports of Ấp 1, the oldest first."""
    async with db.begin() as session:
        made = [await report(session, people, f"Việc {n}", minutes_ago=30 - n) for n in range(3)]
        return [each.code for each in made]


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id"))


async def test_the_keys_go_through_the_list_and_take_a_report(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    codes = await three(db, people)
    page = await sign_in(chromium, site, "ap1", DESK)
    for key, where in (("j", 0), ("j", 1), ("j", 2), ("j", 2), ("k", 1), ("K", 0)):
        await page.keyboard.press(key)
        assert await focused(page) == codes[where], key
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.get_by_text("Đã tiếp nhận 1 phản ánh.")).to_be_visible()
    assert "kin=" not in page.url
    async with db.begin() as session:
        for code in codes:
            query = Report.__table__.select().where(Report.code == code)
            taken = (await session.execute(query)).one().status
            assert taken == ("acknowledged" if code == codes[1] else "new")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{site.url}/console/phan-anh/{codes[0]}")
    await page.keyboard.press("a")
    await expect(page.get_by_text("Nguyễn Văn Hải đã tiếp nhận")).to_be_visible()


async def test_keys_are_letters_where_somebody_types_and_can_be_turned_off(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    codes = await three(db, people)
    page = await sign_in(chromium, site, "ap1", DESK)
    await page.keyboard.press("/")
    await page.keyboard.type("ja?/k")
    search = page.get_by_role("searchbox")
    await expect(search).to_have_value("ja?/k")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await search.blur()
    await page.keyboard.press("Control+a")
    await page.get_by_role("button", name="Phím tắt").click()
    help_ = page.get_by_role("dialog")
    await expect(help_).to_be_visible()
    await page.keyboard.press("j")  # not while it is open
    assert await focused(page) not in codes
    await help_.get_by_label("Dùng phím tắt trên máy này").uncheck()
    await page.keyboard.press("Escape")
    await expect(help_).to_be_hidden()
    await page.reload()
    await page.keyboard.press("j")
    assert await focused(page) not in codes
    await page.keyboard.press("?")
    await expect(help_).to_be_visible()


async def test_ticked_reports_are_taken_together(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    codes = await three(db, people)
    page = await sign_in(chromium, site, "ap1")
    take = page.get_by_role("button", name="phản ánh đã chọn")
    await expect(take).to_be_hidden()
    await page.get_by_label(f"Chọn {codes[0]}").check()
    await expect(take).to_have_text("Tiếp nhận 1 phản ánh đã chọn")
    await page.get_by_role("button", name="Chọn cả trang").click()
    await expect(take).to_have_text("Tiếp nhận 3 phản ánh đã chọn")
    await page.get_by_role("button", name="Bỏ chọn").click()
    await expect(take).to_be_hidden()
    await page.get_by_label(f"Chọn {codes[1]}").check()
    await page.get_by_label(f"Chọn {codes[2]}").check()
    async with db.begin() as session:  # and a colleague is quicker, while the page hears nothing
        await page.context.set_offline(True)
        await site.drop_connections()
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        query = Report.__table__.select().where(Report.code == codes[2])
        found = (await session.execute(query)).one()
        await officers.acknowledge(session, await session.get_one(Report, found.id), manager)
    await page.context.set_offline(False)
    await take.click()
    await expect(page.get_by_text("Đã tiếp nhận 1 phản ánh.")).to_be_visible()
    refused = page.locator(".refused")
    await expect(refused).to_have_text(f"{codes[2]}: Phạm Quốc Thái đã tiếp nhận")


async def test_what_comes_in_meanwhile_takes_away_no_tick_and_no_focus(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    codes = await three(db, people)
    page = await sign_in(chromium, site, "ap1", DESK)
    await page.get_by_label(f"Chọn {codes[1]}").check()
    await page.get_by_text("Lọc", exact=True).first.click()
    await page.get_by_label("Loại").select_option("dispute")
    await page.locator(f"#{codes[2]}").focus()
    async with db.begin() as session:  # on top of the list, and one of it goes away
        urgent = await report(session, people, "cháy", urgent=True)
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        query = Report.__table__.select().where(Report.code == codes[0])
        found = (await session.execute(query)).one()
        gone = await session.get_one(Report, found.id)
        await officers.close(session, gone, leader, "resolved", "")
    await expect(page.get_by_text(urgent.code)).to_be_visible()
    await expect(page.get_by_text(codes[0])).to_have_count(0)
    await expect(page.get_by_label(f"Chọn {codes[1]}")).to_be_checked()
    await expect(page.get_by_label(f"Chọn {urgent.code}")).not_to_be_checked()
    assert await focused(page) == codes[2]
    await expect(page.get_by_label("Loại")).to_have_value("dispute")
    await expect(page.get_by_role("button", name="phản ánh đã chọn")).to_contain_text("1")


async def test_the_filter_folds_away_on_a_phone_and_is_taken_off_chip_by_chip(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await a_busy_day(session, people)
    page = await sign_in(chromium, site, "quanly", PHONE)
    hamlet = page.get_by_label("Ấp", exact=True)
    await expect(hamlet).to_be_hidden()
    await page.get_by_text("Lọc", exact=True).first.click()
    await hamlet.select_option(label="Ấp 1")
    await page.get_by_label("Chỉ việc khẩn").check()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    await page.get_by_role("button", name="Lọc").click()
    await expect(hamlet).to_be_hidden()
    await expect(page.locator("[data-row]")).to_have_count(1)
    await expect(page.get_by_text(made["fire"].code)).to_be_visible()
    async with db.begin() as session:  # the list stays narrowed when it changes
        more = await report(session, people, "cháy nữa", urgent=True)
        other = await report(session, people, "ồn ào")
    await expect(page.get_by_text(more.code)).to_be_visible()
    await expect(page.get_by_text(other.code)).to_have_count(0)
    await page.get_by_role("link", name="Bỏ lọc: Ấp 1").click()
    await expect(page.get_by_text(made["fight"].code)).to_be_visible()
    await page.get_by_role("link", name="Bỏ lọc: Khẩn").click()
    await expect(page.get_by_text(made["dogs"].code)).to_be_visible()


async def test_what_is_searched_for_is_found_and_leaves_no_trace_in_the_history(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await a_busy_day(session, people)
    page = await sign_in(chromium, site, "ap1", PHONE)
    await page.get_by_role("searchbox").fill("hat karaoke")
    await page.keyboard.press("Enter")
    await page.get_by_text(made["karaoke"].code).click()
    await expect(page.get_by_role("heading", name=made["karaoke"].code)).to_be_visible()
    await page.go_back()  # asks for nothing to be sent again
    await expect(page.get_by_role("searchbox")).to_have_value("hat karaoke")
    assert "karaoke" not in page.url
    await page.get_by_role("searchbox").fill(made["lamp"].code[3:].lower())
    await page.get_by_role("button", name="Tìm").click()
    await expect(page).to_have_url(f"{site.url}/console/phan-anh/{made['lamp'].code}")


async def test_an_urgent_report_rings_where_it_was_asked_for(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    page = await sign_in(chromium, site, "ap1", DESK)
    await page.add_init_script(RECORD)
    async with page.expect_response(lambda r: r.url.endswith("/console/su-kien")):
        await page.reload()
    async with db.begin() as session:
        silent = await report(session, people, "cháy nhà kho", urgent=True)
    await expect(page.get_by_text(silent.code)).to_be_visible()
    assert await page.evaluate("[said.length, rang, asked]") == [0, 0, 0]  # nobody asked for it
    await page.get_by_role("button", name="Bật chuông việc khẩn").click()
    await expect(page.get_by_text("Đã bật chuông.")).to_be_visible()
    assert await page.evaluate("asked") == 1
    async with page.expect_response(lambda r: r.url.endswith("/console/su-kien")):
        await page.reload()
    button = page.get_by_role("button", name="Đang bật chuông")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await page.evaluate("Notification.permission = 'granted'")
    async with db.begin() as session:
        await report(session, people, "không khẩn")
        await report(session, people, "x", urgent=True, category=Category.POLICE_CONDUCT)
        urgent = await report(session, people, "đánh nhau đổ máu", urgent=True)
    await expect(page.get_by_text(urgent.code)).to_be_visible()
    told = await page.evaluate("said")
    assert told == [["Bình Yên: việc khẩn", f"Phản ánh {urgent.code}"]]
    assert await page.evaluate("[rang, asked]") == [2, 0]  # two tones; permission was asked once
    await button.click()
    async with db.begin() as session:
        later = await report(session, people, "cháy", urgent=True)
    await expect(page.get_by_text(later.code)).to_be_visible()
    assert await page.evaluate("said.length") == 1
