"""Feature-engine's discretisers and trees on one column: levels between edges.

All of them raise an error at a missing or infinite number; here it is a dead
letter (see ``guarded``, and the infinite ends of the levels). Only where the
bins' texts are asked for, and some step before made the number missing, is it
an unseen text.
"""

import math

import numpy

from .columns import Column, names_of, numbers_named
from .in_place import beside, guarded, in_place, places_of, prefixed
from .steps import converter

LOWEST = -numpy.finfo(numpy.float64).max
# The least number that is infinite in float32: half a unit beyond its greatest.
TOO_GREAT_FOR_FLOAT32 = 2.0**128 - 2.0**103


def after(number):
    """The next greater number: x <= e is x < after(e)."""
    return float(numpy.nextafter(number, math.inf))


class Levels:
    """A value before the first edge and one behind each; an edge belongs to its right side."""

    def __init__(self, first):
        # An infinite number has no answer there, and an infinite feature none here.
        self.edges, self.values = [LOWEST], [-math.inf, float(first)]

    def then(self, edge, value):
        """From ``edge`` on it is ``value``; edges come in rising order."""
        if edge <= self.edges[-1]:
            self.values[-1] = value
        else:
            self.edges.append(float(edge))
            self.values.append(float(value))

    def state(self):
        self.then(math.inf, math.inf)
        return {"edges": self.edges, "values": self.values}


def cut_levels(bins, outside=math.nan):
    """The number of the bin: those of pandas.cut, closed on the right, the first one on both sides."""
    levels = Levels(outside)
    levels.then(bins[0], 0)
    for number, edge in enumerate(bins[1:-1], 1):
        levels.then(after(edge), number)
    if bins[-1] < math.inf:
        levels.then(after(bins[-1]), outside)
    return levels.state()


def tree_levels(tree, predict):
    """What a decision tree on one column says.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    predict : function of a float64 array of numbers
        The tree's own answers; asked once between every two edges.
    """
    thresholds = sorted({float(t) for t, child in zip(tree.threshold, tree.children_left) if child != -1})
    edges = sorted({float32_edge(threshold) for threshold in thresholds})
    values = predict(numpy.array([-float(numpy.finfo(numpy.float32).max), *edges]))
    levels = Levels(-math.inf)
    levels.then(after(-TOO_GREAT_FOR_FLOAT32), values[0])
    for edge, value in zip(edges, values[1:]):
        levels.then(edge, value)
    levels.then(TOO_GREAT_FOR_FLOAT32, math.inf)
    return levels.state()


def float32_edge(threshold):
    """The least float64 that goes right: trees compare the nearest float32 with their threshold."""
    above = numpy.float32(threshold)
    if not float(above) > threshold:
        above = numpy.nextafter(above, numpy.float32(math.inf))
    below = numpy.nextafter(above, numpy.float32(-math.inf))
    middle = (float(below) + float(above)) / 2.0
    return middle if numpy.float32(middle) == above else after(middle)


@converter(
    "feature_engine.ArbitraryDiscretiser",
    "feature_engine.EqualFrequencyDiscretiser",
    "feature_engine.EqualWidthDiscretiser",
    "feature_engine.GeometricWidthDiscretiser",
)
def discretiser(step, columns, scope):
    raises = getattr(step, "errors", "ignore") == "raise"
    if raises and step.return_boundaries:
        scope.refuse("errors='ignore' with return_boundaries=True", "errors='raise'")
    outside = math.inf if raises else math.nan
    return _cut(step, columns, scope, step.return_boundaries, outside)


def _cut(step, columns, scope, boundaries, outside=math.nan):
    bins = [[float(edge) for edge in step.binner_dict_[name]] for name in step.variables_]

    def change(chosen, scope):
        scope.numbers(chosen)
        maps = [cut_levels(edges, outside) for edges in bins]
        made = numbers_named(names_of(chosen), dtype=numpy.dtype(numpy.int64))
        made = _levels(chosen, made, maps, scope)
        return _label(made, bins, step.precision, scope) if boundaries else made

    return in_place(columns, places_of(step, step.variables_), change, scope)


def _levels(chosen, made, maps, scope):
    """A number that is missing because it lies in no bin is not one that was missing before."""
    guarded(chosen, chosen, scope)
    scope.add("PiecewiseConstant", columns=names_of(chosen), maps=maps)
    return made


def _label(columns, bins, precision, scope):
    """The bins' texts, as pandas writes them."""
    tables, texts_outside = [], []
    for edges in bins:
        texts, outside = _labels(edges, precision)
        tables.append({"numbers": [float(number) for number in range(len(texts))], "categories": texts})
        texts_outside.append(outside)
    names = names_of(columns)
    scope.add("NumbersAsCategories", columns=names, variables=list(range(len(names))), tables=tables)
    if any(text is not None for text in texts_outside):
        items = [
            {"column": name, "kind": "category", "number": 0.0, "text": text, "indicator": False}
            for name, text in zip(names, texts_outside)
        ]
        scope.add("SimpleImputer", columns=items)
    return [Column(name, "category") for name in names]


def _labels(edges, precision):
    """The texts of the bins, and of a number outside: None where that stays missing (from pandas 3 on)."""
    import pandas

    last = edges[-1]
    if last == math.inf:
        last = after(edges[-2]) if math.isfinite(edges[-2]) else 0.0
    cells = pandas.Series([*edges[1:-1], last, math.nan])
    texts = pandas.cut(cells, edges, precision=precision, include_lowest=True).astype(str)
    outside = texts.iloc[-1]
    return [str(text) for text in texts.iloc[:-1]], outside if isinstance(outside, str) else None


@converter("feature_engine.DecisionTreeDiscretiser")
def decision_tree_discretiser(step, columns, scope):
    if step.bin_output != "prediction":
        return _cut(step, columns, scope, step.bin_output == "boundaries")

    def change(chosen, scope):
        scope.numbers(chosen)
        classify = not step.regression
        maps = [_tree(step.binner_dict_[name], name, step.precision, classify, scope) for name in step.variables_]
        return _levels(chosen, numbers_named(names_of(chosen)), maps, scope)

    return in_place(columns, places_of(step, step.variables_), change, scope)


@converter("feature_engine.DecisionTreeFeatures")
def decision_tree_features(step, columns, scope):
    names = step.input_features_
    if not all(isinstance(name, str) for name in names):
        scope.refuse("features_to_combine=1 (a tree on one column)", "trees on several columns")
    classify = not step.regression and step._is_binary == "binary"
    precision = step.precision if step.regression or classify else None

    def make(chosen, scope):
        scope.numbers(chosen)
        maps = [_tree(tree, name, precision, classify, scope) for tree, name in zip(step.estimators_, names)]
        return _levels(chosen, numbers_named(names_of(chosen)), maps, scope)

    def make_named(chosen, scope):
        """Beside their own columns they need names of their own."""
        return prefixed("tree", chosen, make, scope)

    dropped = places_of(step, step.variables_) if step.drop_original else ()
    return beside(columns, places_of(step, names), make_named, scope, dropped=dropped)


def _tree(search, name, precision, classify, scope):
    """A fitted GridSearchCV over trees on the column of that name."""
    import pandas

    def predict(numbers):
        frame = pandas.DataFrame({name: numbers})
        values = search.predict_proba(frame)[:, 1] if classify else search.predict(frame)
        if values.dtype.kind not in "fiub":
            scope.refuse("a target of numbers", "classes that are texts")
        return values if precision is None else numpy.round(values, precision)

    return tree_levels(search.best_estimator_.tree_, predict)
