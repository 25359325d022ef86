"""Drift by the recording rules: what the definition gives for the same counts of all instances."""

import math

import numpy as np
import pytest

from rules import ask_promtool

LEAST_SHARE = 1e-4
STEP = 5  # seconds between scrapes
LABELS = 'service="churn",model="churn",version="3"'
PLACE = '{service="churn",model="churn",version="3",feature="fee"}'
FEATURE = "service_model_version_feature:tidemill_feature_bin"


def psi(counts, baseline):
    p = np.maximum(np.asarray(counts, float) / np.sum(counts), LEAST_SHARE)
    q = np.maximum(baseline, LEAST_SHARE)
    return float(np.sum((p - q) * np.log(p / q)))


def text_of(values):
    return " ".join("_" if value is None else repr(value) for value in values)


def series(name, instance, bin_, values, feature=True):
    labels = f'{LABELS},job="tidemill",instance="{instance}",bin="{bin_}"'
    labels += ',feature="fee"' if feature else ""
    return {"series": f"{name}{{{labels}}}", "values": text_of(values)}


def instance_series(name, counters, baseline, feature=True):
    """`counters`: scrapes x bins; a scrape that failed is None."""
    scrapes = len(counters)
    made = []
    for b, share in enumerate(baseline):
        column = [None if row is None else int(row[b]) for row in counters]
        kind = "feature" if feature else "score"
        made.append(series(f"tidemill_{kind}_bin_total", name, f"bin {b}", column, feature))
        ratios = [float(share)] * scrapes
        made.append(series(f"tidemill_{kind}_baseline_ratio", name, f"bin {b}", ratios, feature))
    return made


def check(tmp_path, input_series, expected, at):
    """Asks promtool whether each expression is within 1e-9 of its value; None is no answer."""
    asked = []
    for expr, value in expected.items():
        sample = [] if value is None else [{"labels": "{}", "value": 1}]
        test = expr if value is None else f"sum(abs({expr} - {value!r}) < bool 1e-9)"
        asked.append({"expr": test, "eval_time": f"{at}s", "exp_samples": sample})
    ask_promtool(tmp_path, input_series, asked, f"{STEP}s")


def shares_of(random, bins):
    return random.dirichlet(np.full(bins, 0.7))


def counted(random, scrapes, per_scrape, shares):
    """A counter's values at each scrape, from 0."""
    new = random.multinomial(per_scrape, shares, size=scrapes - 1)
    return np.vstack([np.zeros(len(shares), int), np.cumsum(new, axis=0)])


@pytest.mark.parametrize("seed", range(4))
def test_over_two_instances_equals_the_definition_over_both_counts(tmp_path, seed):
    random = np.random.default_rng(seed)
    bins = int(random.integers(2, 13))
    baseline = shares_of(random, bins)
    baseline[0] = 0.0
    baseline /= baseline.sum()
    scrapes, window = 181, 120  # 15 minutes, of which the last ten count
    counters = {
        name: counted(random, scrapes, rate, shares_of(random, bins))
        for name, rate in (("one", 211), ("two", 97))
    }
    for name in counters:  # counters that have run for long
        counters[name] += random.integers(0, 10**7, bins)
    inside = sum(rows[-1] - rows[-1 - window] for rows in counters.values())
    made = [s for name, rows in counters.items() for s in instance_series(name, rows, baseline)]
    made += [
        s for name, rows in counters.items() for s in instance_series(name, rows, baseline, False)
    ]
    score = '{service="churn",model="churn",version="3"}'
    check(
        tmp_path,
        made,
        {
            f"{FEATURE}:psi10m{PLACE}": psi(inside, baseline),
            f"{FEATURE}:events10m{PLACE}": float(inside.sum()),
            f"service_model_version:tidemill_score_bin:psi10m{score}": psi(inside, baseline),
            f"service_model_version:tidemill_score_bin:events10m{score}": float(inside.sum()),
            'service_model_version_feature_bin:tidemill_feature_bin:ratio10m{bin="bin 1"}': float(
                inside[1] / inside.sum()
            ),
        },
        (scrapes - 1) * STEP,
    )


def test_a_counter_that_began_within_the_window_counts_from_its_first_event(tmp_path):
    random = np.random.default_rng(11)
    baseline = np.array([0.5, 0.3, 0.2])
    rows = counted(random, 61, 100, [0.2, 0.3, 0.5]) + [40, 7, 3]  # before the first scrape
    absent = [None] * 60
    both = rows[-1]
    check(
        tmp_path,
        instance_series("one", absent + list(rows), baseline),
        {f"{FEATURE}:psi{w}{PLACE}": psi(both, baseline) for w in ("10m", "1h")},
        120 * STEP,
    )


def test_the_hour_looks_further_back_than_the_ten_minutes(tmp_path):
    random = np.random.default_rng(5)
    baseline = np.array([0.6, 0.4])
    before = counted(random, 721, 50, [0.9, 0.1])
    after = counted(random, 121, 50, [0.1, 0.9])[1:] + before[-1]
    rows = np.vstack([before, after])
    check(
        tmp_path,
        instance_series("one", rows, baseline),
        {
            f"{FEATURE}:psi10m{PLACE}": psi(rows[-1] - rows[-121], baseline),
            f"{FEATURE}:psi1h{PLACE}": psi(rows[-1] - rows[-721], baseline),
        },
        840 * STEP,
    )


@pytest.mark.parametrize("down", [0, 3, 40])
def test_after_a_restart_an_instance_counts_from_it_in_every_bin(tmp_path, down):
    random = np.random.default_rng(7)
    baseline = np.array([0.7, 0.2, 0.1])
    old = counted(random, 150 - down, 200, [0.6, 0.3, 0.1])
    # After the restart the rare bin soon passes the value it had: it has no reset of its own.
    new = counted(random, 91, 200, [0.1, 0.1, 0.8])
    other = counted(random, 241, 70, [0.3, 0.3, 0.4]) + 1000
    rows = [*old, *([None] * down), *new]
    made = instance_series("one", rows, baseline) + instance_series("two", other, baseline)
    inside = new[-1] + other[-1] - other[-121]
    check(
        tmp_path,
        made,
        {
            f"{FEATURE}:psi10m{PLACE}": psi(inside, baseline),
            f"{FEATURE}:events10m{PLACE}": float(inside.sum()),
        },
        240 * STEP,
    )


def test_a_restart_is_noticed_though_no_counter_is_below_where_the_window_began(tmp_path):
    baseline = np.array([0.5, 0.5])
    # Nearly idle until the window begins, then busy; after the restart busy before a scrape.
    old = np.vstack(
        [[[3, 2]] * 150, counted(np.random.default_rng(1), 40, 100, [0.5, 0.5])[1:] + [3, 2]]
    )
    new = counted(np.random.default_rng(2), 52, 100, [0.2, 0.8]) + [60, 40]
    check(
        tmp_path,
        instance_series("one", [*old, *new], baseline),
        {
            f"{FEATURE}:psi10m{PLACE}": psi(new[-1], baseline),
            f"{FEATURE}:events10m{PLACE}": float(new[-1].sum()),
        },
        240 * STEP,
    )


def test_a_scrape_that_failed_where_the_window_begins_changes_little(tmp_path):
    random = np.random.default_rng(3)
    baseline = np.array([0.5, 0.5])
    rows = list(counted(random, 241, 100, [0.4, 0.6]) + 10**6)
    first = rows[118]
    rows[119] = rows[120] = rows[121] = None
    inside = rows[-1] - first  # from the last scrape before the window
    check(
        tmp_path,
        instance_series("one", rows, baseline),
        {f"{FEATURE}:psi10m{PLACE}": psi(inside, baseline)},
        240 * STEP,
    )


def test_an_idle_version_has_a_sample_size_and_no_figure(tmp_path):
    rows = [np.array([400, 300])] * 241
    check(
        tmp_path,
        instance_series("one", rows, np.array([0.5, 0.5])),
        {f"{FEATURE}:events10m{PLACE}": 0.0, f"{FEATURE}:psi10m{PLACE}": None},
        240 * STEP,
    )


def test_the_reference_is_the_definition():
    expected = (0.5 - 0.25) * math.log(2) + (0.5 - 0.75) * math.log(0.5 / 0.75)
    assert psi([2, 2], np.array([0.25, 0.75])) == pytest.approx(expected, abs=1e-15)
