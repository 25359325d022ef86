"""XGBoost's models, read from the JSON form of their boosters.

What is followed is ``predict()`` and ``predict_proba()`` of XGBoost's
scikit-learn classes, in float32.
"""

import json
import math

import numpy

REGRESSIONS = {
    **dict.fromkeys(
        (
            "reg:squarederror reg:squaredlogerror reg:pseudohubererror reg:absoluteerror reg:quantileerror "
            "rank:pairwise rank:ndcg rank:map binary:logitraw"
        ).split(),
        "identity",
    ),
    **dict.fromkeys(("reg:logistic", "binary:logistic"), "logistic"),
    **dict.fromkeys(("reg:gamma", "reg:tweedie", "count:poisson", "survival:cox"), "exp"),
}
CLASSIFICATIONS = {"reg:logistic": "logistic", "binary:logistic": "logistic", "multi:softprob": "softmax"}
OLDEST = [1, 7, 3]  # before it a category beyond those of a split went to the default side
CUTS_LOGIT = [3, 2, 0]  # from here on the logit of a base_score near 0 or 1 is cut
EDGE = numpy.float32(1e-6)


def _xgboost(estimator, response, scope):
    """A gbtree or gblinear predictor as a dict."""
    document = json.loads(estimator.get_booster().save_raw("json"))
    learner = document["learner"]
    link = _link(estimator, document, response, scope)
    outputs = _num_outputs(learner, link, scope)
    margins = _base_margins(document, link, outputs)
    scope.codes = {"missing": _missing(estimator), "frame": _frame_categories(estimator, learner)}
    booster = learner["gradient_booster"]
    if booster["name"] == "gblinear":
        return _linear(booster["model"], link, margins)
    return {
        "family": "gbtree",
        "num_features": int(learner["learner_model_param"]["num_feature"]),
        "base_margins": margins.tolist(),
        "link": link,
        "trees": _trees(learner, margins, scope),
    }


def _link(estimator, document, response, scope):
    if document["version"] < OLDEST:
        scope.refuse(f"a model of XGBoost {'.'.join(map(str, OLDEST))} or later", str(document["version"]))
    if callable(estimator.objective):
        scope.refuse("one of XGBoost's objectives by its name", "objective, a function")
    links = REGRESSIONS if response == "predict" else CLASSIFICATIONS
    name = document["learner"]["objective"]["name"]
    if name not in links:
        scope.refuse(f"an objective among {', '.join(links)}", name)
    return links[name]


def _num_outputs(learner, link, scope):
    parameters = learner["learner_model_param"]
    targets = int(parameters.get("num_target", 1))
    if targets > 1:
        scope.refuse("one target; fit one estimator for each", f"{targets} targets")
    return int(parameters["num_class"]) if link == "softmax" else 1


def _base_margins(document, link, outputs):
    """The sums' starts as float32; one number stands for every output, in files before XGBoost 3.1."""
    text = document["learner"]["learner_model_param"]["base_score"]
    scores = numpy.array([float(one) for one in text.strip("[]").split(",")], numpy.float32)
    if len(scores) < outputs:
        scores = numpy.repeat(scores, outputs)
    if link == "exp":
        return numpy.array([math.log(one) for one in scores], numpy.float32)
    if link != "logistic":
        return scores
    one = numpy.float32(1.0)
    if document["version"] >= CUTS_LOGIT:
        scores = numpy.clip(scores, EDGE, one - EDGE)
    return numpy.array([-math.log(odds) for odds in one / scores - one], numpy.float32)


def _linear(model, link, margins):
    weights = numpy.array(model["weights"], numpy.float32)
    outputs = len(margins)
    return {
        "family": "gblinear",
        "weights": weights[:-outputs].tolist(),
        "biases": weights[-outputs:].tolist(),
        # XGBoost adds the first output's base score to every output.
        "base_margins": [margins.tolist()[0]] * outputs,
        "link": link,
    }


def _trees(learner, margins, scope):
    booster = learner["gradient_booster"]
    is_dart = booster["name"] == "dart"
    model = (booster["gbtree"] if is_dart else booster)["model"]
    weights = numpy.array(booster["weight_drop"] if is_dart else [1.0] * len(model["trees"]), numpy.float32)
    trees = []
    for saved, output, weight in zip(_up_to_the_best(model, learner), model["tree_info"], weights.tolist()):
        if int(saved["tree_param"].get("size_leaf_vector", 1)) > 1:
            scope.refuse("multi_strategy='one_output_per_tree'", "leaves of several numbers")
        tree = _tree(saved, margins[output] if is_dart else None)
        trees.append({**tree, "output": output, "weight": weight})
    return trees


def _up_to_the_best(model, learner):
    """The trees of the rounds up to the best one where training stopped early."""
    trees = model["trees"]
    best = learner["attributes"].get("best_iteration")
    if best is None:
        return trees
    ends = model.get("iteration_indptr")
    if ends is not None:  # since XGBoost 2.1
        return trees[: ends[int(best) + 1]]
    outputs = max(model["tree_info"]) + 1
    return trees[: (int(best) + 1) * outputs * int(model["gbtree_model_param"]["num_parallel_tree"])]


def _tree(saved, margin):
    """One tree; ``margin`` is the base margin if it was added to every leaf and taken off again."""
    left, right = numpy.array(saved["left_children"]), numpy.array(saved["right_children"])
    order = _level_by_level(left, right)
    place = numpy.zeros(len(left) + 1, int)
    place[order] = numpy.arange(len(order))
    place[-1] = -1
    is_leaf = left[order] < 0
    value = numpy.array(saved["split_conditions"], numpy.float32)[order]
    if margin is not None:  # so does the dart of inplace_predict(), which rounds at both
        value[is_leaf] = (margin + value[is_leaf]) - margin
    begin, categories = _categories(saved, order)
    if begin:  # beside categories stand NaN or any number
        value[numpy.diff(begin) > 0] = 0.0
    return {
        "feature": numpy.where(is_leaf, 0, numpy.array(saved["split_indices"])[order]).tolist(),
        "left": place[left[order]].tolist(),
        "right": numpy.where(is_leaf, -1, place[right[order]]).tolist(),
        "value": value.tolist(),
        "default_left": numpy.where(is_leaf, 0, numpy.array(saved["default_left"], int)[order]).tolist(),
        "category_begin": begin,
        "categories": categories,
    }


def _level_by_level(left, right):
    """The nodes of a tree such that children follow their parents; nodes that were pruned are left out."""
    levels, level = [], numpy.array([0])
    while len(level):
        levels.append(level)
        inner = level[left[level] >= 0]
        level = numpy.concatenate([left[inner], right[inner]])
    return numpy.concatenate(levels)


def _categories(saved, order):
    """(where each node's begin, the categories that go right)."""
    nodes = saved.get("categories_nodes")
    if not nodes:
        return [], []
    of_node = {}
    for node, begin, size in zip(nodes, saved["categories_segments"], saved["categories_sizes"]):
        of_node[node] = saved["categories"][begin : begin + size]
    begins, categories = [0], []
    for node in order.tolist():
        categories += of_node.get(node, [])
        begins.append(len(categories))
    return begins, categories


def _missing(estimator):
    """None for NaN, so that two of them are the same."""
    missing = estimator.missing
    return None if missing is None or missing != missing else float(missing)


def _frame_categories(estimator, learner):
    """What is known of the lists of categories of a training frame, per feature that has one."""
    booster = learner["gradient_booster"]
    saved = booster.get("gbtree", booster)["model"].get("cats")
    if saved is not None:  # since XGBoost 3.1
        return [one for one in saved["enc"] if one["values"]]
    if estimator.feature_types is not None:
        return []  # codes, if any, are the features' own numbers
    return [None for kind in learner.get("feature_types", []) if kind == "c"]


XGBOOST_MODELS = {
    f"xgboost.{name}": _xgboost
    for name in "XGBClassifier XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor".split()
}
