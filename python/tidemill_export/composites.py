"""Models made of models: votes, stacks, calibrated ones and transformed targets."""

import numpy

from .fitted_numbers import number, numbers
from .inverse_maps import inverse_maps

# Families whose outputs are float32 numbers.
SINGLE_PRECISION = {"gblinear", "gbtree"}


def is_single_precision(predictor):
    """True of a predictor (a dict) that answers in float32."""
    family = predictor["family"]
    if family in ("complement", "transformed_target"):
        return is_single_precision(predictor["predictor"][0])
    if family == "stacking":
        return is_single_precision(predictor["final"][0])
    if family == "voting":
        return not predictor["weights"] and all(is_single_precision(m["predictor"][0]) for m in predictor["members"])
    return family in SINGLE_PRECISION


def _columns_of(members, more=()):
    """All features up to the last that a member takes, which is what their model takes."""
    last = max(max(columns) for columns in [*(member["columns"] for member in members), more] if columns)
    return list(range(last + 1))


def _voters(estimator):
    names = [name for name, voter in estimator.estimators if not isinstance(voter, str)]
    return list(zip(names, estimator.estimators_))


def _voting(estimator, response, scope):
    members = [scope.member(repr(name), voter, (response,))[0] for name, voter in _voters(estimator)]
    weights = [] if estimator.weights is None else numbers(estimator._weights_not_none, "weights", scope)
    return {"family": "voting", "members": members, "weights": weights}, _columns_of(members)


def _stacking(estimator, response, scope):
    members = []
    for (name, member), method in zip(_voters(estimator), estimator.stack_method_):
        members.append(scope.member(repr(name), member, (method,))[0])
    passed = scope.columns(int(estimator.n_features_in_)) if estimator.passthrough else []
    predictor = {
        "family": "stacking",
        "members": members,
        "passthrough": passed,
        "final": [scope.final("final_estimator", estimator.final_estimator_, response)],
    }
    return predictor, _columns_of(members, passed)


def _calibrated(estimator, response, scope):
    members, calibrations = [], []
    for place, pair in enumerate(estimator.calibrated_classifiers_):
        if len(pair.estimator.classes_) != len(estimator.classes_):
            scope.refuse("every class in every fold", f"{len(pair.estimator.classes_)} of {len(estimator.classes_)}")
        member, kind = scope.member(f"classifier {place}", pair.estimator, ("decision_function", "predict_proba"))
        members.append(member)
        calibrations.append(CALIBRATIONS[estimator.method](pair.calibrators, member, kind, scope))
    predictor = {
        "family": "calibrated",
        "method": estimator.method,
        "members": members,
        "calibrations": calibrations,
    }
    return predictor, _columns_of(members)


def _sigmoid(calibrators, member, kind, scope):
    lines = [(number(c.a_, "a_", scope), number(c.b_, "b_", scope)) for c in calibrators]
    return {"calibrators": [{"slope": slope, "intercept": intercept} for slope, intercept in lines]}


def _isotonic(calibrators, member, kind, scope):
    return {"calibrators": [_points(calibrator, scope) for calibrator in calibrators]}


def _points(calibrator, scope):
    x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
    single = x.dtype == numpy.float32
    if single:  # what the calibrated model gives is in float32, and so are the lines
        x, y = x.astype(numpy.float64), y.astype(numpy.float64)
    x = numbers(x, "X_thresholds_", scope)
    return {"x": x, "y": numbers(y, "y_thresholds_", scope), "single_precision": bool(single)}


def _temperature(calibrators, member, kind, scope):
    if is_single_precision(member["predictor"][0]):
        # numpy's float32 logarithm is not the same on every machine.
        scope.refuse("method 'sigmoid' or 'isotonic' over float32 probabilities", "'temperature'")
    beta = number(calibrators[0].beta_, "beta_", scope)
    return {"inverse_temperature": beta, "probabilities": kind == "predict_proba"}


CALIBRATIONS = {"sigmoid": _sigmoid, "isotonic": _isotonic, "temperature": _temperature}


def _transformed_target(estimator, response, scope):
    member, _ = scope.member("regressor", estimator.regressor_, ("predict",))
    single = is_single_precision(member["predictor"][0])
    maps = inverse_maps(estimator.transformer_, single, scope)
    return {"family": "transformed_target", "predictor": member["predictor"], "maps": maps}, member["columns"]


# (estimator, response, scope) -> (dict, which of the model's features it takes)
COMPOSITES = {
    "sklearn.CalibratedClassifierCV": _calibrated,
    "sklearn.StackingClassifier": _stacking,
    "sklearn.StackingRegressor": _stacking,
    "sklearn.TransformedTargetRegressor": _transformed_target,
    "sklearn.VotingClassifier": _voting,
    "sklearn.VotingRegressor": _voting,
}
