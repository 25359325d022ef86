"""Prometheus on two real instances: rules, dashboard queries and alerts against the events."""

import collections
import contextlib
import json
import math
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from types import SimpleNamespace

import pytest
import yaml

from harness import REPO, free_port, wait_until
from models import run, simulated_events, train
from test_rollout import Service, keyed, metric

sys.path.insert(0, str(REPO / "tests/monitoring"))

import dashboards
from rules import load_rules

pytestmark = pytest.mark.timeout(600)

MIN_EVENTS = 2000
LEAST_SHARE = 1e-4
# These judge how fast this machine is.
OF_SPEED = re.compile("TidemillLatencyBudgetBurn.*|TidemillTimeLagHigh")
DRIFTED = "MonthlyCharges"
INTERVALS = {"__rate_interval": "10s", "__interval": "2s", "__range": "300s"}
FEATURE = "service_model_version_feature:tidemill_feature_bin"
FEATURE_BIN = "service_model_version_feature_bin:tidemill_feature_bin"
SCORE = "service_model_version:tidemill_score_bin"


class Prometheus:
    """Our configuration and rules on the test's targets, every second so that it is short."""

    def __init__(self, folder, targets):
        self.folder = folder
        self.port = free_port()
        shutil.copytree(REPO / "monitoring", folder / "monitoring")
        config_file = folder / "monitoring/prometheus.yml"
        config = yaml.safe_load(config_file.read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        for job in config["scrape_configs"]:
            job["scrape_timeout"] = "1s"
        jobs = {job["job_name"]: job for job in config["scrape_configs"]}
        jobs["prometheus"]["static_configs"][0]["targets"] = [f"127.0.0.1:{self.port}"]
        config_file.write_text(yaml.safe_dump(config))
        targets_file = folder / "monitoring/targets/scorer.yml"
        targets_file.write_text(yaml.safe_dump([{"targets": targets}]))
        for path in (folder / "monitoring/rules").glob("*.yml"):
            document = yaml.safe_load(path.read_text())
            for group in document["groups"]:
                group.pop("interval", None)
                for rule in group["rules"]:
                    if "for" in rule:
                        rule["for"] = "3s"
            path.write_text(yaml.safe_dump(document))

    def __enter__(self):
        with open(self.folder / "prometheus.txt", "wb") as output:
            self.process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={self.folder / 'monitoring/prometheus.yml'}",
                    f"--storage.tsdb.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(self.is_ready, 30, "Prometheus")
        self.started = time.time()
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()

    def is_ready(self):
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{self.port}/-/ready"
            return urllib.request.urlopen(url, timeout=2).status == 200
        return False

    def _get(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def ask(self, expr):
        """The series that have a number now, as (labels, value)."""
        answer = self._get("query", query=expr)["result"]
        found = [(one["metric"], float(one["value"][1])) for one in answer]
        return [(labels, value) for labels, value in found if not math.isnan(value)]

    def ask_over_time(self, expr):
        """The series that have a value at some time since the start."""
        now = time.time()
        return self._get("query_range", query=expr, start=self.started, end=now, step="1s")[
            "result"
        ]

    def values(self, selector, label):
        return self._get(f"label/{label}/values", **{"match[]": selector})

    def has_scraped(self, scorers):
        """Whether it knows all that the scorers show: nothing is read while this is asked."""
        return all(
            self.ask(f'sum({name}{{instance="{scorer.config["metrics"]["listen"]}"}})')
            == [({}, metric(scorer.metrics(), name))]
            for scorer in scorers
            for name in ("tidemill_feature_bin_total", "tidemill_score_bin_total")
        )

    def firing(self):
        return [labels for labels, _ in self.ask('ALERTS{alertstate="firing"}')]


def psi(counts, baseline):
    """As telemetry/drift_statistics.h defines it; both by bin."""
    total = sum(counts.values())
    figure = 0.0
    for bin_, share in baseline.items():
        p, q = max(counts.get(bin_, 0) / total, LEAST_SHARE), max(share, LEAST_SHARE)
        figure += (p - q) * math.log(p / q)
    return figure


def bin_of(value, bins):
    """The label of the bin that a field's value lies in, by what the labels say."""
    if value is None or value == "":
        return "missing"
    if "unseen" in bins:
        return value if value in bins else "unseen"
    if value < min((lower_end(label) for label in bins if label[0] == "["), default=-math.inf):
        return "below"
    for label in bins:
        interval = re.fullmatch(r"\[(.*),(.*)([)\]])", label)
        if interval:
            low, high, closed = float(interval[1]), float(interval[2]), interval[3] == "]"
            if low <= value < high or closed and value == high:
                return label
    return "above"


def lower_end(label):
    return float(label[1:].split(",")[0])


def series_of(prometheus, name, **labels):
    """{feature: {bin: value}} of one metric over all instances; the score's feature is None."""
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    found = collections.defaultdict(dict)
    for one, value in prometheus.ask(f"max by (feature, bin) ({name}{{{wanted}}})"):
        found[one.get("feature")][one["bin"]] = value
    return found


def start_rollout(service, folder, scorers):
    """churn@1 answers, churn@2 is a canary, churn@3 a shadow."""
    for version, verb in enumerate(("deploy", "canary", "shadow"), start=1):
        place = folder / f"model-{version}"
        place.mkdir()
        few_trees = ("--set", "model.XGBClassifier.n_estimators=20", "--seed", version)
        service.registry.add(train("churn", place, 8000, arguments=few_trees))
        share = ("--percent", "40") if verb == "canary" else ()
        service.registry.wait(verb, f"churn@{version}", *share)
    for scorer in scorers:
        scorer.wait_ready()


def produce(world, events):
    inputs = world.service.broker.produce(world.service.events_topic, keyed(events))
    world.inputs += inputs
    wait_until(lambda: world.service.committed() >= len(world.inputs), 90, "committed offsets", 0.2)
    return inputs


@pytest.fixture(scope="module")
def world(broker, tmp_path_factory):
    """Two instances with three versions, and Prometheus; no event yet."""
    folder = tmp_path_factory.mktemp("monitoring")
    service = Service(broker, f"monitoring-{uuid.uuid4().hex[:8]}", folder)
    drift = {"min_events": MIN_EVENTS}
    scorers = [service.scorer(name, workers=2, drift=drift) for name in ("scorer-0", "scorer-1")]
    targets = [scorer.config["metrics"]["listen"] for scorer in scorers]
    with contextlib.ExitStack() as stack:
        for scorer in scorers:
            stack.enter_context(scorer)
        names = {"scorer-0", "scorer-1"}
        wait_until(lambda: set(service.registry.live()) == names, 30, "two instances", 0.2)
        prometheus = stack.enter_context(Prometheus(folder, targets))
        start_rollout(service, folder, scorers)
        yield SimpleNamespace(
            service=service, scorers=scorers, prometheus=prometheus, folder=folder, inputs=[]
        )


def firing_but_speed(prometheus):
    names = [alert["alertname"] for alert in prometheus.firing()]
    return [name for name in names if not OF_SPEED.fullmatch(name)]


def test_before_the_first_event_nothing_fires(world):
    # For longer than an alert of this test has to last.
    ready = "count(sum_over_time(tidemill_ready[6s]) >= 5) == 2"
    wait_until(lambda: world.prometheus.ask(ready), 60, "five scrapes of ready instances", 0.5)
    assert firing_but_speed(world.prometheus) == []


@pytest.fixture(scope="module")
def calm(world):
    """Clean events, scored by both, and scraped."""
    world.events = simulated_events("churn", 12_000, world.folder)
    inputs = produce(world, world.events)
    wait_until(lambda: world.prometheus.has_scraped(world.scorers), 30, "the last scrape", 0.2)
    counts = [metric(s.metrics(), "tidemill_score_bin_total", version=1) for s in world.scorers]
    assert min(counts) > 500, f"both must have events: {counts}"
    world.predictions = [
        record.json()
        for record in world.service.broker.read_all(f"{world.service.prefix}.predictions")
    ]
    assert len(world.predictions) == len(inputs)
    return world


def answers_of(calm, version):
    return [one for one in calm.predictions if one["version"] == version]


@pytest.mark.parametrize("version", [1, 2])
def test_the_rules_over_both_instances_equal_the_events_themselves(calm, version):
    event_of = {record.id: json.loads(record.value) for record in calm.inputs}
    events = [event_of[one["id"]] for one in answers_of(calm, version)]
    baselines = series_of(calm.prometheus, "tidemill_feature_baseline_ratio", version=version)
    assert len(baselines) > 15
    for feature, baseline in baselines.items():
        counts = collections.Counter(bin_of(e.get(feature), baseline) for e in events)
        place = f'{{version="{version}",feature="{feature}"}}'

        def answers(counts=counts, baseline=baseline, place=place):
            size = calm.prometheus.ask(f"{FEATURE}:events10m{place}")
            figures = [calm.prometheus.ask(f"{FEATURE}:psi{w}{place}") for w in ("10m", "1h")]
            return (
                [value for _, value in size] == [len(events)]
                and all(len(figure) == 1 for figure in figures)
                and all(abs(f[0][1] - psi(counts, baseline)) < 1e-9 for f in figures)
            )

        wait_until(answers, 10, f"the rules' answer for {feature}: {counts}", 0.3)


def test_the_rule_over_the_scores_equals_the_predictions(calm):
    baseline = series_of(calm.prometheus, "tidemill_score_baseline_ratio", version=1)[None]
    counts = collections.Counter(bin_of(one["score"], baseline) for one in answers_of(calm, 1))
    ((_, figure),) = calm.prometheus.ask(f'{SCORE}:psi10m{{version="1"}}')
    assert figure == pytest.approx(psi(counts, baseline), abs=1e-9)
    ((_, size),) = calm.prometheus.ask(f'{SCORE}:events10m{{version="1"}}')
    assert size == sum(counts.values())


def test_an_instance_s_own_figures_are_those_of_its_counters(calm):
    names = sorted(series_of(calm.prometheus, "tidemill_feature_baseline_ratio", version=1))

    def differences():
        found = []
        for scorer in calm.scorers:
            place = {"version": 1, "instance": scorer.config["metrics"]["listen"]}
            counts = series_of(calm.prometheus, "tidemill_feature_bin_total", **place)
            baselines = series_of(calm.prometheus, "tidemill_feature_baseline_ratio", **place)
            for name in names:
                own = f'tidemill_feature_psi{{version="1",feature="{name}",instance="{place["instance"]}"}}'
                ((_, figure),) = calm.prometheus.ask(own)
                expected = psi(counts[name], baselines[name])
                if abs(figure - expected) > 1e-9:
                    found.append((name, place["instance"], figure, expected))
        return found

    wait_until(lambda: not differences(), 15, "agreement of gauges and counters", 0.5)


def test_on_clean_events_nothing_fires(calm):
    judged = calm.prometheus.ask(
        "count(service_model_version_feature_statistic:tidemill_feature_drift:max)"
    )
    assert judged[0][1] > 15, "no figure has enough events"
    assert firing_but_speed(calm.prometheus) == []


@pytest.fixture(scope="module")
def busy(calm):
    """One instance restarted, a broken event now and then, and load until the end."""
    restarted = calm.scorers[1]
    assert restarted.stop() == 0, restarted.stderr
    restarted.start().wait_ready()
    events = simulated_events("churn", 4000, calm.folder, poison=0.02)
    with calm.service.load(events, rate=300):
        yield calm


def variables(prometheus, document):
    """Each variable's values by Prometheus, in order, with those before it expanded."""
    values = {**INTERVALS, "datasource": "prometheus"}
    for name, (selector, label) in dashboards.variable_queries(document).items():
        answer = prometheus.values(dashboards.expand(selector, values), label)
        assert answer, f"{document['uid']}: no value for ${name}"
        values[name] = answer
        if name == "service":
            values[name] = "churn"
    return values


def combinations(values):
    """As a person may choose: all by the wildcard, or each value; every feature by itself."""
    wildcard = {
        name: ".*" if isinstance(value, list) and name != "feature" else value
        for name, value in values.items()
    }
    for chosen in (wildcard, values):
        for feature in values.get("feature", [""]):
            yield {**chosen, "feature": feature}


def unanswered(prometheus, document):
    missing = set()
    for chosen in combinations(variables(prometheus, document)):
        for query in dashboards.queries(document):
            ask = prometheus.ask_over_time if query.over_time else prometheus.ask
            if not ask(dashboards.expand(query.expr, chosen)):
                missing.add(query.place)
    return missing


@pytest.mark.parametrize("name", dashboards.all_dashboards())
def test_every_dashboard_query_answers(busy, name):
    document = dashboards.load(dashboards.FOLDER / name)
    missing = set()

    def all_answered():
        missing.clear()
        missing.update(unanswered(busy.prometheus, document))
        return not missing

    with contextlib.suppress(AssertionError):
        wait_until(all_answered, 60, "answers", 1.0)
    assert sorted(missing) == []


@pytest.mark.parametrize("record", [rule["record"] for rule in load_rules() if "record" in rule])
def test_every_recording_rule_answers(busy, record):
    wait_until(lambda: busy.prometheus.ask(record), 60, f"an answer of {record}", 0.5)


def test_a_query_that_nothing_answers_is_found(busy):
    document = dashboards.load(dashboards.FOLDER / "service.json")
    panel = next(dashboards.panels(document))
    panel["targets"][0]["expr"] = 'sum(tidemill_ready{service="nobody\'s"})'
    only = {f"tidemill-service: {panel['title']}: A"}
    wait_until(lambda: unanswered(busy.prometheus, document) == only, 60, "an answer to every other", 1.0)


def test_a_drifted_field_fires_the_alert_that_names_it(busy):
    path = busy.folder / "drifted.jsonl"
    run(
        "simulate", "churn", "--count", 12_000, "--seed", 8, "--no-labels", "--output", path,
        "--drift", f"{DRIFTED}=+50%",
    )  # fmt: skip
    drifted = [line for line in path.read_bytes().split(b"\n") if line]
    busy.service.broker.produce(busy.service.events_topic, keyed(drifted))

    def named():
        return [
            alert["feature"]
            for alert in busy.prometheus.firing()
            if alert["alertname"] == "TidemillDriftHigh"
        ]

    wait_until(lambda: DRIFTED in named(), 60, "the alert", 0.5)
    assert "PaymentMethod" not in named()
