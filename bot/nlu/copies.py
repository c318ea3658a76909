"""Training messages in other spellings: without diacritics, as many type, and in one more.

The stripped copy costs nothing on accented text and lifts stripped text from 66 to 80 %; what the
noisy copy brings stands in benchmarks/README.md.
"""

from __future__ import annotations

from random import Random
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.noise import variant
from bot.nlu.text import strip_diacritics

NOISY_STRIPPED = 0.6
"""Of the noisy copies, the share that loses its diacritics too."""


class NoisyCopies(GraphComponent):
    """Adds the copies while training; leaves messages alone afterwards."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"seed": 61}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NoisyCopies:
        return cls(config["seed"])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Equal seeds make equal copies of equal data."""
        random = Random(self._seed)
        messages = [m for m in training_data.training_examples if m.get(TEXT)]
        stripped = [_again(m, strip_diacritics(m.get(TEXT))) for m in messages]
        noisy = [_again(m, _noisy(m.get(TEXT), random)) for m in messages]
        return TrainingData(
            training_data.training_examples + stripped + noisy,
            training_data.entity_synonyms,
            training_data.regex_features,
            training_data.lookup_tables,
            training_data.responses,
        )

    def process(self, messages: list[Message]) -> list[Message]:
        return messages


def _noisy(text: str, random: Random) -> str:
    """Those who type without diacritics slip as often as the others."""
    changed = variant(text, random)
    return strip_diacritics(changed) if random.random() < NOISY_STRIPPED else changed


def _again(message: Message, text: str) -> Message:
    return Message({**message.data, TEXT: text})
