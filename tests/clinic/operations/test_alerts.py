"""The alarm rules and the dashboard of deploy/: they hold by promtool, and ask for what /metrics says."""

import json
import re
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from clinic.operations import health
from tests import builders

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = (PROMETHEUS / "finetouch.rules.yml").read_text()
TRIALS = (PROMETHEUS / "finetouch.test.yml").read_text()
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "finetouch.json").read_text())
ALARMS = re.findall(r"- alert: (\w+)", RULES)
NAME = re.compile(r"\bfinetouch_\w+")
promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="no promtool here (Debian's package is called prometheus)"
)


def expressions() -> Iterator[str]:
    """Each query of the dashboard, as Grafana asks it."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"].replace("$__rate_interval", "5m").replace("$job", "finetouch")


def run_promtool(*arguments: str, folder: Path = PROMETHEUS) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@promtool
def test_the_rules_fire_when_they_have_to_and_only_then() -> None:
    run_promtool("check", "config", "prometheus.yml")
    run_promtool("test", "rules", "finetouch.test.yml")


@promtool
def test_prometheus_understands_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions())
    ]
    # JSON is YAML.
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    run_promtool("check", "rules", "rules.yml", folder=tmp_path)


@pytest.mark.django_db
def test_what_is_asked_for_is_what_the_site_says(client: Client) -> None:
    builders.clinic()
    client.get("/contact/")
    text = client.get("/metrics").text
    said = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    assert set(NAME.findall(RULES)) - said == set()
    assert set(NAME.findall(" ".join(expressions()))) - said == set()


def test_a_worker_is_silent_after_the_same_time_for_everybody_who_asks() -> None:
    """The container's own check knows no Django, and Prometheus none of either."""
    seconds = health.BEAT_WITHIN.total_seconds()
    assert runpy.run_path(str(ROOT / "deploy" / "alive.py"))["ROUND_WITHIN"] == seconds
    assert re.findall(r'program="worker"\} > (\d+)$', RULES, flags=re.MULTILINE) == [f"{seconds:.0f}"]


def test_each_alarm_is_tried_and_explained() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text()
    _, _, section = manual.partition("### When an alarm sounds")
    explained = re.findall(r"^\| `(\w+)`", section, flags=re.MULTILINE)
    assert sorted(ALARMS) == sorted(explained)
    assert set(ALARMS) == set(re.findall(r'alertname="(\w+)"', TRIALS))
    assert RULES.count("docs/operations.md#when-an-alarm-sounds") == len(ALARMS)
    for needed in ("for:", "severity:", "summary:", "do:"):
        assert RULES.count(f" {needed}") + RULES.count(f"{{{needed}") == len(ALARMS)


def test_the_dashboard_is_whole_and_asks_nobody_else() -> None:
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert DASHBOARD["uid"] == "finetouch-clinic-site"
    assert "://" not in json.dumps(DASHBOARD)
    for panel in DASHBOARD["panels"]:
        assert panel["type"] in {"row", "stat", "timeseries", "table"}, panel["title"]
        where = panel["gridPos"]
        assert where["x"] + where["w"] <= 24
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
