"""Rows whose answer changes when numbers within the pipeline are off in their last places.

Some parts of a pipeline are not the same bits everywhere, not even in Python:
numpy's logarithm and the order of a matrix product depend on the processor.
Where a tree behind them splits at just such a number, or a model's terms cancel
out, the answer to a row is not sure. Such rows cannot verify anything.
"""

import contextlib
import functools
import warnings

import numpy

from .linear_models import LINEAR_MODELS
from .naive_bayes import NAIVE_BAYES
from .neural_networks import NEURAL_NETWORKS
from .steps import class_key
from .verification import answers_of_rows

NUDGE = 16 * numpy.finfo(numpy.float64).eps
PAIRS = 2  # of draws: what one moves up the other moves down
# What they make is rounded otherwise; of some what goes in is moved, too, for sums cancel out within.
STEPS = {
    "sklearn.FunctionTransformer",
    "feature_engine.ArcSinhTransformer",
    "feature_engine.ArcsinTransformer",
    "feature_engine.CyclicalFeatures",
    "feature_engine.GeoDistanceFeatures",
    "feature_engine.LogCpTransformer",
    "feature_engine.LogTransformer",
    "feature_engine.PowerTransformer",
    "feature_engine.RelativeFeatures",
}
SUMMING_STEPS = {
    "sklearn.PCA",
    "sklearn.PowerTransformer",
    "sklearn.TruncatedSVD",
    "feature_engine.BoxCoxTransformer",
    "feature_engine.YeoJohnsonTransformer",
}
MODELS = {*LINEAR_MODELS, *NEURAL_NETWORKS}
# Their final model is given what others answer: logistic functions and sums.
STACKS = {"sklearn.StackingClassifier", "sklearn.StackingRegressor"}
EXACT_FUNCTIONS = {"absolute", "ceil", "floor", "negative", "reciprocal", "rint", "sign", "sqrt", "square"}
ANSWERS = ("predict", "predict_proba", "decision_function")


class Steadiness:
    """Tells the steady answers of a fitted pipeline or model from the others.

    Threads: while it works no other thread may use the pipeline, whose methods
    it replaces for the time.
    """

    def __init__(self, pipeline):
        self._parts = list(_rounding_parts(pipeline, set()))
        self._used = set()

    def moves(self, answers, frame, outputs):
        """By how much the answer to each row moves, over max(1, |answer|); infinite where there is none any more.

        ``answers`` is a function of frames that uses the pipeline; ``outputs``
        is what it says of ``frame``, n x outputs.
        """
        most, size = numpy.zeros(len(frame)), numpy.maximum(1.0, numpy.abs(outputs))
        for seed in range(PAIRS) if self._parts else ():
            for sign in (1.0, -1.0):
                with _nudged(self._parts, Nudge(seed, sign), self._used):
                    moved = answers_of_rows(answers, frame, outputs.shape[1])
                apart = (numpy.abs(moved - outputs) / size).max(axis=1)
                most = numpy.maximum(most, numpy.where(numpy.isnan(apart), numpy.inf, apart))
        return most

    def warn(self, unsteady, count):
        """Tells the user of ``unsteady`` among ``count`` rows."""
        if unsteady:
            warnings.warn(
                f"{unsteady} of {count} rows have an answer that hangs on the last places of numbers in "
                f"{', '.join(sorted(self._used))}, which differ from processor to processor: so may production's "
                "answer to such a row",
                stacklevel=4,
            )


# ---------------------------------------------------------------- the parts


def _rounding_parts(part, seen):
    """The estimators in a fitted estimator that round otherwise elsewhere."""
    if id(part) in seen:
        return
    seen.add(id(part))
    if isinstance(part, dict):
        inner = part.values()
    elif isinstance(part, (list, tuple)):
        inner = part
    elif type(part).__module__.split(".")[0] in ("sklearn", "feature_engine"):
        if _rounds(part):
            yield part
        inner = getattr(part, "__dict__", {}).values()
    else:
        return
    for one in inner:
        yield from _rounding_parts(one, seen)


def _rounds(part):
    key = class_key(part)
    if key == "sklearn.FunctionTransformer":
        return part.func is not None and getattr(part.func, "__name__", None) not in EXACT_FUNCTIONS
    return any(key in known for known in (STEPS, SUMMING_STEPS, MODELS, NAIVE_BAYES, STACKS))


def _patches(part):
    """(object, method, its replacement) of each that computes."""
    key = class_key(part)
    if key in STEPS:
        return [(part, "transform", _NudgedStep)]
    if key in SUMMING_STEPS:
        return [(part, "transform", _NudgedSummingStep)]
    if key in NAIVE_BAYES:
        return [(part, "_joint_log_likelihood", _NudgedOutput)]
    if key in STACKS:
        final = getattr(part, "final_estimator_", None)
        return [(final, name, _NudgedInput) for name in ANSWERS if hasattr(final, name)]
    return [(part, name, _NudgedInput) for name in ANSWERS if hasattr(part, name)]


@contextlib.contextmanager
def _nudged(parts, nudge, used):
    """Within it, what the parts compute is off in the last places; the names of those that do go to ``used``."""
    before = []
    try:
        for part in parts:
            for owner, name, patch in _patches(part):
                before.append((owner, name, vars(owner).get(name)))
                method = patch(getattr(owner, name), nudge, functools.partial(used.add, type(part).__name__))
                setattr(owner, name, method)
        yield
    finally:
        for owner, name, own in reversed(before):
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)


# ------------------------------------------------------------- the replacements


class _NudgedInput:
    """A method of numbers that are each some last places off."""

    def __init__(self, method, nudge, note):
        functools.update_wrapper(self, method)  # scikit-learn reads its name
        self.method, self.nudge, self.note = method, nudge, note

    def __call__(self, X, *more, **named):
        self.note()
        return self.method(self.nudge(X), *more, **named)


class _NudgedOutput(_NudgedInput):
    """The same of what it returns."""

    def __call__(self, X, *more, **named):
        self.note()
        return self.nudge(self.method(X, *more, **named))


class _NudgedStep(_NudgedInput):
    """The same of what a step makes, but for columns that it passes on and for what becomes of 0: all make that alike."""

    def __call__(self, X, *more, **named):
        self.note()
        plain = self.method(X, *more, **named)
        made = self._made(X, plain)
        if hasattr(plain, "tocsr"):
            return self.nudge(made)
        if not hasattr(plain, "columns"):
            given = X if numpy.shape(X) == numpy.shape(plain) else None
            return _moved(given, numpy.asarray(plain), numpy.asarray(made), self.nudge)
        columns = {
            name: _moved(X[name] if name in getattr(X, "columns", ()) else None, plain[name], made[name], self.nudge)
            for name in plain.columns
        }
        return plain.assign(**columns)

    def _made(self, X, plain):
        return plain


class _NudgedSummingStep(_NudgedStep):
    """The same, and of what goes in."""

    def _made(self, X, plain):
        return self.method(self.nudge(X))


def _moved(given, plain, made, nudge):
    """``made`` nudged, ``plain`` where it is what was given or comes of 0."""
    passed_on = given is not None and hasattr(plain, "equals") and plain.equals(given)
    if passed_on or getattr(plain.dtype, "kind", "O") not in "iuf":
        return plain
    moved = nudge(numpy.asarray(made, numpy.float64))
    if given is None:
        return moved
    given, plain = _floats(given), numpy.asarray(plain, numpy.float64)
    return numpy.where((given == plain) | (given == 0.0), plain, moved)


def _floats(values):
    """As an array of float64, of NaN where they are no numbers."""
    try:
        if hasattr(values, "to_numpy"):
            return values.to_numpy(numpy.float64, na_value=numpy.nan)
        return numpy.asarray(values, numpy.float64)
    except (TypeError, ValueError):
        return numpy.full(numpy.shape(values), numpy.nan)


class Nudge:
    """Moves numbers some last places up or down, each by itself; 0 stays 0.

    The same numbers the same way whenever it is called with as many of them.
    """

    def __init__(self, seed, sign):
        self._seed, self._sign = seed, sign

    def __call__(self, values):
        import pandas

        if isinstance(values, pandas.DataFrame):
            numbers = values.select_dtypes("number").columns
            factors = self._factors((len(values), len(numbers)))
            return values.assign(**{name: values[name] * factors[:, place] for place, name in enumerate(numbers)})
        if hasattr(values, "tocsr"):
            made = values.astype(numpy.float64)
            made.data = made.data * self._factors(made.data.shape)
            return made
        values = numpy.asarray(values)
        if values.dtype.kind not in "iufO":
            return values
        try:
            return values.astype(numpy.float64) * self._factors(values.shape)
        except (TypeError, ValueError):  # objects that are no numbers
            return values

    def _factors(self, shape):
        signs = numpy.random.default_rng(self._seed).choice([-self._sign, self._sign], shape)
        return 1.0 + NUDGE * signs
