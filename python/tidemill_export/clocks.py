"""Time zones as what a clock there shows: offsets from UTC and since when."""

import datetime

import numpy

AS_WRITTEN = {"since": [], "offsets": []}
FIRST, LAST = "1800-01-01", "2300-01-01"
_known = {}  # of zones by their repr(): some cannot be hashed
GRID = numpy.timedelta64(12, "h")  # no zone changes twice in between


def clock_of(field):
    """The clock that a timestamp field's parts are read from, as the service's steps have it.

    That of the place where an event was written, unless the frame's column has
    a time zone: then it is the zone's, as pandas converts to it. Between FIRST
    and LAST; before and behind them the nearest offset holds.
    """
    zone = getattr(field.dtype, "tz", None)
    if zone is None:
        return AS_WRITTEN
    if repr(zone) not in _known:
        _known[repr(zone)] = _clock_of_zone(zone)
    return _known[repr(zone)]


def _clock_of_zone(zone):
    times = numpy.arange(FIRST, LAST, GRID, dtype="datetime64[s]")
    offsets = _offsets(times, zone)
    changed = numpy.flatnonzero(numpy.diff(offsets))
    seconds = times.astype(numpy.int64).tolist()
    return {
        "since": [_change(zone, seconds[place], seconds[place + 1]) for place in changed],
        "offsets": offsets[[0, *(changed + 1)]].tolist(),
    }


def _offsets(times, zone):
    """Seconds east of UTC at instants."""
    import pandas

    local = pandas.DatetimeIndex(times, tz="UTC").tz_convert(zone).tz_localize(None)
    return (local.to_numpy().astype("datetime64[s]") - times).astype(numpy.int64)


def _change(zone, low, high):
    """The first second of another offset than that at ``low``, which ``high`` has."""
    old = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return float(high)


def _offset(zone, second):
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=second)
    return moment.astimezone(zone).utcoffset()
