"""Naive Bayes classifiers."""

import numpy

from .fitted_numbers import numbers


def _gaussian(estimator, response, scope):
    if (estimator.var_ <= 0).any():
        scope.refuse("variances above 0: raise var_smoothing", "0")
    if (estimator.class_prior_ <= 0).any():
        scope.refuse("priors above 0", "0")
    norms = [-0.5 * numpy.sum(numpy.log(2.0 * numpy.pi * variances)) for variances in estimator.var_]
    return {
        "family": "gaussian_nb",
        "log_priors": numbers(numpy.log(estimator.class_prior_), "class_prior_", scope),
        "log_norms": numbers(norms, "var_", scope),
        "means": numbers(estimator.theta_, "theta_", scope),
        "variances": numbers(estimator.var_, "var_", scope),
    }


NAIVE_BAYES = {"sklearn.GaussianNB": _gaussian}
