"""What the setup file says of the commune's police station, and sentences that speak of it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.db import Database
from bot.groups.models import Commune, Hamlet
from bot.groups.setup import BadSetup, apply_setup, read_setup
from bot.groups.station import Station, fill, filled, number_to_call, station_of
from bot.procedures.catalogue import current, refresh
from bot.procedures.entry import PLACEHOLDERS, Service
from tests.procedures.conftest import entry

FILE = """
commune:
  name: Xã Đồng Tâm
  province: Đồng Nai
  station:
    address: Ấp 2, xã Đồng Tâm
    phone: "0251 3000 113"
    hours: 7 giờ 30 đến 17 giờ, thứ Hai đến thứ Sáu
    services: {id_card: yes, passport: no, vehicle_registration: unknown}
managers:
  - {username: quanly, name: Tổ trưởng, phone: "0900000001"}
hamlets:
  - name: Ấp 1
    leader: {username: ap1, name: Cảnh sát khu vực}
"""
KNOWN = Station(
    "Xã Đồng Tâm",
    "Đồng Nai",
    "Ấp 2",
    "0251 3000 113",
    "7 giờ 30 đến 17 giờ",
    {Service.ID_CARD: True},
)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_the_answers_know_the_station_as_soon_as_it_is_set_up(db: Database) -> None:
    async with db.begin() as session:
        await refresh(session)
    assert current().station == Station()
    for text, phone in ((FILE, "0251 3000 113"), (FILE.replace("113", "114"), "0251 3000 114")):
        async with db.begin() as session:
            await apply_setup(session, read_setup(text))
        async with db.begin() as session:
            await refresh(session)
        assert current().station.phone == phone
    station = current().station
    assert station.name == "Công an xã Đồng Tâm"
    assert station.does(Service.ID_CARD) is True
    assert station.does(Service.PASSPORT) is False
    assert station.does(Service.VEHICLE_REGISTRATION) is None
    assert station.does(Service.CRIMINAL_RECORD) is None


async def test_a_setup_without_a_station_stays_good(db: Database) -> None:
    without = FILE[: FILE.index("  station:")] + FILE[FILE.index("managers:") :]
    async with db.begin() as session:
        await apply_setup(session, read_setup(without))
        station = station_of(await session.get(Commune, 1))
    assert station == Station("Xã Đồng Tâm", "Đồng Nai")


@pytest.mark.parametrize(
    ("right", "wrong", "hint"),
    [
        ("id_card: yes", "id_card: maybe", "services.id_card: phải là"),
        ("id_card: yes", "nuoi_cho: yes", "services"),
        ('phone: "0251 3000 113"', "phone: gọi tôi", "phone"),
        ("address:", "adress:", "adress"),
    ],
)
def test_a_wrong_station_gets_one_clear_line(right: str, wrong: str, hint: str) -> None:
    with pytest.raises(BadSetup) as error:
        read_setup(FILE.replace(right, wrong))
    assert hint in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        (
            "Nộp tại {station} ({station_address}).",
            "Nộp tại Công an xã Đồng Tâm (Ấp 2).",
            "Nộp tại Công an xã.",
        ),
        (
            "Cần hỏi trước, gọi {station_phone}.",
            "Cần hỏi trước, gọi 0251 3000 113.",
            "Cần hỏi trước, gọi Công an xã.",
        ),
        (
            "Hỏi {station} (điện thoại {station_phone}) trước khi đi.",
            "Hỏi Công an xã Đồng Tâm (điện thoại 0251 3000 113) trước khi đi.",
            "Hỏi Công an xã trước khi đi.",
        ),
        (
            "Đến {station_address} trong {station_hours}.",
            "Đến Ấp 2 trong 7 giờ 30 đến 17 giờ.",
            "Đến trụ sở Công an xã trong giờ làm việc.",
        ),
        (
            "Do {city_police} cấp (không phải Sở Tư pháp).",
            "Do Công an thành phố Đồng Nai cấp (không phải Sở Tư pháp).",
            "Do Công an tỉnh, thành phố cấp (không phải Sở Tư pháp).",
        ),
    ],
)
def test_a_sentence_reads_well_with_and_without_the_facts(
    text: str, known: str, unknown: str
) -> None:
    assert fill(text, KNOWN) == known
    assert fill(text, Station()) == unknown


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_every_placeholder_is_filled(placeholder: str) -> None:
    for station in (KNOWN, Station()):
        told = fill(f"Hỏi {{{placeholder}}} nhé.", station)
        assert "{" not in told
        assert "Hỏi  nhé" not in told


@pytest.mark.parametrize(
    ("province", "police"),
    [
        ("Tây Ninh", "Công an tỉnh Tây Ninh"),
        ("Tỉnh Tây Ninh", "Công an tỉnh Tây Ninh"),
        ("Thành phố Huế", "Công an thành phố Huế"),
        ("Cần Thơ", "Công an thành phố Cần Thơ"),
    ],
)
def test_the_police_above_are_named_by_what_they_are(province: str, police: str) -> None:
    assert Station(province=province).city_police == police


def test_every_part_of_a_procedure_is_filled() -> None:
    told = filled(
        entry(
            answer="Bà con đến {station} để khai báo.",
            steps=["Gọi {station_phone}."],
            fees=[{"text": "Hỏi {station}.", "until": "2026-12-31"}],
        ),
        KNOWN,
    )
    assert told.answer == "Bà con đến Công an xã Đồng Tâm để khai báo."
    assert told.steps == ["Gọi 0251 3000 113."]
    assert told.fees[0].text == "Hỏi Công an xã Đồng Tâm."
    assert (told.id, told.topic, told.checked_on) == (
        entry().id,
        entry().topic,
        entry().checked_on,
    )


async def test_whom_to_call_is_first_whoever_is_nearest(db: Database) -> None:
    numbers = []
    for text in (
        FILE,
        FILE.replace('    phone: "0251 3000 113"\n', ""),
        FILE.replace("khu vực}", 'khu vực, phone: "0900000011"}'),
    ):
        async with db.begin() as session:
            await apply_setup(session, read_setup(text))
        async with db.begin() as session:
            hamlet_id = (await session.scalars(select(Hamlet.id))).one()
            numbers.append(await number_to_call(session, hamlet_id))
    assert numbers == ["0251 3000 113", "0900000001", "0900000011"]
