"""Our pipeline beside Rasa's own, on the same training messages and the development set.

    .venv/bin/python -m benchmarks.understanding.compare [--only ROW] [--keep DIR]

Prints a table; README.md beside this holds one and says how it was made. What was trained stays in
DIR and is not trained again; every run asks all over again, which is best done on an idle machine.
DIET takes half an hour, all else some minutes.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.nlu.text import strip_diacritics
from bot.ops.environments import RASA
from bot.ops.model import rasa_environment
from bot.settings import PROJECT
from bot.triage.evaluation import Answer, Example, measure, read_examples
from bot.triage.understanding import Category, Understanding

HERE = Path(__file__).parent
TEST = HERE / "development.jsonl"
OURS = PROJECT / "config.yml"
DIET = HERE / "stock" / "diet.yml"
LOGISTIC = HERE / "stock" / "logistic_regression.yml"


@dataclass(frozen=True, slots=True)
class Row:
    """A pipeline, and the share of the training messages that it learns from."""

    name: str
    config: Path
    share: float = 1.0


ROWS = {
    "ours": Row("Bình Yên", OURS),
    "logistic": Row("words + letters, LogisticRegressionClassifier", LOGISTIC),
    "ours_quarter": Row("Bình Yên", OURS, 0.25),
    "logistic_quarter": Row("words + letters, LogisticRegressionClassifier", LOGISTIC, 0.25),
    "diet_quarter": Row("words + letters, DIETClassifier", DIET, 0.25),
}

COLUMNS = (
    "pipeline",
    "messages",
    "accepted",
    "macro-F1",
    "stripped: accepted",
    "macro-F1",
    "training s",
    "processor s",
    "median ms",
    "p95 ms",
    "memory MB",
    "archive MB",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=ROWS, help="a row; may be repeated")
    parser.add_argument("--keep", type=Path, default=PROJECT / "data" / "comparison", metavar="DIR")
    options = parser.parse_args()
    examples = read_examples(TEST)
    print(_line(COLUMNS))
    print(_line("---" for _ in COLUMNS))
    for name in options.only or ROWS:
        print(_line(compare(ROWS[name], options.keep.absolute() / name, examples)), flush=True)


def compare(row: Row, folder: Path, examples: Sequence[Example]) -> list[str]:
    """Train the pipeline if it was not, ask it about every example, and fill its row."""
    folder.mkdir(parents=True, exist_ok=True)
    model, training = folder / "model.tar.gz", folder / "training.json"
    if not training.exists():
        _pipeline("train", row.config, model, "--share", row.share)
    found, stripped, said = ask(model, examples)
    plain = measure([Answer(*a) for a in zip(examples, found, stripped, strict=True)])
    bare = measure([Answer(*a) for a in zip(examples, stripped, stripped, strict=True)])
    facts = json.loads(training.read_bytes())
    milliseconds = [1000 * a["seconds"] for a in said["answers"]]
    return [
        row.name,
        f"{facts['messages']:,}",
        *(f"{m[key]:.3f}" for m in (plain, bare) for key in ("accepted", "macro_f1")),
        f"{facts['seconds']:,.0f}",
        f"{facts['processor_seconds']:,.0f}",
        f"{statistics.median(milliseconds):.1f}",
        f"{statistics.quantiles(milliseconds, n=20)[-1]:.1f}",
        f"{said['memory'] / 1e6:.0f}",
        f"{model.stat().st_size / 1e6:.0f}",
    ]


def ask(
    model: Path, examples: Sequence[Example]
) -> tuple[list[Understanding], list[Understanding], Mapping[str, Any]]:
    """What the model takes every example for, as written and stripped, and all that was said."""
    texts = [e.text for e in examples]
    with tempfile.TemporaryDirectory() as directory:
        asked, answered = Path(directory, "texts.json"), Path(directory, "answers.json")
        asked.write_text(json.dumps(texts + [strip_diacritics(text) for text in texts]))
        _pipeline("ask", model, asked, answered)
        said = json.loads(answered.read_bytes())
    found = [_understanding(answer) for answer in said["answers"]]
    return found[: len(texts)], found[len(texts) :], said


def _understanding(answer: Mapping[str, Any]) -> Understanding:
    """Of the category alone: Rasa's own pipelines know no flags."""
    return Understanding(Category(answer["category"]), answer["confidence"])


def _pipeline(*arguments: object) -> None:
    """Run the other half. Ends this one when it fails; what it says is shown only then."""
    done = subprocess.run(
        [RASA.python, "-m", "benchmarks.understanding.pipeline", *map(str, arguments)],
        cwd=PROJECT,
        env=rasa_environment() | {"PYTHONHASHSEED": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
