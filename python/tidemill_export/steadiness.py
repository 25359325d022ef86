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

TOLERANCE = 1e-12  # that of the import
NUDGE = 16 * numpy.finfo(numpy.float64).eps
SEEDS = range(4)
STEPS = {
    "sklearn.FunctionTransformer",
    "sklearn.PCA",
    "sklearn.PowerTransformer",
    "sklearn.TruncatedSVD",
    "feature_engine.ArcSinhTransformer",
    "feature_engine.ArcsinTransformer",
    "feature_engine.BoxCoxTransformer",
    "feature_engine.CyclicalFeatures",
    "feature_engine.GeoDistanceFeatures",
    "feature_engine.LogCpTransformer",
    "feature_engine.LogTransformer",
    "feature_engine.PowerTransformer",
    "feature_engine.RelativeFeatures",
    "feature_engine.YeoJohnsonTransformer",
}
MODELS = {*LINEAR_MODELS, *NEURAL_NETWORKS}
EXACT_FUNCTIONS = {"absolute", "ceil", "floor", "negative", "reciprocal", "rint", "sign", "sqrt", "square"}


class Steadiness:
    """Tells the steady answers of a fitted pipeline or model from the others."""

    def __init__(self, pipeline):
        self._parts = list(_rounding_parts(pipeline, set()))

    def steady(self, answers, frame, outputs):
        """Which rows have the same answer, within the import's tolerance.

        ``answers`` is a function of frames, n x outputs or None, that uses the
        pipeline; ``outputs`` is what it says of ``frame``.
        """
        steady = numpy.ones(len(frame), bool)
        for seed in SEEDS if self._parts else ():
            with _nudged(self._parts, seed):
                moved = answers(frame)
            if moved is None:  # on some row it raises now
                return self._steady_halves(answers, frame, outputs)
            apart = numpy.abs(moved - outputs) <= TOLERANCE * numpy.maximum(1.0, numpy.abs(outputs))
            steady &= apart.all(axis=1)
        return steady

    def warn(self, unsteady, count):
        """Tells the user of ``unsteady`` among ``count`` rows."""
        if unsteady:
            names = ", ".join(sorted({type(part).__name__ for part in self._parts}))
            warnings.warn(
                f"{unsteady} of {count} rows have an answer that hangs on the last places of numbers in {names}, "
                "which differ from processor to processor: so may production's answer to such a row",
                stacklevel=4,
            )

    def _steady_halves(self, answers, frame, outputs):
        middle = len(frame) // 2
        if middle == 0:
            return numpy.zeros(len(frame), bool)
        halves = (slice(None, middle), slice(middle, None))
        return numpy.concatenate([self.steady(answers, frame.iloc[half], outputs[half]) for half in halves])


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
    return key in STEPS or key in MODELS or key in NAIVE_BAYES


@contextlib.contextmanager
def _nudged(parts, seed):
    """Within it, what the parts compute is off in the last places."""
    patched = []
    try:
        for number, part in enumerate(parts):
            for name, patch in _patches(part):
                setattr(part, name, patch(getattr(part, name), [seed, number]))
                patched.append((part, name))
        yield
    finally:
        for part, name in patched:
            delattr(part, name)


def _patches(part):
    """(method, its replacement) of each that computes."""
    key = class_key(part)
    if key in STEPS:
        return [("transform", _NudgedStep)]
    if key in NAIVE_BAYES:
        return [("_joint_log_likelihood", _NudgedOutput)]
    return [(name, _NudgedInput) for name in ("predict", "predict_proba", "decision_function") if hasattr(part, name)]


class _NudgedInput:
    """A method of numbers that are each some last places off."""

    def __init__(self, method, seed):
        functools.update_wrapper(self, method)  # scikit-learn reads its name
        self.method, self.seed = method, seed

    def __call__(self, X):
        return self.method(_nudge(X, self.seed))


class _NudgedOutput(_NudgedInput):
    """The same of what it returns."""

    def __call__(self, X):
        return _nudge(self.method(X), self.seed)


class _NudgedStep(_NudgedInput):
    """The same of what goes in; a frame's columns that are passed on stay as they are."""

    def __call__(self, X):
        made = self.method(_nudge(X, self.seed))
        if hasattr(made, "columns"):
            plain = self.method(X)
            for name in made.columns.intersection(getattr(X, "columns", [])):
                if plain[name].equals(X[name]):
                    made[name] = X[name]
        return made


def _nudge(values, seed):
    """A few last places up or down, each number by itself; 0 stays 0."""
    import pandas

    random = numpy.random.default_rng(seed)
    if isinstance(values, pandas.DataFrame):
        numbers = values.select_dtypes("number").columns
        factors = _factors((len(values), len(numbers)), random)
        return values.assign(**{name: values[name] * factors[:, place] for place, name in enumerate(numbers)})
    if hasattr(values, "tocsr"):
        made = values.astype(numpy.float64)
        made.data = made.data * _factors(made.data.shape, random)
        return made
    values = numpy.asarray(values)
    return values * _factors(values.shape, random) if values.dtype.kind in "iuf" else values


def _factors(shape, random):
    return 1.0 + NUDGE * random.choice([-1.0, 1.0], shape)
