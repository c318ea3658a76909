"""The n-grams of a message, for every classifier after this component.

They learn from Rasa's features. What is to be judged carries `Described` instead: packed as a
matrix of one row and unpacked again, a message would take twice as long to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

from bot.nlu.labels import written_messages
from bot.nlu.ngrams import EMPTY, NgramFeatures, Row, Views, stacked
from bot.nlu.sentences import clauses, sentences
from bot.nlu.sources import digest

DESCRIBED = "described"

Part = tuple[str, Row]
"""A part of a message and its row."""

FAMILIAR = 0.6
"""Fewer known words than this share, and a text is in another language, or none: of the messages in
the development set all have more than 0.7, of foreign and random ones hardly any."""

_OUT_OF_ORDER = "NgramFeaturizer must stand before the classifiers in config.yml"


class Described:
    """A message's row and those of its parts, each made when it is first asked for.

    Most messages are judged as a whole, or by one kind of parts; a sentence is often a clause too.
    """

    def __init__(self, text: str, describe: Callable[[str], Row]) -> None:
        self._text = text
        self._describe = describe
        self._rows: dict[str, Row] = {}

    @property
    def whole(self) -> Row:
        return self._row(self._text)

    @cached_property
    def sentences(self) -> list[Part]:
        return [(part, self._row(part)) for part in sentences(self._text)]

    @cached_property
    def clauses(self) -> list[Part]:
        return [(part, self._row(part)) for part in clauses(self._text)]

    def _row(self, text: str) -> Row:
        if text not in self._rows:
            self._rows[text] = self._describe(text)
        return self._rows[text]


class NgramFeaturizer(GraphComponent):
    """Learns which words and letters occur, then describes each message by them."""

    def __init__(self, storage: ModelStorage, resource: Resource, ngrams: NgramFeatures) -> None:
        self._storage = storage
        self._resource = resource
        self._ngrams = ngrams

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return digest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        return cls(model_storage, resource, NgramFeatures([]))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, NgramFeatures.load(directory))

    def train(self, training_data: TrainingData) -> Resource:
        texts = [message.get(TEXT) for message in written_messages(training_data)]
        self._ngrams = NgramFeatures.fit(texts)
        with self._storage.write_to(self._resource) as directory:
            self._ngrams.save(directory)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for message in written_messages(training_data):
            row = stacked([self.row(message.get(TEXT))], self._ngrams.width)
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, "ngrams"))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Parts are described only here: each training message was filed as a whole."""
        for message in messages:
            message.set(DESCRIBED, Described(message.get(TEXT) or "", self.row))
        return messages

    def row(self, text: str) -> Row:
        """Empty where too few words are known to say anything of the text."""
        views = Views.of(text)
        return self._ngrams.row(views) if self._ngrams.familiarity(views) >= FAMILIAR else EMPTY


def described(message: Message) -> Described:
    """What `NgramFeaturizer` left on a message that is to be judged."""
    found = message.get(DESCRIBED)
    if not isinstance(found, Described):
        raise ValueError(_OUT_OF_ORDER)
    return found


def feature_rows(messages: Sequence[Message]) -> csr_matrix:
    """What `NgramFeaturizer` left on the training messages, one row each."""
    return vstack([_row(message) for message in messages], format="csr")


def _row(message: Message) -> csr_matrix:
    _, sentence = message.get_sparse_features(TEXT)
    if sentence is None:
        raise ValueError(_OUT_OF_ORDER)
    return sentence.features
