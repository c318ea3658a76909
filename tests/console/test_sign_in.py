"""Signing in, staying signed in, and passwords."""

import asyncio
import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.console import accounts, throttle
from bot.console.accounts import Refused
from bot.console.forms import local_path
from bot.console.models import OfficerSession
from bot.console.password_rules import complaint
from bot.db import Database, now
from bot.groups.models import Officer, Role
from bot.security.passwords import hash_password
from bot.settings import Settings
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People
from tests.console.site import Browser, Site

HERE = "192.0.2.1"
THERE = "192.0.2.2"


async def test_a_stranger_is_sent_to_the_sign_in_and_back(browser: Browser, people: People) -> None:
    refused = await browser.get("/console/su-co")
    assert refused.status_code == 303
    assert refused.headers["location"] == "/console/dang-nhap?next=/console/su-co"
    done = await browser.submit(
        "/console/dang-nhap",
        page=refused.headers["location"],
        username="quanly",
        password=PASSWORD,
        next="/console/su-co",
    )
    assert done.headers["location"] == "/console/su-co"
    assert (await browser.get("/console/su-co")).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    browser: Browser, people: People
) -> None:
    wrong = await browser.sign_in("quanly", "không phải mật khẩu")
    unknown = await browser.sign_in("khongcoai", "không phải mật khẩu")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("quanly", "X") == unknown.text.replace("khongcoai", "X")


async def test_the_typed_name_is_kept_and_the_password_is_not(
    browser: Browser, people: People
) -> None:
    answer = await browser.sign_in("quanly", "gõ nhầm mất rồi")
    assert 'value="quanly"' in answer.text
    assert "gõ nhầm mất rồi" not in answer.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, people: People
) -> None:
    cookie = (await browser.sign_in("quanly", PASSWORD)).headers["set-cookie"].lower()
    assert "binhyen_officer=" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/console" in cookie


async def test_the_cookie_is_secure_when_the_site_is_https(
    settings: Settings, people: People
) -> None:
    https = settings.model_copy(update={"public_url": "https://binhyen.example"})
    with Site(https) as site:
        async with site.browser() as browser:
            page = await browser.get("/console/dang-nhap")
            assert "secure" in page.headers["set-cookie"].lower()
            assert "strict-transport-security" in page.headers


async def test_the_database_does_not_hold_the_token(
    browser: Browser, people: People, db: Database
) -> None:
    await browser.sign_in("quanly", PASSWORD)
    async with db.begin() as session:
        key = (await session.execute(select(OfficerSession.token_key))).scalar_one()
    assert key not in browser.cookies["binhyen_officer"]


async def test_a_token_that_was_there_before_signing_in_is_not_used(
    browser: Browser, people: People
) -> None:
    browser.cookies.set("binhyen_officer", "planted", domain="127.0.0.1", path="/console")
    answer = await browser.sign_in("quanly", PASSWORD)
    assert "planted" not in answer.headers["set-cookie"]
    async with Browser(str(browser.base_url)) as attacker:
        attacker.cookies.set("binhyen_officer", "planted")
        assert (await attacker.get("/console")).status_code == 303


async def test_signing_out_ends_the_session_itself(signed_in: SignedIn, site: Site) -> None:
    officer = await signed_in("quanly")
    token = officer.cookies["binhyen_officer"]
    answer = await officer.submit("/console/dang-xuat", page="/console")
    assert answer.headers["location"] == "/console/dang-nhap"
    async with site.browser() as thief:
        thief.cookies.set("binhyen_officer", token)
        assert (await thief.get("/console")).status_code == 303


@pytest.mark.parametrize(
    ("changes", "open_after"),
    [
        ({"last_seen_at": timedelta(hours=11)}, True),
        ({"last_seen_at": timedelta(hours=13)}, False),
        ({"created_at": timedelta(days=6)}, True),
        ({"created_at": timedelta(days=8)}, False),
    ],
)
async def test_a_session_ends_after_half_a_day_unused_and_after_a_week(
    signed_in: SignedIn, db: Database, changes: dict[str, timedelta], open_after: bool
) -> None:
    officer = await signed_in("quanly")
    async with db.begin() as session:
        values = {name: now() - age for name, age in changes.items()}
        await session.execute(update(OfficerSession).values(**values))
    assert ((await officer.get("/console")).status_code == 200) is open_after


async def test_a_page_left_open_does_not_keep_a_session_alive(
    signed_in: SignedIn, db: Database
) -> None:
    officer = await signed_in("quanly")
    long_ago = now() - timedelta(hours=5)
    async with db.begin() as session:
        await session.execute(update(OfficerSession).values(last_seen_at=long_ago))
    await officer.get("/console/hang-doi/tat-ca/danh-sach", headers={"HX-Request": "true"})
    async with db.begin() as session:
        assert (await session.scalars(select(OfficerSession.last_seen_at))).one() == long_ago
    await officer.get("/console")
    async with db.begin() as session:
        assert (await session.scalars(select(OfficerSession.last_seen_at))).one() > long_ago


async def test_an_open_page_is_led_to_the_sign_in_when_the_session_has_ended(
    browser: Browser, people: People
) -> None:
    answer = await browser.get("/console/hang-doi/tat-ca/danh-sach", headers={"HX-Request": "true"})
    assert answer.headers["hx-redirect"].startswith("/console/dang-nhap")


async def test_a_disabled_officer_is_out_at_once_and_cannot_come_back(
    signed_in: SignedIn, browser: Browser, db: Database
) -> None:
    officer = await signed_in("quanly")
    async with db.begin() as session:
        await session.execute(update(Officer).values(active=False))
    assert (await officer.get("/console")).status_code == 303
    assert (await browser.sign_in("quanly", PASSWORD)).status_code == 422


async def test_guessing_is_slowed_for_known_and_unknown_names_alike(
    db: Database, people: People
) -> None:
    for name in ("quanly", "khongcoai"):
        for _ in range(throttle.FREE_TRIES):
            with pytest.raises(Refused, match="chưa đúng"):
                await accounts.sign_in(db, name, "đoán mò", HERE)
        with pytest.raises(Refused, match="đợi 30 giây"):
            await accounts.sign_in(db, name, "đoán mò", HERE)


async def test_a_guesser_does_not_lock_the_officer_out_elsewhere(
    db: Database, people: People
) -> None:
    for _ in range(throttle.FREE_TRIES + 1):
        with pytest.raises(Refused):
            await accounts.sign_in(db, "quanly", "đoán mò", HERE)
    with pytest.raises(Refused, match="đợi"):
        await accounts.sign_in(db, "quanly", PASSWORD, HERE)
    assert await accounts.sign_in(db, "quanly", PASSWORD, THERE)


async def test_many_tries_at_once_are_no_way_around(db: Database, people: People) -> None:
    tries = [accounts.sign_in(db, "quanly", "đoán mò", HERE) for _ in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    looked_at = [a for a in answers if "chưa đúng" in str(a)]
    assert len(looked_at) == throttle.FREE_TRIES


async def test_the_right_password_clears_what_was_counted(db: Database, people: People) -> None:
    for _ in range(2):
        for _ in range(throttle.FREE_TRIES - 1):
            with pytest.raises(Refused, match="chưa đúng"):
                await accounts.sign_in(db, "quanly", "đoán mò", HERE)
        assert await accounts.sign_in(db, "quanly", PASSWORD, HERE)


async def test_a_password_is_the_same_however_the_keyboard_composes_it(
    db: Database, people: People
) -> None:
    assert await accounts.sign_in(db, "quanly", unicodedata.normalize("NFD", PASSWORD), HERE)


@pytest.mark.parametrize("name", ["", "\0", "quanly\0", "x" * 5000, "' OR 1=1 --", "\ud7ff", "🙂"])
async def test_odd_names_are_refused_like_any_other(
    browser: Browser, people: People, name: str
) -> None:
    answer = await browser.sign_in(name, "\0 gì đó")
    assert answer.status_code == 422
    assert "chưa đúng" in answer.text


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/console", True),
        ("/console/phan-anh/PA-ACDEF", True),
        ("/console?da=tra-loi", True),
        ("", False),
        ("/", False),
        ("/consolex", False),
        ("//evil.example/console", False),
        ("/console//evil.example", False),
        ("/\\evil.example", False),
        ("/console/\\evil", False),
        ("https://evil.example/console", False),
        ("/console\n/x", False),
        ("javascript:alert(1)", False),
    ],
)
def test_signing_in_leads_only_into_the_console(asked: str, kept: bool) -> None:
    assert local_path(asked, "elsewhere") == (asked if kept else "elsewhere")


# --- Forged forms --------------------------------------------------------------------------------


async def test_a_form_without_its_token_is_refused_with_a_page(
    signed_in: SignedIn, db: Database
) -> None:
    officer = await signed_in("quanly")
    answer = await officer.post("/console/dang-xuat", data={"_csrf_token": "a" * 128})
    assert answer.status_code == 403
    assert "Trang đã cũ" in answer.text
    assert (await officer.get("/console")).status_code == 200


async def test_somebody_elses_token_does_not_fit(signed_in: SignedIn, browser: Browser) -> None:
    officer = await signed_in("quanly")
    await browser.get("/console/dang-nhap")
    answer = await officer.post(
        "/console/dang-xuat", data={"_csrf_token": browser.cookies["csrftoken"]}
    )
    assert answer.status_code == 403


# --- Passwords -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("bốn từ chẳng ăn nhập", True),
        ("cau ca mua nuoc noi", True),
        ("ngắn", False),
        ("11 ký tự ạ!", False),
        ("123456789012", False),
        ("Mật Khẩu 123456", False),
        ("congan123456", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("quanlyquanlyquanly", False),
        ("x" * 201, False),
    ],
)
def test_a_new_password_is_long_and_uncommon_and_nothing_else(password: str, good: bool) -> None:
    assert (complaint(password, "quanly") is None) is good


@pytest.fixture
async def newcomer(db: Database, people: People) -> str:
    async with db.begin() as session:
        session.add(
            Officer(
                username="moi",
                name="Đỗ Hoàng Nam",
                role=Role.MANAGER,
                password_hash=hash_password("abcd-efgh-jkmn-pqrs"),
            )
        )
    return "moi"


async def test_a_one_time_password_opens_nothing_but_its_change(
    browser: Browser, newcomer: str
) -> None:
    await browser.sign_in(newcomer, "abcd-efgh-jkmn-pqrs")
    for path in ("/console", "/console/su-co", "/console/hang-doi/tat-ca", "/console/su-kien"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/mat-khau"), path
    path = "/console/mat-khau"
    new = "con đò qua sông sớm"
    short = await browser.submit(path, page=path, new="ngắn", repeated="ngắn")
    assert (short.status_code, "ít nhất 12 ký tự" in short.text) == (422, True)
    different = await browser.submit(path, page=path, new=new, repeated=new + "!")
    assert "chưa giống nhau" in different.text
    same = await browser.submit(
        path, page=path, new="abcd-efgh-jkmn-pqrs", repeated="abcd-efgh-jkmn-pqrs"
    )
    assert "phải khác" in same.text
    done = await browser.submit(path, page=path, new=new, repeated=new)
    assert done.status_code == 303
    assert (await browser.get("/console")).status_code == 200


async def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(
    signed_in: SignedIn,
) -> None:
    here, elsewhere = await signed_in("ap1"), await signed_in("ap1")
    path = "/console/mat-khau"
    new = "gió chướng về bến cũ"
    wrong = await here.submit(path, page=path, current="không nhớ", new=new, repeated=new)
    assert "hiện tại chưa đúng" in wrong.text
    before = here.cookies["binhyen_officer"]
    done = await here.submit(path, page=path, current=PASSWORD, new=new, repeated=new)
    assert done.status_code == 303
    assert here.cookies["binhyen_officer"] != before
    assert (await here.get("/console")).status_code == 200
    assert (await elsewhere.get("/console")).status_code == 303
