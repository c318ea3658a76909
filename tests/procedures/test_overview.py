"""Procedures are found by words of theirs."""

import pytest

from bot.procedures.overview import speaks_of


@pytest.mark.parametrize("words", ["can cuoc", "CĂN CƯỚC", "cccd", "mat cap lai", "", "  "])
def test_words_are_found_whichever_way_they_are_written(words: str) -> None:
    assert speaks_of("Cấp lại thẻ căn cước bị mất", words)


@pytest.mark.parametrize("words", ["hộ chiếu", "ca", "can cuoc doi", "(", "cmnd"])
def test_words_that_are_not_in_it_find_nothing(words: str) -> None:
    assert not speaks_of("Cấp lại thẻ căn cước bị mất", words)
