"""The accounts page: what an admin does there, and what even he cannot."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.audit.models import Action
from bot.console import accounts, second_factor, sessions, staff
from bot.console.accounts import Refused
from bot.console.browsers import Visitor
from bot.console.guards import Needs
from bot.console.models import OfficerSession
from bot.console.staff_views import handlers
from bot.db import Database, now
from bot.groups.models import Officer, Role
from bot.security.passwords import ONE_TIME_LASTS, hash_password
from tests.audit.trail import trail
from tests.console.fixtures import SignedIn
from tests.console.people import PASSWORD, People
from tests.console.site import Browser, Site

PAGE, NEW = "/console/tai-khoan", "/console/tai-khoan-moi"
ISSUED = re.compile(r"<dd class=\"one-time\">((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</dd>")
HERE = Visitor("192.0.2.1")


def issued(page: str) -> str:
    found = ISSUED.search(page)
    assert found, page
    return found[1]


async def create(admin: Browser, people: People, **changes: str) -> tuple[int, str]:
    fields = {
        "username": "ap4",
        "name": "Đặng Văn Bình",
        "role": "leader",
        "phone": "0900000014",
        "hamlets": str(people.hamlets["Ấp 2"].id),
    }
    answer = await admin.submit(f"{NEW}/luu", page=NEW, **fields | changes)
    return answer.status_code, answer.text


async def officer_named(db: Database, username: str) -> Officer:
    async with db.begin() as session:
        query = select(Officer).where(Officer.username == username)
        return (await session.execute(query)).scalar_one()


async def test_a_new_officer_gets_a_password_that_is_shown_once(
    signed_in: SignedIn, site: Site, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    status, page = await create(admin, people)
    assert status == 200
    password = issued(page)
    for path in (PAGE, f"{PAGE}/ap4"):
        shown = (await admin.get(path)).text
        assert "Đặng Văn Bình" in shown
        assert password not in shown
    made = await officer_named(db, "ap4")
    assert (made.role, [h.name for h in made.hamlets]) == (Role.LEADER, ["Ấp 2"])
    assert (made.must_change_password, made.phone_public) == (True, False)
    async with site.browser() as browser:
        await browser.sign_in("ap4", password)
        assert (await browser.get("/console")).headers["location"] == "/console/mat-khau"
    entry = (await trail(db))[-2]
    assert (entry.action, entry.data) == (
        Action.ACCOUNT_CREATED,
        {"account": "ap4", "role": "leader"},
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"username": "ap1"}, "đã có người dùng"),
        ({"username": "Ấp bốn"}, "chữ thường không dấu"),
        ({"username": "x"}, "chữ thường không dấu"),
        ({"username": "../x"}, "chữ thường không dấu"),
        ({"name": ""}, "họ tên"),
        ({"role": "boss"}, "vai trò"),
        ({"role": ""}, "vai trò"),
        ({"hamlets": ""}, "ít nhất một ấp"),
        ({"hamlets": "không phải ấp"}, "ít nhất một ấp"),
        ({"phone": "gọi tôi"}, "điện thoại"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    signed_in: SignedIn, people: People, changes: dict[str, str], why: str
) -> None:
    status, page = await create(await signed_in("quantri"), people, **changes)
    assert (status, why in page) == (409, True)
    assert changes.get("name", "Đặng Văn Bình") in page


async def test_two_admins_who_make_one_name_at_once_make_one_account(
    db: Database, people: People
) -> None:
    async def make() -> None:
        async with db.begin() as session:
            await staff.create(session, "moi", staff.Entry("Mới", "manager"), "x")

    answers = await asyncio.gather(make(), make(), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "NotDone"]


async def test_a_one_time_password_runs_out(db: Database, people: People) -> None:
    password, kept = await staff.new_password()
    async with db.begin() as session:
        officer = await session.get_one(Officer, people.officers["ap1"].id)
        await staff.give_password(session, officer, kept)
    async with db.begin() as session:
        soon = now() + timedelta(minutes=1)
        await session.execute(update(Officer).values(password_expires_at=soon))
    assert await accounts.sign_in(db, "ap1", password, HERE)
    async with db.begin() as session:
        gone = soon - ONE_TIME_LASTS
        await session.execute(update(Officer).values(password_expires_at=gone))
    with pytest.raises(Refused, match="đã hết hạn"):
        await accounts.sign_in(db, "ap1", password, HERE)
    with pytest.raises(Refused, match="chưa đúng"):  # whoever does not know it learns nothing
        await accounts.sign_in(db, "ap1", "đoán mò", HERE)


async def test_a_password_of_ones_own_does_not_run_out(
    signed_in: SignedIn, site: Site, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/ap1"
    password = issued((await admin.submit(f"{page}/mat-khau", page=page)).text)
    async with site.browser() as browser:
        await browser.sign_in("ap1", password)
        path, new = "/console/mat-khau", "con đò qua sông sớm"
        await browser.submit(path, page=path, new=new, repeated=new)
    officer = await officer_named(db, "ap1")
    assert (officer.password_expires_at, officer.must_change_password) == (None, False)


@pytest.mark.parametrize("form", ["mat-khau", "khoa", "dang-xuat", "hai-buoc"])
async def test_what_mends_an_account_ends_its_sessions(
    signed_in: SignedIn, people: People, form: str
) -> None:
    admin, manager, colleague = [await signed_in(n) for n in ("quantri", "quanly", "ap1")]
    page = f"{PAGE}/quanly"
    answer = await admin.submit(f"{page}/{form}", page=page)
    assert answer.status_code in (200, 303)
    assert (await manager.get("/console")).status_code == 303
    assert (await colleague.get("/console")).status_code == 200


async def test_another_role_ends_sessions_and_another_hamlet_does_not(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    admin, leader = await signed_in("quantri"), await signed_in("ap1")
    page = f"{PAGE}/ap1"
    fields = {"name": "Nguyễn Văn Hải", "hamlets": str(people.hamlets["Ấp 2"].id)}
    await admin.submit(f"{page}/luu", page=page, role="leader", **fields)
    assert [h.name for h in (await officer_named(db, "ap1")).hamlets] == ["Ấp 2"]
    assert (await leader.get("/console")).status_code == 200
    done = await admin.submit(f"{page}/luu", page=page, role="deputy", **fields)
    assert done.headers["location"] == f"{page}?da=tai-khoan"
    assert (await leader.get("/console")).status_code == 303


async def test_a_leader_who_becomes_a_manager_must_set_up_the_second_factor(
    signed_in: SignedIn, site: Site, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/ap1"
    await admin.submit(f"{page}/luu", page=page, role="manager", name="Nguyễn Văn Hải")
    again = await signed_in("ap1")
    assert (await again.get("/console")).headers["location"] == "/console/hai-buoc"


async def test_a_disabled_officer_is_out_and_comes_back_with_a_new_password(
    signed_in: SignedIn, site: Site, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/ap1"
    await admin.submit(f"{page}/khoa", page=page)
    assert "Đã khóa" in (await admin.get(PAGE)).text
    assert "Ấp 1, Ấp 3" in (await admin.get(PAGE)).text  # nobody leads them now
    async with site.browser() as browser:
        assert (await browser.sign_in("ap1", PASSWORD)).status_code == 422
        password = issued((await admin.submit(f"{page}/mo", page=page)).text)
        assert (await browser.sign_in("ap1", PASSWORD)).status_code == 422
        assert (await browser.sign_in("ap1", password)).status_code == 303


async def test_a_reset_password_does_not_go_around_the_second_factor(
    signed_in: SignedIn, site: Site, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/quanly"
    password = issued((await admin.submit(f"{page}/mat-khau", page=page)).text)
    async with site.browser() as browser:
        path = "/console/dang-nhap"
        done = await browser.submit(path, page=path, username="quanly", password=password)
        assert done.headers["location"] == "/console/ma-xac-nhan"
        assert (await browser.get("/console")).status_code == 303


async def test_a_lost_phone_is_mended_with_a_new_password_and_a_new_set_up(
    signed_in: SignedIn, site: Site, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/quanly"
    password = issued((await admin.submit(f"{page}/hai-buoc", page=page)).text)
    async with db.begin() as session:
        assert not await second_factor.has(session, people.officers["quanly"].id)
    async with site.browser() as browser:
        assert (await browser.sign_in("quanly", PASSWORD)).status_code == 422
        await browser.sign_in("quanly", password)
        path, new = "/console/mat-khau", "con đò qua sông sớm"
        await browser.submit(path, page=path, new=new, repeated=new)
        assert (await browser.get("/console")).headers["location"] == "/console/hai-buoc"


@pytest.mark.parametrize("form", ["khoa", "mat-khau", "hai-buoc", "mo"])
async def test_an_admin_does_none_of_it_to_himself(
    signed_in: SignedIn, db: Database, people: People, form: str
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/quantri"
    shown = (await admin.get(page)).text
    assert f"{page}/{form}" not in shown
    answer = await admin.submit(f"{page}/{form}", page=page)
    assert (answer.status_code, "nhờ một người quản trị khác" in answer.text) == (409, True)
    assert (await admin.get(PAGE)).status_code == 200


async def test_an_admin_keeps_his_own_role(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    page = f"{PAGE}/quantri"
    answer = await admin.submit(f"{page}/luu", page=page, role="manager", name="Võ Minh Tú")
    assert answer.status_code == 409
    assert (await officer_named(db, "quantri")).role is Role.ADMIN
    done = await admin.submit(f"{page}/luu", page=page, role="admin", name="Võ Thị Minh Tú")
    assert done.status_code == 303
    assert (await officer_named(db, "quantri")).name == "Võ Thị Minh Tú"


@pytest.mark.parametrize("way", ["disable", "change"])
async def test_two_admins_who_close_each_other_at_once_leave_one(
    db: Database, people: People, way: str
) -> None:
    async with db.begin() as session:
        second = Officer(
            username="quantri2", name="Lý Thu", role=Role.ADMIN, password_hash=hash_password("x")
        )
        session.add(second)
    first = people.officers["quantri"]

    async def close(admin: Officer, username: str) -> None:
        async with db.begin() as session:
            if way == "disable":
                await staff.disable(session, admin, username)
            else:
                await staff.change(session, admin, username, staff.Entry("Ai đó", "manager"))

    answers = await asyncio.gather(
        close(first, "quantri2"), close(second, "quantri"), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "NotDone"]
    async with db.begin() as session:
        query = select(Officer).where(Officer.role == Role.ADMIN, Officer.active.is_(True))
        assert len((await session.execute(query)).scalars().all()) == 1


async def test_what_changes_an_account_takes_a_fresh_proof(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    changing = [handler for handler in handlers if "POST" in handler.http_methods]
    assert len(changing) == 7
    for handler in changing:
        assert any(isinstance(g, Needs) and g.fresh for g in handler.guards or ()), handler
    admin = await signed_in("quantri")
    async with db.begin() as session:
        before = now() - sessions.FRESH - timedelta(seconds=1)
        await session.execute(update(OfficerSession).values(proved_at=before))
    assert (await admin.get(NEW)).headers["location"] == f"/console/xac-nhan?next={NEW}"
    page = f"{PAGE}/ap1"
    refused = await admin.submit(f"{page}/khoa", page=page)
    assert refused.headers["location"] == f"/console/xac-nhan?next={page}"
    assert (await officer_named(db, "ap1")).active


async def test_the_list_says_what_is_still_to_be_done(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    admin = await signed_in("quantri")
    page = (await admin.get(PAGE)).text
    assert page.count("Xác nhận hai bước</span>") == 2
    assert page.count("Đang đăng nhập") == 1
    await admin.submit(f"{PAGE}/ap2/mat-khau", page=f"{PAGE}/ap2")
    assert "Chưa đặt mật khẩu riêng" in (await admin.get(PAGE)).text
    async with db.begin() as session:
        gone = now() - timedelta(minutes=1)
        await session.execute(update(Officer).values(password_expires_at=gone))
    assert "Mật khẩu cấp đã hết hạn" in (await admin.get(PAGE)).text


@pytest.mark.parametrize("username", ["khongco", "x" * 300, "%00", "ap1%2f..", "' OR 1=1"])
async def test_an_account_that_is_not_there_is_not_found(
    signed_in: SignedIn, people: People, username: str
) -> None:
    admin = await signed_in("quantri")
    assert (await admin.get(f"{PAGE}/{username}")).status_code == 404
    answer = await admin.submit(f"{PAGE}/{username}/khoa", page=PAGE + "/ap1")
    assert answer.status_code == 404
