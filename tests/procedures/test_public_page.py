"""What anybody reads of procedures under /thu-tuc, as the whole application serves it."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from html import unescape
from urllib.parse import quote, urlencode, urljoin

import httpx
import pytest
from sqlalchemy import text

from bot.buckets import Buckets
from bot.db import Database
from bot.gateway.app import create_app
from bot.groups.models import Commune
from bot.messages.rasa import Rasa
from bot.procedures import public_page, public_views
from bot.procedures.entry import Confidence, Entry, Service
from bot.procedures.files import read
from bot.procedures.loading import load
from bot.procedures.public_search import AT_ONCE, find
from bot.settings import Settings
from tests.fuzz.test_forms import ODD
from tests.procedures.conftest import entry

TODAY = date(2026, 11, 27)
LOST = "id_card_lost_damaged"
STATION = {
    "address": "Ấp 3, xã Đồng Tâm",
    "phone": "0271 3888 113",
    "hours": "Thứ hai đến thứ bảy, 7 giờ đến 17 giờ",
    "services": {"id_card": True, "passport": False},
}
WHOLE = {
    "answer": "Bà con khai báo tại {station}, gọi trước số {station_phone} nếu chó dữ.",
    "details": ["Chó dữ phải rọ mõm khi ra đường."],
    "steps": ["Tiêm phòng dại.", "Khai với {station}."],
    "papers": ["Sổ tiêm phòng"],
    "forms": ["Mẫu 01: Tờ khai nuôi chó"],
    "where": "Trụ sở ở {station_address}.",
    "online": "https://dichvucong.gov.vn/nuoi-cho",
    "time": "Trong ngày.",
    "fees": [
        {"text": "Mỗi con 5.000 đồng.", "until": date(2026, 12, 31)},
        {"text": "Mỗi con 10.000 đồng.", "since": date(2027, 1, 1)},
    ],
    "related": ["nuoi_ga", "khong_co"],
}


def on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """It is that day."""
    for module in (public_page, public_views):
        monkeypatch.setattr(module, "today", lambda: day)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, TODAY)


@pytest.fixture(autouse=True)
def _no_searches_before(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = Buckets(public_views.SEARCHES, public_views.PER_SECONDS)
    monkeypatch.setattr(public_views, "searches", fresh)


FEW = [each for each in read().values() if each.id.startswith(("id", "pa", "cr"))]
"""Enough that a search tells one from the other, and found quickly."""


@pytest.fixture
async def settle(db: Database) -> None:
    async with db.begin() as session:
        session.add(Commune(name="Xã Đồng Tâm", province="Đồng Nai", station=STATION))
        await load(session, {each.id: each for each in FEW})


@pytest.fixture
async def visitor(settle: None, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser before the whole application; Rasa hears questions on papers alone."""
    async with rasa_saying({"id_card": 1.0}) as model, visiting(settings, model) as client:
        yield client


@asynccontextmanager
async def visiting(settings: Settings, model: str) -> AsyncIterator[httpx.AsyncClient]:
    own = {"public_url": "https://dongtam.example.vn", "rasa_url": model}
    app = create_app(Settings.model_validate(settings.model_dump() | own))
    services = app.state.services
    door = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=door, base_url="https://dongtam.example.vn") as client:
        yield client
    await services.rasa.close()
    await services.db.close()


async def publish(db: Database, *entries: Entry) -> None:
    async with db.begin() as session:
        await load(session, {each.id: each for each in entries})


def words(page: httpx.Response) -> str:
    """What the page says, without its tags."""
    body = page.text.split("<main", 1)[1]
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL)).split())


async def test_every_procedure_stands_on_the_list_with_the_communes_name_on_top(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, *read().values())
    page = await visitor.get("/thu-tuc")
    assert page.status_code == 200
    for each in read().values():
        assert each.name in words(page)
        assert f'href="/thu-tuc/{each.id.replace("_", "-")}"' in page.text
    assert "Công an xã Đồng Tâm" in page.text.split("</header>")[0]


async def test_a_page_says_everything_that_is_known_of_its_procedure(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, entry(**WHOLE), entry("nuoi_ga", name="Khai báo nuôi gà"))
    page = await visitor.get("/thu-tuc/nuoi-cho")
    said = words(page)
    for part in (
        "Khai báo nuôi chó",
        "khai báo tại Công an xã Đồng Tâm, gọi trước số 0271 3888 113",
        "Chó dữ phải rọ mõm",
        "Tiêm phòng dại. Khai với Công an xã Đồng Tâm.",
        "Sổ tiêm phòng",
        "Mẫu 01: Tờ khai nuôi chó",
        "Trụ sở ở Ấp 3, xã Đồng Tâm.",
        "Trong ngày.",
        "Mỗi con 5.000 đồng. Áp dụng đến hết ngày 31/12/2026.",
        "Từ ngày 01/01/2027: Mỗi con 10.000 đồng.",
        "Luật Thú y 79/2015/QH13",
        "Kiểm tra ngày 23/11/2026",
        "Khai báo nuôi gà",
        "Thứ hai đến thứ bảy, 7 giờ đến 17 giờ",
    ):
        assert part in said
    assert 'href="https://dichvucong.gov.vn/nuoi-cho"' in page.text
    assert 'href="tel:02713888113"' in page.text
    assert 'href="/thu-tuc/nuoi-ga"' in page.text
    assert "khong-co" not in page.text
    assert "{" not in said


async def test_nothing_is_said_of_what_is_not_known(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, entry())
    said = words(await visitor.get("/thu-tuc/nuoi-cho"))
    for heading in (
        "Giấy tờ cần mang",
        "Các bước",
        "Mẫu đơn",
        "Lệ phí",
        "Thời hạn",
        "Nộp qua mạng",
    ):
        assert heading not in said


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (Service.ID_CARD, "Công an xã Đồng Tâm có làm việc này"),
        (Service.PASSPORT, "Công an xã Đồng Tâm không làm việc này"),
        (Service.VEHICLE_REGISTRATION, "số 0271 3888 113, hỏi lại"),
    ],
)
async def test_whether_it_is_done_here_stands_beside_where_it_is_done(
    visitor: httpx.AsyncClient, db: Database, service: Service, said: str
) -> None:
    await publish(db, entry(service=service, where="Tại trụ sở."))
    for address in ("/thu-tuc/nuoi-cho", "/thu-tuc/nuoi-cho/to-dan"):
        assert said in words(await visitor.get(address)).split("Tại trụ sở.")[1][:150]


async def test_the_old_fee_is_not_told_after_its_last_day(
    visitor: httpx.AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(db, entry(**WHOLE))
    on(monkeypatch, date(2027, 1, 1))
    said = words(await visitor.get("/thu-tuc/nuoi-cho"))
    assert "10.000 đồng" in said
    assert "5.000 đồng" not in said.replace("10.000", "")


@pytest.mark.parametrize("address", ["/thu-tuc/nuoi-cho", "/thu-tuc/nuoi-cho/to-dan"])
@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"confidence": Confidence.LOW}, "chưa được xác nhận"),
        ({"check_by": TODAY - timedelta(days=1)}, "quá hạn kiểm tra lại (26/11/2026)"),
        ({"fees": [{"text": "Năm đồng.", "until": TODAY - timedelta(days=1)}]}, "quá hạn kiểm tra"),
    ],
)
async def test_what_nobody_stands_behind_is_marked_with_whom_to_ask(
    visitor: httpx.AsyncClient,
    db: Database,
    address: str,
    fields: dict[str, object],
    warned: str,
) -> None:
    await publish(db, entry(**fields))
    page = await visitor.get(address)
    said = words(page).split("Căn cứ")[0]
    assert warned in said
    assert 'class="warning"' in page.text
    assert "hỏi lại Công an xã Đồng Tâm, số 0271 3888 113" in said
    assert "Năm đồng" not in said


async def test_what_was_checked_in_time_is_not_warned_of(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, entry(check_by=TODAY))
    assert 'class="warning"' not in (await visitor.get("/thu-tuc/nuoi-cho")).text


async def test_an_unchanged_page_is_not_sent_again_and_an_edit_is(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, entry())
    first = await visitor.get("/thu-tuc/nuoi-cho")
    known = {"if-none-match": f'"other", {first.headers["etag"]}'}
    assert first.headers["cache-control"] == "public, no-cache"
    again = await visitor.get("/thu-tuc/nuoi-cho", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await publish(db, entry(answer="Từ nay bà con khai báo trên ứng dụng VNeID."))
    edited = await visitor.get("/thu-tuc/nuoi-cho", headers=known)
    assert edited.status_code == 200
    assert "Từ nay" in edited.text


async def test_what_a_browser_says_it_has_is_read_at_once(visitor: httpx.AsyncClient) -> None:
    blank = {"if-none-match": "a" + " " * 40_000 + "b"}
    started = time.perf_counter()
    assert (await visitor.get("/thu-tuc/to-dan", headers=blank)).status_code == 200
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("address", ["/thu-tuc", "/thu-tuc?hoi=mat+can+cuoc", "/thu-tuc/khong-co"])
async def test_no_page_knows_who_reads_it_or_runs_anything(
    visitor: httpx.AsyncClient, address: str
) -> None:
    page = await visitor.get(address)
    assert "set-cookie" not in page.headers
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy"):
        assert name in page.headers
    for code in ("<script", "<style", " style=", " onclick=", "javascript:"):
        assert code not in page.text


async def test_a_page_weighs_little(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/thu-tuc")
    assert page.headers["content-encoding"] == "gzip"
    style = re.search(r'href="(/static/public/public\.css[^"]*)"', page.text)
    assert style
    weights = [len(gzip.compress((await visitor.get(a)).content)) for a in ("/thu-tuc", style[1])]
    assert sum(weights) < 14_000  # bytes; the letters come once, 65 kB


async def test_what_is_not_there_is_a_page_with_a_way_on(visitor: httpx.AsyncClient) -> None:
    for address in ("/thu-tuc/khong-co", "/thu-tuc/khong-co/to-dan", "/thu-tuc/a/b/c"):
        page = await visitor.get(address)
        assert page.status_code == 404
        assert "Không tìm thấy trang này" in page.text
        assert 'role="search"' in page.text


async def test_no_link_is_dead(visitor: httpx.AsyncClient, db: Database) -> None:
    await publish(db, entry(**WHOLE), entry("nuoi_ga", related=["nuoi_cho"]))
    seen: dict[str, int] = {}
    waiting = ["/thu-tuc", "/thu-tuc?hoi=nuoi+cho"]
    while waiting:
        address = waiting.pop()
        page = await visitor.get(address)
        seen[address] = page.status_code
        if address.startswith("/thu-tuc"):
            named = re.findall(r'\s(?:href|src)="([^"#]+)', page.text)
            local = (urljoin(address, unescape(link)) for link in named if ":" not in link)
            waiting += [link for link in local if link not in seen and link not in waiting]
    assert set(seen.values()) == {200}
    assert len(seen) > 10


async def test_the_sheet_for_the_board_leads_to_the_page(
    visitor: httpx.AsyncClient, db: Database
) -> None:
    await publish(db, entry(**WHOLE))
    for address, named in (
        ("/thu-tuc/nuoi-cho", "Quét mã"),
        ("/thu-tuc/nuoi-cho/to-dan", "dongtam.example.vn/thu-tuc/nuoi-cho"),
        ("/thu-tuc/to-dan", "dongtam.example.vn/thu-tuc"),
    ):
        page = await visitor.get(address)
        assert named in words(page)
        target = "https://" + named if "/" in named else "https://dongtam.example.vn" + address
        assert str(public_page.code_of(target)) in page.text
        assert page.text.count("<svg role=") == 1


async def test_without_a_public_address_there_is_no_code_that_leads_nowhere(
    settle: None, settings: Settings
) -> None:
    app = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        page = await client.get("/thu-tuc/to-dan")
    await app.state.services.rasa.close()
    await app.state.services.db.close()
    assert page.status_code == 200
    assert "<svg role=" not in page.text
    assert "127.0.0.1" not in page.text


async def test_a_search_shows_the_answer(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/thu-tuc", params={"hoi": "mat can cuoc lam lai o dau"})
    assert page.status_code == 200
    answered = page.text.split("<article")[1].split("</article>")[0]
    assert 'href="/thu-tuc/id-card-lost-damaged"' in answered
    assert read()[LOST].answer[:40] in unescape(answered)
    assert 'value="mat can cuoc lam lai o dau"' in page.text


async def test_without_the_model_what_may_be_meant_is_named_and_nothing_answered(
    settle: None, settings: Settings
) -> None:
    async with visiting(settings, "http://127.0.0.1:1") as visitor:
        page = await visitor.get("/thu-tuc", params={"hoi": "mat can cuoc lam lai o dau"})
    assert "Bà con muốn hỏi việc nào?" in page.text
    assert 'href="/thu-tuc/id-card-lost-damaged"' in page.text
    assert "<article" not in page.text
    assert "0271 3888 113" in words(page)


async def test_whoever_types_a_name_and_no_more_sees_all_that_bear_it(
    visitor: httpx.AsyncClient,
) -> None:
    page = await visitor.get("/thu-tuc", params={"hoi": "Ho chieu"})
    named = {each.id.replace("_", "-") for each in FEW if "hộ chiếu" in each.name.lower()}
    assert len(named) > 2
    assert named <= set(re.findall(r'href="/thu-tuc/([\w-]+)"', page.text))


async def test_whoever_finds_nothing_learns_whom_to_ask(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/thu-tuc", params={"hoi": "xyzzy"})
    assert "Chưa có câu trả lời" in words(page)
    assert "0271 3888 113" in words(page).split("hoặc nhắn cho trợ lý")[0]
    assert '<a href="/">' in page.text


async def test_the_model_says_which_topic_is_meant_but_is_not_waited_for(
    settings: Settings,
) -> None:
    for topic in ("id_card", "vehicle", "passport"):
        async with rasa_saying({topic: 1.0}) as model:
            assert (await found(settings, model))[0].topic == topic
    started = time.monotonic()
    async with rasa_saying({"vehicle": 1.0}, after=30) as model:
        assert await found(settings, model)
    assert time.monotonic() - started < 10


async def test_however_many_search_at_once_the_model_hears_few_of_them(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []

    async def slowly(_: Rasa, text: str, within: float) -> dict[str, float]:
        heard.append(text)
        await asyncio.sleep(within)
        return {}

    monkeypatch.setattr(Rasa, "topics", slowly)
    rasa = Rasa(settings)
    answers = await asyncio.gather(*(find(rasa, "mất căn cước") for _ in range(3 * AT_ONCE)))
    await rasa.close()
    assert len(heard) == AT_ONCE
    assert all(answer.others for answer in answers)


@asynccontextmanager
async def rasa_saying(topics: dict[str, float], after: float = 0) -> AsyncIterator[str]:
    """The address of something that answers as Rasa would, so many seconds later."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"/model/parse" in await reader.readuntil(b"\r\n")
        await asyncio.sleep(after)
        body = json.dumps({"question": {"text": "", "topics": topics}}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield "http://{}:{}".format(*server.sockets[0].getsockname())
    server.close()


async def found(settings: Settings, model: str) -> list[Entry]:
    """What a question finds that might be about anything."""
    rasa = Rasa(Settings.model_validate(settings.model_dump() | {"rasa_url": model}))
    answer = await find(rasa, "lệ phí bao nhiêu")
    await rasa.close()
    return [*filter(None, [answer.best]), *answer.others]


async def test_while_the_database_is_away_a_page_says_so(settings: Settings) -> None:
    away = {"database_url": "postgresql+psycopg://a@127.0.0.1:1/a"}
    app = create_app(Settings.model_validate(settings.model_dump() | away))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as client:
        page = await client.get("/thu-tuc")
    await app.state.services.rasa.close()
    assert page.status_code == 503
    assert "Máy chủ đang bận" in words(page)
    assert page.headers["retry-after"]


async def test_an_edit_is_found_at_once(visitor: httpx.AsyncClient, db: Database) -> None:
    asked = ["Nuôi kỳ đà?", "Kỳ đà?", "Nuôi rắn?"]
    await publish(db, *FEW, entry(topic="id_card", questions=asked))
    page = await visitor.get("/thu-tuc", params={"hoi": "tui muốn nuôi kỳ đà"})
    assert 'href="/thu-tuc/nuoi-cho"' in page.text


async def test_whoever_is_in_danger_reads_first_whom_to_call(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/thu-tuc", params={"hoi": "cháy nhà rồi cứu với"})
    alarm = page.text.split('class="alarm"')[1].split("</section>")[0]
    assert alarm.index("tel:114") < alarm.index("tel:113")
    calm = await visitor.get("/thu-tuc", params={"hoi": "mất căn cước"})
    assert 'class="alarm"' not in calm.text


async def test_what_was_looked_for_is_kept_nowhere(
    visitor: httpx.AsyncClient, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    page = await visitor.get("/thu-tuc", params={"hoi": "thằng Tèo bị bắt làm căn cước"})
    assert page.headers["cache-control"] == "no-store"
    assert "etag" not in page.headers
    assert '<meta name="robots" content="noindex">' in page.text
    assert "Tèo" not in caplog.text
    async with db.begin() as session:
        tables = await session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        for table in tables.all():
            rows = await session.execute(text(f'SELECT t::text FROM "{table}" t'))  # noqa: S608
            assert not any("Tèo" in row for row in rows.scalars())
        assert (await session.execute(text("SELECT count(*) FROM procedure_gaps"))).scalar() == 0


async def test_whatever_is_looked_for_the_answer_is_a_page(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_views, "searches", Buckets(len(ODD), 60))
    for odd in ODD:
        query = urlencode({"hoi": odd}, errors="surrogatepass")
        page = await visitor.get(f"/thu-tuc?{query}")
        assert page.status_code == 200, odd
        assert "<script" not in page.text
        path = quote(odd, safe="", errors="surrogatepass")
        for address in (f"/thu-tuc/{path}", f"/thu-tuc/{path}/to-dan"):
            assert (await visitor.get(address)).status_code in (200, 404), odd


async def test_whoever_searches_too_often_is_asked_to_wait(
    visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_views, "searches", Buckets(1, 60))
    assert (await visitor.get("/thu-tuc?hoi=a")).status_code == 200
    page = await visitor.get("/thu-tuc?hoi=a")
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert "chờ ít giây" in words(page)
    assert (await visitor.get("/thu-tuc")).status_code == 200


async def test_the_chat_leads_to_the_procedures(visitor: httpx.AsyncClient) -> None:
    assert 'href="/thu-tuc"' in (await visitor.get("/")).text
