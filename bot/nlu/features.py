"""The n-grams of a message as Rasa features, for every classifier after this component."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.nlu.ngrams import NgramFeatures
from bot.nlu.sources import digest


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
        self.process(list(written_messages(training_data)))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        if messages:
            rows = self._ngrams.transform([message.get(TEXT) or "" for message in messages])
            for message, row in zip(messages, rows, strict=True):
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, "ngrams"))
        return messages


def feature_rows(messages: Sequence[Message]) -> csr_matrix:
    """What `NgramFeaturizer` left on the messages, one row each."""
    return vstack([_row(message) for message in messages], format="csr")


def _row(message: Message) -> csr_matrix:
    _, sentence = message.get_sparse_features(TEXT)
    if sentence is None:
        raise ValueError("NgramFeaturizer must stand before the classifiers in config.yml")
    return sentence.features
