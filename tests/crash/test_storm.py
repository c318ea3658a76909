"""A short storm. The long one: `python -m tests.crash --kills 50 --seed 7`."""

import secrets
import tempfile
from pathlib import Path

import pytest

from bot.ops.model import TrainedModel
from tests.conftest import SCRATCH
from tests.crash.account import table
from tests.crash.claims import broken
from tests.crash.storm import Plan, Storm, installation

KILLS = 8
SECONDS = 30.0


def test_a_storm_loses_nothing_and_repeats_nothing(
    model: TrainedModel, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan(secrets.randbelow(10**6), KILLS, SECONDS, people=8)
    with (
        tempfile.TemporaryDirectory(prefix="binhyen-crash-", dir=SCRATCH) as home,
        installation(Path(home)) as service,
    ):
        storm = Storm(service, plan)
        storm.rage()
    with capsys.disabled():
        print("", *table(storm), sep="\n")  # noqa: T201
    assert not broken(storm.ledger), "\n".join(broken(storm.ledger))
