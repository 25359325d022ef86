"""Exported trees and forests beside the libraries' own predictions, on rows made to be hard.

A row's numbers are ordinary ones, missing, denormal, as large as the model's arithmetic takes, or lie on a threshold of
the model, or within one float32 or float64 step of one. The differences are units in the last place of the library's
float64 answer.
"""

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from tidemill_export import ExportError
from tidemill_export.forests import category_codes_of, forest_of

TRAIN_ROWS, TEST_ROWS, COLUMNS = 1_500, 10_000, 6

ULPS = 4
LARGE = 1e38  # in both kinds of float
CATBOOST_ULPS = 16  # of its softmax, that has an exp of its own; its margins are met exactly
NO_FILES = {"allow_writing_files": False, "verbose": 0, "thread_count": 2, "random_seed": 1}


class Rows:
    """Rows to learn from, and the target of one kind for them."""

    def __init__(self, seed, missing):
        self.random = np.random.default_rng([seed, 7])
        self.x = self.random.normal(size=(TRAIN_ROWS, COLUMNS)) * 10.0 ** np.arange(-3, 3)
        self.x[:, 1] = np.round(self.x[:, 1] * 50)
        margin = self.x[:, 3] + self.x[:, 5] / 100 + self.random.normal(size=TRAIN_ROWS)
        self.targets = {
            "values": margin * 10,
            "counts": self.random.poisson(np.exp(margin / 3)).astype(float),
            "positive": np.exp(margin / 3),
            "binary": np.where(margin > 0.5, "Yes", "No"),
            "classes": np.array(["a", "b", "c"])[np.digitize(margin, [-1, 1])],
        }
        if missing:
            self.x[self.random.random(self.x.shape) < 0.1] = np.nan

    def hard(self, forest, missing):
        """Rows to score."""
        single = forest["float32_features"]
        kind = np.float32 if single else np.float64
        shape = (TEST_ROWS, COLUMNS)
        x = self.random.normal(size=shape) * 10.0 ** np.arange(-3, 3)
        x[:, 1] = np.round(x[:, 1] * 50)
        thresholds = [[] for _ in range(COLUMNS)]
        for tree in forest["trees"]:
            for feature, threshold in zip(tree["feature"], tree["threshold"]):
                if np.isfinite(threshold):
                    thresholds[feature].append(threshold)
        for column, near in enumerate(thresholds):
            if near:
                picked = self.random.choice(near, TEST_ROWS)
                on = self.random.random(TEST_ROWS) < 0.4
                towards = self.random.choice([-LARGE, 0.0, LARGE], TEST_ROWS).astype(kind)
                near_by = np.where(towards == 0, picked, np.nextafter(picked.astype(kind), towards))
                x[on, column] = near_by[on]
        largest = float(np.finfo(kind).max)
        extremes = [0.0, -0.0, largest, -largest, float(np.finfo(kind).smallest_subnormal), -1e-310, 1e-35]
        extreme = self.random.random(shape) < 0.05
        x[extreme] = self.random.choice(extremes, int(extreme.sum()))
        if missing:
            x[self.random.random(shape) < 0.1] = np.nan
        return x


def ulps(ours, theirs):
    theirs = np.asarray(theirs, float)
    return np.abs(ours - theirs) / np.spacing(np.abs(theirs))


def theirs_of(model, rows, positive=1):
    """The outputs that the service gives, from the library."""
    if isinstance(model, IsolationForest):
        return -model.score_samples(rows)[:, None]
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(rows), float)[:, None]
    shares = model.predict_proba(rows)
    return shares[:, [positive]] if shares.shape[1] == 2 else shares


def check(predictors, worst, model, rows, data, positive=1):
    forest = forest_of(model, positive=positive)
    ours, theirs = predictors.outputs(forest, rows), theirs_of(model, data, positive)
    assert ours.shape == theirs.shape
    apart = ulps(ours, theirs).max()
    worst.add(f"{type(model).__name__} (ulps)", apart, theirs.size)
    assert apart <= (CATBOOST_ULPS if isinstance(model, CatBoostClassifier) else ULPS)
    assert len(np.unique(theirs, axis=0)) > 1  # the rows do part


LOSSES = "MAE Quantile:alpha=0.3 LogLinQuantile MAPE Huber:delta=1 Expectile:alpha=0.3 Lq:q=3 LogCosh".split()
FEW = {"n_estimators": 20, "random_state": 3}
MODELS = [
    ("binary", True, DecisionTreeClassifier(random_state=3)),
    ("classes", True, DecisionTreeClassifier(max_depth=6, class_weight="balanced")),
    ("classes", False, DecisionTreeClassifier(max_leaf_nodes=40, criterion="entropy")),
    ("values", True, DecisionTreeRegressor(max_depth=9)),
    ("values", False, DecisionTreeRegressor(criterion="absolute_error", monotonic_cst=[0, 0, 0, 1, 0, 0], max_depth=4)),
    ("values", True, ExtraTreeRegressor(random_state=3)),
    ("binary", True, RandomForestClassifier(**FEW)),
    ("classes", True, RandomForestClassifier(**FEW, n_jobs=2)),
    ("values", True, RandomForestRegressor(**FEW)),
    ("counts", False, RandomForestRegressor(**FEW, criterion="poisson", max_depth=5)),
    ("binary", True, ExtraTreesClassifier(**FEW, bootstrap=True)),
    ("classes", False, ExtraTreesClassifier(**FEW)),
    ("values", True, ExtraTreesRegressor(**FEW)),
    ("binary", False, GradientBoostingClassifier(**FEW)),
    ("binary", False, GradientBoostingClassifier(**FEW, loss="exponential", learning_rate=0.3)),
    ("binary", False, GradientBoostingClassifier(**FEW, init="zero", subsample=0.5)),
    ("binary", False, GradientBoostingClassifier(**FEW, init=DummyClassifier(strategy="uniform"))),
    ("classes", False, GradientBoostingClassifier(**FEW, max_depth=5)),
    ("values", False, GradientBoostingRegressor(**FEW)),
    ("values", False, GradientBoostingRegressor(**FEW, loss="huber", init=DummyRegressor(strategy="median"))),
    ("values", False, GradientBoostingRegressor(**FEW, loss="quantile", alpha=0.3)),
    ("binary", True, HistGradientBoostingClassifier(max_iter=30)),
    ("classes", True, HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=3)),
    ("binary", False, HistGradientBoostingClassifier(max_iter=30)),
    ("values", True, HistGradientBoostingRegressor(max_iter=30, monotonic_cst=[0, 0, 0, 1, 0, 0])),
    ("counts", True, HistGradientBoostingRegressor(max_iter=30, loss="poisson")),
    ("positive", True, HistGradientBoostingRegressor(max_iter=30, loss="gamma")),
    ("values", True, HistGradientBoostingRegressor(max_iter=30, loss="quantile", quantile=0.7)),
    ("values", True, HistGradientBoostingRegressor(max_iter=30, loss="absolute_error")),
    ("values", True, IsolationForest(**FEW)),
    ("values", False, IsolationForest(**FEW, max_features=0.5, max_samples=100, contamination=0.1)),
    ("binary", True, CatBoostClassifier(iterations=40, **NO_FILES)),
    ("binary", True, CatBoostClassifier(iterations=40, nan_mode="Max", loss_function="CrossEntropy", **NO_FILES)),
    ("classes", True, CatBoostClassifier(iterations=20, depth=4, **NO_FILES)),
    ("classes", False, CatBoostClassifier(iterations=20, loss_function="MultiClassOneVsAll", **NO_FILES)),
    ("binary", True, CatBoostClassifier(iterations=20, grow_policy="Lossguide", **NO_FILES)),
    ("classes", True, CatBoostClassifier(iterations=20, grow_policy="Depthwise", **NO_FILES)),
    ("values", True, CatBoostRegressor(iterations=40, **NO_FILES)),
    ("counts", True, CatBoostRegressor(iterations=40, loss_function="Poisson", **NO_FILES)),
    ("positive", False, CatBoostRegressor(iterations=40, loss_function="Tweedie:variance_power=1.5", **NO_FILES)),
] + [
    ("positive", False, CatBoostRegressor(iterations=10, loss_function=loss, **NO_FILES))
    for loss in LOSSES
]


@pytest.mark.parametrize("number", range(len(MODELS)))
def test_outputs_are_the_librarys(predictors, worst, seed, number):
    target, missing, model = MODELS[number]
    train = Rows(seed + number, missing)
    y = train.targets[target]
    if isinstance(model, CatBoostClassifier) and "CrossEntropy" in str(model.get_params()):
        y = (y == "Yes").astype(int)
    model.fit(train.x, y)
    rows = train.hard(forest_of(model), missing)
    check(predictors, worst, model, rows, rows)


def test_catboosts_margins_are_met_to_the_last_bit(predictors, seed):
    train = Rows(seed, True)
    for target in ("binary", "classes", "values"):
        kind = CatBoostRegressor if target == "values" else CatBoostClassifier
        model = kind(iterations=45, **NO_FILES).fit(train.x, train.targets[target])
        forest = forest_of(model)
        rows = train.hard(forest, True)
        theirs = model.predict(rows, prediction_type="RawFormulaVal").reshape(TEST_ROWS, -1)
        assert (predictors.outputs({**forest, "link": "identity"}, rows) == theirs).all()


@pytest.mark.parametrize("kind", [DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier])
def test_averaged_forests_give_the_share_of_either_class(predictors, worst, seed, kind):
    train = Rows(seed, True)
    model = kind(random_state=3).fit(train.x, train.targets["binary"])
    rows = train.hard(forest_of(model), True)
    check(predictors, worst, model, rows, rows, positive=0)


def test_missing_values_may_come_after_training_without_any(predictors, worst, seed):
    train = Rows(seed, False)
    for model in (RandomForestClassifier(**FEW), IsolationForest(**FEW), HistGradientBoostingClassifier(max_iter=20),
                  CatBoostClassifier(iterations=20, **NO_FILES)):
        model.fit(train.x, train.targets["binary"])
        rows = train.hard(forest_of(model), True)
        check(predictors, worst, model, rows, rows)


def test_what_refuses_missing_values_gives_no_score_for_them(predictors, seed):
    train = Rows(seed, False)
    model = GradientBoostingRegressor(**FEW).fit(train.x, train.targets["values"])
    rows = train.x[:2].copy()
    rows[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        model.predict(rows)
    assert np.isnan(predictors.outputs(forest_of(model), rows)).ravel().tolist() == [True, False]


def test_an_isolation_forest_of_one_row_each(predictors, worst, seed):
    train = Rows(seed, False)
    model = IsolationForest(n_estimators=3, max_samples=1).fit(train.x)
    assert (-model.score_samples(train.x) == predictors.outputs(forest_of(model), train.x).ravel()).all()


# ------------------------------------------------------------------ categories


def coded(model, frame):
    """A frame as the forest's features, by what category_codes_of says."""
    codes = category_codes_of(model)
    columns = []
    for place, column in enumerate(codes["columns"]):
        values = frame.iloc[:, column]
        if place < len(codes["categories"]):
            place_of = {value: i for i, value in enumerate(codes["categories"][place])}
            columns.append([place_of.get(value, np.nan) for value in values])
        else:
            columns.append(values)
    return np.array(columns, float).T


def frame_of(random, count, unseen):
    towns = [f"t{i}" for i in range(120)] + (["nowhere"] if unseen else [])
    frame = pd.DataFrame({
        "x": random.normal(size=count),
        "town": random.choice(towns, count),
        "z": np.where(random.random(count) < 0.1, np.nan, random.normal(size=count)),
        "size": random.choice([1.0, 3.0, 8.0] + ([5.0] if unseen else []), count),
    })
    frame.loc[random.random(count) < 0.1, "town"] = None
    frame.loc[random.random(count) < 0.1, "size"] = np.nan
    return frame


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
def test_categories_known_unseen_and_missing(predictors, worst, seed, kind):
    random = np.random.default_rng([seed, 11])
    train, test = frame_of(random, 4_000, False), frame_of(random, TEST_ROWS, True)
    towns = train["town"].str[1:].astype(float).fillna(60)
    y = (np.sin(towns) + train["size"].fillna(2) / 4 + train["x"] > 0.8).astype(int)
    for categories in (["town", "size"], ["size", "town"], ["size"], ["town"]):
        columns = ["x", "town", "z", "size"] if "town" in categories else ["x", "z", "size"]
        model = kind(max_iter=30, categorical_features=categories, min_samples_leaf=3).fit(train[columns], y)
        assert any(tree["category_set"] for tree in forest_of(model)["trees"])
        check(predictors, worst, model, coded(model, test[columns]), test[columns])


def test_a_feature_with_one_category_beside_the_missing(predictors, worst, seed):
    random = np.random.default_rng([seed, 13])
    x = np.c_[np.where(random.random(500) < 0.4, np.nan, 7.0), random.integers(0, 4, 500)]
    y = np.isnan(x[:, 0]) * 2 + x[:, 1] % 2 + random.normal(size=500) / 10
    model = HistGradientBoostingRegressor(max_iter=5, categorical_features=[0, 1]).fit(x, y)
    check(predictors, worst, model, coded(model, pd.DataFrame(x)), x)


def test_columns_without_categories_are_taken_as_they_are(seed):
    train = Rows(seed, True)
    model = HistGradientBoostingRegressor(max_iter=3).fit(train.x, train.targets["values"])
    assert category_codes_of(model) is None


# ------------------------------------------------------------------ refusals


def refused(model, fitted_to=None, positive=1):
    if fitted_to is not None:
        model.fit(*fitted_to)
    with pytest.raises(ExportError) as error:
        forest_of(model, positive=positive)
    return str(error.value)


def test_what_cannot_be_expressed_is_refused_by_name(seed):
    train = Rows(seed, False)
    x, y, two = train.x, train.targets["binary"], np.c_[train.targets["values"], train.targets["counts"]]
    values = train.targets["values"]
    assert "RandomForestRegressor: expected a fitted" in refused(RandomForestRegressor())
    assert "CatBoostRegressor: expected a fitted" in refused(CatBoostRegressor())
    assert "AdaBoostClassifier: expected trees" in refused(AdaBoostClassifier(), (x, y))
    assert "RandomForestRegressor, y: expected one target" in refused(RandomForestRegressor(**FEW), (x, two))
    assert "ExtraTreesClassifier, y: expected one target" in refused(ExtraTreesClassifier(**FEW), (x, np.c_[y, y]))
    assert "DecisionTreeClassifier, classes_" in refused(DecisionTreeClassifier(), (x, np.zeros(len(x))))
    assert "HistGradientBoostingClassifier, positive" in refused(HistGradientBoostingClassifier(), (x, y), positive=0)
    assert "RandomForestClassifier, positive" in refused(RandomForestClassifier(**FEW), (x, y), positive=2)
    linear = GradientBoostingRegressor(n_estimators=2, init=LinearRegression())
    assert "GradientBoostingRegressor, init" in refused(linear, (x, values))
    guess = GradientBoostingClassifier(n_estimators=2, init=DummyClassifier(strategy="stratified"))
    assert "GradientBoostingClassifier, init" in refused(guess, (x, y))


def test_a_class_derived_from_a_known_one_is_refused(seed):
    class Other(RandomForestRegressor):
        pass

    train = Rows(seed, False)
    assert "Other: expected trees" in refused(Other(**FEW), (train.x, train.targets["values"]))


def test_catboost_beyond_numbers_is_refused(seed):
    train = Rows(seed, False)
    frame = pd.DataFrame(train.x).assign(c=train.targets["classes"])
    model = CatBoostRegressor(iterations=3, cat_features=["c"], **NO_FILES).fit(frame, train.targets["values"])
    assert "CatBoostRegressor, categorical_features" in refused(model)
    both = np.c_[train.targets["values"], train.targets["counts"]]
    model = CatBoostRegressor(iterations=3, loss_function="MultiRMSE", **NO_FILES)
    assert "CatBoostRegressor, loss_function" in refused(model, (train.x, both))
    model = CatBoostClassifier(iterations=3, loss_function="MultiClass", **NO_FILES)
    assert "CatBoostClassifier, loss_function" in refused(model, (train.x, train.targets["binary"]))


def test_a_tree_deeper_than_the_loader_takes_is_refused():
    x = np.arange(540.0)[:, None]
    model = DecisionTreeRegressor(criterion="absolute_error")
    model.fit(x, 3.0 ** x.ravel())  # the last value outweighs all before it
    assert model.get_depth() >= 512
    assert "DecisionTreeRegressor, max_depth" in refused(model)
