"""Whatever is sent to the console by whomever, the answer is a clear one and never a failure."""

import random
import re
from urllib.parse import quote, urlencode

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from bot.db import Database
from bot.settings import Settings
from tests.console.fixtures import SignedIn
from tests.console.people import People, a_busy_day, undelivered, unhandled
from tests.console.procedures import under_way
from tests.console.site import Browser, console_app
from tests.fuzz.crawl import Form, crawl

OFFICERS = ("quanly", "ap1", "phoap1", "quantri")
ENDS_THE_SESSION = ("/dang-xuat", "/mat-khau")
TIMES = 3
"""How often each form is sent by each officer, each time otherwise."""

ODD = [
    "",
    " ",
    "0",
    "1",
    "-1",
    "99999999999999999999999",
    "2026-02-30",
    "2026-11-27",
    "07:30-11:30",
    "25:99",
    "PA-ZZZZZ",
    "null",
    "NaN",
    "1e999",
    "%s%n{code}{0}{{x}}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "\x00",
    "a\x00b",
    "\u202e\u200b\ufeff",
    "Ấp 1\r\nSet-Cookie: a=b",
    "00000000-0000-0000-0000-000000000000",
    "👮‍♀️" * 40,
    "đ" * 5000,
    "\ud800",  # half of a letter: sent as bytes that are none
]


@pytest.fixture
async def busy(db: Database, people: People) -> People:
    async with db.begin() as session:
        await a_busy_day(session, people)
        await undelivered(session)
        await unhandled(session)
        await under_way(session, people)
    return people


@pytest.mark.parametrize("username", OFFICERS)
async def test_every_form_takes_anything_and_never_fails(
    busy: People, signed_in: SignedIn, username: str
) -> None:
    browser = await signed_in(username)
    _, forms = await crawl(browser)
    token = await _token(browser)
    dice = random.Random(username)
    assert any(form.action.endswith("/dang-xuat") for form in forms)
    for form in forms:
        if form.action.endswith(ENDS_THE_SESSION):
            continue
        for _ in range(TIMES):
            fields = _fill_in(form, dice)
            answer = await _send(browser, form, fields, token, dice)
            assert answer < 500, (form.action, sorted(fields))
    assert (await browser.get("/console")).status_code == 200


@pytest.mark.parametrize("username", ["quanly", "phoap1"])
async def test_every_address_takes_any_name_in_it_and_never_fails(
    busy: People, signed_in: SignedIn, settings: Settings, username: str
) -> None:
    browser = await signed_in(username)
    token = await _token(browser)
    dice = random.Random(username)
    for route in _routes(console_app(settings)):
        if route.path.endswith((*ENDS_THE_SESSION, "/su-kien")) or not route.path_parameters:
            continue
        for value in dice.sample(ODD, 3):
            path = re.sub(
                r"\{[^}]*\}", quote(value[:200], safe="", errors="surrogatepass"), route.path
            )
            query = urlencode({"trang": value[:200], "tu": value[:200]}, errors="surrogatepass")
            for method in route.methods & {"GET", "POST"}:
                body = {"_csrf_token": token} if method == "POST" else None
                answer = await browser.request(method, f"{path}?{query}", data=body)
                assert answer.status_code < 500, (method, route.path, value)


def _routes(app: Litestar) -> list[HTTPRoute]:
    console = (route for route in app.routes if isinstance(route, HTTPRoute))
    return [route for route in console if route.path.startswith("/console")]


async def _token(browser: Browser) -> str:
    page = await browser.get("/console/mat-khau")
    found = re.search(r'name="_csrf_token" value="(\w+)"', page.text)
    assert found
    return found[1]


def _fill_in(form: Form, dice: random.Random) -> dict[str, str]:
    """Each field as the page has it, oddly, or left out."""
    fields = {}
    for name, known in form.fields.items():
        way = dice.random()
        if way < 0.45 and known:
            fields[name] = dice.choice(known)
        elif way < 0.9:
            fields[name] = dice.choice(ODD)
    return fields


async def _send(
    browser: Browser, form: Form, fields: dict[str, str], token: str, dice: random.Random
) -> int:
    """The status of the answer to a form, as a browser sends it or as only a stranger would."""
    if form.method.lower() == "get":
        query = urlencode(fields, errors="surrogatepass")
        return (await browser.get(f"{form.action.partition('?')[0]}?{query}")).status_code
    fields = {"_csrf_token": token, **fields}
    if dice.random() < 0.5:
        body = urlencode(fields, errors="surrogatepass").encode()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return (await browser.post(form.action, content=body, headers=kind)).status_code
    parts = {name: (None, value.encode("utf-8", "surrogatepass")) for name, value in fields.items()}
    if dice.random() < 0.5:  # a file where words are expected
        parts["text"] = ("hình\x00.png", b"\x89PNG\r\n\x1a\n" + dice.randbytes(64))
    return (await browser.post(form.action, files=parts)).status_code


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=1&" * 100_000),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n\r\n" * 5000,
        ),
    ],
)
async def test_a_form_of_a_hundred_thousand_fields_is_not_read(
    browser: Browser, kind: str, body: bytes
) -> None:
    answer = await browser.post("/console/dang-nhap", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 413)
