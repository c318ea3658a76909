"""`make audit`: what is known and not accepted fails, and silence is not taken for good news."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy.supply_chain.audit import (
    ACCEPTED,
    ENVIRONMENTS,
    Accepted,
    Vulnerability,
    ask,
    complaints,
    open_ones,
    pins_of,
    read,
)

TODAY = date(2026, 11, 27)
PINS = frozenset({("aiohttp", "3.9.5"), ("rasa", "3.6.21")})
SMUGGLING = {
    "id": "GHSA-8495-4g3g-x7pr",
    "aliases": ["CVE-2024-52304"],
    "summary": "request smuggling",
    "affected": [
        {
            "package": {"name": "aiohttp", "ecosystem": "PyPI"},
            "ranges": [
                {
                    "type": "ECOSYSTEM",
                    "events": [{"introduced": "0"}, {"fixed": "3.10.11"}],
                }
            ],
            "versions": ["3.9.4", "3.9.5"],
        }
    ],
}


@contextmanager
def osv(known: dict[str, dict[str, Any]], broken: str = "") -> Iterator[str]:
    """The address of a source that knows some packages, and fails when asked of `broken`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            name = json.loads(body)["package"]["name"]
            said = json.dumps({"vulns": [known[name]]} if name in known else {}).encode()
            self.send_response(500 if name == broken else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def accepted(**changes: Any) -> Accepted:
    values = {
        "environment": "rasa",
        "package": "aiohttp",
        "ids": frozenset({"CVE-2024-52304"}),
        "why": "it is used as a client only",
        "until": TODAY,
    }
    return Accepted(**(values | changes))


def test_what_is_known_of_a_pin_is_found_and_is_open_unless_it_is_accepted() -> None:
    with osv({"aiohttp": SMUGGLING}) as source:
        answer = ask(PINS, source)
    assert answer.unasked == []
    assert [(v.package, v.version) for v in answer.vulnerabilities] == [("aiohttp", "3.9.5")]
    found = answer.vulnerabilities
    (line,) = open_ones("rasa", found, [])
    assert line.startswith("rasa: aiohttp 3.9.5: CVE-2024-52304, GHSA-8495-4g3g-x7pr; fixed in 3.1")
    assert not [*open_ones("rasa", found, [accepted()])]


def test_a_source_that_fails_leaves_nothing_audited() -> None:
    with osv({}, broken="rasa") as source:
        assert ask(PINS, source).unasked == ["aiohttp 3.9.5", "rasa 3.6.21"]


def test_a_package_pinned_for_two_pythons_is_asked_about_twice() -> None:
    with osv({"aiohttp": SMUGGLING}) as source:
        answer = ask(PINS | {("aiohttp", "3.9.4")}, source)
    assert answer.unasked == []
    assert sorted(v.version for v in answer.vulnerabilities) == ["3.9.4", "3.9.5"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_pin_can_be_asked_about(environment: str) -> None:
    with osv({}) as source:
        assert ask(pins_of(environment), source).unasked == []


@pytest.mark.parametrize(
    "other",
    [
        {"environment": "dev"},
        {"package": "rasa"},
        {"ids": frozenset({"CVE-2024-1"})},
    ],
)
def test_what_is_accepted_elsewhere_is_not_accepted_here(other: dict[str, Any]) -> None:
    found = Vulnerability("aiohttp", "3.9.5", frozenset({"CVE-2024-52304"}), ["3.10.11"])
    assert [*open_ones("rasa", [found], [accepted(**other)])]


def test_what_was_accepted_is_looked_at_again() -> None:
    pins = {"rasa": PINS, "dev": frozenset[tuple[str, str]]()}
    assert not [*complaints([accepted()], pins, TODAY)]
    (late,) = complaints([accepted()], pins, TODAY + timedelta(days=1))
    assert "until 2026-11-27" in late
    (gone,) = complaints([accepted(package="sanic")], pins, TODAY)
    assert "not pinned any more" in gone


def test_the_list_has_a_reason_for_everything_that_is_pinned() -> None:
    entries = read(ACCEPTED.read_text(encoding="utf-8"))
    assert entries
    pins = {name: pins_of(name) for name in ENVIRONMENTS}
    assert not [*complaints(entries, pins, TODAY)]


@pytest.mark.parametrize(
    "wrong",
    [
        "why: no reason",
        "until: never",
        "ids: []",
        "environment: nowhere",
    ],
)
def test_an_entry_without_a_reason_or_a_day_is_refused(wrong: str) -> None:
    right = {
        "environment": "environment: rasa",
        "package": "package: aiohttp",
        "ids": "ids: [CVE-2024-52304]",
        "why": "why: Rasa asks only our own action server with it, on loopback.",
        "until": "until: 2026-12-31",
    }
    assert read("- " + "\n  ".join(right.values()))
    right[wrong.partition(":")[0]] = wrong
    with pytest.raises(ValueError, match="aiohttp"):
        read("- " + "\n  ".join(right.values()))
