"""Signing in, staying signed in, and passwords."""

import asyncio
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from bot.console import accounts, throttle
from bot.console.accounts import Refused
from bot.console.browsers import Visitor, known_as, network
from bot.console.forms import local_path
from bot.console.models import OfficerSession, SignInFailures
from bot.console.password_rules import complaint
from bot.db import Database, now
from bot.groups.models import Officer, Role
from bot.security import passwords
from bot.security.passwords import hash_password, hash_with
from bot.settings import Settings
from tests.codes import code_for
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People
from tests.console.site import Browser, Site

HERE, THERE = Visitor("192.0.2.1"), Visitor("192.0.2.2")


async def test_a_stranger_is_sent_to_the_sign_in_and_back(
    browser: Browser, people: People, settings: Settings
) -> None:
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
    code_page = "/console/ma-xac-nhan?next=/console/su-co"
    assert done.headers["location"] == code_page
    assert 'name="next" value="/console/su-co"' in (await browser.get(code_page)).text
    done = await browser.submit(
        "/console/ma-xac-nhan",
        page=code_page,
        code=code_for(str(settings.database_url), "quanly"),
        next="/console/su-co",
    )
    assert done.headers["location"] == "/console/su-co"
    assert (await browser.get("/console/su-co")).status_code == 200


async def test_the_page_one_was_on_is_come_back_to_with_its_filters(
    browser: Browser, people: People
) -> None:
    refused = await browser.get("/console/hang-doi/tat-ca?trang=2")
    asked = refused.headers["location"]
    assert 'name="next" value="/console/hang-doi/tat-ca?trang=2"' in (await browser.get(asked)).text


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
    assert "domain=" not in cookie


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
    ("username", "changes", "open_after"),
    [
        ("quanly", {"last_seen_at": timedelta(hours=3.9)}, True),
        ("quanly", {"last_seen_at": timedelta(hours=4.1)}, False),
        ("quantri", {"created_at": timedelta(hours=11)}, True),
        ("quantri", {"created_at": timedelta(hours=13)}, False),
        ("ap1", {"last_seen_at": timedelta(hours=11)}, True),
        ("ap1", {"last_seen_at": timedelta(hours=13)}, False),
        ("phoap1", {"created_at": timedelta(days=2.9)}, True),
        ("phoap1", {"created_at": timedelta(days=3.1)}, False),
    ],
)
async def test_a_session_ends_unused_and_in_any_case_sooner_the_more_it_opens(
    signed_in: SignedIn,
    db: Database,
    username: str,
    changes: dict[str, timedelta],
    open_after: bool,
) -> None:
    officer = await signed_in(username)
    async with db.begin() as session:
        values = {name: now() - age for name, age in changes.items()}
        await session.execute(update(OfficerSession).values(**values))
    assert ((await officer.get("/console")).status_code == 200) is open_after


async def test_a_page_left_open_does_not_keep_a_session_alive(
    signed_in: SignedIn, db: Database
) -> None:
    officer = await signed_in("quanly")
    long_ago = now() - timedelta(hours=3)
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


LIST, REPORT = "/console/hang-doi/tat-ca", "/console/phan-anh/PA-ACDEF"


@pytest.mark.parametrize(
    ("asked", "shown", "led_to"),
    [
        (f"{LIST}/danh-sach?khan=1", f"{{site}}{LIST}?khan=1", f"{LIST}?khan=1"),
        (f"{LIST}/danh-sach", "", LIST),
        (f"{REPORT}/dien-bien", "https://evil.example/console/su-co", REPORT),
        (f"{REPORT}/dien-bien", "http://[", REPORT),
        (f"{REPORT}/dien-bien", f"{{site}}{REPORT}/tra-loi", REPORT),  # a refused form
    ],
)
async def test_an_open_page_is_come_back_to_and_not_a_part_of_it(
    browser: Browser, people: People, asked: str, shown: str, led_to: str
) -> None:
    current = shown.replace("{site}", str(browser.base_url).rstrip("/"))
    answer = await browser.get(asked, headers={"HX-Request": "true", "HX-Current-URL": current})
    assert next_of(answer.headers["hx-redirect"]) == led_to


@pytest.mark.parametrize(
    ("form", "shown", "led_to"),
    [
        ("/console/hang-doi/tiep-nhan", f"{{site}}{LIST}?khan=1", f"{LIST}?khan=1"),
        ("/console/hang-doi/tiep-nhan", "", "/console"),
        (f"/console/su-co/{UUID(int=1)}/gui-lai", "{site}/console/su-co", "/console/su-co"),
        (f"/console/su-co/{UUID(int=1)}/gui-lai", "https://evil.example/console/su-co", "/console"),
        (f"{REPORT}/tra-loi", f"{{site}}{REPORT}", REPORT),
        (f"{REPORT}/tra-loi", f"{{site}}{REPORT}/danh-tinh", REPORT),  # what a form showed
    ],
)
async def test_the_page_a_form_stood_on_is_come_back_to(
    browser: Browser, people: People, form: str, shown: str, led_to: str
) -> None:
    await browser.get("/console/dang-nhap")
    answer = await browser.post(
        form,
        data={"_csrf_token": browser.cookies["csrftoken"]},
        headers={"referer": shown.replace("{site}", str(browser.base_url).rstrip("/"))},
    )
    assert next_of(answer.headers["location"]) == led_to


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["next"][0]


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
        with pytest.raises(Refused, match=r"đợi \d+ giây"):
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


async def test_a_guesser_at_his_own_office_does_not_slow_the_officers_known_browser(
    db: Database, people: People
) -> None:
    known = await accounts.sign_in(db, "ap1", PASSWORD, HERE)
    for _ in range(throttle.FREE_TRIES + 1):
        with pytest.raises(Refused):
            await accounts.sign_in(db, "ap1", "đoán mò", HERE)
    with pytest.raises(Refused, match="đợi"):
        await accounts.sign_in(db, "ap1", PASSWORD, HERE)
    own = Visitor(HERE.address, mark=known.mark)
    assert await accounts.sign_in(db, "ap1", PASSWORD, own)


async def test_a_mark_is_worth_nothing_for_another_name_or_when_made_up(
    db: Database, people: People
) -> None:
    known = await accounts.sign_in(db, "ap2", PASSWORD, THERE)
    forged = known.mark[:-1] + ("0" if known.mark[-1] != "0" else "1")
    for mark in (known.mark, forged, "x", "é" * 65):
        assert known_as("ap1", mark) == ""
    assert known_as("ap2", known.mark)
    assert known_as("ap2", forged) == ""


async def test_a_known_browser_that_was_stolen_is_slowed_too(db: Database, people: People) -> None:
    known = await accounts.sign_in(db, "ap1", PASSWORD, HERE)
    thief = [Visitor(f"192.0.2.{n}", mark=known.mark) for n in range(throttle.FREE_TRIES + 1)]
    for visitor in thief[:-1]:
        with pytest.raises(Refused, match="chưa đúng"):
            await accounts.sign_in(db, "ap1", "đoán mò", visitor)
    with pytest.raises(Refused, match="đợi"):
        await accounts.sign_in(db, "ap1", "đoán mò", thief[-1])


async def test_guessers_with_many_addresses_wait_and_the_officers_own_browser_does_not(
    db: Database, people: People
) -> None:
    known = await accounts.sign_in(db, "ap1", PASSWORD, HERE)
    await fail(db, *(Visitor(f"198.51.100.{n}") for n in range(throttle.FREE_FOR_NAME)), name="ap1")
    async with db.begin() as session:
        limits = throttle.for_password("ap1", Visitor("203.0.113.9"))
        assert await throttle.admit(session, limits) > timedelta(seconds=25)
    assert await accounts.sign_in(db, "ap1", PASSWORD, Visitor("203.0.113.9", mark=known.mark))


async def test_one_password_tried_at_every_name_is_slowed(db: Database, people: People) -> None:
    for n in range(throttle.FREE_FOR_NETWORK):
        await fail(db, HERE, name=f"ten{n}")
    async with db.begin() as session:
        limits = throttle.for_password("ap1", HERE)
        assert await throttle.admit(session, limits) > timedelta(seconds=25)
        assert not await throttle.admit(session, throttle.for_password("ap1", THERE))


async def fail(db: Database, *visitors: Visitor, name: str) -> None:
    """Tries that count, without the time that a password takes."""
    async with db.begin() as session:
        for visitor in visitors:
            assert not await throttle.admit(session, throttle.for_password(name, visitor))


async def test_the_longest_wait_is_a_quarter_of_an_hour_and_an_hour_forgives(
    db: Database, people: People
) -> None:
    await fail(db, HERE, name="ap1")
    limits = throttle.for_password("ap1", HERE)
    async with db.begin() as session:
        await session.execute(update(SignInFailures).values(count=500))
    async with db.begin() as session:
        wait = await throttle.admit(session, limits)
        assert timedelta(minutes=14) < wait <= throttle.LONGEST_WAIT
    async with db.begin() as session:
        long_ago = now() - throttle.FORGET - timedelta(minutes=1)
        await session.execute(update(SignInFailures).values(last_at=long_ago))
    async with db.begin() as session:
        assert not await throttle.admit(session, limits)


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_one_subscriber_is_one_network(address: str, whose: str) -> None:
    assert network(address) == whose


@pytest.fixture
def dear_hashing() -> Iterator[None]:
    """As in service."""
    cheap = passwords._hasher
    hash_with(PasswordHasher())
    yield
    hash_with(cheap)


@pytest.mark.usefixtures("dear_hashing")
async def test_an_unknown_a_disabled_and_a_known_name_take_as_long(
    db: Database, people: People
) -> None:
    async with db.begin() as session:
        await session.execute(update(Officer).values(password_hash=hash_password(PASSWORD)))
        await session.execute(update(Officer).where(Officer.username == "ap2").values(active=False))
    taken = dict.fromkeys(("ap1", "ap2", "khongcoai"), timedelta.max.total_seconds())
    for _ in range(3):
        for name in taken:
            began = perf_counter()
            with pytest.raises(Refused, match="chưa đúng"):
                await accounts.sign_in(db, name, "đoán mò", HERE)
            taken[name] = min(taken[name], perf_counter() - began)
    # A hash takes longer than all the rest: leaving it out would show.
    assert max(taken.values()) < 2 * min(taken.values())


async def test_a_name_is_the_same_however_a_phone_writes_it(db: Database, people: People) -> None:
    assert await accounts.sign_in(db, " Ap1 ", PASSWORD, HERE)


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
        ("Scandinavian", False),  # leaked often
        ("Matkhau@2026!", False),
        ("C0ng@n113113113", False),
        ("Đồng Tâm 2026!!", False),
        ("phamquocthai80", False),
        ("0912345678 Thái", False),
        ("075090001234", False),  # as on an identity card
        ("chín bông lúa Đồng Tâm", True),
        ("!!! ??? ... +++ ---", True),
        ("8264 9153 7720 64", True),
        ("x" * 5 + "mưa rào tháng sáu" * 8, True),
        ("x" * 201, False),
    ],
)
def test_a_new_password_is_long_and_uncommon_and_nothing_else(password: str, good: bool) -> None:
    known = ("quanly", "Phạm Quốc Thái", "0912345678", "Xã Đồng Tâm", "Ấp 1")
    assert (complaint(password, *known) is None) is good


def test_passwords_are_hashed_as_dearly_as_the_standard_asks() -> None:
    """RFC 9106's second choice, well over OWASP's least (19 MiB twice, one lane)."""
    program = "from bot.security.passwords import hash_password; print(hash_password('x'))"
    command = [sys.executable, "-c", program]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.fixture
async def newcomer(db: Database, people: People) -> str:
    async with db.begin() as session:
        session.add(
            Officer(
                username="moi",
                name="Đỗ Hoàng Nam",
                role=Role.DEPUTY,
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


@pytest.mark.parametrize("values", [{"password_hash": "x"}, {"active": False}])
async def test_a_password_that_was_taken_back_while_it_was_compared_opens_nothing(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch, values: dict[str, object]
) -> None:
    async def slowly(*_: object) -> bool:
        async with db.begin() as session:
            await session.execute(update(Officer).where(Officer.username == "ap1").values(values))
        return True

    monkeypatch.setattr(accounts, "fits", slowly)
    with pytest.raises(Refused, match="chưa đúng"):
        await accounts.sign_in(db, "ap1", PASSWORD, HERE)
    async with db.begin() as session:
        assert (await session.scalars(select(OfficerSession))).all() == []
