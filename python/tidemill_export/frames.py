"""The training frame: its fields, and events as such a frame again."""

import numpy

from .clocks import FIRST, LAST
from .columns import Column, Field
from .errors import ExportError
from .limits import MAX_INTEGER
from .steps import is_missing


def fields_of(frame):
    """The fields of a frame's columns.

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    list of Field, in the frame's order; columns of texts are undecided, and
    what no event can say alike (float32 numbers, cells of several kinds) is
    refused: an error for the first step that reads it.
    """
    return [_field(name, frame[name]) for name in frame.columns]


def columns_of(fields):
    """The columns that enter the first step."""
    return [Column(field.name, None, field, _numpy_dtype(field), False) for field in fields]


def cells_of(frame, field):
    """A frame's column as Python objects, None where missing: what an event can say."""
    return [None if is_missing(cell) else cell for cell in frame[field.name].tolist()]


def restored(events, fields):
    """A frame of events, as read_events() gives them, with the training frame's columns and dtypes.

    A whole number or boolean column with a missing cell is one of floats, a
    category that training did not see one more category, or missing where the
    field is closed.
    """
    import pandas

    empty = [None] * len(events)
    columns = {}
    for field in fields:
        cells = events[field.name].tolist() if field.name in events else empty
        columns[field.name] = _restored(cells, field)
    frame = pandas.DataFrame(columns)
    frame.index = events.index
    return frame


def _field(name, column):
    field = Field(name, dtype=column.dtype)
    try:
        field.type = _type_of(name, column)
        field.missing = _missing_of(field, column)
    except ExportError as error:
        field.refused = error
    return field


def _missing_of(field, column):
    """What stands in the missing cells, ... when there are none."""
    import pandas

    kinds = {_missing_kind(cell) for cell in column[column.isna()].tolist()}
    if len(kinds) > 1 and field.type is None:
        expected = "missing cells of one kind, e.g. fillna(numpy.nan)"
        raise ExportError(f"column {field.name!r}", expected, " and ".join(sorted(kinds)))
    return {"None": None, "NaN": float("nan"), "pandas.NA": pandas.NA}[kinds.pop()] if kinds else ...


def _missing_kind(cell):
    if cell is None:
        return "None"
    return "NaN" if isinstance(cell, float) or type(cell).__name__ == "NaTType" else "pandas.NA"


def _type_of(name, column):
    import pandas

    dtype = column.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        return _type_of(name, pandas.Series(dtype.categories))
    if isinstance(dtype, pandas.SparseDtype):
        raise ExportError(f"column {name!r}", "a dense column: .sparse.to_dense() before fitting", str(dtype))
    if pandas.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pandas.api.types.is_integer_dtype(dtype):
        return _integer(name, column)
    if pandas.api.types.is_float_dtype(dtype):
        if dtype.itemsize != 8:
            raise ExportError(f"column {name!r}", "float64: astype('float64') before fitting", str(dtype))
        return "number"
    if pandas.api.types.is_datetime64_any_dtype(dtype):
        return _timestamp(name, column)
    return _type_of_objects(name, column)


def _timestamp(name, column):
    import pandas

    if hasattr(column.dtype, "pyarrow_dtype"):
        expected = "pandas' own times: .astype('datetime64[us]'), or with the zone 'datetime64[us, ZONE]'"
        raise ExportError(f"column {name!r}", expected, str(column.dtype))
    if getattr(column.dtype, "tz", None) is not None:
        first, last = (pandas.Timestamp(day, tz="UTC") for day in (FIRST, LAST))
        beyond = column[(column < first) | (column >= last)]
        if len(beyond):
            expected = f"times from {first.year} to {last.year}, where a zone's offsets are known (tz_localize(None))"
            raise ExportError(f"column {name!r}", expected, str(beyond.iloc[0]))
    return "timestamp"


def _integer(name, column):
    beyond = column[(column > MAX_INTEGER) | (column < -MAX_INTEGER)]
    if len(beyond):
        expected = "whole numbers up to 2^53, which a float64 holds (astype(str) of what is a key)"
        raise ExportError(f"column {name!r}", expected, str(beyond.iloc[0]))
    return "integer"


def _type_of_objects(name, column):
    cells = column.dropna().tolist()
    kinds = sorted({type(cell).__name__ for cell in cells})
    if kinds in ([], ["str"]):
        return _texts(name, cells)
    if kinds == ["bool"]:
        return "boolean"
    expected = "texts, numbers of one dtype, booleans or pandas times (astype('float64'), pandas.to_datetime)"
    raise ExportError(f"column {name!r}", expected, f"{column.dtype} with {', '.join(kinds)}")


def _texts(name, cells):
    """Undecided, but UTF-8."""
    try:
        "".join(cells).encode("utf-8")
    except UnicodeEncodeError:
        raise ExportError(f"column {name!r}", "texts that UTF-8 can hold", "half of a surrogate pair") from None


def _numpy_dtype(field):
    """What numpy makes of the column in a frame."""
    import pandas

    dtype = field.dtype
    if isinstance(dtype, pandas.CategoricalDtype):
        dtype = dtype.categories.dtype
    if isinstance(dtype, numpy.dtype) and dtype.kind in "fiub":
        return dtype
    return numpy.dtype(object)


def _restored(cells, field):
    import pandas

    if isinstance(field.dtype, pandas.CategoricalDtype):
        return _categorical(cells, field)
    if field.type == "timestamp" and pandas.api.types.is_datetime64_any_dtype(field.dtype):
        return _times(cells, field.dtype)
    if field.type in ("number", "integer", "boolean") and field.dtype != object:
        return _numbers(cells, field.dtype)
    missing = float("nan") if field.missing is ... else field.missing
    values = numpy.empty(len(cells), dtype=object)
    values[:] = [missing if is_missing(cell) else cell for cell in cells]
    return pandas.Series(values, dtype=field.dtype)  # of an array pandas would choose the dtype itself


def _categorical(cells, field):
    import pandas

    dtype = field.dtype
    cells = [None if is_missing(cell) else cell for cell in cells]
    known = set(dtype.categories)
    unseen = [cell for cell in dict.fromkeys(cells) if cell is not None and cell not in known]
    if field.closed:
        return pandas.Categorical([cell if cell in known else None for cell in cells], dtype=dtype)
    return pandas.Categorical(cells, categories=[*dtype.categories, *unseen], ordered=dtype.ordered)


def _times(cells, dtype):
    import pandas

    zone = getattr(dtype, "tz", None)
    if zone is None:  # the clock as written
        cells = [None if is_missing(cell) else pandas.Timestamp(cell).tz_localize(None) for cell in cells]
        return pandas.Series(cells, dtype=dtype).array
    times = pandas.to_datetime(pandas.Series(cells, dtype=object), utc=True, format="ISO8601")
    return times.dt.tz_convert(zone).astype(dtype).array


def _numbers(cells, dtype):
    import pandas

    if not isinstance(dtype, numpy.dtype):  # a nullable one of pandas
        return pandas.array([pandas.NA if is_missing(cell) else cell for cell in cells], dtype=dtype)
    if any(is_missing(cell) for cell in cells):
        return numpy.array([numpy.nan if is_missing(cell) else cell for cell in cells], dtype=numpy.float64)
    if dtype.kind in "iu":
        bounds = numpy.iinfo(dtype)
        if any(not bounds.min <= cell <= bounds.max or cell != int(cell) for cell in cells):
            return numpy.array(cells, dtype=numpy.float64)
    return numpy.array(cells, dtype=dtype)
