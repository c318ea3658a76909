"""Which addresses pretend to be somebody, and which are ordinary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.links import host_of, why_doubtful


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("https://bit.ly/3xYz", "shortener"),
        ("http://103.12.4.5/dang-nhap", "address"),
        ("http://[::1", "address"),
        ("https://vnpt.example/VNeID.apk", "app"),
        ("https://xn--vietcombnk-xyz.com", "script"),
        ("https://vietcоmbank.com.vn", "script"),  # a Cyrillic о
        ("http://vietcombank.com.vn@evil.top/x", "disguise"),
        ("vneid-capnhat.top", "impostor"),
        ("dichvucong-gov.com", "impostor"),
        ("https://bocongan.online/phat-nguoi", "impostor"),
        ("vneid.gov.vn.verify.icu", "impostor"),
        ("vietconbank.com", "impostor"),
        ("agr1bank.com", "impostor"),
        ("techcombank-online.net", "impostor"),
        ("shopee-tri-an.club", "impostor"),
    ],
)
def test_a_doubtful_link_says_why(link: str, why: str) -> None:
    assert why_doubtful(link) == why


@pytest.mark.parametrize(
    "link",
    [
        "https://www.youtube.com/watch?v=dQw4",
        "https://youtu.be/dQw4",
        "facebook.com/groups/1",
        "https://zalo.me/g/abcdef",
        "https://vnexpress.net/vneid-la-gi.html",
        "tuoitre.vn",
        "https://cand.com.vn",
        "congan.com.vn",
        "https://dichvucong.gov.vn/p/home",
        "https://congan.dongnai.gov.vn",
        "vietcombank.com.vn",
        "https://www.mbbank.com.vn",
        "shopee.vn/ao-mua",
        "https://maps.app.goo.gl/abc",
        "https://docs.google.com/forms/d/1",
        "thuvienphapluat.vn",
    ],
)
def test_an_ordinary_link_is_left_alone(link: str) -> None:
    assert why_doubtful(link) == ""


@given(st.text(max_size=200))
def test_any_string_is_judged(link: str) -> None:
    why_doubtful(link)
    host_of(link)
