"""Showing again who one is, before the most is shown or taken out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.console import sessions, throttle
from bot.console.guards import Needs
from bot.console.models import OfficerSession
from bot.console.permissions import Permission
from bot.console.routes import handlers
from bot.db import Database, now
from bot.reports.models import Report
from tests.codes import code_for
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People, report
from tests.console.site import Browser, Site

PROOF = "/console/xac-nhan"
REASON = "cần gọi lại để hỏi rõ chỗ xảy ra"


async def let_time_pass(db: Database) -> None:
    """Everybody signed in a while ago."""
    async with db.begin() as session:
        before = now() - sessions.FRESH - timedelta(seconds=1)
        await session.execute(update(OfficerSession).values(proved_at=before))


@pytest.fixture
async def anonymous(db: Database, people: People) -> Report:
    async with db.begin() as session:
        made = await report(session, people, "lời kín")
        made.anonymous = True
    return made


async def reveal(browser: Browser, made: Report) -> tuple[int, str, str]:
    page = f"/console/phan-anh/{made.code}"
    answer = await browser.submit(f"{page}/danh-tinh", page=page, reason=REASON)
    return answer.status_code, answer.headers.get("location", ""), answer.text


@pytest.mark.parametrize("way", ["password", "code"])
async def test_who_a_reporter_is_takes_a_fresh_proof(
    signed_in: SignedIn, db: Database, site: Site, anonymous: Report, way: str
) -> None:
    manager = await signed_in("quanly")
    await let_time_pass(db)
    page = f"/console/phan-anh/{anonymous.code}"
    asked = f"{PROOF}?next={page}"
    assert (await reveal(manager, anonymous))[:2] == (303, asked)
    assert "Danh tính người báo" not in (await manager.get(page)).text
    before = manager.cookies["binhyen_officer"]
    proof = PASSWORD if way == "password" else code_for(site.database_url, "quanly")
    done = await manager.submit(PROOF, page=asked, proof=proof, next=page)
    assert done.headers["location"] == page
    assert manager.cookies["binhyen_officer"] != before
    async with site.browser() as thief:
        thief.cookies.set("binhyen_officer", before)
        assert (await thief.get("/console")).status_code == 303
    status, _, text = await reveal(manager, anonymous)
    assert (status, "Danh tính người báo" in text) == (200, True)


async def test_a_wrong_proof_opens_nothing_and_leads_nowhere_else(
    signed_in: SignedIn, db: Database, anonymous: Report
) -> None:
    manager = await signed_in("quanly")
    await let_time_pass(db)
    for wrong in ("đoán mò", "000000", ""):
        answer = await manager.submit(PROOF, page=PROOF, proof=wrong, next="//evil.example")
        assert (answer.status_code, "chưa đúng" in answer.text) == (422, True)
        assert "evil" not in answer.text
    assert (await reveal(manager, anonymous))[0] == 303
    done = await manager.submit(PROOF, page=PROOF, proof=PASSWORD, next="//evil.example")
    assert done.headers["location"] == "/console"


async def test_a_stolen_session_is_no_way_to_guess_the_password(
    signed_in: SignedIn, people: People
) -> None:
    leader = await signed_in("ap1")
    for _ in range(throttle.FREE_TRIES):
        await leader.submit(PROOF, page=PROOF, proof="đoán mò")
    answer = await leader.submit(PROOF, page=PROOF, proof=PASSWORD)
    assert (answer.status_code, "đợi" in answer.text) == (422, True)
    again = await signed_in("ap1")  # the officer himself is not kept out
    assert (await again.submit(PROOF, page=PROOF, proof=PASSWORD)).status_code == 303


async def test_two_proofs_at_once_leave_one_session(
    signed_in: SignedIn, db: Database, site: Site, people: People
) -> None:
    leader = await signed_in("ap1")
    page = (await leader.get(PROOF)).text
    token = page.split('_csrf_token" value="')[1].split('"')[0]
    form = {"_csrf_token": token, "proof": PASSWORD}
    answers = await asyncio.gather(*(leader.post(PROOF, data=form) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {303}
    led = sorted(answer.headers["location"] for answer in answers)
    assert led.count("/console") == 1
    async with db.begin() as session:
        assert len((await session.execute(select(OfficerSession))).scalars().all()) == 1


def test_whatever_reveals_or_exports_or_makes_accounts_takes_a_fresh_proof() -> None:
    """Also routes that are still to come."""
    asked = {Permission.REVEAL_IDENTITY, Permission.EXPORT}
    guards = [
        guard
        for router in handlers
        for route in router.routes
        for handler in route.route_handlers
        for guard in handler.guards or ()
        if isinstance(guard, Needs) and guard.permission in asked
    ]
    assert guards
    assert all(guard.fresh for guard in guards)
