"""An entry in a form and back: nothing is lost, and what is wrong stands beside its field."""

from datetime import date
from typing import Any

import pytest
from litestar.datastructures import FormMultiDict

from bot.console.forms import Fields
from bot.procedures import entry_form
from bot.procedures.entry import Entry
from bot.procedures.entry_form import check, read, shown

WHOLE: dict[str, Any] = {
    "topic": "id_card",
    "name": "Cấp lại thẻ căn cước bị mất",
    "questions": ["Mất căn cước làm lại ở đâu?", "Làm lại căn cước mất bao lâu?", "Phí bao nhiêu?"],
    "asked": ["mat cccd lam lai sao"],
    "answer": "Bà con đến {station} hoặc nộp trên VNeID, mang theo giấy tờ tùy thân nếu có.",
    "details": ["Đoạn một.", "Đoạn hai."],
    "steps": ["Đến nơi.", "Chụp ảnh."],
    "papers": ["Không cần giấy tờ gì thêm."],
    "forms": ["DC02: đề nghị cấp lại"],
    "where": "Công an xã nào trong cả nước cũng được",
    "online": "https://dichvucong.gov.vn",
    "time": "07 ngày làm việc",
    "fees": [
        {"text": "35.000 đồng", "until": "2026-12-31"},
        {"text": "70.000 đồng", "since": "2027-01-01"},
    ],
    "service": "id_card",
    "legal_source": ["Luật Căn cước 26/2023/QH15"],
    "verified_on": "Đối chiếu văn bản gốc",
    "checked_on": "2026-11-23",
    "check_by": "2026-12-31",
    "confidence": "high",
    "related": ["id_card_other"],
}
KNOWN = {"id_card_lost", "id_card_other"}
TODAY = date(2026, 11, 27)


def sent(content: dict[str, Any]) -> Fields:
    """As a browser sends the form that shows the content."""
    form = shown(content)
    pairs = [(name, value) for name, value in form.items() if isinstance(value, str)]
    pairs += [("related", each) for each in form["related"]]
    for row, fee in enumerate(form["fees"]):
        pairs += [(f"fee_{part}_{row}", value) for part, value in fee.items()]
    return Fields(FormMultiDict(pairs))


def test_an_entry_goes_through_the_form_unchanged() -> None:
    assert read(sent(WHOLE)) == WHOLE
    entry, errors = check(WHOLE, KNOWN, "id_card_lost", TODAY)
    assert errors == {}
    assert entry is not None
    dumped = entry.model_dump(mode="json", exclude_defaults=True)
    assert dumped == {**WHOLE, "id": "id_card_lost"}
    assert entry.fee(date(2026, 12, 31)) == "35.000 đồng"


def test_the_form_has_a_field_for_everything_an_entry_has() -> None:
    assert {*shown({})} == {*Entry.model_fields} - {"id"}


def test_an_unfinished_draft_comes_back_as_it_was_typed() -> None:
    unfinished = {
        "answer": "Chưa xong {tram",
        "online": "dichvucong",
        "check_by": "mai mốt",
        "fees": [{"text": "", "until": "2026-12-31"}],
    }
    assert read(sent(unfinished)) == unfinished
    assert read(sent({})) == {}


def test_lines_are_items_and_blank_ones_are_none() -> None:
    assert entry_form.lines("  một \r\n\n hai   ba\n") == ["một", "hai ba"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", None, "Đồng chí ghi mục này."),
        ("name", "x", "Ngắn quá, cần ít nhất 3 ký tự."),
        ("answer", "x" * 1501, "Dài quá, nhiều nhất 1500 ký tự."),
        ("questions", ["một", "hai"], "Cần ít nhất 3 dòng."),
        ("steps", ["Được.", "x" * 601], "Dòng 2: dài quá, nhiều nhất 600 ký tự."),
        ("online", "http://a.vn", "Địa chỉ phải bắt đầu bằng https:// và không có dấu cách."),
        ("topic", "khac", "Đồng chí chọn một mục trong danh sách."),
        ("confidence", None, "Đồng chí ghi mục này."),
        ("checked_on", "hôm qua", "Ngày không đúng, ghi như 31/12/2026."),
        ("check_by", "2026-02-30", "Ngày không đúng, ghi như 31/12/2026."),
        ("fees", [{"text": ""}], "Dòng 1: ngắn quá, cần ít nhất 1 ký tự."),
        ("related", ["khong_co"], "Không có thủ tục “khong_co”."),
        ("legal_source", None, "Chưa ghi."),
        ("answer", "Lệ phí 70.000 đồng, bà con nộp tại trụ sở.", "Có số tiền “70.000 đồng”"),
        ("answer", "Gọi {dien_thoai} rồi đến {station} nhé bà con", "Chỉ dùng được"),
        (
            "fees",
            [{"text": "70.000 đồng", "since": "2027-01-01", "until": "2026-01-01"}],
            "Dòng 1: ngày hết hạn của mức phí đứng trước ngày bắt đầu.",
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, value: Any, said: str) -> None:
    content = {k: v for k, v in {**WHOLE, field: value}.items() if v is not None}
    entry, errors = check(content, KNOWN, "id_card_lost", TODAY)
    assert entry is None
    assert list(errors) == [field]
    assert errors[field][0].startswith(said)


def test_a_day_may_be_written_as_people_here_write_it() -> None:
    form = Fields(FormMultiDict([("check_by", "31/12/2026"), ("fee_until_0", "1/3/2027")]))
    content = read(form)
    assert content["check_by"] == "2026-12-31"
    assert content["fees"][0]["until"] == "2027-03-01"
