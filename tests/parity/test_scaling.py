"""Scalers and scikit-learn's."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from step_parity import StepError, compare

ROWS = 10_000


def numbers(random, rows=ROWS):
    """Columns of several shapes: scales far apart, missing cells, a constant, extremes."""
    columns = {
        "normal": random.normal(3.0, 2.0, rows),
        "tiny": random.normal(0.0, 1e-9, rows),
        "huge": random.normal(1e12, 1e9, rows),
        "skewed": random.lognormal(0.0, 3.0, rows),
        "constant": np.full(rows, 0.1),
        "missing": random.normal(0.0, 1.0, rows),
    }
    columns["missing"][random.random(rows) < 0.3] = np.nan
    return columns


def fields_of(columns):
    return dict.fromkeys(columns, "number")


def matrix(columns):
    return np.column_stack(list(columns.values()))


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_standard_scaler(harness, worst, seed, with_mean, with_std):
    random = np.random.default_rng(seed)
    train, test = numbers(random), numbers(random)
    origin = StandardScaler(with_mean=with_mean, with_std=with_std).fit(matrix(train))
    steps = f"[StandardScaler: {{with_mean: {str(with_mean).lower()}, with_std: {str(with_std).lower()}}}]"
    names, fitted, made = harness.run(steps, fields_of(train), train, test)
    assert names == list(train)
    compare(worst, "StandardScaler", fitted, origin.transform(matrix(train)))
    compare(worst, "StandardScaler", made, origin.transform(matrix(test)))


def test_a_wrong_type_is_refused_by_name(harness):
    with pytest.raises(StepError, match="StandardScaler, column 'c'") as refused:
        harness.run("[StandardScaler]", {"c": "category"}, {"c": ["x", "y"]})
    assert refused.value.kind == "ConfigError"
