"""What fills and marks missing cells."""

import dataclasses
import math
import numbers

import numpy

from .columns import Column, names_of
from .composition import unite
from .steps import converter, is_missing


@converter("sklearn.SimpleImputer")
def simple_imputer(step, columns, scope):
    columns = [scope.category(column) if column.kind is None else column for column in columns]
    columns = _with_missing(step, columns, scope)
    dropped = _dropped(step)
    marked = set(step.indicator_.features_.tolist()) if step.add_indicator else set()
    if not dropped or not marked:
        kept = _keep(columns, dropped, scope)
        return _impute(step, kept, marked, scope)
    # A column without values is dropped, but its indicator stays.
    parts = []
    for name, convert_part in (("imputed", _impute_kept(step, dropped)), ("missing", _mark(marked))):
        inner = scope.nested(name)
        parts.append((name, columns, inner.steps, convert_part(columns, inner)))
    return unite("FeatureUnion", parts, scope)


@converter("sklearn.MissingIndicator")
def missing_indicator(step, columns, scope):
    if step.features == "all":
        shown = set(range(len(columns)))
    else:
        shown = set(step.features_.tolist())
        if step.error_on_new and len(shown) < len(columns):
            scope.refuse("error_on_new=False or features='all': a missing cell rejects no event", "error_on_new=True")
    return _mark(shown)(_with_missing(step, columns, scope), scope)


def _with_missing(step, columns, scope):
    """The columns with NaN where the step sees a missing cell."""
    missing = step.missing_values
    if isinstance(missing, numbers.Real) and not is_missing(missing):
        numeric = [column for column in columns if column.kind == "number"]
        if len(numeric) < len(columns):
            scope.refuse("missing_values=nan for texts", f"missing_values={missing!r}")
        scope.add(
            "MissingValues", columns=names_of(columns), missing_value=float(missing), single_precision=False
        )
        return columns
    if not is_missing(missing):
        scope.refuse("missing_values=nan (replace it in the frame)", f"missing_values={missing!r}")
    for column in columns:
        if column.kind == "number" and missing is None:
            scope.refuse(f"missing_values=nan for the numbers in {column.name!r}", "missing_values=None")
        scope.missing_is(column, missing)
    return columns


def _dropped(step):
    """Columns without values go, unless a constant fills them or they are to stay."""
    if step.keep_empty_features:
        return set()
    return {place for place, value in enumerate(step.statistics_) if _is_nan(value)}


def _is_nan(value):
    return isinstance(value, numbers.Real) and math.isnan(value)


def _keep(columns, dropped, scope):
    kept = [None if place in dropped else column for place, column in enumerate(columns)]
    if dropped:
        scope.add("SelectColumns", columns=names_of(column for column in kept if column))
    return kept


def _impute_kept(step, dropped):
    return lambda columns, scope: _impute(step, _keep(columns, dropped, scope), set(), scope)


def _impute(step, columns, marked, scope):
    """``columns`` holds None where one was dropped."""
    learned, made = [], []
    for place, column in enumerate(columns):
        if column is None:
            continue
        fill = step.statistics_[place]
        item = {"column": column.name, "kind": column.kind, "number": 0.0, "text": "", "indicator": place in marked}
        if column.kind == "number":
            item["number"] = _number(fill, column, scope)
            made.append(dataclasses.replace(column, field=None, own_kind="number", dtype=_filled_dtype(step, column)))
        else:
            item["text"] = _text(fill, scope.category(column), scope)
            made.append(column)
        learned.append(item)
    scope.add("SimpleImputer", columns=learned)
    return made + _flags(names_of(columns[place] for place in sorted(marked)))


def _filled_dtype(step, column):
    return numpy.dtype(numpy.float64) if step.strategy in ("mean", "median") else column.dtype


def _number(fill, column, scope):
    if not isinstance(fill, (numbers.Real, numpy.bool_)) or not math.isfinite(fill):
        scope.refuse(f"a finite number to fill column {column.name!r} with", repr(fill)[:80])
    return float(fill)


def _text(fill, column, scope):
    if not isinstance(fill, str):
        scope.refuse(f"a text to fill column {column.name!r} with", repr(fill)[:80])
    scope.know(column, [fill])
    return fill


def _mark(shown):
    def mark(columns, scope):
        places = [int(place in shown) for place in range(len(columns))]
        scope.add("MissingIndicator", columns=names_of(columns), shown=places)
        return _flags(column.name for place, column in enumerate(columns) if place in shown)

    return mark


def _flags(names):
    return [Column(f"missingindicator_{name}") for name in names]
