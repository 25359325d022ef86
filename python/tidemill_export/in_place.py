"""Steps on some of the columns, as Feature-engine works: the others keep their places."""

from .columns import names_of
from .composition import unite
from .steps import Scope


def places_of(step, names):
    """Where the step's columns stand. It knows them by the names that they have in the frame, not in the service."""
    places = {name: place for place, name in enumerate(step.feature_names_in_)}
    return [places[name] for name in names]


def at(columns, places):
    return [columns[place] for place in places]


def without(columns, places):
    return [column for place, column in enumerate(columns) if place not in set(places)]


def in_place(columns, places, change, scope):
    """Some columns changed, all of them where they were.

    Parameters
    ----------
    places : list of int
    change : function of (list of Column, Scope)
        Adds the steps for the columns at those places, and returns as many.

    Returns
    -------
    list of Column
    """
    if not places:
        return columns
    if places == list(range(len(columns))):
        return change(columns, scope)
    made = _side_by_side(at(columns, places), without(columns, places), change, scope)
    rest, changed = iter(made[: -len(places)]), dict(zip(places, made[-len(places) :]))
    ordered = [changed[place] if place in changed else next(rest) for place in range(len(columns))]
    if ordered != made:
        scope.add("SelectColumns", columns=names_of(ordered))
    return ordered


def beside(columns, places, make, scope, dropped=()):
    """The columns, and behind them what is made of those at ``places``.

    Parameters
    ----------
    make : function of (list of Column, Scope)
        Adds the steps for the columns at those places, and returns any number.
    dropped : places of columns that are left out

    Returns
    -------
    list of Column
    """
    if not places:
        return columns
    return _side_by_side(at(columns, places), without(columns, dropped), make, scope)


def prefixed(name, columns, make, scope):
    """What is made of the columns, under names that begin with NAME__."""
    inner = Scope(scope.where)
    made = make(columns, inner)
    return unite("ColumnTransformer", [(name, columns, inner.steps, made)], scope, verbose=True)


def keep(columns, places, scope):
    """The columns at these places."""
    kept = at(columns, places)
    if len(kept) < len(columns):
        scope.add("SelectColumns", columns=names_of(kept))
    return kept


def guarded(before, made, scope, total=True):
    """No score where the origin raises an error.

    A raw field that may not be missing is a required one; a number that some
    step works out can be missing in spite of that, and what has no value (with
    ``total`` False: a logarithm of -1) is missing even of a raw field. A tree
    would score it. A step "RequireNumbers" makes an infinity of it, and an
    infinite feature is a dead letter.
    """
    open_ends = [place for place, column in enumerate(before) if column.field is None or not total]
    return in_place(made, open_ends, require_numbers, scope)


def require_numbers(columns, scope):
    scope.add("RequireNumbers", columns=names_of(columns))
    return columns


def _side_by_side(chosen, rest, change, scope):
    inner = Scope(scope.where)
    made = change(chosen, inner)
    parts = [("rest", rest, [], rest), ("chosen", chosen, inner.steps, made)]
    return unite("ColumnTransformer", [part for part in parts if part[1]], scope)
