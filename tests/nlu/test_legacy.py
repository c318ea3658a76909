"""Old fonts and input methods that were off still say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.legacy import to_unicode
from bot.nlu.text import fold

SAME = "Cháy nhà rồi bà con ơi"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ch¸y nhµ råi bµ con ¬i", SAME),
        ("Chaùy nhaø roài baø con ôi", SAME),
        ("chays nhaf rooif baf con owi", SAME.lower()),
        ("chay1 nha2 ro6i2 ba2 con o7i", SAME.lower()),
        ("Ñöôøng ngaäp quaù, xe khoâng chaïy ñöôïc", "Đường ngập quá, xe không chạy được"),
        ("dduwowngf ngaapj quas", "đường ngập quá"),
        ("d9u7o7ng2 nga6p5 qua1", "đường ngập quá"),
    ],
)
def test_what_never_became_unicode_is_read(typed: str, meant: str) -> None:
    assert to_unicode(typed) == meant
    assert fold(typed) == fold(meant)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cho hỏi làm căn cước ở đâu",
        "nha ong ba o ap3 lo4 mat trom roi ba con oi",
        "ap 3 k15 93p1 12345 abc",
        "toi o quan nay sang nay xay ra",
        "hai chú công an tới xem",
        "hoà nhau khoá cái toà nhà",
        "wifi max 20k, ship box về ấp",
        "trọ cô Hà phòng 3, ai hỏi thì gọi",
    ],
)
def test_what_is_written_normally_stays(text: str) -> None:
    assert to_unicode(text) == text


@given(st.text(st.characters(), max_size=200))
def test_any_string_gives_an_answer(text: str) -> None:
    to_unicode(text)
