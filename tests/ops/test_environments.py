"""The second Python environment, installed for real with one small package."""

import re
import subprocess
from pathlib import Path

import pytest

from bot.ops.environments import RASA, Environment
from bot.ops.errors import OperationError
from bot.ops.progress import silent
from bot.settings import PROJECT

PINS = re.split(r"\n(?=\S)", (PROJECT / "requirements/rasa.txt").read_text())
SMALL = next(pin for pin in PINS if pin.startswith("toolz==")).rstrip() + "\n"
TINY = next(pin for pin in PINS if pin.startswith("tabulate==")).rstrip() + "\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(SMALL)
    return Environment(tmp_path / "an environment", requirements)


def imports(environment: Environment, module: str) -> bool:
    command = [environment.python, "-c", f"import sys, {module}; assert sys.version_info[1] == 10"]
    return subprocess.run(command, capture_output=True).returncode == 0


async def test_it_is_installed_once_and_again_when_the_requirements_change(
    environment: Environment,
) -> None:
    said: list[str] = []
    assert await environment.prepare(lambda label, _=None: said.append(label)) == environment.python
    assert said
    assert imports(environment, "toolz")

    said.clear()
    await environment.prepare(lambda label, _=None: said.append(label))
    assert said == []

    environment.requirements.write_text(TINY)
    await environment.prepare(silent)
    assert imports(environment, "tabulate")
    assert not imports(environment, "toolz")


async def test_one_that_was_moved_is_made_anew(environment: Environment) -> None:
    await environment.prepare(silent)
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python3.10")
    await environment.prepare(silent)
    assert imports(environment, "toolz")


async def test_a_package_that_is_not_what_was_pinned_is_refused_in_one_line(
    environment: Environment,
) -> None:
    environment.requirements.write_text(re.sub(r"sha256:\w+", f"sha256:{'0' * 64}", SMALL))
    with pytest.raises(OperationError, match="uv không cài được: ") as refusal:
        await environment.prepare(silent)
    assert "\n" not in str(refusal.value)
    assert not imports(environment, "toolz")


def test_the_rasa_environment_is_the_one_the_pins_describe() -> None:
    assert RASA.requirements == PROJECT / "requirements" / "rasa.txt"
    assert imports(RASA, "importlib.metadata")
