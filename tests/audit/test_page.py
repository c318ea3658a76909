"""The log as managers read it."""

import re
from datetime import timedelta

from sqlalchemy import text

from bot.audit.labels import ACTIONS
from bot.audit.log import record
from bot.audit.models import Action
from bot.audit.reading import PAGE
from bot.audit.views import PATH
from bot.console.times import VIETNAM
from bot.db import Database, now
from tests.audit.trail import by_hand, fill, trail
from tests.console.fixtures import SignedIn
from tests.console.people import People, report
from tests.console.site import Browser


def test_every_action_has_words() -> None:
    assert set(ACTIONS) == set(Action)
    assert len(set(ACTIONS.values())) == len(ACTIONS)


async def numbers(browser: Browser, **asked: str) -> list[int]:
    """The entries on the page, by number."""
    answer = await browser.get(PATH, params={k.replace("_", "-"): v for k, v in asked.items()})
    assert answer.status_code == 200
    return [int(n) for n in re.findall(r"· số (\d+)</span>", answer.text)]


async def test_a_manager_sees_who_did_what_and_from_where(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "lời kín của bà con")
        leader = people.officers["ap1"]
        await record(
            session,
            Action.CLOSED,
            officer=leader,
            address="192.0.2.7",
            report=made,
            outcome="advised",
        )
        await record(session, Action.EXPORTED, officer=None, address="binhyen", messages=3)
        admin = people.officers["quantri"]
        await record(
            session, Action.ACCOUNT_CREATED, officer=admin, address="", account="moi", role="leader"
        )
    page = (await (await signed_in("quanly")).get(PATH)).text
    for shown in ("Nguyễn Văn Hải", "Kết thúc", made.code, "Đã hướng dẫn", "192.0.2.7"):
        assert shown in page
    for shown in ("Người quản máy chủ", "Trên máy chủ", "3 tin"):
        assert shown in page
    assert "tài khoản moi, Cảnh sát khu vực" in page
    assert "lời kín" not in page


async def test_the_log_is_filtered_by_officer_action_report_and_day(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    leader, manager = people.officers["ap1"], people.officers["quanly"]
    async with db.begin() as session:
        made = await report(session, people, "lời kín")
        for officer, action, about in (
            (leader, Action.REPORT_SEEN, made),
            (manager, Action.REPORT_SEEN, None),
            (leader, Action.CLOSED, made),
        ):
            await record(session, action, officer=officer, address="", report=about)
    await by_hand(db, "UPDATE audit_entries SET at = at - interval '3 days' WHERE number = 1")
    browser = await signed_in("quanly")  # entry 4; looking at the log are 5, 6 …
    today = now().astimezone(VIETNAM).date()
    assert await numbers(browser, can_bo=str(leader.id)) == [3, 1]
    assert await numbers(browser, viec="report_seen") == [2, 1]
    assert await numbers(browser, ma=made.code.lower()) == [3, 1]
    assert await numbers(browser, ma=made.code, viec="closed") == [3]
    assert await numbers(browser, ma="không phải mã") == []
    assert await numbers(browser, den=str(today - timedelta(days=3))) == [1]
    assert await numbers(browser, tu=str(today - timedelta(days=2)), truoc="4") == [3, 2]
    assert await numbers(browser, tu=str(today + timedelta(days=1))) == []
    assert await numbers(browser, tu="0001-01-01", den="9999-12-31", truoc="2") == [1]


async def test_what_cannot_be_asked_for_is_refused_politely(
    people: People, signed_in: SignedIn
) -> None:
    browser = await signed_in("quanly")
    for asked in (
        {"can-bo": "khong-phai"},
        {"viec": "lam-bay"},
        {"tu": "hôm qua"},
        {"truoc": "0"},
        {"truoc": "x"},
        {"ma": "x" * 65},
    ):
        assert (await browser.get(PATH, params=asked)).status_code == 400
    assert (await browser.get(PATH, params={"ma": "a\0b"})).status_code == 200


async def test_older_entries_are_a_page_further_and_keep_the_filter(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    await fill(db, people, 2 * PAGE + 20)
    browser = await signed_in("quanly")
    asked = {"can-bo": str(people.officers["ap1"].id), "viec": "queue_seen"}
    first = (await browser.get(PATH, params=asked)).text
    older = re.search(r'href="(/console/nhat-ky\?[^"]+)"', first)
    assert older
    second = (await browser.get(older[1].replace("&amp;", "&"))).text
    shown = [int(n) for n in re.findall(r"· số (\d+)</span>", first + second)]
    assert shown == [n for n in range(2 * PAGE + 20, 0, -1) if n % 2 == 0]
    assert "Cũ hơn" not in second


async def test_an_empty_log_says_so(db: Database, people: People, signed_in: SignedIn) -> None:
    browser = await signed_in("quanly")
    assert "Không có mục nào như vậy" in (await browser.get(PATH, params={"viec": "closed"})).text


async def test_the_log_has_a_place_in_the_menu_of_managers_only(
    people: People, signed_in: SignedIn
) -> None:
    for username in people.officers:
        home = (await (await signed_in(username)).get("/console")).text
        assert (PATH in home) is (username == "quanly")


async def test_looking_at_the_log_is_in_it(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    await (await signed_in("quanly")).get(PATH)
    assert (await trail(db))[-1].action is Action.AUDIT_SEEN


async def test_what_another_version_wrote_is_shown_by_its_name(
    db: Database, people: People, signed_in: SignedIn
) -> None:
    browser = await signed_in("quanly")
    async with db.begin() as session:
        await session.execute(
            text(
                "INSERT INTO audit_entries (number, at, action, address, data, previous, seal)"
                " VALUES (1000, now(), 'flown_over', '', '{}', '', '')"
            )
        )
    answer = await browser.get(PATH)
    assert answer.status_code == 200
    assert "Việc khác (flown_over)" in answer.text
