"""Whether a message is sensitive, and whether it is urgent: one component for each flag."""

from __future__ import annotations

from typing import Any

from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.features import feature_rows
from bot.nlu.head import Head
from bot.nlu.labels import label, written_messages
from bot.nlu.linear import LinearModel
from bot.nlu.thresholds import FLAG_FROM

FLAGS = "flags"


class FlagClassifier(Head):
    """Adds its flag to `flags`. Messages whose flag nobody knows are not learnt from."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"flag": None}

    def train(self, training_data: TrainingData) -> Resource:
        flag = self.config["flag"]
        known = [m for m in written_messages(training_data) if label(m, flag) is not None]
        return self.keep(fit(feature_rows(known), [bool(label(m, flag)) for m in known]))

    def process(self, messages: list[Message]) -> list[Message]:
        flag = self.config["flag"]
        for message in messages:
            flags = {**(message.get(FLAGS) or {}), flag: judge(self.model, flag, message)}
            message.set(FLAGS, flags, add_to_output=True)
        return messages


def fit(rows: Any, values: list[bool]) -> LinearModel:
    """Learn one flag; the classes are `False` and `True`."""
    return LinearModel.fit(rows, [str(value) for value in values], strength=6)


def judge(model: LinearModel, flag: str, message: Message) -> dict[str, Any]:
    """The flag's value and the probability that it is true."""
    row = feature_rows([message])
    confidence = float(model.probabilities(row)[0, 1]) if row.nnz else 0.0
    return {"value": confidence >= FLAG_FROM[flag], "confidence": confidence}
