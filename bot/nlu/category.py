"""Which of the eight categories a message belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.nlu.features import feature_rows
from bot.nlu.head import Head
from bot.nlu.labels import category_of, written_messages
from bot.nlu.linear import LinearModel

TALK = "small_talk"


class CategoryClassifier(Head):
    """Sets `intent` and `intent_ranking`, all categories with the likeliest first."""

    def train(self, training_data: TrainingData) -> Resource:
        messages = written_messages(training_data)
        return self.keep(fit(feature_rows(messages), [category_of(m) for m in messages]))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = rank(self.model, feature_rows([message]))
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def fit(rows: csr_matrix, categories: Sequence[str]) -> LinearModel:
    """Learn the categories. The strength is the best of 3, 10 and 30 in cross-validation."""
    return LinearModel.fit(rows, categories, strength=10)


def rank(model: LinearModel, row: csr_matrix) -> list[dict[str, Any]]:
    """All categories, likeliest first. A row with nothing in it is talk that nobody is sure of."""
    if row.nnz:
        probabilities = model.probabilities(row)[0]
    else:
        chance = 1 / (len(model.classes) + 1)
        probabilities = np.array([chance * (1 + (name == TALK)) for name in model.classes])
    order = np.argsort(-probabilities)
    return [
        {"name": model.classes[place], "confidence": float(probabilities[place])} for place in order
    ]
