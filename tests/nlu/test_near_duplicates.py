"""Messages that teach a template are found; those that only share a subject are not."""

from pathlib import Path

import pytest

from bot.nlu.near_duplicates import Entry, near_duplicates, take_out

HERE = Path("messages.yml")


def found(*texts: str) -> list[tuple[str, str]]:
    return [(a.text, b.text) for a, b in near_duplicates([Entry(t, HERE) for t in texts])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cháy nhà rồi bà con ơi", "chay nha roi ba con oi!!!"),
        ("mất xe 93P1-123.45 hồi 2 giờ", "mất xe 93P2-999.99 hồi 3 giờ"),
        (
            "nhà ông Năm mở karaoke tới khuya không ai ngủ được",
            "nhà ông Bảy mở karaoke tới khuya không ai ngủ được",
        ),
        ("ok", "OK!"),
        ("🔥", "🔥"),
    ],
)
def test_almost_the_same_words_are_found(one: str, other: str) -> None:
    assert found(one, other) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cháy nhà ông Năm rồi, ai có bình chữa cháy", "nhà ông Năm cháy hồi năm ngoái đó"),
        ("ok", "dạ"),
        ("🔥", "😂"),
        ("", "ok"),
    ],
)
def test_different_messages_are_not(one: str, other: str) -> None:
    assert found(one, other) == []


def test_what_stands_in_the_development_set_may_not_be_learnt() -> None:
    kept, learnt = Entry("mất con bò vàng", None), Entry("mat con bo vang", HERE)
    assert list(near_duplicates([kept, learnt])) == [(kept, learnt)]
    assert list(near_duplicates([kept, kept])) == []


def test_the_later_one_is_taken_out_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "voice.yml"
    path.write_text("  examples: |\n    - ok\n    - dạ\n    - ok\n", "utf-8")
    take_out(Entry("ok", path))
    assert path.read_text("utf-8") == "  examples: |\n    - ok\n    - dạ\n"
