"""What a message may ask about a procedure; which one answers it the app finds, not the model."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.classifier import ASKED, QUESTION
from bot.nlu.thresholds import LOOK_UP_FROM
from bot.nlu.topic import TOPIC_PROBABILITIES

ASKS = "question"


class QuestionFinder(GraphComponent):
    """Sets `question`: `{"text": …, "topics": {topic: probability}}`, or None if nothing is asked.

    Its text is the whole message, or the one part of a report that asks.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionFinder:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text, topics = _asked(message), message.get(TOPIC_PROBABILITIES)
            question = None if text is None else {"text": text, "topics": topics}
            message.set(ASKS, question, add_to_output=True)
        return messages


def _asked(message: Message) -> str | None:
    part = message.get(ASKED)
    if part is not None:
        return str(part[0])
    ranking = message.get(INTENT_RANKING_KEY)
    likelihood = next(r["confidence"] for r in ranking if r["name"] == QUESTION)
    return str(message.get(TEXT)) if likelihood >= LOOK_UP_FROM else None
