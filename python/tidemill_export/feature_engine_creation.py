"""Feature-engine's columns made of columns: sums, differences, circles, distances, times."""

import math

import numpy

from .clocks import clock_of
from .columns import Column, names_of, numbers_named
from .in_place import at, beside, in_place, places_of, require_numbers, without
from .steps import INSTEAD, converter

ROW_FUNCTIONS = ("sum", "prod", "mean", "min", "max", "std", "var", "median")
DIVISIONS = ("div", "truediv", "floordiv", "mod")
# Kilometres: the service's mean radius, and Feature-engine's radii in its units.
EARTH_RADIUS_KM = 6371.0088
EARTH_RADIUS = {"km": 6371.0, "miles": 3958.8, "meters": 6371000.0, "feet": 20902231.0}
KM_PER_DEGREE = 111.0
TIME_UNITS = {**{unit: unit for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us")}, "μs": "us"}
# What a missing time has there; in the other parts it is missing, or raises an error.
PARTS_OF_NO_TIME = {
    "semester": 2.0,
    "weekend": 1.0,
    "month_start": 0.0,
    "month_end": 0.0,
    "quarter_start": 0.0,
    "quarter_end": 0.0,
    "year_start": 0.0,
    "year_end": 0.0,
    "leap_year": 0.0,
}
IN_INT64 = (*PARTS_OF_NO_TIME, "week", "days_in_month")

INSTEAD["feature_engine.TextFeatures"] = "CountVectorizer or TfidfVectorizer on the column"


def _made(step, columns, places, kept, made, scope):
    """All columns behind a step that adds some; see ``guarded``."""
    everything = kept + made
    derived = any(columns[place].field is None for place in places)
    if derived and getattr(step, "missing_values", "raise") == "raise":
        in_place(everything, list(range(len(kept), len(everything))), require_numbers, scope)
    return everything


@converter("feature_engine.CyclicalFeatures")
def cyclical_features(step, columns, scope):
    places = places_of(step, step.variables_)
    scope.numbers(at(columns, places))
    scope.add(
        "CyclicalFeatures",
        columns=names_of(columns),
        variables=places,
        max_values=scope.finite([step.max_values_[name] for name in step.variables_], "greatest values"),
        drop_original=bool(step.drop_original),
    )
    made = numbers_named(f"{column.name}_{side}" for column in at(columns, places) for side in ("sin", "cos"))
    return _made(step, columns, places, without(columns, places if step.drop_original else ()), made, scope)


@converter("feature_engine.MathFeatures")
def math_features(step, columns, scope):
    functions = step.func if isinstance(step.func, list) else [step.func]
    for function in functions:
        if function not in ROW_FUNCTIONS:
            scope.refuse(f"func by its name, one of {', '.join(ROW_FUNCTIONS)}", f"func={function!r}"[:200])
    places = places_of(step, step.variables)
    scope.numbers(at(columns, places))
    behind = "_".join(names_of(at(columns, places)))
    names = step.new_variables_names or [f"{function}_{behind}" for function in functions]
    scope.add(
        "MathFeatures",
        columns=names_of(columns),
        variables=places,
        functions=[{"function": function, "name": name} for function, name in zip(functions, names)],
        keep_missing=step.missing_values == "ignore",
        drop_original=bool(step.drop_original),
    )
    kept = without(columns, places if step.drop_original else ())
    return _made(step, columns, places, kept, numbers_named(names), scope)


@converter("feature_engine.RelativeFeatures")
def relative_features(step, columns, scope):
    """A division by 0 without a fill_value raises an error there; here it makes an infinity, which is a dead letter."""
    variables, references = places_of(step, step.variables), places_of(step, step.reference)
    both = [*variables, *(place for place in references if place not in variables)]
    scope.numbers(at(columns, both))
    _check_whole_numbers(step.func, at(columns, variables), at(columns, references), scope)
    fill = math.inf if step.fill_value is None else scope.finite([step.fill_value], "a fill_value")[0]
    scope.add(
        "RelativeFeatures",
        columns=names_of(columns),
        variables=variables,
        references=references,
        functions=list(step.func),
        fill_value=fill,
        drop_original=bool(step.drop_original),
    )
    made = numbers_named(
        f"{a.name}_{function}_{b.name}"
        for function in step.func
        for b in at(columns, references)
        for a in at(columns, variables)
    )
    return _made(step, columns, both, without(columns, both if step.drop_original else ()), made, scope)


def _check_whole_numbers(functions, variables, references, scope):
    """numpy wraps what does not fit in the whole numbers' type, and raises an error at 2 ** -1."""
    for function in {"mul", "pow"}.intersection(functions):
        narrowest = 8 if function == "mul" else math.inf
        for a in variables:
            for b in references:
                dtype = numpy.result_type(a.dtype, b.dtype)
                if dtype.kind in "iub" and dtype.itemsize < narrowest:
                    scope.refuse(f"columns {a.name!r} or {b.name!r} as float64 for {function!r}", str(dtype))


@converter("feature_engine.GeoDistanceFeatures")
def geo_distance_features(step, columns, scope):
    method = {"haversine": _haversine, "euclidean": _euclidean, "manhattan": _manhattan}[step.method]
    places = places_of(step, step.variables_)
    scope.numbers(at(columns, places))

    def make(chosen, scope):
        return [method(step, chosen, scope)]

    kept = without(columns, places if step.drop_original else ())
    made = beside(columns, places, make, scope, dropped=places if step.drop_original else ())
    return _made(step, columns, places, made[: len(kept)], made[len(kept) :], scope)


def _haversine(step, points, scope):
    scope.add("HaversineDistance", columns=names_of(points), output=step.output_col, miles=False)
    return _times(EARTH_RADIUS[step.output_unit] / EARTH_RADIUS_KM, step.output_col, scope)


def _euclidean(step, points, scope):
    names = _differences(points, scope)
    _times_all(KM_PER_DEGREE, names, scope)
    scope.add("FunctionTransformer", columns=names, func="square")
    _sum(names, step.output_col, scope)
    scope.add("FunctionTransformer", columns=[step.output_col], func="sqrt")
    return _times(EARTH_RADIUS[step.output_unit] / EARTH_RADIUS["km"], step.output_col, scope)


def _manhattan(step, points, scope):
    names = _differences(points, scope)
    scope.add("FunctionTransformer", columns=names, func="abs")
    _sum(names, step.output_col, scope)
    _times(KM_PER_DEGREE, step.output_col, scope)
    return _times(EARTH_RADIUS[step.output_unit] / EARTH_RADIUS["km"], step.output_col, scope)


def _differences(points, scope):
    """Latitude and longitude of the second point less those of the first."""
    columns = names_of(points)
    made = [f"{columns[2]}_sub_{columns[0]}", f"{columns[3]}_sub_{columns[1]}"]
    for place in (0, 1):
        scope.add(
            "RelativeFeatures",
            columns=columns + made[:place],
            variables=[place + 2],
            references=[place],
            functions=["sub"],
            fill_value=math.nan,
            drop_original=False,
        )
    scope.add("SelectColumns", columns=made)
    return made


def _sum(names, output, scope):
    total = {"function": "sum", "name": output}
    places = list(range(len(names)))
    scope.add(
        "MathFeatures", columns=names, variables=places, functions=[total], keep_missing=False, drop_original=True
    )


def _times(factor, name, scope):
    _times_all(factor, [name], scope)
    return Column(name)


def _times_all(factor, names, scope):
    """A scaler that multiplies."""
    times = {"scale": factor, "offset": 0.0, "low": -math.inf, "high": math.inf}
    scope.add("MinMaxScaler", columns=names, maps=[times] * len(names))


@converter("feature_engine.DatetimeFeatures")
def datetime_features(step, columns, scope):
    _check_reading(step, scope)
    parts = list(step.features_to_extract_)
    places, columns = _times_at(step, step.variables_, columns, scope)

    def make(chosen, scope):
        names = names_of(chosen)
        scope.add(
            "DatetimeFeatures",
            columns=names,
            clocks=[clock_of(column.field) for column in chosen],
            features_to_extract=parts,
            cyclical=[],
            drop_original=True,
        )
        made = [
            Column(f"{name}_{part}", dtype=numpy.dtype(numpy.int64 if part in IN_INT64 else numpy.int32))
            for name in names
            for part in parts
        ]
        fills = [PARTS_OF_NO_TIME.get(part) for _ in names for part in parts]
        return in_place(made, [place for place, fill in enumerate(fills) if fill is not None], _fill(fills), scope)

    return beside(columns, places, make, scope, dropped=places if step.drop_original else ())


def _fill(fills):
    present = [fill for fill in fills if fill is not None]

    def change(chosen, scope):
        items = [
            {"column": column.name, "kind": "number", "number": fill, "text": "", "indicator": False}
            for column, fill in zip(chosen, present)
        ]
        scope.add("SimpleImputer", columns=items)
        return chosen

    return change


@converter("feature_engine.DatetimeOrdinal")
def datetime_ordinal(step, columns, scope):
    places, columns = _times_at(step, step.variables_, columns, scope)
    first = step.start_date_ordinal_

    def make(chosen, scope):
        names = names_of(chosen)
        before_first = 0 if first is None else int(first) - 1
        clocks = [clock_of(column.field) for column in chosen]
        scope.add(
            "DatetimeOrdinal", columns=names, clocks=clocks, before_first=before_first, drop_original=True
        )
        return numbers_named(f"{name}_ordinal" for name in names)

    return beside(columns, places, make, scope, dropped=places if step.drop_original else ())


@converter("feature_engine.DatetimeSubtraction")
def datetime_subtraction(step, columns, scope):
    _check_reading(step, scope)
    if step.output_unit not in TIME_UNITS:
        scope.refuse(f"output_unit one of {', '.join(TIME_UNITS)}", f"output_unit={step.output_unit!r}")
    variables, columns = _times_at(step, step.variables_, columns, scope)
    references, columns = _times_at(step, step.reference_, columns, scope)
    names = step.new_variables_names or [
        f"{a.name}_sub_{b.name}" for b in at(columns, references) for a in at(columns, variables)
    ]
    scope.add(
        "DatetimeSubtraction",
        columns=names_of(columns),
        variables=variables,
        references=references,
        output_unit=TIME_UNITS[step.output_unit],
        names=list(names),
        drop_original=bool(step.drop_original),
    )
    return without(columns, variables + references if step.drop_original else ()) + numbers_named(names)


def _times_at(step, names, columns, scope):
    """The places of times, and the columns with them decided."""
    places, columns = places_of(step, names), list(columns)
    for place in places:
        columns[place] = scope.timestamp(columns[place])
    return places, columns


def _check_reading(step, scope):
    """Events have their times as RFC 3339 has them; whose clock is read, see clock_of()."""
    if step.variables == "index":
        scope.refuse("the time in a column", "variables='index'")
    for name in ("dayfirst", "yearfirst"):
        scope.parameter(step, name, False)
    scope.parameter(step, "utc", None)
    scope.parameter(step, "format", None)
