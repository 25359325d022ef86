"""Rows whose answer hangs on a number's last places verify nothing, and the user is told of them."""

import json
import os
import subprocess
import warnings

import numpy as np
import pandas as pd
import pytest
from feature_engine.transformation import ArcsinTransformer, LogTransformer
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor, StackingRegressor, VotingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, QuantileTransformer, StandardScaler
from threadpoolctl import threadpool_limits

from export_parity import tidemill_export

SEED = 20261122
ROWS = 4000


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads that share few processors wait for each other more than they work."""
    with threadpool_limits(1):
        yield


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


def test_a_method_of_the_users_own_stays(frame, target, tmp_path):
    pipeline = UNSTEADY["a power"]().fit(frame, target)
    own = pipeline[0].transform
    pipeline[0].transform = own
    exported(pipeline, frame, tmp_path / "x.json")
    assert vars(pipeline[0])["transform"] is own


def test_the_edge_of_a_domain_is_steady(tmp_path):
    """arcsin(sqrt(x)) has no value above 1, and is steep below it."""
    random = np.random.default_rng(SEED)
    ends = pd.DataFrame({"share": random.choice([0.0, 0.25, 0.5, 1.0], ROWS)})
    for step in (ArcsinTransformer(variables=["share"]), FunctionTransformer(np.arcsin)):
        model = make_pipeline(step, LinearRegression()).fit(ends, random.normal(size=ROWS))
        _, told = exported(model, ends, tmp_path / "x.json")
        assert told == [], step
        imported(tmp_path / "x.json")


NOISE = {
    "a projection": (lambda: trees(PCA(5)), lambda random: random.normal(size=(ROWS, 20))),
    "a steep function": (lambda: trees(FunctionTransformer(np.cbrt)), lambda random: random.normal(size=(ROWS, 2))),
    "a flat function": (lambda: trees(FunctionTransformer(np.tanh)), lambda random: random.uniform(1, 9, (ROWS, 2))),
}


@pytest.mark.parametrize("name", NOISE)
def test_no_row_at_a_split_slips_through(tmp_path, name):
    """Trees that learn noise have a split at every corner; fitted eight times, for each may be lucky."""
    draw, values = NOISE[name]
    for seed in range(8):
        random = np.random.default_rng([SEED, seed])
        table = values(random)
        noise = pd.DataFrame(table, columns=[f"c{place}" for place in range(table.shape[1])])
        _, told = exported(draw().fit(noise, random.normal(size=ROWS)), noise, tmp_path / "x.json")
        assert told
        imported(tmp_path / "x.json")


def test_what_members_answer_is_rounded_too(frame, tmp_path):
    """expm1 behind a model, and trees behind that."""
    noise = np.random.default_rng(SEED).lognormal(size=ROWS)
    member = TransformedTargetRegressor(
        HistGradientBoostingRegressor(), func=np.log1p, inverse_func=np.expm1, check_inverse=False
    ).fit(frame, noise)
    stack = StackingRegressor([("member", member)], HistGradientBoostingRegressor(), cv="prefit").fit(frame, noise)
    _, told = exported(stack, frame, tmp_path / "x.json")
    assert len(told) == 1
    imported(tmp_path / "x.json")
