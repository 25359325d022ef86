"""Models whose answer is a function of coefficients x features + intercept."""

import numpy

from .fitted_numbers import numbers

REGRESSORS = (
    "ARDRegression BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lars LarsCV Lasso LassoCV LassoLars "
    "LassoLarsCV LassoLarsIC LinearRegression LinearSVR OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV "
    "PassiveAggressiveRegressor QuantileRegressor Ridge RidgeCV SGDRegressor TheilSenRegressor"
).split()
GENERALIZED = ("GammaRegressor", "PoissonRegressor", "TweedieRegressor")
LOGISTIC = ("LogisticRegression", "LogisticRegressionCV")
WITHOUT_PROBABILITIES = (
    "LinearSVC",
    "PassiveAggressiveClassifier",
    "Perceptron",
    "RidgeClassifier",
    "RidgeClassifierCV",
)
GENERALIZED_LINKS = {"IdentityLink": "identity", "LogLink": "exp"}
SGD_LINKS = {"log_loss": ("logistic", "one_vs_rest"), "modified_huber": ("modified_huber", "modified_huber")}


def _linear(coefficients, intercepts, link, scope):
    coefficients = numbers(coefficients, "coef_", scope)
    intercepts = numbers(intercepts, "intercept_", scope)
    return {"family": "linear", "coefficients": coefficients, "intercepts": intercepts, "link": link}


def _one_target(estimator, link, scope):
    coefficients = numpy.asarray(estimator.coef_)
    if coefficients.ndim == 2 and coefficients.shape[0] > 1:
        scope.refuse("one target: fit a model for each", f"{coefficients.shape[0]} targets")
    return _linear(coefficients, numpy.ravel(estimator.intercept_), link, scope)


def _regressor(estimator, response, scope):
    return _one_target(estimator, "identity", scope)


def _generalized(estimator, response, scope):
    return _one_target(estimator, GENERALIZED_LINKS[type(estimator._base_loss.link).__name__], scope)


def _classifier(estimator, link, scope):
    """``link`` of two classes and of several: of two there is one row of coefficients."""
    classes = len(estimator.classes_)
    rows = 1 if classes == 2 else classes
    coefficients = numpy.atleast_2d(numpy.asarray(estimator.coef_))
    if coefficients.dtype == object or coefficients.shape[0] != rows:
        scope.refuse(f"a dense coef_ of {rows} rows", "a sparse or another one")
    intercepts = numpy.broadcast_to(numpy.ravel(estimator.intercept_), (rows,))
    return _linear(coefficients, intercepts, link[min(classes - 2, 1)], scope)


def _logistic(estimator, response, scope):
    if response == "decision_function":
        return _classifier(estimator, ("identity", "identity"), scope)
    # Releases before 1.8 let the user choose.
    kind = getattr(estimator, "multi_class", "deprecated")
    if kind == "multinomial" and len(estimator.classes_) == 2:
        scope.refuse("multi_class='auto' of two classes", repr(kind))
    each = kind == "ovr" or estimator.solver == "liblinear"
    return _classifier(estimator, ("logistic", "one_vs_rest" if each else "softmax"), scope)


def _stochastic(estimator, response, scope):
    if response == "decision_function":
        return _classifier(estimator, ("identity", "identity"), scope)
    return _classifier(estimator, SGD_LINKS[estimator.loss], scope)


def _decision_values(estimator, response, scope):
    return _classifier(estimator, ("identity", "identity"), scope)


def _one_class(estimator, response, scope):
    """As an isolation forest's: -score_samples, which grows with strangeness."""
    return _linear(-numpy.ravel(estimator.coef_), [0.0], "identity", scope)


LINEAR_MODELS = {
    **{f"sklearn.{name}": _regressor for name in REGRESSORS},
    **{f"sklearn.{name}": _generalized for name in GENERALIZED},
    **{f"sklearn.{name}": _logistic for name in LOGISTIC},
    **{f"sklearn.{name}": _decision_values for name in WITHOUT_PROBABILITIES},
    "sklearn.SGDClassifier": _stochastic,
    "sklearn.SGDOneClassSVM": _one_class,
}
