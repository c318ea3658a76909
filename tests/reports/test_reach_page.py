"""What an officer's page shows while a reporter cannot be written to: why, and the next way."""

import pytest
from playwright.async_api import async_playwright, expect
from sqlalchemy import select

from bot.db import Database
from bot.reports import reach
from bot.reports.models import Report
from tests.browser import ARGUMENTS, CHROMIUM
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People, report
from tests.console.site import Site
from tests.console.test_in_browser import DESK, PHONE


@pytest.fixture
async def code(db: Database, people: People) -> str:
    async with db.begin() as session:
        return (await report(session, people, "Xóm tôi ồn ào suốt đêm")).code


async def lose(db: Database, code: str, why: reach.Why, **values: object) -> None:
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        for name, value in values.items():
            setattr(made, name, value)
        assert made.conversation is not None
        await reach.lose(session, made.conversation, why)


async def page_of(signed_in: SignedIn, username: str, code: str) -> str:
    """With nothing hidden."""
    officer, address = await signed_in(username), f"/console/phan-anh/{code}"
    await officer.submit(f"{address}/hien-day-du", page=address)
    return (await officer.get(address)).text


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (reach.Why.GONE, "họ đã chặn trợ lý hoặc bỏ tài khoản"),
        (reach.Why.WINDOW, "đã quá hạn ứng dụng chat cho phép"),
        (reach.Why.QUOTA, "ứng dụng chat đã hết lượt gửi"),
    ],
)
async def test_it_says_why_and_what_else_there_is(
    db: Database, signed_in: SignedIn, code: str, why: reach.Why, told: str
) -> None:
    await lose(db, code, why)
    page = await page_of(signed_in, "ap1", code)
    assert told in page
    assert 'gọi <a href="tel:0900000123">0900000123</a>' in page
    assert "Trưởng nhóm Ấp 1 gặp trực tiếp" in page
    assert "tin được giữ lại" in page


async def test_of_an_anonymous_reporter_it_gives_no_number_and_no_visit(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    await lose(db, code, reach.Why.GONE, anonymous=True)
    page = await page_of(signed_in, "ap1", code)
    panel = page.split('id="lien-he"')[1].split("</section>")[0]
    assert "0900000123" not in panel
    assert "gặp trực tiếp" not in panel
    assert "được giữ lại" in panel


async def test_a_leader_is_not_sent_where_a_report_may_be_about_him(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    await lose(db, code, reach.Why.GONE, managers_only=True)
    page = await page_of(signed_in, "quanly", code)
    panel = page.split('id="lien-he"')[1].split("</section>")[0]
    assert "Trưởng nhóm" not in panel
    assert "0900000123" in panel


async def test_once_the_person_is_back_nothing_of_it_stands_there(
    db: Database, signed_in: SignedIn, code: str
) -> None:
    await lose(db, code, reach.Why.GONE)
    async with db.begin() as session:
        made = (await session.execute(select(Report).where(Report.code == code))).scalar_one()
        assert made.conversation is not None
        await reach.regain(session, made.conversation)
    page = await page_of(signed_in, "ap1", code)
    assert 'id="lien-he"' not in page
    assert "Lại nhắn được cho người báo, qua Trang web" in page


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_the_number_can_be_pressed_on_any_screen(
    db: Database, site: Site, code: str, size: tuple[int, int]
) -> None:
    await lose(db, code, reach.Why.GONE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]})
        await page.goto(f"{site.url}/console/dang-nhap")
        await page.get_by_label("Tên đăng nhập").fill("ap1")
        await page.get_by_label("Mật khẩu").fill(PASSWORD)
        await page.get_by_role("button", name="Đăng nhập").click()
        await page.wait_for_url("**/console**")
        await page.goto(f"{site.url}/console/phan-anh/{code}")
        await expect(page.locator("#lien-he")).to_contain_text("gọi 09••••123")
        await page.get_by_role("button", name="Hiện đầy đủ để gọi").click()
        panel = page.locator("#lien-he")
        await expect(panel.get_by_role("link", name="0900000123")).to_be_visible()
        box = await panel.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        await browser.close()
