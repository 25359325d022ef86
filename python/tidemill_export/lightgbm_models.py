"""LightGBM's models, read from the text of their boosters."""

import numpy

from .tree_arrays import state_of

REGRESSIONS = {
    **dict.fromkeys(
        "regression regression_l1 huber fair quantile mape lambdarank rank_xendcg".split(), "identity"
    ),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "exp"),
    "binary": "logistic",
    "cross_entropy": "logistic",
}
BINARY = {"binary": "logistic", "cross_entropy": "logistic"}
MULTICLASS = {"multiclass": "softmax", "multiclassova": "logistic"}

# Bits of a split's decision_type; above them the missing type.
CATEGORICAL, DEFAULT_LEFT = 1, 2
# The service's rule for the missing, by missing type (none, zero, NaN) and default side (right, left).
RULES = numpy.array([[2, 2], [3, 4], [0, 1]])
ZERO_BOUND = float(numpy.float32(1e-35))  # LightGBM's kZeroThreshold: what is as near to 0 counts as 0


def _lightgbm(estimator, response, scope):
    """A forest predictor as a dict."""
    if getattr(estimator, "pred_early_stop", False):
        scope.refuse("pred_early_stop=False", "True")
    booster = estimator.booster_
    scope.codes = {"frame": booster.pandas_categorical} if booster.pandas_categorical else None
    head, *trees = _sections(booster.model_to_string())
    outputs = int(head["num_tree_per_iteration"])
    link, slope = _link(estimator, head, scope)
    trees = [_tree(tree, scope) for tree in trees]
    if response == "decision_function":
        link, slope = "identity", 1.0
    return state_of(
        num_features=int(head["max_feature_idx"]) + 1,
        num_outputs=outputs,
        divisor=max(1, len(trees) // outputs) if "average_output" in head else 1,
        link=link,
        link_scale=slope,
        trees=trees,
    )


def _sections(text):
    """The head and every tree as a dict of texts."""
    head, *trees = text.split("\nend of trees", 1)[0].split("\nTree=")
    return [dict(line.partition("=")[::2] for line in part.splitlines()) for part in (head, *trees)]


def _link(estimator, head, scope):
    """(link, what margins are multiplied by before it)."""
    if callable(estimator.objective) or not head.get("objective"):
        scope.refuse("one of LightGBM's objectives by its name", "objective, a function")
    name, *options = head["objective"].split(" ")
    links = _links(estimator)
    if name not in links:
        scope.refuse(f"an objective among {', '.join(links)}", name)
    slopes = [float(option.removeprefix("sigmoid:")) for option in options if option.startswith("sigmoid:")]
    link = "signed_square" if "sqrt" in options and links[name] == "identity" else links[name]
    return link, slopes[0] if slopes else 1.0


def _links(estimator):
    from sklearn.base import is_classifier

    if not is_classifier(estimator):
        return REGRESSIONS
    return BINARY if len(estimator.classes_) == 2 else MULTICLASS


def _numbers(tree, key, dtype):
    return numpy.array(tree[key].split(), dtype)


def _tree(tree, scope):
    if int(tree.get("is_linear", 0)):
        scope.refuse("linear_tree=False", "leaves with linear models")
    value = _numbers(tree, "leaf_value", float)
    if int(tree["num_leaves"]) == 1:
        return _arrays(value.tolist(), [[] for _ in range(5)])
    decision = _numbers(tree, "decision_type", int)
    threshold = _numbers(tree, "threshold", float)
    is_set = (decision & CATEGORICAL) != 0
    is_left = (decision & DEFAULT_LEFT) // DEFAULT_LEFT
    splits = [
        _numbers(tree, "split_feature", int).tolist(),
        numpy.where(is_set, 0.0, _without_zero(threshold)).tolist(),
        _numbers(tree, "left_child", int).tolist(),
        _numbers(tree, "right_child", int).tolist(),
        numpy.where(is_set, 0, RULES[decision >> 2, is_left]).tolist(),
    ]
    if not is_set.any():
        return _arrays(value.tolist(), splits)
    # A split by categories has the number of its set for a threshold.
    sets = [
        numpy.where(is_set, threshold, -1).astype(int).tolist(),
        _numbers(tree, "cat_boundaries", int)[1:].tolist(),
        _numbers(tree, "cat_threshold", int).tolist(),
    ]
    return _arrays(value.tolist(), splits, sets)


def _without_zero(threshold):
    """Below -ZERO_BOUND is below it: a feature that is as much counts as 0 and goes right."""
    return numpy.where(threshold == -ZERO_BOUND, numpy.nextafter(threshold, -numpy.inf), threshold)


def _arrays(value, splits, sets=((), (), ())):
    names = "feature threshold left right missing value category_set set_end set_words".split()
    return dict(zip(names, [*splits, value, *map(list, sets)]))


LIGHTGBM_MODELS = {
    f"lightgbm.{name}": _lightgbm for name in "LGBMClassifier LGBMRanker LGBMRegressor".split()
}
