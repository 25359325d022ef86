"""Products, ratios, logarithms and bounds of columns, and those of scikit-learn, Feature-engine and numpy."""

import json

import numpy as np
import pandas as pd
import pytest
from feature_engine.creation import MathFeatures, RelativeFeatures
from feature_engine.outliers import ArbitraryOutlierCapper, Winsorizer
from feature_engine.transformation import LogTransformer
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures

from step_parity import StepError, compare

pytestmark = pytest.mark.filterwarnings("ignore")  # the origins warn of pandas 4 and of narrow bins


def numbers(random, rows):
    return {
        "a": random.normal(3.0, 2.0, rows),
        "b": random.normal(0.0, 1e-9, rows),
        "größe 🌊": random.lognormal(0.0, 3.0, rows),
        "d": random.normal(1e12, 1e9, rows),
        "e": random.integers(-3, 4, rows).astype(float),
        "f": np.full(rows, 0.1),
    }


def holes(random, columns, share=0.2):
    return {name: np.where(random.random(len(cells)) < share, np.nan, cells) for name, cells in columns.items()}


def positive(columns):
    return {name: np.abs(cells) + 1e-12 for name, cells in columns.items()}


def fields_of(columns):
    return dict.fromkeys(columns, "number")


def step(name, **parameters):
    return f"[{name}: {json.dumps(parameters, ensure_ascii=False)}]"


def run_both(worst, harness, origin, steps, train, test, name=None):
    """fit_transform and transform of both, and the names of the columns."""
    name = name or type(origin).__name__
    with np.errstate(all="ignore"):
        fitted = origin.fit_transform(pd.DataFrame(train))
        made = origin.transform(pd.DataFrame(test))
    names, ours_fitted, ours = harness.run(steps, fields_of(train), train, test)
    # Of a frame its own names: RelativeFeatures forgets to leave dropped references out of the others.
    assert names == list(fitted.columns if isinstance(fitted, pd.DataFrame) else origin.get_feature_names_out())
    compare(worst, name, ours_fitted, fitted)
    compare(worst, name, ours, made)


def missing_where_one_is(harness, steps, train, test, of):
    """A new row in which one of the columns is missing has a missing result."""
    names, _, made = harness.run(steps, fields_of(train), train, test)
    made = dict(zip(names, made))
    for output, sources in of.items():
        expected = np.any([np.isnan(test[source]) for source in sources], axis=0)
        assert np.array_equal(np.isnan(made[output]), expected), output


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"degree": 3, "include_bias": False},
        {"degree": 4, "interaction_only": True},
        {"degree": 9, "interaction_only": True},
        {"degree": [2, 3]},
        {"degree": [3, 5], "interaction_only": True, "include_bias": False},
        {"degree": [0, 1]},
        {"degree": 0},
        {"degree": [9, 9], "interaction_only": True},
    ],
    ids=str,
)
def test_polynomials(harness, worst, seed, settings):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 2500), numbers(random, 2500)
    degree = settings.get("degree", 2)
    origin = PolynomialFeatures(**{**settings, "degree": tuple(degree) if isinstance(degree, list) else degree})
    run_both(worst, harness, origin, step("PolynomialFeatures", **settings), train, test)


def test_a_product_is_missing_where_a_factor_is(harness, seed):
    random = np.random.default_rng(seed)
    train = {"a": random.normal(size=50), "b": random.normal(size=50)}
    of = {"1": [], "a": ["a"], "b": ["b"], "a^2": ["a"], "a b": ["a", "b"], "b^2": ["b"]}
    missing_where_one_is(harness, "[PolynomialFeatures]", train, holes(random, train), {k: v for k, v in of.items() if v})


FUNCTIONS = [
    "abs",
    "absolute",
    "arcsinh",
    "cbrt",
    "ceil",
    "cos",
    "exp",
    "expm1",
    "floor",
    "log",
    "log10",
    "log1p",
    "log2",
    "negative",
    "reciprocal",
    "rint",
    "sign",
    "sin",
    "sqrt",
    "square",
    "tanh",
]


@pytest.mark.parametrize("func", FUNCTIONS)
def test_functions_of_numpy(harness, worst, seed, func):
    random = np.random.default_rng(seed)
    train, test = (holes(random, numbers(random, 1000)) for _ in range(2))
    extremes = [0.0, -0.0, 1e300, -1e300, 1e-300, -1e-300, 5e-324, np.inf, -np.inf, 0.5, 1.5, -2.5, -1.0]
    test["a"][: len(extremes)] = extremes
    origin = FunctionTransformer(getattr(np, func), feature_names_out="one-to-one")
    run_both(worst, harness, origin, step("FunctionTransformer", func=func), train, test, f"FunctionTransformer({func})")


def test_an_unknown_function(harness):
    with pytest.raises(StepError, match="one of abs, arcsinh,.*log1p.*got text 'lgo'"):
        harness.run(step("FunctionTransformer", func="lgo"), {"a": "number"}, {"a": [1.0]})


@pytest.mark.parametrize("base", ["e", "10"])
@pytest.mark.parametrize("variables", [None, ["größe 🌊", "a"]])
def test_logarithms(harness, worst, seed, base, variables):
    random = np.random.default_rng(seed)
    train, test = positive(numbers(random, 5000)), positive(numbers(random, 5000))
    settings = {"base": base} | ({"variables": variables} if variables else {})
    run_both(worst, harness, LogTransformer(**settings), step("LogTransformer", **settings), train, test)


def test_a_logarithm_of_what_has_none(harness):
    train, test = {"a": [1.0, 2.0]}, {"a": [0.0, -1.0, np.nan, np.e]}
    _, _, made = harness.run("[LogTransformer]", {"a": "number"}, train, test)
    np.testing.assert_array_equal(made[0], [-np.inf, np.nan, np.nan, 1.0])
    with pytest.raises(StepError, match="LogTransformer, column 'a'.*numbers > 0"):
        harness.run("[LogTransformer]", {"a": "number"}, {"a": [1.0, 0.0]})


@pytest.mark.parametrize("func", ["sum", "prod", "mean", "min", "max", "std", "var", "median"])
@pytest.mark.parametrize("missing_values", ["raise", "ignore"])
def test_figures_of_rows(harness, worst, seed, func, missing_values):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 5000), numbers(random, 5000)
    if missing_values == "ignore":
        train, test = holes(random, train, 0.5), holes(random, test, 0.5)
    settings = {"variables": ["e", "a", "größe 🌊", "f"], "func": func, "missing_values": missing_values}
    run_both(worst, harness, MathFeatures(**settings), step("MathFeatures", **settings), train, test)


@pytest.mark.parametrize("drop_original", [True, False])
@pytest.mark.parametrize("names", [None, ["x", "y z"]])
def test_several_figures_of_rows(harness, worst, seed, drop_original, names):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 200), numbers(random, 200)
    settings = {"variables": ["a", "b", "e"], "func": ["sum", "std"], "drop_original": drop_original}
    settings |= {"new_variables_names": names} if names else {}
    run_both(worst, harness, MathFeatures(**settings), step("MathFeatures", **settings), train, test)


def test_a_figure_is_missing_where_a_column_is_unless_ignored(harness, seed):
    random = np.random.default_rng(seed)
    train = {"a": random.normal(size=50), "b": random.normal(size=50)}
    steps = step("MathFeatures", variables=["a", "b"], func=["sum", "max"])
    missing_where_one_is(harness, steps, train, holes(random, train), {"sum_a_b": ["a", "b"], "max_a_b": ["a", "b"]})


RELATIONS = ["add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow"]


@pytest.mark.parametrize("func", RELATIONS)
def test_relations(harness, worst, seed, func):
    random = np.random.default_rng(seed)
    train, test = (holes(random, numbers(random, 5000)) for _ in range(2))
    settings = {"variables": ["a", "b", "e", "d"], "reference": ["größe 🌊", "a"], "func": [func]}
    if func == "pow":
        settings["variables"] = ["größe 🌊", "e"]
        settings["reference"] = ["e", "a"]
    run_both(
        worst, harness, RelativeFeatures(**settings), step("RelativeFeatures", **settings), train, test, f"RelativeFeatures({func})"
    )


EXTREMES = [0.5, -3.0, 1.0, 1e300, -1e300, 1e-300, -5e-324, np.inf, -np.inf, np.nan, 0.1, 7.0]


@pytest.mark.parametrize("func", RELATIONS)
def test_relations_of_extremes(harness, worst, func):
    a, b = (column.ravel() for column in np.meshgrid(EXTREMES, EXTREMES))
    test = {"a": np.append(a, [0.0, -0.0, 2.0]), "b": np.append(b, [5.0, 5.0, 5.0])}
    settings = {"variables": ["a"], "reference": ["b"], "func": [func], "drop_original": True}
    steps = step("RelativeFeatures", **settings)
    run_both(worst, harness, RelativeFeatures(**settings), steps, test, test, f"RelativeFeatures({func})")


@pytest.mark.parametrize("func", ["sum", "prod", "mean", "min", "max", "std", "var", "median"])
def test_figures_of_extremes(harness, worst, func):
    a, b = (column.ravel() for column in np.meshgrid(EXTREMES, EXTREMES))
    settings = {"variables": ["a", "b"], "func": func, "missing_values": "ignore", "drop_original": True}
    steps = step("MathFeatures", **settings)
    run_both(worst, harness, MathFeatures(**settings), steps, {"a": a, "b": b}, {"a": a, "b": b})


@pytest.mark.parametrize("drop_original", [True, False])
def test_all_relations_and_what_stands_for_a_division_by_zero(harness, worst, seed, drop_original):
    random = np.random.default_rng(seed)
    train, test = (holes(random, numbers(random, 2000)) for _ in range(2))
    settings = {"variables": ["a", "e"], "reference": ["e"], "func": RELATIONS[:-1], "fill_value": -7.5}
    settings["drop_original"] = drop_original
    run_both(worst, harness, RelativeFeatures(**settings), step("RelativeFeatures", **settings), train, test)


def test_a_division_by_zero_is_missing_without_a_value_for_it(harness):
    steps = step("RelativeFeatures", variables=["a"], reference=["b"], func=["div", "mod"])
    fields = {"a": "number", "b": "number"}
    train, test = {"a": [1.0, 2.0], "b": [4.0, 8.0]}, {"a": [1.0, 0.0, 3.0], "b": [0.0, 0.0, 2.0]}
    _, _, made = harness.run(steps, fields, train, test)
    np.testing.assert_array_equal(made[2], [np.nan, np.nan, 1.5])
    np.testing.assert_array_equal(made[3], [np.nan, np.nan, 1.0])
    with pytest.raises(StepError, match="RelativeFeatures, column 'b'.*fill_value"):
        harness.run(steps, fields, test)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_capping_dict": {"a": 3.0, "größe 🌊": 2.5}},
        {"min_capping_dict": {"e": 0, "d": 1e12}, "max_capping_dict": {"a": 3, "e": 1.0}},
        {"min_capping_dict": {"a": 5.0}, "max_capping_dict": {"a": 1.0}},
    ],
    ids=str,
)
def test_given_bounds(harness, worst, seed, settings):
    random = np.random.default_rng(seed)
    train, test = (holes(random, numbers(random, 3000)) for _ in range(2))
    settings = settings | {"missing_values": "ignore"}
    run_both(worst, harness, ArbitraryOutlierCapper(**settings), step("ArbitraryOutlierCapper", **settings), train, test)


@pytest.mark.parametrize("capping_method, fold", [("gaussian", 1.5), ("iqr", "auto"), ("mad", "auto"), ("quantiles", 0.1)])
@pytest.mark.parametrize("tail", ["left", "right", "both"])
@pytest.mark.parametrize("missing_values", ["raise", "ignore"])
def test_learned_bounds(harness, worst, seed, capping_method, fold, tail, missing_values):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 3000), numbers(random, 3000)
    if missing_values == "ignore":
        train, test = holes(random, train), holes(random, test)
    settings = {"capping_method": capping_method, "tail": tail, "fold": fold, "missing_values": missing_values}
    settings |= {"variables": ["d", "a", "b", "größe 🌊"], "add_indicators": True}
    run_both(worst, harness, Winsorizer(**settings), step("Winsorizer", **settings), train, test)


@pytest.mark.parametrize("capping_method", ["gaussian", "iqr", "mad", "quantiles"])
def test_default_bounds(harness, worst, seed, capping_method):
    random = np.random.default_rng(seed)
    train, test = numbers(random, 3000), numbers(random, 3000)
    del train["f"], test["f"]
    settings = {"capping_method": capping_method}
    run_both(worst, harness, Winsorizer(**settings), step("Winsorizer", **settings), train, test)


BOTH = {"a": "number", "b": "number"}


@pytest.mark.parametrize(
    "steps, train, expected",
    [
        (step("Winsorizer"), {"a": [1.0, 2.0], "b": [0.5, 0.5]}, "DataError: Winsorizer, column 'b'.*values that vary"),
        (step("Winsorizer"), {"a": [1.0, np.nan], "b": [1.0, 2.0]}, "DataError: Winsorizer, column 'a'.*no missing cell"),
        (step("Winsorizer"), {"a": [1.0, np.inf], "b": [1.0, 2.0]}, "DataError: Winsorizer, column 'a'.*finite numbers"),
        (
            step("Winsorizer", missing_values="ignore"),
            {"a": [np.nan, np.nan], "b": [1.0, 2.0]},
            "DataError: Winsorizer, column 'a'.*only missing cells",
        ),
        (step("Winsorizer", variables=["c"]), {"a": [1.0], "b": [1.0]}, "ConfigError: .*Winsorizer.*the name of a column"),
        (step("Winsorizer"), {"a": [], "b": []}, "DataError: Winsorizer, column 'a'.*at least one row"),
        (step("Winsorizer", capping_method="quantiles", fold=0.3), {"a": [1.0], "b": [1.0]}, "ConfigError: .*at most 0.2"),
        (step("ArbitraryOutlierCapper"), {"a": [1.0], "b": [1.0]}, "ConfigError: .*max_capping_dict"),
        (
            step("ArbitraryOutlierCapper", max_capping_dict={"a": "x"}),
            {"a": [1.0], "b": [1.0]},
            "ConfigError: .*a number",
        ),
        (step("PolynomialFeatures"), {"a": [1.0, np.nan], "b": [1.0, 1.0]}, "DataError: PolynomialFeatures, column 'a'"),
        (step("PolynomialFeatures", degree=500), {"a": [1.0], "b": [1.0]}, "ConfigError: .*at most 65536 products"),
        (
            step("PolynomialFeatures", degree=[3, 4], interaction_only=True, include_bias=False),
            {"a": [1.0], "b": [1.0]},
            "ConfigError: .*only 2 columns",
        ),
        (step("PolynomialFeatures", degree=0, include_bias=False), {"a": [1.0], "b": [1.0]}, "ConfigError: .*include_bias"),
        (step("MathFeatures", variables=["a"], func="sum"), {"a": [1.0], "b": [1.0]}, "ConfigError: .*at least 2 columns"),
        (step("MathFeatures", variables=["a", "a"], func="sum"), {"a": [1.0], "b": [1.0]}, "ConfigError: .*'a' twice"),
        (step("MathFeatures", variables=["a", "b"], func="sun"), {"a": [1.0], "b": [1.0]}, "ConfigError: .*one of sum, prod"),
        (
            step("MathFeatures", variables=["a", "b"], func="sum"),
            {"a": [1.0], "b": [np.nan]},
            "DataError: MathFeatures, column 'b'",
        ),
        (
            step("RelativeFeatures", variables=["a"], reference=["b"], func=["dib"]),
            {"a": [1.0], "b": [1.0]},
            "ConfigError: .*any of add, sub",
        ),
        (step("LogTransformer", base="2"), {"a": [1.0], "b": [1.0]}, "ConfigError: .*one of e, 10"),
    ],
)
def test_what_does_not_do_gets_a_sentence(harness, steps, train, expected):
    kind, sentence = expected.split(": ", 1)
    with pytest.raises(StepError, match=sentence) as refused:
        harness.run(steps, BOTH, train)
    assert refused.value.kind == kind


@pytest.mark.parametrize(
    "steps",
    [
        step("FunctionTransformer", func="log"),
        step("PolynomialFeatures"),
        step("MathFeatures", variables=["c", "d"], func="sum"),
        step("RelativeFeatures", variables=["c"], reference=["d"], func=["add"]),
        step("LogTransformer", variables=["c"]),
        step("ArbitraryOutlierCapper", max_capping_dict={"c": 1}),
        step("Winsorizer"),
    ],
)
def test_texts_are_no_numbers(harness, steps):
    with pytest.raises(StepError, match="a number column") as refused:
        harness.run(steps, {"c": "category", "d": "category"}, {"c": ["x", "y"], "d": ["x", "y"]})
    assert refused.value.kind == "ConfigError"
