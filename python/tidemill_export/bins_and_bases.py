"""What makes several columns of each number: bins, products, splines."""

import numbers

import numpy

from .columns import names_of, numbers_named
from .steps import converter


@converter("sklearn.KBinsDiscretizer")
def k_bins_discretizer(step, columns, scope):
    scope.numbers(columns)
    scope.parameter(step, "dtype", None, numpy.float64)
    one_hot = step.encode != "ordinal"
    bins = [{"inner_edges": scope.finite(edges[1:-1], "edges of bins")} for edges in step.bin_edges_]
    scope.add("KBinsDiscretizer", columns=names_of(columns), bins=bins, one_hot=one_hot)
    if not one_hot:
        return numbers_named(names_of(columns), sparse=False)
    names = []
    for column, own in zip(columns, bins):
        names += [f"{column.name}_{number}.0" for number in range(len(own["inner_edges"]) + 1)]
    return numbers_named(names, sparse=step.encode == "onehot")


@converter("sklearn.PolynomialFeatures")
def polynomial_features(step, columns, scope):
    scope.numbers(columns)
    least, greatest = (0, step.degree) if isinstance(step.degree, numbers.Integral) else step.degree
    scope.add(
        "PolynomialFeatures",
        columns=names_of(columns),
        min_degree=int(least),
        max_degree=int(greatest),
        interaction_only=bool(step.interaction_only),
        include_bias=bool(step.include_bias),
    )
    return numbers_named(_products(step, columns))


def _products(step, columns):
    """As get_feature_names_out() of these names."""
    names = names_of(columns)
    made = []
    for powers in step.powers_:
        factors = [names[place] + (f"^{power}" if power > 1 else "") for place, power in enumerate(powers) if power]
        made.append(" ".join(factors) or "1")
    return made


@converter("sklearn.SplineTransformer")
def spline_transformer(step, columns, scope):
    scope.numbers(columns)
    scope.parameter(step, "extrapolation", "constant", "linear", "continue", "periodic")
    if step.extrapolation == "linear" and step.degree < 2 and len(columns) > 1:
        # The columns after the first are cut at other knots there.
        expected = "degree 2 or more, or a SplineTransformer per column, for extrapolation='linear'"
        scope.refuse(expected, f"degree={step.degree}")
    splines = [{"knots": scope.finite(spline.t, "knots")} for spline in step.bsplines_]
    scope.add(
        "SplineTransformer",
        columns=names_of(columns),
        splines=splines,
        degree=int(step.degree),
        extrapolation=step.extrapolation,
        include_bias=bool(step.include_bias),
        missing_as_zeros=getattr(step, "handle_missing", "error") == "zeros",
    )
    count = step.bsplines_[0].c.shape[1] - (0 if step.include_bias else 1)
    names = [f"{column.name}_sp_{number}" for column in columns for number in range(count)]
    return numbers_named(names, sparse=bool(step.sparse_output))
