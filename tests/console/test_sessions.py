"""Where an officer is signed in, and ending what is not his."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from bot.console import accounts, sessions
from bot.console.browsers import Visitor, name_of
from bot.console.models import OfficerSession
from bot.db import Database, now
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People
from tests.console.site import Browser

PAGE, END = "/console/phien", "/console/phien/ket-thuc"
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F Build/UP1A) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)


def listed(page: str) -> list[str]:
    """The ids of sessions that can be ended."""
    found: list[str] = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
    return found


async def test_the_page_says_when_from_where_and_with_which_browser(
    signed_in: SignedIn, browser: Browser
) -> None:
    here = await signed_in("ap1")
    browser.headers["user-agent"] = PHONE
    await browser.sign_in("ap1", PASSWORD)
    page = (await here.get(PAGE)).text
    assert "Chrome trên Android" in page
    assert "127.0.0.1" in page
    assert page.count("Đang dùng") == 1
    assert len(listed(page)) == 1


async def test_no_more_of_a_browser_is_kept_and_the_address_is_sealed(
    browser: Browser, people: People, db: Database
) -> None:
    browser.headers["user-agent"] = PHONE
    await browser.sign_in("ap1", PASSWORD)
    async with db.begin() as session:
        row = str((await session.execute(text("SELECT * FROM officer_sessions"))).one())
    assert "Chrome trên Android" in row
    assert not re.search(r"SM-A155F|130\.0|127\.0\.0\.1", row)


async def test_one_session_is_ended_and_the_others_stay(signed_in: SignedIn) -> None:
    here = await signed_in("ap1")
    lost = await signed_in("ap1")
    lost_id = listed((await here.get(PAGE)).text)[0]
    other = await signed_in("ap1")
    done = await here.submit(END, page=PAGE, session=lost_id)
    assert done.headers["location"] == f"{PAGE}?da=ket-thuc-phien"
    assert (await lost.get("/console")).status_code == 303
    assert (await other.get("/console")).status_code == 200


async def test_all_others_are_ended_at_once(signed_in: SignedIn) -> None:
    here, elsewhere, colleague = [await signed_in(name) for name in ("ap1", "ap1", "ap2")]
    await here.submit(END, page=PAGE, session="others")
    assert (await here.get("/console")).status_code == 200
    assert (await elsewhere.get("/console")).status_code == 303
    assert (await colleague.get("/console")).status_code == 200


async def test_nobody_sees_or_ends_anothers_session(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    victim, admin = await signed_in("ap1"), await signed_in("quantri")
    async with db.begin() as session:
        query = select(OfficerSession.id).where(
            OfficerSession.officer_id == people.officers["ap1"].id
        )
        victims = (await session.execute(query)).scalar_one()
    page = await admin.get(PAGE)
    assert str(victims) not in page.text
    for named in (str(victims), str(uuid.uuid4()), "không phải", ""):
        await admin.submit(END, page=PAGE, session=named)
    assert (await victim.get("/console")).status_code == 200
    assert (await admin.get("/console")).status_code == 200


async def test_ending_one_takes_a_fresh_proof(signed_in: SignedIn, db: Database) -> None:
    here, elsewhere = await signed_in("ap1"), await signed_in("ap1")
    async with db.begin() as session:
        before = now() - sessions.FRESH - timedelta(seconds=1)
        await session.execute(update(OfficerSession).values(proved_at=before))
    refused = await here.submit(END, page=PAGE, session="others")
    assert refused.headers["location"] == f"/console/xac-nhan?next={PAGE}"
    assert (await elsewhere.get("/console")).status_code == 200


async def test_one_session_too_many_ends_the_one_used_longest_ago(
    db: Database, people: People
) -> None:
    tokens = [
        (await accounts.sign_in(db, "ap1", PASSWORD, Visitor("192.0.2.1"))).token
        for _ in range(sessions.AT_MOST)
    ]
    async with db.begin() as session:
        oldest = await sessions.find(session, tokens[4])
        assert oldest
        oldest.last_seen_at = now() - timedelta(hours=1)
    await accounts.sign_in(db, "ap1", PASSWORD, Visitor("192.0.2.1"))
    async with db.begin() as session:
        last = [await sessions.find(session, token) is not None for token in tokens]
    assert last == [n != 4 for n in range(sessions.AT_MOST)]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (PHONE, "Chrome trên Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0",
         "Edge trên Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
         "Safari trên iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
         "Firefox trên Linux"),
        ("", "Trình duyệt khác"),
        ("\x00<script>" * 900, "Trình duyệt khác"),
    ],
)  # fmt: skip
def test_a_browser_is_called_by_its_name(told: str, name: str) -> None:
    assert name_of(told) == name
