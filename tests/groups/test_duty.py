"""Duty hours: when the commune's police are at work, and who answers when they are not."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from bot.console.times import VIETNAM
from bot.db import Database
from bot.groups.duty import (
    DEFAULT,
    duty_hours,
    duty_managers,
    in_words,
    parse_duty,
)
from bot.groups.setup import BadSetup, apply_setup, read_setup

FILE = """
commune: {name: Xã Đồng Tâm, province: Đồng Nai}
managers:
  - {username: quanly, name: Phạm Quốc Thái}
  - {username: quanly2, name: Lê Văn Tám}
hamlets:
  - {name: Ấp 1, leader: {username: ap1, name: Nguyễn Văn Hải}}
"""


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In the week of Monday, 30 November 2026, in Vietnam."""
    return (
        datetime(2026, 11, 30 + day, hour, minute, tzinfo=VIETNAM)
        if day == 0
        else datetime(2026, 12, day, hour, minute, tzinfo=VIETNAM)
    )


@pytest.mark.parametrize(
    ("moment", "at_work"),
    [
        (at(0, 7, 29), False),
        (at(0, 7, 30), True),
        (at(0, 11, 29), True),
        (at(0, 11, 30), False),
        (at(0, 13, 30), True),
        (at(4, 16, 59), True),
        (at(4, 17, 0), False),
        (at(5, 9, 0), False),  # Saturday
        (at(6, 9, 0), False),
    ],
)
def test_without_a_setting_it_is_an_offices_week(moment: datetime, at_work: bool) -> None:
    assert parse_duty(**DEFAULT).on_duty(moment) is at_work


def test_a_week_may_have_any_days_and_a_day_may_be_whole() -> None:
    hours = parse_duty("2,4,6-CN", ["00:00-24:00"])
    assert [hours.on_duty(at(day, 23, 59)) for day in range(7)] == [
        True,
        False,
        True,
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (at(0, 6), at(0, 7, 30)),
        (at(0, 12), at(0, 13, 30)),
        (at(0, 20), at(1, 7, 30)),
        (at(4, 17), datetime(2026, 12, 7, 7, 30, tzinfo=VIETNAM)),
    ],
)
def test_it_is_known_when_work_begins_again(moment: datetime, opens: datetime) -> None:
    assert parse_duty(**DEFAULT).next_opening(moment) == opens


def test_a_single_day_of_the_week_comes_again_after_a_week() -> None:
    assert parse_duty("2", ["08:00-09:00"]).next_opening(at(0, 8)) == datetime(
        2026, 12, 7, 8, 0, tzinfo=VIETNAM
    )


def test_a_moment_is_said_with_its_weekday() -> None:
    assert in_words(at(0, 7, 30)) == "07:30 thứ Hai, 30/11"
    assert in_words(at(6, 9)) == "09:00 Chủ nhật, 06/12"


@pytest.mark.parametrize(
    ("days", "hours", "hint"),
    [
        ("8", ["07:30-11:30"], "ngày “8” không đúng"),
        ("thu hai", ["07:30-11:30"], "không đúng"),
        ("6-2", ["07:30-11:30"], "ngược"),
        ("2-6", ["7h30-11h30"], "giờ “7h30-11h30” không đúng"),
        ("2-6", ["11:30-07:30"], "giờ đầu phải trước giờ cuối"),
        ("2-6", ["07:60-09:00"], "không đúng"),
        ("2-6", ["22:00-25:00"], "không đúng"),
        ("2-6", ["07:30-11:30", "11:00-17:00"], "không chồng lên nhau"),
    ],
)
def test_wrong_hours_in_the_setup_file_get_one_clear_line(
    days: str, hours: list[str], hint: str
) -> None:
    quoted = ", ".join(f'"{stretch}"' for stretch in hours)
    with pytest.raises(BadSetup) as error:
        read_setup(f'{FILE}duty: {{days: "{days}", hours: [{quoted}]}}\n')
    assert hint in str(error.value)
    assert str(error.value).startswith("duty")


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("name: Nguyễn Văn Hải", "name: Nguyễn Văn Hải, on_duty: true", "không có mục này"),
        ("name: Lê Văn Tám", "name: Lê Văn Tám, on_duty: hôm nay", "true hoặc false"),
        ("name: Lê Văn Tám", "name: Lê Văn Tám, phone_public: riêng", "true hoặc false"),
    ],
)
def test_wrong_marks_of_officers_are_refused(old: str, new: str, hint: str) -> None:
    with pytest.raises(BadSetup, match=hint):
        read_setup(FILE.replace(old, new))


async def test_the_communes_hours_are_those_of_its_file(db: Database) -> None:
    for duty, expected in (
        ("", False),
        ("duty: {days: CN, hours: [08:00-10:00]}\n", True),
        ("", False),  # dropped from the file again
    ):
        async with db.begin() as session:
            await apply_setup(session, read_setup(FILE + duty))
        async with db.begin() as session:
            assert (await duty_hours(session)).on_duty(at(6, 9)) is expected


async def test_a_day_without_quotes_is_a_number_to_yaml(db: Database) -> None:
    async with db.begin() as session:
        await apply_setup(session, read_setup(FILE + "duty: {days: 2, hours: [08:00-10:00]}\n"))
        assert (await duty_hours(session)).on_duty(at(0, 9))


async def test_the_managers_on_duty_are_those_marked_or_all(db: Database) -> None:
    async with db.begin() as session:
        await apply_setup(session, read_setup(FILE))
        assert [o.username for o in await duty_managers(session)] == ["quanly", "quanly2"]
        marked = FILE.replace("name: Lê Văn Tám", "name: Lê Văn Tám, on_duty: true")
        await apply_setup(session, read_setup(marked))
        assert [o.username for o in await duty_managers(session)] == ["quanly2"]
