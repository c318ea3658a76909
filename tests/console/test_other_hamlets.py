"""Who knows a code or an id of what he may not read gets what he would get if it did not exist."""

import re
import uuid

import pytest

from bot.channels.base import AttachmentKind
from bot.db import Database
from bot.reports.models import Attachment, Report
from bot.triage.understanding import Category
from tests.audit.test_recorded import DRIVES
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser
from tests.console.test_access import ALLOWED
from tests.pictures import JPEG

NO_CODE, NO_ID = "PA-ACDEF", str(uuid.uuid4())
IDENTIFIED = sorted(
    route
    for route in ALLOWED
    if "{" in route[1].replace("{folder:str}", "") and "ap1" in ALLOWED[route]
)
OTHERS = {
    "another hamlet's": {"hamlet": "Ấp 2"},
    "no hamlet's": {"hamlet": "", "category": Category.DISPUTE},
    "about the police": {"category": Category.POLICE_CONDUCT},
    "about the police, read as something else": {"managers_only": True},
}


async def keep(db: Database, people: People, **values: object) -> tuple[str, str]:
    """The code of a report and the id of its picture."""
    managers_only = bool(values.pop("managers_only", False))
    async with db.begin() as session:
        made: Report = await report(session, people, "lời kín", **values)  # type: ignore[arg-type]
        made.managers_only = made.managers_only or managers_only
        kind = {"kind": AttachmentKind.PHOTO, "channel": "web", "mime": "image/jpeg"}
        file = Attachment(report_id=made.id, content=JPEG, **kind)
        session.add(file)
        await session.flush()
        return made.code, str(file.id)


async def ask(
    browser: Browser, route: tuple[str, str], code: str, some_id: str
) -> tuple[int, bytes]:
    """Status and body; a form is sent as an officer would fill it in."""
    method, path = route
    path = re.sub(r"\{\w+:uuid\}", some_id, path.replace("{code:str}", code))
    token = {"_csrf_token": browser.cookies.get("csrftoken") or ""}
    form = {"other": NO_CODE, "code": code} | DRIVES[route].form | token
    answer = await browser.request(method, path, data=None if method == "GET" else form)
    return answer.status_code, answer.content


@pytest.mark.parametrize("whose", OTHERS)
async def test_a_leader_gets_the_same_answer_as_if_it_did_not_exist(
    whose: str, signed_in: SignedIn, people: People, db: Database
) -> None:
    code, file_id = await keep(db, people, **OTHERS[whose])
    own, own_file = await keep(db, people)
    leader, manager = await signed_in("ap1"), await signed_in("quanly")
    assert len(IDENTIFIED) > 12
    for route in IDENTIFIED:
        nothing = await ask(leader, route, NO_CODE, NO_ID)
        assert nothing[0] == 404, route
        assert await ask(leader, route, code, file_id) == nothing, route
        assert await ask(leader, route, code, own_file) == nothing, route
        if ":uuid}" in route[1]:
            assert await ask(leader, route, own, file_id) == nothing, route
    merging = ("POST", "/console/phan-anh/{code:str}/gop")
    with_nothing = await merge(leader, merging[1].replace("{code:str}", own), NO_CODE)
    assert with_nothing[0] == 409
    assert await merge(leader, merging[1].replace("{code:str}", own), code) == with_nothing
    assert (await leader.get(f"/console/phan-anh/{own}")).status_code == 200
    assert (await manager.get(f"/console/phan-anh/{code}")).status_code == 200
    queue = (await leader.get("/console")).text
    assert own in queue
    assert code not in queue


async def merge(browser: Browser, path: str, other: str) -> tuple[int, bytes]:
    form = {"_csrf_token": browser.cookies.get("csrftoken") or "", "other": other}
    answer = await browser.post(path, data=form)
    return answer.status_code, answer.content
