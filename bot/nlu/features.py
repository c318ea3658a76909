"""The n-grams of a message as Rasa features, for every classifier after this component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, diags, vstack

from bot.nlu.labels import written_messages
from bot.nlu.ngrams import NgramFeatures
from bot.nlu.sentences import clauses, sentences
from bot.nlu.sources import digest

SENTENCES = "sentences"
CLAUSES = "clauses"

Part = tuple[str, csr_matrix]
"""A part of a message and its row."""

FAMILIAR = 0.6
"""Fewer known words than this share, and a text is in another language, or none: of the messages in
the development set all have more than 0.7, of foreign and random ones hardly any."""


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
        self._describe(list(written_messages(training_data)))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Parts are described only here: each training message was filed as a whole."""
        self._describe(messages)
        for message in messages:
            text = message.get(TEXT) or ""
            message.set(SENTENCES, self._described(sentences(text)))
            message.set(CLAUSES, self._described(clauses(text)))
        return messages

    def _described(self, parts: Sequence[str]) -> list[Part]:
        return list(zip(parts, self.rows(parts), strict=True)) if parts else []

    def _describe(self, messages: list[Message]) -> None:
        if not messages:
            return
        rows = self.rows([message.get(TEXT) or "" for message in messages])
        for message, row in zip(messages, rows, strict=True):
            message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, "ngrams"))

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """One row a text, empty where too few words are known to say anything of the text."""
        known = [self._ngrams.familiarity(text) >= FAMILIAR for text in texts]
        return csr_matrix(diags(np.array(known, dtype=np.float32)) @ self._ngrams.transform(texts))


def feature_rows(messages: Sequence[Message]) -> csr_matrix:
    """What `NgramFeaturizer` left on the messages, one row each."""
    return vstack([_row(message) for message in messages], format="csr")


def _row(message: Message) -> csr_matrix:
    _, sentence = message.get_sparse_features(TEXT)
    if sentence is None:
        raise ValueError("NgramFeaturizer must stand before the classifiers in config.yml")
    return sentence.features
