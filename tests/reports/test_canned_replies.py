"""Ready answers: those that come along, what managers make of them, and how one is put to use."""

import re

import httpx
import pytest
from sqlalchemy import select

from bot.audit.models import Action, AuditEntry
from bot.db import Database
from bot.groups.models import Officer
from bot.reports import canned_replies
from bot.reports.canned_replies import FIELDS, MAX_TEXT, MAX_TITLE, Canned, defaults, fields_of
from bot.reports.errors import NotAllowed
from bot.reports.models import CannedReply, EventType
from bot.triage.understanding import REPORTS, Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser
from tests.reports.test_report_page import act, events

PAGE = "/console/cau-mau"


async def ready(db: Database, people: People, who: str = "ap1", **values: object) -> dict[str, str]:
    """What is offered for a new report, by title."""
    async with db.begin() as session:
        made = await report(session, people, "ồn", **values)
        officer = await session.get_one(Officer, people.officers[who].id)
        return {
            each.title: each.text for each in await canned_replies.ready_for(session, made, officer)
        }


async def phone(db: Database, people: People, who: str, number: str, *, public: bool) -> None:
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers[who].id)
        officer.phone, officer.phone_public = number, public


@pytest.mark.parametrize("canned", defaults().values(), ids=defaults())
def test_those_that_come_along_can_be_saved_as_they_are(canned: Canned) -> None:
    assert fields_of(canned.text) <= FIELDS.keys()
    assert canned.category is None or canned.category in REPORTS
    assert 0 < len(canned.title) <= MAX_TITLE
    assert len(canned.text) <= MAX_TEXT


def test_every_kind_of_report_has_some() -> None:
    assert {None, *REPORTS} - {Category.OTHER_SECURITY} == {c.category for c in defaults().values()}


async def test_the_fields_are_filled_in(db: Database, people: People) -> None:
    offered = await ready(db, people)
    assert re.fullmatch(
        r"Công an Xã Đồng Tâm đã nhận phản ánh PA-\w+ của bà con .*", offered["Đã nhận tin"]
    )
    assert "nhắc nhở ở Ấp 1." in offered["Ồn ào, đã nhắc nhở"]
    assert not any("{" in text for text in offered.values())


async def test_what_needs_a_thing_that_is_not_known_is_not_offered(
    db: Database, people: People
) -> None:
    assert "Mời gọi điện" not in await ready(db, people)
    await phone(db, people, "ap1", "0911111111", public=False)
    assert "Mời gọi điện" not in await ready(db, people)
    await phone(db, people, "ap1", "0911111111", public=True)
    assert "0911111111 (Nguyễn Văn Hải)" in (await ready(db, people))["Mời gọi điện"]
    of_nowhere = await ready(db, people, "quanly", hamlet="")
    assert "Ồn ào, đã nhắc nhở" not in of_nowhere


async def test_only_those_of_its_kind_are_offered(db: Database, people: People) -> None:
    dispute = await ready(db, people, category=Category.DISPUTE)
    assert "Hẹn hòa giải" in dispute
    assert "Đã nhận tin" in dispute
    assert "Sẽ tuần tra" not in dispute


@pytest.mark.parametrize(
    "text",
    [
        "gọi {phone}",
        "{",
        "}",
        "{0}",
        "{}",
        "{code!r}",
        "{code:>99999999}",
        "{code.__class__}",
        "{officer[name]}",
        "{hamlet",
    ],
)
async def test_unknown_fields_are_refused(
    db: Database, people: People, signed_in: SignedIn, text: str
) -> None:
    async with db.begin() as session:
        with pytest.raises(NotAllowed, match="Trong ngoặc nhọn chỉ được ghi"):
            await canned_replies.save(session, "", "", "Tên", text)


async def save(manager: Browser, **fields: str) -> httpx.Response:
    form = {"key": "", "category": "", "title": "Hẹn gặp", "text": "Hẹn bà con ở {hamlet}."}
    return await manager.submit(PAGE, page=PAGE, **(form | fields))


async def test_a_manager_adds_changes_and_takes_away(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    assert (await save(manager)).status_code == 303
    assert (await ready(db, people))["Hẹn gặp"] == "Hẹn bà con ở Ấp 1."
    key = (await stored(db))[0].key
    await save(manager, key=key, text="Mai gặp.", category="dispute")
    assert "Hẹn gặp" not in await ready(db, people)
    assert (await ready(db, people, category=Category.DISPUTE))["Hẹn gặp"] == "Mai gặp."
    await manager.submit(f"{PAGE}/bo", page=PAGE, key=key)
    assert await stored(db) == []


async def test_what_came_along_can_be_changed_taken_away_and_had_back(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    manager = await signed_in("quanly")
    await save(manager, key="thanks", title="Cảm ơn", text="Cảm ơn nhiều.")
    assert (await ready(db, people))["Cảm ơn"] == "Cảm ơn nhiều."
    await manager.submit(f"{PAGE}/bo", page=PAGE, key="thanks")
    assert "Cảm ơn" not in await ready(db, people)
    assert "Đã bỏ" in (await manager.get(PAGE)).text
    await manager.submit(f"{PAGE}/dung-lai", page=PAGE, key="thanks")
    assert (await ready(db, people))["Cảm ơn"] == defaults()["thanks"].text


async def test_a_refusal_keeps_what_was_typed(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    answer = await save(await signed_in("quanly"), title="Tên đã gõ", text="Chào {reporter}")
    assert answer.status_code == 409
    assert "Trong ngoặc nhọn chỉ được ghi" in answer.text
    assert 'value="Tên đã gõ"' in answer.text
    assert ">Chào {reporter}</textarea>" in answer.text
    assert await stored(db) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"title": "x" * 81},
        {"text": ""},
        {"text": "x" * 1001},
        {"category": "small_talk"},
        {"key": "khong-co"},
    ],
)
async def test_what_says_nothing_is_refused(
    db: Database, people: People, signed_in: SignedIn, fields: dict[str, str]
) -> None:
    async with db.begin() as session:
        form = {"key": "", "category": "", "title": "Tên", "text": "Lời"} | fields
        with pytest.raises(NotAllowed):
            await canned_replies.save(session, **form)


async def test_changes_are_logged_without_words(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    await save(await signed_in("quanly"), key="thanks", title="Cảm ơn", text="Cảm ơn nhiều.")
    async with db.begin() as session:
        query = select(AuditEntry).where(AuditEntry.action == Action.CANNED_REPLY_SAVED)
        [entry] = (await session.scalars(query)).all()
    assert entry.data == {"canned": "thanks"}


async def test_without_javascript_it_comes_into_the_box_and_nothing_is_sent(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        code = (await report(session, people, "ồn")).code
    officer = await signed_in("ap1")
    page = (await officer.get(f"/console/phan-anh/{code}")).text
    assert f'formaction="/console/phan-anh/{code}/cau-mau"' in page
    assert "Sửa các câu mẫu" not in page
    answer = await act(officer, code, "cau-mau", text="Chào cô.", canned="thanks")
    assert answer.status_code == 200
    assert f">Chào cô.\n{defaults()['thanks'].text}</textarea>" in answer.text
    unknown = await act(officer, code, "cau-mau", text="Chào cô.", canned="khong-co")
    assert ">Chào cô.</textarea>" in unknown.text
    assert await events(db, code) == [EventType.CREATED]


async def stored(db: Database) -> list[CannedReply]:
    async with db.begin() as session:
        return list((await session.scalars(select(CannedReply))).all())
