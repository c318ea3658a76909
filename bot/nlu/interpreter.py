"""A trained model's understanding, without its dialogue.

Rasa's own loader brings the whole server and TensorFlow along (seven seconds); this runs only our
components of the archive, in their order, and is ready in two.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

OURS = "bot.nlu."
UNREADABLE = (OSError, LookupError, ValueError, AttributeError, ImportError, tarfile.TarError)
"""What comes of reading something that is not a model, or not of this version."""


class ModelError(Exception):
    """The archive is not a model of ours; the message says why."""


class Interpreter:
    """Answers what `POST /model/parse` answers."""

    def __init__(self, components: list[GraphComponent]) -> None:
        self._components = components

    @classmethod
    def load(cls, archive: Path) -> Interpreter:
        """Load an archive that this installation trained; ModelError if it cannot be one."""
        try:
            with tempfile.TemporaryDirectory() as unpacked, tarfile.open(archive) as model:
                model.extractall(unpacked, filter="data")
                return cls(list(_components(Path(unpacked))))
        except UNREADABLE as error:
            reason = " ".join(str(error).split())
            raise ModelError(f"{archive.name} cannot be loaded: {reason}") from error

    def parse(self, text: str) -> dict[str, Any]:
        """Category, flags, topic and question of one message."""
        messages = [Message({TEXT: text, ENTITIES: []}, output_properties={ENTITIES})]
        for component in self._components:
            messages = component.process(messages)
        parsed: dict[str, Any] = messages[0].as_dict(only_output_properties=True)
        return parsed


def _components(unpacked: Path) -> Iterator[GraphComponent]:
    metadata = json.loads((unpacked / "metadata.json").read_text("utf-8"))
    storage = LocalModelStorage(unpacked / "components")
    for node in _in_order(metadata["predict_schema"]["nodes"], metadata["nlu_target"]):
        module, _, name = node["uses"].rpartition(".")
        component: type[GraphComponent] = getattr(import_module(module), name)
        yield component.load(
            {**component.get_default_config(), **node["config"]},
            storage,
            Resource(**node["resource"]) if node["resource"] else Resource(name),
            ExecutionContext(GraphSchema({}), node_name=name),
        )


def _in_order(nodes: Mapping[str, Any], last: str) -> list[Mapping[str, Any]]:
    """Our nodes from the first to the last: each needs the messages of the one before it."""
    chain: list[Mapping[str, Any]] = []
    name = last
    while node := nodes.get(name):
        if node["uses"].startswith(OURS):
            chain.insert(0, node)
        name = node["needs"].get("messages", "")
    if not chain:
        raise ModelError("the model holds none of this assistant's components")
    return chain
