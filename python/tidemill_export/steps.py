"""Fitted transformers as steps of the service's pipeline.

A converter turns one fitted transformer into steps::

    @converter("sklearn.StandardScaler")
    def standard_scaler(step, columns, scope):
        scope.numbers(columns)
        scope.add("StandardScaler", columns=names_of(columns), mean=..., scale=...)
        return columns

``step`` is the fitted transformer (of exactly that class of that library),
``columns`` is the list of Column that goes in, in the order of the features it
was fitted on, and what is returned is the list that comes out, named as the
service's step names them (its Bind() in src/tidemill/features). ``scope``
collects the steps and refuses what cannot be expressed:

``scope.add(step, **state)``
    One more step; ``state`` is what the C++ step's Save() writes, by name.
    numpy arrays and NaN are welcome.
``scope.refuse(expected, got)``
    Raises ExportError; ``expected`` says what to use instead.
``scope.parameter(step, name, *admitted)``
    A parameter's value, refused unless admitted.
``scope.finite(values, what)``
    A flat list of float, refused when one is not finite.
``scope.numbers(columns)``
    Refuses what is no float64 number column.
``scope.categories(columns, known)``
    Makes all of them category columns that know these categories; see there.
``scope.category(column)``, ``scope.text(column)``, ``scope.timestamp(column)``
    Refuses another kind; what is undecided becomes that kind.
``scope.nested(label)``
    A scope whose steps are collected by themselves, for a branch.
``convert(step, columns, scope)``
    The converter of any transformer, for those that hold others.

Names that leave a step must be distinct; ``convert`` checks it. A column of
numbers is made by ``Column(name)`` or ``numbers_named(names)``; a column that
keeps its values is passed on, or renamed by ``column.named(...)``. A module of
converters is imported by covered.py.
"""

import dataclasses
import math
import numbers

import numpy

from .columns import Column, common_dtype, names_of
from .errors import ExportError

CONVERTERS = {}
# Of what is not covered: what to use instead.
INSTEAD = {
    "sklearn.DictVectorizer": "OneHotEncoder on the frame's columns",
    "sklearn.HashingVectorizer": "CountVectorizer or TfidfVectorizer, whose terms can be listed",
    "sklearn.IncrementalPCA": "PCA",
    "sklearn.IterativeImputer": "SimpleImputer, or a model that takes missing values",
    "sklearn.KNNImputer": "SimpleImputer, or a model that takes missing values",
    "sklearn.KernelPCA": "PCA",
    "sklearn.LabelBinarizer": "OneHotEncoder",
    "sklearn.LabelEncoder": "OrdinalEncoder",
    "sklearn.MultiLabelBinarizer": "OneHotEncoder",
}


def converter(*keys):
    """Registers a converter for classes by library and name, e.g. "sklearn.Binarizer"."""

    def register(function):
        for key in keys:
            CONVERTERS[key] = function
        return function

    return register


def convert(step, columns, scope):
    """The columns that a fitted transformer makes; its steps go to ``scope``."""
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return columns
    if not hasattr(step, "transform"):
        scope.refuse("a transformer", repr(step)[:80])
    key = class_key(step)
    if key not in CONVERTERS:
        scope.refuse(INSTEAD.get(key, "a step that is covered (see the documentation's table)"), key_text(step))
    _check_fitted(step, columns, scope)
    made = [_filled(column, columns) for column in CONVERTERS[key](step, columns, scope)]
    _check_names(made, scope)
    return made


def convert_all(named_steps, columns, scope):
    """One (name, transformer) after the other."""
    for name, step in named_steps:
        columns = convert(step, columns, scope.within(f"step {name!r} ({type(step).__name__})"))
    return columns


def class_key(step):
    """How the tables of this package name a class, e.g. ``sklearn.Ridge``."""
    return f"{type(step).__module__.split('.')[0]}.{type(step).__qualname__}"


def key_text(step):
    return f"{type(step).__module__}.{type(step).__qualname__}"


class Scope:
    """Where a converter stands, and the steps that were made there."""

    def __init__(self, where, steps=None):
        self.where = where
        self.steps = [] if steps is None else steps

    def within(self, label):
        """The same steps, another place in errors."""
        return Scope(f"{self.where}, {label}", self.steps)

    def nested(self, label):
        """Steps of their own."""
        return Scope(f"{self.where}, {label}")

    def add(self, step, **state):
        self.steps.append({"step": step, **state})

    def refuse(self, expected, got):
        raise ExportError(self.where, expected, got)

    def parameter(self, step, name, *admitted):
        """The value of a parameter, refused by its name unless it is one of ``admitted``."""
        value = getattr(step, name, admitted[0])
        if not any(value is one or (type(value) is type(one) and value == one) for one in admitted):
            self.refuse(" or ".join(f"{name}={one!r}" for one in admitted), f"{name}={value!r}"[:200])
        return value

    def finite(self, values, what):
        """Numbers as a flat list of float; ``what`` names them in the error."""
        values = numpy.asarray(values, numpy.float64).ravel()
        if not numpy.isfinite(values).all():
            self.refuse(f"{what} that are finite (no column without values)", "NaN or an infinity")
        return values.tolist()

    def numbers(self, columns):
        """Refuses columns that are no numbers, and arithmetic that Python does in float32."""
        for column in columns:
            if column.kind != "number":
                kind = "texts" if column.kind is None else f"a {column.kind}"
                self.refuse(f"numbers in column {column.name!r} (an encoder before it)", kind)
        if columns and common_dtype(columns) in (numpy.float32, numpy.float16):
            self.refuse("float64: no dtype=float32 in the steps before it", "float32")

    def category(self, column):
        return self._decided(column, "category")

    def text(self, column):
        return self._decided(column, "text")

    def timestamp(self, column):
        return self._decided(column, "timestamp")

    def _decided(self, column, kind):
        if column.own_kind is None and column.kind != "number":
            column.field.decide(kind, self.where)
        if column.kind != kind:
            self.refuse(f"a {kind} in column {column.name!r}", f"a {column.kind}")
        return dataclasses.replace(column, own_kind=kind)

    def missing_is(self, column, missing):
        """Refuses a step for which the column's missing cells are not missing.

        ``missing`` is None, NaN or pandas.NA, as the step has it.
        """
        if column.field is None or (column.kind == "number" and column.field.dtype != object):
            return  # numbers have no None in Python: it is NaN
        if column.field.missing is ...:
            column.field.missing = missing
        ours, theirs = (missing_text(one) for one in (column.field.missing, missing))
        if ours != theirs:
            self.refuse(f"missing cells of {column.name!r} that are {theirs} (replace them in the frame)", ours)

    def categories(self, columns, known):
        """Makes the columns categories.

        Parameters
        ----------
        columns : list of Column
            Numbers become categories by a step "NumbersAsCategories".
        known : list of array-like
            Per column the categories that the estimator learned: texts, or
            numbers or booleans of a number column; among them at most one
            missing value.

        Returns
        -------
        (columns, learned), ``learned`` per column (texts, has_missing), the
        texts in the order of ``known``.
        """
        made, learned, variables, tables = [], [], [], []
        for place, (column, values) in enumerate(zip(columns, known)):
            present = [value for value in values if not is_missing(value)]
            self._check_missing(column, [value for value in values if is_missing(value)])
            if column.kind == "number":
                texts = [number_text(value) for value in present]
                variables.append(place)
                tables.append(self._table(column, present, texts))
                made.append(Column(column.name, "category", sparse=False))
            else:
                texts = present
                made.append(self.category(column))
                self.know(made[-1], texts)
            learned.append((texts, len(present) < len(values)))
        if variables:
            self.add("NumbersAsCategories", columns=names_of(columns), variables=variables, tables=tables)
        return made, learned

    def know(self, column, texts):
        """A category column's field will have these texts in its dictionary."""
        for text in texts:
            if not isinstance(text, str):
                self.refuse(f"categories of {column.name!r} that are texts", repr(text)[:80])
        if column.field is not None:
            column.field.categories.update(texts)

    def _check_missing(self, column, missing):
        if len(missing) > 1:
            self.refuse(f"one kind of missing cells in {column.name!r}: None or NaN", "both")
        for one in missing:
            self.missing_is(column, one)

    def _table(self, column, values, texts):
        for value in values:
            if not isinstance(value, (numbers.Real, numpy.bool_)) or not math.isfinite(value) or float(value) != value:
                self.refuse(f"categories of {column.name!r} that a float64 holds", repr(value)[:80])
        pairs = sorted(zip((float(value) for value in values), texts))
        return {"numbers": [number for number, _ in pairs], "categories": [text for _, text in pairs]}


def is_missing(value):
    """True of None, NaN, NaT and pandas.NA: of what does not equal itself."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA will not say
        return True
    except ValueError:  # an array says it of each
        return False


def missing_text(value):
    if value is None:
        return "None"
    return "NaN" if isinstance(value, numbers.Real) else "pandas.NA"


def number_text(value):
    """As encoders name their columns: 3 of an integer, 3.0 of a float."""
    return str(value.item() if hasattr(value, "item") else value)


def _filled(column, columns):
    if column.sparse is not None:
        return column
    return dataclasses.replace(column, sparse=any(one.sparse for one in columns))


def _check_fitted(step, columns, scope):
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(step)
    except NotFittedError:
        scope.refuse("a fitted step", "one that is not")
    width = getattr(step, "n_features_in_", len(columns))
    if width != len(columns):
        scope.refuse(f"{width} columns, as it was fitted on", str(len(columns)))


def _check_names(columns, scope):
    seen = set()
    for column in columns:
        if column.name in seen:
            expected = "columns with distinct names (rename a field, or drop one of the two)"
            scope.refuse(expected, f"{column.name!r} twice")
        seen.add(column.name)
