"""Projections on learned directions: PCA, TruncatedSVD."""

import numpy

from .columns import names_of, numbers_named
from .steps import converter


@converter("sklearn.PCA")
def pca(step, columns, scope):
    offsets = step.mean_.reshape(1, -1) @ step.components_.T
    scales = numpy.ones(len(step.components_))
    if step.whiten:
        # As the origin: a direction without variance is not blown up.
        scales = numpy.maximum(numpy.sqrt(step.explained_variance_), numpy.finfo(numpy.float64).eps)
    return _project("PCA", step, columns, offsets, scales, scope)


@converter("sklearn.TruncatedSVD")
def truncated_svd(step, columns, scope):
    count = len(step.components_)
    return _project("TruncatedSVD", step, columns, numpy.zeros(count), numpy.ones(count), scope)


def _project(name, step, columns, offsets, scales, scope):
    scope.numbers(columns)
    scope.add(
        name,
        columns=names_of(columns),
        components=scope.finite(step.components_, "components"),
        offsets=scope.finite(offsets, "means"),
        scales=scope.finite(scales, "variances"),
    )
    return numbers_named((f"{name.lower()}{place}" for place in range(len(step.components_))), sparse=False)
