"""The console in a real browser: what changes by itself, and what must not."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import update

from bot.console import sessions
from bot.console.models import OfficerSession
from bot.db import Database, now
from bot.groups.models import Officer
from bot.messages.conversations import open_conversation
from bot.ops import corrections
from bot.reports import at_report, officers, service
from bot.reports.models import AtReport, Report
from bot.settings import Settings
from bot.triage.understanding import Category
from tests.browser import ARGUMENTS, CHROMIUM
from tests.codes import code_for
from tests.console.people import PASSWORD, People, a_busy_day, one_more_message, report
from tests.console.site import Site

PHONE, SMALL_PHONE, DESK = (390, 844), (360, 640), (1366, 768)


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def sign_in(
    chromium: Chromium, site: Site, username: str, size: tuple[int, int] = PHONE
) -> Page:
    page = await chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.on("pageerror", lambda error: pytest.fail(f"script: {error}"))
    await page.goto(f"{site.url}/console/dang-nhap")
    await page.get_by_label("Tên đăng nhập").fill(username)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    async with page.expect_response(lambda r: r.url.endswith("/console/su-kien")):
        await page.get_by_role("button", name="Đăng nhập").click()
        await page.wait_for_url(lambda url: not url.endswith("/dang-nhap"))
        if "/ma-xac-nhan" in page.url:
            await page.get_by_label("Mã 6 số").fill(code_for(site.database_url, username))
            await page.get_by_role("button", name="Xác nhận").click()
    return page


async def test_a_new_report_appears_without_reloading(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    page = await sign_in(chromium, site, "ap1")
    await expect(page.get_by_text("Không có phản ánh nào đang mở")).to_be_visible()
    async with db.begin() as session:
        made = await report(session, people, "Có người lạ dòm ngó nhà", urgent=True)
    await expect(page.get_by_text(made.code)).to_be_visible()
    await expect(page.get_by_text("Khẩn", exact=True)).to_be_visible()


async def test_the_reporters_words_arrive_and_the_half_written_reply_stays(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá cán bộ ơi")
    page = await sign_in(chromium, site, "ap1")
    await page.get_by_text(made.code).click()
    reply = page.get_by_label("Trả lời người báo")
    await reply.fill("Cô cho biết")
    async with db.begin() as session:
        await one_more_message(session, await session.get_one(Report, made.id), "Nhà cổng xanh")
    await expect(page.get_by_text("Nhà cổng xanh")).to_be_visible()
    await expect(reply).to_have_value("Cô cho biết")
    await reply.press_sequentially(" nhà nào?")
    await page.get_by_role("button", name="Gửi").click()
    await expect(page.get_by_text("Đã gửi câu trả lời.")).to_be_visible()
    await expect(page.get_by_text("Cô cho biết nhà nào?")).to_be_visible()
    await expect(page.get_by_label("Trả lời người báo")).to_have_value("")


async def test_a_draft_outlives_a_session_that_ran_out(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá cán bộ ơi")
    page = await sign_in(chromium, site, "ap1")
    await page.goto(f"{site.url}/console/phan-anh/{made.code}")
    await page.get_by_label("Trả lời người báo").fill("Tôi viết dở")
    await expect(page.locator("[data-quiet]")).to_be_visible(timeout=20_000)
    await page.context.clear_cookies(name="binhyen_officer")
    await page.get_by_role("button", name="Gửi", exact=True).press("Enter")
    await page.get_by_label("Tên đăng nhập").fill("ap1")
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page.get_by_label("Trả lời người báo")).to_have_value("Tôi viết dở")


async def test_what_was_typed_is_still_there_after_showing_again_who_one_is(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá cán bộ ơi")
        made.anonymous = True
    page = await sign_in(chromium, site, "quanly")
    async with db.begin() as session:
        before = now() - sessions.FRESH - timedelta(seconds=1)
        await session.execute(update(OfficerSession).values(proved_at=before))
    await page.goto(f"{site.url}/console/phan-anh/{made.code}")
    await page.get_by_text("Xem danh tính người báo", exact=True).click()
    await page.get_by_label("Lý do", exact=True).fill("cần gọi lại để hỏi rõ chỗ")
    await page.get_by_role("button", name="Xem tên và số điện thoại").click()
    await page.get_by_label("Mật khẩu, hoặc mã 6 số").fill(PASSWORD)
    await page.get_by_role("button", name="Xác nhận").click()
    reason = page.get_by_label("Lý do", exact=True)
    await expect(reason).to_be_visible()
    await expect(reason).to_have_value("cần gọi lại để hỏi rõ chỗ")
    await page.get_by_role("button", name="Xem tên và số điện thoại").click()
    await expect(page.get_by_role("heading", name="Danh tính người báo")).to_be_visible()
    await page.goto(f"{site.url}/console/phan-anh/{made.code}")
    await page.get_by_text("Xem danh tính người báo", exact=True).click()
    await expect(reason).to_have_value("")


async def test_what_a_colleague_does_shows_on_an_open_report(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá cán bộ ơi")
    page = await sign_in(chromium, site, "ap1")
    await page.get_by_text(made.code).click()
    await expect(page.get_by_role("button", name="Tiếp nhận")).to_be_visible()
    async with db.begin() as session:
        manager = await session.get_one(Officer, people.officers["quanly"].id)
        await officers.acknowledge(session, await session.get_one(Report, made.id), manager)
    await expect(page.get_by_text("Phạm Quốc Thái đã tiếp nhận")).to_be_visible()
    await expect(page.get_by_role("button", name="Tiếp nhận")).to_have_count(0)


async def test_the_reply_box_appears_when_the_reporter_opens_the_private_channel(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "tin trong nhóm", private=False)
    page = await sign_in(chromium, site, "ap1")
    await page.get_by_text(made.code).click()
    await expect(page.get_by_text("Người báo chưa mở kênh riêng")).to_be_visible()
    async with db.begin() as session:
        conversation = await open_conversation(session, "telegram", "42", "Chú Sáu Đực")
        same = await session.get_one(Report, made.id)
        await service.join_conversation(session, same, conversation, verified=True)
    await expect(page.get_by_label("Trả lời người báo")).to_be_visible()


async def test_the_page_connects_again_after_a_restart(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    page = await sign_in(chromium, site, "ap1")
    await page.context.set_offline(True)
    await site.drop_connections()
    await expect(page.locator("[data-offline]")).to_be_visible()
    async with db.begin() as session:
        made = await report(session, people, "Trong lúc mất mạng")
    await page.context.set_offline(False)
    await expect(page.get_by_text(made.code)).to_be_visible(timeout=15_000)
    await expect(page.locator("[data-offline]")).to_be_hidden()


async def test_from_a_correction_to_the_file_that_a_person_reviews(
    chromium: Chromium, site: Site, db: Database, people: People, settings: Settings, tmp_path: Path
) -> None:
    async with db.begin() as session:
        words = "Nhà chú Bảy Đực kế bên giữ người đòi nợ, số chú 0912 345 678, xe 93P1-234.56"
        made = await report(session, people, words)
    page = await sign_in(chromium, site, "ap1")
    await page.get_by_text(made.code).click()
    await page.get_by_text("Sửa hoặc xác nhận loại").click()
    await page.get_by_label("Tội phạm, tai nạn, cháy nổ").check()
    await page.get_by_label("Khẩn").check()
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.get_by_role("heading", name="Cho trợ lý học từ tin này?")).to_be_visible()
    learnt = page.get_by_label("Tin sẽ được giữ, đã che thông tin riêng")
    await expect(learnt).to_have_value(
        "Nhà chú [tên người] kế bên giữ người đòi nợ, số chú [số điện thoại], xe [biển số xe]"
    )
    await learnt.fill("Nhà chú Bảy Đực giữ người đòi nợ, gọi 0912 345 678")
    await page.get_by_role("button", name="Cho trợ lý học từ tin này").click()
    await expect(page.get_by_text("Tin đã che được giữ lại")).to_be_visible()
    await page.get_by_text("Trợ lý được học từ tin này").click()
    kept = "Nhà chú [tên người] giữ người đòi nợ, gọi [số điện thoại]"
    await expect(page.get_by_text(kept)).to_be_visible()
    file = tmp_path / "out.yml"
    await asyncio.to_thread(corrections.run, settings, file, lambda _: None)
    exported = file.read_text("utf-8")
    assert f"- {kept}\n" in exported
    assert (
        "intent: crime_incident\n  metadata: {chat: private, sensitive: false, urgent: true}"
        in (exported)
    )
    await page.reload()
    await page.get_by_text("Trợ lý được học từ tin này").click()
    await expect(page.get_by_text("Tin đã được xuất ra tệp")).to_be_visible()
    await page.get_by_role("button", name="Rút lại").click()
    await expect(page.get_by_text("Trợ lý không giữ gì của tin này để học.")).to_be_visible()


async def test_no_is_one_press_and_the_question_is_gone(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Hai nhà gây nhau vì con gà")
    page = await sign_in(chromium, site, "ap1")
    await page.get_by_text(made.code).click()
    await page.get_by_text("Sửa hoặc xác nhận loại").click()
    await page.get_by_label("Mâu thuẫn trong dân").check()
    await page.get_by_role("button", name="Lưu").click()
    await page.get_by_role("button", name="Không", exact=True).click()
    await expect(page.get_by_text("Trợ lý không giữ gì của tin này để học.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Cho trợ lý học từ tin này?")).to_have_count(0)


async def test_a_ready_answer_goes_into_the_box_and_a_colleague_sees_that_somebody_writes(
    chromium: Chromium, site: Site, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Ồn quá cán bộ ơi")
    address = f"{site.url}/console/phan-anh/{made.code}"
    manager = await sign_in(chromium, site, "quanly")
    await manager.goto(address)
    page = await sign_in(chromium, site, "ap1")
    await page.goto(address)
    reply = page.get_by_label("Trả lời người báo")
    await reply.fill("Chào cô.")
    await page.get_by_text("Câu trả lời mẫu").click()
    await page.get_by_role("button", name="Đã nhận tin").click()
    await expect(reply).to_have_value(re.compile(rf"Chào cô\.\n.*{made.code}"))
    await expect(reply).to_be_focused()
    assert page.url == address
    writing = manager.get_by_text("Cán bộ Nguyễn Văn Hải đang trả lời…")
    await expect(writing).to_be_visible(timeout=15_000)
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("Đã gửi câu trả lời.")).to_be_visible()
    await expect(writing).to_have_count(0)
    async with db.begin() as session:  # and when nobody sends, by itself
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        same = await session.get_one(Report, made.id)
        await at_report.writes(session, same, leader)
        await session.execute(update(AtReport).values(writes_until=now() + timedelta(seconds=4)))
    await expect(writing).to_be_visible()
    await expect(writing).to_have_count(0, timeout=15_000)


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE, DESK], ids=str)
async def test_nothing_is_wider_than_the_screen(
    chromium: Chromium, site: Site, db: Database, people: People, size: tuple[int, int]
) -> None:
    async with db.begin() as session:
        made = await a_busy_day(session, people)
        await one_more_message(session, made["karaoke"], "w" * 300)
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        await officers.correct(session, made["fire"], leader, Category.OTHER_SECURITY)
    page = await sign_in(chromium, site, "quanly", size)
    paths = [f"/phan-anh/{made[name].code}" for name in ("fire", "karaoke", "lamp", "gambling")]
    for path in (
        "",
        "/hang-doi/can-xem-lai",
        "/su-co",
        "/hieu-dung",
        "/cau-mau",
        "/mat-khau",
        "/khong-co",
        *paths,
    ):
        await page.goto(f"{site.url}/console{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], path
