"""Rules and alerts: what promtool finds, and what it does not look for."""

import re
import subprocess

import pytest

from rules import (
    MONITORING,
    REPO,
    RULES,
    alerts,
    documented_metrics,
    load_rules,
    recorded_names,
    rule_tests,
    unknown_names,
)

NAMES = [alert["alert"] for alert in alerts()]


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_config_and_finds_the_rules_by_it():
    said = promtool("check", "config", MONITORING / "prometheus.yml")
    for path in RULES.glob("*.yml"):
        assert str(path.relative_to(MONITORING)) in said


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yml")), ids=lambda path: path.stem)
def test_promtool_finds_nothing(path):
    promtool("check", "rules", path)


@pytest.mark.parametrize(
    "path", sorted((RULES / "tests").glob("*.yml")), ids=lambda path: path.stem
)
def test_rules_do_as_their_tests_say(path):
    promtool("test", "rules", path)


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.get("record") or rule["alert"])
def test_uses_only_metrics_that_are_documented(rule):
    known = documented_metrics() | recorded_names()
    assert unknown_names(rule["expr"], known) == []


def test_a_metric_that_is_not_documented_is_found():
    known = documented_metrics() | recorded_names()
    assert unknown_names("sum by (x_y) (rate(tidemill_event_total[5m]))", known) == [
        "tidemill_event_total"
    ]
    assert unknown_names('{__name__=~"tidemill_nothing.*"}', known) == ["tidemill_nothing.*"]


@pytest.mark.parametrize("name", sorted(recorded_names()))
def test_is_named_level_metric_operations(name):
    assert re.fullmatch(r"[a-z_]+:tidemill_[a-z_]+:[a-z0-9_]+", name)


def test_alerts_have_names_of_their_own():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("alert", alerts(), ids=NAMES)
def test_alert_says_what_is_the_matter_and_where_to_read_on(alert):
    assert re.fullmatch(r"Tidemill([A-Z][a-z]+)+", alert["alert"])
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert all(alert["annotations"].values())
    page = REPO / alert["annotations"]["runbook_url"]
    assert page.parent == REPO / "docs/runbooks"
    text = page.read_text()
    assert alert["alert"] in text
    for heading in ("## What it means", "## First look", "## Likely causes", "## What to do"):
        assert heading in text, f"{page.name} has no {heading}"


def test_every_runbook_is_an_alert_s():
    pages = {path.name for path in (REPO / "docs/runbooks").glob("*.md")}
    assert pages == {alert["annotations"]["runbook_url"].rsplit("/", 1)[1] for alert in alerts()}


@pytest.mark.parametrize("name", NAMES)
def test_alert_has_a_test_that_fires_it_and_one_that_keeps_it_silent(name):
    cases = [
        expected["exp_alerts"]
        for case in rule_tests()
        for expected in case.get("alert_rule_test", [])
        if expected["alertname"] == name
    ]
    assert any(cases), "none fires it"
    assert any(not case for case in cases), "none keeps it silent"
