"""Rasa's ResponseSelector on the same questions: the half that runs in the Rasa environment.

    python -m benchmarks.procedures.response_selector KNOWN TEXTS ANSWERS

Learns from KNOWN, a JSON object of questions by procedure, and writes for each of the JSON list
TEXTS what it chooses: a list of procedures and confidences, the likeliest first.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.nlu.quiet import hush, hush_rasa
from bot.nlu.text import strip_diacritics

CONFIG = Path(__file__).with_name("response_selector.yml")
ROOT = Path(__file__).parents[2]


def main() -> None:
    known, texts, answers = map(Path, sys.argv[1:])
    hush()
    with tempfile.TemporaryDirectory() as directory:
        data, model = Path(directory, "nlu.yml"), Path(directory, "model.tar.gz")
        data.write_text(as_yaml(json.loads(known.read_bytes())), "utf-8")
        train(data, model)
        chosen = asyncio.run(ask(model, json.loads(texts.read_bytes())))
    answers.write_text(json.dumps(chosen))


def as_yaml(known: dict[str, list[str]]) -> str:
    """Each question as it is and without diacritics, as ours sees it too."""
    import yaml

    blocks, responses = [], {}
    for procedure, questions in known.items():
        texts = dict.fromkeys(" ".join(q.split()) for q in questions)
        both = dict.fromkeys([*texts, *map(strip_diacritics, texts)])
        examples = "".join(f"- {text}\n" for text in both)
        blocks.append({"intent": f"faq/{procedure}", "examples": examples})
        responses[f"utter_faq/{procedure}"] = [{"text": procedure}]
    blocks.append({"intent": "other", "examples": "- ừ\n- dạ\n- ok\n"})
    everything = {"version": "3.1", "nlu": blocks, "responses": responses}
    return str(yaml.safe_dump(everything, allow_unicode=True, sort_keys=False))


def train(data: Path, model: Path) -> None:
    from rasa.shared.importers.importer import TrainingDataImporter

    from benchmarks.understanding.pipeline import build

    domain = data.with_name("domain.yml")
    domain.write_text("version: '3.1'\nintents: [faq, other]\n")
    build(
        TrainingDataImporter.load_nlu_importer_from_config(str(CONFIG), str(domain), [str(data)]),
        model,
    )


async def ask(model: Path, texts: list[str]) -> list[list[Any]]:
    from rasa.core.agent import Agent

    hush_rasa()
    agent = Agent.load(model)
    parses = [await agent.parse_message(text) for text in texts]
    rankings = [parse["response_selector"]["faq"]["ranking"] for parse in parses]
    return [
        [[r["intent_response_key"].partition("/")[2], float(r["confidence"])] for r in ranking]
        for ranking in rankings
    ]


if __name__ == "__main__":
    main()
