"""What is pinned is what pyproject.toml asks for: `make lock` was not forgotten."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bot.settings import PROJECT

WANTED = tomllib.loads((PROJECT / "pyproject.toml").read_text())
APP = WANTED["project"]["dependencies"]
GROUPS = WANTED["dependency-groups"]
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def pins(name: str) -> dict[str, set[Version]]:
    found: dict[str, set[Version]] = {}
    for package, version in PIN.findall((PROJECT / "requirements" / name).read_text()):
        found.setdefault(canonicalize_name(package), set()).add(Version(version))
    return found


def wishes() -> Iterator[tuple[str, str]]:
    yield from (("app.txt", wish) for wish in APP)
    yield from (("dev.txt", wish) for wish in APP + GROUPS["dev"])
    yield from (("rasa.txt", wish) for wish in GROUPS["rasa"])


@pytest.mark.parametrize(("file", "wish"), list(wishes()))
def test_every_dependency_is_pinned_as_asked(file: str, wish: str) -> None:
    wanted = Requirement(wish)
    pinned = pins(file).get(canonicalize_name(wanted.name))
    assert pinned, "run make lock"
    assert all(version in wanted.specifier for version in pinned), "run make lock"


@pytest.mark.parametrize("file", ["app.txt", "dev.txt", "rasa.txt"])
def test_every_pin_has_a_hash_and_no_address(file: str) -> None:
    text = (PROJECT / "requirements" / file).read_text()
    entries = re.split(r"\n(?=\S)", text.split("\n", 2)[2])
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)
    assert "://" not in text
    assert "--index" not in text
