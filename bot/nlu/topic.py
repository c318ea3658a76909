"""Which procedure topic a question is about."""

from __future__ import annotations

from collections.abc import Sequence

from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.nlu.classifier import ASKED, QUESTION
from bot.nlu.features import described, feature_rows
from bot.nlu.head import Head
from bot.nlu.labels import label, written_messages
from bot.nlu.linear import LinearModel
from bot.nlu.ngrams import Row

TOPIC = "topic"
TOPIC_PROBABILITIES = "topic_probabilities"


class TopicClassifier(Head):
    """Sets `topic`, which has no name unless a procedure is asked about.

    How likely each topic would be is left for the search for the procedure, not in the output.
    """

    def train(self, training_data: TrainingData) -> Resource:
        known = [m for m in written_messages(training_data) if label(m, TOPIC)]
        return self.keep(fit(feature_rows(known), [label(m, TOPIC) for m in known]))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            asked = message.get(ASKED)
            row = described(message).whole if asked is None else asked[1]
            probabilities = self._probabilities(row)
            topic: dict[str, object] = {"name": None, "confidence": 0.0}
            if asked is not None or message.get(INTENT)["name"] == QUESTION:
                name = max(probabilities, key=probabilities.__getitem__)
                topic = {"name": name, "confidence": probabilities[name]}
            message.set(TOPIC, topic, add_to_output=True)
            message.set(TOPIC_PROBABILITIES, probabilities)
        return messages

    def _probabilities(self, row: Row) -> dict[str, float]:
        return dict(zip(self.model.classes, map(float, self.model.probabilities(row)), strict=True))


def fit(rows: csr_matrix, topics: Sequence[str]) -> LinearModel:
    """Learn the topics from procedure questions."""
    return LinearModel.fit(rows, topics, penalty=1e-5)
