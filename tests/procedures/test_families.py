"""The one fact that changes an answer: what tells it, when it is asked for, and the file behind."""

from datetime import date

import pytest

from bot.procedures.catalogue import catalogue
from bot.procedures.families import FILE, Family, Said, ages, families, families_of
from bot.procedures.replies import CHOOSE, NOT_MEANT, ask_which, offer_of
from bot.procedures.settling import settle
from bot.procedures.spelling import plain

TODAY = date(2026, 11, 27)
PAYLOAD = 64
"""Bytes of a button's payload that every platform brings back."""


def family(name: str) -> Family:
    return next(each for each in families() if each.name == name)


@pytest.mark.parametrize("each", families(), ids=lambda each: plain(each.name))
def test_a_family_names_procedures_that_are_told_and_labels_that_differ(each: Family) -> None:
    assert [p for p in each.ids if p not in catalogue()] == [], FILE
    assert each.usual in ("", *each.ids)
    labels = {plain(choice.label) for choice in each.choices}
    assert len(labels) == len(each.choices) == len(set(each.ids))


@pytest.mark.parametrize("each", families(), ids=lambda each: plain(each.name))
def test_each_name_of_a_matter_alone_is_a_general_question(each: Family) -> None:
    for words in each.about:
        told = each.told(Said.of(f"{words} cần gì", TODAY))
        assert told or each.asked_in_general(Said.of(f"{words} cần giấy tờ gì ạ", TODAY)), words


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("con tôi 8 tuổi", {8}),
        ("be 5t", {5}),
        ("cháu tám tuổi", {8}),
        ("cháu gái vừa mười bốn tuổi", {14}),
        ("mười tuổi", {10}),
        ("sinh nhật bốn mươi tuổi của vợ tôi", {40}),
        ("hai mươi lăm tuổi", {25}),
        ("bé 3 tháng", {0}),
        ("con gái được 14 tháng tuổi", {1}),
        ("con mới sinh", {0}),
        ("cháu sơ sinh", {0}),
        ("trẻ dưới 6 tuổi", {5}),
        ("từ đủ 6 tuổi đến 13 tuổi", {6, 13}),
        ("con sinh năm 2018", {7, 8}),
        ("sinh ngày 2/9/2020", {5, 6}),
        ("trễ hạn 3 tháng", set()),
        ("con tôi phải chờ 7 ngày", set()),
        ("ở 2 năm", set()),
        ("lệ phí 15.000 đồng", set()),
        ("chờ 8 tuần", set()),
    ],
)
def test_an_age_is_read_as_people_write_it(text: str, years: set[int]) -> None:
    assert ages(text, TODAY) == years


@pytest.mark.parametrize(
    ("name", "text", "procedure"),
    [
        ("Căn cước", "làm cccd cho con 8 tuổi", "id_card_child_6_to_14"),
        ("Căn cước", "lam can cuoc cho con moi sinh", "id_card_child_under_6"),
        ("Căn cước", "con 5 tuổi 11 tháng làm căn cước", "id_card_child_under_6"),
        ("Căn cước", "làm căn cước lần đầu cho con 8 tuổi", "id_card_child_6_to_14"),
        ("Căn cước", "cháu 8 tuổi bị mất căn cước", "id_card_lost_damaged"),
        ("Căn cước", "can cuoc het han roi", "id_card_renewal_by_age"),
        ("Căn cước", "tôi 45 tuổi làm căn cước", None),
        ("Căn cước", "căn cước mất bao lâu", None),
        ("Hộ chiếu", "passport cho be 10t", "passport_child"),
        ("Hộ chiếu", "tôi 40 tuổi làm hộ chiếu", "passport_adult"),
        ("Hộ chiếu", "con tôi 8 tuổi làm mất hộ chiếu", "passport_lost"),
        ("Thường trú", "ở trọ có nhập hộ khẩu được không", "residence_permanent_rented"),
        ("Thường trú", "nhập hộ khẩu cho con mới sinh", "residence_permanent_newborn"),
        ("Thường trú", "mới mua nhà muốn nhập hộ khẩu", "residence_permanent"),
        ("Tạm trú", "tạm trú hết hạn rồi làm sao", "residence_temporary_extension"),
        ("Đăng ký xe", "mua xe máy cũ muốn sang tên", "vehicle_transfer"),
        ("Đăng ký xe", "xe mới mua đăng ký ở đâu", "vehicle_new_registration"),
        ("Đăng ký xe", "bán xe rồi thì làm gì", "vehicle_sold"),
        ("Đăng ký xe", "ba mất, muốn đứng tên xe", "vehicle_inherited"),
        ("Đăng ký xe", "sang tên xe tỉnh khác", None),  # two at once: the search decides
        ("Giấy xe, biển số", "mất cà vẹt xe máy", "vehicle_lost_papers"),
        ("Giấy xe, biển số", "rot bien so xe", "vehicle_plate_lost"),
        ("Giấy xe, biển số", "mất giấy lẫn mất biển", None),
        ("Bằng lái", "bằng lái hết hạn", "driving_license_expired"),
        ("Bằng lái", "bang lai bi mat", "driving_license_lost"),
        ("Giấy ANTT", "mở tiệm cầm đồ", "security_license_pawnshop"),
        ("Giấy ANTT", "sang lại quán karaoke", None),
        ("Phạt nguội", "đóng phạt nguội ở đâu", "traffic_fine_pay"),
        ("Lý lịch tư pháp", "lltp so 2 de lam gi", "criminal_record_types"),
        ("Đăng ký xe", "đăng ký xe máy điện", "vehicle_electric"),
        ("Giấy xe, biển số", "biển số bị gãy", "vehicle_plate_lost"),
        ("Bằng lái", "bằng lái sắp hết hạn", "driving_license_exchange"),
        ("VNeID", "quên mật khẩu vneid", "vneid_forgot_password"),
        ("VNeID", "mất điện thoại khóa vneid", "vneid_lock_unlock"),
        ("Hộ chiếu", "hộ chiếu gần hết hạn", "passport_renewal"),
        ("Thường trú", "nhập hộ khẩu về nhà chồng", "residence_family_joins"),
        ("Thường trú", "nhà chưa có sổ đỏ nhập hộ khẩu được không", "residence_no_house_papers"),
    ],
)
def test_the_words_tell_the_case(name: str, text: str, procedure: str | None) -> None:
    choice = family(name).told(Said.of(text, TODAY))
    assert (choice.procedure if choice else None) == procedure


@pytest.mark.parametrize(
    ("name", "text", "understood"),
    [
        ("Căn cước", "8 tuổi", True),
        ("Căn cước", "dạ cháu 3 tuổi", True),
        ("Căn cước", "con mới sinh được 2 tháng", True),
        ("Căn cước", "thẻ bị mất", True),
        ("Căn cước", "cháu 8 tuổi bị xe tông", False),
        ("Căn cước", "hồi hôm nhà em bị mất trộm", False),
        ("Căn cước", "cháu 8 tuổi mất tích từ sáng", False),
        ("Đăng ký xe", "xe cũ mua lại", True),
        ("Đăng ký xe", "xe tôi bị mất rồi", False),
        ("Thường trú", "nhà trọ", True),
        ("Thường trú", "nhà trọ bên cạnh đánh nhau", False),
    ],
)
def test_only_a_bare_fact_answers_the_question(name: str, text: str, understood: bool) -> None:
    assert (family(name).answered_by(Said.of(text, TODAY)) is not None) is understood


@pytest.mark.parametrize(
    ("text", "found", "settled"),
    [
        ("làm căn cước cần gì?", ["id_card_first_issue"], "Căn cước"),
        ("con tôi làm căn cước", ["id_card_first_issue", "id_card_child_6_to_14"], "Căn cước"),
        ("làm căn cước cần gì?", [], "Căn cước"),
        ("làm căn cước cho con 8 tuổi", ["id_card_first_issue"], "id_card_child_6_to_14"),
        ("người già yếu làm căn cước tại nhà", ["id_card_first_issue"], "id_card_first_issue"),
        ("lệ phí căn cước bao nhiêu", ["id_card_fee"], "id_card_fee"),
        ("làm căn cước cần gì", ["id_card_booking", "id_card_first_issue"], "Căn cước"),
        ("đặt lịch làm căn cước", ["id_card_booking", "id_card_first_issue"], "id_card_booking"),
        (
            "trợ lý ơi làm căn cước cần giấy tờ gì",
            ["id_card_no_data", "id_card_first_issue"],
            "Căn cước",
        ),
        (
            "làm căn cước cho con 8 tuổi cần giấy tờ gì ạ",
            ["id_card_no_data"],
            "id_card_child_6_to_14",
        ),
        ("mất căn cước làm lại sao", ["id_card_old_number_confirmation"], "id_card_lost_damaged"),
        ("làm căn cước cần giấy tờ gì", ["id_card_no_data"], "Căn cước"),
        ("ảnh làm hộ chiếu", ["passport_photo"], "passport_photo"),
        ("lệ phí hộ chiếu", ["passport_fee", "passport_adult"], "passport_fee"),
        ("đăng ký xe máy ở đâu", ["vehicle_new_registration"], "Đăng ký xe"),
        ("làm mất hết giấy tờ", ["lost_papers"], "Mất giấy tờ"),
        ("đăng ký tạm trú online làm sao", ["residence_temporary"], "residence_temporary"),
        (
            "tạm trú",
            ["residence_temporary_extension", "residence_stay_notification"],
            "residence_temporary",
        ),
        (
            "tạm trú của thằng em tôi",
            ["residence_temporary_extension", "residence_stay_notification"],
            "Tạm trú",
        ),
        ("xe khác vùng sang tên ở đâu", ["vehicle_other_province"], "vehicle_other_province"),
        (
            "mất bằng lái",
            ["driving_license_exchange", "driving_license_lost"],
            "driving_license_lost",
        ),
        ("lý lịch tư pháp mấy ngày có", ["criminal_record_validity"], "criminal_record"),
        ("nuôi cá sấu", [], None),
        ("biển số định danh là gì", ["vehicle_identity_plate"], "vehicle_identity_plate"),
    ],
)
def test_a_question_is_answered_or_the_fact_is_asked_for(
    text: str, found: list[str], settled: str | None
) -> None:
    what = settle(text, found, TODAY)
    said = what.name if isinstance(what, Family) else next(iter(what), None)
    assert said == settled


def test_words_choose_only_among_what_was_found() -> None:
    text = "người đứng tên nhà nghỉ đổi sang vợ tôi thì báo ai"
    alone = ("security_license_owner_change",)
    assert settle(text, alone, TODAY) == alone


def test_nobody_is_asked_twice() -> None:
    asked = family("Căn cước")
    assert settle("làm căn cước", ["id_card_first_issue"], TODAY, asked) == ("id_card_first_issue",)
    found = ["id_card_booking", "id_card_first_issue"]
    assert settle("làm căn cước", found, TODAY, asked) == ("id_card_first_issue",)
    assert settle("làm căn cước", [], TODAY, asked) == ()


def test_close_ones_of_different_matters_are_named_with_their_matter() -> None:
    labels = [b.label for b in offer_of(["id_card_lost_damaged", "passport_lost", "id_card_fee"])]
    assert labels == ["Căn cước: thẻ mất, hư", "Hộ chiếu: hộ chiếu bị mất", labels[2]]
    assert labels[2].startswith("Lệ phí thẻ căn cước")


def test_the_buttons_of_a_family_are_short() -> None:
    for each in families():
        assert [b.label for b in ask_which(each).buttons] == [c.label for c in each.choices]


def test_every_payload_comes_back_whole() -> None:
    for procedure in catalogue():
        assert len(max(CHOOSE, NOT_MEANT, key=len) + procedure) <= PAYLOAD


def test_a_procedure_lent_to_another_family_belongs_to_its_own() -> None:
    assert [each.name for each in families_of(["passport_lost"])] == ["Hộ chiếu"]
