"""A trained model's understanding, without its dialogue.

Rasa's own loader brings the whole server and TensorFlow along (seven seconds); this runs only our
components of the archive, in their order, and is ready in two.
"""

from __future__ import annotations

import json
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
from tarsafe import TarSafe

OURS = "bot.nlu."


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
            with tempfile.TemporaryDirectory() as unpacked, TarSafe.open(archive, "r:gz") as model:
                model.extractall(unpacked)
                return cls(list(_components(Path(unpacked))))
        except (OSError, ValueError, KeyError, AttributeError, ImportError) as error:
            raise ModelError(f"{archive.name} is not a model of this assistant: {error}") from error

    def parse(self, text: str) -> dict[str, Any]:
        """Category, flags, topic and procedures of one message."""
        messages = [Message({TEXT: text, ENTITIES: []}, output_properties={ENTITIES})]
        for component in self._components:
            messages = component.process(messages)  # type: ignore[attr-defined]
        return messages[0].as_dict(only_output_properties=True)


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
    name: str | None = last
    while name in nodes:
        if nodes[name]["uses"].startswith(OURS):
            chain.insert(0, nodes[name])
        name = nodes[name]["needs"].get("messages")
    if not chain:
        raise ModelError("the model holds none of this assistant's components")
    return chain
