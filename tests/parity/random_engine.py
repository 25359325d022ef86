"""Random chains of Feature-engine's transformers, which take frames and give frames."""

import numpy as np
from feature_engine import creation, datetime, discretisation, encoding, imputation, outliers, scaling, selection
from feature_engine import transformation
from random_frames import choose
from random_models import flip


def some(random, names):
    """At least one of them, in any order."""
    return [str(name) for name in random.permutation(names)[: random.integers(1, len(names) + 1)]]


# ------------------------------------------------------------------ gaps, times, categories


def gap_steps(random, frames):
    """Feature-engine raises at a missing number, so that they come first."""
    gaps, categories, steps = frames.of("gaps"), frames.of("category"), []
    if gaps and flip(random):
        steps.append(imputation.AddMissingIndicator(variables=gaps))
    if gaps:
        tail = str(random.choice(["left", "right"]))
        imputers = [
            imputation.MeanMedianImputer(str(random.choice(["mean", "median"])), variables=gaps),
            imputation.ArbitraryNumberImputer(float(random.choice([-1.5, 99])), variables=gaps),
            imputation.EndTailImputer(str(random.choice(["gaussian", "iqr", "max"])), tail, variables=gaps),
        ]
        steps.append(imputers[random.integers(3)])
    if categories:
        flags = any(column.flags for column in frames.columns if column.kind == "category")
        how = "frequent" if flags else str(random.choice(["missing", "frequent"]))
        steps.append(imputation.CategoricalImputer(how, variables=categories))
    return steps


def time_steps(random, frames):
    times = frames.of("time")
    if not times:
        return []
    parts = ["month", "hour", "day_of_week", "day_of_year", "minute", "weekend", "quarter", "year"]
    steps = [
        datetime.DatetimeFeatures(variables=times, features_to_extract=some(random, parts)),
        datetime.DatetimeOrdinal(variables=times),
        selection.DropFeatures(times),
    ]
    if len(times) > 1:
        unit = str(random.choice(["D", "h", "s"]))
        steps.append(
            datetime.DatetimeSubtraction(times[:1], times[1:], output_unit=unit, drop_original=True)
        )
    return [steps[random.integers(len(steps))]]


def category_steps(random, frames, task):
    categories, steps = frames.of("category"), []
    if not categories:
        return []
    if random.random() < 0.3:
        steps.append(encoding.RareLabelEncoder(0.05, 2, variables=categories))
    encoders = [
        encoding.OneHotEncoder(drop_last=flip(random), variables=categories),
        encoding.OneHotEncoder(top_categories=3, variables=categories),
        encoding.OrdinalEncoder("arbitrary", unseen="encode", variables=categories),
        encoding.CountFrequencyEncoder(str(random.choice(["count", "frequency"])), unseen="encode", variables=categories),
    ]
    if task != "multiclass":
        smoothing = [0, 5, "auto"][random.integers(3)]
        encoders += [
            encoding.OrdinalEncoder("ordered", unseen="encode", variables=categories),
            encoding.MeanEncoder(unseen="encode", smoothing=smoothing, variables=categories),
        ]
    return [*steps, encoders[random.integers(len(encoders))]]


# ------------------------------------------------------------------ numbers


def winsorizer(random, names, frame):
    method, tail = str(random.choice(["gaussian", "iqr", "quantiles"])), str(random.choice(["left", "right", "both"]))
    return outliers.Winsorizer(method, tail, add_indicators=flip(random), variables=names)


def capper(random, names, frame):
    low, high = frame[names].quantile(0.2), frame[names].quantile(0.9)
    return outliers.ArbitraryOutlierCapper(high.to_dict(), low.to_dict() if flip(random) else None)


def tree_bins(random, names, frame):
    grid = {"max_depth": [2, 3]}
    return discretisation.DecisionTreeDiscretiser(cv=2, param_grid=grid, variables=names, random_state=0)


def own_bins(random, names, frame):
    edges = {name: sorted({-np.inf, *frame[name].quantile([0.3, 0.6]).tolist(), np.inf}) for name in names}
    return discretisation.ArbitraryDiscretiser(edges)


def maths(random, names, frame):
    functions = some(random, ["sum", "prod", "mean", "min", "max", "std", "var", "median"])
    return creation.MathFeatures(names, functions, drop_original=flip(random))


def relatives(random, names, frame):
    functions = some(random, ["add", "sub", "mul", "div", "floordiv", "mod"])
    return creation.RelativeFeatures(names[:2], names[-1:], functions, fill_value=-1.0)


# name -> (how it is drawn of names and the frame, whether of positive numbers, whether of two columns at least)
NUMBER_STEPS = {
    "Winsorizer": (winsorizer, False, False),
    "ArbitraryOutlierCapper": (capper, False, False),
    "LogTransformer": (lambda r, n, f: transformation.LogTransformer(n, str(r.choice(["e", "10"]))), True, False),
    "LogCpTransformer": (lambda r, n, f: transformation.LogCpTransformer(n, C=1.5), True, False),
    "ReciprocalTransformer": (lambda r, n, f: transformation.ReciprocalTransformer(n), True, False),
    "ArcSinhTransformer": (lambda r, n, f: transformation.ArcSinhTransformer(n, 0.5, 2.0), False, False),
    "PowerTransformer": (lambda r, n, f: transformation.PowerTransformer(n, float(r.choice([2, 0.5]))), True, False),
    "YeoJohnsonTransformer": (lambda r, n, f: transformation.YeoJohnsonTransformer(n), True, False),
    "BoxCoxTransformer": (lambda r, n, f: transformation.BoxCoxTransformer(n), True, False),
    "MeanNormalizationScaler": (lambda r, n, f: scaling.MeanNormalizationScaler(n), False, False),
    "EqualFrequencyDiscretiser": (lambda r, n, f: discretisation.EqualFrequencyDiscretiser(n, 5), False, False),
    "EqualWidthDiscretiser": (lambda r, n, f: discretisation.EqualWidthDiscretiser(n, 4), False, False),
    "ArbitraryDiscretiser": (own_bins, False, False),
    "DecisionTreeDiscretiser": (tree_bins, False, False),
    "CyclicalFeatures": (lambda r, n, f: creation.CyclicalFeatures(n, drop_original=flip(r)), True, False),
    "MathFeatures": (maths, False, True),
    "RelativeFeatures": (relatives, True, True),
}


def number_steps(random, frames):
    """Each on columns of its own, as training has them: a step may drop those it reads."""
    names = [str(name) for name in random.permutation(frames.of("number", "gaps"))]
    steps = []
    while names:
        taken = names[: random.integers(1, len(names) + 1)]
        names = names[len(taken) :]
        cells = frames.train[taken]
        fitting = [
            name
            for name, (_, positive, two) in NUMBER_STEPS.items()
            if (not positive or cells.min().min() > 1e-3) and (not two or len(taken) > 1)
        ]
        if random.random() < 0.8:
            steps.append(NUMBER_STEPS[fitting[random.integers(len(fitting))]][0](random, taken, cells))
    return steps


def engine_steps(random, frames, task):
    """Transformers that leave numbers alone."""
    steps = [
        *gap_steps(random, frames),
        *time_steps(random, frames),
        *number_steps(random, frames),
        *category_steps(random, frames, task),
    ]
    selectors = [
        selection.DropConstantFeatures(missing_values="ignore"),
        selection.DropDuplicateFeatures(missing_values="ignore"),
        selection.DropCorrelatedFeatures(threshold=0.9),
        None,
    ]
    chosen = choose(random, selectors, [1, 1, 1, 3])
    return steps + ([] if chosen is None else [chosen])
