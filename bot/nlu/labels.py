"""What the authors of the training messages said about them, beside the category."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_EXAMPLE, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


def label(message: Message, name: str) -> Any:
    """`topic`, `sensitive` or `urgent` of a training message; None where nobody knows."""
    metadata = message.get(METADATA) or {}
    own = metadata.get(METADATA_EXAMPLE) or {}
    shared = metadata.get(METADATA_INTENT) or {}
    return own.get(name, shared.get(name))


def written_messages(training_data: TrainingData) -> Sequence[Message]:
    """The messages with a category, without the bare intents that rules bring along."""
    return [message for message in training_data.intent_examples if message.get(TEXT)]


def category_of(message: Message) -> str:
    """The category a training message was filed under."""
    return str(message.get(INTENT))
