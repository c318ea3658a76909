"""The number said first fits what is happening; the other two are always said as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.hotlines import Hotline, hotlines


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("chay nha roi ba con oi, ap 3, goi cuu hoa gium", Hotline.FIRE_AND_RESCUE),
        ("CHÁY dãy trọ sau chợ!!!", Hotline.FIRE_AND_RESCUE),
        ("thằng nhỏ rớt xuống suối, đuối nước rồi", Hotline.FIRE_AND_RESCUE),
        ("đụng xe ngay cầu, người nằm im không nhúc nhích", Hotline.AMBULANCE),
        ("chú Tư uống thuốc sâu rồi, cứu với", Hotline.AMBULANCE),
        ("có thằng đang cạy cửa sau nhà em", Hotline.POLICE),
        ("nó bỏ chạy về hướng chợ, cầm dao", Hotline.POLICE),
        ("", Hotline.POLICE),
    ],
)
def test_the_first_number_fits(text: str, first: Hotline) -> None:
    assert hotlines(text)[0] is first


@given(st.text())
def test_all_three_numbers_are_always_there(text: str) -> None:
    assert set(hotlines(text)) == set(Hotline)
