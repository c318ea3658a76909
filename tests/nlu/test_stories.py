"""`rasa test core`: the rules of nlu_data/rules.yml do what tests/stories tells."""

import os
import subprocess
from pathlib import Path

from bot.ops.environments import RASA
from bot.ops.model import TrainedModel

ROOT = Path(__file__).parents[2]


def test_the_dialogue_follows_every_story(model: TrainedModel, tmp_path: Path) -> None:
    command = [RASA.python, "-m", "rasa", "test", "core", "--model", model.path]
    options = ["--stories", ROOT / "tests/stories", "--out", tmp_path, "--no-plot"]
    run = subprocess.run(
        [*command, *options, "--fail-on-prediction-errors"],
        cwd=ROOT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert (tmp_path / "failed_test_stories.yml").read_text("utf-8").startswith("# None")
