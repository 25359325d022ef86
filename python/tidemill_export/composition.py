"""Transformers that hold others: Pipeline, ColumnTransformer, FeatureUnion."""

import dataclasses
import math

from .columns import common_dtype, names_of
from .steps import convert, convert_all, converter


@converter("sklearn.Pipeline")
def pipeline(step, columns, scope):
    return convert_all(step.steps, columns, scope)


@converter("sklearn.ColumnTransformer")
def column_transformer(step, columns, scope):
    branches = []
    for name, fitted, _ in step.transformers_:
        places = list(step._transformer_to_input_indices[name])
        if places and not (isinstance(fitted, str) and fitted == "drop"):
            branches.append((name, fitted, [columns[place] for place in places]))
    made = _side_by_side("ColumnTransformer", branches, step, scope)
    return [dataclasses.replace(column, sparse=bool(step.sparse_output_)) for column in made]


@converter("sklearn.FeatureUnion")
def feature_union(step, columns, scope):
    branches = [
        (name, fitted, columns)
        for name, fitted in step.transformer_list
        if not (isinstance(fitted, str) and fitted == "drop")
    ]
    made = _side_by_side("FeatureUnion", branches, step, scope)
    return [dataclasses.replace(column, sparse=any(one.sparse for one in made)) for column in made]


def unite(step, parts, scope, verbose=False):
    """Puts branches side by side.

    Parameters
    ----------
    step : {"ColumnTransformer", "FeatureUnion"}
    parts : list of (name, list of Column that goes in, steps, list of Column that comes out)
    verbose : bool
        Whether the branch's name and two underscores come before the names, as
        they do when two columns would have the same.

    Returns
    -------
    list of Column
    """
    plain = [column.name for _, _, _, made in parts for column in made]
    prefix = bool(verbose) or len(set(plain)) < len(plain)
    branches = [{"name": name, "columns": names_of(taken), "steps": steps} for name, taken, steps, _ in parts]
    scope.add(step, prefix=prefix, branches=branches)
    if not prefix:
        return [column for _, _, _, made in parts for column in made]
    return [column.named(f"{name}__{column.name}") for name, _, _, made in parts for column in made]


def _side_by_side(kind, branches, step, scope):
    parts = []
    for name, fitted, taken in branches:
        inner = scope.nested(f"branch {name!r} ({type(fitted).__name__})")
        made = convert(fitted, taken, inner)
        made = _weighted(made, (step.transformer_weights or {}).get(name), inner)
        parts.append((name, taken, inner.steps, made))
    made = unite(kind, parts, scope, getattr(step, "verbose_feature_names_out", True) is True)
    if _makes_frames(step):
        return made
    return [dataclasses.replace(column, dtype=common_dtype(made)) for column in made]


def _makes_frames(step):
    """Whether set_output() asks for frames, whose columns keep their dtypes."""
    from sklearn import get_config

    own = getattr(step, "_sklearn_output_config", {}).get("transform")
    return (own or get_config()["transform_output"]) != "default"


def _weighted(columns, weight, scope):
    """transformer_weights: a scaler that multiplies."""
    if weight is None:
        return columns
    scope.numbers(columns)
    if not (math.isfinite(weight) and weight >= 0):
        scope.refuse("a transformer weight of at least 0", repr(weight))
    times = {"scale": float(weight), "offset": 0.0, "low": -math.inf, "high": math.inf}
    scope.add("MinMaxScaler", columns=names_of(columns), maps=[times] * len(columns))
    return columns
