"""What panels show of made-up series: shadows, few events and other versions left out."""

import pytest

import dashboards
from rules import ask_promtool

DASHBOARDS = dashboards.all_dashboards()
CHOSEN = {
    "service": "churn", "instance": ".*", "model": ".*", "version": ".*", "feature": "fee",
    "__rate_interval": "5m",
}  # fmt: skip
BASELINE = {"[0,1)": 0.5, "[1,2]": 0.5}


def query(title, ref="A"):
    """The panel's expression, with everything chosen."""
    found = [
        target["expr"]
        for document in DASHBOARDS.values()
        for panel in dashboards.panels(document)
        for target in panel["targets"]
        if panel["title"] == title and target["refId"] == ref
    ]
    assert len(found) == 1, f"{len(found)} panels {title!r} with a query {ref}"
    return dashboards.expand(found[0], CHOSEN)


def series(name, values, **labels):
    labels = {"service": "churn", "job": "tidemill", "instance": "a", **labels}
    text = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{text}}}", "values": values}


def ask(tmp_path, made, answers):
    """`answers`: expression: {labels: value}, after 15 minutes of scrapes, four a minute."""
    asked = [
        {
            "expr": expr,
            "eval_time": "15m",
            "exp_samples": [{"labels": f"{{{k}}}", "value": v} for k, v in samples.items()],
        }
        for expr, samples in answers.items()
    ]
    ask_promtool(tmp_path, made, asked, "15s")


def latencies(variant, le):
    """All predictions of a variant within `le` seconds."""
    name = "tidemill_end_to_end_latency_seconds_bucket"
    return [
        series(name, f"0+{150 if float(edge) >= le else 0}x60", variant=variant, le=edge)
        for edge in ("0.1", "1", "+Inf")
    ]


@pytest.mark.parametrize(
    ("title", "ref", "quantile"),
    [("p99", "A", 0.99), *zip(["End to end"] * 3, "ABC", [0.5, 0.99, 0.999], strict=True)],
)
def test_latency_of_the_service_is_that_of_what_it_answers(tmp_path, title, ref, quantile):
    made = latencies("champion", 0.1) + latencies("canary", 0.1) + latencies("shadow", 1)
    # Within the first bucket, all of them.
    ask(tmp_path, made, {f"sum(abs({query(title, ref)} - {quantile * 0.1!r}) < bool 1e-9)": {"": 1}})


def version(number, counts, instance="a", window=6000, ks=0.01):
    """A version's fee: events per scrape by bin, the window of its instance, its own ks."""
    place = {"model": "churn", "version": number, "instance": instance}
    made = [series("tidemill_drift_window_events", f"{window}x60", **place)]
    for name, figure in (("psi", 0.7), ("ks", ks)):
        made.append(series(f"tidemill_feature_{name}", f"{figure}x60", feature="fee", **place))
    for (bin_, share), count in zip(BASELINE.items(), counts, strict=True):
        labels = {"feature": "fee", "bin": bin_, **place}
        made.append(series("tidemill_feature_baseline_ratio", f"{share}x60", **labels))
        made.append(series("tidemill_feature_bin_total", f"0+{count}x60", **labels))
    return made


def limits(instance, psi):
    made = [series("tidemill_drift_min_events", "5000x60", instance=instance)]
    for name, limit in (("psi", psi), ("ks", 0.06)):
        labels = {"statistic": name, "instance": instance}
        made.append(series("tidemill_drift_threshold", f"{limit}x60", **labels))
    return made


def of(number, **others):
    labels = {"feature": "fee", "model": "churn", "version": number, **others}
    return ", ".join(f'{key}="{value}"' for key, value in labels.items())


def test_psi_by_feature_leaves_few_events_out_and_keeps_versions_apart(tmp_path):
    made = limits("a", 0.1) + version(1, [100, 100]) + version(2, [120, 40]) + version(3, [9, 1])
    expected = {f"{of(1)}": 0, f"{of(2)}": 0}
    ask(tmp_path, made, {f"{query('PSI by feature')} * 0": expected})


def test_the_table_shows_the_sample_of_each_figure_and_the_strictest_threshold(tmp_path):
    made = limits("a", 0.1) + limits("b", 0.5)
    made += version(1, [100, 100], "a", 6000, ks=0.02) + version(1, [50, 50], "b", 7000, ks=0.05)
    made += version(2, [2, 2], "a", 9000) + version(3, [2, 2], "a", 4999)
    title = "Figures against their thresholds"

    def table(psi, ks, second):
        rows = {of(1, service="churn", statistic="psi"): psi}
        rows[of(1, service="churn", statistic="ks")] = ks
        for name, value in second.items():
            rows[of(2, service="churn", statistic=name)] = value
        return rows

    answers = {
        "A": table(0, 0.05, {"psi": 0.7, "ks": 0.01}),
        "B": table(0.1, 0.06, {"psi": 0.1, "ks": 0.06}),
        # Over all instances 40 scrapes of 300.
        "D": table(12000, 7000, {"psi": 9000, "ks": 9000}),
    }
    ask(tmp_path, made, {query(title, ref): rows for ref, rows in answers.items()})


def test_figures_by_feature_are_of_one_instance_with_enough_events(tmp_path):
    made = limits("a", 0.1) + limits("b", 0.1)
    made += version(1, [100, 100], "a", 6000) + version(1, [100, 100], "b", 4999)
    title = "Figures by feature"
    row = of(1, instance="a")
    ask(tmp_path, made, {query(title, "A"): {row: 0.7}, query(title, "I"): {row: 6000}})


def test_bins_of_two_versions_stand_side_by_side(tmp_path):
    made = version(1, [100, 300]) + version(2, [300, 100])

    def bars(first, second):
        return {
            f'model="churn", version="churn@{number}", bin="{bin_} churn@{number}"': share
            for number, shares in ((1, first), (2, second))
            for bin_, share in zip(BASELINE, shares, strict=True)
        }

    ask(
        tmp_path,
        made,
        {
            query("$feature by bin"): bars([0.25, 0.75], [0.75, 0.25]),
            query("$feature by bin", "B"): bars([0.5, 0.5], [0.5, 0.5]),
        },
    )
