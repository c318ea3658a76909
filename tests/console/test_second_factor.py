"""The code of the app, the codes on paper, and who must have them."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, text, update

from bot.audit.models import Action
from bot.console import accounts, recovery_codes, second_factor, throttle
from bot.console.accounts import Refused, SignInAgain
from bot.console.browsers import Visitor
from bot.console.models import OfficerSession, RecoveryCode, SecondFactor
from bot.db import Database, now
from bot.groups.models import Officer
from tests.audit.trail import trail
from tests.codes import SECRET, code_for
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People
from tests.console.site import Browser, Site

HERE = Visitor("192.0.2.1")
OVERVIEW, APP = "/console/hai-buoc", "/console/hai-buoc/ung-dung"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`at(t)` sets the clock that codes are made by."""

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(second_factor, "_clock", lambda: seconds)

    return set_clock


async def half_open(db: Database, username: str = "quanly") -> str:
    opened = await accounts.sign_in(db, username, PASSWORD, HERE)
    assert opened.code_due
    return opened.token


# --- Signing in ----------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["quanly", "quantri"])
async def test_the_password_alone_opens_nothing(
    browser: Browser, people: People, username: str
) -> None:
    path = "/console/dang-nhap"
    done = await browser.submit(path, page=path, username=username, password=PASSWORD)
    assert done.headers["location"] == "/console/ma-xac-nhan"
    for closed in ("/console", "/console/su-co", "/console/mat-khau", OVERVIEW, "/console/phien"):
        answer = await browser.get(closed)
        assert answer.headers["location"].startswith("/console/dang-nhap"), closed
    assert (await browser.get("/console/su-kien")).status_code == 303


async def test_the_code_opens_the_console_under_a_new_token(
    browser: Browser, people: People, site: Site, db: Database
) -> None:
    path = "/console/dang-nhap"
    await browser.submit(path, page=path, username="quanly", password=PASSWORD)
    before = browser.cookies["binhyen_officer"]
    wrong = await browser.give_code("000000")
    assert wrong.status_code == 422
    done = await browser.give_code(code_for(site.database_url, "quanly"))
    assert [entry.action for entry in await trail(db)] == [Action.CODE_REFUSED, Action.SIGNED_IN]
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    assert browser.cookies["binhyen_officer"] != before
    assert (await browser.get("/console")).status_code == 200
    async with site.browser() as thief:
        thief.cookies.set("binhyen_officer", before)
        assert (await thief.get("/console")).status_code == 303


async def test_the_code_page_shows_nothing_to_a_stranger(browser: Browser, people: People) -> None:
    answer = await browser.get("/console/ma-xac-nhan")
    assert answer.headers["location"] == "/console/dang-nhap"


async def test_the_password_is_to_be_given_again_when_the_code_takes_too_long(
    db: Database, people: People
) -> None:
    token = await half_open(db)
    async with db.begin() as session:
        await session.execute(
            update(OfficerSession).values(created_at=now() - timedelta(minutes=11))
        )
    with pytest.raises(SignInAgain):
        await accounts.give_code(db, token, pyotp.TOTP(SECRET).now(), HERE)


async def test_whatever_is_wrong_with_a_code_one_text_says_it(
    browser: Browser, people: People, site: Site
) -> None:
    path = "/console/dang-nhap"
    await browser.sign_in("quanly", PASSWORD)
    used = pyotp.TOTP(SECRET).now()
    await browser.submit(path, page=path, username="quanly", password=PASSWORD)
    answers = {
        re.sub(r'value="\w{128}"', "", (await browser.give_code(code)).text)
        for code in (used, "000000", "12345", "không phải mã")
    }
    assert len(answers) == 1
    assert accounts.WRONG_CODE in answers.pop()


async def test_a_code_is_taken_half_a_minute_early_or_late_and_no_more(
    db: Database, people: People, at: Callable[[float], None]
) -> None:
    moment = 1_800_000_000
    code = pyotp.TOTP(SECRET).at(moment)
    for off, good in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        at(moment + off)
        async with db.begin() as session:
            await session.execute(update(SecondFactor).values(last_step=0))
            officer = people.officers["quanly"].id
            assert await second_factor.take(session, officer, code) is good, off


async def test_a_code_and_all_before_it_are_used_up(
    db: Database, people: People, at: Callable[[float], None]
) -> None:
    at(moment := 1_800_000_000)
    officer = people.officers["quanly"].id
    codes = [pyotp.TOTP(SECRET).at(moment + off) for off in (-30, 0, 30)]
    async with db.begin() as session:
        assert await second_factor.take(session, officer, f" {codes[1][:3]} {codes[1][3:]} ")
        assert not await second_factor.take(session, officer, codes[1])
        assert not await second_factor.take(session, officer, codes[0])
        assert await second_factor.take(session, officer, codes[2])


async def test_one_code_at_once_in_many_places_opens_one_session(
    db: Database, people: People
) -> None:
    tokens = [await half_open(db) for _ in range(4)]
    code = pyotp.TOTP(SECRET).now()
    answers = await asyncio.gather(
        *(accounts.give_code(db, token, code, HERE) for token in tokens), return_exceptions=True
    )
    assert sum(isinstance(answer, accounts.Opened) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) for answer in answers) == 3


async def test_tries_and_their_forgiving_meet_without_failing(db: Database) -> None:
    limits = throttle.for_code("quanly", HERE)

    async def right_at_once() -> None:
        async with db.begin() as session:
            await throttle.admit(session, limits)
        async with db.begin() as session:
            await throttle.forgive(session, limits)

    for _ in range(15):
        await asyncio.gather(*(right_at_once() for _ in range(8)))


async def test_one_half_open_session_becomes_one(db: Database, people: People) -> None:
    token = await half_open(db)
    code = pyotp.TOTP(SECRET).now()
    answers = await asyncio.gather(
        *(accounts.give_code(db, token, code, HERE) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(answer, accounts.Opened) for answer in answers) == 1
    async with db.begin() as session:
        assert len((await session.execute(select(OfficerSession))).scalars().all()) == 1


async def test_guessing_codes_is_slowed_wherever_it_comes_from(
    db: Database, people: People
) -> None:
    token = await half_open(db)
    for n in range(throttle.FREE_TRIES):
        with pytest.raises(Refused, match="chưa đúng"):
            await accounts.give_code(db, token, "000000", Visitor(f"192.0.2.{n}"))
    with pytest.raises(Refused, match=r"đợi \d+ giây"):
        await accounts.give_code(db, token, pyotp.TOTP(SECRET).now(), Visitor("192.0.2.99"))


async def test_whoever_guesses_codes_does_not_lock_out_the_officers_own_browser(
    db: Database, people: People
) -> None:
    known = await accounts.give_code(db, await half_open(db), pyotp.TOTP(SECRET).now(), HERE)
    token = await half_open(db)
    for _ in range(throttle.FREE_TRIES + 1):
        with pytest.raises(Refused):
            await accounts.give_code(db, token, "000000", Visitor("192.0.2.9"))
    async with db.begin() as session:
        await session.execute(update(SecondFactor).values(last_step=0))
    own = Visitor("192.0.2.1", mark=known.mark)
    opened = await accounts.give_code(db, await half_open(db), pyotp.TOTP(SECRET).now(), own)
    assert not opened.code_due


async def test_the_secret_is_sealed(db: Database, people: People) -> None:
    async with db.begin() as session:
        rows = (await session.execute(text("SELECT * FROM second_factors"))).all()
    assert rows
    assert SECRET not in str(rows)
    assert SECRET.encode() not in b"".join(row.secret for row in rows)


# --- Setting it up -------------------------------------------------------------------------------


@pytest.fixture
async def without(db: Database, people: People) -> None:
    """Nobody has set anything up yet."""
    async with db.begin() as session:
        await session.execute(text("DELETE FROM second_factors"))


def secret_on(page: str) -> str:
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


async def set_up(browser: Browser, **proof: str) -> tuple[str, list[str]]:
    """The secret and the codes on paper."""
    began = await browser.submit(f"{OVERVIEW}/bat-dau", page=OVERVIEW, **proof)
    assert began.headers["location"] == APP
    secret = secret_on((await browser.get(APP)).text)
    done = await browser.submit(APP, page=APP, code=pyotp.TOTP(secret).now())
    assert done.status_code == 200
    return secret, re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", done.text)


@pytest.mark.usefixtures("without")
async def test_a_manager_sets_it_up_before_anything_else(
    signed_in: SignedIn, site: Site, db: Database
) -> None:
    manager = await signed_in("quanly")
    for path in ("/console", "/console/su-co", "/console/phien", "/console/su-kien"):
        assert (await manager.get(path)).headers["location"] == OVERVIEW, path
    page = (await manager.get(OVERVIEW)).text
    assert "Bắt đầu" in page
    assert "data-live" not in page
    assert "/console/su-co" not in page
    secret, codes = await set_up(manager)
    assert len(set(codes)) == recovery_codes.HOW_MANY
    assert (await manager.get("/console")).status_code == 200
    async with site.browser() as elsewhere:
        path = "/console/dang-nhap"
        await elsewhere.submit(path, page=path, username="quanly", password=PASSWORD)
        async with db.begin() as session:
            await session.execute(update(SecondFactor).values(last_step=0))
        done = await elsewhere.give_code(pyotp.TOTP(secret).now())
        assert done.headers["location"] == "/console"


@pytest.mark.usefixtures("without")
async def test_the_picture_is_drawn_into_the_page_without_script_or_style(
    signed_in: SignedIn,
) -> None:
    manager = await signed_in("quanly")
    await manager.submit(f"{OVERVIEW}/bat-dau", page=OVERVIEW)
    answer = await manager.get(APP)
    assert answer.headers["cache-control"] == "no-store"
    assert "<svg" in answer.text.split('class="qr"')[1]
    assert not re.search(r"<script(?![^>]* src=)|<style| on\w+=| style=", answer.text)
    secret = secret_on(answer.text)
    assert f"secret={secret}" in answer.text  # the link for the phone that shows the page
    assert (await manager.get(APP)).text.count(secret) == answer.text.count(secret)


@pytest.mark.usefixtures("without")
async def test_nothing_is_on_until_the_app_has_shown_a_code(
    signed_in: SignedIn, db: Database
) -> None:
    manager = await signed_in("quanly")
    await manager.submit(f"{OVERVIEW}/bat-dau", page=OVERVIEW)
    wrong = await manager.submit(APP, page=APP, code="000000")
    assert (wrong.status_code, "Mã chưa đúng" in wrong.text) == (422, True)
    assert (await manager.get("/console")).headers["location"] == OVERVIEW
    async with db.begin() as session:
        assert (await session.execute(select(SecondFactor))).first() is None


@pytest.mark.usefixtures("without")
async def test_setting_it_up_ends_sessions_that_were_opened_without_it(signed_in: SignedIn) -> None:
    here, elsewhere = await signed_in("ap1"), await signed_in("ap1")
    await set_up(here)
    assert (await here.get("/console")).status_code == 200
    assert (await elsewhere.get("/console")).status_code == 303


@pytest.mark.usefixtures("without")
async def test_two_windows_that_set_it_up_at_once_leave_one_app_and_its_codes(
    signed_in: SignedIn, db: Database
) -> None:
    manager = await signed_in("quanly")
    await manager.submit(f"{OVERVIEW}/bat-dau", page=OVERVIEW)
    code = pyotp.TOTP(secret_on((await manager.get(APP)).text)).now()
    token = re.search(r'_csrf_token" value="(\w+)"', (await manager.get(APP)).text)
    assert token
    form = {"_csrf_token": token[1], "code": code}
    answers = await asyncio.gather(*(manager.post(APP, data=form) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 303, 303]
    async with db.begin() as session:
        rows = (await session.execute(select(RecoveryCode))).scalars().all()
    assert len(rows) == recovery_codes.HOW_MANY


async def test_leaders_may_have_it_and_may_leave_it(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    leader = await signed_in("ap1")
    assert "không bắt buộc" in (await leader.get(OVERVIEW)).text
    secret, _ = await set_up(leader)
    async with db.begin() as session:
        await session.execute(update(SecondFactor).values(last_step=0))
    off = f"{OVERVIEW}/tat"
    wrong = await leader.submit(off, page=OVERVIEW, password=PASSWORD, code="000000")
    assert wrong.status_code == 422
    code = pyotp.TOTP(secret).now()
    done = await leader.submit(off, page=OVERVIEW, password=PASSWORD, code=code)
    assert done.headers["location"] == f"{OVERVIEW}?da=tat-hai-buoc"
    async with db.begin() as session:
        assert not await second_factor.has(session, people.officers["ap1"].id)
        assert await recovery_codes.left(session, people.officers["ap1"].id) == 0


async def test_a_manager_cannot_leave_it(signed_in: SignedIn, site: Site) -> None:
    manager = await signed_in("quanly")
    assert "/hai-buoc/tat" not in (await manager.get(OVERVIEW)).text
    code = code_for(site.database_url, "quanly")
    answer = await manager.submit(f"{OVERVIEW}/tat", page=OVERVIEW, password=PASSWORD, code=code)
    assert (answer.status_code, "luôn cần" in answer.text) == (422, True)


@pytest.mark.parametrize("form", ["bat-dau", "ma-du-phong"])
async def test_a_new_app_and_new_codes_ask_for_password_and_code(
    signed_in: SignedIn, site: Site, form: str
) -> None:
    manager = await signed_in("quanly")
    path = f"{OVERVIEW}/{form}"
    code = code_for(site.database_url, "quanly")
    for proof in ({}, {"password": PASSWORD}, {"password": "đoán mò", "code": code}):
        answer = await manager.submit(path, page=OVERVIEW, **proof)
        assert (answer.status_code, "chưa đúng" in answer.text) == (422, True), proof
    done = await manager.submit(path, page=OVERVIEW, password=PASSWORD, code=code)
    assert done.status_code in (200, 303)


# --- Codes on paper ------------------------------------------------------------------------------


@pytest.fixture
async def paper(db: Database, people: People) -> list[str]:
    codes = await recovery_codes.new_codes()
    async with db.begin() as session:
        await codes.keep(session, people.officers["quanly"].id)
    return codes.shown


async def test_each_code_on_paper_is_good_once(
    browser: Browser, db: Database, people: People, paper: list[str]
) -> None:
    path = "/console/dang-nhap"
    for typed, good in ((paper[0], True), (paper[0], False), (paper[1].upper(), True)):
        await browser.submit(path, page=path, username="quanly", password=PASSWORD)
        code_page = "/console/ma-xac-nhan"
        answer = await browser.submit(code_page, page=code_page, paper=typed)
        assert answer.status_code == (303 if good else 422), typed
    page = (await browser.get(OVERVIEW)).text
    assert "Còn 8 mã dự phòng" in page


async def test_a_code_on_paper_at_once_in_two_places_opens_one_session(
    db: Database, people: People, paper: list[str]
) -> None:
    tokens = [await half_open(db) for _ in range(2)]
    answers = await asyncio.gather(
        *(accounts.give_code(db, token, paper[0], HERE) for token in tokens), return_exceptions=True
    )
    assert sum(isinstance(answer, accounts.Opened) for answer in answers) == 1


async def test_codes_on_paper_are_kept_as_hashes(
    db: Database, people: People, paper: list[str]
) -> None:
    async with db.begin() as session:
        rows = (await session.execute(select(RecoveryCode))).scalars().all()
    assert len(rows) == len(paper) == recovery_codes.HOW_MANY
    assert all(row.code_hash.startswith("$argon2id$") for row in rows)
    secrets = [code.replace("-", "")[4:] for code in paper]
    assert not any(secret in row.code_hash for row in rows for secret in secrets)


async def test_nobody_elses_code_on_paper_is_good(
    db: Database, people: People, paper: list[str]
) -> None:
    assert not await recovery_codes.use(db, people.officers["quantri"].id, paper[0])


async def test_new_codes_make_the_old_ones_worthless(
    signed_in: SignedIn, site: Site, db: Database, people: People, paper: list[str]
) -> None:
    manager = await signed_in("quanly")
    code = code_for(site.database_url, "quanly")
    done = await manager.submit(
        f"{OVERVIEW}/ma-du-phong", page=OVERVIEW, password=PASSWORD, code=code
    )
    fresh = re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", done.text)
    assert len(fresh) == recovery_codes.HOW_MANY
    officer = people.officers["quanly"].id
    assert not await recovery_codes.use(db, officer, paper[3])
    assert await recovery_codes.use(db, officer, fresh[3])
    assert fresh[0] not in (await manager.get(OVERVIEW)).text  # shown once


def test_a_secret_has_as_many_bits_as_the_standard_asks() -> None:
    assert len(second_factor.new_secret()) * 5 >= 160
    assert second_factor.new_secret() != second_factor.new_secret()


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", "²²²²²²"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert second_factor.digits(typed) == ""


def test_the_clock_is_the_servers() -> None:
    assert abs(second_factor._clock() - time.time()) < 5
    assert second_factor.is_required(Officer(role="manager"))
