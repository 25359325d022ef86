"""Numbers out of fitted estimators."""

import numpy


def numbers(values, name, scope):
    """An array's numbers, row-major, as a list of float.

    Raises ExportError unless all are finite and in float64: an estimator that
    was fitted on float32 computes in float32.
    """
    values = numpy.asarray(values)
    if values.dtype.kind == "f" and values.dtype != numpy.float64:
        scope.refuse(f"{name} in float64: convert the features before fit()", str(values.dtype))
    if values.dtype.kind not in "fiu":
        scope.refuse(f"{name} as an array of numbers", str(values.dtype))
    values = values.astype(numpy.float64).ravel()
    if not numpy.isfinite(values).all():
        scope.refuse(f"{name} that are finite", "NaN or an infinity")
    return values.tolist()


def number(value, name, scope):
    """The same of one number."""
    return numbers([value], name, scope)[0]
