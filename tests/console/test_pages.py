"""What holds for every page: headers, errors in Vietnamese, times."""

import re
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from litestar import get

from bot.console import errors
from bot.console.plugins import STATIC, environment
from bot.console.times import VIETNAM, ago, between, exact
from bot.db import Database
from bot.settings import Settings
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser, Site


@pytest.mark.parametrize(
    "path", ["/console/dang-nhap", "/console", "/console/khong-co", "/static/console/console.css"]
)
async def test_every_answer_carries_the_security_headers(browser: Browser, path: str) -> None:
    headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_no_page_is_kept_by_the_browser(signed_in: SignedIn) -> None:
    officer = await signed_in("quanly")
    for path in ("/console", "/console/su-co", "/console/mat-khau"):
        assert (await officer.get(path)).headers["cache-control"] == "no-store"


async def test_no_page_has_script_or_style_in_it(signed_in: SignedIn) -> None:
    officer = await signed_in("quanly")
    for path in ("/console", "/console/su-co", "/console/mat-khau"):
        page = (await officer.get(path)).text
        assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=", page)


async def test_static_files_set_no_cookie(browser: Browser) -> None:
    answer = await browser.get("/static/vendor/htmx/htmx.min.js")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/console/khong-co", "/console/hang-doi/khac", "/console/phan-anh/PA-X/tep/khac"]
)
async def test_what_is_not_there_is_said_in_vietnamese(signed_in: SignedIn, path: str) -> None:
    answer = await (await signed_in("quanly")).get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Không tìm thấy" in answer.text


@pytest.mark.parametrize("path", ["/console/hang-doi/tat-ca?sau=x", "/console?da=" + "x" * 99])
async def test_odd_addresses_get_a_page_too(signed_in: SignedIn, path: str) -> None:
    answer = await (await signed_in("quanly")).get(path)
    assert answer.status_code == 400
    assert "Yêu cầu chưa đúng" in answer.text


async def test_a_wrong_method_gets_a_page_too(signed_in: SignedIn) -> None:
    answer = await (await signed_in("quanly")).put("/console/su-co")
    assert answer.status_code in (403, 405)
    assert answer.headers["content-type"].startswith("text/html")


async def test_an_unexpected_error_is_a_page_without_its_words(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    @get("/console/hong", exception_handlers=errors.handlers)
    async def broken() -> None:
        raise ValueError("lời kín của bà con")

    with Site(settings, extra=[broken]) as site:
        async with site.browser() as browser:
            answer = await browser.get("/console/hong")
    assert answer.status_code == 500
    assert "Máy chủ gặp lỗi" in answer.text
    printed = capsys.readouterr()
    assert "ValueError" in printed.out + printed.err
    assert "lời kín" not in answer.text + printed.out + printed.err


def test_every_template_is_whole_and_escapes() -> None:
    env = environment()
    names = env.list_templates()
    assert "reports/report.html" in names
    for name in names:
        env.get_template(name)
    assert env.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_what_is_vendored_comes_with_its_licence() -> None:
    for folder in (STATIC[0] / "vendor").iterdir():
        assert not folder.is_dir() or (folder / "LICENSE").is_file(), folder


NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(0), "vừa xong"),
        (timedelta(seconds=-3), "vừa xong"),
        (timedelta(seconds=59), "vừa xong"),
        (timedelta(minutes=5), "5 phút trước"),
        (timedelta(hours=1), "1 giờ trước"),
        (timedelta(hours=23, minutes=59), "23 giờ trước"),
        (timedelta(days=3), "3 ngày trước"),
        (timedelta(days=8), "21/02/2026"),
    ],
)
def test_times_are_said_as_people_say_them(passed: timedelta, words: str) -> None:
    assert ago(NOON - passed, NOON) == words


def test_exact_times_are_those_of_viet_nam() -> None:
    assert exact(NOON) == "12:00, 01/03/2026"


BODIES: list[tuple[str, bytes]] = [
    ("application/x-www-form-urlencoded", b"text=%ff%fe&text=2&outcome=%00&category[]=x"),
    ("application/x-www-form-urlencoded", b"&" * 3000),
    ("application/x-www-form-urlencoded", b"text=" + b"x" * 200_000),
    ("application/x-www-form-urlencoded; charset=utf-16", b"text=x"),
    ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
    ("multipart/form-data", b"no boundary"),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\n<b>\r\n--b--',
    ),
    ("application/json", b'{"text": ["x"]}'),
    ("application/json", b"{"),
    ("text/plain", b"text=x"),
    ("", b"\xff\xfe"),
]


async def test_a_form_is_read_in_no_encoding_but_its_own(browser: Browser) -> None:
    """Some of those that a part may name take minutes for what is read in a moment."""
    part = b'Content-Disposition: form-data; name="username"\r\nContent-Type: text/plain; charset='
    body = b"--b\r\n" + part + b"punycode\r\n\r\n-" + b"a" * 250_000 + b"\r\n--b--"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    before = perf_counter()
    answer = await browser.post("/console/dang-nhap", content=body, headers=headers)
    assert answer.status_code == 403
    assert perf_counter() - before < 3


async def test_thousands_of_marks_on_a_letter_hold_up_nobody(browser: Browser) -> None:
    path, piled = "/console/dang-nhap", "a" + "\u0301" * 20_000 + "\u0323" * 20_000
    before = perf_counter()
    answer = await browser.submit(path, page=path, username=piled, password="x", next=piled)
    assert answer.status_code == 422
    assert perf_counter() - before < 5


@pytest.mark.parametrize(("kind", "body"), BODIES)
async def test_no_body_makes_a_form_fail(
    signed_in: SignedIn, db: Database, people: People, kind: str, body: bytes
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "x")
    officer = await signed_in("quanly")
    token = (await officer.get("/console")).text.split('_csrf_token" value="')[1].split('"')[0]
    headers = {"content-type": kind, "x-csrftoken": token}
    forms = ("tra-loi", "doi-loai", "hoc", "ket-thuc")
    actions = [f"phan-anh/{made.code}/{form}" for form in forms]
    for path in (*actions, "mat-khau", "dang-nhap"):
        answer = await officer.post(f"/console/{path}", content=body, headers=headers)
        assert answer.status_code in (303, 400, 403, 409, 413, 415, 422), (path, answer.status_code)
        assert answer.status_code == 303 or answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("start", "hours", "words"),
    [
        (datetime(2026, 3, 1, 21, 30, tzinfo=VIETNAM), 0, "21:30, 01/03/2026"),
        (datetime(2026, 3, 1, 18, tzinfo=VIETNAM), 6, "18:00 – 24:00, 01/03/2026"),
        (datetime(2026, 3, 1, 5, tzinfo=VIETNAM), 6, "05:00 – 11:00, 01/03/2026"),
        (datetime(2026, 3, 1, tzinfo=VIETNAM), 24, "01/03/2026"),
        (datetime(2026, 3, 1, tzinfo=VIETNAM), 72, "01/03/2026 – 03/03/2026"),
        (datetime(2026, 3, 1, 21, tzinfo=VIETNAM), 7, "21:00, 01/03/2026 – 04:00, 02/03/2026"),
    ],
)
def test_an_interval_is_said_in_few_words(start: datetime, hours: int, words: str) -> None:
    assert between(start, start + timedelta(hours=hours)) == words
