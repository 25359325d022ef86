"""From a transformed target back to its own unit: a closed set of functions."""

import numpy

from .fitted_numbers import number

FUNCTIONS = {
    numpy.exp: "exp",
    numpy.expm1: "expm1",
    numpy.exp2: "exp2",
    numpy.log: "log",
    numpy.log1p: "log1p",
    numpy.sqrt: "sqrt",
    numpy.square: "square",
    numpy.cbrt: "cbrt",
    numpy.sinh: "sinh",
    numpy.arcsinh: "arcsinh",
    numpy.reciprocal: "reciprocal",
}
# numpy's other float32 functions are not the same on every machine.
SINGLE_PRECISION = {"sqrt", "square", "reciprocal", "multiply_add", "subtract_divide"}


def inverse_maps(transformer, single, scope):
    """The maps that undo a fitted transformer of the target.

    Parameters
    ----------
    transformer : TransformedTargetRegressor's ``transformer_``
    single : bool
        Whether what it is applied to is in float32.

    Returns
    -------
    list of {"function": str, "a": float, "b": float}, in the order of use.

    Raises
    ------
    ExportError
        Naming a transformer or function that is not covered.
    """
    maps = _maps(transformer, single, scope)
    for one in maps:
        if single and one["function"] not in SINGLE_PRECISION:
            scope.refuse(
                f"a regressor that answers in float64 before {one['function']}, as HistGradientBoostingRegressor does",
                "one that answers in float32",
            )
    return maps


def _map(function, a=0.0, b=0.0):
    return {"function": function, "a": a, "b": b}


def _maps(transformer, single, scope):
    name = type(transformer).__name__
    if not type(transformer).__module__.startswith("sklearn.") or name not in TRANSFORMERS:
        scope.refuse(f"a transformer of the target out of {', '.join(TRANSFORMERS)}", name)
    if getattr(transformer, "n_features_in_", 1) != 1:
        scope.refuse("one target: fit a model for each", f"{transformer.n_features_in_} targets")
    return TRANSFORMERS[name](transformer, single, scope)


def _pipeline(transformer, single, scope):
    steps = [step for _, step in transformer.steps if step not in (None, "passthrough")]
    return [one for step in reversed(steps) for one in _maps(step, single, scope)]


def _function(transformer, single, scope):
    inverse = transformer.inverse_func
    if inverse is None:
        return []
    if not isinstance(inverse, numpy.ufunc) or inverse not in FUNCTIONS or transformer.inv_kw_args:
        known = ", ".join(f"numpy.{name}" for name in FUNCTIONS.values())
        scope.refuse(f"an inverse_func out of {known}", getattr(inverse, "__name__", repr(inverse)))
    return [_map(FUNCTIONS[inverse])]


def _one(values, default, name, scope):
    return default if values is None else number(numpy.ravel(values)[0], name, scope)


def _standard(transformer, single, scope):
    scale = _one(transformer.scale_ if transformer.with_std else None, 1.0, "scale_", scope)
    mean = _one(transformer.mean_ if transformer.with_mean else None, 0.0, "mean_", scope)
    if single:  # it rounds its own numbers to the type of what it is given
        scale, mean = float(numpy.float32(scale)), float(numpy.float32(mean))
    return [_map("multiply_add", scale, mean)]


def _robust(transformer, single, scope):
    scale = _one(transformer.scale_ if transformer.with_scaling else None, 1.0, "scale_", scope)
    center = _one(transformer.center_ if transformer.with_centering else None, 0.0, "center_", scope)
    return [_map("multiply_add", scale, center)]


def _max_abs(transformer, single, scope):
    return [_map("multiply_add", _one(transformer.scale_, 1.0, "scale_", scope))]


def _min_max(transformer, single, scope):
    least = _one(transformer.min_, 0.0, "min_", scope)
    return [_map("subtract_divide", least, _one(transformer.scale_, 1.0, "scale_", scope))]


def _power(transformer, single, scope):
    before = _standard(transformer._scaler, single, scope) if transformer.standardize else []
    kind = "inverse_box_cox" if transformer.method == "box-cox" else "inverse_yeo_johnson"
    return before + [_map(kind, number(transformer.lambdas_[0], "lambdas_", scope))]


TRANSFORMERS = {
    "FunctionTransformer": _function,
    "MaxAbsScaler": _max_abs,
    "MinMaxScaler": _min_max,
    "Pipeline": _pipeline,
    "PowerTransformer": _power,
    "RobustScaler": _robust,
    "StandardScaler": _standard,
}
