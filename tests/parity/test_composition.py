"""Steps made of steps, and scikit-learn's."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from step_parity import StepError, compare

ROWS = 500
FIELDS = {"a": "number", "city": "category", "b": "number", "constant": "number", "color": "category", "c": "number"}


def frame(random, rows):
    """Without missing cells: what steps make of those is their own tests' business."""
    return pd.DataFrame(
        {
            "a": random.normal(5, 2, rows),
            "city": np.array(["Malmö", "東京", "x y"], dtype=object)[random.integers(0, 3, rows)],
            "b": random.lognormal(0, 2, rows),
            "constant": np.full(rows, 7.0),
            "color": np.array(["red", "green"], dtype=object)[random.integers(0, 2, rows)],
            "c": random.normal(-3.0, 1.0, rows),
        }
    )


def onehot():
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def check(harness, worst, name, steps, origin, random, rows=ROWS, target=None, fields=FIELDS, **more):
    train, test = frame(random, rows)[list(fields)], frame(random, rows)[list(fields)]
    names, fitted, made = harness.run(json.dumps(steps), fields, train, test, target, **more)
    wanted = origin.fit_transform(train, target)
    assert names == list(origin.get_feature_names_out())
    compare(worst, name, fitted, wanted)
    compare(worst, name, made, origin.transform(test))


@pytest.mark.filterwarnings("ignore:For backward compatibility")
@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("remainder", ["drop", "passthrough", "steps"])
@pytest.mark.parametrize("by_kind", [False, True])
def test_column_transformer(harness, worst, seed, verbose, remainder, by_kind):
    texts = make_column_selector(dtype_include=object) if by_kind else ["color", "city"]
    origin = ColumnTransformer(
        [("texts", onehot(), texts), ("scaled", StandardScaler(), ["b", "a"])],
        remainder=StandardScaler(with_std=False) if remainder == "steps" else remainder,
        verbose_feature_names_out=verbose,
    )
    branches = [
        {"name": "texts", "steps": ["OneHotEncoder"], "columns": {"dtype_include": "category"} if by_kind else texts},
        {"name": "scaled", "steps": ["StandardScaler"], "columns": ["b", "a"]},
    ]
    rest = [{"StandardScaler": {"with_std": False}}] if remainder == "steps" else remainder
    step = {"transformers": branches, "remainder": rest, "verbose_feature_names_out": verbose}
    check(harness, worst, "ColumnTransformer", [{"ColumnTransformer": step}], origin, np.random.default_rng([seed, 1]))


def test_a_branch_without_columns_and_a_remainder_without_columns_are_nothing(harness, worst, seed):
    fields = {"a": "number", "b": "number"}
    numbers, times = make_column_selector(dtype_include=float), make_column_selector(dtype_include="datetime")
    origin = ColumnTransformer(
        [("n", StandardScaler(), numbers), ("t", StandardScaler(), times)], remainder=StandardScaler()
    )
    branches = [
        {"name": "n", "steps": ["StandardScaler"], "columns": {"dtype_exclude": ["category", "text"]}},
        {"name": "t", "steps": [{"DatetimeFeatures": {"features_to_extract": ["hour"]}}], "columns": {"dtype_include": ["timestamp"]}},
    ]
    step = {"transformers": branches, "remainder": ["StandardScaler"], "verbose_feature_names_out": True}
    random = np.random.default_rng([seed, 2])
    check(harness, worst, "ColumnTransformer", [{"ColumnTransformer": step}], origin, random, fields=fields)


@pytest.mark.parametrize("verbose", [None, True, False])
def test_feature_union(harness, worst, seed, verbose):
    fields = {name: "number" for name in ("a", "b", "constant", "c")}
    given = {} if verbose is None else {"verbose_feature_names_out": verbose}
    origin = FeatureUnion(
        [
            ("pca", Pipeline([("scale", StandardScaler()), ("pca", PCA(2))])),
            ("varying", VarianceThreshold()),
        ],
        **given,
    )
    step = {
        "transformer_list": [
            {"name": "pca", "steps": ["StandardScaler", {"PCA": {"n_components": 2}}]},
            {"name": "varying", "steps": ["VarianceThreshold"]},
        ],
        **given,
    }
    random = np.random.default_rng([seed, 3])
    check(harness, worst, "FeatureUnion", [{"FeatureUnion": step}], origin, random, 2_000, fields=fields)


def test_pipelines_within_unions_within_transformers(harness, worst, seed):
    random = np.random.default_rng([seed, 4])
    rows = 5_000
    target = random.integers(0, 2, rows).astype(float)
    inner = FeatureUnion(
        [("best", Pipeline([("vary", VarianceThreshold()), ("best", SelectKBest(k=2))])), ("all", StandardScaler())]
    )
    origin = Pipeline(
        [
            (
                "columns",
                ColumnTransformer(
                    [("numbers", inner, ["c", "a", "b", "constant"]), ("texts", onehot(), ["city"])],
                    verbose_feature_names_out=True,
                ),
            ),
            ("scale", StandardScaler()),
        ]
    )
    union = {
        "transformer_list": [
            {"name": "best", "steps": [{"Pipeline": {"steps": ["VarianceThreshold", {"SelectKBest": {"k": 2}}]}}]},
            {"name": "all", "steps": ["StandardScaler"]},
        ]
    }
    columns = {
        "transformers": [
            {"name": "numbers", "columns": ["c", "a", "b", "constant"], "steps": [{"FeatureUnion": union}]},
            {"name": "texts", "columns": ["city"], "steps": ["OneHotEncoder"]},
        ],
        "verbose_feature_names_out": True,
    }
    steps = [{"Pipeline": {"steps": [{"ColumnTransformer": columns}, "StandardScaler"]}}]
    check(harness, worst, "Pipeline", steps, origin, random, rows, target, task="binary")


def test_a_step_that_learns_from_the_target_leaks_nothing_through_a_pipeline(harness, seed):
    """A nested TargetEncoder gives what it gives by itself: cross-fitted values for the training rows."""
    random = np.random.default_rng([seed, 5])
    columns = {"city": np.array(list("abcdefgh"), dtype=object)[random.integers(0, 8, ROWS)]}
    target = random.normal(0, 1, ROWS)
    alone = harness.run("[TargetEncoder]", {"city": "category"}, columns, target=target)
    for step in (
        "Pipeline: {steps: [TargetEncoder]}",
        "FeatureUnion: {verbose_feature_names_out: false, transformer_list: [{name: t, steps: [TargetEncoder]}]}",
        "ColumnTransformer: {transformers: [{columns: city, steps: [TargetEncoder]}]}",
    ):
        nested = harness.run(f"[{step}]", {"city": "category"}, columns, target=target)
        assert nested[0] == alone[0]
        for ours, theirs in zip(nested[1:], alone[1:]):
            assert np.array_equal(ours[0], theirs[0])
    assert not np.array_equal(alone[1][0], alone[2][0])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("Pipeline", "the key 'steps'"),
        ("Pipeline: {steps: StandardScaler}", "a list of steps"),
        ("Pipeline: {steps: [StandardScalar]}", "did you mean 'StandardScaler'"),
        ("FeatureUnion: {transformer_list: []}", "a list of {name, steps}"),
        ("FeatureUnion: {transformer_list: [{steps: []}]}", "the key 'name'"),
        ("FeatureUnion: {transformer_list: [{name: a__b, steps: []}]}", "without '__'"),
        ("FeatureUnion: {transformer_list: [{name: a, steps: []}, {name: a, steps: []}]}", "got 'a'"),
        ("FeatureUnion: {transformer_list: [{name: a, steps: []}], transformer_weights: {a: 2}}", "transformer_weights"),
        ("ColumnTransformer: {transformers: [], remainder: keep}", "drop, passthrough or a list of steps"),
        ("ColumnTransformer: {transformers: [{columns: a}], verbose_feature_names_out: true}", "got none"),
        ("ColumnTransformer: {transformers: [{columns: {dtype_include: float}}]}", "number, category, timestamp or text"),
        ("ColumnTransformer: {transformers: [{columns: {pattern: a}}]}", "got 'pattern'"),
        ("ColumnTransformer: {transformers: [{columns: b}]}", "got 'b'"),
    ],
)
def test_what_does_not_fit_together_is_refused(harness, step, message):
    with pytest.raises(StepError, match=message) as refused:
        harness.run(f"[{step}]", {"a": "number"}, {"a": [1.0, 2.0]})
    assert refused.value.kind == "ConfigError"
