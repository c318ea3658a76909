"""What a bare question asks about, and what an entry says on it."""

from datetime import date

import pytest

from bot.groups.station import Station
from bot.procedures.entry import Fee, Service
from bot.procedures.parts import Part, numbered, parts_asked, told_on
from bot.procedures.telling import answer_on
from tests.procedures.conftest import entry

TODAY = date(2026, 11, 27)
STATION = Station("Xã Đồng Tâm", "Đồng Nai", phone="0251 000 000")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("lệ phí bao nhiêu?", "fee"),
        ("le phi bao nhieu vay", "fee"),
        ("tốn nhiêu tiền", "fee"),
        ("có mất tiền không em", "fee"),
        ("mấy ngày có?", "time"),
        ("bao nhiêu ngày thì xong", "time"),
        ("mất bao lâu vậy", "time"),
        ("cần giấy tờ gì", "papers"),
        ("vậy đem theo gì", "papers"),
        ("làm ở đâu", "place"),
        ("làm online được không", "online"),
        ("có nộp qua mạng được không", "online"),
        ("tờ khai nào", "forms"),
        ("điền mẫu nào", "forms"),
        ("các bước làm sao", "steps"),
        ("thế nào", "steps"),
        ("kể kỹ hơn đi", "details"),
        ("noi ro hon giup toi", "details"),
        ("giải thích chi tiết hơn", "details"),
        ("phí với thời hạn", "time fee"),
        ("cần giấy tờ gì, nộp ở đâu", "papers place"),
        ("lệ phí hộ chiếu bao nhiêu", ""),
        ("mất xe ở đâu", ""),
        ("nhà tôi bị trộm lấy hết tiền", ""),
        ("sao rồi", ""),
        ("cảm ơn", ""),
    ],
)
def test_what_a_bare_question_asks_about(text: str, parts: str) -> None:
    assert parts_asked(text) == tuple(Part(part) for part in parts.split())


def test_the_fields_say_it_before_the_sentences() -> None:
    whole = entry(
        answer="Nộp tại {station}. Lệ phí cũ ghi trong câu này. Hẹn trong 9 ngày. Khai mẫu CT01.",
        steps=["Khai mẫu CT01.", "Nộp hồ sơ."],
        papers=["Thẻ căn cước", "Giấy tờ chỗ ở"],
        forms=["CT01: Tờ khai thay đổi thông tin cư trú"],
        where="{station}",
        online="https://dichvucong.gov.vn",
        time="03 ngày làm việc",
        fees=[
            Fee(text="10.000 đồng", until=date(2026, 12, 31)),
            Fee(text="20.000 đồng", since=date(2027, 1, 1)),
        ],
        details=["Chủ hộ phải đồng ý."],
    )
    fee = told_on(whole, Part.FEE, TODAY, STATION)
    assert fee == "Lệ phí: 10.000 đồng (đến hết ngày 31/12/2026)."
    assert told_on(whole, Part.FEE, date(2027, 1, 1), STATION) == "Lệ phí: 20.000 đồng"
    assert told_on(whole, Part.TIME, TODAY, STATION) == "03 ngày làm việc"
    assert told_on(whole, Part.PAPERS, TODAY, STATION) == "1. Thẻ căn cước\n2. Giấy tờ chỗ ở"
    assert told_on(whole, Part.PLACE, TODAY, STATION) == "{station}"
    assert "https://dichvucong.gov.vn" in told_on(whole, Part.ONLINE, TODAY, STATION)
    assert told_on(whole, Part.FORMS, TODAY, STATION) == "CT01: Tờ khai thay đổi thông tin cư trú"
    assert told_on(whole, Part.STEPS, TODAY, STATION) == "1. Khai mẫu CT01.\n2. Nộp hồ sơ."
    assert told_on(whole, Part.DETAILS, TODAY, STATION) == (
        "Chủ hộ phải đồng ý.\n1. Khai mẫu CT01.\n2. Nộp hồ sơ."
    )


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Part.FEE, "Lệ phí 15.000 đồng."),
        (Part.TIME, "Hẹn trong 9 ngày."),
        (Part.ONLINE, "Khai trên VNeID."),
        (Part.PLACE, "Nộp ở đâu cũng được."),
        (Part.FORMS, ""),
        (Part.STEPS, ""),
        (Part.DETAILS, ""),
    ],
)
def test_where_a_field_is_empty_the_sentences_say_it(part: Part, told: str) -> None:
    answer = (
        "Khai trên VNeID. Nộp ở đâu cũng được. Hẹn trong 9 ngày. Lệ phí 15.000 đồng. "
        "Công an thành phố Đồng Nai xét. Làm trễ bị phạt 500.000 đồng."
    )
    assert told_on(entry(answer=answer), part, TODAY, STATION) == told


def test_a_lapsed_fee_is_not_told_but_who_knows_it() -> None:
    lapsed = entry(fees=[Fee(text="10.000 đồng", until=date(2026, 1, 1))])
    told = told_on(lapsed, Part.FEE, TODAY, STATION)
    assert "10.000" not in told
    assert "0251 000 000" in answer_on(lapsed, told, TODAY, STATION)


def test_where_it_is_done_says_whether_it_is_done_here() -> None:
    elsewhere = entry(where="Phòng CSGT", service=Service.PASSPORT)
    told = told_on(elsewhere, Part.PLACE, TODAY, STATION)
    assert told.startswith("Phòng CSGT\n")
    assert "0251 000 000" in answer_on(elsewhere, told, TODAY, STATION)


def test_one_line_needs_no_number() -> None:
    assert numbered(["Thẻ căn cước"]) == "Thẻ căn cước"
    assert numbered([]) == ""
