"""What drift is measured against: the service's own bins, over the training frame."""

import numpy

MAX_BINS = 10


def number_baseline(name, values):
    """A column of numbers.

    Edges lie between the deciles; a value that makes up a decile or more and
    is the greatest gets a bin of its own. As baseline_statistics.cpp.

    Parameters
    ----------
    name : str
    values : array of n float64, NaN where missing

    Returns
    -------
    dict
    """
    values = numpy.asarray(values, numpy.float64)
    present = values[~numpy.isnan(values)] + 0.0  # -0.0 and 0.0 are one value
    ordered = numpy.sort(present)
    edges = _edges(ordered)
    counts = []
    if edges:
        places = numpy.searchsorted(edges[1:-1], ordered, side="right")
        counts = numpy.bincount(places, minlength=len(edges) - 1).tolist()
    mean = _sum(present) / len(present) if len(present) else float("nan")
    deviation = (_sum((present - mean) ** 2) / len(present)) ** 0.5 if len(present) else float("nan")
    return _baseline(name, "number", edges, [], counts, len(values) - len(present), mean, deviation)


def category_baseline(name, categories, cells):
    """A column of texts, None where missing; ``categories`` is the field's dictionary."""
    place_of = {text: place for place, text in enumerate(categories)}
    counts = [0] * len(categories)
    missing = 0
    for cell in cells:
        if cell is None:
            missing += 1
        else:
            counts[place_of[cell]] += 1
    return _baseline(name, "category", [], categories, counts, missing, 0.0, 0.0)


def _baseline(name, kind, edges, categories, counts, missing, mean, deviation):
    return {
        "name": name,
        "kind": kind,
        "edges": edges,
        "categories": categories,
        "counts": counts,
        "missing": missing,
        "mean": mean,
        "standard_deviation": deviation,
    }


def _sum(values):
    """One after the other, as the service adds."""
    return float(numpy.cumsum(values)[-1])


def _edges(ordered):
    if not len(ordered):
        return []
    distinct = numpy.unique(ordered)
    if len(distinct) == 1:
        return [float(distinct[0])] * 2
    if len(distinct) <= MAX_BINS:
        inner = [_between(low, high) for low, high in zip(distinct[:-1], distinct[1:])]
    else:
        inner = _inner_deciles(ordered)
    edges = [float(ordered[0])]
    for edge in inner:
        if edges[-1] < edge < ordered[-1]:
            edges.append(float(edge))
    return [*edges, float(ordered[-1])]


def _inner_deciles(ordered):
    greatest = ordered[-1]
    inner = []
    for place in range(1, MAX_BINS):
        edge = ordered[place * len(ordered) // MAX_BINS]
        if edge == greatest:
            edge = _between(ordered[numpy.searchsorted(ordered, greatest) - 1], greatest)
        inner.append(edge)
    return inner


def _between(low, high):
    """Above ``low`` and not above ``high``, half way where float64 has a number there."""
    middle = low / 2.0 + high / 2.0
    return middle if low < middle <= high else high
