"""What is told of a procedure holds today and here, or says that it may not."""

from datetime import date, timedelta

import pytest

from bot.groups.station import Station
from bot.procedures import telling
from bot.procedures.entry import Confidence, Entry, Service
from bot.procedures.telling import answer
from bot.settings import Settings
from tests.procedures.conftest import entry

LAST = date(2026, 12, 31)
BEFORE, AFTER = LAST, LAST + timedelta(days=1)
STATION = Station("Xã Đồng Tâm", "Đồng Nai", phone="0251 3000 113")
CALL = "anh/chị gọi Công an xã Đồng Tâm, số 0251 3000 113, hỏi lại"


def told(told_of: Entry, today: date = BEFORE, station: Station = STATION) -> str:
    return answer(told_of, today, station)


def test_an_answer_has_its_name_its_source_and_its_date() -> None:
    known = entry(
        legal_source=[
            "Luật Thú y 79/2015/QH13 (hiệu lực 1/7/2016)",
            "Nghị định 04/2020/NĐ-CP",
            "Thông tư 07/2016/TT-BNNPTNT",
        ]
    )
    assert told(known) == (
        "Khai báo nuôi chó\n"
        "Bà con khai báo với Ủy ban nhân dân xã và cho chó tiêm phòng dại.\n"
        "Căn cứ: Luật Thú y 79/2015/QH13; Nghị định 04/2020/NĐ-CP. Kiểm tra ngày 23/11/2026.\n"
        "Xem thêm: https://dichvucong.gov.vn"
    )


def test_where_it_is_handed_in_on_the_net_is_told() -> None:
    link = "https://dichvucong.gov.vn/nuoi-cho"
    assert told(entry(online=link)).endswith(f"Nộp qua mạng: {link}")


def test_the_answer_leads_to_its_page_where_that_has_an_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public = Settings.model_validate({"public_url": "https://dongtam.example.vn"})
    monkeypatch.setattr(telling, "get_settings", lambda: public)
    page = "Xem đủ và in ra: https://dongtam.example.vn/thu-tuc/nuoi-cho"
    assert told(entry()).endswith(f"\n{page}")
    link = "https://dichvucong.gov.vn/nuoi-cho"
    assert told(entry(online=link)).endswith(f"Nộp qua mạng: {link}\n{page}")


HALF = {"text": "Đổi thẻ 25.000 đồng.", "until": LAST}
FULL = {"text": "Đổi thẻ 50.000 đồng.", "since": AFTER}


def test_the_fee_is_that_of_the_day() -> None:
    changing = entry(fees=[HALF, FULL])
    assert "Lệ phí: Đổi thẻ 25.000 đồng (đến hết ngày 31/12/2026).\n" in told(changing, BEFORE)
    assert "50.000" not in told(changing, BEFORE)
    assert "Lệ phí: Đổi thẻ 50.000 đồng.\n" in told(changing, AFTER)
    assert "25.000" not in told(changing, AFTER)


def test_a_fee_that_says_until_when_says_it_once() -> None:
    fee = {"text": "25.000 đồng đến hết 31/12/2026.", "until": LAST}
    assert told(entry(fees=[fee])).count("31/12/2026") == 1


def test_a_lapsed_fee_is_not_told_but_that_it_may_have_changed() -> None:
    said = told(entry(fees=[HALF]), AFTER)
    assert "25.000" not in said
    assert "số tiền có thể đã đổi.\n" in said
    assert said.count(CALL) == 1


def test_a_fee_that_does_not_hold_yet_is_not_told() -> None:
    said = told(entry(fees=[FULL]), BEFORE)
    assert "50.000" not in said
    assert CALL in said


@pytest.mark.parametrize(
    ("services", "says"),
    [
        ({Service.VEHICLE_REGISTRATION: True}, "Công an xã Đồng Tâm có làm việc này."),
        ({Service.VEHICLE_REGISTRATION: False}, "Công an xã Đồng Tâm không làm việc này"),
        ({Service.ID_CARD: True}, "Có nơi Công an xã làm việc này, có nơi không."),
    ],
    ids=["done here", "not done here", "nobody has said"],
)
def test_it_is_told_whether_it_is_done_here(services: dict[Service, bool], says: str) -> None:
    station = Station("Xã Đồng Tâm", phone="0251 3000 113", services=services)
    assert says in told(entry(service=Service.VEHICLE_REGISTRATION), station=station)
    assert says not in told(entry(), station=station)


def test_an_answer_nobody_looked_at_for_a_year_warns() -> None:
    assert "quá hạn" not in told(entry(), date(2027, 11, 23))
    assert "quá hạn kiểm tra từ ngày 23/11/2027" in told(entry(), date(2027, 11, 24))


def test_after_its_day_an_answer_warns_and_names_whom_to_call() -> None:
    due = entry(check_by=LAST)
    assert CALL not in told(due, BEFORE)
    assert "quá hạn kiểm tra từ ngày 31/12/2026" in told(due, AFTER)
    assert CALL in told(due, AFTER)


@pytest.mark.parametrize("confidence", Confidence)
def test_what_nobody_confirmed_says_so(confidence: Confidence) -> None:
    unsure = confidence is Confidence.LOW
    assert (
        f"chưa được xác nhận đầy đủ. Trước khi đi, {CALL}" in told(entry(confidence=confidence))
    ) is unsure


def test_however_many_doubts_there_are_whom_to_ask_is_said_once() -> None:
    doubtful = entry(
        confidence=Confidence.LOW, check_by=LAST, fees=[HALF], service=Service.PASSPORT
    )
    assert told(doubtful, AFTER).count(CALL) == 1


def test_a_fee_that_names_itself_is_not_named_twice() -> None:
    fee = {"text": "Lệ phí theo Thông tư 155/2025/TT-BTC."}
    assert told(entry(fees=[fee])).lower().count("lệ phí") == 1


def test_without_a_number_the_station_is_named() -> None:
    said = told(entry(confidence=Confidence.LOW), station=Station())
    assert "Trước khi đi, anh/chị hỏi lại Công an xã cho chắc." in said
    assert "số" not in said
