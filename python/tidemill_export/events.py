"""Frames as events and events as frames, by the rules of the service.

Missing and null are the same; a key that stands twice, a number that no
float64 holds, NaN and infinities, bytes that are not UTF-8 and half of a
surrogate pair are refused, here as there.
"""

import datetime
import json
import math
import numbers
import os

import numpy

from .documents import write_whole
from .errors import ExportError
from .steps import is_missing

MAX_DEPTH = 64
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # may begin a file, but no event


def to_events(frame, path=None):
    """Writes a frame's rows as events, one JSON object a line.

    Parameters
    ----------
    frame : pandas.DataFrame of n rows
        Column names are texts, each once. Cells are numbers, booleans, texts,
        dates and times; None, NaN, NaT and pandas.NA are left out, for missing
        and null are the same. Times without a zone count as UTC.
    path : str or path-like, optional
        A file to write, whole or not at all.

    Returns
    -------
    list of n str without ``path``, else None.

    Raises
    ------
    ExportError
        Naming row and column of a cell that would not arrive as it is.
    """
    names = _names(frame)
    columns = [frame.iloc[:, place].tolist() for place in range(len(names))]
    lines = [
        _line(row, names, cells)
        for row, cells in enumerate(zip(*columns) if columns else [()] * len(frame))
    ]
    if path is None:
        return lines
    write_whole(path, "".join(line + "\n" for line in lines))
    return None


def read_events(source):
    """Reads events into a frame, refusing what the service would refuse.

    Parameters
    ----------
    source : str, path-like or iterable of str or bytes
        A file of JSON lines, or the lines.

    Returns
    -------
    pandas.DataFrame with one row per event and a column per key, in the order
    in which keys appear; a missing cell is None or NaN.

    Raises
    ------
    ExportError
        Naming the first line that is no event.
    """
    import pandas

    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
                file.seek(0)
            source = file.readlines()
    events = [parse_event(line, number) for number, line in enumerate(source)]
    names = list(dict.fromkeys(name for event in events for name in event))
    columns = {name: [event.get(name) for event in events] for name in names}
    return pandas.DataFrame(columns, index=range(len(events)))


def parse_event(line, number=0):
    """One event as a dict. Raises ExportError naming the line."""
    where = f"line {number}"
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        event = json.loads(
            text.strip(" \t\r\n"),
            object_pairs_hook=lambda pairs: _object(pairs, where),
            parse_constant=lambda name: _refuse(where, "a finite number", name),
            parse_float=lambda digits: _float(digits, where),
            parse_int=lambda digits: _int(digits, where),
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ExportError(where, "a JSON object in UTF-8", str(error)) from None
    if not isinstance(event, dict):
        raise ExportError(where, "a JSON object", f"a {type(event).__name__}")
    _check_texts(event, where, 1)
    return event


def _refuse(where, expected, got):
    raise ExportError(where, expected, got)


def _object(pairs, where):
    event = {}
    for key, value in pairs:
        if key in event:
            _refuse(where, "every key once", f"{key!r} twice")
        event[key] = value
    return event


def _float(digits, where):
    value = float(digits)
    if math.isinf(value):
        _refuse(where, "a number that a float64 holds", digits[:40])
    return value


def _int(digits, where):
    _float(digits, where)
    return int(digits)


def _check_texts(value, where, depth):
    if depth > MAX_DEPTH:
        _refuse(where, f"at most {MAX_DEPTH} levels", "more")
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, where)
            _check_texts(item, where, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item, where, depth + 1)


def _check_text(text, where):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse(where, "text that UTF-8 can hold", "half of a surrogate pair")


def _names(frame):
    names = list(frame.columns)
    seen = set()
    for name in names:
        if not isinstance(name, str) or not name:
            _refuse("the frame's columns", "names that are texts", repr(name))
        _check_text(name, "the frame's columns")
        if name in seen:
            _refuse("the frame's columns", "every name once", f"{name!r} twice")
        seen.add(name)
    return names


def _line(row, names, cells):
    event = {}
    for name, cell in zip(names, cells):
        if not is_missing(cell):
            event[name] = _cell(cell, f"row {row}, column {name!r}")
    return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _cell(cell, where):
    if isinstance(cell, str):
        _check_text(cell, where)
        return cell
    if isinstance(cell, datetime.date):
        return _time(cell, where)
    if isinstance(cell, numpy.generic):
        # Its times and lengths of time would become integers.
        cell = cell.item() if cell.dtype.kind in "biuf" else _refuse_kind(cell, where)
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, numbers.Integral):
        return _whole(int(cell), where)
    if isinstance(cell, float):
        if math.isinf(cell):
            _refuse(where, "a finite number", str(cell))
        return cell
    return _refuse_kind(cell, where)


def _refuse_kind(cell, where):
    kind = f"{type(cell).__module__}.{type(cell).__name__}"
    _refuse(where, "a number, a boolean, a text or a time", f"a {kind}")


def _whole(number, where):
    try:
        float(number)
    except OverflowError:
        _refuse(where, "a number that a float64 holds", f"one of {number.bit_length()} bits")
    return number


def _time(moment, where):
    """ISO 8601 with microseconds at most, with the offset of the clock it was read from if it is one in minutes."""
    if getattr(moment, "nanosecond", 0):
        _refuse(where, "a time in whole microseconds (.dt.floor('us'))", moment.isoformat())
    if isinstance(moment, datetime.datetime):
        offset = moment.utcoffset()
        if offset is not None and offset.total_seconds() % 60:
            moment = moment.astimezone(datetime.timezone.utc)  # no text has seconds there
    return moment.isoformat()
