"""Codes that a resident can read out and type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.codes import find_code, new_code


def test_a_code_has_no_letters_that_look_alike() -> None:
    letters = {letter for _ in range(200) for letter in new_code()[3:]}
    assert not letters & set("0O1ILB8S5Z2")


@pytest.mark.parametrize("typed", ["PA-9D4CM sao rồi", "pa 9d4cm", "mã pa9d4cm tới đâu rồi ạ"])
def test_a_code_is_found_however_it_is_typed(typed: str) -> None:
    assert find_code(typed) == "PA-9D4CM"


@pytest.mark.parametrize("text", ["", "chào cán bộ", "PA-", "papa", "PA-12345"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert find_code(text) is None


@given(st.text())
def test_any_text_may_be_searched(text: str) -> None:
    found = find_code(text)
    assert found is None or found.startswith("PA-")
