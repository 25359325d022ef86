"""Encoders of categories beside scikit-learn's and Feature-engine's."""

import warnings

import numpy as np
import pandas as pd
import pytest
from feature_engine.encoding import CountFrequencyEncoder, RareLabelEncoder
from sklearn.model_selection import PredefinedSplit
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from category_frames import categories, fields_of, matrix, step
from step_parity import StepError, compare

ROWS = 2_500

GROUPINGS = [
    {},
    {"min_frequency": 40},
    {"min_frequency": 0.02},
    {"max_categories": 1},
    {"max_categories": 2},
    {"max_categories": 7},
    {"min_frequency": 30, "max_categories": 5},
]


@pytest.fixture(autouse=True)
def quiet():
    """The origins warn of unseen categories and of empty columns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def frames(seed, rows=ROWS):
    random = np.random.default_rng(seed)
    return categories(random, rows), categories(random, rows, unseen=True), random


# OneHotEncoder


def check_one_hot(harness, worst, train, test, origin, parameters):
    origin = OneHotEncoder(sparse_output=False, **origin).fit(matrix(train))
    names, fitted, made = harness.run(step("OneHotEncoder", parameters), fields_of(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    compare(worst, "OneHotEncoder", fitted, origin.transform(matrix(train)))
    compare(worst, "OneHotEncoder", made, origin.transform(matrix(test)))


@pytest.mark.parametrize("unknown", ["ignore", "infrequent_if_exist", "warn"])
@pytest.mark.parametrize("drop", [None, "first", "if_binary"])
@pytest.mark.parametrize("grouping", GROUPINGS, ids=str)
def test_one_hot(harness, worst, seed, grouping, drop, unknown):
    train, test, _ = frames(seed, 300)
    if drop == "first" and grouping == {"max_categories": 1}:
        drop = "if_binary"  # the first would be the only one; see below
    parameters = {"handle_unknown": unknown, "drop": drop or "none", **grouping}
    check_one_hot(harness, worst, train, test, {"handle_unknown": unknown, "drop": drop, **grouping}, parameters)


def test_one_hot_that_drops_all_it_has_makes_no_columns(harness):
    origin = OneHotEncoder(max_categories=1, drop="first").fit([["x"], ["y"]])
    assert origin.transform([["x"]]).shape == (1, 0)
    steps = step("OneHotEncoder", {"max_categories": 1, "drop": "first"})
    with pytest.raises(StepError, match="expected at least one feature, got none"):
        harness.run(steps, {"c": "category"}, {"c": ["x", "y"]})


def test_one_hot_drops_listed_categories(harness, worst, seed):
    train, test, _ = frames(seed, 600)
    drop = ["Yes", "東京", train["many"][0], "same", None, "c000", None]
    origin = {"handle_unknown": "ignore", "drop": np.array(drop, dtype=object)}
    check_one_hot(harness, worst, train, test, origin, {"drop": drop})


def test_one_hot_of_listed_categories(harness, worst, seed):
    train, test, _ = frames(seed, 600)
    columns = ["few", "texts", "gaps", "rare_gaps"]
    lists = [["Yes", "No", "Maybe"], ["東京", "É"], ["n", "a", None], ["c005", "c003", "nowhere"]]
    train, test = ({name: frame[name] for name in columns} for frame in (train, test))
    for more in ({}, {"min_frequency": 50}):
        parameters = {"handle_unknown": "infrequent_if_exist", "categories": lists, **more}
        check_one_hot(harness, worst, train, test, parameters, parameters)


# OrdinalEncoder


def check_ordinal(harness, worst, train, test, parameters):
    numbers = {name: np.nan if value == "nan" else value for name, value in parameters.items()}
    numbers = {"unknown_value": np.nan, **numbers}
    if "categories" in numbers:
        lists = [[np.nan if text is None else text for text in texts] for texts in numbers["categories"]]
        numbers["categories"] = [np.array(texts, dtype=object) for texts in lists]
    origin = OrdinalEncoder(handle_unknown="use_encoded_value", **numbers).fit(matrix(train, np.nan))
    names, fitted, made = harness.run(step("OrdinalEncoder", parameters), fields_of(train), train, test)
    assert names == list(train)
    compare(worst, "OrdinalEncoder", fitted, origin.transform(matrix(train, np.nan)))
    compare(worst, "OrdinalEncoder", made, origin.transform(matrix(test, np.nan)))


@pytest.mark.parametrize(
    "codes",
    [{}, {"unknown_value": -1}, {"unknown_value": -1, "encoded_missing_value": -2}, {"unknown_value": "nan"}],
    ids=str,
)
@pytest.mark.parametrize("grouping", GROUPINGS, ids=str)
def test_ordinal(harness, worst, seed, grouping, codes):
    train, test, _ = frames(seed)
    check_ordinal(harness, worst, train, test, {**grouping, **codes})


def test_ordinal_of_listed_categories(harness, worst, seed):
    train, test, _ = frames(seed)
    columns = ["few", "texts", "gaps", "rare_gaps"]
    lists = [["Yes", "No", "Maybe"], ["東京", "É"], ["n", "a", None], ["c005", "c003", "nowhere"]]
    train, test = ({name: frame[name] for name in columns} for frame in (train, test))
    for more in ({}, {"min_frequency": 50}, {"max_categories": 2}):
        check_ordinal(harness, worst, train, test, {"categories": lists, "unknown_value": -1, **more})


# TargetEncoder


def mix(state):
    """The next number of src/tidemill/core/random.h."""
    mask = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & mask
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return state, z ^ (z >> 31)


def folds_of(target, classes, folds, seed):
    """The folds of TargetEncoder's cross-fitting: shuffled, each class dealt out in turn."""
    order = list(range(len(target)))
    state = seed
    for last in range(len(order), 1, -1):
        state, number = mix(state)
        other = number % last
        order[last - 1], order[other] = order[other], order[last - 1]
    fold = np.zeros(len(target), dtype=int)
    turns = {}
    for row in order:
        label = int(target[row]) if classes else 0
        fold[row] = turns.get(label, 0)
        turns[label] = (fold[row] + 1) % folds
    return fold


def targets(random, kind, rows):
    if kind == "binary":
        return (random.random(rows) < 0.27).astype(float)
    if kind == "multiclass":
        return random.choice(5, rows, p=[0.5, 0.3, 0.15, 0.04, 0.01]).astype(float)
    scale = {"continuous": 1.0, "tiny": 1e-150, "huge": 1e150, "constant": 0.0}[kind]
    return (random.normal(3.0, 20.0, rows) if scale else np.full(rows, 0.3)) * (scale or 1.0)


@pytest.mark.parametrize("smooth", ["auto", 0.0, 0.3, 25.0])
@pytest.mark.parametrize("kind", ["continuous", "tiny", "huge", "constant", "binary", "multiclass"])
def test_target(harness, worst, seed, kind, smooth):
    train, test, random = frames(seed)
    target = targets(random, kind, ROWS)
    task = kind if kind in ("binary", "multiclass") else "regression"
    folds = folds_of(target, task != "regression", 3, seed)
    origin = TargetEncoder(
        smooth=smooth,
        target_type="continuous" if task == "regression" else task,
        cv=PredefinedSplit(folds),
    )
    fitted_there = origin.fit_transform(matrix(train), target)
    names, fitted, made = harness.run(
        step("TargetEncoder", {"smooth": smooth, "cv": 3}),
        fields_of(train),
        train,
        test,
        target,
        task=task,
        seed=seed,
    )
    if task == "multiclass":
        assert names == [f"{name}_{number}" for name in train for number in range(5)]
    compare(worst, f"TargetEncoder, {task}", fitted, fitted_there)
    compare(worst, f"TargetEncoder, {task}", made, origin.transform(matrix(test)))


def test_target_of_classes_as_numbers(harness, worst, seed):
    train, test, random = frames(seed)
    target = targets(random, "multiclass", ROWS)
    origin = TargetEncoder(target_type="continuous").fit(matrix(train), target)
    parameters = {"target_type": "continuous"}
    _, _, made = harness.run(
        step("TargetEncoder", parameters), fields_of(train), train, test, target, task="multiclass"
    )
    compare(worst, "TargetEncoder, regression", made, origin.transform(matrix(test)))


# Feature-engine's


def table(columns):
    """A frame of objects with NaN where missing, as a CSV file is read."""
    return pd.DataFrame(matrix(columns, np.nan), columns=list(columns), dtype=object)


RARE = [
    {},
    {"tol": 0.01},
    {"tol": 0.0, "max_n_categories": 3},
    {"tol": 0.004, "max_n_categories": 40, "replace_with": "c001"},
    {"n_categories": 1, "replace_with": "その他"},
    {"n_categories": 15, "tol": 1.0},
    {"n_categories": 0, "tol": 0.0},
]


@pytest.mark.parametrize("parameters", RARE, ids=str)
def test_rare_label(harness, worst, seed, parameters):
    train, test, _ = frames(seed)
    # Feature-engine cannot replace texts in a column that holds none.
    train, test = ({name: cells for name, cells in frame.items() if name != "empty"} for frame in (train, test))
    origin = RareLabelEncoder(missing_values="ignore", **parameters).fit(table(train))
    names, fitted, made = harness.run(step("RareLabelEncoder", parameters), fields_of(train), train, test)
    assert names == list(train)
    for ours, rows in ((fitted, train), (made, test)):
        theirs = origin.transform(table(rows))
        for name, column in zip(names, ours):
            expected = [None if pd.isna(text) else text for text in theirs[name]]
            assert column == expected, name
            worst.add("RareLabelEncoder", 0.0, len(column))


@pytest.mark.parametrize("unseen", ["ignore", "encode"])
@pytest.mark.parametrize("method", ["count", "frequency"])
def test_count_frequency(harness, worst, seed, method, unseen):
    train, test, _ = frames(seed)
    parameters = {"encoding_method": method, "unseen": unseen}
    origin = CountFrequencyEncoder(missing_values="ignore", **parameters).fit(table(train))
    names, fitted, made = harness.run(step("CountFrequencyEncoder", parameters), fields_of(train), train, test)
    assert names == list(train)
    compare(worst, "CountFrequencyEncoder", fitted, origin.transform(table(train)).astype(float))
    compare(worst, "CountFrequencyEncoder", made, origin.transform(table(test)).astype(float))


def test_rare_labels_are_one_column_of_a_one_hot_encoder(harness, seed):
    train, test, _ = frames(seed)
    train, test = {"many": train["many"]}, {"many": test["many"]}
    rare = RareLabelEncoder(tol=0.03, missing_values="ignore").fit(table(train))
    there = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(rare.transform(table(train)))
    steps = '[{"RareLabelEncoder": {"tol": 0.03}}, "OneHotEncoder"]'
    names, _, made = harness.run(steps, fields_of(train), train, test)
    assert names == list(there.get_feature_names_out())
    assert np.array_equal(np.column_stack(made), there.transform(rare.transform(table(test))))


# What is refused


@pytest.mark.parametrize(
    "name", ["OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "RareLabelEncoder", "CountFrequencyEncoder"]
)
def test_a_number_is_refused_by_name(harness, name):
    with pytest.raises(StepError, match=f"{name}, column 'n': expected a category column") as refused:
        harness.run(step(name), {"n": "number"}, {"n": [1.0, 2.0]}, target=[0.0, 1.0])
    assert refused.value.kind == "ConfigError"


@pytest.mark.parametrize(
    "name", ["OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "RareLabelEncoder", "CountFrequencyEncoder"]
)
def test_no_rows_are_refused_by_name(harness, name):
    with pytest.raises(StepError, match=f"{name}.*expected rows to learn from, got none") as refused:
        harness.run(step(name), {"c": "category"}, {"c": []}, target=[])
    assert refused.value.kind == "DataError"
