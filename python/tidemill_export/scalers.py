"""Scalers and functions of one number at a time."""

import math

import numpy

from .columns import names_of, numbers_named
from .steps import converter

# By numpy's name; those in the set make floats of whole numbers.
FUNCTIONS = {
    "absolute": "abs",
    "arcsin": "arcsin",
    "arcsinh": "arcsinh",
    "cbrt": "cbrt",
    "ceil": "ceil",
    "cos": "cos",
    "exp": "exp",
    "expm1": "expm1",
    "floor": "floor",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "log2": "log2",
    "negative": "negative",
    "reciprocal": "reciprocal",
    "rint": "rint",
    "sign": "sign",
    "sin": "sin",
    "sqrt": "sqrt",
    "square": "square",
    "tanh": "tanh",
}
WRONG_FOR_INTEGERS = {"reciprocal", "square"}  # 1 // x, and a remainder of 2^64


@converter("sklearn.StandardScaler")
def standard_scaler(step, columns, scope):
    scope.numbers(columns)
    count = len(columns)
    mean = step.mean_ if step.with_mean else numpy.zeros(count)
    scale = step.scale_ if step.with_std else numpy.ones(count)
    scope.add(
        "StandardScaler",
        columns=names_of(columns),
        mean=scope.finite(mean, "means"),
        scale=scope.finite(scale, "scales"),
    )
    return _scaled(columns)


@converter("sklearn.MinMaxScaler")
def min_max_scaler(step, columns, scope):
    low, high = step.feature_range if step.clip else (-math.inf, math.inf)
    scales, offsets = scope.finite(step.scale_, "scales"), scope.finite(step.min_, "offsets")
    maps = [
        {"scale": scale, "offset": offset, "low": float(low), "high": float(high)}
        for scale, offset in zip(scales, offsets)
    ]
    return _mapped("MinMaxScaler", maps, columns, scope)


@converter("sklearn.MaxAbsScaler")
def max_abs_scaler(step, columns, scope):
    clip = bool(getattr(step, "clip", False))
    maps = [{"scale": scale, "clip": clip} for scale in scope.finite(step.scale_, "scales")]
    return _mapped("MaxAbsScaler", maps, columns, scope)


@converter("sklearn.RobustScaler")
def robust_scaler(step, columns, scope):
    count = len(columns)
    centres = scope.finite(step.center_ if step.with_centering else numpy.zeros(count), "medians")
    scales = scope.finite(step.scale_ if step.with_scaling else numpy.ones(count), "scales")
    maps = [{"centre": centre, "scale": scale} for centre, scale in zip(centres, scales)]
    return _mapped("RobustScaler", maps, columns, scope)


@converter("sklearn.Normalizer")
def normalizer(step, columns, scope):
    scope.numbers(columns)
    scope.add("Normalizer", columns=names_of(columns), norm=step.norm)
    return _scaled(columns)


@converter("sklearn.Binarizer")
def binarizer(step, columns, scope):
    maps = [{"threshold": float(step.threshold)}] * len(columns)
    return _mapped("Binarizer", maps, columns, scope)


@converter("sklearn.PowerTransformer")
def power_transformer(step, columns, scope):
    count = len(columns)
    mean = step._scaler.mean_ if step.standardize else numpy.zeros(count)
    scale = step._scaler.scale_ if step.standardize else numpy.ones(count)
    parts = [scope.finite(values, "lambdas, means and scales") for values in (step.lambdas_, mean, scale)]
    maps = [
        {"method": step.method, "lambda": exponent, "mean": centre, "scale": width}
        for exponent, centre, width in zip(*parts)
    ]
    return _mapped("PowerTransformer", maps, columns, scope)


@converter("sklearn.QuantileTransformer")
def quantile_transformer(step, columns, scope):
    normal = step.output_distribution == "normal"
    maps = [
        {"quantiles": scope.finite(step.quantiles_[:, place], "quantiles"), "normal": normal}
        for place in range(len(columns))
    ]
    return _mapped("QuantileTransformer", maps, columns, scope)


@converter("sklearn.FunctionTransformer")
def function_transformer(step, columns, scope):
    if step.func is None:
        return columns
    name = FUNCTIONS.get(step.func.__name__) if isinstance(step.func, numpy.ufunc) else None
    if name is None or getattr(numpy, step.func.__name__, None) is not step.func:
        known = ", ".join(f"numpy.{known}" for known in FUNCTIONS)
        scope.refuse(f"func=None or one of {known}", _function_text(step.func))
    if step.kw_args:
        scope.refuse("no kw_args", repr(step.kw_args)[:80])
    scope.numbers(columns)
    _check_dtypes(name, columns, scope)
    scope.add("FunctionTransformer", columns=names_of(columns), func=name)
    return _scaled(columns)


def _check_dtypes(name, columns, scope):
    """numpy works on small integers in float32 or less, and wraps products of large ones."""
    for column in columns:
        if column.dtype.kind == "f" and column.dtype.itemsize == 8:
            continue
        whole = column.dtype in (numpy.int32, numpy.int64) and name not in WRONG_FOR_INTEGERS
        if not whole:
            scope.refuse(f"column {column.name!r} in float64 for {name} (astype('float64') before)", str(column.dtype))


def _function_text(function):
    module = getattr(function, "__module__", None)
    return f"{module}.{function.__qualname__}" if hasattr(function, "__qualname__") else repr(function)[:80]


def _mapped(step, maps, columns, scope):
    scope.numbers(columns)
    scope.add(step, columns=names_of(columns), maps=maps)
    return _scaled(columns)


def _scaled(columns):
    return numbers_named(names_of(columns))
