"""Managers set the duty calendar and the deadlines; what is wrong is said clearly."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict
from sqlalchemy import select, update

from bot.audit.models import AuditEntry
from bot.console.forms import Fields
from bot.console.times import VIETNAM
from bot.db import Database, now
from bot.groups.duty import DEFAULT, duty_hours, parse_duty, stored_calendar
from bot.groups.holidays import proposed_holidays
from bot.groups.models import Commune
from bot.reports import deadline_settings as settings
from bot.reports.deadline_settings import read_calendar, read_limits_form
from bot.reports.due import due, how_long
from bot.reports.errors import NotAllowed
from bot.reports.limits import DEFAULTS, Level, Limit, Limits, Unit
from bot.reports.models import Deadline, DueKind, Report, Status
from bot.triage.understanding import Category
from tests.console.fixtures import SignedIn
from tests.console.people import People, report

PAGE = "/console/thoi-han"
TODAY = date(2026, 11, 27)
OFFICE = settings.shown_calendar(parse_duty(**DEFAULT))
USUAL = settings.shown_limits(Limits(DEFAULTS, {}))


def form(fields: dict[str, str]) -> Fields:
    return Fields(FormMultiDict(fields))


# --- Reading the forms ----------------------------------------------------------------------------


def test_what_the_page_shows_is_what_it_saves() -> None:
    stored = read_calendar(
        form(
            OFFICE
            | {
                "from_3": "22:00",
                "to_3": "00:00",
                "holidays": "2/9/2027 Quốc khánh\n\n01-01-2027",
                "extra": "22.08.2027 07:30-11:30, 13:00-15:00\n29/08/2027",
                "add_2027-02-06": "1",
            }
        ),
        TODAY,
    )
    assert stored == {
        "days": "2,3,4,5,6",
        "hours": ["07:30-11:30", "13:30-17:00", "22:00-24:00"],
        "holidays": {
            "2027-01-01": "",
            "2027-02-06": "Tết Đinh Mùi (mùng 1)",
            "2027-09-02": "Quốc khánh",
        },
        "extra": {
            "2027-08-22": ["07:30-11:30", "13:00-15:00"],
            "2027-08-29": ["07:30-11:30", "13:30-17:00", "22:00-24:00"],
        },
    }
    again = settings.shown_calendar(stored_calendar(stored))
    assert read_calendar(form(again), TODAY) == stored


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({f"day_{day}": "" for day in settings.DAY_NAMES}, "ít nhất một ngày"),
        ({"from_1": "", "to_1": "", "from_2": "", "to_2": ""}, "ít nhất một khoảng giờ"),
        ({"to_1": ""}, "Giờ làm việc: giờ “07:30-” không đúng"),
        ({"to_1": "06:00"}, "giờ đầu phải trước giờ cuối"),
        ({"from_2": "11:00"}, "không chồng lên nhau"),
        ({"holidays": "01/01/2027 Tết\n31/02/2027 Lễ"}, "Ngày nghỉ, dòng 2: “31/02/2027 Lễ”"),
        ({"holidays": "Quốc khánh 2/9"}, "Ngày nghỉ, dòng 1"),
        ({"holidays": "01/01/0027"}, "một ngày có thật"),
        ({"extra": "22/08/2027 sáng"}, "Ngày làm thêm 22/08/2027: giờ “sáng” không đúng"),
        (
            {"holidays": "\n".join(f"{1 + n % 28}/{1 + n // 28}/2027" for n in range(201))},
            "nhiều nhất 200 ngày",
        ),
    ],
)
def test_a_wrong_calendar_gets_one_clear_sentence(changed: dict[str, str], says: str) -> None:
    with pytest.raises(NotAllowed, match=says.replace("(", r"\(")):
        read_calendar(form(OFFICE | changed), TODAY)


def test_times_are_read_and_those_of_one_category_only_where_they_are_given() -> None:
    own = {"dispute_ordinary_reply_amount": "2", "dispute_ordinary_reply_unit": "working_days"}
    wanted = read_limits_form(form(USUAL | own | {"urgent_acknowledgement_amount": " 10 "}))
    assert wanted.general == {
        **DEFAULTS,
        (Level.URGENT, DueKind.ACKNOWLEDGEMENT): Limit(10, Unit.MINUTES),
    }
    assert wanted.special == {
        Category.DISPUTE: {(Level.ORDINARY, DueKind.REPLY): Limit(2, Unit.WORKING_DAYS)}
    }


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"urgent_reply_amount": ""}, "Khẩn, trả lời tin mới: chưa ghi số"),
        ({"urgent_reply_amount": "0"}, "ghi một số từ 1 đến 1440"),
        ({"urgent_reply_amount": "-5"}, "ghi một số từ 1 đến 1440"),
        ({"urgent_reply_amount": "1,5"}, "ghi một số từ 1 đến 1440"),
        ({"ordinary_resolution_amount": "121"}, "Việc khác, giải quyết xong: .* từ 1 đến 120"),
        ({"urgent_reply_unit": "tuần"}, "chọn phút, giờ hoặc ngày"),
        (
            {"dispute_urgent_reply_amount": "x", "dispute_urgent_reply_unit": "minutes"},
            "Mâu thuẫn trong dân, Khẩn, trả lời tin mới",
        ),
    ],
)
def test_wrong_times_get_one_clear_sentence(changed: dict[str, str], says: str) -> None:
    with pytest.raises(NotAllowed, match=says):
        read_limits_form(form(USUAL | changed))


@given(st.dictionaries(st.sampled_from(settings.calendar_fields()), st.text(max_size=40)))
def test_whatever_is_typed_is_saved_or_refused(typed: dict[str, str]) -> None:
    try:
        stored = read_calendar(form(OFFICE | typed), TODAY)
    except NotAllowed:
        return
    stored_calendar(stored).add_working_time(now(), timedelta(hours=1))


# --- On the console -------------------------------------------------------------------------------


async def test_a_manager_sets_the_calendar_and_what_is_due_moves(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    async with db.begin() as session:
        made = await report(session, people, "Loa kéo")
    manager = await signed_in("quanly")
    days = [(now() + timedelta(days=n)).date() for n in range(-1, 60)]
    holidays = "\n".join(f"{day:%d/%m/%Y} Nghỉ" for day in days)
    answer = await manager.submit(f"{PAGE}/lich", page=PAGE, **OFFICE | {"holidays": holidays})
    assert answer.status_code == 303
    shown = (await manager.get(answer.headers["location"])).text
    assert "Đã lưu lịch làm việc" in shown
    assert f"{days[-1]:%d/%m/%Y} Nghỉ" in shown
    async with db.begin() as session:
        moved = await session.get_one(Report, made.id)
        assert moved.due_at
        assert moved.due_at.date() > days[-1]
        logged = (await session.execute(select(AuditEntry.action))).scalars()
        assert "calendar_changed" in [action.value for action in logged]


async def test_what_was_typed_stays_where_it_is_refused(signed_in: SignedIn) -> None:
    admin = await signed_in("quantri")
    answer = await admin.submit(
        f"{PAGE}/lich", page=PAGE, **OFFICE | {"holidays": "30/02/2027 Ngày <lạ>"}
    )
    assert answer.status_code == 409
    assert "dòng 1" in answer.text
    assert "30/02/2027 Ngày &lt;lạ&gt;" in answer.text


async def test_a_manager_sets_times_and_the_next_report_has_them(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    manager = await signed_in("quanly")
    for amount, status in (("x", 409), ("7", 303)):
        changed = USUAL | {"urgent_acknowledgement_amount": amount}
        answer = await manager.submit(f"{PAGE}/han", page=PAGE, **changed)
        assert answer.status_code == status
    async with db.begin() as session:
        made = await report(session, people, "Cháy", urgent=True)
        assert made.due_at
        assert timedelta(minutes=6.5) < made.due_at - now() <= timedelta(minutes=7)


async def test_days_by_the_moon_are_proposed_to_be_confirmed(signed_in: SignedIn) -> None:
    shown = (await (await signed_in("quanly")).get(PAGE)).text
    proposed = proposed_holidays(now().astimezone(VIETNAM).date())
    assert not all(each.certain for each in proposed)
    for each in proposed:
        written = f"{each.day:%d/%m/%Y} {each.name}"
        assert (f"{written} <span" in shown) is not each.certain
        assert (f'name="add_{each.day}"' in shown) is not each.certain
        assert written in shown  # what is certain is set already


async def test_what_is_due_stands_in_the_queue_and_on_the_reports_page(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    async with db.begin() as session:
        calm = await report(session, people, "Loa kéo")
        late = await report(session, people, "Đèn hư")
        past = now() - timedelta(hours=2, minutes=10)
        await session.execute(update(Report).where(Report.id == late.id).values(due_at=past))
    leader = await signed_in("ap1")
    queue = (await leader.get("/console")).text
    assert "Cần tiếp nhận trước " in queue
    assert "Quá hạn tiếp nhận 2 giờ" in queue
    assert "Cần tiếp nhận trước " in (await leader.get(f"/console/phan-anh/{calm.code}")).text
    assert "Quá hạn tiếp nhận 2 giờ" in (await leader.get(f"/console/phan-anh/{late.code}")).text


async def test_a_miss_stands_in_the_reports_story(
    signed_in: SignedIn, db: Database, people: People
) -> None:
    leader = await signed_in("ap1")
    async with db.begin() as session:
        made = await report(session, people, "Loa kéo")
        past = now() - timedelta(days=9)
        mine = Deadline.report_id == made.id
        await session.execute(update(Deadline).where(mine).values(due_at=past))
    path = f"/console/phan-anh/{made.code}"
    await leader.submit(f"{path}/tiep-nhan", page=path)
    assert "Quá hạn tiếp nhận, hạn là " in (await leader.get(path)).text


def test_words_for_what_is_due() -> None:
    at = now()
    made = Report(status=Status.NEW, due_kind=DueKind.REPLY, due_at=at - timedelta(minutes=5))
    assert due(made, at) == ("Quá hạn trả lời người báo 5 phút", True)
    made.due_at = made.due_kind = None
    assert due(made, at) is None
    made.status = Status.WAITING
    assert due(made, at) == ("Hạn tạm dừng, đang chờ người báo", False)
    assert [how_long(timedelta(seconds=s)) for s in (3, 3599, 3600, 86399, 3 * 86400)] == [
        "1 phút",
        "59 phút",
        "1 giờ",
        "23 giờ",
        "3 ngày",
    ]


async def test_the_file_of_the_commune_does_not_undo_what_managers_set(
    db: Database, people: People
) -> None:
    stored = {"days": "CN", "hours": ["08:00-09:00"], "holidays": {}, "extra": {}}
    async with db.begin() as session:
        await settings.save_calendar(session, stored)
        await session.merge(Commune(id=1, name="Xã Đồng Tâm", province="Đồng Nai", duty=DEFAULT))
    async with db.begin() as session:
        assert (await duty_hours(session)).days == {6}
