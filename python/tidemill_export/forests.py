"""Fitted trees and forests as the state of Tidemill's predictor "forest".

The state is a dict of numbers and lists under the names that the service's own
loader reads (src/tidemill/model/forest.h says what each of them means).
Infinite thresholds are float infinities in it.
"""

import numpy as np
from sklearn import dummy, ensemble, exceptions, tree
from sklearn.utils.validation import check_is_fitted

from .catboost_trees import is_catboost, margins_of_catboost
from .errors import ExportError
from .tree_arrays import MAX_LEVELS, state_of, tree_of

# ------------------------------------------------------------------ the door


def forest_of(estimator, positive=1):
    """The state of a fitted tree ensemble that gives the same numbers.

    Parameters
    ----------
    estimator : fitted scikit-learn or CatBoost model
        DecisionTree*, ExtraTree*, RandomForest*, ExtraTrees*,
        GradientBoosting*, HistGradientBoosting*, IsolationForest,
        CatBoostClassifier or CatBoostRegressor; of exactly this class, for one
        derived from it may predict otherwise.
    positive : int
        Which of a binary classifier's two classes the output is the
        probability of. 0 is taken from averaged trees only: of the others it is
        one minus the output for 1.

    Returns
    -------
    dict
        With "family": "forest" and the names of the C++ struct Forest. Its
        features are the estimator's, in order; those of HistGradientBoosting
        with categories are what `category_codes_of` describes. One output for
        a regression (predict), a binary classifier (predict_proba of the
        positive class) and IsolationForest (-score_samples); of more classes
        one each, as predict_proba. A missing feature is NaN; where the
        estimator refuses it, "takes_missing" is false.

    Raises
    ------
    ExportError
        Naming estimator and parameter, and what to use instead.
    """
    convert = _CONVERTERS.get(type(estimator))
    if convert is None and is_catboost(estimator):
        convert = margins_of_catboost
    name = type(estimator).__name__
    if convert is None:
        raise ExportError(name, "trees or a forest of scikit-learn or CatBoost", repr(type(estimator)))
    _check_fitted(estimator, name)
    if _check_classes(estimator, name) == 2:
        _check_positive(estimator, name, positive)
    state = convert(estimator, positive) if convert is _averaged else convert(estimator)
    return state_of(**state)


def category_codes_of(estimator):
    """How a HistGradientBoosting model makes its features of the columns it is given.

    Returns
    -------
    None when it takes the columns as they are, else a dict:
    "columns", for every feature of the forest the number of its column, those
    with categories first; "categories", for each of these a list: a feature is
    the place of the column's value in it, and missing (NaN) where it is not.
    """
    preprocessor = getattr(estimator, "_preprocessor", None)
    if preprocessor is None:
        return None
    categorical = np.asarray(estimator.is_categorical_, dtype=bool)
    columns = np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])
    encoder = preprocessor.named_transformers_["encoder"]
    return {
        "columns": columns.tolist(),
        "categories": [_known(categories) for categories in encoder.categories_],
    }


def _known(categories):
    """Without the missing, which the encoder puts last."""
    return [value for value in categories.tolist() if value is not None and value == value]


# ------------------------------------------------------------------ checks


def _check_fitted(estimator, name):
    try:
        check_is_fitted(estimator)
    except (exceptions.NotFittedError, TypeError):
        raise ExportError(name, "a fitted estimator", "one that is not fitted") from None


def _check_classes(estimator, name):
    """The number of classes, 0 of a regression."""
    classes = getattr(estimator, "classes_", ())
    targets = getattr(estimator, "n_outputs_", 1)
    if targets != 1:
        raise ExportError(f"{name}, y", "one target; fit one estimator for each", f"{targets} targets")
    if name.endswith("Classifier") and len(classes) < 2:
        raise ExportError(f"{name}, classes_", "two classes or more", f"{len(classes)}")
    return len(classes)


def _check_levels(levels, name):
    if levels > MAX_LEVELS:
        expected = f"trees of at most {MAX_LEVELS} levels; fit with max_depth"
        raise ExportError(f"{name}, max_depth", expected, f"{levels}")


def _check_positive(estimator, name, positive):
    if positive == 0 and not isinstance(estimator, _AVERAGED):
        raise ExportError(f"{name}, positive", "1: P(class 0) is one minus this output", "0")
    if positive not in (0, 1):
        raise ExportError(f"{name}, positive", "0 or 1", repr(positive))


def _takes_missing(estimator):
    if hasattr(estimator, "__sklearn_tags__"):
        return bool(estimator.__sklearn_tags__().input_tags.allow_nan)
    return bool(estimator._get_tags()["allow_nan"])  # before scikit-learn 1.6


# ------------------------------------------------------------------ averaged trees


def _averaged(estimator, positive):
    """Shares or values of the leaves, summed over the trees and divided by their number."""
    trees = getattr(estimator, "estimators_", None) or [estimator]
    classes = len(estimator.classes_) if hasattr(estimator, "classes_") else 0
    outputs = [0] if classes == 0 else [positive] if classes == 2 else list(range(classes))
    return {
        "num_features": estimator.n_features_in_,
        "float32_features": True,
        "takes_missing": _takes_missing(estimator),
        "num_outputs": len(outputs),
        "values_per_leaf": len(outputs),
        "divisor": len(trees),
        "trees": [_tree(each, each.tree_.value[:, 0, outputs], type(estimator).__name__) for each in trees],
    }


def _tree(fitted, value, name, features=None, missing=True):
    """One of scikit-learn's trees with `value` (nodes x values) at its nodes."""
    nodes = fitted.tree_
    _check_levels(nodes.max_depth + 1, name)
    to_left = nodes.missing_go_to_left if missing else np.zeros(nodes.node_count)
    feature = nodes.feature if features is None else features[nodes.feature]
    return tree_of(
        is_leaf=nodes.children_left < 0,
        left=nodes.children_left,
        right=nodes.children_right,
        feature=feature,
        threshold=nodes.threshold,
        missing=to_left,
        value=value,
    )


# ------------------------------------------------------------------ boosted trees

_GB_LINKS = {"HalfBinomialLoss": "logistic", "ExponentialLoss": "logistic", "HalfMultinomialLoss": "softmax"}


def _gradient_boosting(estimator):
    name = type(estimator).__name__
    _check_init(estimator, name)
    loss = type(estimator._loss).__name__
    is_classifier = hasattr(estimator, "classes_")
    if is_classifier and loss not in _GB_LINKS:
        raise ExportError(f"{name}, loss", "'log_loss' or 'exponential'", loss)
    row = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    rounds = estimator.estimators_
    return {
        "num_features": estimator.n_features_in_,
        "float32_features": True,
        "takes_missing": _takes_missing(estimator),
        "num_outputs": rounds.shape[1],
        "start": estimator._raw_predict_init(row)[0].tolist(),
        "link": _GB_LINKS[loss] if is_classifier else "identity",
        # The exponential loss is fitted to half the log-odds.
        "link_scale": 2.0 if loss == "ExponentialLoss" else 1.0,
        # Its walk does not know missing values: none is less than a threshold.
        "trees": [
            _tree(each, estimator.learning_rate * each.tree_.value[:, 0, :], name, missing=False)
            for each in rounds.ravel()
        ],
    }


def _check_init(estimator, name):
    init = estimator.init_
    if isinstance(init, str) or type(init) is dummy.DummyRegressor:
        return
    if type(init) is dummy.DummyClassifier and init.strategy != "stratified":
        return
    raise ExportError(f"{name}, init", "None, 'zero' or a dummy estimator that is not 'stratified'", repr(init))


_HIST_LINKS = {"IdentityLink": "identity", "LogLink": "exp", "LogitLink": "logistic", "MultinomialLogit": "softmax"}


def _hist_gradient_boosting(estimator):
    name = type(estimator).__name__
    link = type(estimator._loss.link).__name__
    if not isinstance(estimator.loss, str) or link not in _HIST_LINKS:
        raise ExportError(f"{name}, loss", "one of scikit-learn's names", repr(estimator.loss))
    return {
        "num_features": estimator.n_features_in_,
        "num_outputs": estimator.n_trees_per_iteration_,
        "start": np.ravel(estimator._baseline_prediction).tolist(),
        "link": _HIST_LINKS[link],
        "trees": [_hist_tree(each, name) for round_ in estimator._predictors for each in round_],
    }


def _hist_tree(predictor, name):
    nodes = predictor.nodes
    _check_levels(int(nodes["depth"].max()) + 1, name)
    # Where a feature parts its only category from the missing ones, the library
    # asks set 0, whosever it is, and so does this.
    set_of_node = np.where(nodes["is_categorical"] != 0, nodes["bitset_idx"].astype(np.int64), -1)
    return tree_of(
        is_leaf=nodes["is_leaf"] != 0,
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        missing=nodes["missing_go_to_left"],
        value=nodes["value"][:, np.newaxis],
        sets=predictor.raw_left_cat_bitsets,
        set_of_node=set_of_node,
    )


# ------------------------------------------------------------------ isolation forests


def _isolation_forest(estimator):
    # Liu, Ting, Zhou, "Isolation forest", 2008: 2^-(mean path length / c(n)).
    whole = len(estimator.estimators_) * float(_path_length(np.array([estimator._max_samples]))[0])
    common = {
        "num_features": estimator.n_features_in_,
        "float32_features": True,
        "takes_missing": _takes_missing(estimator),
        "link": "exp2_negative",
    }
    if whole == 0.0:  # every tree saw one row; scikit-learn takes the quotient as 1
        return {**common, "start": [1.0], "trees": []}
    is_subset = estimator._max_features != estimator.n_features_in_
    return {
        **common,
        "divisor": whole,
        "trees": [
            _tree(each, _depths(each.tree_), "IsolationForest", features if is_subset else None)
            for each, features in zip(estimator.estimators_, estimator.estimators_features_)
        ],
    }


def _depths(nodes):
    """Path lengths, those that the leaf's rows would go on for included."""
    return (nodes.compute_node_depths() + _path_length(nodes.n_node_samples) - 1.0)[:, np.newaxis]


def _path_length(counts):
    """The mean path length c(n) in a tree of n rows, in scikit-learn's order of operations."""
    counts = np.asarray(counts)
    lengths = np.where(counts == 2, 1.0, 0.0)
    many = counts > 2
    n = counts[many]
    lengths[many] = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return lengths


_AVERAGED = (
    tree.DecisionTreeClassifier,
    tree.DecisionTreeRegressor,
    tree.ExtraTreeClassifier,
    tree.ExtraTreeRegressor,
    ensemble.RandomForestClassifier,
    ensemble.RandomForestRegressor,
    ensemble.ExtraTreesClassifier,
    ensemble.ExtraTreesRegressor,
)
_CONVERTERS = {
    **dict.fromkeys(_AVERAGED, _averaged),
    ensemble.GradientBoostingClassifier: _gradient_boosting,
    ensemble.GradientBoostingRegressor: _gradient_boosting,
    ensemble.HistGradientBoostingClassifier: _hist_gradient_boosting,
    ensemble.HistGradientBoostingRegressor: _hist_gradient_boosting,
    ensemble.IsolationForest: _isolation_forest,
}
