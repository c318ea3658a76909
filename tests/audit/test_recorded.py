"""Every route of the console is driven once: what the log has of it afterwards, and what never."""

import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit.models import Action, AuditEntry
from bot.audit.verify import verify
from bot.channels.base import AttachmentKind
from bot.console.models import OfficerSession, SecondFactor
from bot.db import Database, now
from bot.groups.duty import DEFAULT, parse_duty
from bot.groups.models import Officer
from bot.procedures.models import Procedure, ProcedureGap, ProcedureVersion
from bot.reports import anonymity, merging, officers
from bot.reports.deadline_settings import shown_calendar, shown_limits
from bot.reports.limits import DEFAULTS, Limits
from bot.reports.models import Attachment, Report
from bot.settings import Settings
from bot.triage.understanding import Category
from tests.audit.trail import trail
from tests.codes import SECRET
from tests.console import procedures
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People, report, undelivered
from tests.console.procedures import DOG
from tests.console.site import Browser, Site, console_app
from tests.console.test_access import routes
from tests.pictures import JPEG

WORDS = "xóm tôi nghe tiếng đập phá suốt đêm"
HOME = "/console"
ACCOUNT = f"{HOME}/tai-khoan/{{username:str}}"
REPORT = f"{HOME}/phan-anh/{{code:str}}"
PROCEDURE = f"{HOME}/thu-tuc/{{procedure_id:str}}"
Before = Callable[[AsyncSession, Report, Report, Officer], Awaitable[None]]


@dataclass(frozen=True)
class Drive:
    """Sent by the manager, with a form where it is one; `before` makes the report ready for it."""

    logged: tuple[Action, ...] = ()
    form: dict[str, str] = field(default_factory=dict)
    before: Before | None = None
    who: str = "quanly"


async def misread(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await officers.correct(session, made, officer, Category.DISPUTE)


async def together(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await merging.merge(session, other, made, officer)


async def apart(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await merging.merge(session, made, other, officer)


async def unnamed(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await anonymity.hide(session, made)


async def doubtful(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    made.needs_review = True


async def rested(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    """Half a minute has passed: the app shows a new code."""
    await session.execute(update(SecondFactor).values(last_step=0))


async def scanned(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await session.execute(update(OfficerSession).values(new_secret=SECRET))


async def waited_for(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await officers.reply(session, made, officer, WORDS, waits=True)


async def ended(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await together(session, made, other, officer)
    await officers.close(session, made, officer, "resolved", "")


async def told(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    """Anew."""
    await session.execute(delete(ProcedureVersion))
    await session.execute(delete(Procedure))
    await procedures.told(session)


async def drafted(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await told(session, made, other, officer)
    await procedures.written(session, officer)


async def proposed(session: AsyncSession, made: Report, other: Report, officer: Officer) -> None:
    await told(session, made, other, officer)
    await procedures.proposed(session, officer)


async def proposed_by_another(
    session: AsyncSession, made: Report, other: Report, officer: Officer
) -> None:
    await told(session, made, other, officer)
    query = select(Officer).where(Officer.username == "ap1")
    await procedures.proposed(session, (await session.scalars(query)).one())


NOTHING = Drive()
"""Shows and changes nothing that the log is for."""

BY_ITSELF = Drive()
"""An open page asks for it by itself; its opening was logged."""

DRIVES: dict[tuple[str, str], Drive] = {
    ("GET", f"{HOME}/dang-nhap"): NOTHING,
    ("POST", f"{HOME}/dang-nhap"): Drive(
        (Action.SIGNED_IN,), {"username": "ap2", "password": PASSWORD}, who="ap2"
    ),
    ("GET", f"{HOME}/ma-xac-nhan"): NOTHING,
    ("POST", f"{HOME}/ma-xac-nhan"): NOTHING,  # signing in with it is logged: test_second_factor.py
    ("GET", f"{HOME}/xac-nhan"): NOTHING,
    ("POST", f"{HOME}/xac-nhan"): Drive((Action.PROVED,), {"proof": PASSWORD}),
    ("GET", f"{HOME}/hai-buoc"): NOTHING,
    ("POST", f"{HOME}/hai-buoc/bat-dau"): Drive((Action.PROVED,), {"password": PASSWORD}, rested),
    ("GET", f"{HOME}/hai-buoc/ung-dung"): NOTHING,
    ("POST", f"{HOME}/hai-buoc/ung-dung"): Drive((Action.SECOND_FACTOR_SET_UP,), before=scanned),
    ("POST", f"{HOME}/hai-buoc/ma-du-phong"): Drive(
        (Action.PROVED, Action.RECOVERY_CODES_MADE), {"password": PASSWORD}, rested
    ),
    ("POST", f"{HOME}/hai-buoc/tat"): Drive((Action.SECOND_FACTOR_OFF,), who="ap1"),
    ("GET", f"{HOME}/phien"): NOTHING,
    ("GET", f"{HOME}/tai-khoan"): Drive(who="quantri"),
    ("GET", f"{HOME}/tai-khoan-moi"): Drive(who="quantri"),
    ("POST", f"{HOME}/tai-khoan-moi/luu"): Drive(
        (Action.ACCOUNT_CREATED,),
        {"username": "moi", "name": "Ba Lành", "role": "manager"},
        who="quantri",
    ),
    ("GET", ACCOUNT): Drive(who="quantri"),
    ("POST", f"{ACCOUNT}/luu"): Drive(
        (Action.ACCOUNT_CHANGED,), {"name": "Ba Lành", "role": "manager"}, who="quantri"
    ),
    ("POST", f"{ACCOUNT}/khoa"): Drive((Action.ACCOUNT_DISABLED,), who="quantri"),
    ("POST", f"{ACCOUNT}/mo"): Drive((Action.ACCOUNT_ENABLED,), who="quantri"),
    ("POST", f"{ACCOUNT}/mat-khau"): Drive((Action.PASSWORD_RESET,), who="quantri"),
    ("POST", f"{ACCOUNT}/hai-buoc"): Drive((Action.SECOND_FACTOR_RESET,), who="quantri"),
    ("POST", f"{ACCOUNT}/dang-xuat"): Drive((Action.SESSIONS_ENDED,), who="quantri"),
    ("POST", f"{HOME}/phien/ket-thuc"): Drive((Action.SESSIONS_ENDED,), {"session": "others"}),
    ("POST", f"{HOME}/dang-xuat"): Drive((Action.SIGNED_OUT,), who="ap2"),
    ("GET", f"{HOME}/mat-khau"): NOTHING,
    ("POST", f"{HOME}/mat-khau"): Drive(
        (Action.PASSWORD_CHANGED,),
        {"current": PASSWORD, "new": "mưa rào đầu hạ tới", "repeated": "mưa rào đầu hạ tới"},
        who="ap1",
    ),
    ("POST", f"{HOME}/giao-dien"): NOTHING,
    ("GET", HOME): Drive((Action.QUEUE_SEEN,)),
    ("GET", f"{HOME}/su-kien"): BY_ITSELF,
    ("GET", f"{HOME}/hang-doi/{{folder:str}}"): Drive((Action.QUEUE_SEEN,)),
    ("GET", f"{HOME}/hang-doi/{{folder:str}}/danh-sach"): Drive((Action.QUEUE_SEEN,), who="ap1"),
    ("POST", f"{HOME}/hang-doi/tiep-nhan"): Drive((Action.ACKNOWLEDGED,)),
    ("POST", f"{HOME}/tim"): NOTHING,  # where it leads to is logged
    ("GET", f"{HOME}/tim"): NOTHING,  # without words
    ("GET", REPORT): Drive((Action.REPORT_SEEN,)),
    ("GET", f"{REPORT}/dien-bien"): Drive((Action.REPORT_SEEN,)),  # of a report not opened yet
    ("GET", f"{REPORT}/tep/{{file_id:uuid}}"): Drive((Action.FILE_SEEN,)),
    ("GET", f"{REPORT}/tep/{{file_id:uuid}}/nho"): Drive((Action.FILE_SEEN,)),
    ("POST", f"{REPORT}/tiep-nhan"): Drive((Action.ACKNOWLEDGED,)),
    ("POST", f"{REPORT}/tra-loi"): Drive((Action.REPLIED,), {"text": WORDS}),
    ("POST", f"{REPORT}/dang-viet"): BY_ITSELF,
    ("POST", f"{REPORT}/cau-mau"): Drive(
        (Action.REPORT_SEEN,), {"text": WORDS, "canned": "thanks"}
    ),
    ("POST", f"{REPORT}/hien-day-du"): Drive((Action.PERSONAL_SHOWN,)),
    ("POST", f"{REPORT}/che-lai"): Drive((Action.PERSONAL_HIDDEN,)),
    ("POST", f"{REPORT}/giao-lai"): Drive((Action.HANDED_BACK,)),
    ("POST", f"{REPORT}/ghi-chu"): Drive((Action.NOTE_WRITTEN,), {"text": WORDS}),
    ("POST", f"{REPORT}/doi-loai"): Drive((Action.CORRECTED,), {"category": "dispute"}),
    ("POST", f"{REPORT}/xem-lai"): Drive((Action.CLOSED,), {"is": "not_a_report"}, doubtful),
    ("POST", f"{REPORT}/hoc"): Drive((Action.LEARNING_ALLOWED,), {"text": WORDS}, misread),
    ("POST", f"{REPORT}/khong-hoc"): Drive((Action.LEARNING_REFUSED,), before=misread),
    ("POST", f"{REPORT}/ket-thuc"): Drive(
        (Action.CLOSED, Action.CLOSED), {"outcome": "resolved", "text": WORDS}, together
    ),
    ("POST", f"{REPORT}/giao"): Drive((Action.ASSIGNED,)),
    ("POST", f"{REPORT}/chuyen-ap"): Drive(
        (Action.TRANSFERRED, Action.TRANSFERRED), {"note": WORDS}, together
    ),
    ("POST", f"{REPORT}/chuyen-to-quan-ly"): Drive((Action.TRANSFERRED,), {"note": WORDS}),
    ("POST", f"{REPORT}/chuyen-co-quan"): Drive(
        (Action.TRANSFERRED,), {"body": "court", "text": WORDS}
    ),
    ("POST", f"{REPORT}/thoi-cho"): Drive((Action.WAITING_ENDED,), before=waited_for),
    ("POST", f"{REPORT}/mo-lai"): Drive(
        (Action.REOPENED, Action.REOPENED), {"reason": WORDS}, ended
    ),
    ("POST", f"{REPORT}/gop"): Drive((Action.MERGED,)),
    ("POST", f"{REPORT}/tach"): Drive((Action.UNMERGED,), before=apart),
    ("POST", f"{REPORT}/danh-tinh"): Drive(
        (Action.IDENTITY_REVEALED, Action.REPORT_SEEN), {"reason": WORDS}, unnamed
    ),
    ("GET", f"{HOME}/hieu-dung"): NOTHING,
    ("GET", f"{HOME}/nhat-ky"): Drive((Action.AUDIT_SEEN,)),
    ("GET", f"{HOME}/thoi-han"): NOTHING,
    ("POST", f"{HOME}/thoi-han/lich"): Drive(
        (Action.CALENDAR_CHANGED,), shown_calendar(parse_duty(**DEFAULT))
    ),
    ("POST", f"{HOME}/thoi-han/han"): Drive(
        (Action.DEADLINES_CHANGED,), shown_limits(Limits(DEFAULTS, {}))
    ),
    ("GET", f"{HOME}/so-lieu"): NOTHING,
    ("GET", f"{HOME}/luu-giu"): NOTHING,
    ("GET", f"{HOME}/cau-hoi"): NOTHING,
    ("POST", f"{HOME}/cau-hoi/da-bo-sung"): Drive((Action.GAP_ANSWERED,)),
    ("POST", f"{HOME}/cau-hoi/bo-qua"): Drive((Action.GAP_LEFT,)),
    ("POST", f"{HOME}/cau-hoi/soan"): Drive((Action.PROCEDURE_DRAFTED,)),
    ("POST", f"{HOME}/cau-hoi/them-vao"): Drive(
        (Action.PROCEDURE_DRAFTED,), {"procedure": DOG}, told
    ),
    ("GET", f"{HOME}/thu-tuc"): NOTHING,
    ("GET", f"{HOME}/thu-tuc-moi"): NOTHING,
    ("POST", f"{HOME}/thu-tuc-moi"): Drive((Action.PROCEDURE_DRAFTED,), {"name": WORDS}),
    ("GET", PROCEDURE): Drive(before=told),
    ("GET", f"{PROCEDURE}/soan"): Drive(before=told),
    ("POST", f"{PROCEDURE}/soan"): Drive((Action.PROCEDURE_DRAFTED,), {"name": WORDS}, told),
    ("POST", f"{PROCEDURE}/bo-nhap"): Drive(
        (Action.PROCEDURE_DRAFT_DROPPED,), {"number": "2"}, drafted
    ),
    ("POST", f"{PROCEDURE}/kiem-tra-lai"): Drive(
        (Action.PROCEDURE_PROPOSED,), {"how": WORDS, "check_by": "2099-01-01"}, told
    ),
    ("POST", f"{PROCEDURE}/ngung"): Drive((Action.PROCEDURE_WITHDRAWN,), {"note": WORDS}, told),
    ("GET", f"{PROCEDURE}/ban/{{number:int}}"): Drive(before=proposed),
    ("GET", f"{PROCEDURE}/ban/{{number:int}}/trang"): Drive(before=proposed),
    ("POST", f"{PROCEDURE}/ban/{{number:int}}/lay"): Drive(
        (Action.PROCEDURE_DRAFTED,), before=proposed
    ),
    ("POST", f"{PROCEDURE}/ban/{{number:int}}/rut"): Drive(
        (Action.PROCEDURE_TAKEN_BACK,), before=proposed
    ),
    ("POST", f"{PROCEDURE}/ban/{{number:int}}/duyet"): Drive(
        (Action.PROCEDURE_PUBLISHED,), before=proposed_by_another
    ),
    ("POST", f"{PROCEDURE}/ban/{{number:int}}/tu-choi"): Drive(
        (Action.PROCEDURE_REJECTED,), {"note": WORDS}, proposed_by_another
    ),
    ("GET", f"{HOME}/cau-mau"): NOTHING,
    ("POST", f"{HOME}/cau-mau"): Drive(
        (Action.CANNED_REPLY_SAVED,), {"key": "thanks", "title": "Cảm ơn", "text": WORDS}
    ),
    ("POST", f"{HOME}/cau-mau/bo"): Drive((Action.CANNED_REPLY_REMOVED,), {"key": "thanks"}),
    ("POST", f"{HOME}/cau-mau/dung-lai"): Drive((Action.CANNED_REPLY_SAVED,), {"key": "thanks"}),
    ("GET", f"{HOME}/su-co"): NOTHING,
    ("POST", f"{HOME}/su-co/{{outbound_id:uuid}}/gui-lai"): Drive((Action.DELIVERY_REPEATED,)),
    ("POST", f"{HOME}/su-co/{{outbound_id:uuid}}/bo-qua"): Drive((Action.DELIVERY_DROPPED,)),
}


def test_every_route_is_driven_below(settings: Settings) -> None:
    assert routes(console_app(settings)) == set(DRIVES)


async def test_the_log_has_what_each_route_shows_and_does_and_nobodys_words(
    db: Database,
    people: People,
    signed_in: SignedIn,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    browsers = {name: await signed_in(name) for name in ("quanly", "ap1", "ap2", "quantri")}
    done = len(await trail(db))
    for (method, route), drive in DRIVES.items():
        made, path, gap = await ready(db, people, route, drive)
        form = {
            "other": made[1].code,
            "report": made[0].code,
            "code": pyotp.TOTP(SECRET).now(),
            "officer": str(people.officers["ap1"].id),
            "hamlet": str(people.hamlets["Ấp 2"].id),
            "gap": str(gap),
            **drive.form,
        }
        status = await send(browsers[drive.who], method, path, form)
        assert status < 400, (method, route, status)
        new = (await trail(db))[done:]
        done += len(new)
        assert tuple(entry.action for entry in new) == drive.logged, (method, route)
        for entry in new:
            tells_who_and_what(entry, people.officers[drive.who], made)
    assert (await verify(db)).whole
    async with db.begin() as session:
        kept = str(await session.scalar(text("SELECT json_agg(t)::text FROM audit_entries t")))
    for output in (kept, caplog.text, *capfd.readouterr()):
        for word in ("tiếng", "đập phá", "Ba Lành", "0900000123", "hạt cà phê", "mưa rào"):
            assert word not in output


def tells_who_and_what(entry: AuditEntry, officer: Officer, made: tuple[Report, Report]) -> None:
    assert entry.officer_id == officer.id
    assert entry.address == "127.0.0.1"
    about_report = entry.action not in ABOUT_NO_REPORT
    assert (entry.report_code in {each.code for each in made}) is about_report


ABOUT_NO_REPORT = {
    *(Action.SIGNED_IN, Action.SIGNED_OUT, Action.PASSWORD_CHANGED, Action.QUEUE_SEEN),
    *(Action.DELIVERY_REPEATED, Action.DELIVERY_DROPPED, Action.AUDIT_SEEN),
    *(Action.CALENDAR_CHANGED, Action.DEADLINES_CHANGED, Action.GAP_ANSWERED, Action.GAP_LEFT),
    *(Action.CANNED_REPLY_SAVED, Action.CANNED_REPLY_REMOVED),
    *(Action.PROCEDURE_DRAFTED, Action.PROCEDURE_DRAFT_DROPPED, Action.PROCEDURE_PROPOSED),
    *(Action.PROCEDURE_TAKEN_BACK, Action.PROCEDURE_REJECTED, Action.PROCEDURE_PUBLISHED),
    Action.PROCEDURE_WITHDRAWN,
    *(Action.PROVED, Action.SECOND_FACTOR_SET_UP, Action.SECOND_FACTOR_OFF),
    *(Action.RECOVERY_CODES_MADE, Action.SESSIONS_ENDED),
    *(Action.ACCOUNT_CREATED, Action.ACCOUNT_CHANGED, Action.ACCOUNT_DISABLED),
    *(Action.ACCOUNT_ENABLED, Action.PASSWORD_RESET, Action.SECOND_FACTOR_RESET),
}


async def ready(
    db: Database, people: People, route: str, drive: Drive
) -> tuple[tuple[Report, Report], str, uuid.UUID]:
    """Two fresh reports of one hamlet, the address of the first, and a question's id."""
    async with db.begin() as session:
        made, other = [await report(session, people, WORDS) for _ in range(2)]
        file = Attachment(
            report_id=made.id,
            kind=AttachmentKind.PHOTO,
            channel="web",
            mime="image/jpeg",
            content=JPEG,
        )
        session.add(file)
        row = await undelivered(session)
        gap = ProcedureGap(inbound_id=uuid.uuid4(), question=f"{WORDS} {made.code}")
        session.add(gap)
        if drive.before:
            officer = await session.get_one(Officer, people.officers["quanly"].id)
            await drive.before(session, made, other, officer)
    path = route.replace("{folder:str}", "tat-ca").replace("{code:str}", made.code)
    path = path.replace("{file_id:uuid}", str(file.id))
    path = path.replace("{procedure_id:str}", DOG).replace("{number:int}", "2")
    path = path.replace("{username:str}", "phoap1")
    return (made, other), path.replace("{outbound_id:uuid}", str(row.id)), gap.id


async def send(browser: Browser, method: str, path: str, form: dict[str, str]) -> int:
    if method == "GET":
        async with browser.stream("GET", path) as answer:
            return answer.status_code
    token = browser.cookies.get("csrftoken") or ""
    return (await browser.post(path, data={"_csrf_token": token, **form})).status_code


async def test_a_page_that_refreshes_itself_is_logged_once(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    made, _, _ = await ready(db, people, REPORT, NOTHING)
    async with db.begin() as session:
        file = await session.scalar(select(Attachment.id).where(Attachment.report_id == made[0].id))
    leader = await signed_in("ap1")
    page = f"{HOME}/phan-anh/{made[0].code}"
    before = len(await trail(db))
    await leader.get(page)
    for _ in range(3):
        await leader.get(f"{page}/dien-bien", headers={"hx-request": "true"})
        await leader.get(f"{page}/tep/{file}/nho")
        await leader.get(f"{page}/tep/{file}", headers={"range": "bytes=0-9"})
    new = (await trail(db))[before:]
    assert [entry.action for entry in new] == [Action.REPORT_SEEN, Action.FILE_SEEN]
    await (await signed_in("quanly")).get(f"{page}/tep/{file}")
    assert (await trail(db))[-1].officer_id == people.officers["quanly"].id


async def test_a_list_that_refreshes_itself_is_logged_once_and_another_by_itself(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    leader = await signed_in("ap1")
    page, place = f"{HOME}/hang-doi/tat-ca", f"sau=t.1.{'0' * 32}"
    before = len(await trail(db))
    for asked in ("", "?khan=1", f"?khan=1&{place}"):
        await leader.get(f"{page}{asked}")
        for _ in range(2):
            await leader.get(f"{page}/danh-sach{asked}", headers={"hx-request": "true"})
    new = (await trail(db))[before:]
    seen = [(entry.action, entry.data["further"], entry.data.get("khan")) for entry in new]
    opened = [(False, None), (False, "1"), (True, "1")]
    assert seen == [(Action.QUEUE_SEEN, *each) for each in opened]
    for _ in range(2):
        await leader.get(f"{page}/danh-sach?{place}")  # by hand, and nothing opened it before
    assert len(await trail(db)) == before + 4


async def test_what_is_refused_shows_nothing_and_logs_nothing(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    _, page, _ = await ready(db, people, REPORT, NOTHING)
    stranger, deputy = await signed_in("ap2"), await signed_in("phoap1")
    before = len(await trail(db))
    for browser in (stranger, deputy):
        assert await send(browser, "GET", page, {}) in (403, 404)
        assert await send(browser, "POST", f"{page}/tiep-nhan", {}) in (403, 404)
    assert len(await trail(db)) == before


async def test_what_an_officer_may_not_do_now_is_logged_as_seen_only(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    _, page, _ = await ready(db, people, REPORT, NOTHING)
    leader = await signed_in("ap1")
    before = len(await trail(db))
    await leader.get(HOME)
    assert await send(leader, "POST", f"{page}/tra-loi", {"text": ""}) == 409
    new = (await trail(db))[before:]
    assert [entry.action for entry in new] == [Action.QUEUE_SEEN, Action.REPORT_SEEN]


async def test_failed_sign_ins_name_the_account_where_there_is_one(
    db: Database, people: People, site: Site
) -> None:
    async with site.browser() as browser:
        for username in ("quanly", "khongcoai", "matkhautoigolon", "quanly"):
            await browser.sign_in(username, "sai mật khẩu rồi")
    entries = await trail(db)
    assert {entry.action for entry in entries} == {Action.SIGN_IN_FAILED}
    manager = people.officers["quanly"].id
    # Of names that do not exist one a minute: whoever tries many must not fill the log.
    assert [entry.officer_id for entry in entries] == [manager, None, manager]
    async with db.begin() as session:
        kept = str(await session.scalar(text("SELECT json_agg(t)::text FROM audit_entries t")))
    assert not re.search("khongcoai|golon|sai mật", kept)


async def test_a_one_time_password_that_ran_out_is_logged_as_a_failure(
    db: Database, people: People, site: Site
) -> None:
    leader = people.officers["ap1"].id
    async with db.begin() as session:
        (await session.get_one(Officer, leader)).password_expires_at = now() - timedelta(days=1)
    async with site.browser() as browser:
        await browser.sign_in("ap1", PASSWORD)
    assert [(e.action, e.officer_id) for e in await trail(db)] == [(Action.SIGN_IN_FAILED, leader)]


async def test_a_wrong_old_password_is_logged(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    leader = await signed_in("ap1")
    page = f"{HOME}/mat-khau"
    await leader.submit(page, page=page, current="sai", new="a" * 20, repeated="a" * 20)
    assert (await trail(db))[-1].action is Action.PASSWORD_NOT_CHANGED


async def test_who_is_behind_a_proxy_is_logged_with_his_own_address(
    db: Database, people: People, site: Site
) -> None:
    async with site.browser() as browser:
        browser.headers["x-forwarded-for"] = "203.0.113.9"
        await browser.sign_in("quanly", PASSWORD)
    assert (await trail(db))[-1].address == "203.0.113.9"


@pytest.mark.parametrize("address", ["x" * 300, "lời của bà con", "🌾" * 70, "<script>"])
async def test_whatever_stands_for_an_address_harms_nothing(
    db: Database, people: People, site: Site, address: str
) -> None:
    async with site.browser() as browser:
        browser.headers["x-forwarded-for"] = address
        assert (await browser.sign_in("quanly", PASSWORD)).status_code == 303
    assert (await verify(db)).whole
    assert (await trail(db))[-1].address == ""
