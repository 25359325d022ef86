"""Feature-engine's encoders of categories.

An unknown category rejects no event, so ``unseen="raise"`` is refused. With
``unseen="ignore"`` it becomes a missing number; what a later step raises at
that, production sends to the dead letters.
"""

import numpy

from .columns import Column, numbers_named
from .in_place import beside, in_place, places_of
from .steps import INSTEAD, converter, is_missing, number_text

INSTEAD["feature_engine.StringSimilarityEncoder"] = "OneHotEncoder, or CountVectorizer(analyzer='char')"
INSTEAD["feature_engine.MatchCategories"] = "no such step: the encoders know their categories themselves"


@converter(
    "feature_engine.CountFrequencyEncoder",
    "feature_engine.DecisionTreeEncoder",
    "feature_engine.MeanEncoder",
    "feature_engine.OrdinalEncoder",
    "feature_engine.WoEEncoder",
)
def table_encoder(step, columns, scope):
    """A number per category."""
    if step.unseen == "raise":
        scope.refuse("unseen='ignore' or 'encode' (an unknown category rejects no event)", "unseen='raise'")
    tables = [_table(step.encoder_dict_[name], scope) for name in step.variables_]

    def change(chosen, scope):
        chosen, learned = _categories(chosen, [list(table) for table in tables], scope)
        items = [
            {"column": column.name, "categories": texts, "encodings": list(table.values())}
            for column, (texts, _), table in zip(chosen, learned, tables)
        ]
        _add_tables(step, items, scope)
        return [Column(column.name, dtype=_dtype(table)) for column, table in zip(chosen, tables)]

    return in_place(columns, places_of(step, step.variables_), change, scope)


def _table(learned, scope):
    """Category to number; one without a number counts as unseen, as it does there."""
    present = {key: value for key, value in learned.items() if not is_missing(key) and not is_missing(value)}
    scope.finite(list(present.values()), "encodings")
    return present


def _dtype(table):
    whole = all(isinstance(value, (int, numpy.integer)) for value in table.values())
    return numpy.dtype(numpy.int64 if whole else numpy.float64)


def _add_tables(step, items, scope):
    """``unseen="encode"`` fills missing cells too."""
    if step.unseen != "encode":
        scope.add("CountFrequencyEncoder", unseen_is_zero=False, columns=items)
        return
    other = scope.finite([step._unseen], "a number for unseen categories")
    scope.add(
        "TargetEncoder", target_means=other, classes=[], columns=[{**item, "missing": other} for item in items]
    )


def _categories(columns, known, scope):
    """As ``scope.categories``; what came of numbers already knows them by their texts."""
    known = [
        [one if isinstance(one, str) else number_text(one) for one in values]
        if column.kind == "category" and column.field is None
        else values
        for column, values in zip(columns, known)
    ]
    return scope.categories(columns, known)


@converter("feature_engine.OneHotEncoder")
def one_hot_encoder(step, columns, scope):
    known = [step.encoder_dict_[name] for name in step.variables_]

    def make(chosen, scope):
        chosen, learned = _categories(chosen, known, scope)
        items, names = [], []
        for column, (texts, _) in zip(chosen, learned):
            groups = {"column": column.name, "frequent": texts, "rare": [], "missing": "unknown", "given": True}
            items.append({**groups, "drops": False, "dropped": 0})
            names += [f"{column.name}_{text}" for text in texts]
        scope.add("OneHotEncoder", unknown_is_rare=False, columns=items)
        return numbers_named(names, dtype=numpy.dtype(numpy.int64))

    places = places_of(step, step.variables_)
    return beside(columns, places, make, scope, dropped=places)


@converter("feature_engine.RareLabelEncoder")
def rare_label_encoder(step, columns, scope):
    known = [[one for one in step.encoder_dict_[name] if not is_missing(one)] for name in step.variables_]
    replace_with = step.replace_with

    def change(chosen, scope):
        name = replace_with
        if not isinstance(name, str):
            if not all(column.kind == "number" for column in chosen):
                scope.refuse("a text as replace_with", repr(name)[:80])
            name = number_text(name)
        chosen, learned = _categories(chosen, known, scope)
        items = []
        for column, (texts, _) in zip(chosen, learned):
            scope.know(column, [name])
            items.append({"column": column.name, "frequent": sorted(texts)})
        scope.add("RareLabelEncoder", replace_with=name, columns=items)
        return chosen

    return in_place(columns, places_of(step, step.variables_), change, scope)
