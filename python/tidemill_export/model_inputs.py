"""What a model does to its features before it looks at them, as steps of their own.

A model's converter says it by ``scope.codes`` (see models.py); the
pseudo-transformers here are converted like any other and do the same to a
matrix in Python.
"""

import itertools
import math

import numpy
from sklearn.base import BaseEstimator, TransformerMixin

from .columns import Column, names_of
from .composition import unite
from .steps import converter, is_missing


def input_steps(codes):
    """The steps at the end of those in front of a model, as a tuple of (name, transformer).

    ``codes`` is None or a dict: ``{"columns": list of int, "categories": list
    of list}`` for CategoryCodes, ``"frame"`` for FrameCodes and ``"missing"``
    for AbsentIsMissing.
    """
    if codes is None:
        return ()
    if "columns" in codes:
        return (("categories", CategoryCodes(codes["columns"], codes["categories"])),)
    steps = []
    if codes.get("frame"):
        steps.append(("frame", FrameCodes(codes["frame"])))
    if "missing" in codes:
        steps.append(("missing", AbsentIsMissing(codes["missing"])))
    return tuple(steps)


def numbers_of(features):
    """A dense float64 matrix out of what goes into a model."""
    if hasattr(features, "toarray"):
        features = features.toarray()
    if hasattr(features, "to_numpy"):  # a frame may have pandas.NA
        return features.to_numpy(numpy.float64, na_value=numpy.nan)
    return numpy.asarray(features, numpy.float64)


class NothingToLearn(TransformerMixin, BaseEstimator):
    """A transformer that is fitted from the start."""

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, rows, y=None):
        """Nothing to learn."""
        return self


class AbsentIsMissing(NothingToLearn):
    """What XGBoost takes for missing.

    Parameters
    ----------
    missing : float or None
        A cell that is this number in float32 is missing, and so are the zeros
        that a sparse matrix leaves out.
    """

    def __init__(self, missing):
        self.missing = missing

    def transform(self, features):
        """A dense float64 matrix with NaN where XGBoost sees a missing cell."""
        if hasattr(features, "tocsr"):
            dense = numpy.full(features.shape, numpy.nan)
            cells = features.tocoo()
            dense[cells.row, cells.col] = cells.data
        else:
            dense = numbers_of(features).copy()
        if self.missing is not None:
            with numpy.errstate(over="ignore"):
                dense[dense.astype(numpy.float32) == numpy.float32(self.missing)] = numpy.nan
        return dense


class FrameCodes(NothingToLearn):
    """A frame's columns of pandas categories as their codes, as XGBoost and LightGBM take them.

    Parameters
    ----------
    known : list
        What the model has kept of each such column, in their order: the list of
        categories, or XGBoost's record of it, or None.
    """

    def __init__(self, known):
        self.known = known

    def transform(self, rows):
        """n x features of float64, NaN where a category is missing."""
        made = []
        for name in rows.columns:
            if hasattr(rows[name], "cat"):
                codes = rows[name].cat.codes.to_numpy(numpy.float64)
                made.append(numpy.where(codes < 0, numpy.nan, codes))
            else:
                made.append(rows[name].to_numpy(numpy.float64, na_value=numpy.nan))
        return numpy.column_stack(made)


class CategoryCodes(NothingToLearn):
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
    parts = [_coded("categories", taken[:count], step.categories, scope)]
    if taken[count:]:
        parts.append(("numbers", taken[count:], [], taken[count:]))
    return unite("ColumnTransformer", parts, scope)


@converter("tidemill_export.FrameCodes")
def frame_codes(step, columns, scope):
    categories = [_frame_categories(column) for column in columns]
    found = [one for one in categories if one is not None]
    if len(found) != len(step.known) or not all(map(_is_same, step.known, found)):
        expected = f"the {len(step.known)} pandas category columns that the model was fitted on, straight from X"
        scope.refuse(expected, f"{len(found)}" if len(found) != len(step.known) else "others")
    for column, known in zip([c for c, one in zip(columns, categories) if one is not None], step.known):
        column.field.closed = True  # XGBoost takes an unseen one for another, or raises
        if _clashes(known):
            scope.refuse(f"categories of {column.name!r} in ASCII", "texts of which XGBoost takes some for others")
    parts = []
    for has, run in itertools.groupby(zip(columns, categories), key=lambda pair: pair[1] is not None):
        taken, lists = map(list, zip(*run))
        name = f"part{len(parts)}"
        parts.append(_coded(name, taken, lists, scope) if has else (name, taken, [], taken))
    return unite("ColumnTransformer", parts, scope)


def _frame_categories(column):
    """The categories in the order of their codes of what is a pandas category column in X, else None."""
    dtype = getattr(column.field, "dtype", None)
    return dtype.categories.tolist() if hasattr(dtype, "categories") else None


def _is_same(known, categories):
    """Whether a model was fitted on these categories, as far as it has kept them."""
    if known is None or known == categories:
        return True
    if not isinstance(known, dict):
        return False
    if "offsets" not in known:
        return known["values"] == categories
    # XGBoost's Python package counts characters where bytes are meant, and so cuts texts.
    texts = [str(one) for one in categories]
    ends = [0, *itertools.accumulate(map(len, texts))]
    kept = "".join(texts).encode()[: ends[-1]]
    return known["offsets"] == ends and [value % 256 for value in known["values"]] == list(kept)


def _clashes(known):
    """Whether texts as XGBoost has cut them are the same."""
    if not isinstance(known, dict) or "offsets" not in known:
        return False
    texts = [tuple(known["values"][begin:end]) for begin, end in zip(known["offsets"], known["offsets"][1:])]
    return len(set(texts)) < len(texts)


def _coded(name, columns, categories, scope):
    """A branch that makes categories their places in lists; NaN where missing or not in the list."""
    inner = scope.nested("categories of the model")
    coded, learned = inner.categories(columns, categories)
    groups = [
        {"column": column.name, "frequent": texts, "rare": [], "missing": "unknown", "given": True}
        for column, (texts, _) in zip(coded, learned)
    ]
    inner.add("OrdinalEncoder", unknown_value=math.nan, encoded_missing_value=math.nan, columns=groups)
    return name, columns, inner.steps, [Column(column.name) for column in coded]


@converter("tidemill_export.AbsentIsMissing")
def absent_is_missing(step, columns, scope):
    if any(column.sparse for column in columns):
        scope.add("MissingValues", columns=names_of(columns), missing_value=0.0, single_precision=False)
    if not is_missing(step.missing):
        if math.isinf(step.missing):
            scope.refuse("a finite missing", str(step.missing))
        scope.add(
            "MissingValues", columns=names_of(columns), missing_value=float(step.missing), single_precision=True
        )
    return columns
