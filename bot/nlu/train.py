"""Trains the model.

    python -m bot.nlu.train --output DIR

Writes `DIR/model.tar.gz` and `DIR/training.json`. Standard output carries the progress, one JSON
object a line: `{"progress": 0.0 to 1.0, "step": "...", "label": "..."}`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.nlu.quiet import hush

if TYPE_CHECKING:
    from rasa.shared.importers.importer import TrainingDataImporter

ROOT = Path(__file__).parents[2]
LEARNT = (ROOT / "nlu_data" / "messages", ROOT / "nlu_data" / "rules.yml")

STEPS = {
    "start": (0.10, "Khởi động"),
    "read": (0.10, "Đọc tin nhắn mẫu"),
    "NLUTrainingDataProvider": (0.05, "Đọc lại toàn bộ tin nhắn"),
    "NoisyCopies": (0.02, "Viết lại tin theo nhiều kiểu gõ"),
    "NgramFeaturizer": (0.25, "Học từ và chữ"),
    "MessageClassifier": (0.42, "Học phân loại tin nhắn"),
    "TopicClassifier": (0.02, "Học chủ đề thủ tục"),
    "RulePolicy": (0.01, "Học kịch bản trò chuyện"),
    "save": (0.03, "Đóng gói mô hình"),
    "done": (0.0, "Xong"),
}
"""Each step's share of the time, and its name for people. Their order is Rasa's to choose."""


def main(arguments: list[str] | None = None) -> None:
    """Write both files; exit code 1 with one line on standard error if that fails."""
    parser = argparse.ArgumentParser(prog="bot.nlu.train", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    output = parser.parse_args(arguments).output
    progress = Progress(_own_stdout())
    hush()
    try:
        train(output, progress)
    except Exception as error:
        parser.exit(1, f"training failed: {_reason(error)}\n")


class Progress:
    """Says each step once, with the share of the time that has gone by when it begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: list[str] = []

    def __call__(self, step: str) -> None:
        if step not in STEPS or step in self._begun:
            return
        gone = sum(STEPS[earlier][0] for earlier in self._begun)
        self._begun.append(step)
        line = {"progress": round(gone, 2), "step": step, "label": STEPS[step][1]}
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._stream.flush()


def train(output: Path, progress: Progress) -> None:
    """Read the data and train on it; `binhyen evaluate` says how good the model is."""
    started = time.monotonic()
    progress("start")
    output.mkdir(parents=True, exist_ok=True)
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(path) for path in LEARNT]
    )
    progress("read")
    messages = len(importer.get_nlu_data().intent_examples)
    _build(importer, output / "model.tar.gz", progress)
    facts = {"messages": messages, "seconds": round(time.monotonic() - started, 1)}
    _replace(output / "training.json", json.dumps(facts, indent=2).encode())
    progress("done")


def _build(importer: TrainingDataImporter, archive: Path, progress: Progress) -> None:
    """What `rasa train` does, without its cache: fingerprints take longer than the training."""
    import rasa.engine.validation
    from rasa.engine.constants import PLACEHOLDER_IMPORTER
    from rasa.engine.graph import ExecutionContext, GraphNodeHook
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

    class Steps(GraphNodeHook):
        def on_before_node(
            self, node_name: str, execution_context: ExecutionContext, **_: Any
        ) -> dict[str, Any]:
            progress(execution_context.graph_schema.nodes[node_name].uses.__name__)
            return {}

        def on_after_node(self, **_: Any) -> None:
            pass

    config = importer.get_config()
    model = Recipe.recipe_for_name(config["recipe"]).graph_config_for_recipe(config, {})
    rasa.engine.validation.validate(model)
    with tempfile.TemporaryDirectory() as directory:
        storage = LocalModelStorage(Path(directory))
        context = ExecutionContext(graph_schema=model.train_schema)
        runner = DaskGraphRunner.create(model.train_schema, storage, context, [Steps()])
        runner.run(inputs={PLACEHOLDER_IMPORTER: importer})
        progress("save")
        unfinished = archive.with_name(f".{archive.name}")
        storage.create_model_package(unfinished, model, importer.get_domain())
        os.replace(unfinished, archive)


def _reason(error: BaseException) -> str:
    """One line: Rasa wraps what went wrong in "error running graph"."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(f"{type(error).__name__}: {error}".split())


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def _own_stdout() -> TextIO:
    """Standard output for the progress alone: what libraries print is thrown away."""
    own = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return own


if __name__ == "__main__":
    main()
