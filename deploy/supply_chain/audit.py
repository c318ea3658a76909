"""`make audit`: known vulnerabilities in what is pinned for both environments.

`pip-audit` asks OSV about every pin. What it finds must stand in `accepted.yml`, with the reason
why it does not reach us and the day until which that is believed. Exit codes: 0, all was asked
about and nothing is open; 1, something is open, or the list itself is wrong; 2, NOT AUDITED: not
every pin could be asked about. A package that nobody could say anything of is not one without
vulnerabilities, though pip-audit itself ends well then.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
ACCEPTED = Path(__file__).with_name("accepted.yml")
ENVIRONMENTS = ("dev", "rasa")
"""The app's pins are among those of `dev`."""
OSV = "https://api.osv.dev/v1/query"
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
Pins = frozenset[tuple[str, str]]


class Outcome(IntEnum):
    CLEAN = 0
    OPEN = 1
    NOT_AUDITED = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """Vulnerabilities of one package that are known and do not reach us."""

    environment: str
    package: str
    ids: frozenset[str]
    why: str
    until: date


@dataclass(frozen=True, slots=True)
class Vulnerability:
    package: str
    version: str
    names: frozenset[str]  # its id and aliases
    fixed_in: Sequence[str]

    def __str__(self) -> str:
        fixed = ", ".join(self.fixed_in) or "nothing yet"
        return f"{self.package} {self.version}: {', '.join(sorted(self.names))}; fixed in {fixed}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the source says of one environment, and of which pins it says nothing."""

    vulnerabilities: Sequence[Vulnerability]
    unasked: Sequence[str]


def main(arguments: Sequence[str] | None = None) -> Outcome:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osv-url", default=OSV, help="where to ask")
    source = parser.parse_args(arguments).osv_url
    accepted = read(ACCEPTED.read_text(encoding="utf-8"))
    pins = {name: pins_of(name) for name in ENVIRONMENTS}
    wrong = [*complaints(accepted, pins, datetime.now(UTC).date())]
    silent = []
    for environment in ENVIRONMENTS:
        answer = ask(pins[environment], source)
        silent += [f"{environment}: {package}" for package in answer.unasked]
        wrong += open_ones(environment, answer.vulnerabilities, accepted)
    for line in wrong:
        print(line)
    if silent:
        print(f"NOT AUDITED: {source} said nothing of {len(silent)} pins:")
        print(*silent[:10], *["…"] * (len(silent) > 10), sep="\n")
    if wrong:
        return Outcome.OPEN
    if silent:
        return Outcome.NOT_AUDITED
    print(f"Audited: {sum(map(len, pins.values()))} pins, {len(accepted)} accepted entries.")
    return Outcome.CLEAN


def pins_of(environment: str) -> Pins:
    """What is pinned, for whatever Python and system."""
    text = (PROJECT / "requirements" / f"{environment}.txt").read_text()
    return frozenset((canonicalize_name(name), version) for name, version in PIN.findall(text))


def read(text: str) -> Sequence[Accepted]:
    """Raises: ValueError, KeyError or TypeError for an entry that lacks something."""
    return [_entry(**entry) for entry in yaml.safe_load(text)]


def _entry(environment: str, package: str, ids: list[str], why: str, until: date) -> Accepted:
    if environment not in ENVIRONMENTS or not ids or len(why.split()) < 8:
        raise ValueError(f"{package}: an environment, ids and a reason in words are needed")
    if type(until) is not date:
        raise ValueError(f"{package}: `until` is a day")
    return Accepted(environment, canonicalize_name(package), frozenset(ids), why, until)


def complaints(accepted: Sequence[Accepted], pins: dict[str, Pins], today: date) -> Iterator[str]:
    """What is wrong with the list, whatever the source says."""
    for entry in accepted:
        if entry.package not in {name for name, _ in pins[entry.environment]}:
            yield f"{entry.package} is accepted and not pinned any more: take it off the list"
        if entry.until < today:
            yield f"{entry.package}: accepted until {entry.until}, look at it again: {entry.why}"


def open_ones(
    environment: str, found: Sequence[Vulnerability], accepted: Sequence[Accepted]
) -> Iterator[str]:
    """What was found and is not accepted."""
    for vulnerability in found:
        if not any(
            entry.environment == environment
            and entry.package == vulnerability.package
            and entry.ids & vulnerability.names
            for entry in accepted
        ):
            yield f"{environment}: {vulnerability}"


def ask(pins: Pins, source: str) -> Answer:
    """What `source` says of every pin.

    A package may be pinned twice, for two Pythons, and pip-audit refuses such a list as a whole. So
    it is asked of one version of each package, then of another of those that have more.
    """
    said = [entry for round_ in _rounds(pins) for entry in _run(round_, source)]
    answered = {
        (canonicalize_name(entry["name"]), entry["version"])
        for entry in said
        if "skip_reason" not in entry
    }
    return Answer(
        [found for entry in said for found in _vulnerabilities(entry)],
        [f"{name} {version}" for name, version in sorted(pins - answered)],
    )


def _rounds(pins: Pins) -> Iterator[Pins]:
    """The pins in lists that have each package once."""
    while pins:
        of_each = dict(sorted(pins))
        yield frozenset(of_each.items())
        pins -= of_each.items()


def _run(pins: Pins, source: str) -> Sequence[dict[str, Any]]:
    """What pip-audit prints of pins that name each package once; nothing if it fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in sorted(pins))
        file.flush()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--requirement", file.name),
                *("--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"),
                *("--vulnerability-service", "osv", "--osv-url", source, "--timeout", "30"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        return []


def _vulnerabilities(entry: dict[str, Any]) -> Iterator[Vulnerability]:
    for found in entry.get("vulns", ()):
        names = frozenset([found["id"], *found["aliases"]])
        name = canonicalize_name(entry["name"])
        yield Vulnerability(name, entry["version"], names, found["fix_versions"])


if __name__ == "__main__":
    sys.exit(main())
