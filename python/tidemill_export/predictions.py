"""Predictions as a frame."""

import gzip
import json
import os

from .errors import ExportError

TIMES = ("event_time", "scored_time")


def read_predictions(source):
    """Reads predictions back, from `tidemill score` or from the topic.

    Parameters
    ----------
    source : str, path-like or iterable of str or bytes
        A file of JSON lines, plain or in gzip, or the lines: the values of the
        predictions topic.

    Returns
    -------
    pandas.DataFrame, one row per prediction in their order: ``id``,
    ``event_id``, ``service``, ``model``, ``version``, ``variant``, ``score``
    (float64, as many digits as were written), ``label`` where there is one,
    ``event_time`` and ``scored_time`` as times in UTC, and for more than two
    classes a column ``probability_CLASS`` each, in class order.

    Raises
    ------
    ExportError
        Naming the first line that is no prediction.
    """
    import pandas

    rows = [_row(line, number) for number, line in enumerate(_lines(source))]
    frame = pandas.DataFrame(rows)
    for name in TIMES:
        if name in frame:
            frame[name] = pandas.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame


def _lines(source):
    if not isinstance(source, (str, os.PathLike)):
        yield from source
        return
    with open(source, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with (gzip.open if packed else open)(source, "rb") as file:
        yield from file


def _row(line, number):
    try:
        prediction = json.loads(line)
        float(prediction["score"])
        row = {name: value for name, value in prediction.items() if name != "probabilities"}
        for label, share in prediction.get("probabilities", {}).items():
            row[f"probability_{label}"] = share
        return row
    except (ValueError, KeyError, TypeError, AttributeError):
        text = line if isinstance(line, str) else bytes(line).decode("utf-8", "replace")
        raise ExportError(f"line {number}", "a prediction", text.strip()[:80] or "an empty line") from None
