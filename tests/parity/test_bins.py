"""Bins and splines, and scikit-learn's."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # KMeans adds up in one order on one thread only

import numpy as np
import pytest
from sklearn.preprocessing import KBinsDiscretizer, SplineTransformer
from threadpoolctl import threadpool_limits

from step_parity import StepError, compare, difference

pytestmark = pytest.mark.filterwarnings("ignore")  # the origins warn of pandas 4 and of narrow bins

ROWS = 10_000
METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
]


def numbers(random, rows=ROWS):
    """Columns of several shapes, without missing cells, which the origin refuses."""
    return {
        "normal": random.normal(3.0, 2.0, rows),
        "tiny": random.normal(0.0, 1e-3, rows),
        "huge": random.normal(1e12, 1e9, rows),
        "skewed": random.lognormal(0.0, 2.0, rows),
        "count": random.poisson(3.0, rows).astype(float),
        "constant": np.full(rows, 0.1),
        "größe 🌊": random.uniform(-1e150, 1e150, rows),
    }


def with_missing(random, columns):
    """The same rows; a tenth of the cells missing. Where they are whole, the origin's answer holds."""
    return {name: np.where(random.random(len(cells)) < 0.1, np.nan, cells) for name, cells in columns.items()}


def fields_of(columns):
    return dict.fromkeys(columns, "number")


def matrix(columns):
    return np.column_stack(list(columns.values()))


def compare_with_origin(worst, harness, origin, steps, train, test, random, ordinal_or_blocks):
    """fit_transform, transform on new rows, and transform on those rows with missing cells."""
    name = type(origin).__name__
    with threadpool_limits(1):
        fitted = origin.fit_transform(matrix(train))
    made = origin.transform(matrix(test))
    names, ours_fitted, ours = harness.run(steps, fields_of(train), train, test)
    assert names == list(origin.get_feature_names_out(list(train)))
    compare(worst, name, ours_fitted, fitted)
    compare(worst, name, ours, made)
    holes = with_missing(random, test)
    _, _, gaps = harness.run(steps, fields_of(train), train, holes)
    for number, column in enumerate(names):
        missing = np.isnan(holes[ordinal_or_blocks(column)])
        assert np.isnan(gaps[number][missing]).all(), column
        assert np.array_equal(gaps[number][~missing], ours[number][~missing]), column


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
@pytest.mark.parametrize("encode, rows", [("ordinal", ROWS), ("onehot", 2000), ("onehot-dense", 500)])
def test_bins(harness, worst, seed, strategy, encode, rows):
    random = np.random.default_rng(seed)
    train, test = numbers(random, rows), numbers(random, rows)
    n_bins = [2, 9, 5, 20, 4, 3, 6]
    origin = KBinsDiscretizer(n_bins=n_bins, encode=encode, strategy=strategy, subsample=None)
    steps = f"[KBinsDiscretizer: {{n_bins: {n_bins}, encode: {encode}, strategy: {strategy}}}]"
    source = (lambda column: column) if encode == "ordinal" else (lambda column: column.rsplit("_", 1)[0])
    compare_with_origin(worst, harness, origin, steps, train, test, random, source)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows", [3, 10, 1000])
def test_bins_by_every_quantile_method(harness, worst, seed, method, rows):
    random = np.random.default_rng(seed)
    train, test = numbers(random, rows), numbers(random, 1000)
    origin = KBinsDiscretizer(n_bins=8, encode="ordinal", quantile_method=method, subsample=None).fit(matrix(train))
    steps = f"[KBinsDiscretizer: {{n_bins: 8, encode: ordinal, quantile_method: {method}}}]"
    _, _, made = harness.run(steps, fields_of(train), train, test)
    compare(worst, "KBinsDiscretizer", made, origin.transform(matrix(test)))
    # The edges themselves: an edge belongs to the bin on its right, the number before it to the left one.
    for name, edges in zip(train, origin.bin_edges_):
        inner = edges[1:-1]
        if len(inner) == 0:
            continue
        probes = np.concatenate([inner, np.nextafter(inner, -np.inf)])
        _, _, made = harness.run(steps, {name: "number"}, {name: train[name]}, {name: probes})
        compare(worst, "KBinsDiscretizer", made, np.searchsorted(inner, probes, side="right")[:, None])


def has_one_answer(column, n_bins):
    """Whether the origin's KMeans starts without a tie that the processor decides.

    A bin without a value gets the value farthest from its centre. The least and the greatest value are often equally
    far from theirs, and numpy's argpartition then picks one or the other, differently with AVX-512, AVX2 and without.
    """
    edges = np.linspace(column.min(), column.max(), n_bins + 1)
    centers = (edges[1:] + edges[:-1]) * 0.5 - column.mean()
    values = column - column.mean()
    nearest = (centers**2 - 2.0 * values[:, None] * centers).argmin(axis=1)
    empty = n_bins - len(set(nearest))
    distances = np.sort((values - centers[nearest]) ** 2)[::-1]
    return empty == 0 or distances[empty - 1] != distances[empty]


def test_most_columns_have_one_answer(seed):
    random = np.random.default_rng(seed)
    columns = [random.normal(size=30) for _ in range(100)]
    assert sum(has_one_answer(column, 12) for column in columns) > 50


@pytest.mark.parametrize("rows", [30, 300, 5000])
def test_edges_of_kmeans(harness, worst, seed, rows):
    random = np.random.default_rng(seed)
    train = numbers(random, rows)
    train["far apart"] = np.where(random.random(rows) < 0.02, 1e6, random.normal(size=rows))
    train["duplicates"] = random.choice([0.1, 0.7, 5.0], rows)
    train.update({f"skewed {i}": random.lognormal(0.0, 1.0 + i / 10, rows) for i in range(10)})
    train = {name: cells for name, cells in train.items() if has_one_answer(cells, 12)}
    assert len(train) > 5
    with threadpool_limits(1):
        origin = KBinsDiscretizer(n_bins=12, encode="ordinal", strategy="kmeans", subsample=None).fit(matrix(train))
    for name, edges in zip(train, origin.bin_edges_):
        inner = edges[1:-1]
        if len(inner) == 0:
            continue
        near = np.maximum(np.abs(inner), 1.0) * 1e-12
        probes = np.concatenate([inner - near, inner + near])
        steps = "[KBinsDiscretizer: {n_bins: 12, encode: ordinal, strategy: kmeans}]"
        _, _, made = harness.run(steps, {name: "number"}, {name: train[name]}, {name: probes})
        compare(worst, "KBinsDiscretizer", made, np.searchsorted(inner, probes, side="right")[:, None])


@pytest.mark.parametrize(
    "cells, kind, expected",
    [
        ([1.0, np.inf], "DataError", "finite numbers"),
        ([1.0, np.nan], "DataError", "no missing cell"),
        ([np.nan, np.nan], "DataError", "no missing cell"),
        ([], "DataError", "at least one row"),
        ([1.7e308, -1.7e308], "DataError", "range is finite"),
    ],
)
def test_bins_of_cells_that_do_not_do(harness, cells, kind, expected):
    with pytest.raises(StepError, match=f"KBinsDiscretizer, column 'größe'.*{expected}") as refused:
        harness.run("[KBinsDiscretizer: {strategy: uniform}]", {"größe": "number"}, {"größe": cells})
    assert refused.value.kind == kind


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_bins_of_extremes(harness, worst, strategy):
    cells = np.array([-1e300, -1.0, -1e-300, -5e-324, 0.0, 5e-324, 1e-300, 1.0, 1e300])
    origin = KBinsDiscretizer(n_bins=3, encode="ordinal", strategy=strategy, subsample=None).fit(cells[:, None])
    steps = f"[KBinsDiscretizer: {{n_bins: 3, encode: ordinal, strategy: {strategy}}}]"
    _, _, made = harness.run(steps, {"a": "number"}, {"a": cells})
    compare(worst, "KBinsDiscretizer", made, origin.transform(cells[:, None]))


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
def test_bins_narrower_than_the_origin_admits(harness, worst, seed, strategy):
    cells = 5.0 + np.random.default_rng(seed).random(1000) * 3e-8
    origin = KBinsDiscretizer(n_bins=6, encode="ordinal", strategy=strategy, subsample=None).fit(cells[:, None])
    steps = f"[KBinsDiscretizer: {{n_bins: 6, encode: ordinal, strategy: {strategy}}}]"
    _, _, made = harness.run(steps, {"a": "number"}, {"a": cells})
    compare(worst, "KBinsDiscretizer", made, origin.transform(cells[:, None]))


def test_kmeans_of_numbers_without_squares(harness):
    with pytest.raises(StepError, match="column 'a'.*squares are finite"):
        harness.run("[KBinsDiscretizer: {n_bins: 2, strategy: kmeans}]", {"a": "number"}, {"a": [1e200, -1e200]})


def test_kmeans_of_fewer_rows_than_bins(harness):
    with pytest.raises(StepError, match="at least as many rows as bins"):
        harness.run("[KBinsDiscretizer: {strategy: kmeans}]", {"a": "number"}, {"a": [1.0, 2.0, 3.0]})


def spline_origin(settings, column):
    return SplineTransformer(**settings).fit(column[:, None])


def spline_steps(settings):
    text = ", ".join(f"{key}: {str(value).lower()}" for key, value in settings.items())
    return f"[SplineTransformer: {{{text}}}]"


SPLINES = [
    {},
    {"n_knots": 2, "degree": 1},
    {"n_knots": 9, "degree": 0, "extrapolation": "continue"},
    {"n_knots": 7, "degree": 2, "knots": "quantile", "include_bias": False},
    {"n_knots": 20, "degree": 3, "knots": "quantile", "extrapolation": "linear"},
    {"n_knots": 5, "degree": 5, "extrapolation": "linear", "include_bias": False},
    {"n_knots": 6, "degree": 3, "extrapolation": "continue"},
    {"n_knots": 4, "degree": 3, "extrapolation": "periodic"},
    {"n_knots": 12, "degree": 4, "extrapolation": "periodic", "knots": "quantile", "include_bias": False},
    {"n_knots": 5, "degree": 0, "extrapolation": "periodic"},
]


@pytest.mark.parametrize("settings", SPLINES, ids=str)
def test_splines(harness, worst, seed, settings):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 1500), numbers(random, 1500)
    for columns in (train, test):
        # Far outside, a polynomial of the basis loses its digits to cancellation.
        columns["größe 🌊"] = random.uniform(-1e100, 1e100, 1500)
        columns["skewed"] = np.minimum(columns["skewed"], 50.0)
    origin = SplineTransformer(**settings)
    source = lambda column: column.rsplit("_sp_", 1)[0]  # noqa: E731
    compare_with_origin(worst, harness, origin, spline_steps(settings), train, test, random, source)


@pytest.mark.parametrize("extrapolation", ["constant", "linear", "continue", "periodic"])
def test_splines_of_missing_cells_as_zeros(harness, worst, seed, extrapolation):
    random = np.random.default_rng(seed)
    train, test = (with_missing(random, numbers(random, 2000)) for _ in range(2))
    for columns in (train, test):
        columns["skewed"] = np.minimum(columns["skewed"], 50.0)
    settings = {"extrapolation": extrapolation, "handle_missing": "zeros", "knots": "quantile"}
    origin = SplineTransformer(**settings)
    fitted = origin.fit_transform(matrix(train))
    _, ours_fitted, ours = harness.run(spline_steps(settings), fields_of(train), train, test)
    compare(worst, "SplineTransformer", ours_fitted, fitted)
    compare(worst, "SplineTransformer", ours, origin.transform(matrix(test)))


@pytest.mark.parametrize("columns", [["normal", "skewed"], ["huge"], ["wide"], ["constant"]])
@pytest.mark.parametrize("settings", SPLINES, ids=str)
def test_splines_of_other_company(harness, worst, seed, settings, columns):
    # The steps of numpy's linspace are those of all columns together: a constant one changes the others.
    random = np.random.default_rng(seed)
    train, test = numbers(random, 100), numbers(random, 100)
    for rows in (train, test):
        rows["skewed"] = np.minimum(rows["skewed"], 50.0)
        rows["wide"] = random.uniform(-1e290, 1e290, 100)
    train, test = ({name: rows[name] for name in columns} for rows in (train, test))
    origin = SplineTransformer(**settings).fit(matrix(train))
    names, ours_fitted, ours = harness.run(spline_steps(settings), fields_of(train), train, test)
    assert names == list(origin.get_feature_names_out(columns))
    compare(worst, "SplineTransformer", ours_fitted, origin.transform(matrix(train)))
    compare(worst, "SplineTransformer", ours, origin.transform(matrix(test)))


@pytest.mark.parametrize("degree", [0, 1])
def test_lines_beyond_the_ends_of_low_degrees(harness, worst, seed, degree):
    # The origin widens the degree after its first column; each column alone is right.
    random = np.random.default_rng(seed)
    train, test = numbers(random, 1000), numbers(random, 1000)
    settings = {"degree": degree, "extrapolation": "linear"}
    _, _, ours = harness.run(spline_steps(settings), fields_of(train), train, test)
    theirs = [spline_origin(settings, train[name]).transform(test[name][:, None]) for name in train]
    compare(worst, "SplineTransformer", ours, np.hstack(theirs))


def test_a_basis_adds_up_to_one(harness, seed):
    random = np.random.default_rng(seed)
    train = {"a": random.normal(size=500)}
    _, _, ours = harness.run("[SplineTransformer]", {"a": "number"}, train)
    assert difference(np.sum(ours, axis=0), np.ones(500)) < 1e-14


@pytest.mark.parametrize(
    "steps, cells, expected",
    [
        ("[SplineTransformer]", [1.0], "at least 2 rows"),
        ("[SplineTransformer]", [1.0, np.nan], "no missing cell"),
        ("[SplineTransformer]", [1.0, np.inf], "finite numbers"),
        ("[SplineTransformer: {handle_missing: zeros}]", [np.nan, np.nan], "only missing cells"),
        ("[SplineTransformer: {handle_missing: zeros}]", [-np.inf, np.nan], "an infinity"),
        ("[SplineTransformer]", [1.7e308, -1.7e308], "an overflow"),
        # The origin divides by such steps and answers NaN.
        ("[SplineTransformer]", [0.0, 1e-310], "hardly more than rounding"),
        ("[SplineTransformer]", [], "at least one row"),
    ],
)
def test_splines_of_cells_that_do_not_do(harness, steps, cells, expected):
    with pytest.raises(StepError, match=f"SplineTransformer, column 'a'.*{expected}") as refused:
        harness.run(steps, {"a": "number"}, {"a": cells})
    assert refused.value.kind == "DataError"


def test_levels(harness, worst, seed):
    columns = numbers(np.random.default_rng(seed))
    edges, levels = [-1e9, 0.0, 0.1, 3.0, 1e12], [4.0, -1.5, 0.0, 1e-3, 7.0, 1e300]
    steps = f"[PiecewiseConstant: {{edges: {edges}, values: {levels}}}]".replace("1e+", "1.0e+")
    names, _, made = harness.run(steps, fields_of(columns), columns)
    assert names == list(columns)
    compare(worst, "PiecewiseConstant", made, np.array(levels)[np.searchsorted(edges, matrix(columns), side="right")])
