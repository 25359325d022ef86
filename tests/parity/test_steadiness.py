"""Rows whose answer hangs on a number's last places verify nothing, and the user is told of them."""

import json
import os
import subprocess
import warnings

import numpy as np
import pandas as pd
import pytest
from feature_engine.transformation import LogTransformer
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, VotingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, QuantileTransformer, StandardScaler

from export_parity import tidemill_export

SEED = 20261122
ROWS = 4000


@pytest.fixture(scope="module")
def frame():
    print(f"seed {SEED}")
    random = np.random.default_rng(SEED)
    numbers = {"amount": random.lognormal(3, 2, ROWS), "visits": random.integers(0, 30, ROWS)}
    numbers["gaps"] = np.where(random.random(ROWS) < 0.6, 0.0, random.gamma(2, 3, ROWS))
    return pd.DataFrame(numbers)


@pytest.fixture(scope="module")
def target(frame):
    return np.log1p(frame["amount"]) + frame["visits"] / 10 + frame["gaps"]


def exported(pipeline, frame, path):
    """(the verification rows, what the user is told)."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tidemill_export.export_pipeline(pipeline, frame, path, name="x")
    rows = json.loads(path.read_text(encoding="utf-8"))["verification"]["rows"]
    return rows, [str(one.message) for one in told if "last places" in str(one.message)]


def imported(path):
    done = subprocess.run(
        [os.environ["TIDEMILL_BIN"], "import", path, "--out", path.with_suffix(".bin")], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def trees(*steps):
    """Trees that split at training values: they have more distinct ones than bins."""
    return make_pipeline(*steps, HistGradientBoostingRegressor(max_iter=60))


class OffInTheLastPlace(TransformerMixin, BaseEstimator):
    """Another processor's rounding; of 0 and next to it all make the same."""

    def __init__(self, step, towards):
        self.step, self.towards = step, towards

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        made = np.asarray(self.step.transform(X))
        return np.where(np.abs(np.asarray(X)) < 1e-300, made, np.nextafter(made, self.towards))


MOVED = {
    "a function": lambda: trees(FunctionTransformer(np.log1p)),
    "a power": lambda: trees(PowerTransformer()),
}
UNSTEADY = {
    **MOVED,
    "in a branch": lambda: trees(make_column_transformer((FunctionTransformer(np.log1p), ["amount"]), remainder="passthrough")),
    "Feature-engine": lambda: trees(LogTransformer(variables=["amount"])),
}


@pytest.mark.parametrize("name", UNSTEADY)
def test_a_row_at_a_split_is_left_out_and_told_of(frame, target, tmp_path, name):
    pipeline = UNSTEADY[name]().fit(frame, target)
    rows, told = exported(pipeline, frame, tmp_path / "x.json")
    assert len(told) == 1 and len(rows) >= 200, told
    imported(tmp_path / "x.json")


@pytest.mark.filterwarnings("ignore:invalid value encountered", "ignore:X does not have")
@pytest.mark.parametrize("name", MOVED)
def test_a_row_that_stays_has_its_answer_with_another_rounding_too(frame, target, tmp_path, name):
    pipeline = MOVED[name]().fit(frame, target)
    rows, _ = exported(pipeline, frame, tmp_path / "x.json")
    verified = pd.DataFrame([json.loads(row["event"]) for row in rows])[list(frame)]
    differ = False
    for towards in (-np.inf, np.inf):
        moved = make_pipeline(OffInTheLastPlace(pipeline[0], towards), pipeline[1])
        np.testing.assert_array_equal(moved.predict(verified), pipeline.predict(verified))
        differ |= (moved.predict(frame) != pipeline.predict(frame)).any()
    assert differ


def test_the_model_is_as_it_was(frame, target, tmp_path):
    pipeline = UNSTEADY["a power"]().fit(frame, target)
    before = pipeline.predict(frame)
    exported(pipeline, frame, tmp_path / "x.json")
    assert "transform" not in vars(pipeline[0])
    np.testing.assert_array_equal(pipeline.predict(frame), before)


def test_within_members_of_a_model_they_are_found(frame, target, tmp_path):
    model = VotingRegressor([("a", UNSTEADY["a power"]()), ("b", LinearRegression())]).fit(frame, target)
    _, told = exported(model, frame, tmp_path / "x.json")
    assert len(told) == 1 and "PowerTransformer" in told[0]
    imported(tmp_path / "x.json")


def test_terms_that_cancel_out_are_unsteady(frame, tmp_path):
    """1e9 (amount - amount again): what is left is what the sum rounds."""
    twice = frame[["amount"]].assign(again=frame["amount"] * (1 + 1e-9))
    model = LinearRegression().fit(twice, np.arange(ROWS) % 7)
    model.coef_, model.intercept_ = np.array([1e9, -1e9]), 0.0
    _, told = exported(model, twice, tmp_path / "x.json")
    assert len(told) == 1 and "LinearRegression" in told[0]


STEADY = {
    "exact steps": lambda: trees(StandardScaler(), QuantileTransformer(output_distribution="normal")),
    "exact functions": lambda: trees(FunctionTransformer(np.sqrt)),
    "a linear model": lambda: make_pipeline(PowerTransformer(), LinearRegression()),
    "no pipeline": lambda: HistGradientBoostingRegressor(max_iter=20),
}


@pytest.mark.parametrize("name", STEADY)
def test_nothing_is_said_of_steady_models(frame, target, tmp_path, name):
    _, told = exported(STEADY[name]().fit(frame, target), frame, tmp_path / "x.json")
    assert told == []
    imported(tmp_path / "x.json")


def test_tiny_variances_are_no_reason(frame, target, tmp_path):
    model = GaussianNB(var_smoothing=1e-15).fit(frame, target > target.median())
    exported(model, frame, tmp_path / "x.json")
    imported(tmp_path / "x.json")
