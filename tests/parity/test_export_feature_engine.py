"""Feature-engine's transformers exported, beside their own answers."""

import json
import os
import subprocess
from datetime import timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from export_parity import Nothing, compare_steps, export_steps, quietly
from feature_engine import creation, datetime, discretisation, encoding, imputation, outliers
from feature_engine import pipeline as fe_pipeline
from feature_engine import preprocessing, scaling, selection, text, transformation, wrappers
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import tidemill_export
from tidemill_export.clocks import clock_of
from tidemill_export.errors import ExportError
from tidemill_export.feature_engine_bins import TOO_GREAT_FOR_FLOAT32, float32_edge, tree_levels
from tidemill_export.frames import fields_of

TRAIN, TEST = 2_000, 10_000


def check(monkeypatch, exports, worst, path, cases, train, test, target):
    """Each case, (transformer, columns), is a branch of one ColumnTransformer; the table has its first step's name."""
    branches = [(f"b{place}", transformer, columns) for place, (transformer, columns) in enumerate(cases)]
    pipeline = make_pipeline(ColumnTransformer(branches, sparse_threshold=0), Nothing())
    quietly(pipeline.fit, train, target)
    export_steps(monkeypatch, pipeline, train, path)
    parts = {}
    for place, (transformer, _) in enumerate(cases):
        first = transformer.steps[0][1] if hasattr(transformer, "steps") else transformer
        indices = pipeline[0].output_indices_[f"b{place}"]
        parts.setdefault(f"FE {type(first).__name__}", []).extend(range(indices.start, indices.stop))
    compare_steps(exports, worst, path, pipeline, train, test, parts)


# Numbers

WHOLE = ["normal", "heavy", "small", "positive", "unit", "count"]
GAPS = ["gaps", "more gaps"]


def number_frame(random, rows, beyond=False):
    """Numbers of several sizes, two columns with gaps; with ``beyond`` rows outside of what training saw."""
    frame = pd.DataFrame(
        {
            "normal": random.normal(3.0, 2.0, rows),
            "heavy": random.normal(size=rows) * 10.0 ** random.uniform(-3, 6, rows),
            "small": random.normal(size=rows) * 1e-8,
            "positive": random.gamma(2.0, 3.0, rows) + 1e-3,
            "unit": random.random(rows),
            "count": random.integers(-3, 40, rows),
            "gaps": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
            "more gaps": np.where(random.random(rows) < 0.02, np.nan, random.gamma(1.0, 1e5, rows)),
        }
    )
    if beyond:
        for name in ("normal", "heavy", "small", "positive", "gaps"):
            chosen = random.random(rows) < 0.05
            frame.loc[chosen, name] *= 10.0 ** random.uniform(-12, 12, chosen.sum())
        frame.loc[random.random(rows) < 0.02, ["unit", "normal", "heavy"]] = 0.0
        frame.loc[random.random(rows) < 0.02, "unit"] = 1.0
        frame.loc[random.random(rows) < 0.02, "heavy"] = 5e-324
        frame.loc[random.random(rows) < 0.02, "count"] = 10**9
    return frame


IMPUTERS = [
    *[(imputation.MeanMedianImputer(method), WHOLE + GAPS) for method in ("mean", "median")],
    (imputation.MeanMedianImputer("mean", variables=["more gaps", "gaps"]), WHOLE + GAPS),
    (imputation.ArbitraryNumberImputer(-999), WHOLE + GAPS),
    (imputation.ArbitraryNumberImputer(imputer_dict={"gaps": 0.1}), GAPS),
    *[
        (imputation.EndTailImputer(method, tail), GAPS)
        for method in ("gaussian", "iqr", "max")
        for tail in ("left", "right")
    ],
    (imputation.AddMissingIndicator(), WHOLE + GAPS),
    (imputation.AddMissingIndicator(missing_only=False), WHOLE + GAPS),
    (imputation.CategoricalImputer("missing", fill_value=7, variables=["gaps"], ignore_format=True), GAPS),
    (
        make_pipeline(imputation.AddMissingIndicator(), imputation.MeanMedianImputer(), scaling.MeanNormalizationScaler()),
        ["normal", *GAPS],
    ),
]

TRANSFORMERS = [
    *[(transformation.LogTransformer(base=base), ["positive"]) for base in ("e", "10")],
    (transformation.LogTransformer(variables=["positive"]), ["normal", "positive", "count"]),
    *[(transformation.LogCpTransformer(base=base, C=10**9), ["unit", "positive"]) for base in ("e", "10")],
    (transformation.LogCpTransformer(C={"unit": 0.5, "count": 4}), ["normal", "unit", "count"]),
    (transformation.LogCpTransformer(), ["positive", "count"]),
    (transformation.ReciprocalTransformer(), ["positive"]),
    (transformation.ArcsinTransformer(), ["unit"]),
    (transformation.ArcSinhTransformer(), WHOLE),
    (transformation.ArcSinhTransformer(loc=2.5, scale=0.3), WHOLE),
    *[(transformation.PowerTransformer(exp=exp), WHOLE) for exp in (0.5, 2, 3, 1 / 3)],
    *[(transformation.PowerTransformer(exp=exp), ["positive"]) for exp in (-1, -0.7)],
    (transformation.BoxCoxTransformer(), ["positive"]),
    (transformation.YeoJohnsonTransformer(), ["normal", "positive", "unit", "count"]),
    (scaling.MeanNormalizationScaler(), WHOLE),
    (
        make_pipeline(
            transformation.YeoJohnsonTransformer(variables=["normal"]),
            transformation.LogTransformer(variables=["positive"]),
            scaling.MeanNormalizationScaler(),
        ),
        ["count", "positive", "normal"],
    ),
]

CAPPERS = [
    *[
        (outliers.Winsorizer(method, tail, add_indicators=flags), WHOLE)
        for method in ("gaussian", "iqr", "mad", "quantiles")
        for tail in ("left", "right", "both")
        for flags in (False, True)
    ],
    (outliers.Winsorizer(missing_values="ignore", add_indicators=True, variables=["more gaps"]), ["unit", *GAPS]),
    (outliers.ArbitraryOutlierCapper({"normal": 4, "count": 20}, {"normal": 0.5, "unit": 0.1}), WHOLE),
    (outliers.ArbitraryOutlierCapper(None, {"gaps": 0}, missing_values="ignore"), GAPS),
]

BINS = {"normal": [-1, 0, 2.5, 7], "count": [0, 5, 5.5, 30], "unit": [0.25, np.inf]}


def discretisers(**more):
    return [
        (discretisation.EqualFrequencyDiscretiser(q=7, **more), WHOLE),
        (discretisation.EqualWidthDiscretiser(bins=6, **more), WHOLE),
        (discretisation.GeometricWidthDiscretiser(bins=5, **more), ["normal", "positive", "count"]),
        (discretisation.ArbitraryDiscretiser(BINS, **more), ["normal", "positive", "count", "unit"]),
    ]


def trees(**more):
    grid = {"max_depth": [1, 3, 6], "min_samples_leaf": [1, 20]}
    return discretisation.DecisionTreeDiscretiser(param_grid=grid, random_state=0, **more)


DISCRETISERS = [
    *discretisers(),
    *discretisers(return_object=True),
    *[
        (make_pipeline(transformer, encoding.OneHotEncoder()), columns)
        for transformer, columns in discretisers(return_boundaries=True)[:3]
    ],
    (trees(), WHOLE),
    (trees(precision=3), ["small", "heavy"]),
    (trees(bin_output="bin_number", variables=["heavy", "count"]), WHOLE),
    (make_pipeline(trees(bin_output="boundaries", precision=4), encoding.OneHotEncoder()), WHOLE[:3]),
    (
        make_pipeline(
            discretisation.EqualWidthDiscretiser(bins=4, return_object=True), encoding.OrdinalEncoder("arbitrary")
        ),
        ["normal", "unit"],
    ),
    (creation.DecisionTreeFeatures(features_to_combine=1, random_state=0), WHOLE),
    (
        creation.DecisionTreeFeatures(["unit", "normal"], features_to_combine=1, precision=2, drop_original=True),
        WHOLE[::-1],
    ),
]

FUNCTIONS = ["sum", "prod", "mean", "min", "max", "std", "var", "median"]

CREATORS = [
    *[(creation.CyclicalFeatures(drop_original=drop), ["normal", "count"]) for drop in (False, True)],
    (creation.CyclicalFeatures(variables=["unit"], max_values={"unit": 0.75}), ["unit", "count"]),
    (creation.MathFeatures(["normal", "unit", "small"], FUNCTIONS), WHOLE),
    (creation.MathFeatures(["count", "unit"], "sum", ["total"], drop_original=True), WHOLE),
    (creation.MathFeatures(["gaps", "more gaps"], FUNCTIONS, missing_values="ignore"), GAPS),
    (
        creation.RelativeFeatures(["normal", "count"], ["positive", "unit"], ["add", "sub", "mul", "div"], fill_value=-1),
        WHOLE,
    ),
    (
        creation.RelativeFeatures(["positive"], ["normal"], ["truediv", "floordiv", "mod", "pow"], 0.0, drop_original=True),
        WHOLE,
    ),
    (creation.RelativeFeatures(["gaps"], ["more gaps"], ["sub", "div"]), GAPS),
    *[
        (creation.GeoDistanceFeatures("a", "o", "b", "p", method, unit, drop_original=unit == "feet"), list("poba"))
        for method in ("haversine", "euclidean", "manhattan")
        for unit in ("km", "miles", "meters", "feet")
    ],
]


def with_points(frame, random):
    rows = len(frame)
    for name in "ab":
        frame[name] = random.uniform(-90, 90, rows)
    for name in "op":
        frame[name] = random.uniform(-180, 180, rows)
    near = random.random(rows) < 0.2
    frame.loc[near, "b"] = frame.loc[near, "a"] + random.normal(0, 1e-4, near.sum()).clip(-0.1, 0.1)
    frame.loc[near, "p"] = frame.loc[near, "o"]
    return frame


@pytest.mark.parametrize(
    "cases",
    [IMPUTERS, TRANSFORMERS, CAPPERS, DISCRETISERS, CREATORS],
    ids=["imputers", "transformers", "cappers", "discretisers", "creators"],
)
def test_numbers(monkeypatch, exports, worst, seed, tmp_path, cases):
    random = np.random.default_rng(seed)
    train, test = (with_points(number_frame(random, rows, rows == TEST), random) for rows in (TRAIN, TEST))
    target = train["normal"] ** 2 + train["count"] + random.normal(size=TRAIN)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


def test_trees_of_classes(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (number_frame(random, rows, rows == TEST) for rows in (TRAIN, TEST))
    scoring = {"regression": False, "scoring": "accuracy", "random_state": 0}
    cases = [
        (discretisation.DecisionTreeDiscretiser(**scoring), WHOLE),
        (creation.DecisionTreeFeatures(features_to_combine=1, **scoring), WHOLE),
        (creation.DecisionTreeFeatures(features_to_combine=1, precision=1, **scoring), WHOLE),
    ]
    target = (train["normal"] + random.normal(size=TRAIN) > 3).astype(int)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)
    cases = [(creation.DecisionTreeFeatures(features_to_combine=1, **scoring), WHOLE)]
    target = np.digitize(train["normal"] + random.normal(size=TRAIN), [2, 4])
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


def test_trees_compare_the_nearest_float32(seed):
    random = np.random.default_rng(seed)
    thresholds = np.concatenate([random.normal(size=2_000) * 10.0 ** random.uniform(-40, 30, 2_000), [0.0, 1.0, 2.0**24]])
    for threshold in thresholds:
        edge = float32_edge(threshold)
        assert np.float32(edge) > threshold >= np.float32(np.nextafter(edge, -np.inf))


def test_levels_of_a_tree_are_its_own_answers(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=500) * 10.0 ** random.uniform(-30, 30, 500)
    tree = DecisionTreeRegressor(random_state=0).fit(x[:, None], random.normal(size=500))
    levels = tree_levels(tree.tree_, lambda numbers: tree.predict(numbers[:, None]))
    edges = np.array(levels["edges"][2:-2])
    assert len(edges) > 300
    asked = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf), x])
    values = np.array(levels["values"])[np.searchsorted(levels["edges"], asked, side="right")]
    np.testing.assert_array_equal(values, tree.predict(asked[:, None]))


# Categories

TEXTS = ["few", "texts", "many"]
CATEGORIES = ["Zürich", "東京", "a b", "É", "", "0", "-1", "nan", "Rare", "x'y\"z", "🚕"]


def category_frame(random, rows, unseen=False, missing=False):
    columns = {
        "few": random.choice(["No", "Yes"], rows),
        "texts": random.choice(CATEGORIES, rows),
        "many": random.choice([f"c{number:03}" for number in range(60)], rows, p=zipf(60)),
        "level": random.choice([0.0, 0.5, 1e-3, 1e6], rows),
        "whole": random.integers(0, 5, rows),
    }
    kinds = {name: object if name in TEXTS else None for name in columns}
    frame = pd.DataFrame({name: pd.Series(column, dtype=kinds[name]) for name, column in columns.items()})
    if unseen:
        for name in TEXTS:
            frame.loc[random.random(rows) < 0.05, name] = "never seen before"
        frame.loc[random.random(rows) < 0.05, "level"] = 0.25
    if missing:
        for name in [*TEXTS, "level"]:
            frame.loc[random.random(rows) < 0.1, name] = None if name in TEXTS else np.nan
    return frame


def zipf(count):
    shares = 1.0 / np.arange(1, count + 1)
    return shares / shares.sum()


def encoders(**more):
    return [
        *[
            (encoding.CountFrequencyEncoder(method, unseen=unseen, **more), [*TEXTS, "whole"])
            for method in ("count", "frequency")
            for unseen in ("ignore", "encode")
        ],
        *[
            (encoding.OrdinalEncoder(method, unseen=unseen, **more), ["whole", *TEXTS])
            for method in ("ordered", "arbitrary")
            for unseen in ("ignore", "encode")
        ],
        *[
            (encoding.MeanEncoder(unseen=unseen, smoothing=smoothing, **more), TEXTS)
            for unseen in ("ignore", "encode")
            for smoothing in (0, 10, "auto")
        ],
        (encoding.OrdinalEncoder("arbitrary", unseen="encode", ignore_format=True, **more), [*TEXTS, "level", "whole"]),
        (
            make_pipeline(
                encoding.RareLabelEncoder(0.03, 3, **more), encoding.CountFrequencyEncoder(unseen="encode", **more)
            ),
            ["whole", *TEXTS],
        ),
        (
            make_pipeline(
                encoding.RareLabelEncoder(0, 3, max_n_categories=4, replace_with="else", variables=["many"], **more),
                encoding.MeanEncoder(unseen="ignore", **more),
            ),
            [*TEXTS, "level"],
        ),
    ]


WHOLE_ENCODERS = [
    *[(encoding.OneHotEncoder(drop_last=drop), ["whole", *TEXTS]) for drop in (False, True)],
    (encoding.OneHotEncoder(drop_last_binary=True, variables=["texts", "few"]), ["level", "few", "texts", "whole"]),
    (encoding.OneHotEncoder(top_categories=5), TEXTS),
    (encoding.OneHotEncoder(ignore_format=True), ["few", "level", "whole"]),
    (encoding.DecisionTreeEncoder(random_state=0), TEXTS),
    (encoding.DecisionTreeEncoder("ordered", precision=2, unseen="encode", fill_value=-7.5), TEXTS),
    (
        make_pipeline(
            encoding.RareLabelEncoder(0.15, 2, ignore_format=True, variables=["whole"]),
            encoding.OneHotEncoder(ignore_format=True, variables=["whole"]),
        ),
        ["level", "whole"],
    ),
]


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "missing"])
def test_encoders(monkeypatch, exports, worst, seed, tmp_path, missing):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows, rows == TEST, missing) for rows in (TRAIN, TEST))
    cases = encoders(missing_values="ignore") if missing else [*encoders(), *WHOLE_ENCODERS]
    target = train["whole"] + (train["few"] == "Yes") + random.normal(size=TRAIN)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


@pytest.mark.parametrize("dtype", ["category", "string", "str"])
def test_encoders_of_other_dtypes(monkeypatch, exports, worst, seed, tmp_path, dtype):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows, rows == TEST)[["few", "many"]].astype(dtype) for rows in (TRAIN, TEST))
    columns = ["few", "many"]
    cases = [
        (encoding.CountFrequencyEncoder(unseen="encode"), columns),
        (encoding.MeanEncoder(), columns),
        (encoding.OrdinalEncoder(unseen="encode"), columns),
        (encoding.OneHotEncoder(), columns),
        (make_pipeline(imputation.CategoricalImputer(), encoding.OneHotEncoder()), columns),
        (make_pipeline(encoding.RareLabelEncoder(0.05, 1), encoding.OneHotEncoder()), columns),
    ]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, random.normal(size=TRAIN))


def test_weight_of_evidence(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows, rows == TEST) for rows in (TRAIN, TEST))
    cases = [
        (encoding.WoEEncoder(fill_value=0.01), TEXTS),
        (encoding.WoEEncoder(variables=["few"]), ["whole", "few"]),
        (encoding.DecisionTreeEncoder(regression=False, scoring="accuracy"), TEXTS),
    ]
    target = (random.random(TRAIN) < 0.4).astype(int)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


def test_imputers_of_texts(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows, rows == TEST, missing=True) for rows in (TRAIN, TEST))
    encoder = encoding.OneHotEncoder()
    cases = [
        (make_pipeline(imputation.CategoricalImputer(), encoder), TEXTS),
        (
            make_pipeline(
                imputation.CategoricalImputer(fill_value="Yes", variables=["few"]),
                encoding.OneHotEncoder(variables=["few"]),
                selection.DropFeatures(["many"]),
            ),
            ["many", "few"],
        ),
        (
            make_pipeline(
                imputation.CategoricalImputer("frequent", variables=["many"]), selection.DropFeatures(["few"]), encoder
            ),
            ["few", "many"],
        ),
        (make_pipeline(imputation.AddMissingIndicator(), imputation.CategoricalImputer(), encoder), [*TEXTS, "level"]),
    ]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, random.normal(size=TRAIN))


# Times


def time_frame(random, rows, missing=False):
    frame = pd.DataFrame(
        {
            name: pd.to_datetime(random.integers(-4_000_000_000, 5_000_000_000, rows), unit="s").as_unit("us")
            + pd.to_timedelta(random.integers(0, 10**6, rows), unit="us")
            for name in ("start", "end", "später")
        }
    )
    frame["x"] = random.normal(size=rows)
    frame["text"] = frame["start"].dt.strftime("%Y-%m-%dT%H:%M:%S+02:00").astype(object)
    if missing:
        for name in ("start", "end", "text"):
            frame.loc[random.random(rows) < 0.1, name] = None if name == "text" else pd.NaT
    return frame


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "missing"])
def test_times(monkeypatch, exports, worst, seed, tmp_path, missing):
    random = np.random.default_rng(seed)
    train, test = (time_frame(random, rows, missing) for rows in (TRAIN, TEST))
    more = {"missing_values": "ignore"} if missing else {}
    without_gaps = {part for part in ("week", "days_in_month")}
    every = [one for one in datetime.datetime.FEATURES_SUPPORTED if not missing or one not in without_gaps]
    cases = [
        (datetime.DatetimeFeatures(features_to_extract=every, **more), ["x", "end", "start"]),
        (datetime.DatetimeFeatures(**more), ["start"]),
        (datetime.DatetimeFeatures("text", features_to_extract=every, **more), ["x", "text"]),
        (
            make_pipeline(
                datetime.DatetimeFeatures(["end"], ["weekend", "year"], drop_original=False, **more),
                selection.DropFeatures(["start", "end"]),
            ),
            ["start", "x", "end"],
        ),
        *[
            (
                datetime.DatetimeSubtraction("end", "start", output_unit=unit, drop_original=True, **more),
                ["start", "x", "end"],
            )
            for unit in ("D", "Y", "M", "W", "h", "m", "s", "ms", "us")
        ],
        (
            datetime.DatetimeSubtraction(["start", "end"], ["end", "start"], list("wxyz"), drop_original=True, **more),
            ["end", "start"],
        ),
    ]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, random.normal(size=TRAIN))


@pytest.mark.parametrize("more", [{}, {"start_date": "1999-12-31"}, {"variables": ["start"]}], ids=str)
def test_numbers_of_days(monkeypatch, exports, worst, seed, tmp_path, more):
    """By itself: it cannot be cloned, as a ColumnTransformer would."""
    random = np.random.default_rng(seed)
    train, test = (time_frame(random, rows)[["x", "end", "start"]] for rows in (TRAIN, TEST))
    ordinal, drop = datetime.DatetimeOrdinal(drop_original=False, **more), selection.DropFeatures(["end", "start"])
    pipeline = make_pipeline(ordinal, drop, Nothing())
    quietly(pipeline.fit, train)
    export_steps(monkeypatch, pipeline, train, tmp_path / "steps.json")
    compare_steps(exports, worst, tmp_path / "steps.json", pipeline, train, test, {"FE DatetimeOrdinal": range(pipeline[-1].width_)})


ZONES = ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC", "+05:30"]


def written_anywhere(random, seconds):
    """Instants with the offsets of clocks all over the world."""
    moments = pd.to_datetime(seconds, unit="s", utc=True).as_unit("us")
    offsets = random.integers(-14 * 60, 14 * 60 + 1, len(seconds)).tolist()
    return [
        moment.tz_convert(timezone(timedelta(minutes=offset))).isoformat()
        for moment, offset in zip(moments, offsets, strict=True)
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_a_column_of_a_zone_is_read_on_its_clock(monkeypatch, exports, worst, seed, tmp_path, zone):
    """An event may be written with any offset: from 1800 to 2300, and around every change of the zone's."""
    random = np.random.default_rng(seed)
    first, last = -5_364_662_400, 10_413_792_000
    train = pd.DataFrame({"t": pd.to_datetime(random.integers(first, last, TRAIN), unit="s", utc=True).as_unit("us")})
    train["t"] = train["t"].dt.tz_convert(zone)
    changes = np.array(clock_of(fields_of(train)[0])["since"], np.int64)
    assert len(changes) > 100 or zone in ZONES[-2:]
    seconds = np.concatenate([random.integers(first, last, TEST), changes - 1, changes, changes + 1])
    test = pd.DataFrame({"t": pd.Series(written_anywhere(random, seconds), dtype=object)})
    every = datetime.datetime.FEATURES_SUPPORTED
    pipeline = make_pipeline(datetime.DatetimeFeatures(features_to_extract=every), Nothing())
    quietly(pipeline.fit, train)
    export_steps(monkeypatch, pipeline, train, tmp_path / "steps.json")
    parts = {"FE DatetimeFeatures": range(len(every))}
    compare_steps(exports, worst, tmp_path / "steps.json", pipeline, train, test, parts)


def test_an_end_of_time_in_a_zone_is_refused(tmp_path):
    frame = pd.DataFrame({"t": pd.date_range("2026-01-01", periods=50, tz="America/New_York").as_unit("us")})
    frame.loc[7, "t"] = pd.Timestamp("2999-07-01", tz="America/New_York")
    pipeline = make_pipeline(datetime.DatetimeFeatures(), LinearRegression()).fit(frame, np.arange(50.0))
    with pytest.raises(ExportError, match="column 't': expected times from 1800 to 2300.*got 2999-07-01"):
        tidemill_export.export_pipeline(pipeline, frame, tmp_path / "x.json", name="x")


# Choices of columns, wrappers

SELECTORS = [
    selection.DropFeatures(["heavy", "unit"]),
    selection.DropConstantFeatures(tol=0.9),
    selection.DropDuplicateFeatures(),
    selection.DropCorrelatedFeatures(threshold=0.4),
    selection.SmartCorrelatedSelection(threshold=0.4, selection_method="variance"),
    selection.DropHighPSIFeatures(split_frac=0.6, threshold=1e-9, variables=["heavy", "unit"]),
    selection.MRMR(max_features=3, regression=True, random_state=0),
    selection.ProbeFeatureSelection(LinearRegression(), n_probes=1, random_state=0, scoring="r2"),
    selection.RecursiveFeatureAddition(LinearRegression(), scoring="r2"),
    selection.RecursiveFeatureElimination(LinearRegression(), scoring="r2"),
    selection.SelectByShuffling(LinearRegression(), random_state=0, scoring="r2"),
    selection.SelectBySingleFeaturePerformance(LinearRegression(), scoring="r2"),
    selection.SelectByTargetMeanPerformance(regression=True, scoring="r2"),
]
WRAPPED = [
    (wrappers.SklearnTransformerWrapper(StandardScaler(), ["unit", "normal"]), WHOLE),
    (wrappers.SklearnTransformerWrapper(KBinsDiscretizer(5, encode="ordinal"), ["heavy"]), WHOLE),
    (wrappers.SklearnTransformerWrapper(PolynomialFeatures(include_bias=False), ["unit", "normal"]), WHOLE),
    (wrappers.SklearnTransformerWrapper(SelectKBest(k=2), ["unit", "normal", "count"]), WHOLE),
    (wrappers.SklearnTransformerWrapper(SimpleImputer(), ["gaps"]), ["gaps", "unit"]),
    (
        wrappers.SklearnTransformerWrapper(OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["count"]),
        ["count", "unit"],
    ),
    (make_pipeline(StandardScaler(), transformation.ArcSinhTransformer(variables=["x2", "x0"])), WHOLE),
    (preprocessing.MatchVariables(missing_values="ignore", verbose=False), WHOLE),
    (fe_pipeline.make_pipeline(transformation.ArcSinhTransformer(), scaling.MeanNormalizationScaler()), WHOLE),
]


def test_choices_and_wrappers(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (number_frame(random, rows, rows == TEST) for rows in (TRAIN, TEST))
    cases = [(one, WHOLE) for one in SELECTORS] + WRAPPED
    target = train["normal"] + train["unit"] + random.normal(size=TRAIN)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


def test_information_value(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows) for rows in (TRAIN, TEST))
    chosen = make_pipeline(selection.SelectByInformationValue(threshold=1e-3), encoding.OneHotEncoder())
    target = ((train["few"] == "Yes") ^ (random.random(TRAIN) < 0.3)).astype(int)
    cases = [(chosen, ["few", "texts", "whole"])]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


# No answer


NO_ANSWER = [
    (transformation.LogTransformer(), ["x"]),
    (transformation.LogCpTransformer(C=2), ["x"]),
    (transformation.ReciprocalTransformer(), ["x"]),
    (transformation.ArcsinTransformer(), ["x"]),
    (transformation.BoxCoxTransformer(), ["x"]),
    (transformation.PowerTransformer(), ["x"]),
    (make_pipeline(transformation.LogTransformer(), transformation.PowerTransformer()), ["x"]),
    (outliers.ArbitraryOutlierCapper({"x": 1}), ["x"]),
    (creation.CyclicalFeatures(), ["x"]),
    (creation.MathFeatures(["x", "y"], "mean"), ["x", "y"]),
    (creation.RelativeFeatures(["y"], ["x"], ["div"]), ["x", "y"]),
    (discretisation.EqualWidthDiscretiser(bins=3), ["x"]),
    (discretisation.ArbitraryDiscretiser({"x": [0, 1, 2]}, errors="raise"), ["x"]),
    (discretisation.DecisionTreeDiscretiser(), ["x"]),
    (creation.DecisionTreeFeatures(["x"]), ["y", "x"]),
    (make_pipeline(encoding.OrdinalEncoder(), scaling.MeanNormalizationScaler()), ["c"]),
    (make_pipeline(encoding.MeanEncoder(), outliers.Winsorizer()), ["c"]),
    (make_pipeline(encoding.CountFrequencyEncoder(), creation.MathFeatures(["x", "c"], "sum")), ["c", "x"]),
    (make_pipeline(encoding.MeanEncoder(), discretisation.EqualFrequencyDiscretiser(q=2)), ["c"]),
    (make_pipeline(encoding.MeanEncoder(), transformation.PowerTransformer(exp=2)), ["c"]),
    (encoding.OneHotEncoder(), ["c"]),
]


ODD_NUMBERS = [-1e39, -2.5, -2.0, -1.0, -1e-300, -0.0, 0.0, 1e-300, 0.5, 1.0, 1.5, 7.0, TOO_GREAT_FOR_FLOAT32, 1e300, np.nan]


@pytest.mark.parametrize("transformer, columns", NO_ANSWER, ids=lambda case: type(case).__name__)
def test_no_score_where_the_origin_raises(monkeypatch, exports, seed, tmp_path, transformer, columns):
    """Its error is a dead letter: a required field is missing, or a feature is infinite."""
    random = np.random.default_rng(seed)
    texts = pd.Series(random.choice(list("abc"), 500), dtype=object)
    train = pd.DataFrame({"x": random.uniform(0.1, 1, 500), "y": random.normal(size=500), "c": texts})
    texts = pd.Series(["a", "b", "?", None] * 15, dtype=object)
    odd = pd.DataFrame({"x": ODD_NUMBERS * 4, "y": random.normal(size=60), "c": texts})
    pipeline = make_pipeline(transformer, Nothing())
    train, odd = train[columns], odd[columns]
    quietly(pipeline.fit, train, random.normal(size=500))
    export_steps(monkeypatch, pipeline, train, tmp_path / "steps.json")
    _, features, _, rejected = exports.run(tmp_path / "steps.json", tidemill_export.to_events(odd))
    features = np.column_stack(features)
    answered = 0
    for row in range(len(odd)):
        try:
            theirs = np.asarray(quietly(transformer.transform, odd.iloc[[row]]), float)[0]
        except Exception:
            assert row in rejected or np.isinf(features[row]).any(), odd.iloc[row].to_dict()
            continue
        answered += 1
        assert row not in rejected
        np.testing.assert_allclose(features[row], theirs, rtol=1e-12, atol=0)
    assert 0 < answered < len(odd)


# Refusals

TIMES = pd.date_range("2026-01-01", periods=50, freq="h")
REFUSED = [
    (imputation.RandomSampleImputer(), ["x"], "MeanMedianImputer"),
    (imputation.DropMissingData(), ["x"], "an imputer"),
    (outliers.OutlierTrimmer(), ["x"], "Winsorizer"),
    (encoding.StringSimilarityEncoder(), ["c"], "OneHotEncoder"),
    (preprocessing.MatchCategories(), ["c"], "no such step"),
    (text.TextFeatures(["c"], drop_original=True), ["c"], "CountVectorizer"),
    *[
        (encoder(unseen="raise"), ["c"], "unseen='ignore' or 'encode'")
        for encoder in (encoding.CountFrequencyEncoder, encoding.MeanEncoder)
    ],
    (encoding.RareLabelEncoder(replace_with=0), ["c"], "a text as replace_with"),
    (imputation.CategoricalImputer(variables=["x"], ignore_format=True), ["x"], "a finite number to fill column 'x'"),
    (creation.DecisionTreeFeatures(), ["x", "n"], "features_to_combine=1"),
    (creation.MathFeatures(["x", "n"], np.sum), ["x", "n"], "func by its name"),
    (creation.RelativeFeatures(["n"], ["m"], ["pow"]), ["n", "m"], "float64 for 'pow'"),
    (datetime.DatetimeFeatures(utc=True), ["t"], "utc=None"),
    (datetime.DatetimeFeatures(dayfirst=True), ["t"], "dayfirst=False"),
    (datetime.DatetimeSubtraction(["t"], ["t"], output_unit="ns"), ["t"], "output_unit one of"),
    (transformation.PowerTransformer(exp=0), ["x"], "exp other than 0"),
    (
        discretisation.ArbitraryDiscretiser({"x": [0, 10, 50]}, errors="raise", return_boundaries=True),
        ["x"],
        "errors='ignore' with return_boundaries=True",
    ),
]


@pytest.mark.parametrize("transformer, columns, expected", REFUSED, ids=lambda case: type(case).__name__)
def test_what_cannot_be_expressed_is_refused(monkeypatch, tmp_path, transformer, columns, expected):
    texts = pd.Series(list("ab") * 25, dtype=object)
    frame = pd.DataFrame({"x": np.arange(50.0), "n": range(50), "m": range(1, 51), "c": texts, "t": TIMES})[columns]
    pipeline = make_pipeline(transformer, Nothing())
    quietly(pipeline.fit, frame, np.arange(50.0) % 7)
    with pytest.raises(ExportError, match=expected.replace("(", r"\(")) as refused:
        export_steps(monkeypatch, pipeline, frame, tmp_path / "steps.json")
    assert type(transformer).__name__.lower() in str(refused.value).lower()
    assert not (tmp_path / "steps.json").exists()


# Files that are imported and scored


def test_imported_and_scored(worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (
        number_frame(random, rows, rows == TEST).join(
            category_frame(random, rows, rows == TEST, missing=True).drop(columns=["level"])
        )
        for rows in (TRAIN, TEST)
    )
    pipeline = make_pipeline(
        imputation.AddMissingIndicator(variables=["gaps", "texts"]),
        imputation.MeanMedianImputer("mean", ["gaps", "more gaps"]),
        imputation.CategoricalImputer(),
        encoding.RareLabelEncoder(0.02, 2, variables=["many"]),
        encoding.MeanEncoder(["many"], unseen="encode"),
        encoding.OneHotEncoder(variables=["few", "texts"]),
        transformation.LogTransformer(["positive"]),
        discretisation.EqualFrequencyDiscretiser(["heavy"], q=5),
        selection.DropFeatures(["small"]),
        LinearRegression(),
    )
    quietly(pipeline.fit, train, train["normal"] * 0.5 + train["whole"] + random.normal(size=TRAIN))
    exported, model = tmp_path / "model.json", tmp_path / "model.bin"
    tidemill_export.export_pipeline(pipeline, train, exported, name="features")
    run("import", exported, "--out", model)
    scored = run("score", model, "--strict", "--input", write(tmp_path / "events.jsonl", tidemill_export.to_events(test)))
    ours = np.array([json.loads(line)["score"] for line in scored.splitlines()])
    theirs = quietly(pipeline.predict, test)
    assert len(ours) == TEST
    apart = float((np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))).max())
    worst.add("FE pipeline, imported and scored", apart, TEST)
    assert apart <= 1e-12


def run(*arguments):
    done = subprocess.run([os.environ["TIDEMILL_BIN"], *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
