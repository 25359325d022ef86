"""Feature-engine's functions of one number: transformations, scaling, outliers.

Most of them raise an error at a missing number, and at one outside of what the
function is defined on. Production gives no score there either: a required
field that is missing, or a feature that is not finite, is a dead letter (see
``guarded``).
"""

import math

from .columns import names_of, numbers_named
from .in_place import guarded, in_place, places_of, require_numbers
from .steps import INSTEAD, converter

INSTEAD["feature_engine.OutlierTrimmer"] = "Winsorizer (every event gets an answer, so that no row can be dropped)"


def _on_numbers(step, columns, scope, change, total=True):
    """``change`` on the step's variables; ``total``: it has a value for every number."""

    def change_guarded(chosen, scope):
        scope.numbers(chosen)
        return guarded(chosen, numbers_named(names_of(change(chosen, scope))), scope, total)

    return in_place(columns, places_of(step, step.variables_), change_guarded, scope)


def _function(func):
    def change(chosen, scope):
        scope.add("FunctionTransformer", columns=names_of(chosen), func=func)
        return chosen

    return change


def _standardise(chosen, means, scales, scope):
    """(x - mean) / scale; nothing where that changes nothing."""
    if any(means) or any(scale != 1 for scale in scales):
        means, scales = scope.finite(means, "means"), scope.finite(scales, "scales")
        scope.add("StandardScaler", columns=names_of(chosen), mean=means, scale=scales)
    return chosen


def _log(base):
    def change(chosen, scope):
        places = list(range(len(chosen)))
        scope.add("LogTransformer", columns=names_of(chosen), variables=places, decimal=base == "10")
        return chosen

    return change


@converter("feature_engine.LogTransformer")
def log_transformer(step, columns, scope):
    return _on_numbers(step, columns, scope, _log(step.base), total=False)


@converter("feature_engine.LogCpTransformer")
def log_cp_transformer(step, columns, scope):
    shifts = [step.C_[name] if isinstance(step.C_, dict) else step.C_ for name in step.variables_]

    def change(chosen, scope):
        _standardise(chosen, [-shift for shift in shifts], [1.0] * len(chosen), scope)
        return _log(step.base)(chosen, scope)

    return _on_numbers(step, columns, scope, change, total=False)


@converter("feature_engine.ReciprocalTransformer")
def reciprocal_transformer(step, columns, scope):
    return _on_numbers(step, columns, scope, _function("reciprocal"))


@converter("feature_engine.ArcsinTransformer")
def arcsin_transformer(step, columns, scope):
    def change(chosen, scope):
        return _function("arcsin")(_function("sqrt")(chosen, scope), scope)

    return _on_numbers(step, columns, scope, change, total=False)


@converter("feature_engine.ArcSinhTransformer")
def arcsinh_transformer(step, columns, scope):
    def change(chosen, scope):
        count = len(chosen)
        return _function("arcsinh")(_standardise(chosen, [step.loc] * count, [step.scale] * count, scope), scope)

    return _on_numbers(step, columns, scope, change)


@converter("feature_engine.PowerTransformer")
def power_transformer(step, columns, scope):
    """A root of a negative number is missing there too, so what is missing before it is told apart before it."""
    if step.exp == 0:
        scope.refuse("exp other than 0", "exp=0")

    def change(chosen, scope):
        scope.numbers(chosen)
        if step.exp > 0:
            guarded(chosen, chosen, scope)
        scope.add("Power", columns=names_of(chosen), maps=[{"exp": float(step.exp)}] * len(chosen))
        return numbers_named(names_of(chosen))

    return in_place(columns, places_of(step, step.variables_), change, scope)


@converter("feature_engine.BoxCoxTransformer")
def box_cox_transformer(step, columns, scope):
    return _on_numbers(step, columns, scope, _lambdas(step, "box-cox"), total=False)


@converter("feature_engine.YeoJohnsonTransformer")
def yeo_johnson_transformer(step, columns, scope):
    return _on_numbers(step, columns, scope, _lambdas(step, "yeo-johnson"))


def _lambdas(step, method):
    def change(chosen, scope):
        lambdas = scope.finite([step.lambda_dict_[name] for name in step.variables_], "lambdas")
        maps = [{"method": method, "lambda": one, "mean": 0.0, "scale": 1.0} for one in lambdas]
        scope.add("PowerTransformer", columns=names_of(chosen), maps=maps)
        return chosen

    return change


@converter("feature_engine.MeanNormalizationScaler")
def mean_normalization_scaler(step, columns, scope):
    def change(chosen, scope):
        means, ranges = ([of[name] for name in step.variables_] for of in (step.mean_, step.range_))
        return _standardise(chosen, means, ranges, scope)

    return _on_numbers(step, columns, scope, change)


@converter("feature_engine.Winsorizer", "feature_engine.ArbitraryOutlierCapper")
def outlier_capper(step, columns, scope):
    names = step.variables_
    tail = step.tail if getattr(step, "add_indicators", False) else ""
    places = places_of(step, names)
    chosen = [columns[place] for place in places]
    scope.numbers(chosen)
    scope.add(
        type(step).__name__,
        columns=names_of(columns),
        variables=places,
        lower=_caps(step.left_tail_caps_, names, -math.inf, scope),
        upper=_caps(step.right_tail_caps_, names, math.inf, scope),
        left_indicators=tail in ("left", "both"),
        right_indicators=tail in ("right", "both"),
    )
    sides = {"": [], "left": ["_left"], "right": ["_right"], "both": ["_left", "_right"]}[tail]
    made = columns + numbers_named(column.name + side for column in chosen for side in sides)
    if step.missing_values == "raise":
        # Behind it, for a bound would cut the infinity.
        in_place(made, [place for place in places if columns[place].field is None], require_numbers, scope)
    return made


def _caps(caps, names, none, scope):
    """pandas takes a missing bound for none."""
    values = [float(caps.get(name, none)) for name in names]
    return [none if math.isnan(value) else value for value in values]
