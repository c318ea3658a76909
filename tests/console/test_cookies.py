"""Cookies and headers as OWASP ASVS 5.0 (level 2) asks for them; its numbers stand beside."""

import re
from collections.abc import Iterator

import httpx
import pytest

from bot.console import cookies, headers
from bot.settings import Settings
from tests.codes import code_for
from tests.console.people import PASSWORD, People
from tests.console.site import Browser, Site

SIGN_IN = "/console/dang-nhap"
HTML = "text/html; charset=utf-8"


@pytest.fixture
def https(settings: Settings) -> Iterator[Site]:
    """A site that the world reaches by https; the test speaks to it as its proxy does."""
    with Site(settings.model_copy(update={"public_url": "https://binhyen.example"})) as site:
        yield site


class Behind(Browser):
    """A browser behind that proxy: it sends back by hand what it was given over https."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.url, site.database_url)
        self.jar: dict[str, str] = {}
        self.given: list[str] = []

    async def send(self, request: httpx.Request, **how: object) -> httpx.Response:
        request.headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.jar.items())
        answer = await super().send(request, **how)  # type: ignore[arg-type]
        for given in answer.headers.get_list("set-cookie"):
            self.given.append(given)
            name, value = given.split(";")[0].split("=", 1)
            if "max-age=0" in given.lower():
                self.jar.pop(name, None)
            else:
                self.jar[name] = value.strip('"')
        return answer


async def test_every_cookie_over_https_is_bound_to_this_host(https: Site, people: People) -> None:
    """3.3.1 to 3.3.4."""
    async with Behind(https) as browser:
        await browser.submit(SIGN_IN, page=SIGN_IN, username="quanly", password=PASSWORD)
        await browser.give_code(code_for(https.database_url, "quanly"))
        assert (await browser.get("/console")).status_code == 200
        await browser.submit("/console/giao-dien", page="/console", theme="dark")
        assert (await browser.get("/console")).text.count('data-bs-theme="dark"') == 1
        await browser.submit("/console/dang-xuat", page="/console")
        assert (await browser.get("/console")).status_code == 303
    names = {given.split("=")[0] for given in browser.given}
    assert names == {
        f"__Host-{name}" for name in (cookies.SESSION, cookies.FORMS, cookies.MARK, "binhyen_theme")
    }
    for given in browser.given:
        parts = {part.strip().lower() for part in given.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts, given
        assert not any(part.startswith("domain") for part in parts)


async def test_no_address_and_no_page_carries_the_sessions_token(
    browser: Browser, people: People
) -> None:
    """3.3.4, 14.2.1."""
    answer = await browser.sign_in("quanly", PASSWORD)
    token = browser.cookies["binhyen_officer"]
    assert len(token) >= 43  # 256 bits: 7.2.3 asks for 128
    assert token not in answer.headers["location"]
    assert token not in (await browser.get("/console")).text


ASKED = (
    ("strict-transport-security", r"max-age=31536000; includeSubDomains"),  # 3.4.1
    ("content-security-policy", r"default-src 'none'; object-src 'none'; .*base-uri 'none'"),
    ("content-security-policy", r".*frame-ancestors 'none'"),  # 3.4.6
    ("content-security-policy", r".*script-src 'self'; style-src 'self'"),
    ("content-security-policy", r".*form-action 'self'"),
    ("x-content-type-options", r"nosniff"),  # 3.4.4
    ("x-frame-options", r"DENY"),
    ("referrer-policy", r"same-origin"),  # 3.4.5
    ("cross-origin-opener-policy", r"same-origin"),  # 3.4.8
    ("cross-origin-resource-policy", r"same-origin"),  # 3.5.8
    ("permissions-policy", r"camera=\(\), microphone=\(\)"),
    ("cache-control", r"no-store$"),  # 14.3.2
)


async def test_each_header_is_on_pages_redirects_and_errors(https: Site) -> None:
    async with https.browser() as browser:
        for path in (SIGN_IN, "/console", "/console/khong-co"):
            answer = await browser.get(path)
            for name, value in ASKED:
                assert re.match(value, answer.headers[name]), (path, name, answer.headers[name])
            assert answer.is_redirect or answer.headers["content-type"] == HTML  # 4.1.1


def test_the_policy_lets_nothing_be_run_that_is_not_a_file_of_ours() -> None:
    policy = headers.CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


async def test_no_other_site_may_read_an_answer(browser: Browser) -> None:
    """3.4.2."""
    answer = await browser.get(SIGN_IN, headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
