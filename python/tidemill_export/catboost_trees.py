"""CatBoost's models of numbers, read from their JSON form."""

import json
import os
import tempfile

import numpy as np

from .errors import ExportError
from .tree_arrays import tree_of

_REGRESSIONS = {
    **dict.fromkeys(("Poisson", "Tweedie"), "exp"),
    **dict.fromkeys(
        ("RMSE", "MAE", "Quantile", "LogLinQuantile", "MAPE", "Huber", "Expectile", "Lq", "LogCosh"), "identity"
    ),
}
_BINARY = {"Logloss": "logistic", "CrossEntropy": "logistic"}
_MULTICLASS = {"MultiClass": "softmax", "MultiClassOneVsAll": "logistic"}


def is_catboost(estimator):
    """True of CatBoostClassifier and CatBoostRegressor, without importing CatBoost."""
    kind = type(estimator)
    return kind.__module__ == "catboost.core" and kind.__name__ in ("CatBoostClassifier", "CatBoostRegressor")


def margins_of_catboost(estimator):
    """What `state_of` takes, of a fitted model that has numeric features only."""
    model = _json_of(estimator)
    name = type(estimator).__name__
    features = _float_features(model["features_info"], name)
    scale, bias = model["scale_and_bias"]
    outputs = len(bias)
    oblivious = model.get("oblivious_trees")
    trees = (
        [_oblivious_tree(each, features, outputs, name) for each in oblivious]
        if oblivious is not None
        else [_nested_tree(each, features, outputs, name) for each in model["trees"]]
    )
    return {
        "num_features": len(estimator.feature_names_),
        "float32_features": True,
        "num_outputs": outputs,
        "values_per_leaf": outputs,
        "scale": scale,
        "bias": [float(each) for each in bias],
        "link": _link(estimator, model, outputs, name),
        "trees": trees,
    }


def _json_of(estimator):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.json")
        estimator.save_model(path, format="json")
        with open(path, encoding="utf-8") as file:
            return json.load(file)


def _link(estimator, model, outputs, name):
    loss = model["model_info"]["params"]["loss_function"]["type"]
    if name == "CatBoostRegressor":
        links = _REGRESSIONS
    else:
        links = _BINARY if len(estimator.classes_) == 2 else _MULTICLASS
    expected = 1 if links is not _MULTICLASS else len(estimator.classes_)
    if loss not in links or outputs != expected:
        raise ExportError(f"{name}, loss_function", f"one of {', '.join(links)} and one target", loss)
    return links[loss]


def _float_features(info, name):
    """Of every numeric feature its column and 1 when a missing value goes left, else 0."""
    for kind in ("categorical_features", "text_features", "embedding_features"):
        if info.get(kind):
            count = str(len(info[kind]))
            raise ExportError(f"{name}, {kind}", "none; encode them before, e.g. with TargetEncoder", count)
    return {
        # AsIs: training saw none missing, and NaN is above no border.
        each["feature_index"]: (each["flat_feature_index"], 0 if each["nan_value_treatment"] == "AsTrue" else 1)
        for each in info["float_features"]
    }


def _split(split, features, name):
    if split["split_type"] != "FloatFeature":
        raise ExportError(f"{name}, splits", "splits of numbers", split["split_type"])
    column, missing = features[split["float_feature_index"]]
    # A border is a float32 number; left of it is x <= border.
    return column, float(np.float32(split["border"])), missing


def _oblivious_tree(tree, features, outputs, name):
    """All splits of a level are alike; a leaf's number has bit i set where splits[i] went right."""
    splits = [_split(each, features, name) for each in reversed(tree["splits"] or [])]
    depth = len(splits)
    inner, leaves = 2**depth - 1, 2**depth
    feature, threshold, missing = np.zeros(inner + leaves, int), np.zeros(inner + leaves), np.zeros(inner + leaves, int)
    for level, (column, border, missing_left) in enumerate(splits):
        nodes = slice(2**level - 1, 2 ** (level + 1) - 1)
        feature[nodes], threshold[nodes], missing[nodes] = column, border, missing_left
    node = np.arange(inner + leaves)
    value = np.zeros((inner + leaves, outputs))
    value[inner:] = np.array(tree["leaf_values"], dtype=float).reshape(leaves, outputs)
    return tree_of(
        is_leaf=node >= inner,
        left=2 * node + 1,
        right=2 * node + 2,
        feature=feature,
        threshold=threshold,
        missing=missing,
        value=value,
    )


def _nested_tree(root, features, outputs, name):
    """A tree of nested objects, as other grow policies than SymmetricTree make them."""
    nodes = [root]
    left, right, rows, value = [], [], [], []
    for node in nodes:  # grows while it is walked: level by level
        is_leaf = "split" not in node
        left.append(len(nodes))
        right.append(len(nodes) + 1)
        rows.append((0, 0.0, 0) if is_leaf else _split(node["split"], features, name))
        value.append(np.broadcast_to(node["value"] if is_leaf else 0.0, outputs))
        if not is_leaf:
            nodes += [node["left"], node["right"]]
    feature, threshold, missing = zip(*rows)
    return tree_of(
        is_leaf=["split" not in node for node in nodes],
        left=np.array(left),
        right=np.array(right),
        feature=np.array(feature),
        threshold=np.array(threshold),
        missing=np.array(missing),
        value=np.array(value),
    )
