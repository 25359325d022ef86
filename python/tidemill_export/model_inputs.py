"""What a model does to its features before it looks at them, as steps of their own.

A model's converter says it by ``scope.codes`` (see models.py); the
pseudo-transformers here are converted like any other and do the same to a
matrix in Python.
"""

import math

import numpy
from sklearn.base import BaseEstimator, TransformerMixin

from .columns import Column, names_of
from .composition import unite
from .steps import converter, is_missing


def input_steps(codes):
    """The steps at the end of those in front of a model, as a tuple of (name, transformer).

    ``codes`` is None, ``{"columns": list of int, "categories": list of list}``
    for CategoryCodes or ``{"missing": number}`` for AbsentIsMissing.
    """
    if codes is None:
        return ()
    if "missing" in codes:
        return (("missing", AbsentIsMissing(codes["missing"])),)
    return (("categories", CategoryCodes(codes["columns"], codes["categories"])),)


class AbsentIsMissing(TransformerMixin, BaseEstimator):
    """What XGBoost takes for missing: the zeros that a sparse matrix leaves out, and ``missing``."""

    def __init__(self, missing):
        self.missing = missing

    def fit(self, rows, y=None):
        """Nothing to learn."""
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, features):
        """A dense float64 matrix with NaN where XGBoost sees a missing cell."""
        if hasattr(features, "tocsr"):
            dense = numpy.full(features.shape, numpy.nan)
            cells = features.tocoo()
            dense[cells.row, cells.col] = cells.data
        else:
            dense = numpy.array(features, numpy.float64)
        if self.missing is not None:
            dense[dense == self.missing] = numpy.nan
        return dense


class CategoryCodes(TransformerMixin, BaseEstimator):
    """Columns in another order, the first ones as places in lists of categories.

    Parameters
    ----------
    columns : list of int
        For every feature the number of its column.
    categories : list of list
        Of the first features: the feature is the place of the column's value,
        NaN where it is missing or not in the list.
    """

    def __init__(self, columns, categories):
        self.columns, self.categories = columns, categories

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, rows, y=None):
        """Nothing to learn."""
        return self

    def transform(self, rows):
        """n x features of float64."""
        import pandas

        rows = pandas.DataFrame(rows)
        made = []
        for place, column in enumerate(self.columns):
            cells = rows.iloc[:, column]
            if place < len(self.categories):
                codes = pandas.Index(self.categories[place]).get_indexer(cells.astype(object)).astype(float)
                made.append(numpy.where(codes < 0, numpy.nan, codes))
            else:
                made.append(cells.to_numpy(numpy.float64))
        return numpy.column_stack(made)


@converter("tidemill_export.CategoryCodes")
def category_codes(step, columns, scope):
    count = len(step.categories)
    taken = [columns[place] for place in step.columns]
    inner = scope.nested("categories of the model")
    coded, learned = inner.categories(taken[:count], step.categories)
    groups = [
        {"column": column.name, "frequent": texts, "rare": [], "missing": "unknown", "given": True}
        for column, (texts, _) in zip(coded, learned)
    ]
    inner.add("OrdinalEncoder", unknown_value=math.nan, encoded_missing_value=math.nan, columns=groups)
    parts = [("categories", taken[:count], inner.steps, [Column(column.name) for column in coded])]
    if taken[count:]:
        parts.append(("numbers", taken[count:], [], taken[count:]))
    return unite("ColumnTransformer", parts, scope)


@converter("tidemill_export.AbsentIsMissing")
def absent_is_missing(step, columns, scope):
    values = [0.0] if any(column.sparse for column in columns) else []
    if not is_missing(step.missing) and step.missing not in values:
        if math.isinf(step.missing):
            scope.refuse("a finite missing", str(step.missing))
        values.append(float(step.missing))
    for value in values:
        scope.add("MissingValues", columns=names_of(columns), missing_value=value)
    return columns
