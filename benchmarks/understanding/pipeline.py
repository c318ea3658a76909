"""Trains a Rasa pipeline and asks it: the half of compare.py that runs in the Rasa environment.

    python -m benchmarks.understanding.pipeline train CONFIG MODEL --share 0.25
    python -m benchmarks.understanding.pipeline ask MODEL TEXTS ANSWERS

`train` writes the archive MODEL and, beside it, training.json: how many messages it saw, and the
seconds that passed and that the processors worked, from importing Rasa to the finished archive.
`ask` reads a JSON list of texts and writes `{"memory": bytes, "answers": [{"category": …,
"confidence": …, "seconds": …}]}`. Both our pipeline and Rasa's run as Rasa runs them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.nlu.quiet import hush, hush_rasa

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.shared.importers.importer import TrainingDataImporter
    from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "nlu_data" / "messages"
SEED = 61
WARM_UP = 20
"""Messages asked before any is timed."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.understanding.pipeline", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    training = steps.add_parser("train")
    training.add_argument("config", type=Path)
    training.add_argument("model", type=Path)
    training.add_argument("--share", type=float, default=1.0, help="of the messages of each intent")
    asking = steps.add_parser("ask")
    for name in ("model", "texts", "answers"):
        asking.add_argument(name, type=Path)
    options = parser.parse_args()
    hush()
    if options.step == "train":
        train(options.config, options.share, options.model)
    else:
        answers = ask(options.model, json.loads(options.texts.read_bytes()))
        options.answers.write_text(json.dumps(answers))


def train(config: Path, share: float, archive: Path) -> None:
    began, worked = time.perf_counter(), time.process_time()
    importer = data(config, share)
    messages = len(importer.get_nlu_data().intent_examples)
    build(importer, archive)
    facts = {
        "messages": messages,
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - worked,
    }
    archive.with_name("training.json").write_text(json.dumps(facts))


def data(config: Path, share: float) -> TrainingDataImporter:
    """The training messages, or a share of those of each intent, the same for each pipeline."""
    from rasa.shared.importers.importer import NluDataImporter, TrainingDataImporter

    class Part(NluDataImporter):
        def get_nlu_data(self, language: str | None = "en") -> TrainingData:
            part, _ = super().get_nlu_data(language).train_test_split(share, random_seed=SEED)
            return part

    everything = TrainingDataImporter.load_nlu_importer_from_config(
        str(config), str(ROOT / "domain.yml"), [str(MESSAGES)]
    )
    return Part(everything) if share < 1 else everything


def build(importer: TrainingDataImporter, archive: Path) -> None:
    """What `rasa train nlu` does, without its cache."""
    from rasa.engine.constants import PLACEHOLDER_IMPORTER
    from rasa.engine.graph import ExecutionContext
    from rasa.engine.recipes.recipe import Recipe
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.shared.data import TrainingType

    config = importer.get_config()
    recipe = Recipe.recipe_for_name(config["recipe"])
    model = recipe.graph_config_for_recipe(config, {}, training_type=TrainingType.NLU)
    with tempfile.TemporaryDirectory() as directory:
        storage = LocalModelStorage(Path(directory))
        context = ExecutionContext(graph_schema=model.train_schema)
        runner = DaskGraphRunner.create(model.train_schema, storage, context)
        runner.run(inputs={PLACEHOLDER_IMPORTER: importer})
        storage.create_model_package(archive, model, importer.get_domain())


def ask(model: Path, texts: list[str]) -> dict[str, Any]:
    """Each text alone, as a server would."""
    from rasa.core.agent import Agent

    hush_rasa()
    agent = Agent.load(model)
    answers = asyncio.run(_ask(agent, texts))
    return {"memory": resident_bytes(), "answers": answers}


async def _ask(agent: Agent, texts: list[str]) -> list[dict[str, Any]]:
    for text in texts[:WARM_UP]:
        await agent.parse_message(text)
    answers = []
    for text in texts:
        began = time.perf_counter()
        parse = await agent.parse_message(text)
        seconds = time.perf_counter() - began
        intent = parse["intent"]
        answers.append(
            {
                "category": intent["name"],
                "confidence": float(intent["confidence"]),
                "seconds": seconds,
            }
        )
    return answers


def resident_bytes() -> int:
    """Memory of this process, as Linux counts it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
