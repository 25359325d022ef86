"""SimpleImputer and MissingIndicator beside scikit-learn's."""

import warnings

import numpy as np
import pytest
from sklearn.impute import MissingIndicator, SimpleImputer

from category_frames import categories, fields_of, matrix, step
from step_parity import StepError, compare

ROWS = 5_000


def numbers(random, rows=ROWS, share=0.2):
    columns = {
        "normal": random.normal(3.0, 2.0, rows),
        "whole": random.integers(-5, 6, rows).astype(float),
        "tiny": random.normal(0.0, 1e-300, rows),
        "huge": random.normal(0.0, 1e300, rows),
        "denormal": random.integers(0, 9, rows) * 5e-324,
        "far": 1e15 + random.random(rows),
        "constant": np.full(rows, 0.1),
    }
    for column in columns.values():
        column[random.random(rows) < share] = np.nan
    columns["full"] = random.normal(0.0, 1.0, rows)
    columns["one_value"] = np.full(rows, np.nan)
    columns["one_value"][rows // 2] = -7.25
    return columns


def numeric(columns):
    return dict.fromkeys(columns, "number")


def stacked(columns):
    return np.column_stack(list(columns.values()))


@pytest.mark.parametrize("indicator", [False, True])
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
def test_imputer_of_numbers(harness, worst, seed, strategy, indicator):
    random = np.random.default_rng(seed)
    train, test = numbers(random), numbers(random, share=0.5)
    parameters = {"strategy": strategy, "add_indicator": indicator}
    if strategy == "constant" and indicator:
        parameters["fill_value"] = -999.5
    check_numbers(harness, worst, train, test, parameters)


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
def test_imputer_keeps_empty_columns_when_asked(harness, worst, seed, strategy):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 500), numbers(random, 500)
    train["empty"] = np.full(500, np.nan)
    test["empty"] = random.normal(0.0, 1.0, 500)
    test["empty"][::3] = np.nan
    check_numbers(harness, worst, train, test, {"strategy": strategy, "keep_empty_features": True})


def check_numbers(harness, worst, train, test, parameters):
    origin = SimpleImputer(**parameters).fit(stacked(train))
    names, fitted, made = harness.run(step("SimpleImputer", parameters), numeric(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    label = f"SimpleImputer, {parameters['strategy']}"
    compare(worst, label, fitted, origin.transform(stacked(train)))
    compare(worst, label, made, origin.transform(stacked(test)))


@pytest.mark.parametrize(
    "parameters",
    [{"strategy": "most_frequent"}, {"strategy": "constant"}, {"strategy": "constant", "fill_value": "東京"}],
    ids=str,
)
def test_imputer_of_categories(harness, worst, seed, parameters):
    random = np.random.default_rng(seed)
    train, test = categories(random, ROWS), categories(random, ROWS)
    del train["empty"], test["empty"]
    test["few"][::7] = None
    parameters = {**parameters, "add_indicator": True}
    origin = SimpleImputer(missing_values=None, **parameters).fit(matrix(train))
    names, fitted, made = harness.run(step("SimpleImputer", parameters), fields_of(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    for ours, rows in ((fitted, train), (made, test)):
        for name, column, theirs in zip(names, ours, origin.transform(matrix(rows)).T):
            known = set(train.get(name, [0.0, 1.0])) | set(origin.statistics_)
            assert list(column) == [cell if cell in known else "(unseen)" for cell in theirs]
            worst.add("SimpleImputer, categories", 0.0, len(column))


@pytest.mark.parametrize("features", ["missing-only", "all"])
def test_missing_indicator(harness, worst, seed, features):
    random = np.random.default_rng(seed)
    train, test = numbers(random), numbers(random, share=0.5)
    test["full"][::5] = np.nan
    origin = MissingIndicator(features=features, error_on_new=False).fit(stacked(train))
    parameters = {"features": features}
    names, fitted, made = harness.run(step("MissingIndicator", parameters), numeric(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    compare(worst, "MissingIndicator", fitted, origin.transform(stacked(train)))
    compare(worst, "MissingIndicator", made, origin.transform(stacked(test)))


def test_missing_indicator_of_categories(harness, worst, seed):
    random = np.random.default_rng(seed)
    train, test = categories(random, ROWS), categories(random, ROWS, unseen=True)
    origin = MissingIndicator(missing_values=None, error_on_new=False).fit(matrix(train))
    names, fitted, made = harness.run(step("MissingIndicator"), fields_of(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    compare(worst, "MissingIndicator", fitted, origin.transform(matrix(train)))
    compare(worst, "MissingIndicator", made, origin.transform(matrix(test)))


def test_nothing_missing_makes_no_indicator_as_there(harness):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert MissingIndicator().fit([[1.0], [2.0]]).transform([[3.0]]).shape == (1, 0)
    with pytest.raises(StepError, match="expected at least one feature, got none"):
        harness.run(step("MissingIndicator"), {"n": "number"}, {"n": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("parameters", "kind", "cells", "error", "says"),
    [
        ({}, "number", [1.0, "inf"], "DataError", "expected finite numbers, got an infinity"),
        ({}, "number", [None, None], "DataError", "got only missing values"),
        ({}, "category", ["x", None], "ConfigError", "strategy most_frequent or constant"),
        ({"strategy": "most_frequent"}, "category", [None], "DataError", "got only missing values"),
        ({"strategy": "most_frequent"}, "timestamp", ["2026-11-21"], "ConfigError", "got a timestamp column"),
    ],
)
def test_what_the_imputer_refuses(harness, parameters, kind, cells, error, says):
    with pytest.raises(StepError, match=f"SimpleImputer, column 'c'.*{says}") as refused:
        harness.run(step("SimpleImputer", parameters), {"c": kind}, {"c": cells})
    assert refused.value.kind == error
