"""deploy/monitoring in the real Prometheus: the alerts come when they should, and every expression
finds something at a gateway that runs."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bot.db import now
from bot.ops.children import free_port
from bot.settings import PROJECT, Settings
from tests.checks.tls import TLSServer
from tests.messages.test_timers import gateway

MONITORING = PROJECT / "deploy/monitoring"
RULES = yaml.safe_load((MONITORING / "rules.yml").read_text(encoding="utf-8"))
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
PATIENCE = 90  # seconds


def run(*command: str | Path) -> str:
    assert shutil.which(str(command[0])), "apt install prometheus"
    done = subprocess.run(command, cwd=MONITORING, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_configuration_and_rules() -> None:
    assert "SUCCESS" in run("promtool", "check", "config", "prometheus.yml")


def test_the_alerts_come_when_they_should_and_not_otherwise() -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", "rules_test.yml")


def test_every_alert_is_tried_and_explained() -> None:
    tried = (MONITORING / "rules_test.yml").read_text(encoding="utf-8")
    explained = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
    for rule in ALERTS:
        name = rule["alert"]
        firing = rf"alertname: {name}\n\s+exp_alerts:\n\s+- exp_labels"
        assert re.search(firing, tried), f"{name} never fires in rules_test.yml"
        assert f"`{name}`" in explained, f"{name} is not in docs/operations.md"


class Prometheus:
    def __init__(self, home: Path, target: int) -> None:
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(MONITORING / "rules.yml")],
            "scrape_configs": [
                {"job_name": "binhyen", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
            ],
        }
        (home / "prometheus.yml").write_text(yaml.safe_dump(config))
        port = free_port()
        self._base = f"http://127.0.0.1:{port}/api/v1"
        self._process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={home / 'prometheus.yml'}",
                f"--storage.tsdb.path={home / 'series'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self._base}/query", params={"query": expression}, timeout=10)
        assert answer.is_success, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def wait_for(self, expression: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            if self._is_ready() and self.query(expression):
                return
            assert self._process.poll() is None
            assert time.monotonic() < deadline, expression
            time.sleep(0.5)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self._base.replace("/api/v1", "/-/ready"), timeout=10).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@contextmanager
def watched(home: Path, target: int) -> Iterator[Prometheus]:
    prometheus = Prometheus(home, target)
    try:
        yield prometheus
    finally:
        prometheus.stop()


@pytest.fixture
def installation(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """With an address that has a certificate, and a backup."""
    (tmp_path / "last-backup.json").write_text(json.dumps({"taken_at": now().isoformat()}))
    with TLSServer(tmp_path / "certificates", 30, {}) as proxy:
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.authority))
        given = settings.model_dump(exclude_unset=True) | {"public_url": proxy.url}
        yield Settings.model_validate(given)


def test_every_expression_finds_something_at_a_gateway_that_runs(
    installation: Settings, tmp_path: Path
) -> None:
    port = free_port()
    with gateway(installation, port), watched(tmp_path, port) as prometheus:
        prometheus.wait_for("count_over_time(binhyen_disk_free_bytes[1m]) > 3")
        panels = [
            (panel["title"], target["expr"])
            for panel in DASHBOARD["panels"]
            for target in panel["targets"]
        ]
        assert len(panels) >= 20
        # Failures by kind are there once there has been one; a backup, as there is one.
        empty = [title for title, expression in panels if not prometheus.query(expression)]
        silent = [
            rule["alert"]
            for rule in ALERTS
            if rule["alert"] not in {"NothingIsWatched", "NoBackup", "MessagesFail"}
            and not prometheus.query(_asked(rule["expr"]))
        ]
        assert (empty, silent) == ([], [])
        prometheus.wait_for('ALERTS{alertname="RasaDown", alertstate="pending"}')


def _asked(condition: str) -> str:
    """What an alert compares, whatever comes out."""
    return re.sub(r" (>|<|==) (?=[\d.])", r" \1 bool ", condition)
