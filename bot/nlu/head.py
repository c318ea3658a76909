"""What the category, flag and topic classifiers share: one linear model kept in Rasa's storage."""

from __future__ import annotations

from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.nlu.linear import LinearModel
from bot.nlu.sources import digest

Self = TypeVar("Self", bound="Head")


class Head(GraphComponent):
    """A component that learns one `LinearModel`.

    Loading fails loudly: Rasa's own classifiers come back untrained without a word when their
    file cannot be read.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self.config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return digest()

    @classmethod
    def create(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls: type[Self],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        with model_storage.read_from(resource) as directory:
            model = LinearModel.load(directory / "model.npz")
        return cls(config, model_storage, resource, model)

    @property
    def model(self) -> LinearModel:
        """The trained model; RuntimeError before training."""
        if self._model is None:
            raise RuntimeError(f"{type(self).__name__} has not been trained")
        return self._model

    def keep(self, model: LinearModel) -> Resource:
        """Use the model from now on and write it into the archive."""
        self._model = model
        with self._storage.write_to(self._resource) as directory:
            model.save(directory / "model.npz")
        return self._resource
