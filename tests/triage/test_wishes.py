"""What is asked of the assistant itself, and what only sounds like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.wishes import Wish, asks_to_stay_unnamed, wish_in

WISHES = {
    Wish.ANONYMOUS: [
        "giấu tên giúp em",
        "giau ten dum em voi",
        "cho tui giấu tên nha",
        "tôi xin được giấu tên",
        "dạ giữ kín danh tính giúp con ạ",
        "giữ bí mật tên tuổi cho tôi",
        "đừng cho ai biết tên tui",
        "dung cho ai bik ten e nha",
        "Đừng nói cho ai biết là tôi báo nhé!",
        "đừng để họ biết em là ai",
        "ko muốn ai biết tên mình",
        "không muốn hàng xóm biết là tôi",
        "đừng ghi tên em",
        "đừng để lộ danh tính",
        "tên tôi xin giữ kín",
        "ẩn danh",
        "an danh giup em",
        "tôi muốn báo ẩn danh được không?",
        "cho em xin ẩn danh ạ",
        "đừng cho ai biết tên tui nha, tui sợ lắm",
        "che tên cho bác",
    ],
    Wish.NAMED: [
        "cho cán bộ biết tên cũng được",
        "cho can bo biet ten toi cung dc",
        "thôi khỏi giấu tên nữa",
        "không cần giấu tên",
        "ko can an danh nua",
        "bỏ ẩn danh",
        "cứ ghi tên tôi cũng được",
    ],
    Wish.ERASE: [
        "xoá dữ liệu của tôi",
        "xóa dữ liệu của tôi",
        "xoa het thong tin cua tui di",
        "xoá hết thông tin của tui đi",
        "em muốn xóa hết dữ liệu cá nhân của em",
        "trợ lý ơi xóa giùm dữ liệu của bác với",
        "xoa data cua e",
        "xoá tên và số điện thoại của tôi",
        "đừng lưu thông tin của tôi nữa",
        "xoá dữ liệu của tôi được không?",
    ],
    Wish.SHOW_DATA: [
        "dữ liệu của tôi có gì",
        "du lieu cua toi co gi",
        "trợ lý đang giữ gì của tôi",
        "bot luu gi cua em",
        "cho tôi xem thông tin của tôi",
        "coi du lieu cua tui",
        "hệ thống đang lưu những gì về tôi",
    ],
    Wish.STOP: [
        "dừng",
        "Dừng!",
        "dừng lại",
        "ngừng nhắn",
        "đừng nhắn nữa",
        "dung nhan tin cho toi nua",
        "stop",
        "STOP",
        "/stop",
        "ngừng gửi tin cho tui đi",
        "không muốn nhận tin nhắn nữa",
    ],
    Wish.RESUME: ["nhắn lại đi", "nhan lai di", "gửi tin lại cho tôi nhé", "bắt đầu lại"],
    Wish.HELP: ["/help", "help", "trợ giúp", "hướng dẫn sử dụng"],
    Wish.OPENNESS: [
        "/noiquy",
        "nội quy",
        "cho xem nội quy",
        "noi quy nhom la gi",
        "trợ lý đọc gì",
        "trợ lý đọc những gì",
        "tro ly la ai",
        "có ghi lại không",
        "nhắn ở đây có bị ghi lại không?",
        "trợ lý có đọc tin trong nhóm không",
        "bot co luu lai ko",
    ],
}


@pytest.mark.parametrize(
    ("text", "wish"), [(text, wish) for wish, texts in WISHES.items() for text in texts]
)
def test_a_wish_is_understood(text: str, wish: Wish) -> None:
    assert wish_in(text) is wish


@pytest.mark.parametrize(
    "text",
    [
        "anh ấy giấu tên hàng giả",
        "nó giấu tên thật để lừa người ta",
        "công ty giấu tên sản phẩm",
        "có tài khoản ẩn danh nhắn tin dọa em",
        "nó nhắn tin ẩn danh chửi tui",
        "kẻ ẩn danh",
        "dừng xe trước cổng",
        "xe không dừng lại",
        "đúng",
        "dung",
        "dung roi",
        "đúng rồi ạ",
        "đứng lại",
        "dùng",
        "xoá bảng",
        "xóa nợ cho tôi",
        "nó xoá dữ liệu máy tính của tôi",
        "xóa đăng ký tạm trú",
        "ai đó xoá hết tin nhắn trong điện thoại con tôi",
        "đừng xoá dữ liệu của tôi",
        "nó đừng nhắn nữa là được",
        "nó nhắn tin hoài, bảo đừng nhắn nữa không nghe",
        "để tôi nhắn lại",
        "thôi đừng hỏi nữa",  # the form's questions
        "không nhận",
        "hết hạn",
        "có",
        "không",
        "tôi",
        "ẩn náu trong nhà hoang",
        "ăn đánh nhau",
        "đừng cho cán bộ biết tên em",
        "bà con ơi cứu với",
        "ghi lại biển số xe chưa",
        "nội quy chợ không cho bán hàng rong mà họ vẫn bán",
        "hướng dẫn làm căn cước cho con tôi",
        "",
    ],
)
def test_what_only_sounds_like_a_wish_is_none(text: str) -> None:
    assert wish_in(text) in (None, Wish.ANONYMOUS)
    if "đừng cho cán bộ biết" not in text:
        assert wish_in(text) is None
        assert not asks_to_stay_unnamed(text)


@pytest.mark.parametrize(
    "text",
    [
        "nhà ông Tám đánh bài ăn tiền, đừng cho ai biết tên tui nha",
        "giấu tên giúp em, chồng em hay đánh em",
        "tui muốn báo ẩn danh: quán nhậu đầu hẻm bán pháo",
        "cháy nhà, giấu tên em",
        "xin giữ kín danh tính của tôi. Bên kia đường có sòng bạc",
        "có đám trộm chó, không cho ai biết là em báo nhé",
    ],
)
def test_a_report_that_asks_for_it_is_a_report_still(text: str) -> None:
    assert wish_in(text) is None
    assert asks_to_stay_unnamed(text)


@pytest.mark.parametrize(
    "text",
    [
        "không cần giấu tên tôi đâu, nhà bên kia đánh bài",
        "nó dọa không cho ai biết chỗ nó giấu hàng",
        "đừng cho ai biết mật khẩu, cán bộ dặn vậy đúng không",
        "thằng đó ghi tên em vào giấy nợ",
        "người ta giấu tên chủ quán",
    ],
)
def test_what_is_told_of_others_hides_nobody(text: str) -> None:
    assert not asks_to_stay_unnamed(text)


@given(st.text())
def test_any_text_may_be_searched(text: str) -> None:
    assert wish_in(text) is None or isinstance(wish_in(text), Wish)
    assert asks_to_stay_unnamed(text) in (True, False)


def test_a_long_text_takes_no_time() -> None:
    began = time.perf_counter()
    for text in ("cho em " * 2000, "dung cho ai " * 1000, "giau kin di het " * 800):
        wish_in(text[:160])
        asks_to_stay_unnamed(text)
    assert time.perf_counter() - began < 0.5
