"""The parts of a message that are judged by themselves."""

from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.sentences import MOST, STRETCH, clauses, sentences


def test_a_message_of_one_sentence_has_no_parts() -> None:
    assert sentences("đêm qua nhà tui mất con bò") == []


def test_sentences_end_with_a_mark_or_a_line() -> None:
    text = "Tối qua em bị giật điện thoại. Giờ làm lại sim ở đâu?\nAi thấy thì nhắn em nha"
    assert sentences(text) == [
        "Tối qua em bị giật điện thoại.",
        "Giờ làm lại sim ở đâu?",
        "Ai thấy thì nhắn em nha",
    ]


def test_greetings_and_thanks_are_no_parts() -> None:
    assert sentences("Dạ em chào anh. Cho em hỏi làm căn cước ở đâu? Em cảm ơn!") == [
        "Dạ em chào anh.",
        "Cho em hỏi làm căn cước ở đâu?",
    ]


def test_clauses_end_with_a_comma_too() -> None:
    assert clauses("em bị giật mất bóp hồi tối, giờ làm lại căn cước ở đâu") == [
        "em bị giật mất bóp hồi tối,",
        "giờ làm lại căn cước ở đâu",
    ]


def test_what_was_dictated_without_a_mark_is_cut_into_stretches() -> None:
    words = [f"từ{n}" for n in range(30)]
    parts = clauses(" ".join(words))
    assert all(len(part.split()) == STRETCH for part in parts)
    assert parts[0].split()[0] == "từ0"
    assert parts[-1].split()[-1] == "từ29"
    assert {word for part in parts for word in part.split()} == set(words)


def test_a_short_message_is_not_cut() -> None:
    assert clauses("mất con bò vàng ở ấp ba ai thấy chỉ giùm") == []


@given(st.text(max_size=2000))
def test_any_text_has_few_parts(text: str) -> None:
    assert len(sentences(text)) <= MOST
    assert len(clauses(text)) <= MOST
