"""The demo, as somebody who tries it sees it: a resident's phone, then an officer's desk."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.ops.children import free_port
from bot.ops.model import TrainedModel
from tests.browser import ARGUMENTS, CHROMIUM

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
ACCUSATION = "nhà ông Tám Rượu kế bên đêm nào cũng tụ tập đánh bài ăn tiền, cán bộ coi giùm"
WAIT = 60_000  # milliseconds; the first messages wait for Rasa


@dataclass
class Demo:
    address: str
    passwords: dict[str, str]
    environment: dict[str, str]

    def code(self, username: str) -> str:
        """What `binhyen demo-code` prints."""
        command = [Path(sys.executable).with_name("binhyen"), "demo-code", username]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def demo(model: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`binhyen demo` in a folder of its own, with the model that is trained already."""
    data = tmp_path_factory.mktemp("demo")
    (data / "models").symlink_to(model.path.parent.parent, target_is_directory=True)
    port = free_port()
    environment = os.environ | {"BINHYEN_DATA_DIR": str(data), "BINHYEN_PORT": str(port)}
    command = [Path(sys.executable).with_name("binhyen"), "demo"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    try:
        passwords = _read_sign_ins(process, lines)
        yield Demo(f"http://localhost:{port}", passwords, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _read_sign_ins(process: "subprocess.Popen[str]", lines: list[str]) -> dict[str, str]:
    """What the terminal shows, until the last officer's line."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    for line in process.stdout:
        lines.append(line)
        if sign_in := re.search(r"(\w+)\s+(\w{4}-\w{4}-\w{4}) ", line):
            found[sign_in[1]] = sign_in[2]
        if len(found) == 6:
            break
    else:
        raise AssertionError(f"the demo ended: {''.join(lines)}")
    Thread(target=process.stdout.read, daemon=True).start()  # so that it never blocks
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def resident(browser: Browser, demo: Demo, name: str) -> Page:
    page = browser.new_context(viewport=PHONE, has_touch=True).new_page()
    page.goto(demo.address)
    page.get_by_label("Tên của anh/chị").fill(name)
    page.get_by_label("Ấp", exact=True).select_option("Ấp 1")
    page.get_by_role("button", name="Vào nhóm").click()
    return page


def write(page: Page, view: str, text: str) -> None:
    page.locator(f"#text-{view}").fill(text)
    page.locator(f"#{view} .send").click()


def officer(browser: Browser, demo: Demo, username: str) -> Page:
    page = browser.new_context(viewport=DESK).new_page()
    page.goto(f"{demo.address}/console")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(demo.passwords[username])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: not url.split("?")[0].endswith("/dang-nhap"))
    if "/ma-xac-nhan" in page.url:
        page.get_by_label("Mã 6 số").fill(demo.code(username))
        page.get_by_label("Mã 6 số").press("Enter")
    page.wait_for_url(re.compile("/console/?$"))
    return page


def test_a_resident_accuses_in_the_group_and_an_officer_answers_in_private(
    demo: Demo, browser: Browser
) -> None:
    neighbour = resident(browser, demo, "Cô Sáu")
    lan = resident(browser, demo, "Chị Lan")
    desk = officer(browser, demo, "ap1")

    write(lan, "group", "chúc bà con buổi tối an lành")
    expect(neighbour.locator("#group .log")).to_contain_text("buổi tối an lành")
    write(lan, "group", ACCUSATION)
    expect(lan.locator("#group .log")).to_contain_text("đã được gỡ", timeout=WAIT)
    for page in (lan, neighbour):
        expect(page.locator("#group .log")).not_to_contain_text("đánh bài")

    lan.get_by_role("tab", name="Nhắn riêng").click()
    expect(lan.locator("#private .log")).to_contain_text(re.compile(r"PA-\w{5}"), timeout=WAIT)
    code = re.search(r"PA-\w{5}", lan.locator("#private .log").inner_text())
    assert code

    # It has appeared in the queue without reloading.
    desk.get_by_text(code[0]).click()
    expect(desk.locator("#dien-bien")).to_contain_text("tụ tập đánh bài ăn tiền, cán bộ coi giùm")
    desk.get_by_role("button", name="Tiếp nhận").click()
    desk.locator("#reply").fill("Tôi sẽ qua xem tối nay, chị yên tâm.")
    desk.get_by_role("button", name="Gửi").click()
    expect(lan.locator("#private .log")).to_contain_text("Tôi sẽ qua xem tối nay", timeout=WAIT)

    write(lan, "private", "dạ em cảm ơn anh, họ hay chơi sau 10 giờ")
    expect(desk.locator("#dien-bien")).to_contain_text("họ hay chơi", timeout=WAIT)


def test_the_made_up_residents_messages_are_in_the_managers_queue(
    demo: Demo, browser: Browser
) -> None:
    desk = officer(browser, demo, "quanly")
    rows = desk.locator(".queue li")
    expect(rows.nth(5)).to_be_visible(timeout=WAIT)
    expect(rows.first).to_contain_text("Khẩn")
    expect(desk.locator(".queue li.urgent", has_text="Ấp 3")).to_be_visible()  # the fire
    expect(desk.locator(".queue")).to_contain_text("Ý kiến về Công an xã")
