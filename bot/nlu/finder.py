"""Looks for the procedure a question is about, when a message may be such a question."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import ASKED, QUESTION
from bot.nlu.retrieval import ProcedureIndex
from bot.nlu.sources import digest
from bot.nlu.thresholds import LOOK_UP_FROM
from bot.nlu.topic import TOPIC_PROBABILITIES

PROCEDURES = "procedures"
ROOT = Path(__file__).parents[2]


class ProcedureFinder(GraphComponent):
    """Sets `procedures`: up to three ids with scores, none when they were not looked up.

    Reports are told apart from questions before this, so they do not wait for the sentence model.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        index: ProcedureIndex | None = None,
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._index = index

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"procedures": "nlu_data/procedures"}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changed answers make Rasa train this component again."""
        files = procedure_files(config["procedures"])
        answers = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
        return digest() + answers

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ProcedureFinder:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ProcedureFinder:
        with model_storage.read_from(resource) as directory:
            index = ProcedureIndex.load(directory)
        return cls(config, model_storage, resource, index)

    def train(self, training_data: TrainingData) -> Resource:
        self._index = ProcedureIndex.build(read_procedures(self._config["procedures"]))
        with self._storage.write_to(self._resource) as directory:
            self._index.save(directory)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            message.set(PROCEDURES, self._candidates(message), add_to_output=True)
        return messages

    def _candidates(self, message: Message) -> list[dict[str, Any]]:
        question = _question(message)
        if question is None:
            return []
        if self._index is None:
            raise RuntimeError("ProcedureFinder has not been trained")
        found = self._index.search(question, message.get(TOPIC_PROBABILITIES))
        return [asdict(candidate) for candidate in found]


def procedure_files(directory: str) -> list[Path]:
    """The files of `directory`, which is relative to the repository; ValueError if it has none."""
    files = sorted((ROOT / directory).glob("*.yml"))
    if not files:
        raise ValueError(f"no procedures in {directory}")
    return files


def read_procedures(directory: str) -> list[dict[str, Any]]:
    """All entries, in the order of their files."""
    files = procedure_files(directory)
    return [entry for path in files for entry in yaml.safe_load(path.read_text("utf-8"))]


def _question(message: Message) -> str | None:
    """What may be asked: the whole message, or one part of a report; None if nothing is."""
    asked = message.get(ASKED)
    if asked is not None:
        return str(asked[0])
    ranking = message.get(INTENT_RANKING_KEY)
    likelihood = next(r["confidence"] for r in ranking if r["name"] == QUESTION)
    return str(message.get(TEXT)) if likelihood >= LOOK_UP_FROM else None
