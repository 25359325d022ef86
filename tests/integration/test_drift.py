"""Drift as an outside reader recomputes it, from topics and scrapes alone."""

import collections
import contextlib
import json
import math
import re

import pytest

from harness import Tidemill, serve_config, series, wait_until
from models import run, simulated_events, train
from test_serve import keyed, outputs_of, topics_of

FIELDS = ["tenure", "MonthlyCharges", "Contract", "PaymentMethod"]
LEAST_SHARE = 1e-4
DRIFT = {"window": "1h", "window_events": 1_000_000, "min_events": 500}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    few_trees = ("--set", "model.XGBClassifier.n_estimators=20")
    return train("churn", tmp_path_factory.mktemp("drift-model"), 4000, arguments=few_trees)


def bins(text, name="tidemill_feature_bin_total"):
    """By feature, the value of every bin."""
    table = collections.defaultdict(dict)
    for labels, value in series(text, name):
        assert labels["bin"] not in table[labels["feature"]]
        table[labels["feature"]][labels["bin"]] = value
    return table


def bin_of(value, names):
    """Where a value belongs, by what the bins' names say."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return value if value in names else "unseen"
    edges = []
    for name in names:
        found = re.fullmatch(r"\[(.+),(.+)([\])])", name)
        if found:
            low, high, end = float(found[1]), float(found[2]), found[3]
            edges += [low, high]
            if low <= value < high or (end == "]" and value == high):
                return name
    return "below" if value < min(edges) else "above"


def psi(counts, baseline):
    """Of counts and baseline ratios by bin."""
    total = sum(counts.values())
    result = 0.0
    for name, ratio in baseline.items():
        p = max(counts[name] / total, LEAST_SHARE)
        q = max(ratio, LEAST_SHARE)
        result += (p - q) * math.log(p / q)
    return result


def count_offline(inputs, predictions, table):
    """What the counters should say, from the events that were scored."""
    event_of = {record.id: record.value for record in inputs}
    counts = {
        feature: collections.Counter({name: 0 for name in names})
        for feature, names in table.items()
    }
    for record in predictions:
        event = json.loads(event_of[record.header("tidemill.source")])
        for feature, names in table.items():
            counts[feature][bin_of(event.get(feature), names)] += 1
    return counts


def drifting_events(count, directory):
    """Half as in training; then prices rise, contracts go missing and a payment method is new."""
    clean = simulated_events("churn", count // 2, directory, poison=0.02)
    path = directory / "drifting.jsonl"
    run(
        "simulate", "churn", "--count", count - count // 2, "--seed", 11, "--no-labels",
        "--drift", "MonthlyCharges=*1.5", "--drift", "Contract=missing:0.3",
        "--drift", "PaymentMethod=value:Barter:0.2", "--output", path,
    )  # fmt: skip
    return clean + path.read_bytes().split(b"\n")[:-1]


def test_the_counters_of_two_instances_are_those_of_an_offline_reader(
    broker, topic_prefix, model, tmp_path
):
    events = drifting_events(8000, tmp_path)
    broker.create_topics(topics_of(topic_prefix))
    topic = f"{topic_prefix}.events"
    settings = {"model": str(model), "workers": 2, "drift": DRIFT}
    configs = [serve_config(broker.bootstrap, topic_prefix, **settings) for _ in range(2)]
    for number, config in enumerate(configs):
        config["instance"] = f"scorer-{number}"
    with Tidemill(configs[0], tmp_path / "a") as first:
        first.wait_ready()
        inputs = broker.produce(topic, keyed(events)[:4000])
        # The second joins while the first is at work: a planned rebalance.
        with Tidemill(configs[1], tmp_path / "b") as second:
            second.wait_ready()
            inputs += broker.produce(topic, keyed(events)[4000:])
            predictions, _ = outputs_of(broker, topic_prefix, len(events))
            scrapes = [first.metrics(), second.metrics()]
    tables = [bins(text) for text in scrapes]
    assert all(sum(table["tenure"].values()) > 0 for table in tables), "one instance did all"
    summed = {
        feature: {name: sum(table[feature][name] for table in tables) for name in names}
        for feature, names in tables[0].items()
    }
    offline = count_offline(inputs, predictions, summed)
    assert summed == offline
    assert offline["Contract"]["missing"] > 800
    assert offline["PaymentMethod"]["unseen"] > 500


@contextlib.contextmanager
def scoring(broker, prefix, model, events, drift, directory):
    """A scorer that has scored these events, with the inputs and the predictions."""
    broker.create_topics(topics_of(prefix))
    config = serve_config(broker.bootstrap, prefix, model=str(model), drift={**DRIFT, **drift})
    with Tidemill(config, directory) as scorer:
        scorer.wait_ready()
        inputs = broker.produce(f"{prefix}.events", keyed(events))
        predictions, _ = outputs_of(broker, prefix, len(events))
        yield scorer, inputs, predictions


@pytest.fixture
def one_run(broker, topic_prefix, model, tmp_path):
    """A scrape after 4,000 drifting events, once the figures are of them all."""
    events = drifting_events(4000, tmp_path)
    run = scoring(broker, topic_prefix, model, events, {}, tmp_path)
    with run as (scorer, _, predictions):

        def figures_are_of_all():
            found = series(scorer.metrics(), "tidemill_drift_window_events")
            return [value for _, value in found] == [len(predictions)]

        wait_until(figures_are_of_all, 10, "figures of the last events")
        yield scorer, scorer.metrics(), len(predictions)


def test_the_gauges_are_what_the_counters_say(one_run):
    scorer, text, scored = one_run
    counts = bins(text)
    baseline = bins(text, "tidemill_feature_baseline_ratio")
    assert set(counts) == set(baseline) and {*FIELDS} <= set(counts)
    gauges = {labels["feature"]: value for labels, value in series(text, "tidemill_feature_psi")}
    for feature, table in counts.items():
        assert sum(table.values()) == scored
        assert list(table) == list(baseline[feature])
        assert sum(baseline[feature].values()) == pytest.approx(1.0, abs=1e-12)
        assert gauges[feature] == pytest.approx(psi(table, baseline[feature]), abs=1e-9), feature
    missing = dict(
        (labels["feature"], value)
        for labels, value in series(text, "tidemill_feature_missing_ratio")
    )
    assert missing["Contract"] == pytest.approx(counts["Contract"]["missing"] / scored, abs=1e-12)
    score = {labels["bin"]: value for labels, value in series(text, "tidemill_score_bin_total")}
    assert sum(score.values()) == scored


def test_the_status_page_names_what_drifts_and_nothing_else(one_run):
    scorer, _, _ = one_run

    def drifted():
        status = json.loads(scorer.get("/v1/status")[1])
        [report] = status["drift"]
        return {column["feature"] for column in report["features"] if column["over"]}

    # TotalCharges is made of MonthlyCharges.
    wait_until(lambda: drifted() >= {"MonthlyCharges", "Contract", "PaymentMethod"}, 10, "drift")
    assert drifted() <= {"MonthlyCharges", "TotalCharges", "Contract", "PaymentMethod"}
    code, page = scorer.get("/")
    assert code == 200 and "<html" in page


def test_clean_events_are_quiet(broker, topic_prefix, model, tmp_path):
    events = simulated_events("churn", 6000, tmp_path)
    run = scoring(broker, topic_prefix, model, events, {"min_events": 5000}, tmp_path)
    with run as (scorer, _, _):

        def report():
            [one] = json.loads(scorer.get("/v1/status")[1])["drift"]
            return one

        wait_until(lambda: report()["window_events"] == len(events), 10, "the last events")
        columns = [*report()["features"], report()["score"]]
        assert [column["feature"] for column in columns if column["over"]] == []


def test_a_sample_has_the_shares_of_the_whole(broker, topic_prefix, model, tmp_path):
    events = simulated_events("churn", 8000, tmp_path)
    run = scoring(broker, topic_prefix, model, events, {"sample": 0.25}, tmp_path)
    with run as (scorer, inputs, predictions):
        text = scorer.metrics()
    assert [value for _, value in series(text, "tidemill_drift_sample_ratio")] == [0.25]
    table = bins(text)
    sampled = sum(table["tenure"].values())
    # Five standard deviations of 8,000 draws.
    assert abs(sampled - 2000) < 5 * math.sqrt(8000 * 0.25 * 0.75)
    whole = count_offline(inputs, predictions, table)
    for feature, names in table.items():
        for name, count in names.items():
            share = whole[feature][name] / len(predictions)
            deviation = math.sqrt(max(share * (1 - share), 1e-4) / sampled)
            assert abs(count / sampled - share) < 5 * deviation, (feature, name)
