"""Scalers and scikit-learn's."""

import numpy as np
import pytest
from scipy import optimize, special, stats
from sklearn.preprocessing import (
    Binarizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from step_parity import StepError, compare

ROWS = 4_000


def numbers(random, rows=ROWS):
    """Columns of several shapes: scales far apart, missing cells, a constant, extremes."""
    columns = {
        "normal": random.normal(3.0, 2.0, rows),
        "tiny": random.normal(0.0, 1e-9, rows),
        "huge": random.normal(1e12, 1e9, rows),
        "skewed": random.lognormal(0.0, 3.0, rows),
        "constant": np.full(rows, 0.1),
        "missing": random.normal(0.0, 1.0, rows),
    }
    columns["missing"][random.random(rows) < 0.3] = np.nan
    return columns


def extremes(random, rows=ROWS):
    """Columns that strain the arithmetic of ranges, but not that of squares: denormals, ties, few values."""
    columns = {
        "denormal": random.integers(0, 1000, rows) * 5e-324,
        "minute": random.normal(0.0, 1e-300, rows),
        "vast": random.normal(0.0, 1e300, rows),
        "ties": random.integers(-3, 4, rows).astype(float),
        "zeros": np.where(random.random(rows) < 0.9, 0.0, random.normal(0.0, 5.0, rows)),
        "few": np.where(random.random(rows) < 0.99, np.nan, random.normal(-7.0, 1.0, rows)),
    }
    columns["few"][0] = 1.0
    return columns


def fields_of(columns):
    return dict.fromkeys(columns, "number")


def matrix(columns):
    return np.column_stack(list(columns.values()))


def yaml(step, **parameters):
    """The step as YAML text; True is true, None is left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    text = ", ".join(f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in given.items())
    return f"[{step}: {{{text}}}]"


def check(harness, worst, step, parameters, origin, train, test):
    """Our step and the origin fitted on `train`: what they make of it and of `test`."""
    names, fitted, made = harness.run(yaml(step, **parameters), fields_of(train), train, test)
    assert names == list(train)
    with np.errstate(all="ignore"):
        compare(worst, step, fitted, origin.fit_transform(matrix(train)))
        compare(worst, step, made, origin.transform(matrix(test)))


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("with_std", [True, False])
def test_standard_scaler(harness, worst, seed, with_mean, with_std):
    random = np.random.default_rng(seed)
    parameters = {"with_mean": with_mean, "with_std": with_std}
    check(harness, worst, "StandardScaler", parameters, StandardScaler(**parameters), numbers(random), numbers(random))


@pytest.mark.parametrize("made_by", [numbers, extremes])
@pytest.mark.parametrize("feature_range", [None, (-1.0, 1.0), (0.25, 1e6)])
@pytest.mark.parametrize("clip", [True, False])
def test_min_max_scaler(harness, worst, seed, made_by, feature_range, clip):
    random = np.random.default_rng(seed)
    origin = MinMaxScaler(feature_range=feature_range or (0, 1), clip=clip)
    parameters = {"feature_range": feature_range and list(feature_range), "clip": clip}
    check(harness, worst, "MinMaxScaler", parameters, origin, made_by(random), made_by(random))


@pytest.mark.parametrize("made_by", [numbers, extremes])
@pytest.mark.parametrize("clip", [True, False])
def test_max_abs_scaler(harness, worst, seed, made_by, clip):
    random = np.random.default_rng(seed)
    check(harness, worst, "MaxAbsScaler", {"clip": clip}, MaxAbsScaler(clip=clip), made_by(random), made_by(random))


@pytest.mark.parametrize("made_by", [numbers, extremes])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"with_centering": False},
        {"with_scaling": False},
        {"quantile_range": (5.0, 99.5)},
        {"quantile_range": (50.0, 50.0)},
        {"unit_variance": True},
        {"unit_variance": True, "quantile_range": (0.1, 60.0)},
    ],
)
def test_robust_scaler(harness, worst, seed, made_by, parameters):
    random = np.random.default_rng(seed)
    ours = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
    check(harness, worst, "RobustScaler", ours, RobustScaler(**parameters), made_by(random), made_by(random))


@pytest.mark.filterwarnings("ignore:n_quantiles")
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 7])
def test_scalers_of_few_rows(harness, worst, seed, rows):
    random = np.random.default_rng(seed + rows)
    train, test = {"a": random.normal(size=rows)}, {"a": random.normal(size=50)}
    for origin in (MinMaxScaler(), MaxAbsScaler(), RobustScaler(), StandardScaler(), QuantileTransformer(subsample=None)):
        check(harness, worst, type(origin).__name__, {}, origin, train, test)


def complete(columns):
    """Normalizer and Binarizer refuse missing cells in the origin; ours keep them."""
    return {name: np.where(np.isnan(values), 0.0, values) for name, values in columns.items()}


@pytest.mark.parametrize("made_by", [numbers, extremes])
@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_normalizer(harness, worst, seed, made_by, norm):
    random = np.random.default_rng(seed)
    train, test = complete(made_by(random)), complete(made_by(random))
    for columns in (list(train), ["normal", "missing"], ["tiny"], ["denormal", "zeros"], ["ties", "few", "minute"]):
        if set(columns) <= set(train):
            part = [{name: rows[name] for name in columns} for rows in (train, test)]
            check(harness, worst, "Normalizer", {"norm": norm}, Normalizer(norm=norm), *part)


@pytest.mark.parametrize("norm", ["l1", "l2", "max"])
def test_a_row_with_a_missing_value_has_no_norm(harness, norm):
    rows = {"a": [3.0, np.nan, 1.0], "b": [4.0, 1.0, np.nan]}
    _, fitted, _ = harness.run(yaml("Normalizer", norm=norm), fields_of(rows), rows)
    assert [np.isnan(column).tolist() for column in fitted] == [[False, True, True]] * 2


@pytest.mark.parametrize("made_by", [numbers, extremes])
@pytest.mark.parametrize("threshold", [0.0, 0.1, -1e-300, 1e12])
def test_binarizer(harness, worst, seed, made_by, threshold):
    random = np.random.default_rng(seed)
    train, test = complete(made_by(random)), complete(made_by(random))
    check(harness, worst, "Binarizer", {"threshold": threshold}, Binarizer(threshold=threshold), train, test)


def test_a_missing_value_is_neither_above_nor_below(harness):
    _, fitted, _ = harness.run("[Binarizer]", {"a": "number"}, {"a": [np.nan, 1.0]})
    assert np.isnan(fitted[0][0]) and fitted[0][1] == 1.0


def quantile_columns(random, rows=ROWS):
    return numbers(random, rows) | extremes(random, rows)


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize("n_quantiles", [1, 2, 10, 999, None, 20_000])
def test_quantile_transformer(harness, worst, seed, distribution, n_quantiles):
    random = np.random.default_rng(seed)
    train, test = quantile_columns(random), quantile_columns(random)
    for name in train:  # The ends themselves, and values beyond them.
        test[name][:4] = np.nanmin(train[name]), np.nanmax(train[name]), -1.7e308, 1.7e308
        test[name][4:2000] = train[name][4:2000]
    origin = QuantileTransformer(n_quantiles=n_quantiles or 1000, output_distribution=distribution, subsample=None)
    parameters = {"n_quantiles": n_quantiles, "output_distribution": distribution}
    with pytest.warns(UserWarning) if n_quantiles == 20_000 else np.errstate():
        check(harness, worst, "QuantileTransformer", parameters, origin, train, test)


def test_a_subsample_is_drawn_by_the_seed(harness, seed):
    random = np.random.default_rng(seed)
    rows = {"a": random.normal(size=5000)}
    steps = yaml("QuantileTransformer", n_quantiles=100, subsample=1000)
    first, again, other = (harness.run(steps, {"a": "number"}, rows, seed=drawn)[2][0] for drawn in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    # A thousand rows know a share to about 1.6 percent.
    assert np.abs(first - stats.rankdata(rows["a"]) / 5000).max() < 0.08


def power(method, lmbda, values):
    return special.boxcox(values, lmbda) if method == "box-cox" else stats.yeojohnson(values, lmbda)


def lambda_behind(method, values, made):
    """The lambda that sends `values` to `made`, read off where it shows best; NaN of nothing."""
    size = np.abs(np.log(values) if method == "box-cox" else np.log1p(np.abs(values)))
    best = np.nanargmax(size)
    at = lambda lmbda: power(method, lmbda, values[best : best + 1])[0] - made[best]
    lower, upper = -1.0, 1.0
    while at(lower) > 0.0:
        lower *= 2.0
    while at(upper) < 0.0:
        upper *= 2.0
    return optimize.brentq(at, lower, upper, xtol=1e-300, rtol=9e-16, maxiter=1000)


def power_columns(random, method, rows=ROWS):
    columns = {
        "normal": random.normal(3.0, 2.0, rows),
        "positive": random.gamma(2.0, 3.0, rows),
        "negative": -random.gamma(0.7, 3.0, rows),
        "skewed": random.lognormal(0.0, 2.0, rows),
        "cauchy": random.standard_cauchy(rows),
        "small": random.exponential(1e-3, rows) + 1e-6,
        "big": random.gamma(2.0, 1e8, rows),
        "ties": random.integers(1, 5, rows).astype(float),
        "missing": random.lognormal(1.0, 0.5, rows),
    }
    columns["missing"][random.random(rows) < 0.3] = np.nan
    if method == "box-cox":
        for name in ("normal", "negative", "cauchy"):
            del columns[name]
        columns["wide"] = 10.0 ** random.uniform(-300.0, 300.0, rows)
    return columns


LIKELIHOOD = {"box-cox": stats.boxcox_llf, "yeo-johnson": stats.yeojohnson_llf}


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
@pytest.mark.parametrize("rows", [20, 300, 10_000])
def test_power_transformer(harness, worst, seed, method, rows):
    """The rows given our lambdas to 1e-12, and our lambdas as likely as the origin's."""
    random = np.random.default_rng(seed)
    train, test = power_columns(random, method, rows), power_columns(random, method, max(rows, 1000))
    origin = PowerTransformer(method=method).fit(matrix(train))
    plain = yaml("PowerTransformer", method=method, standardize=False)
    _, fitted, _ = harness.run(plain, fields_of(train), train)
    lambdas = [lambda_behind(method, values, made) for values, made in zip(train.values(), fitted)]
    for values, ours, theirs in zip(train.values(), lambdas, origin.lambdas_):
        values = values[~np.isnan(values)]
        likelihood = [LIKELIHOOD[method](lmbda, values) for lmbda in (ours, theirs)]
        short = (likelihood[1] - likelihood[0]) / max(1.0, abs(likelihood[1]))
        worst.add("PowerTransformer: likelihood below", max(0.0, short), 1)
        worst.add("PowerTransformer: lambda", abs(ours - theirs) / max(1.0, abs(theirs)), 1)
        assert short <= 1e-12
        assert abs(ours - theirs) <= 1e-6 * max(1.0, abs(theirs))
    for standardize in (False, True):
        origin = PowerTransformer(method=method, standardize=standardize).fit(matrix(train))
        origin.lambdas_ = np.array(lambdas)
        powers = [power(method, lmbda, values) for lmbda, values in zip(lambdas, train.values())]
        if standardize:
            origin._scaler.fit(np.column_stack(powers))
        steps = yaml("PowerTransformer", method=method, standardize=standardize)
        names, fitted, made = harness.run(steps, fields_of(train), train, test)
        assert names == list(train)
        compare(worst, "PowerTransformer", fitted, origin.transform(matrix(train)))
        compare(worst, "PowerTransformer", made, origin.transform(matrix(test)))


def test_a_constant_column_has_lambda_1(harness, worst):
    train, test = {"a": [0.1] * 50}, {"a": [0.1, 5.0, -3.0]}
    check(harness, worst, "PowerTransformer", {}, PowerTransformer(), train, test)


def test_what_box_cox_is_not_defined_for_is_infinite(harness):
    """scikit-learn raises an error; an event with an infinite feature is refused."""
    train, test = {"a": [1.0, 2.0, 5.0]}, {"a": [2.0, 0.0, -1.0, np.nan]}
    _, _, made = harness.run(yaml("PowerTransformer", method="box-cox"), fields_of(train), train, test)
    assert np.isinf(made[0]).tolist() == [False, True, True, False] and np.isnan(made[0][3])


LEARNING = ["MinMaxScaler", "MaxAbsScaler", "RobustScaler", "QuantileTransformer", "PowerTransformer"]


@pytest.mark.parametrize("step", LEARNING)
@pytest.mark.parametrize("cells, found", [([np.nan] * 3, "only missing values"), ([1.0, np.inf], "an infinity"), ([], "no rows")])
def test_what_nothing_can_be_learned_from_is_refused_by_name(harness, step, cells, found):
    with pytest.raises(StepError, match=f"{step}, column 'a': .*{found}") as refused:
        harness.run(f"[{step}]", {"a": "number"}, {"a": cells})
    assert refused.value.kind == "DataError"


@pytest.mark.parametrize("step", ["StandardScaler", "Binarizer", "Normalizer", *LEARNING])
def test_a_wrong_type_is_refused_by_name(harness, step):
    with pytest.raises(StepError, match=f"{step}, column 'c'") as refused:
        harness.run(f"[{step}]", {"c": "category"}, {"c": ["x", "y"]})
    assert refused.value.kind == "ConfigError"


@pytest.mark.parametrize("step", ["StandardScaler", "Binarizer", "Normalizer", *LEARNING])
@pytest.mark.parametrize("parameter", ["copy", "random_state", "ignore_implicit_zeros"])
def test_a_parameter_without_meaning_here_is_refused_by_name(harness, step, parameter):
    with pytest.raises(StepError, match=f"'{parameter}'") as refused:
        harness.run(yaml(step, **{parameter: 1}), {"a": "number"}, {"a": [1.0, 2.0]})
    assert refused.value.kind == "ConfigError"


@pytest.mark.parametrize("exponent", [0.5, 2, 3, -1, 1 / 3, -2.5, 0])
def test_power(harness, worst, seed, exponent):
    columns = numbers(np.random.default_rng(seed))
    names, _, made = harness.run(yaml("Power", exp=exponent), fields_of(columns), columns)
    assert names == list(columns)
    with np.errstate(all="ignore"):
        compare(worst, "Power", made, np.power(matrix(columns), exponent))
