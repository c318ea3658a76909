"""Finding a report by its code, or an open one by what its reporter wrote."""

import logging

import pytest
from sqlalchemy import select

from bot.audit.models import Action, AuditEntry
from bot.console.sealed_links import seal, unseal
from bot.db import Database
from bot.groups.models import Officer
from bot.nlu import kinds
from bot.reports import codes, officers, word_search
from bot.reports.word_search import search
from bot.triage.details import Detail
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, one_more_message, report
from tests.console.site import Browser

SEARCH = "/console/tim"


async def look_for(browser: Browser, text: str) -> tuple[str, str]:
    """Where a search leads, and what stands there."""
    answer = await browser.submit(SEARCH, page="/console", q=text)
    assert answer.status_code == 303
    return answer.headers["location"], (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    "typed",
    [
        "PA-7KX3Q",
        "pa 7kx3q",
        "7kx3q",
        " PA7KX3Q ",
        "#pa-7kx3q",
        "PA–7KX3Q",
        "pa.7kx3q",
        "7 K X 3 Q",
        "ＰＡ－７ＫＸ３Ｑ",
        "https://xa.vn/console/phan-anh/PA-7KX3Q",
        "mã PA-7KX3Q đó",
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert codes.as_typed(typed) == "PA-7KX3Q"


@pytest.mark.parametrize("typed", ["", "cháy nhà", "PA-7KX3", "PA-7KX3QQ", "0912345678"])
def test_other_words_are_no_code(typed: str) -> None:
    assert codes.as_typed(typed) is None


async def test_a_code_leads_to_its_report_also_when_it_is_closed(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        closed = await report(session, people, "x")
        await officers.close(session, closed, leader, "resolved", "")
    typed = closed.code.lower().replace("-", " ")
    where, _ = await look_for(await signed_in("ap1"), typed)
    assert where == f"/console/phan-anh/{closed.code}"


async def test_what_he_may_not_read_is_not_found_like_what_does_not_exist(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = [
            await report(session, people, "lời kín", hamlet="Ấp 2"),
            await report(session, people, "lời kín", category=Category.POLICE_CONDUCT),
        ]
    leader = await signed_in("ap1")
    _, missing = await look_for(leader, "PA-ACDEF")
    assert "Không tìm thấy “PA-ACDEF”" in missing
    for hidden in made:
        where, page = await look_for(leader, hidden.code)
        assert where.startswith("/console/tim?kin=")
        assert without_tokens(page.replace(hidden.code, "PA-ACDEF")) == without_tokens(missing)
    _, words = await look_for(leader, "lời kín")
    assert "Không tìm thấy" in words


def without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "_csrf_token" not in line)


async def codes_for(db: Database, officer: Officer, text: str) -> list[str]:
    async with db.begin() as session:
        found = await search(session, officer, text)
    return [row.report.code for row in found.rows]


async def test_words_are_found_with_or_without_diacritics(db: Database, people: People) -> None:
    leader = people.officers["ap1"]
    async with db.begin() as session:
        fire = await report(session, people, "CHÁYYY nhà kho gần cầu Bà Tư")
        plain = await report(session, people, "chay nha kho r ba con oi")
        later = await report(session, people, "Có khói")
        await one_more_message(session, later, "Giờ thì nhà kho cháy thật rồi")
        await report(session, people, "Chó thả rông")
    for typed in ("cháy nhà kho", "chay nha kho", "NHÀ KHO CHÁY", "nhà  kho, cháy!"):
        assert set(await codes_for(db, leader, typed)) == {fire.code, plain.code, later.code}, typed
    assert (await codes_for(db, leader, "nhà kho cháy"))[0] == later.code  # side by side first
    assert set(await codes_for(db, leader, "rồi")) == {plain.code, later.code}  # "r" is "rồi"
    assert await codes_for(db, leader, "cháy trường học") == []


async def test_only_open_reports_are_searched_for_words(db: Database, people: People) -> None:
    async with db.begin() as session:
        leader = await session.get_one(Officer, people.officers["ap1"].id)
        closed = await report(session, people, "loa kéo ồn ào")
        await officers.close(session, closed, leader, "resolved", "")
    assert await codes_for(db, people.officers["ap1"], "loa kéo") == []
    assert await codes_for(db, people.officers["quanly"], "loa kéo") == []


async def test_nobody_is_searched_for(db: Database, people: People) -> None:
    text = "ông Bảy Đực số 0912 345 678, xe 93P1-234.56, giấy 070099001234 gây rối ở chợ"
    named = Detail(kinds.PERSON, 5, 12, "Bảy Đực", "Bảy Đực")
    async with db.begin() as session:
        made = await report(session, people, text, name="Cô Ba Lành", details=(named,))
    leader = people.officers["ap1"]
    assert await codes_for(db, leader, "gây rối ở chợ") == [made.code]
    for person in (
        "Bảy Đực",
        "bay duc",
        "Ba Lành",
        "0912 345 678",
        "0912345678",
        "0900000123",
        "93P1-234.56",
        "070099001234",
        "",
        "!!!",
    ):
        assert await codes_for(db, leader, person) == [], person


async def test_a_sensitive_report_is_found_and_shows_no_words(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "nhà kế bên đánh bạc ăn tiền", sensitive=True)
    _, page = await look_for(await signed_in("ap1"), "đánh bạc")
    assert made.code in page
    assert "kế bên" not in page


async def test_the_words_stand_in_no_address_and_no_log(
    db: Database, people: People, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "loa kẹo kéo")
    leader = await signed_in("ap1")
    with caplog.at_level(logging.DEBUG):
        where, page = await look_for(leader, "kẹo kéo")
    assert made.code in page
    for spelled in ("kẹo", "k%E1%BA%B9o", "keo keo"):
        assert spelled not in where
        assert spelled not in caplog.text
    async with db.begin() as session:
        entry = await session.scalar(select(AuditEntry).order_by(AuditEntry.number.desc()))
    assert entry is not None
    assert (entry.action, entry.data) == (Action.SEARCHED, {"found": 1})
    again = await signed_in("quanly")  # somebody else's link opens nothing
    assert made.code not in (await again.get(where)).text


async def test_the_search_looks_at_the_latest_reports_and_goes_on_at_a_press(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_search, "LOOKED_AT", 2)
    async with db.begin() as session:
        for minutes in (30, 20, 10):
            await report(session, people, f"loa kéo {minutes}", minutes_ago=minutes)
    async with db.begin() as session:
        found = await search(session, people.officers["ap1"], "loa kéo")
        older = await search(session, people.officers["ap1"], "loa kéo", found.older)
    assert [len(found.rows), len(older.rows), older.older] == [2, 1, None]
    assert older.rows[0].snippet == "loa kéo 30"


async def test_a_search_that_fills_a_page_loses_none_of_what_it_found(
    db: Database, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_search, "PAGE", 2)
    monkeypatch.setattr(word_search, "AT_ONCE", 3)
    async with db.begin() as session:
        made = [
            await report(session, people, f"loa kéo {minutes}", minutes_ago=minutes)
            for minutes in range(10, 80, 10)
        ]
    shown, places, after = [], [], None
    async with db.begin() as session:
        while not places or after:
            found = await search(session, people.officers["ap1"], "loa kéo", after)
            shown += [row.report.id for row in found.rows]
            places.append(len(found.rows))
            after = found.older
    assert places == [3, 3, 1]
    assert shown == [each.id for each in made]


def test_a_sealed_link_opens_for_its_purpose_alone(people: People) -> None:
    officer, other = people.officers["ap1"], people.officers["ap2"]
    sealed = seal("search", officer, "lời")
    assert unseal("search", officer, sealed) == "lời"
    assert unseal("taken", officer, sealed) is None
    assert unseal("search", other, sealed) is None
    for damaged in ("", "AAAA", sealed[:-4], sealed[4:], "ơ", "%%%"):
        assert unseal("search", officer, damaged) is None


def test_a_sealed_link_lasts_a_day(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = people.officers["ap1"]
    sealed = seal("search", officer, "lời")
    monkeypatch.setattr("bot.console.sealed_links.LASTS", 0)
    assert unseal("search", officer, sealed) is None
