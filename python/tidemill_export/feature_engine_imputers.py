"""Feature-engine's imputers."""

import dataclasses
import math

import numpy

from .columns import Column, names_of
from .in_place import beside, in_place, places_of
from .steps import INSTEAD, converter, is_missing

INSTEAD["feature_engine.RandomSampleImputer"] = "MeanMedianImputer or another imputer that draws nothing at random"
INSTEAD["feature_engine.DropMissingData"] = "an imputer (every event gets an answer, so that no row can be dropped)"


@converter(
    "feature_engine.MeanMedianImputer", "feature_engine.ArbitraryNumberImputer", "feature_engine.EndTailImputer"
)
def number_imputer(step, columns, scope):
    return _impute(step, columns, scope)


@converter("feature_engine.CategoricalImputer")
def categorical_imputer(step, columns, scope):
    places = places_of(step, step.variables_)
    columns = list(columns)
    for place in places:
        if columns[place].kind is None:
            columns[place] = scope.category(columns[place])
    return _impute(step, columns, scope)


def _impute(step, columns, scope):
    """A column whose value is missing itself (training saw none) is left as it is."""
    fills = [step.imputer_dict_[name] for name in step.variables_]
    places = places_of(step, step.variables_)
    filled = [(place, fill) for place, fill in zip(places, fills) if not is_missing(fill)]

    def change(chosen, scope):
        items = [_item(column, fill, scope) for column, (_, fill) in zip(chosen, filled)]
        scope.add("SimpleImputer", columns=items)
        return [_worked_out(column) for column in chosen]

    return in_place(columns, [place for place, _ in filled], change, scope)


def _worked_out(column):
    return dataclasses.replace(column, own_kind="number", field=None) if column.kind == "number" else column


def _item(column, fill, scope):
    item = {"column": column.name, "kind": column.kind, "number": 0.0, "text": "", "indicator": False}
    if column.kind == "number":
        if isinstance(fill, str) or not math.isfinite(fill):
            scope.refuse(f"a finite number to fill column {column.name!r} with", repr(fill)[:80])
        return {**item, "number": float(fill)}
    scope.know(scope.category(column), [fill])
    return {**item, "text": fill}


@converter("feature_engine.AddMissingIndicator")
def add_missing_indicator(step, columns, scope):
    def make(chosen, scope):
        scope.add("MissingIndicator", columns=names_of(chosen), shown=[1] * len(chosen))
        flag = numpy.dtype(numpy.int8)
        return [Column(f"missingindicator_{column.name}", dtype=flag) for column in chosen]

    return beside(columns, places_of(step, step.variables_), make, scope)
