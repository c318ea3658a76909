"""Vietnamese words (`công an` is one) as Rasa tokens, found by underthesea's word segmentation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from underthesea import word_tokenize

MAX_CHARS = 1_000
"""Characters that are segmented; beyond them words are what stands between blanks."""


class Words(Sequence[Token]):
    """The words of a text, found when somebody first looks at them.

    That takes a fifth of the time a message needs, and only what may be a title ("chú") is held
    against them: for four messages of ten nobody looks.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @overload
    def __getitem__(self, place: int) -> Token: ...
    @overload
    def __getitem__(self, place: slice) -> list[Token]: ...
    def __getitem__(self, place: int | slice) -> Token | list[Token]:
        return self._found[place]

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def _found(self) -> list[Token]:
        return [Token(self._text[start:end], start, end) for start, end in word_spans(self._text)]


class VietnameseTokenizer(Tokenizer):
    """Total: whatever underthesea answers, every token is a piece of the text at its offset."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing learns from words: n-grams are made of syllables, and segmenting takes longer."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Also replace half surrogate pairs, which are no characters and which no library takes."""
        for message in messages:
            message.set(TEXT, encodable(message.get(TEXT) or ""), add_to_output=True)
        processed: list[Message] = super().process(messages)
        return processed

    def tokenize(self, message: Message, attribute: str) -> Sequence[Token]:
        return Words(message.get(attribute))


def encodable(text: str) -> str:
    """Halves of surrogate pairs joined where they meet, replaced where they stand alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each word.

    `use_token_normalize` stays off: underthesea would rewrite `Hoà`, which is then nowhere in the
    text. A text that is not composed (NFC) is split at blanks, as offsets would not fit.
    """
    composed = unicodedata.is_normalized("NFC", text)
    head = text[:MAX_CHARS] if composed else ""
    end = 0
    for word in word_tokenize(head, use_token_normalize=False) if head.strip() else ():
        for start, stop in _syllables(word, head, end):
            if start >= end:
                yield start, stop
                end = stop
    yield from _blank_separated(text, max(end, len(head)))


def _syllables(word: str, text: str, after: int) -> Iterator[tuple[int, int]]:
    """The whole word if it stands in the text as it is, else each part that does."""
    start = text.find(word, after)
    if start >= 0:
        yield start, start + len(word)
        return
    for part in word.split():
        start = text.find(part, after)
        if start >= 0:
            after = start + len(part)
            yield start, after


def _blank_separated(text: str, start: int) -> Iterator[tuple[int, int]]:
    for part in text[start:].split():
        start = text.index(part, start)
        yield start, start + len(part)
        start += len(part)
