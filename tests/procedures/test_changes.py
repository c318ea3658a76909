"""Where two texts differ."""

from time import perf_counter

from bot.procedures.changes import Kind, Piece, pieces


def test_the_words_that_changed_are_told_apart() -> None:
    assert pieces("Nộp 70.000 đồng.\nVề.", "Nộp 35.000 đồng.\nVề.") == [
        Piece(Kind.SAME, "Nộp"),
        Piece(Kind.OUT, " 70.000"),
        Piece(Kind.IN, " 35.000"),
        Piece(Kind.SAME, " đồng.\nVề."),
    ]


def test_what_is_new_or_gone_altogether_is_one_piece() -> None:
    assert pieces("", "Một hai\nba") == [Piece(Kind.IN, "Một hai\nba")]
    assert pieces("Một hai", "") == [Piece(Kind.OUT, "Một hai")]
    assert pieces("Một", "Một") == [Piece(Kind.SAME, "Một")]


def test_the_later_text_is_whole_without_what_went_out() -> None:
    before, after = "Đến Công an xã.\nMang ảnh.", "Đến Công an phường.\nMang ảnh và giấy khai sinh."
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind is not Kind.OUT) == after
    assert "".join(piece.text for piece in found if piece.kind is not Kind.IN) == before


def test_texts_that_would_take_too_long_are_shown_one_after_the_other() -> None:
    before, after = "và " * 100 + "x", "và và y " * 20_000
    started = perf_counter()
    assert pieces(before, after) == [Piece(Kind.OUT, before), Piece(Kind.IN, after)]
    assert perf_counter() - started < 2
