"""Steps that choose columns, and scikit-learn's and Feature-engine's."""

import numpy as np
import pandas as pd
import pytest
from feature_engine.selection import DropDuplicateFeatures
from sklearn.feature_selection import (
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    chi2,
    f_classif,
    f_regression,
)
from sklearn.linear_model import LogisticRegression, Ridge

from step_parity import StepError, compare

ROWS = 400


def matrix(columns):
    return np.column_stack(list(columns.values()))


def check(harness, worst, step, columns, test, origin, target=None, **more):
    """The step keeps the origin's columns, with their values."""
    data, labels = matrix(columns), None if target is None else np.asarray(target)
    name = step.split(":")[0].strip("[{ ")
    names, fitted, made = harness.run(f"[{step}]", dict.fromkeys(columns, "number"), columns, test, target, **more)
    origin.fit(data, labels)
    assert names == list(np.array(list(columns))[origin.get_support()])
    compare(worst, name, fitted, origin.transform(data))
    compare(worst, name, made, origin.transform(matrix(test)))


def spread(random, rows=1_000):
    columns = {f"n{i}": random.normal(i, 10.0 ** (i - 3), rows) for i in range(6)}
    columns["constant"] = np.full(rows, 0.1)
    columns["nearly"] = np.where(np.arange(rows) == 7, 1.1, 0.1)
    columns["all missing"] = np.full(rows, np.nan)
    columns["one value and missing"] = np.where(random.random(rows) < 0.5, 3.0, np.nan)
    columns["some missing"] = np.where(random.random(rows) < 0.5, random.normal(0, 1, rows), np.nan)
    columns["denormal"] = random.integers(0, 2, rows) * 5e-324
    columns["huge"] = random.normal(0, 1e150, rows)
    return columns


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("threshold", [0.0, 1e-300, 5e-4, 0.01, 1.0, 100.0, 1e299])
def test_variance_threshold(harness, worst, seed, threshold):
    random = np.random.default_rng([seed, 1])
    train, test = spread(random), spread(random)
    step = f"VarianceThreshold: {{threshold: {threshold!r}}}"
    check(harness, worst, step, train, test, VarianceThreshold(threshold))


def test_variance_threshold_is_compared_with_the_origins_variances(harness, seed):
    """A threshold at a variance itself, and one bit below it."""
    random = np.random.default_rng([seed, 2])
    columns = {f"n{i}": random.normal(i, i + 1.0, ROWS) for i in range(8)}
    for variance in VarianceThreshold().fit(matrix(columns)).variances_:
        for threshold in (variance, np.nextafter(variance, 0)):
            origin = VarianceThreshold(threshold).fit(matrix(columns))
            step = f"[VarianceThreshold: {{threshold: {float(threshold)!r}}}]"
            if origin.get_support().any():
                names, _, _ = harness.run(step, dict.fromkeys(columns, "number"), columns)
                assert names == list(np.array(list(columns))[origin.get_support()])


def classes(random, count):
    target = random.integers(0, count, ROWS).astype(float)
    target[:count] = np.arange(count)
    return target


def related(random, target):
    """Columns that say more or less about the target."""
    columns = {}
    for i, share in enumerate(random.permutation(np.linspace(0.0, 2.0, 21))):
        columns[f"r{i}"] = share * target + random.normal(5.0 * i, 1.0, len(target))
    columns["tiny"] = 1e-8 * (target + random.normal(0, 3, len(target)))
    columns["constant"] = np.full(len(target), 5.0)
    return columns


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("score", "task", "count"),
    [("f_classif", "binary", 2), ("f_classif", "multiclass", 5), ("f_regression", "binary", 2)]
    + [("f_regression", "regression", 0), ("chi2", "binary", 2), ("chi2", "multiclass", 4)],
)
def test_the_best_columns(harness, worst, seed, score, task, count):
    random = np.random.default_rng([seed, 3, count])
    target = classes(random, count) if count else random.normal(100.0, 20.0, ROWS)
    train = related(random, target)
    if score == "chi2":
        train = {k: np.maximum(0, np.floor(v)) for k, v in train.items()}
        train["zero"] = np.zeros(ROWS)
    function = {"f_classif": f_classif, "f_regression": f_regression, "chi2": chi2}[score]
    for k in [*range(1, len(train) + 1), "all"]:
        step = f"SelectKBest: {{k: {k}, score_func: {score}}}"
        check(harness, worst, step, train, train, SelectKBest(function, k=k), target, task=task)
    for percent in [3, 10, 33.3, 50, 77, 100]:
        origin = SelectPercentile(function, percentile=percent)
        step = f"SelectPercentile: {{percentile: {percent}, score_func: {score}}}"
        if origin.fit(matrix(train), target).get_support().any():
            check(harness, worst, step, train, train, origin, target, task=task)


def test_of_equal_scores_the_last_columns_are_best_and_the_first_within_a_percentile(harness, worst, seed):
    random = np.random.default_rng([seed, 4])
    target = classes(random, 2)
    one, two = random.normal(target, 1.0), random.normal(0, 1.0, ROWS)
    columns = {"a": two, "b": one, "c": one, "d": two, "e": one, "f": two}
    for k in range(1, 7):
        check(harness, worst, f"SelectKBest: {{k: {k}}}", columns, columns, SelectKBest(k=k), target, task="binary")
    for percent in (20, 35, 50, 60, 80):
        step = f"SelectPercentile: {{percentile: {percent}}}"
        check(harness, worst, step, columns, columns, SelectPercentile(percentile=percent), target, task="binary")


@pytest.mark.parametrize("threshold", [None, "mean", "median", "1.25*mean", " 0.5 * median", 0.03, 1e-3])
@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_select_from_model(harness, worst, seed, threshold, limit, task):
    random = np.random.default_rng([seed, 5])
    target = classes(random, 2) if task == "binary" else random.normal(0, 1, ROWS)
    train = {k: (v - v.mean()) / (v.std() or 1) for k, v in related(random, target).items()}
    model = LogisticRegression(C=0.5, tol=1e-10) if task == "binary" else Ridge(alpha=2.0)
    estimator = "LogisticRegression: {C: 0.5}" if task == "binary" else "Ridge: {alpha: 2.0}"
    parameters = [f"estimator: {{{estimator}}}"]
    parameters += [f"threshold: {threshold!r}"] if threshold is not None else []
    parameters += [f"max_features: {limit}"] if limit else []
    origin = SelectFromModel(model, threshold=threshold, max_features=limit)
    step = f"SelectFromModel: {{{', '.join(parameters)}}}"
    check(harness, worst, step, train, train, origin, target, task=task)


def test_select_from_boosted_trees_keeps_what_they_use(harness, seed):
    """XGBoost's own package is not at hand: two columns tell the target, the others are noise or missing."""
    random = np.random.default_rng([seed, 6])
    columns = {f"noise{i}": random.normal(0, 1, ROWS) for i in range(5)}
    columns["strong"] = random.normal(0, 1, ROWS)
    columns["gone"] = np.full(ROWS, np.nan)
    columns["weak"] = random.normal(0, 1, ROWS)
    target = (columns["strong"] + 0.5 * columns["weak"] > 0).astype(float)
    fields = dict.fromkeys(columns, "number")
    step = "[SelectFromModel: {estimator: {XGBClassifier: {n_estimators: 5, max_depth: 3}}}]"
    assert harness.run(step, fields, columns, target=target, task="binary")[0] == ["strong", "weak"]


def table(random, rows=500):
    letters = np.array(["a", "b", "c", None], dtype=object)
    numbers, texts = random.normal(0, 1, (4, rows)), letters[random.integers(0, 4, (3, rows))]
    numbers[:, random.random(rows) < 0.1] = np.nan
    nearly = numbers[0].copy()
    nearly[random.choice(np.flatnonzero(~np.isnan(nearly)))] += 1e-9
    return {
        "x": numbers[0], "letters": texts[0], "y": numbers[1], "x again": numbers[0].copy(), "nearly x": nearly,
        "letters again": texts[0].copy(), "z": numbers[2], "y again": numbers[1].copy(), "others": texts[1],
        "x once more": numbers[0].copy(),
    }  # fmt: skip


@pytest.mark.parametrize("variables", [None, ["y", "x again", "y again", "x once more"]])
def test_drop_duplicate_features(harness, worst, seed, variables):
    for number in range(20):
        random = np.random.default_rng([seed, 7, number])
        train = table(random)
        fields = {name: "category" if "t" in name and "letters" in name or name == "others" else "number" for name in train}
        parameters = {} if variables is None else {"variables": variables}
        names, fitted, _ = harness.run(f"[DropDuplicateFeatures: {parameters}]", fields, train)
        # The origin compares bytes of what pandas makes of the rows: kinds apart, as a real frame has them.
        kept = []
        for kind in ("number", "category"):
            own = [name for name in train if fields[name] == kind]
            some = None if variables is None else [name for name in variables if name in own]
            if some is None or len(some) > 1:
                origin = DropDuplicateFeatures(variables=some).fit(pd.DataFrame({name: train[name] for name in own}))
                kept += [name for name in own if name not in origin.features_to_drop_]
            else:
                kept += own
        assert names == [name for name in train if name in kept]
        ours = [column for name, column in zip(names, fitted) if fields[name] == "number"]
        compare(worst, "DropDuplicateFeatures", ours, matrix({n: train[n] for n in names if fields[n] == "number"}))


REFUSED = [
    ("VarianceThreshold: {threshold: 9}", {"a": [1.0, 2.0]}, "regression", "DataError", "exceeds 9"),
    ("VarianceThreshold", {"a": [1.0, float("inf")]}, "regression", "DataError", "column 'a', row 1: expected a finite"),
    ("VarianceThreshold: {threshold: -1}", {"a": [1.0]}, "regression", "ConfigError", "at least 0"),
    ("SelectKBest", {"a": [1.0, 2.0]}, "regression", "ConfigError", "f_regression for a regression"),
    ("SelectKBest: {score_func: mutual_info_classif}", {"a": [1.0]}, "binary", "ConfigError", "random noise"),
    ("SelectKBest: {k: 0}", {"a": [1.0]}, "binary", "ConfigError", "at least 1, or all"),
    ("SelectKBest", {"a": [1.0, None]}, "binary", "DataError", "column 'a', row 1: expected a number"),
    ("SelectKBest: {score_func: chi2}", {"a": [1.0, -1.0]}, "binary", "DataError", "counts of at least 0"),
    ("SelectPercentile: {percentile: 0}", {"a": [1.0]}, "binary", "ConfigError", "a percentile above 0"),
    ("SelectFromModel", {"a": [1.0]}, "binary", "ConfigError", "the key 'estimator'"),
    ("SelectFromModel: {estimator: Rigde}", {"a": [1.0, 2.0]}, "regression", "ConfigError", "did you mean 'Ridge'"),
    ("SelectFromModel: {estimator: Ridge, threshold: most}", {"a": [1.0]}, "regression", "ConfigError", "mean, median"),
    ("SelectFromModel: {estimator: Ridge, threshold: 99}", {"a": [1.0, 2.0]}, "regression", "DataError", "none of 1"),
    ("SelectFromModel: {estimator: Ridge}", {"a": [1.0, None]}, "regression", "DataError", "SimpleImputer"),
    ("SelectFromModel: {estimator: {Ridge: {x: 1}}}", {"a": [1.0, 2.0]}, "regression", "ConfigError", "got 'x'"),
    ("DropDuplicateFeatures: {variables: [b]}", {"a": [1.0]}, "binary", "ConfigError", "got 'b'"),
    ("DropDuplicateFeatures: {missing_values: raise}", {"a": [1.0, None]}, "binary", "DataError", "column 'a', row 1"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "columns", "task", "kind", "message"), REFUSED)
def test_what_cannot_be_chosen_from_is_refused(harness, step, columns, task, kind, message):
    with pytest.raises(StepError, match=message) as refused:
        harness.run(f"[{step}]", {"a": "number"}, columns, target=[0.0, 1.0][: len(columns["a"])], task=task)
    assert refused.value.kind == kind
