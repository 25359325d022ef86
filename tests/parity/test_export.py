"""Exported steps and whole exported pipelines beside scikit-learn's own answers."""

import json
import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from category_frames import pick
from export_parity import (
    TOLERANCE,
    Nothing,
    category_frame,
    compare_steps,
    export_steps,
    number_frame,
    quietly,
    text_frame,
)
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectFpr, SelectFromModel, SelectKBest, SelectPercentile, VarianceThreshold
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from step_parity import difference
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tidemill_export import ExportError, export_pipeline, read_events, to_events
from tidemill_export.frames import fields_of, restored
from tidemill_export.model_inputs import AbsentIsMissing

TRAIN, TEST = 2_000, 10_000
NUMBERS = ["normal", "heavy", "small", "positive", "zeros", "denormal", "whole", "large"]
WITH_GAPS = [*NUMBERS, "gaps"]
PLAIN = ["normal", "positive", "zeros", "whole"]
TEXTS = ["few", "texts", "many", "holes", "rare_holes"]
LEVELS = ["whole", "flag", "levels"]


def check(monkeypatch, exports, worst, path, cases, train, test, target, missing=np.nan):
    """Each case, (step's name, transformer, columns), is a branch of one ColumnTransformer."""
    branches = [(f"b{place}", transformer, columns) for place, (_, transformer, columns) in enumerate(cases)]
    pipeline = make_pipeline(ColumnTransformer(branches, sparse_threshold=0), Nothing())
    quietly(pipeline.fit, train, target)
    export_steps(monkeypatch, pipeline, train, path)
    parts = {}
    for place, (step, _, _) in enumerate(cases):
        indices = pipeline[0].output_indices_[f"b{place}"]
        parts.setdefault(step, []).extend(range(indices.start, indices.stop))
    compare_steps(exports, worst, path, pipeline, train, test, parts, missing)


def targets(random, rows):
    return random.normal(size=rows)


# Numbers

SCALERS = [
    ("StandardScaler", StandardScaler(), WITH_GAPS),
    ("StandardScaler", StandardScaler(with_mean=False), WITH_GAPS),
    ("StandardScaler", StandardScaler(with_std=False), WITH_GAPS),
    ("MinMaxScaler", MinMaxScaler(), WITH_GAPS),
    ("MinMaxScaler", MinMaxScaler(feature_range=(-2, 5), clip=True), WITH_GAPS),
    ("MaxAbsScaler", MaxAbsScaler(), WITH_GAPS),
    ("MaxAbsScaler", MaxAbsScaler(clip=True), WITH_GAPS),
    ("RobustScaler", RobustScaler(), WITH_GAPS),
    ("RobustScaler", RobustScaler(unit_variance=True, quantile_range=(10, 80)), WITH_GAPS),
    ("RobustScaler", RobustScaler(with_centering=False), WITH_GAPS),
    ("RobustScaler", RobustScaler(with_scaling=False), WITH_GAPS),
    ("Normalizer", Normalizer(), NUMBERS),
    ("Normalizer", Normalizer("l1"), NUMBERS),
    ("Normalizer", Normalizer("max"), NUMBERS),
    ("Binarizer", Binarizer(threshold=0.25), NUMBERS),
    ("PowerTransformer", PowerTransformer(), ["normal", "positive", "zeros", "gaps", "whole"]),
    ("PowerTransformer", PowerTransformer(standardize=False), ["normal", "positive", "gaps"]),
    ("PowerTransformer", PowerTransformer("box-cox"), ["positive"]),
    ("QuantileTransformer", QuantileTransformer(n_quantiles=100), WITH_GAPS),
    ("QuantileTransformer", QuantileTransformer(output_distribution="normal", subsample=None), WITH_GAPS),
]

FUNCTIONS = [
    ("FunctionTransformer", FunctionTransformer(function), columns)
    for function, columns in [
        (None, WITH_GAPS),
        *[(one, WITH_GAPS) for one in (np.abs, np.cbrt, np.ceil, np.floor, np.negative, np.rint, np.sign)],
        *[(one, ["normal", "zeros", "small", "gaps", "whole"]) for one in (np.arcsinh, np.cos, np.sin, np.tanh)],
        *[(one, ["positive"]) for one in (np.log, np.log10, np.log1p, np.log2, np.sqrt, np.reciprocal, np.square)],
        *[(one, ["small", "denormal"]) for one in (np.exp, np.expm1)],
    ]
]

BASES = [
    *[
        ("KBinsDiscretizer", KBinsDiscretizer(5, encode=encode, strategy=strategy, subsample=None), NUMBERS[:5])
        for encode in ("onehot", "onehot-dense", "ordinal")
        for strategy in ("uniform", "quantile", "kmeans")
    ],
    ("PolynomialFeatures", PolynomialFeatures(), PLAIN),
    ("PolynomialFeatures", PolynomialFeatures((2, 3), interaction_only=True, include_bias=False), PLAIN),
    ("PolynomialFeatures", PolynomialFeatures(1), PLAIN),
    *[
        ("SplineTransformer", SplineTransformer(5, degree, extrapolation=how, include_bias=bias), ["normal", "positive"])
        for degree in (2, 3)
        for how in ("constant", "linear", "continue", "periodic")
        for bias in (True, False)
    ],
    ("SplineTransformer", SplineTransformer(degree=1, extrapolation="linear"), ["normal"]),
    ("SplineTransformer", SplineTransformer(knots="quantile", handle_missing="zeros", sparse_output=True), ["gaps"]),
    ("PCA", make_pipeline(StandardScaler(), PCA(3)), PLAIN),
    ("PCA", make_pipeline(StandardScaler(), PCA(2, whiten=True)), PLAIN),
    ("TruncatedSVD", make_pipeline(StandardScaler(), TruncatedSVD(2)), PLAIN),
]

IMPUTERS = [
    *[
        ("SimpleImputer", SimpleImputer(strategy=strategy, add_indicator=True), [*WITH_GAPS, "levels"])
        for strategy in ("mean", "median", "most_frequent", "constant")
    ],
    ("SimpleImputer", SimpleImputer(strategy="constant", fill_value=-1.5), ["gaps", "levels"]),
    ("MissingIndicator", MissingIndicator(error_on_new=False), WITH_GAPS),
    ("MissingIndicator", MissingIndicator(features="all"), WITH_GAPS),
]

SELECTORS = [
    ("VarianceThreshold", VarianceThreshold(1e-3), WITH_GAPS),
    ("SelectKBest", SelectKBest(k=2), PLAIN),
    ("SelectPercentile", SelectPercentile(percentile=50), PLAIN),
    ("SelectFpr", SelectFpr(alpha=0.9), PLAIN),
    ("SelectFromModel", SelectFromModel(LinearRegression(), max_features=2, threshold=-np.inf), PLAIN),
    ("RFE", RFE(LinearRegression(), n_features_to_select=2), PLAIN),
]


@pytest.mark.parametrize("cases", [SCALERS, FUNCTIONS, BASES, IMPUTERS, SELECTORS], ids=lambda cases: cases[0][0])
def test_steps_of_numbers(monkeypatch, exports, worst, seed, tmp_path, cases):
    random = np.random.default_rng(seed)
    train, test = number_frame(random, TRAIN), number_frame(random, TEST, beyond=True)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, targets(random, TRAIN))


# Categories

GROUPINGS = [{}, {"min_frequency": 30}, {"min_frequency": 0.04}, {"max_categories": 4}]

ONE_HOTS = [
    ("OneHotEncoder", OneHotEncoder(handle_unknown=unknown, drop=drop, **grouping), columns)
    for columns in (TEXTS, LEVELS)
    for grouping in GROUPINGS
    for drop in (None, "first", "if_binary")
    for unknown in ("ignore", "infrequent_if_exist")
]

ORDINALS = [
    ("OrdinalEncoder", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=unknown, **more), columns)
    for columns in (TEXTS, LEVELS)
    for unknown in (-1, np.nan)
    for more in ({}, {"encoded_missing_value": -2}, {"min_frequency": 30}, {"max_categories": 4})
]

OTHERS = [
    ("OneHotEncoder", OneHotEncoder(handle_unknown="ignore", dtype=np.float32, sparse_output=False), TEXTS),
    ("OneHotEncoder", OneHotEncoder(handle_unknown="ignore", categories=[["Yes", "Never"], [3, 4]]), ["few", "whole"]),
    ("TargetEncoder", TargetEncoder(target_type="continuous"), [*TEXTS, *LEVELS]),
    ("OneHotEncoder", OneHotEncoder(handle_unknown="ignore"), ["maybe"]),
    ("TargetEncoder", TargetEncoder(target_type="continuous", smooth=3.0), TEXTS),
    ("TargetEncoder", TargetEncoder(target_type="continuous", categories=[["Yes", "Never"]]), ["few"]),
]


def imputed(missing):
    """Imputers of texts, each before an encoder."""
    encoder = OneHotEncoder(handle_unknown="ignore")
    most = SimpleImputer(missing_values=missing, strategy="most_frequent", add_indicator=False)
    constant = SimpleImputer(missing_values=missing, strategy="constant", fill_value="filled")
    return [
        ("SimpleImputer of texts", make_pipeline(most, encoder), TEXTS),
        ("SimpleImputer of texts", make_pipeline(constant, encoder), TEXTS),
        ("MissingIndicator", MissingIndicator(missing_values=missing, features="all"), ["holes"]),
    ]


def mixed_frame(random, rows, missing, other):
    numbers = number_frame(random, rows, beyond=other)
    maybe = pd.Series(pick(random, [True, False, missing], rows), dtype=object, name="maybe")
    return pd.concat([category_frame(random, rows, missing, unseen=other), numbers, maybe], axis=1)


@pytest.mark.parametrize("missing", [None, np.nan], ids=str)
@pytest.mark.parametrize("cases", [ONE_HOTS, ORDINALS, OTHERS], ids=["one-hot", "ordinal", "others"])
def test_encoders(monkeypatch, exports, worst, seed, tmp_path, cases, missing):
    random = np.random.default_rng(seed)
    train, test = (mixed_frame(random, rows, missing, other) for rows, other in ((TRAIN, False), (TEST, True)))
    cases = [*cases, *imputed(missing)] if cases is OTHERS else cases
    if missing is None:  # an OrdinalEncoder counts it among the frequent categories: see the refusals
        cases = [case for case in cases if case[0] != "OrdinalEncoder" or case[1].min_frequency == case[1].max_categories]
    target = targets(random, TRAIN)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target, missing)


def test_target_encoder_of_several_classes(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = (category_frame(random, rows, np.nan, unseen=rows == TEST) for rows in (TRAIN, TEST))
    cases = [("TargetEncoder", TargetEncoder(), TEXTS)]
    target = random.choice(["low", "middle", "high"], TRAIN)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, target)


# Texts

VECTORIZERS = [
    ("CountVectorizer", CountVectorizer(), "title"),
    ("CountVectorizer", CountVectorizer(analyzer="char_wb", ngram_range=(2, 3), max_features=50), "title"),
    ("CountVectorizer", CountVectorizer(token_pattern=r"\S+", binary=True, lowercase=False), "body"),
    ("CountVectorizer", CountVectorizer(stop_words="english", ngram_range=(1, 2), strip_accents="unicode"), "body"),
    ("TfidfVectorizer", TfidfVectorizer(), "body"),
    ("TfidfVectorizer", TfidfVectorizer(norm="l1", sublinear_tf=True, analyzer="char", strip_accents="ascii"), "body"),
    ("TfidfVectorizer", TfidfVectorizer(norm=None, use_idf=False, token_pattern=r"(?u)\b\w+\b"), "body"),
    ("TfidfTransformer", make_pipeline(CountVectorizer(), TfidfTransformer()), "title"),
    ("TruncatedSVD", make_pipeline(TfidfVectorizer(), TruncatedSVD(3)), "title"),
    (
        "FeatureHasher",
        make_pipeline(
            ColumnTransformer([("both", "passthrough", [0, 1])]), FeatureHasher(32, input_type="string")
        ),
        ["title", "body"],
    ),
]


def test_texts(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = text_frame(random, TRAIN), text_frame(random, TEST)
    check(monkeypatch, exports, worst, tmp_path / "steps.json", VECTORIZERS, train, test, targets(random, TRAIN))


# Compositions


def check_pipeline(monkeypatch, exports, worst, path, step, pipeline, train, test, target):
    """A pipeline of steps whose features are all compared."""
    pipeline = Pipeline([*pipeline.steps, ("model", Nothing())])
    quietly(pipeline.fit, train, target)
    document = export_steps(monkeypatch, pipeline, train, path)
    features = range(len(document["baselines"]["features"]))
    compare_steps(exports, worst, path, pipeline, train, test, {step: features})
    return document


def numbers_and_texts(**more):
    numeric = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    encoder = OneHotEncoder(handle_unknown="ignore")
    return ColumnTransformer(
        [("num", numeric, ["normal", "gaps", "whole"]), ("cat", encoder, ["few", "many"]), ("out", "drop", ["texts"])],
        **more,
    )


def by_dtype():
    scaled = make_pipeline(SimpleImputer(), PolynomialFeatures(include_bias=False))
    return ColumnTransformer(
        [
            ("num", scaled, make_column_selector(dtype_include="float64")),
            ("cat", OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include=object)),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )


def nested():
    """Positions, slices, masks, a union, weights, a step out of use."""
    union = FeatureUnion(
        [("pca", PCA(2)), ("as is", "passthrough"), ("none", "drop"), ("square", FunctionTransformer(np.square))],
        transformer_weights={"pca": 0.5, "square": 3.0},
    )
    return Pipeline(
        [
            (
                "outer",
                ColumnTransformer(
                    [("first", "passthrough", slice(5, 7)), ("second", SimpleImputer(strategy="median"), [8, 11])],
                    remainder="drop",
                    transformer_weights={"second": 2.0},
                ),
            ),
            ("off", "passthrough"),
            ("inner", ColumnTransformer([("both", union, [True, True, False, True])], remainder=RobustScaler())),
            ("last", Pipeline([("none", None), ("scale", MinMaxScaler())])),
        ]
    )


COMPOSITIONS = {
    "defaults": lambda: make_pipeline(numbers_and_texts()),
    "remainder": lambda: make_pipeline(by_dtype()),
    "nested": nested,
    "pandas": lambda: make_pipeline(
        numbers_and_texts(sparse_threshold=0).set_params(cat__sparse_output=False).set_output(transform="pandas"),
        StandardScaler(),
    ),
    "select": lambda: make_pipeline(numbers_and_texts(), SelectKBest(k=9), MaxAbsScaler()),
    "absent": lambda: make_pipeline(numbers_and_texts(sparse_threshold=1.0), AbsentIsMissing(np.nan)),
    "dense": lambda: make_pipeline(numbers_and_texts(sparse_threshold=0.0), AbsentIsMissing(1.0)),
    "one hot alone": lambda: make_pipeline(
        ColumnTransformer([("cat", OneHotEncoder(handle_unknown="ignore"), ["many"])]), AbsentIsMissing(None)
    ),
}


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions(monkeypatch, exports, worst, seed, tmp_path, name):
    random = np.random.default_rng(seed)
    train, test = (mixed_frame(random, rows, np.nan, rows == TEST) for rows in (TRAIN, TEST))
    path = tmp_path / "steps.json"
    pipeline = COMPOSITIONS[name]()
    document = check_pipeline(
        monkeypatch, exports, worst, path, f"composition {name!r}", pipeline, train, test, targets(random, TRAIN)
    )
    missing = [step["missing_value"] for step in document["pipeline"]["steps"] if step["step"] == "MissingValues"]
    assert missing == {"absent": [0.0], "one hot alone": [0.0], "dense": [1.0]}.get(name, [])


def test_a_column_without_values(monkeypatch, exports, worst, seed, tmp_path):
    """SimpleImputer drops it, but not its indicator, unless it is to be kept."""
    random = np.random.default_rng(seed)
    train, test = number_frame(random, TRAIN), number_frame(random, TEST)
    train["zeros"] = np.nan
    columns = ["zeros", "gaps", "normal"]
    cases = [
        ("SimpleImputer", SimpleImputer(add_indicator=indicator, keep_empty_features=keep, strategy=strategy), columns)
        for indicator in (True, False)
        for keep in (True, False)
        for strategy in ("mean", "most_frequent", "constant")
    ]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, targets(random, TRAIN))


def test_a_number_that_stands_for_missing(monkeypatch, exports, worst, seed, tmp_path):
    random = np.random.default_rng(seed)
    train, test = number_frame(random, TRAIN), number_frame(random, TEST)
    for frame in (train, test):
        frame.loc[random.random(len(frame)) < 0.2, ["normal", "whole"]] = -999
    cases = [
        ("SimpleImputer", SimpleImputer(missing_values=-999, add_indicator=True), ["normal", "whole"]),
        ("SimpleImputer", SimpleImputer(missing_values=0.0, strategy="median"), ["zeros", "normal"]),
        ("MissingIndicator", MissingIndicator(missing_values=-999), ["normal", "whole"]),
    ]
    check(monkeypatch, exports, worst, tmp_path / "steps.json", cases, train, test, targets(random, TRAIN))


# Whole pipelines


def text_and_numbers():
    steps = [("text", TfidfVectorizer(), "title"), ("num", make_pipeline(SimpleImputer(), StandardScaler()), ["gaps"])]
    return ColumnTransformer(steps, sparse_threshold=1.0)


MODELS = {
    "LinearRegression": lambda: make_pipeline(numbers_and_texts(), LinearRegression()),
    "LogisticRegression": lambda: make_pipeline(numbers_and_texts(), LogisticRegression(max_iter=1000)),
    "LogisticRegression of three": lambda: make_pipeline(text_and_numbers(), LogisticRegression(max_iter=1000)),
    "HistGradientBoostingClassifier": lambda: make_pipeline(
        numbers_and_texts(sparse_threshold=0), HistGradientBoostingClassifier(max_iter=20)
    ),
    "VotingClassifier of pipelines": lambda: VotingClassifier(
        [
            ("linear", make_pipeline(numbers_and_texts(), LogisticRegression(max_iter=1000))),
            ("trees", make_pipeline(text_and_numbers(), TruncatedSVD(3), DecisionTreeClassifier(max_depth=4))),
        ],
        voting="soft",
    ),
    "StackingRegressor of pipelines": lambda: make_pipeline(
        ColumnTransformer([("num", SimpleImputer(), ["normal", "gaps", "zeros"])]),
        StackingRegressor(
            [("a", make_pipeline(StandardScaler(), Ridge())), ("b", DecisionTreeRegressor(max_depth=4))],
            LinearRegression(),
            passthrough=True,
        ),
    ),
    "HistGradientBoostingRegressor": lambda: make_pipeline(HistGradientBoostingRegressor(max_iter=20)),
}


def whole_frame(random, rows, native):
    frame = pd.concat([mixed_frame(random, rows, np.nan, False), text_frame(random, rows)], axis=1)
    if not native:
        return frame
    texts = pd.CategoricalDtype(["c", "a", "b", "not there"])
    frame["letter"] = pd.Categorical(pick(random, list("abc"), rows), dtype=texts)
    frame.loc[random.random(rows) < 0.1, "letter"] = None
    frame["step"] = pd.Categorical(random.integers(0, 5, rows), categories=[4, 3, 2, 1, 0])
    return frame[["normal", "letter", "gaps", "step", "flag"]]


def target_of(name, random, frame):
    signal = frame["normal"].to_numpy() + random.normal(size=len(frame))
    if "Regress" in name and "Logistic" not in name:
        return signal
    if "three" in name:
        return np.array(["high", "low", "middle"])[np.digitize(signal, [2.0, 4.0])]
    return np.where(signal > 3.0, "yes", "no")


@pytest.mark.parametrize("name", MODELS)
def test_whole_pipelines(exports, worst, seed, tmp_path, name):
    """Through `tidemill import`, which replays the verification rows, and on rows of their own."""
    random = np.random.default_rng(seed)
    native = name == "HistGradientBoostingRegressor"
    train, test = whole_frame(random, TRAIN, native), whole_frame(random, TEST, native)
    pipeline = quietly(MODELS[name]().fit, train, target_of(name, random, train))
    path = tmp_path / "pipeline.json"
    train["key"] = [f"k{row}" for row in range(TRAIN)]
    train["at"] = pd.date_range("2026-01-01", periods=TRAIN, freq="7min", tz="Europe/Zurich")
    export_pipeline(pipeline, train, path, name="whole", id_field="key", time_field="at")
    done = subprocess.run(
        [os.environ["TIDEMILL_BIN"], "import", path, "--out", tmp_path / "model.bin"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    fields = fields_of(train.drop(columns=["key", "at"]))
    events = to_events(test)
    _, _, outputs, rejected = exports.run(path, events)
    frame = restored(read_events(events), fields)
    assert not rejected, next(iter(rejected.values()))
    theirs = answers_of(pipeline, frame)
    for place in range(theirs.shape[1]):
        apart = difference(outputs[:, place], theirs[:, place])
        worst.add(f"export: {name}", apart, TEST)
        assert apart <= TOLERANCE


def answers_of(pipeline, frame):
    if not hasattr(pipeline, "predict_proba"):
        return np.asarray(pipeline.predict(frame)).reshape(-1, 1)
    shares = pipeline.predict_proba(frame)
    return shares[:, 1:] if shares.shape[1] == 2 else shares


def test_the_files_bytes_do_not_change(tmp_path, seed):
    random = np.random.default_rng(seed)
    train = whole_frame(random, 500, False)
    pipeline = quietly(MODELS["LinearRegression"]().fit, train, target_of("LinearRegression", random, train))
    for name in ("a.json", "b.json"):
        export_pipeline(pipeline, train, tmp_path / name, name="same")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_verification_rows_have_gaps_unseen_categories_and_extremes(tmp_path, seed):
    random = np.random.default_rng(seed)
    train = whole_frame(random, 500, False)
    pipeline = quietly(MODELS["LinearRegression"]().fit, train, target_of("LinearRegression", random, train))
    export_pipeline(pipeline, train, tmp_path / "x.json", name="x")
    document = json.loads((tmp_path / "x.json").read_text())
    events = [json.loads(row["event"]) for row in document["verification"]["rows"]]
    assert len(events) >= 200
    known = {field["name"]: field["categories"] for field in document["schema"]["fields"]}
    assert any("few" not in event for event in events)
    assert any(event.get("few", "Yes") not in known["few"] for event in events)
    assert max(event.get("normal", 0.0) for event in events) > train["normal"].max()


def test_rows_with_an_infinite_feature_are_not_verified(tmp_path, seed):
    """The model has an answer for log(0); the service refuses the event."""
    random = np.random.default_rng(seed)
    train = number_frame(random, 500)[["positive", "normal"]]
    branches = [("log", FunctionTransformer(np.log), ["positive"])]
    steps = ColumnTransformer(branches, remainder="passthrough")
    pipeline = make_pipeline(steps, HistGradientBoostingRegressor(max_iter=3))
    quietly(pipeline.fit, train, targets(random, 500))
    export_pipeline(pipeline, train, tmp_path / "x.json", name="x")
    done = subprocess.run(
        [os.environ["TIDEMILL_BIN"], "import", tmp_path / "x.json", "--out", tmp_path / "x.bin"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "x.json").read_text())["verification"]["rows"]
    assert len(rows) >= 200 and all(json.loads(row["event"]).get("positive", 1) != 0 for row in rows)


def test_fields_that_the_pipeline_cannot_miss_are_required(tmp_path, seed):
    random = np.random.default_rng(seed)
    train = whole_frame(random, 500, False)[["normal", "gaps", "title"]]
    branches = [("a", "passthrough", ["normal"]), ("b", SimpleImputer(), ["gaps"]), ("t", CountVectorizer(), "title")]
    pipeline = make_pipeline(ColumnTransformer(branches), LinearRegression()).fit(train, train["normal"])
    export_pipeline(pipeline, train, tmp_path / "x.json", name="x")
    fields = json.loads((tmp_path / "x.json").read_text())["schema"]["fields"]
    assert {field["name"]: field["required"] for field in fields} == {"normal": True, "gaps": False, "title": True}


# Refusals

ONE_HOT = OneHotEncoder(handle_unknown="ignore")


def scaled(frame):
    """An own function: no file can hold it."""
    return frame * 2.0


class OwnScaler(StandardScaler):
    """Not the class that it derives from."""


REFUSED = {
    "lambda": (FunctionTransformer(lambda x: x), ["normal"], "FunctionTransformer.*numpy.log1p.*lambda"),
    "own function": (FunctionTransformer(scaled), ["normal"], "scaled"),
    "another ufunc": (FunctionTransformer(np.arctan), ["normal"], "func=None or one of"),
    "integers": (FunctionTransformer(np.square), ["whole"], "'whole' in float64 for square.*int64"),
    "own class": (OwnScaler(), ["normal"], "a step that is covered.*OwnScaler"),
    "None among codes": (
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=10),
        ["letters"],
        "missing cells of 'letters' that are NaN",
    ),
    "too many": (OneHotEncoder(handle_unknown="ignore"), ["every"], "at most 2000 categories in 'every'"),
    "KNNImputer": (KNNImputer(), ["gaps"], "SimpleImputer"),
    "unknown": (OneHotEncoder(), ["few"], "OneHotEncoder.*handle_unknown='ignore'.*handle_unknown='error'"),
    "unknown ordinal": (OrdinalEncoder(), ["few"], "handle_unknown='use_encoded_value'"),
    "new missing": (MissingIndicator(), ["gaps", "normal"], "error_on_new=False"),
    "texts": (SimpleImputer(missing_values="No", strategy="most_frequent"), ["few"], "missing_values=nan"),
    "two readers": (
        FeatureUnion([("a", make_pipeline(ONE_HOT)), ("b", ColumnTransformer([("t", CountVectorizer(), "few")]))]),
        ["few"],
        "field 'few' read as a category",
    ),
    "spline": (SplineTransformer(extrapolation="error"), ["normal"], "extrapolation='constant'.*'error'"),
    "splines": (SplineTransformer(degree=1, extrapolation="linear"), ["normal", "zeros"], "degree 2 or more"),
    "pattern": (CountVectorizer(token_pattern=r"[a-z]+"), "title", "token_pattern"),
    "tokenizer": (CountVectorizer(tokenizer=str.split), "title", "tokenizer=None"),
    "hashing": (HashingVectorizer(n_features=8), "title", "CountVectorizer or TfidfVectorizer"),
    "float32": (make_pipeline(OneHotEncoder(handle_unknown="ignore", dtype=np.float32), PCA(1)), ["few"], "float64"),
    "bins": (KBinsDiscretizer(dtype=np.float32), ["normal"], "dtype=None"),
    "weight": (
        ColumnTransformer([("a", "passthrough", ["normal"])], transformer_weights={"a": -1.0}),
        ["normal"],
        "weight of at least 0",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(monkeypatch, seed, tmp_path, name):
    random = np.random.default_rng(seed)
    step, columns, words = REFUSED[name]
    rows = 2_100
    train = pd.concat([mixed_frame(random, rows, np.nan, False), text_frame(random, rows)], axis=1)
    train["letters"] = pd.Series(["a", None, "b"] * 699 + ["c", "d", "e"], dtype=object)
    train["every"] = [f"text {row}" for row in range(rows)]
    pipeline = make_pipeline(ColumnTransformer([("branch", step, columns)], sparse_threshold=0), Nothing())
    quietly(pipeline.fit, train, targets(random, rows))
    path = tmp_path / "refused.json"
    with pytest.raises(ExportError, match=words):
        export_steps(monkeypatch, pipeline, train, path)
    assert list(tmp_path.iterdir()) == []


FRAMES = {
    "float32": (lambda frame: frame.astype({"normal": "float32"}), "column 'normal': .*astype"),
    "mixed": (lambda frame: frame.assign(few=[1, "a"] * 150), "column 'few': .*int, str"),
    "another column": (lambda frame: frame.assign(more=1), "'more' too"),
    "no column": (lambda frame: frame.drop(columns="normal"), "a column 'normal'"),
    "no rows": (lambda frame: frame.head(0), "at least one row"),
    "an array": (lambda frame: frame.to_numpy(), "pandas.DataFrame"),
    "both kinds of missing": (lambda frame: frame.assign(few=pd.Series([None, np.nan, "a"] * 100, dtype=object)), "NaN and None"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_that_are_refused(monkeypatch, seed, tmp_path, name):
    random = np.random.default_rng(seed)
    train = mixed_frame(random, 300, np.nan, False)[["normal", "few"]]
    branches = [("few", ONE_HOT, ["few"]), ("normal", "passthrough", ["normal"])]
    pipeline = make_pipeline(ColumnTransformer(branches), Nothing())
    quietly(pipeline.fit, train, targets(random, 300))
    change, words = FRAMES[name]
    with pytest.raises(ExportError, match=words):
        export_steps(monkeypatch, pipeline, change(train), tmp_path / "refused.json")
    assert list(tmp_path.iterdir()) == []


def test_none_is_not_nan_to_an_imputer(monkeypatch, seed, tmp_path):
    """It leaves None where it is, which production could not tell from NaN."""
    random = np.random.default_rng(seed)
    train = mixed_frame(random, 300, None, False)
    pipeline = make_pipeline(
        ColumnTransformer([("b", make_pipeline(SimpleImputer(strategy="most_frequent"), ONE_HOT), ["holes"])]), Nothing()
    )
    quietly(pipeline.fit, train, targets(random, 300))
    with pytest.raises(ExportError, match="missing cells of 'holes' that are NaN.*got None"):
        export_steps(monkeypatch, pipeline, train, tmp_path / "refused.json")


def test_a_pipeline_that_is_not_fitted(tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(ExportError, match="fitted"):
        export_pipeline(make_pipeline(StandardScaler(), LinearRegression()), frame, tmp_path / "x.json", name="x")
    assert list(tmp_path.iterdir()) == []
