"""What a message is: its category, and whether it is sensitive and urgent. One model learns all.

A class of the model is a category with both flags ("dispute, sensitive, not urgent"), which keeps
apart what a category alone lumps together: a quarrel with names in it reads otherwise than one
without. A category is as likely as its classes are together, and so is a flag. Better by one to
two points in everything than a model for each (benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import feature_rows
from bot.nlu.head import Head
from bot.nlu.labels import category_of, label, written_messages
from bot.nlu.linear import LinearModel
from bot.nlu.thresholds import FLAG_FROM

TALK = "small_talk"
QUESTION = "procedure_question"
HARMLESS = frozenset({TALK, QUESTION})
SENSITIVE, URGENT = FLAGS = ("sensitive", "urgent")
FLAGS_KEY = "flags"

FEWEST = 60
"""A class with fewer training messages, copies and all, teaches chance rather than sense."""


class MessageClassifier(Head):
    """Sets `intent`, `intent_ranking` (all categories, the likeliest first) and `flags`.

    `sharpness` is the power to which the probabilities of categories are raised, so that of the
    answers held with a confidence of 0.8 four fifths are right (`binhyen evaluate`).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"sharpness": 1.0}

    def train(self, training_data: TrainingData) -> Resource:
        messages = [m for m in written_messages(training_data) if _is_known(m)]
        return self.keep(fit(feature_rows(messages), [class_of(m) for m in messages]))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            categories, flags = self._judge(message)
            ranking = [
                {"name": name, "confidence": categories[name]}
                for name in sorted(categories, key=lambda name: -categories[name])
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(FLAGS_KEY, _decided(flags), add_to_output=True)
        return messages

    def _judge(self, message: Message) -> tuple[dict[str, float], dict[str, float]]:
        row = feature_rows([message])
        if not row.nnz:
            return unreadable(self.model.classes), dict.fromkeys(FLAGS, 0.0)
        return read(self.model, self.model.probabilities(row)[0], self.config["sharpness"])


def class_of(message: Message) -> str:
    """The category and the flags of a training message: `dispute sensitive`, `small_talk`."""
    flags = [flag for flag in FLAGS if label(message, flag)]
    return " ".join([category_of(message), *flags])


def _is_known(message: Message) -> bool:
    return all(label(message, flag) is not None for flag in FLAGS)


def fit(rows: Any, classes: Sequence[str]) -> LinearModel:
    """Learn the classes that are common enough. The strength was chosen on the development set."""
    names, places, times = np.unique(classes, return_inverse=True, return_counts=True)
    common = np.flatnonzero(times[places] >= min(FEWEST, times.max()))
    return LinearModel.fit(rows[common], names[places[common]], penalty=1e-5)


def read(
    model: LinearModel, probabilities: np.ndarray[Any, Any], sharpness: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Of one message's classes: how likely each category is, and how likely each flag."""
    categories: dict[str, float] = {}
    flags = dict.fromkeys(FLAGS, 0.0)
    for name, probability in zip(model.classes, map(float, probabilities), strict=True):
        category, *raised = name.split()
        categories[category] = categories.get(category, 0.0) + probability
        for flag in raised:
            flags[flag] += probability
    sharp = {name: value**sharpness for name, value in categories.items()}
    total = sum(sharp.values())
    return {name: value / total for name, value in sharp.items()}, flags


def unreadable(classes: Sequence[str]) -> dict[str, float]:
    """Categories of a message with nothing in it to go by: talk, and nobody is sure."""
    names = dict.fromkeys(name.split()[0] for name in classes)
    chance = 1 / (len(names) + 1)
    return {name: chance * (1 + (name == TALK)) for name in names}


def _decided(flags: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    return {
        flag: {"value": confidence >= FLAG_FROM[flag], "confidence": confidence}
        for flag, confidence in flags.items()
    }
