"""Fitted estimators as predictors of the export file.

An estimator is looked up by library and class: one that holds no other in
``PREDICTORS``, one that does in ``COMPOSITES``. Both kinds of converter get the
estimator, the response that is asked of it (``predict``, ``predict_proba`` or
``decision_function``; of two classes that of the second alone) and a ``ModelScope``.
"""

import math
from dataclasses import dataclass, field

from .composites import COMPOSITES
from .errors import ExportError
from .first_class import of_first_class
from .lightgbm_models import LIGHTGBM_MODELS
from .linear_models import LINEAR_MODELS
from .naive_bayes import NAIVE_BAYES
from .neural_networks import NEURAL_NETWORKS
from .steps import class_key
from .tree_models import TREE_MODELS
from .xgboost_models import XGBOOST_MODELS

# (estimator, response, scope) -> dict
PREDICTORS = {
    **LINEAR_MODELS,
    **NEURAL_NETWORKS,
    **NAIVE_BAYES,
    **TREE_MODELS,
    **XGBOOST_MODELS,
    **LIGHTGBM_MODELS,
}

# What can be said beside "not covered".
INSTEAD = {
    "sklearn.BaggingClassifier": "RandomForestClassifier or a soft VotingClassifier",
    "sklearn.BaggingRegressor": "RandomForestRegressor or VotingRegressor",
    "sklearn.AdaBoostClassifier": "HistGradientBoostingClassifier",
    "sklearn.AdaBoostRegressor": "HistGradientBoostingRegressor",
    "sklearn.DummyClassifier": "LogisticRegression",
    "sklearn.DummyRegressor": "LinearRegression",
    "sklearn.BernoulliNB": "LogisticRegression",
    "sklearn.ComplementNB": "LogisticRegression",
    "sklearn.MultinomialNB": "LogisticRegression",
    "sklearn.OneVsOneClassifier": "LogisticRegression, or another model of several classes",
    "sklearn.OneVsRestClassifier": "LogisticRegression, or another model of several classes",
    "sklearn.KNeighborsClassifier": "RandomForestClassifier",
    "sklearn.KNeighborsRegressor": "RandomForestRegressor",
    "sklearn.SVC": "MLPClassifier, or LinearSVC in a CalibratedClassifierCV",
    "sklearn.SVR": "MLPRegressor or LinearSVR",
    "sklearn.VotingClassifier": "voting='soft'",
    "lightgbm.Booster": "LGBMClassifier or LGBMRegressor, or the file of save_model() for tidemill import",
    "xgboost.Booster": "XGBClassifier or XGBRegressor, or the file of save_model() for tidemill import",
}
# Their predict() is the second class at P >= 0.5; that of all others at P > 0.5.
TIES_ARE_SECOND = {"sklearn.GradientBoostingClassifier"}
SEARCHES = {"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"}
THRESHOLDS = {"FixedThresholdClassifier", "TunedThresholdClassifierCV"}


@dataclass(frozen=True)
class FeatureBlock:
    """Features side by side that one or more members of a model take.

    Attributes
    ----------
    steps : tuple of (str, transformer)
        What makes them, one after the other, out of what the model as a whole
        was given; empty when that is taken as it is.
    width : int
        How many there are.
    codes : dict or None
        What the members that take them make of them before they look at them;
        see ``input_steps()``.
    """

    steps: tuple
    width: int
    codes: dict = None


@dataclass(frozen=True)
class PredictorExport:
    """A fitted model as the export file holds it.

    Attributes
    ----------
    predictor : dict
        The predictor's own values, numbers in float64.
    task : {"regression", "binary", "multiclass"}
    classes : list
        Of a binary model the negative class, then the positive one; of more
        all in the order of its outputs; of a regression none.
    threshold : float or None
        Of a binary model: the label is the positive class when the score is at
        least this, which is what ``predict()`` says.
    features : list of FeatureBlock
        The predictor's features are these blocks, one after the other.
    """

    predictor: dict
    task: str
    classes: list = field(default_factory=list)
    threshold: float = None
    features: list = field(default_factory=list)


class ModelScope:
    """Where a converter stands: the place, for errors, and the features there."""

    def __init__(self, where, blocks=None, steps=()):
        self.where = where
        self.blocks = [] if blocks is None else blocks
        self.steps = steps
        self.codes = None  # a converter's, when it does not take the features as they are

    def refuse(self, expected, got):
        raise ExportError(self.where, expected, got)

    def columns(self, width):
        """Which of the model's features are the ``width`` ones that stand here, as a list of int."""
        first = 0
        for block in self.blocks:
            if _same_steps(block.steps, self.steps) and block.codes == self.codes:
                if block.width != width:
                    self.refuse(f"{block.width} features", str(width))
                return list(range(first, first + width))
            first += block.width
        self.blocks.append(FeatureBlock(self.steps, width, self.codes))
        return list(range(first, first + width))

    def member(self, name, estimator, responses):
        """An estimator within the one that stands here.

        Returns
        -------
        ({"columns": list of int, "predictor": [dict]}, response), the response
        being the first of ``responses`` that the estimator has.
        """
        scope = ModelScope(f"{self.where}, {name}", self.blocks, self.steps)
        estimator, scope, _ = _unwrap(estimator, scope)
        response = _first_response(estimator, responses, scope)
        predictor, columns = _convert(estimator, response, scope)
        return {"columns": columns, "predictor": [predictor]}, response

    def final(self, name, estimator, response):
        """An estimator over what others give, as a dict: no step may stand before it."""
        scope = ModelScope(f"{self.where}, {name}")
        estimator, scope, threshold = _unwrap(estimator, scope)
        if threshold is not None:
            scope.refuse("a threshold around the whole model", f"a {type(threshold).__name__} in it")
        predictor, _ = _convert(estimator, response, scope)
        if any(block.steps or _changes_numbers(block.codes) for block in scope.blocks):
            scope.refuse("a model without preprocessing of its own", "one with")
        return predictor


def predictor_of(estimator, positive=None, where="model"):
    """Converts a fitted estimator.

    Parameters
    ----------
    estimator : a fitted classifier or regressor
        Of a class in ``PREDICTORS`` or ``COMPOSITES``; Pipelines, searches,
        frozen estimators and classifiers with a threshold are looked into.
    positive : optional
        The class of a binary classifier whose probability is the score; the
        second one by default.
    where : str
        How errors name the estimator.

    Returns
    -------
    PredictorExport

    Raises
    ------
    ExportError
        Naming the class or parameter and what to use instead when the
        estimator is not fitted or cannot be expressed.
    """
    from sklearn.base import is_classifier

    estimator, scope, threshold = _unwrap(estimator, ModelScope(where))
    if not is_classifier(estimator):
        _check_no_positive(positive, "a regression", scope)
        predictor, _ = _convert(estimator, "predict", scope)
        return PredictorExport(predictor, "regression", features=scope.blocks)
    response = _first_response(estimator, ("predict_proba", "decision_function"), scope)
    classes = _classes(estimator, scope)
    if len(classes) > 2 and response == "decision_function":
        scope.refuse(
            "a classifier that gives probabilities: wrap it in CalibratedClassifierCV", type(estimator).__name__
        )
    predictor, _ = _convert(estimator, response, scope)
    if len(classes) > 2:
        _check_no_positive(positive, f"{len(classes)} classes", scope)
        return PredictorExport(predictor, "multiclass", classes, features=scope.blocks)
    place, least = _decision(estimator, threshold, response, classes, scope)
    wanted = 1 if positive is None else _place(positive, classes, scope)
    return PredictorExport(
        predictor if wanted == 1 else of_first_class(predictor),
        "binary",
        classes if wanted == 1 else classes[::-1],
        least if wanted == place else _turned(least, response),
        scope.blocks,
    )


def _same_steps(ours, theirs):
    return len(ours) == len(theirs) and all(a[1] is b[1] for a, b in zip(ours, theirs))


def _changes_numbers(codes):
    """Whether dense float64 numbers are changed before a model looks at them."""
    return codes is not None and any(part not in (None, []) for part in codes.values())


def _unwrap(estimator, scope):
    """(the estimator that answers, its scope, the outermost classifier with a threshold or None)."""
    threshold = None
    while True:
        _check_fitted(estimator, scope)
        name = type(estimator).__name__
        if class_key(estimator) != f"sklearn.{name}":
            return estimator, scope, threshold
        if name == "Pipeline":
            steps = tuple(step for step in estimator.steps[:-1] if step[1] not in (None, "passthrough"))
            scope = ModelScope(scope.where, scope.blocks, scope.steps + steps)
            estimator = estimator.steps[-1][1]
        elif name == "FrozenEstimator":
            estimator = estimator.estimator
        elif name in SEARCHES:
            if not hasattr(estimator, "best_estimator_"):
                scope.refuse("refit=True", f"a {name} with refit={estimator.refit!r}")
            estimator = estimator.best_estimator_
        elif name in THRESHOLDS:
            threshold = estimator if threshold is None else threshold
            estimator = getattr(estimator, "estimator_", estimator.estimator)
        else:
            return estimator, scope, threshold


def _check_fitted(estimator, scope):
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except NotFittedError:
        scope.refuse(f"a fitted {type(estimator).__name__}", "one that is not fitted")
    except TypeError:
        scope.refuse(INSTEAD.get(class_key(estimator), "a fitted estimator"), f"a {type(estimator).__name__}")


def _first_response(estimator, responses, scope):
    for response in responses:
        if hasattr(estimator, response):
            return response
    wanted = " or ".join(responses)
    expected = INSTEAD.get(class_key(estimator), f"a model with {wanted}")
    return scope.refuse(expected, f"a {type(estimator).__name__} without {wanted}")


def _convert(estimator, response, scope):
    """(predictor, which of the model's features it takes)."""
    from sklearn.base import is_classifier

    if response == "predict" and is_classifier(estimator):
        scope.refuse("the probabilities or decision values of a classifier", "its predict()")
    key = class_key(estimator)
    if key in COMPOSITES:
        return COMPOSITES[key](estimator, response, scope)
    if key in PREDICTORS:
        predictor = PREDICTORS[key](estimator, response, scope)
        return predictor, scope.columns(int(estimator.n_features_in_))
    return scope.refuse(INSTEAD.get(key, "a model that is covered"), type(estimator).__name__)


def _classes(estimator, scope):
    if isinstance(estimator.classes_, list) or estimator.classes_.ndim != 1 or len(estimator.classes_) < 2:
        scope.refuse("one target of two classes or more", repr(estimator.classes_))
    return estimator.classes_.tolist()


def _check_no_positive(positive, task, scope):
    if positive is not None:
        scope.refuse(f"no positive class for {task}", f"positive={positive!r}"[:80])


def _place(wanted, classes, scope):
    if wanted not in classes:
        scope.refuse(f"one of the classes {classes} as the positive one", repr(wanted))
    return classes.index(wanted)


def _decision(estimator, threshold, response, classes, scope):
    """(which class predict() gives, from which score of that class on)."""
    if threshold is None:
        middle = 0.5 if response == "predict_proba" else 0.0
        if class_key(_decider(estimator)) in TIES_ARE_SECOND:
            return 1, middle
        return 1, math.nextafter(middle, math.inf)
    if threshold.response_method not in ("auto", response):
        scope.refuse(f"response_method {response!r}", repr(threshold.response_method))
    if type(threshold).__name__ == "FixedThresholdClassifier":
        label, least = threshold.pos_label, threshold.threshold
        if isinstance(least, str):
            least = 0.5 if response == "predict_proba" else 0.0
    else:
        label, least = threshold._curve_scorer._get_pos_label(), threshold.best_threshold_
    return 1 if label is None else _place(label, classes, scope), float(least)


def _decider(estimator):
    """Whose predict() gives the label."""
    while hasattr(estimator, "final_estimator_"):
        estimator = estimator.final_estimator_
    return estimator


def _turned(least, response):
    """From which score of the other class on, when it is this one's from ``least`` on."""
    below = math.nextafter(least, -math.inf)
    if response == "decision_function":
        return 0.0 - below
    # Both round; a score that is just the threshold comes first.
    return max(1.0 - below, math.nextafter(1.0 - least, math.inf))
