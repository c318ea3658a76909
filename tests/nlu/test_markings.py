"""A document's mark of secrecy is seen; ordinary talk about secrets, honey and passwords is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.markings import find_markings
from bot.nlu.plain import Plain


def degrees(text: str) -> set[str]:
    return {marking.value for marking in find_markings(Plain(text))}


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("Số: 12/BC-CAX (Mật)", "Mật"),
        ("CÔNG AN XÃ\nSố: 34/2026/QĐ-UBND (TỐI MẬT)\nKính gửi", "Tối mật"),
        ("Độ mật: Tuyệt mật", "Tuyệt mật"),
        ("do mat: toi mat", "Tối mật"),
        ("TỐI MẬT\nKẾ HOẠCH tuần tra", "Tối mật"),
        ("chuyển bà con đọc\nMẬT\nSố: 5/KH-CA", "Mật"),
        ("có ai coi tài liệu MẬT này chưa", "Mật"),
        ("[TUYỆT MẬT] phương án", "Tuyệt mật"),
        ("công văn số 7/CV-CA đóng dấu MẬT", "Mật"),
    ],
)
def test_a_mark_is_found(text: str, degree: str) -> None:
    assert degrees(text) == {degree}


@pytest.mark.parametrize(
    "text",
    [
        "bí mật nha",
        "BÍ MẬT",
        "mật ong rừng nguyên chất",
        "MẬT ONG RỪNG 250K/LÍT",
        "quên mật khẩu VNeID",
        "giữ mật giùm tui",
        "độ bảo mật: cao",
        "chuyện này tối mật nghen",
        "sinh nhật bé là TUYỆT MẬT nha mọi người",
        "bữa cơm thân mật",
        "toi mat xe roi",
        "TÔI MẤT XE",
        "TOI MAT XE",
        "Số: 12/BC-CAX mất rồi",
        "Số: 15/KH-CAX ngày 3/11",
        "sỏi mật nằm phòng mấy",
        "hồ sơ mật là phim gì vậy",
        "giữ bí mật nhà nước là trách nhiệm của mọi người",
    ],
)
def test_ordinary_talk_shows_no_mark(text: str) -> None:
    assert degrees(text) == set()


@given(st.text(st.sampled_from("mật tốiuyệđộ: số12/BC-(MẬT)\n"), max_size=60))
def test_any_mixture_is_read(text: str) -> None:
    degrees(text)
