"""Encoders of categories."""

import numpy

from .columns import Column, numbers_named
from .steps import converter, is_missing

MAX_CATEGORIES = 2000  # the service's, of one OneHotEncoder's column


@converter("sklearn.OneHotEncoder")
def one_hot_encoder(step, columns, scope):
    if step.handle_unknown == "error":
        scope.refuse("handle_unknown='ignore' (an unknown category rejects no event)", "handle_unknown='error'")
    if step.feature_name_combiner != "concat":
        scope.refuse("feature_name_combiner='concat'", "another one")
    dtype = numpy.dtype(step.dtype)
    columns, learned = scope.categories(columns, step.categories_)
    items, made = [], []
    for place, (column, (texts, has_missing)) in enumerate(zip(columns, learned)):
        item = _groups(step, place, column, texts, has_missing)
        if len(item["frequent"]) > MAX_CATEGORIES:
            expected = f"at most {MAX_CATEGORIES} categories in {column.name!r}: max_categories or min_frequency"
            scope.refuse(expected, str(len(item["frequent"])))
        dropped = _dropped(step, place)
        items.append({**item, "drops": dropped is not None, "dropped": dropped or 0})
        names = _one_hot_names(item)
        made += [name for number, name in enumerate(names) if number != dropped]
    scope.add("OneHotEncoder", unknown_is_rare=step.handle_unknown != "ignore", columns=items)
    return numbers_named(made, dtype=dtype, sparse=bool(step.sparse_output))


def _groups(step, place, column, texts, has_missing):
    """The service's CategoryGroups of one column."""
    rare = _rare(step, place)
    known = step.categories_[place]
    missing_is_rare = any(is_missing(known[number]) for number in rare)
    order = [value for value in range(len(known)) if not is_missing(known[value])]
    missing = "rare" if missing_is_rare else "own_place" if has_missing else "unknown"
    return {
        "column": column.name,
        "frequent": [text for number, text in zip(order, texts) if number not in rare],
        "rare": [text for number, text in zip(order, texts) if number in rare],
        "missing": missing,
        "given": not isinstance(step.categories, str),
    }


def _rare(step, place):
    indices = getattr(step, "_infrequent_indices", None)
    if indices is None or indices[place] is None:
        return frozenset()
    return frozenset(int(number) for number in indices[place])


def _dropped(step, place):
    """The number of the output column that is left out: the frequent ones come first, then the rare ones' one."""
    if step.drop_idx_ is None or step.drop_idx_[place] is None:
        return None
    number, rare = int(step.drop_idx_[place]), _rare(step, place)
    if number in rare:
        return len(step.categories_[place]) - len(rare)
    return number - sum(one < number for one in rare)


def _one_hot_names(item):
    name, taken = item["column"], set(item["frequent"])

    def free(text):
        while text in taken:
            text += "_"
        return f"{name}_{text}"

    names = [f"{name}_{text}" for text in item["frequent"]]
    if item["missing"] == "own_place":
        names.append(free("None"))
    if item["rare"] or item["missing"] == "rare":
        names.append(free("infrequent_sklearn"))
    return names


@converter("sklearn.OrdinalEncoder")
def ordinal_encoder(step, columns, scope):
    if step.handle_unknown == "error":
        scope.refuse(
            "handle_unknown='use_encoded_value' (an unknown category rejects no event)", "handle_unknown='error'"
        )
    columns, learned = scope.categories(columns, step.categories_)
    groups = []
    for place, (column, one) in enumerate(zip(columns, learned)):
        groups.append(_with_none(_groups(step, place, column, *one), step.categories_[place], scope))
    dtype = numpy.dtype(step.dtype)
    codes = [float(step.unknown_value), float(step.encoded_missing_value)]
    codes += [float(len(known)) for known in step.categories_]
    if any(not is_missing(code) and (abs(code) >= 2**24 or dtype.type(code) != code) for code in codes):
        scope.refuse("dtype=float64", f"dtype={dtype}")
    scope.add(
        "OrdinalEncoder", unknown_value=codes[0], encoded_missing_value=codes[1], columns=groups
    )
    return [Column(column.name, dtype=dtype, sparse=False) for column in columns]


def _with_none(groups, known, scope):
    """None is no missing value to OrdinalEncoder, but the last category: its code is what rare ones would have."""
    if groups["missing"] != "own_place" or isinstance(known[-1], float):
        return groups
    if groups["rare"]:
        scope.refuse(f"missing cells of {groups['column']!r} that are NaN (replace them in the frame)", str(known[-1]))
    return {**groups, "missing": "rare"}


@converter("sklearn.TargetEncoder")
def target_encoder(step, columns, scope):
    columns, learned = scope.categories(columns, step.categories_)
    means = scope.finite(step.target_mean_, "means of the target")
    classes = [str(label) for label in step.classes_] if step.target_type_ == "multiclass" else []
    count = len(means)
    items, names = [], []
    for place, (column, (texts, _)) in enumerate(zip(columns, learned)):
        known = step.categories_[place]
        encodings = numpy.column_stack(step.encodings_[place * count : (place + 1) * count])
        present = [not is_missing(value) for value in known]
        missing = encodings[[not one for one in present]]
        items.append(
            {
                "column": column.name,
                "categories": texts,
                "encodings": scope.finite(encodings[present], "encodings"),
                "missing": scope.finite(missing, "encodings") if len(missing) else means,
            }
        )
        names += [f"{column.name}_{label}" for label in classes] or [column.name]
    scope.add("TargetEncoder", target_means=means, classes=classes, columns=items)
    return numbers_named(names, sparse=False)
