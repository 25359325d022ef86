"""XGBoost's and LightGBM's scikit-learn classes, exported, beside themselves.

XGBoost's float32 answers are met to the last bit, LightGBM's float64 ones to a few units in the last place. A row's
numbers are ordinary ones, missing, denormal, large, or lie on a threshold of the model or within one step of one.
"""

import json
import os
import re
import subprocess

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from category_frames import pick
from export_parity import number_frame, quietly
from predictor_parity import Data, above, check
from sklearn import calibration, compose, ensemble, linear_model, model_selection, naive_bayes
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from step_parity import difference

from tidemill_export import ExportError, export_pipeline, read_events, to_events
from tidemill_export.frames import fields_of, restored
from tidemill_export.models import predictor_of

pytestmark = pytest.mark.filterwarnings("ignore")

TRAIN, TEST, COLUMNS = 2_000, 10_000, 6
EXACT, ULPS = 0.0, 1e-15  # of max(1, |theirs|)
FEW_XGB = {"n_estimators": 15, "n_jobs": 1}
FEW_LGBM = {"n_estimators": 15, "n_jobs": 1, "verbose": -1, "min_child_samples": 5, "num_leaves": 24}
EXTREMES = [0.0, -0.0, 5e-324, -1e-310, 1e-45, -1e-40, 1e-35, -1e-35, 1e38, -1e38, 16777217.0]


class Rows:
    """Rows to learn from and their targets."""

    def __init__(self, seed, missing=0.1):
        self.random = np.random.default_rng([seed, 23])
        self.missing = missing
        self.x = self._draw(TRAIN)
        margin = np.nan_to_num(self.x[:, 3] + self.x[:, 1] / 100) + self.random.normal(size=TRAIN)
        self.targets = {
            "values": 100 * margin + 7,
            "counts": self.random.poisson(np.exp(margin / 3)).astype(float),
            "positive": np.exp(margin / 3),
            "share": 1 / (1 + np.exp(-margin)),
            "binary": (margin > 0.5).astype(int),
            "texts": np.where(margin > 0.5, "Yes", "No"),
            "classes": np.digitize(margin, [-1, 1]),
            "grades": np.clip(margin + 2, 0, 4).astype(int),
        }

    def _draw(self, rows):
        x = self.random.normal(size=(rows, COLUMNS)) * 10.0 ** np.arange(-3, 3)
        x[:, 1] = np.round(x[:, 1] * 5000)
        x[self.random.random(x.shape) < self.missing] = np.nan
        return x

    def hard(self, predictor):
        """Rows to score."""
        x = self._draw(TEST)
        for column, near in enumerate(thresholds_of(predictor)):
            on = self.random.random(TEST) < 0.4
            if near:
                kind = np.float64 if predictor["family"] == "forest" else np.float32
                picked = np.array(self.random.choice(near, TEST), kind)
                towards = self.random.choice(np.array([-1e38, 0, 1e38], kind), TEST)
                x[on, column] = np.where(towards == 0, picked, np.nextafter(picked, towards))[on]
        extreme = self.random.random(x.shape) < 0.03
        x[extreme] = self.random.choice(EXTREMES, int(extreme.sum()))
        x[self.random.random(x.shape) < 0.05] = np.nan
        return x


def thresholds_of(predictor):
    near = [[] for _ in range(COLUMNS)]
    for tree in predictor.get("trees", []):
        values = tree.get("threshold", tree["value"])
        for feature, left, value in zip(tree["feature"], tree["left"], values):
            if left >= 0 or "threshold" in tree:
                near[feature].append(value)
    return near


def checked(predictors, worst, name, model, rows, tolerance, positive=None):
    hard = rows.hard(predictor_of(model).predictor)
    export = check(predictors, worst, name, model, hard, positive=positive, tolerance=tolerance)
    assert len(np.unique(model.predict_proba(hard) if hasattr(model, "predict_proba") else model.predict(hard))) > 1
    return export


# XGBoost

BOOSTERS = {
    "trees": {},
    "deep": {"max_depth": 0, "max_leaves": 60, "grow_policy": "lossguide", "tree_method": "hist"},
    "pruned": {"tree_method": "exact", "gamma": 5.0, "max_depth": 8},
    "dart": {"booster": "dart", "rate_drop": 0.3, "one_drop": 1},
    "forests": {"num_parallel_tree": 3, "subsample": 0.7, "colsample_bynode": 0.7},
    "dart of forests": {"booster": "dart", "rate_drop": 0.3, "num_parallel_tree": 2, "subsample": 0.7},
    "linear": {"booster": "gblinear", "eta": 1e-6},
}
XGB_CLASSIFIERS = {
    **{name: ("binary", xgboost.XGBClassifier(**FEW_XGB, **more)) for name, more in BOOSTERS.items()},
    **{f"{name}, classes": ("classes", xgboost.XGBClassifier(**FEW_XGB, **more)) for name, more in BOOSTERS.items()},
    "forest": ("binary", xgboost.XGBRFClassifier(**FEW_XGB)),
    "forest, classes": ("classes", xgboost.XGBRFClassifier(**FEW_XGB)),
    "weighted": ("binary", xgboost.XGBClassifier(**FEW_XGB, scale_pos_weight=7, base_score=0.1)),
    "logistic": ("binary", xgboost.XGBClassifier(**FEW_XGB, objective="reg:logistic", base_score=1e-9)),
}
XGB_REGRESSORS = {
    **{name: ("values", xgboost.XGBRegressor(**FEW_XGB, **more)) for name, more in BOOSTERS.items()},
    "forest": ("values", xgboost.XGBRFRegressor(**FEW_XGB)),
    "given base": ("values", xgboost.XGBRegressor(**FEW_XGB, base_score=-3.7)),
    **{
        objective: ("values", xgboost.XGBRegressor(**FEW_XGB, objective=objective))
        for objective in ("reg:pseudohubererror", "reg:absoluteerror")
    },
    "reg:quantileerror": ("values", xgboost.XGBRegressor(**FEW_XGB, objective="reg:quantileerror", quantile_alpha=0.3)),
    "reg:squaredlogerror": ("positive", xgboost.XGBRegressor(**FEW_XGB, objective="reg:squaredlogerror")),
    "reg:gamma": ("positive", xgboost.XGBRegressor(**FEW_XGB, objective="reg:gamma")),
    "reg:tweedie": ("positive", xgboost.XGBRegressor(**FEW_XGB, objective="reg:tweedie", base_score=2.5)),
    "count:poisson": ("counts", xgboost.XGBRegressor(**FEW_XGB, objective="count:poisson")),
    "survival:cox": ("positive", xgboost.XGBRegressor(**FEW_XGB, objective="survival:cox")),
    "reg:logistic": ("share", xgboost.XGBRegressor(**FEW_XGB, objective="reg:logistic")),
    "binary:logitraw": ("binary", xgboost.XGBRegressor(**FEW_XGB, objective="binary:logitraw")),
}


def grouped(model, x, y, group=20):
    """Rankers learn from groups."""
    if isinstance(model, xgboost.XGBRanker):
        return model.fit(x, y, qid=np.arange(len(x)) // group)
    if isinstance(model, lightgbm.LGBMRanker):
        return model.fit(x, y, group=[group] * (len(x) // group))
    return model.fit(x, y)


@pytest.mark.parametrize("name", XGB_CLASSIFIERS)
def test_a_classifier_of_xgboost(predictors, worst, seed, name):
    target, model = XGB_CLASSIFIERS[name]
    rows = Rows(seed)
    model.fit(rows.x, rows.targets[target])
    export = checked(predictors, worst, f"XGBClassifier {name}", model, rows, EXACT)
    assert export.classes == ([0, 1] if target == "binary" else [0, 1, 2])
    if target == "binary":
        assert export.threshold == above(0.5)
        turned = checked(predictors, worst, f"XGBClassifier {name}", model, rows, EXACT, positive=0)
        assert (turned.classes, turned.threshold) == ([1, 0], 0.5)


@pytest.mark.parametrize("name", XGB_REGRESSORS)
def test_a_regressor_of_xgboost(predictors, worst, seed, name):
    target, model = XGB_REGRESSORS[name]
    rows = Rows(seed)
    model.fit(rows.x, rows.targets[target])
    checked(predictors, worst, f"XGBRegressor {name}", model, rows, EXACT)


@pytest.mark.parametrize("objective", ["rank:ndcg", "rank:pairwise"])
def test_a_ranker_of_xgboost(predictors, worst, seed, objective):
    rows = Rows(seed)
    model = grouped(xgboost.XGBRanker(**FEW_XGB, objective=objective), rows.x, rows.targets["grades"])
    assert checked(predictors, worst, f"XGBRanker {objective}", model, rows, EXACT).task == "regression"


@pytest.mark.parametrize("name", ["trees", "dart", "forests"])
def test_early_stopping_keeps_the_best_round_of_xgboost(predictors, worst, seed, name):
    rows = Rows(seed)
    y = rows.targets["classes"].copy()
    y[rows.random.random(TRAIN) < 0.3] = 0
    settings = {"n_estimators": 60, "learning_rate": 0.6, "early_stopping_rounds": 4, "n_jobs": 1}
    model = xgboost.XGBClassifier(**settings, **BOOSTERS[name])
    model.fit(rows.x[:1500], y[:1500], eval_set=[(rows.x[1500:], y[1500:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    checked(predictors, worst, "XGBClassifier stopped early", model, rows, EXACT)


@pytest.mark.parametrize("missing", [-999, 0.0, 0.1])
def test_a_number_that_is_missing_to_xgboost(predictors, exports, worst, seed, tmp_path, missing):
    """And what rounds to it in float32."""
    rows = Rows(seed, missing=0.0)
    x = pd.DataFrame(rows.x, columns=list("abcdef"))
    x[rows.random.random(x.shape) < 0.2] = missing
    model = xgboost.XGBRegressor(**FEW_XGB, missing=missing).fit(x, rows.targets["values"])
    near = [missing, np.nextafter(missing, 9), missing + 1e-9, missing - 1e-9, missing + 1e-3, np.nan, 1e-50]
    test = pd.DataFrame(rows.random.choice(near, (TEST, COLUMNS)), columns=x.columns)
    test[rows.random.random(test.shape) < 0.3] = rows.random.normal()
    whole(exports, worst, f"XGBRegressor missing={missing}", model, x, test, tmp_path, EXACT)
    unaware = xgboost.XGBRegressor(**FEW_XGB).fit(x, rows.targets["values"])
    assert (unaware.predict(test) != model.predict(test)).any()


# LightGBM

LGBM_BOOSTINGS = {
    "gbdt": {},
    "dart": {"boosting_type": "dart", "drop_rate": 0.4},
    "rf": {"boosting_type": "rf", "subsample": 0.6, "subsample_freq": 1, "colsample_bytree": 0.7},
    "zero": {"zero_as_missing": True},
    "none": {"use_missing": False},
}
LGBM_CLASSIFIERS = {
    **{name: ("texts", lightgbm.LGBMClassifier(**FEW_LGBM, **more)) for name, more in LGBM_BOOSTINGS.items()},
    **{f"{name}, classes": ("classes", lightgbm.LGBMClassifier(**FEW_LGBM, **more)) for name, more in LGBM_BOOSTINGS.items()},
    "one against the rest": ("classes", lightgbm.LGBMClassifier(**FEW_LGBM, objective="multiclassova", sigmoid=1.3)),
    "sigmoid": ("binary", lightgbm.LGBMClassifier(**FEW_LGBM, sigmoid=0.7, class_weight="balanced")),
    "cross entropy": ("binary", lightgbm.LGBMClassifier(**FEW_LGBM, objective="cross_entropy")),
}
LGBM_REGRESSORS = {
    **{name: ("values", lightgbm.LGBMRegressor(**FEW_LGBM, **more)) for name, more in LGBM_BOOSTINGS.items()},
    **{
        objective: ("positive", lightgbm.LGBMRegressor(**FEW_LGBM, objective=objective))
        for objective in "regression_l1 huber fair quantile mape poisson gamma tweedie".split()
    },
    "square root": ("values", lightgbm.LGBMRegressor(**FEW_LGBM, reg_sqrt=True)),
    "cross_entropy": ("share", lightgbm.LGBMRegressor(**FEW_LGBM, objective="cross_entropy")),
}


@pytest.mark.parametrize("name", LGBM_CLASSIFIERS)
def test_a_classifier_of_lightgbm(predictors, worst, seed, name):
    target, model = LGBM_CLASSIFIERS[name]
    rows = Rows(seed)
    model.fit(rows.x, rows.targets[target])
    export = checked(predictors, worst, f"LGBMClassifier {name}", model, rows, ULPS)
    assert export.classes == model.classes_.tolist()
    if len(export.classes) == 2:
        first = export.classes[0]
        assert export.threshold == above(0.5)
        turned = checked(predictors, worst, f"LGBMClassifier {name}", model, rows, ULPS, positive=first)
        assert (turned.classes, turned.threshold) == (export.classes[::-1], 0.5)


@pytest.mark.parametrize("name", LGBM_REGRESSORS)
def test_a_regressor_of_lightgbm(predictors, worst, seed, name):
    target, model = LGBM_REGRESSORS[name]
    rows = Rows(seed)
    model.fit(rows.x, rows.targets[target])
    checked(predictors, worst, f"LGBMRegressor {name}", model, rows, ULPS)


def test_a_ranker_of_lightgbm(predictors, worst, seed):
    rows = Rows(seed)
    model = grouped(lightgbm.LGBMRanker(**FEW_LGBM), rows.x, rows.targets["grades"])
    assert checked(predictors, worst, "LGBMRanker", model, rows, ULPS).task == "regression"


def test_early_stopping_keeps_the_best_round_of_lightgbm(predictors, worst, seed):
    rows = Rows(seed)
    y = rows.targets["classes"].copy()
    y[rows.random.random(TRAIN) < 0.3] = 0
    model = lightgbm.LGBMClassifier(**{**FEW_LGBM, "n_estimators": 80}, learning_rate=0.5)
    stop = lightgbm.early_stopping(4, verbose=False)
    model.fit(rows.x[:1500], y[:1500], eval_set=[(rows.x[1500:], y[1500:])], callbacks=[stop])
    assert 0 < model.best_iteration_ < 80
    checked(predictors, worst, "LGBMClassifier stopped early", model, rows, ULPS)


def test_a_model_without_a_split(predictors, worst, seed):
    rows = Rows(seed)
    model = lightgbm.LGBMRegressor(**{**FEW_LGBM, "min_child_samples": TRAIN}).fit(rows.x, rows.targets["values"])
    check(predictors, worst, "LGBMRegressor without a split", model, rows.x, tolerance=ULPS)
    model = xgboost.XGBRegressor(**FEW_XGB, gamma=1e12).fit(rows.x, rows.targets["values"])
    check(predictors, worst, "XGBRegressor without a split", model, rows.x, tolerance=EXACT)


# Models made of them


def x_classifier(**more):
    return xgboost.XGBClassifier(**FEW_XGB, **{"max_depth": 3, **more})


def x_regressor(**more):
    return xgboost.XGBRegressor(**FEW_XGB, **{"max_depth": 3, **more})


def soft(*members, **more):
    return ensemble.VotingClassifier([(f"m{i}", one) for i, one in enumerate(members)], voting="soft", **more)


L_CLASSIFIER = lightgbm.LGBMClassifier(**FEW_LGBM)
CLASSIFIER_BLENDS = {
    "votes": soft(x_classifier(), x_classifier(max_leaves=3), x_classifier(learning_rate=0.1)),
    "weighted votes": soft(x_classifier(), x_classifier(booster="gblinear"), weights=[1, 2]),
    "mixed votes": soft(x_classifier(), L_CLASSIFIER, naive_bayes.GaussianNB()),
    "sigmoid": calibration.CalibratedClassifierCV(x_classifier(), cv=3),
    "isotonic": calibration.CalibratedClassifierCV(x_classifier(), method="isotonic", cv=3),
    "isotonic of one": calibration.CalibratedClassifierCV(x_classifier(), method="isotonic", ensemble=False, cv=3),
    "isotonic of votes": calibration.CalibratedClassifierCV(
        soft(x_classifier(), x_classifier(learning_rate=0.1)), method="isotonic", cv=3
    ),
    "sigmoid of LightGBM": calibration.CalibratedClassifierCV(L_CLASSIFIER, cv=3),
    "temperature of LightGBM": calibration.CalibratedClassifierCV(L_CLASSIFIER, method="temperature", cv=3),
    "stack": ensemble.StackingClassifier([("a", x_classifier()), ("b", linear_model.LogisticRegression())], cv=3),
    "stack under XGBoost": ensemble.StackingClassifier(
        [("a", linear_model.LogisticRegression()), ("b", L_CLASSIFIER)], x_classifier(), passthrough=True, cv=3
    ),
    "stack under LightGBM": ensemble.StackingClassifier([("a", x_classifier())], L_CLASSIFIER, cv=3),
}
REGRESSOR_BLENDS = {
    "votes": ensemble.VotingRegressor([("a", x_regressor()), ("b", x_regressor(max_depth=2)), ("c", x_regressor(max_depth=1))]),
    "weighted votes": ensemble.VotingRegressor([("a", x_regressor()), ("b", lightgbm.LGBMRegressor(**FEW_LGBM))], weights=[1, 3]),
    "stack": ensemble.StackingRegressor([("a", x_regressor()), ("b", lightgbm.LGBMRegressor(**FEW_LGBM))], x_regressor()),
    **{
        type(one).__name__: compose.TransformedTargetRegressor(x_regressor(), transformer=one)
        for one in (StandardScaler(), MinMaxScaler(), RobustScaler())
    },
    "root": compose.TransformedTargetRegressor(x_regressor(), func=np.sqrt, inverse_func=np.square),
}


@pytest.fixture(scope="module")
def data(seed):
    return Data(seed)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2]], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", CLASSIFIER_BLENDS)
def test_a_classifier_made_of_boosters(predictors, data, worst, name, labels):
    model = CLASSIFIER_BLENDS[name].fit(data.x, data.classes(labels))
    for positive in labels if len(labels) == 2 else [None]:
        check(predictors, worst, f"blend: {name}", model, data.test, positive=positive)


@pytest.mark.parametrize("name", REGRESSOR_BLENDS)
def test_a_regression_made_of_boosters(predictors, data, worst, name):
    model = REGRESSOR_BLENDS[name].fit(data.x, data.positive_values())
    check(predictors, worst, f"blend of regressions: {name}", model, data.test)


def test_functions_that_numpy_has_another_float32_of_on_every_machine_are_refused(data):
    logarithm = compose.TransformedTargetRegressor(x_regressor(), func=np.log1p, inverse_func=np.expm1)
    with pytest.raises(ExportError, match="in float64 before expm1"):
        predictor_of(logarithm.fit(data.x, data.positive_values()))
    temperature = calibration.CalibratedClassifierCV(x_classifier(), method="temperature", cv=3)
    with pytest.raises(ExportError, match="method 'sigmoid' or 'isotonic'"):
        predictor_of(temperature.fit(data.x, data.classes([0, 1])))


@pytest.mark.parametrize("model", [x_classifier(), lightgbm.LGBMClassifier(**FEW_LGBM)], ids=["XGBoost", "LightGBM"])
def test_a_threshold_of_ones_own(predictors, data, worst, model):
    y = data.classes([0, 1])
    fixed = model_selection.FixedThresholdClassifier(model, threshold=0.3, response_method="predict_proba").fit(data.x, y)
    assert check(predictors, worst, "FixedThresholdClassifier", fixed, data.test).threshold == 0.3
    tuned = model_selection.TunedThresholdClassifierCV(model, response_method="predict_proba", cv=3).fit(data.x, y)
    check(predictors, worst, "TunedThresholdClassifierCV", tuned, data.test)


# Categories as numbers


@pytest.mark.parametrize("one_hot", [1, 100])
def test_features_that_are_codes_already(predictors, worst, seed, one_hot):
    random = np.random.default_rng(seed)
    x = random.normal(size=(TRAIN, 4))
    x[:, 1], x[:, 3] = random.integers(0, 8, TRAIN), random.integers(0, 300, TRAIN)
    y = x[:, 0] + x[:, 1] % 3 + x[:, 3] % 7
    x[random.random(x.shape) < 0.1] = np.nan
    test = random.permutation(np.tile(x, (5, 1)))
    beyond = random.random(test.shape) < 0.05
    test[beyond] = random.choice([-1.0, -0.5, 3.9, 299.5, 1000.0, 2.0**30], beyond.sum())
    types = ["q", "c", "q", "c"]
    model = xgboost.XGBRegressor(**FEW_XGB, feature_types=types, max_cat_to_onehot=one_hot).fit(x, y)
    check(predictors, worst, "XGBRegressor codes", model, test, tolerance=EXACT)
    settings = {**FEW_LGBM, "max_cat_to_onehot": one_hot, "min_data_per_group": 3, "cat_smooth": 1.0}
    model = lightgbm.LGBMRegressor(**settings).fit(x, y, categorical_feature=[1, 3])
    assert any(tree["category_set"] for tree in predictor_of(model).predictor["trees"])
    check(predictors, worst, "LGBMRegressor codes", model, test, tolerance=ULPS)


# Whole pipelines


def whole(exports, worst, name, model, train, test, folder, tolerance, closed=False, **options):
    """Through `tidemill import`, which replays the verification rows, and on rows of their own; the document.

    With ``closed`` a category that ``train`` does not have is missing to the library.
    """
    path = folder / "model.json"
    export_pipeline(model, train, path, name="whole", **options)
    command = [os.environ["TIDEMILL_BIN"], "import", path, "--out", folder / "model.bin"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    events = to_events(test)
    _, _, outputs, rejected = exports.run(path, events)
    assert not rejected, next(iter(rejected.values()))
    fields = fields_of(train[test.columns])
    for field in fields:
        field.closed = closed
    frame = restored(read_events(events), fields)
    theirs = quietly(answers_of, model, frame)
    assert outputs.shape == theirs.shape
    apart = max(difference(outputs[:, place], theirs[:, place]) for place in range(theirs.shape[1]))
    worst.add(f"pipeline: {name}", apart, outputs.size)
    assert apart <= tolerance
    return json.loads(path.read_text(encoding="utf-8"))


def answers_of(model, frame):
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(frame), float).reshape(-1, 1)
    shares = model.predict_proba(frame)
    return shares[:, 1:] if shares.shape[1] == 2 else shares


def mixed(random, rows, unseen=False):
    frame = number_frame(random, rows, beyond=unseen)[["normal", "heavy", "zeros", "gaps", "whole", "denormal", "flag"]]
    frame["city"] = pd.Series(pick(random, ["Bern", "Zürich", "東京", "Ulm"], rows), dtype=object)
    frame["plan"] = pd.Series(pick(random, list("abcdefgh"), rows), dtype=object)
    for name in ("city", "plan"):
        if unseen:
            frame.loc[random.random(rows) < 0.1, name] = "never seen before"
        frame.loc[random.random(rows) < 0.1, name] = np.nan
    return frame


def targets_of(kind, random, frame):
    signal = frame["normal"] - frame["zeros"] + (frame["plan"] > "d") * 2 + random.normal(size=len(frame))
    if kind == "values":
        return signal.to_numpy()
    bounds = [2.0] if kind == "binary" else [1.0, 4.0]
    return np.digitize(signal, bounds)


def prepared(sparse, imputed):
    numbers = ["normal", "heavy", "zeros", "gaps", "whole", "denormal"]
    steps = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    branches = [
        ("numbers", steps if imputed else "passthrough", numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=sparse), ["city", "plan"]),
    ]
    return ColumnTransformer(branches, sparse_threshold=1.0 if sparse else 0.0)


PIPELINES = {
    "XGBClassifier": ("binary", EXACT, lambda: xgboost.XGBClassifier(**FEW_XGB)),
    "XGBClassifier of three": ("classes", EXACT, lambda: xgboost.XGBClassifier(**FEW_XGB)),
    "XGBRegressor": ("values", EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB)),
    "XGBRegressor dart": ("values", EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, booster="dart", rate_drop=0.3)),
    "XGBRegressor linear": ("values", EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, booster="gblinear", eta=1e-3)),
    "XGBRegressor missing": ("values", EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, missing=1.0)),
    "LGBMClassifier": ("binary", ULPS, lambda: lightgbm.LGBMClassifier(**FEW_LGBM)),
    "LGBMClassifier of three": ("classes", ULPS, lambda: lightgbm.LGBMClassifier(**FEW_LGBM)),
    "LGBMRegressor": ("values", ULPS, lambda: lightgbm.LGBMRegressor(**FEW_LGBM)),
}


@pytest.mark.parametrize("imputed", [True, False], ids=["imputed", "raw"])
@pytest.mark.parametrize("sparse", [True, False], ids=["sparse", "dense"])
@pytest.mark.parametrize("name", PIPELINES)
def test_behind_a_column_transformer(exports, worst, seed, tmp_path, name, sparse, imputed):
    random = np.random.default_rng(seed)
    train, test = mixed(random, TRAIN), mixed(random, TEST, unseen=True)
    kind, tolerance, make = PIPELINES[name]
    model = make_pipeline(prepared(sparse, imputed), make())
    quietly(model.fit, train, targets_of(kind, random, train))
    train["key"] = [f"k{row}" for row in range(TRAIN)]
    document = whole(exports, worst, name, model, train, test, tmp_path, tolerance, id_field="key")
    marked = [step["missing_value"] for step in document["pipeline"]["steps"] if step["step"] == "MissingValues"]
    expected = ([0.0] if sparse and "XGB" in name else []) + ([1.0] if "missing" in name else [])
    assert marked == expected


def test_zeros_that_a_sparse_matrix_leaves_out_are_missing_to_xgboost(exports, worst, seed, tmp_path):
    """The same trees on the same numbers: what differs is how they are held."""
    random = np.random.default_rng(seed)
    train, test = mixed(random, TRAIN), mixed(random, TEST, unseen=True)
    y = targets_of("binary", random, train)
    answers = {}
    for sparse in (True, False):
        model = make_pipeline(prepared(sparse, False), xgboost.XGBClassifier(**FEW_XGB))
        model.fit(train, y)
        if not sparse:
            model.steps[-1] = ("xgbclassifier", trained)
        trained = model[-1]
        whole(exports, worst, "XGBClassifier sparse and dense", model, train, test, tmp_path, EXACT)
        answers[sparse] = model.predict_proba(test)[:, 1]
    assert (answers[True] != answers[False]).any()


BLENDS = {
    "VotingClassifier": lambda: ensemble.VotingClassifier(
        [("x", xgboost.XGBClassifier(**FEW_XGB)), ("l", lightgbm.LGBMClassifier(**FEW_LGBM))], voting="soft"
    ),
    "StackingClassifier": lambda: ensemble.StackingClassifier(
        [("x", xgboost.XGBClassifier(**FEW_XGB)), ("l", lightgbm.LGBMClassifier(**FEW_LGBM))], cv=2
    ),
    "CalibratedClassifierCV": lambda: calibration.CalibratedClassifierCV(lightgbm.LGBMClassifier(**FEW_LGBM), cv=2),
    "CalibratedClassifierCV of XGBoost": lambda: calibration.CalibratedClassifierCV(
        xgboost.XGBClassifier(**FEW_XGB), cv=2, method="isotonic"
    ),
}


@pytest.mark.parametrize("name", BLENDS)
def test_blends_behind_a_sparse_matrix(exports, worst, seed, tmp_path, name):
    random = np.random.default_rng(seed)
    train, test = mixed(random, TRAIN), mixed(random, TEST, unseen=True)
    model = make_pipeline(prepared(True, True), BLENDS[name]())
    quietly(model.fit, train, targets_of("classes", random, train))
    whole(exports, worst, f"{name} of boosters", model, train, test, tmp_path, 1e-12)


# Frames without steps before the model


def native(random, rows, texts, unseen=False):
    """Numbers and pandas categories of texts, numbers and, out of order, of both."""
    frame = pd.DataFrame({"Monthly Charges": random.normal(3.0, 2.0, rows), "count": random.integers(-3, 12, rows)})
    plan = pd.CategoricalDtype([*texts, "not there"])
    frame["plan"] = pd.Categorical(pick(random, texts, rows), dtype=plan)
    frame["flag"] = random.random(rows) < 0.3
    frame["step"] = pd.Categorical(random.integers(0, 5, rows), categories=[4, 3, 2, 1, 0])
    frame["grade"] = pd.Categorical(pick(random, ["low", "mid", "high"], rows), ["low", "mid", "high"], ordered=True)
    frame["gaps"] = np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows))
    for name, other in (("plan", "never seen before"), ("step", 7), ("grade", "")):
        if unseen:
            frame[name] = frame[name].cat.add_categories([other])
            frame.loc[random.random(rows) < 0.05, name] = other
        frame.loc[random.random(rows) < 0.1, name] = None
    return frame


def native_target(frame, random):
    step = frame["step"].astype(float).fillna(2)
    return frame["Monthly Charges"] + (step % 2) * 3 + frame["plan"].cat.codes % 3 + random.normal(size=len(frame))


CODED = {"enable_categorical": True}
TYPES = ["float", "int", "c", "i", "c", "c", "float"]
NATIVE = {
    "XGBRegressor": (EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, **CODED)),
    "XGBRegressor one-hot": (EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, **CODED, max_cat_to_onehot=50)),
    "XGBRegressor dart": (EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, **CODED, booster="dart", rate_drop=0.2)),
    "XGBRegressor of given types": (EXACT, lambda: xgboost.XGBRegressor(**FEW_XGB, **CODED, feature_types=TYPES)),
    "LGBMRegressor": (ULPS, lambda: lightgbm.LGBMRegressor(**FEW_LGBM, min_data_per_group=5, cat_smooth=1.0)),
    "VotingRegressor": (
        1e-12,
        lambda: ensemble.VotingRegressor(
            [("x", xgboost.XGBRegressor(**FEW_XGB, **CODED)), ("l", lightgbm.LGBMRegressor(**FEW_LGBM))]
        ),
    ),
}


@pytest.mark.parametrize("texts", [list("zyabc"), ["Zürich", "Köln", "Bern", "é"]], ids=["ascii", "unicode"])
@pytest.mark.parametrize("name", NATIVE)
def test_categories_of_a_frame(exports, worst, seed, tmp_path, name, texts):
    random = np.random.default_rng(seed)
    train, test = native(random, TRAIN, texts), native(random, TEST, texts, unseen=True)
    tolerance, make = NATIVE[name]
    model = make().fit(train, native_target(train, random))
    closed = not name.startswith("LGBM")
    whole(exports, worst, f"{name} on a frame", model, train, test, tmp_path, tolerance, closed)


@pytest.mark.parametrize("name", ["XGBRegressor", "LGBMRegressor"])
def test_a_frame_of_nullable_dtypes(exports, worst, seed, tmp_path, name):
    random = np.random.default_rng(seed)
    train, test = (native(random, rows, list("zyabc")) for rows in (TRAIN, TEST))
    for frame in (train, test):
        frame["count"] = frame["count"].astype("Int64").mask(random.random(len(frame)) < 0.1)
        frame["flag"] = frame["flag"].astype("boolean").mask(random.random(len(frame)) < 0.1)
    tolerance, make = NATIVE[name]
    model = make().fit(train, native_target(train, random))
    whole(exports, worst, f"{name} on nullable dtypes", model, train, test, tmp_path, tolerance)


# Refusals


def refusal(model, frame, folder):
    with pytest.raises(ExportError) as error:
        export_pipeline(model, frame, folder / "refused.json", name="refused")
    assert list(folder.iterdir()) == []
    return str(error.value)


def squares(truth, guess):
    """An objective of one's own."""
    return guess - truth, np.ones_like(guess)


REFUSED = {
    "softmax": ("classes", xgboost.XGBClassifier(**FEW_XGB, objective="multi:softmax"), "multi:softprob, got multi:softmax"),
    "hinge": ("binary", xgboost.XGBClassifier(**FEW_XGB, objective="binary:hinge"), "binary:logistic.*got binary:hinge"),
    "logitraw": ("binary", xgboost.XGBClassifier(**FEW_XGB, objective="binary:logitraw"), "got binary:logitraw"),
    "own objective": ("values", xgboost.XGBRegressor(**FEW_XGB, objective=squares), "objectives by its name"),
    "quantiles": (
        "values",
        xgboost.XGBRegressor(**FEW_XGB, objective="reg:quantileerror", quantile_alpha=[0.1, 0.9]),
        "one target.*2 targets",
    ),
    "an infinity": ("values", xgboost.XGBRegressor(**FEW_XGB, missing=np.inf), "a finite missing"),
    "own objective of LightGBM": ("values", lightgbm.LGBMRegressor(**FEW_LGBM, objective=squares), "objectives by its name"),
    "linear trees": ("values", lightgbm.LGBMRegressor(**FEW_LGBM, linear_tree=True), "linear_tree=False"),
    "stopping before the last tree": (
        "binary",
        lightgbm.LGBMClassifier(**FEW_LGBM, pred_early_stop=True),
        "pred_early_stop=False",
    ),
    "classes beside": ("binary", lightgbm.LGBMClassifier(**FEW_LGBM, objective="regression"), "binary.*got regression"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(seed, tmp_path, name):
    target, model, words = REFUSED[name]
    rows = Rows(seed, missing=0.0)
    frame = pd.DataFrame(rows.x, columns=list("abcdef"))
    model.fit(frame, rows.targets[target])
    assert re.search(words, refusal(model, frame, tmp_path))


@pytest.mark.parametrize("strategy", ["multi_output_tree", "one_output_per_tree"])
def test_several_targets_are_refused(seed, tmp_path, strategy):
    rows = Rows(seed)
    frame = pd.DataFrame(rows.x, columns=list("abcdef"))
    both = np.column_stack([rows.targets["values"], rows.targets["counts"]])
    model = xgboost.XGBRegressor(**FEW_XGB, multi_strategy=strategy).fit(frame, both)
    assert "one target" in refusal(model, frame, tmp_path)


def test_category_columns_come_straight_from_the_frame(seed, tmp_path):
    random = np.random.default_rng(seed)
    train = native(random, TRAIN, list("zyabc"))
    for model in (xgboost.XGBRegressor(**FEW_XGB, **CODED), lightgbm.LGBMRegressor(**FEW_LGBM)):
        model.fit(train, native_target(train, random))
        other = train.assign(plan=train["plan"].cat.rename_categories({"z": "other"}))
        assert "3 pandas category columns that the model was fitted on" in refusal(model, other, tmp_path)
        texts = train.assign(plan=train["plan"].astype(object))
        assert "straight from X, got 2" in refusal(model, texts, tmp_path)


def test_texts_that_xgboost_mixes_up_are_refused(seed, tmp_path):
    random = np.random.default_rng(seed)
    texts = ["éé", "éè", "ab"]  # cut after as many bytes as they have characters
    train = native(random, TRAIN, texts)
    model = xgboost.XGBRegressor(**FEW_XGB, **CODED).fit(train, native_target(train, random))
    assert "categories of 'plan' in ASCII" in refusal(model, train, tmp_path)
