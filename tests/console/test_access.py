"""Every route against every role. What is not named here is not allowed."""

import re
import uuid

import pytest
from litestar import Litestar

from bot.db import Database
from bot.settings import Settings
from tests.console import procedures
from tests.console.fixtures import SignedIn
from tests.console.people import People, report, undelivered
from tests.console.procedures import DOG
from tests.console.site import Browser, console_app

ROLES = ("stranger", "phoap1", "quantri", "ap1", "quanly")
EVERYBODY = set(ROLES)
OFFICERS = EVERYBODY - {"stranger"}
READERS = {"ap1", "quanly"}
WATCHERS = {"quantri", "quanly"}

ALLOWED: dict[tuple[str, str], set[str]] = {
    ("GET", "/console/dang-nhap"): EVERYBODY,
    ("POST", "/console/dang-nhap"): EVERYBODY,
    ("POST", "/console/dang-xuat"): OFFICERS,
    ("GET", "/console/tai-khoan"): {"quantri"},
    ("GET", "/console/tai-khoan-moi"): {"quantri"},
    ("POST", "/console/tai-khoan-moi/luu"): {"quantri"},
    ("GET", "/console/tai-khoan/{username:str}"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/luu"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/khoa"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/mo"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/mat-khau"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/hai-buoc"): {"quantri"},
    ("POST", "/console/tai-khoan/{username:str}/dang-xuat"): {"quantri"},
    ("GET", "/console/ma-xac-nhan"): EVERYBODY,
    ("POST", "/console/ma-xac-nhan"): EVERYBODY,
    ("GET", "/console/xac-nhan"): OFFICERS,
    ("POST", "/console/xac-nhan"): OFFICERS,
    ("GET", "/console/hai-buoc"): OFFICERS,
    ("GET", "/console/hai-buoc/ung-dung"): OFFICERS,
    ("POST", "/console/hai-buoc/ung-dung"): OFFICERS,
    ("POST", "/console/hai-buoc/bat-dau"): OFFICERS,
    ("POST", "/console/hai-buoc/ma-du-phong"): OFFICERS,
    ("POST", "/console/hai-buoc/tat"): OFFICERS,
    ("GET", "/console/phien"): OFFICERS,
    ("POST", "/console/phien/ket-thuc"): OFFICERS,
    ("GET", "/console/mat-khau"): OFFICERS,
    ("POST", "/console/mat-khau"): OFFICERS,
    ("GET", "/console"): OFFICERS,
    ("POST", "/console/giao-dien"): OFFICERS,
    ("GET", "/console/su-kien"): READERS,
    ("GET", "/console/hang-doi/{folder:str}"): READERS,
    ("GET", "/console/hang-doi/{folder:str}/danh-sach"): READERS,
    ("POST", "/console/hang-doi/tiep-nhan"): READERS,
    ("POST", "/console/tim"): READERS,
    ("GET", "/console/tim"): READERS,
    ("GET", "/console/phan-anh/{code:str}"): READERS,
    ("GET", "/console/phan-anh/{code:str}/dien-bien"): READERS,
    ("GET", "/console/phan-anh/{code:str}/tep/{file_id:uuid}"): READERS,
    ("GET", "/console/phan-anh/{code:str}/tep/{file_id:uuid}/nho"): READERS,
    ("POST", "/console/phan-anh/{code:str}/tiep-nhan"): READERS,
    ("POST", "/console/phan-anh/{code:str}/tra-loi"): READERS,
    ("POST", "/console/phan-anh/{code:str}/dang-viet"): READERS,
    ("POST", "/console/phan-anh/{code:str}/giao-lai"): READERS,
    ("POST", "/console/phan-anh/{code:str}/cau-mau"): READERS,
    ("POST", "/console/phan-anh/{code:str}/hien-day-du"): READERS,
    ("POST", "/console/phan-anh/{code:str}/che-lai"): READERS,
    ("GET", "/console/cau-mau"): {"quanly"},
    ("POST", "/console/cau-mau"): {"quanly"},
    ("POST", "/console/cau-mau/bo"): {"quanly"},
    ("POST", "/console/cau-mau/dung-lai"): {"quanly"},
    ("POST", "/console/phan-anh/{code:str}/ghi-chu"): READERS,
    ("POST", "/console/phan-anh/{code:str}/doi-loai"): READERS,
    ("POST", "/console/phan-anh/{code:str}/xem-lai"): READERS,
    ("POST", "/console/phan-anh/{code:str}/hoc"): READERS,
    ("POST", "/console/phan-anh/{code:str}/khong-hoc"): READERS,
    ("POST", "/console/phan-anh/{code:str}/ket-thuc"): READERS,
    ("POST", "/console/phan-anh/{code:str}/giao"): {"quanly"},
    ("POST", "/console/phan-anh/{code:str}/chuyen-ap"): READERS,
    ("POST", "/console/phan-anh/{code:str}/chuyen-to-quan-ly"): READERS,
    ("POST", "/console/phan-anh/{code:str}/chuyen-co-quan"): READERS,
    ("POST", "/console/phan-anh/{code:str}/thoi-cho"): READERS,
    ("POST", "/console/phan-anh/{code:str}/mo-lai"): READERS,
    ("POST", "/console/phan-anh/{code:str}/gop"): READERS,
    ("POST", "/console/phan-anh/{code:str}/tach"): READERS,
    ("POST", "/console/phan-anh/{code:str}/danh-tinh"): {"quanly"},
    ("GET", "/console/so-lieu"): OFFICERS - {"quantri"},
    ("GET", "/console/hieu-dung"): WATCHERS,
    ("GET", "/console/cau-hoi"): {"quanly"},
    ("POST", "/console/cau-hoi/da-bo-sung"): {"quanly"},
    ("POST", "/console/cau-hoi/bo-qua"): {"quanly"},
    ("POST", "/console/cau-hoi/soan"): {"quanly"},
    ("POST", "/console/cau-hoi/them-vao"): {"quanly"},
    ("GET", "/console/thu-tuc"): OFFICERS,
    ("GET", "/console/thu-tuc/{procedure_id:str}"): OFFICERS,
    ("GET", "/console/thu-tuc-moi"): {"quanly"},
    ("POST", "/console/thu-tuc-moi"): {"quanly"},
    ("GET", "/console/thu-tuc/{procedure_id:str}/soan"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/soan"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/bo-nhap"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/kiem-tra-lai"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/ngung"): {"quanly"},
    ("GET", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}"): {"quanly"},
    ("GET", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}/trang"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}/lay"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}/rut"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}/duyet"): {"quanly"},
    ("POST", "/console/thu-tuc/{procedure_id:str}/ban/{number:int}/tu-choi"): {"quanly"},
    ("GET", "/console/nhat-ky"): {"quanly"},
    ("GET", "/console/luu-giu"): {"quanly"},
    ("GET", "/console/thoi-han"): WATCHERS,
    ("POST", "/console/thoi-han/lich"): WATCHERS,
    ("POST", "/console/thoi-han/han"): WATCHERS,
    ("GET", "/console/su-co"): WATCHERS,
    ("POST", "/console/su-co/{outbound_id:uuid}/gui-lai"): {"quanly"},
    ("POST", "/console/su-co/{outbound_id:uuid}/bo-qua"): {"quanly"},
}
DONE = {"GET": {200, 404}, "POST": {200, 204, 303, 404, 409, 422}}
"""What a page answers to whom it lets in; 404, as the file that is asked for is not there, and 409
or 422, as the forms are sent empty."""

STEPS = {("GET", "/console/ma-xac-nhan"), ("GET", "/console/hai-buoc/ung-dung")}
"""They go on with what nobody has begun here, and send back to its beginning."""

SIGN_IN = "/console/dang-nhap?next="
"""Where whoever must sign in first is sent."""


def routes(app: Litestar) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in app.routes
        if route.path.startswith("/console")
        for method in route.methods
        if method != "OPTIONS"
    }


def test_every_route_is_in_the_table(settings: Settings) -> None:
    assert routes(console_app(settings)) == set(ALLOWED)


async def ask(browser: Browser, method: str, path: str) -> tuple[int, str, str]:
    """Status, where it leads, body; a form is sent with the token of a page of this browser."""
    if method == "GET":
        async with browser.stream("GET", path) as answer:
            if answer.headers["content-type"].startswith("text/event-stream"):
                return answer.status_code, "", ""
            await answer.aread()
            return answer.status_code, answer.headers.get("location", ""), answer.text
    page = "/console" if "binhyen_officer" in browser.cookies else "/console/dang-nhap"
    answer = await browser.submit(path, page=page)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def fill(path: str, code: str, outbound_id: uuid.UUID) -> str:
    path = path.replace("{folder:str}", "tat-ca").replace("{code:str}", code)
    path = path.replace("{outbound_id:uuid}", str(outbound_id))
    path = path.replace("{username:str}", "khongco")
    path = path.replace("{procedure_id:str}", DOG).replace("{number:int}", "1")
    return path.replace("{file_id:uuid}", str(uuid.uuid4()))


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_its_routes_and_no_other(
    role: str, signed_in: SignedIn, browser: Browser, people: People, db: Database
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lời kín của bà con")
        row = await undelivered(session)
        await procedures.told(session)
    who = browser if role == "stranger" else await signed_in(role)
    for (method, route), allowed in sorted(ALLOWED.items(), key=signs_out):
        status, leads_to, body = await ask(who, method, fill(route, made.code, row.id))
        if role in allowed:
            steps = {303} if (method, route) in STEPS else set()
            assert status in DONE[method] | steps, (method, route)
            assert not leads_to.startswith(SIGN_IN), (method, route)
        elif role == "stranger":
            assert status == 303, (method, route)
            assert leads_to.startswith(SIGN_IN), (method, route)
        else:
            assert status == 403, (method, route)
        assert "lời kín" not in body or role in READERS, (method, route)


async def test_deputies_and_admins_are_told_what_they_may_do(
    signed_in: SignedIn, people: People, db: Database
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lời kín của bà con")
    for username, told in (("phoap1", "Phó nhóm"), ("quantri", "Quản trị hệ thống")):
        home = await (await signed_in(username)).get("/console")
        assert home.status_code == 200
        assert told in home.text
        assert made.code not in home.text
        assert "lời kín" not in home.text


def signs_out(row: tuple[tuple[str, str], set[str]]) -> bool:
    """Last of all: after it there is nobody left to ask."""
    return row[0][1] == "/console/dang-xuat"


def without_token(page: str) -> str:
    """Without what is another one each time: a form's token, what a search goes on with."""
    return re.sub(r'value="\w{128}"|kin=[\w-]+', "", page)
