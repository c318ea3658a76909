"""The details of a message (bot/nlu/details.py) as Rasa entities, for slots and `/model/parse`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.details import DetailRules, as_entity
from bot.nlu.places import places_file
from bot.nlu.times import VIETNAM


class DetailFinder(GraphComponent):
    """Sets `entities`; offsets are into the text that was parsed. Learns nothing."""

    def __init__(self, rules: DetailRules) -> None:
        self._rules = rules

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DetailFinder:
        return cls(DetailRules(places_file()))

    def process(self, messages: list[Message]) -> list[Message]:
        """Times are relative to now, in Việt Nam's time."""
        now = datetime.now(VIETNAM)
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT], ())
            words = ((token.start, token.end) for token in tokens)
            found = self._rules.find(message.get(TEXT) or "", words, now)
            message.set(ENTITIES, list(map(as_entity, found)), add_to_output=True)
        return messages
