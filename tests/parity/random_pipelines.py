"""Random pipelines of what can be exported.

A chain of steps is drawn step by step: each is one that can be fitted on what
those before it made of the training rows.
"""

from dataclasses import dataclass

import numpy as np
from export_parity import quietly
from lightgbm.basic import LightGBMError
from random_engine import engine_steps
from random_frames import Frames, choose
from random_models import FAMILIES, flip
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    f_classif,
    f_regression,
)
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

TREES = ["DecisionTree", "RandomForest", "GradientBoosting", "HistGradientBoosting", "LGBM"]
LABELS = [["No", "Yes"], [0, 1], [False, True], ["Über", "東京"], [-1, 7], ["high", "low", "mid"], [1, 2, 3, 4]]
WIDEST = 40
MEMBERS = [
    "Ridge",
    "LinearRegression",
    "LogisticRegression",
    *(f"{kind}{what}" for kind in TREES for what in ("Regressor", "Classifier")),
]


@dataclass
class Drawn:
    """A fitted pipeline and the rows; ``family`` names its model in FAMILIES or what it is instead."""

    pipeline: object
    frames: Frames
    family: str
    positive: object = None
    tolerance: float = 1e-12


class Cells:
    """What flows through a chain while it is drawn."""

    def __init__(self, values, target, task, exact=True):
        self.values, self.target, self.task, self.exact = values, target, task, exact
        self.sparse = hasattr(values, "toarray")
        if hasattr(values, "dtypes"):
            dense = values.to_numpy(float, na_value=np.nan)
        else:
            dense = np.asarray(values.toarray() if self.sparse else values, float)
        self.width = dense.shape[1]
        self.gaps = bool(np.isnan(dense).any())
        least, greatest = (
            extreme(dense, axis=0, initial=beyond, where=~np.isnan(dense))
            for extreme, beyond in ((np.min, np.inf), (np.max, -np.inf))
        )
        self.least, self.greatest = least.min(initial=np.inf), greatest.max(initial=-np.inf)
        self.varied = bool((greatest - least > 1e-6).all())
        self.independent = not self.gaps and np.linalg.matrix_rank(dense - dense.mean(axis=0), rtol=1e-6) == self.width
        self.floats = all(dtype == np.float64 for dtype in getattr(values, "dtypes", [getattr(values, "dtype", None)]))

    def after(self, step, rounds):
        made = quietly(clone(step).fit_transform, self.values, self.target)
        return Cells(made, self.target, self.task, self.exact and not rounds)


# ------------------------------------------------------------------ steps of numbers


def scorer(cells):
    return f_regression if cells.task in ("regression", "positive") else f_classif


def estimator(cells):
    return Ridge() if cells.task in ("regression", "positive") else LogisticRegression()


def dense(cells):
    return not cells.sparse


def no_gaps(cells):
    return not cells.gaps


def whole_cells(cells):
    return not cells.gaps and not cells.sparse


def narrow(cells):
    return whole_cells(cells) and cells.width <= 5 and max(-cells.least, cells.greatest) < 1e4


def imputer(random, cells):
    strategies = ["mean", "median", "most_frequent", "constant"]
    strategy = str(random.choice(strategies if cells.floats else strategies[:3]))
    filled = float(random.choice([0.0, -1.5])) if strategy == "constant" else None
    return SimpleImputer(strategy=strategy, fill_value=filled, add_indicator=flip(random))


def function(random, cells):
    names = ["abs", "cbrt", "ceil", "floor", "negative", "rint", "sign", "arcsinh", "cos", "sin", "tanh"]
    if cells.least > 1e-3:
        names = ["log", "log10", "log1p", "log2", "sqrt", "reciprocal", "square", "exp" if cells.greatest < 20 else "log"]
    return FunctionTransformer(getattr(np, str(random.choice(names))))


def spline(random, cells):
    degree = int(random.integers(2, 4))
    how = str(random.choice(["constant", "linear", "continue", "periodic"]))
    knots = "uniform" if how == "periodic" else str(random.choice(["uniform", "quantile"]))
    return SplineTransformer(4, degree, knots=knots, extrapolation=how, include_bias=flip(random))


def bins(random, cells):
    strategy = str(random.choice(["uniform", "quantile", "kmeans"]))
    encode = str(random.choice(["onehot", "onehot-dense", "ordinal"]))
    return KBinsDiscretizer(
        4, encode=encode, strategy=strategy, quantile_method="averaged_inverted_cdf", subsample=None, random_state=0
    )


def kept(random, cells):
    """A choice of columns."""
    count = max(1, cells.width // 2)
    return choose(
        random,
        [
            SelectKBest(scorer(cells), k=count),
            SelectPercentile(scorer(cells), percentile=60),
            SelectFromModel(estimator(cells), max_features=count, threshold=-np.inf),
            RFE(estimator(cells), n_features_to_select=count),
        ],
        [2, 2, 1, 1],
    )


def union(random, cells):
    parts = [("as is", "passthrough"), ("scaled", MinMaxScaler()), ("none", "drop"), ("ranks", RobustScaler())]
    if cells.width > 1 and cells.varied and cells.independent:
        parts.append(("pca", make_pipeline(StandardScaler(), PCA(1))))
    taken = [parts[place] for place in sorted(random.choice(len(parts), 2, False))]
    return FeatureUnion(taken, transformer_weights={taken[0][0]: 0.5} if flip(random) else None)


def by_places(random, cells):
    """A ColumnTransformer of an array's columns."""
    first = int(random.integers(1, cells.width))
    places = [slice(0, first), list(range(first)), [place < first for place in range(cells.width)]][random.integers(3)]
    rest = ["passthrough", "drop", StandardScaler()][random.integers(3)]
    return ColumnTransformer([("first", MaxAbsScaler(), places)], remainder=rest)


# name -> (how it is drawn, when it can be, whether its numbers are rounded, how often)
NUMBER_STEPS = {
    "StandardScaler": (lambda r, c: StandardScaler(with_mean=dense(c) and flip(r), with_std=flip(r)), None, False, 3),
    "MinMaxScaler": (lambda r, c: MinMaxScaler((0.5, 3) if flip(r) else (-1, 1), clip=flip(r)), dense, False, 3),
    "MaxAbsScaler": (lambda r, c: MaxAbsScaler(clip=flip(r)), None, False, 2),
    "RobustScaler": (lambda r, c: RobustScaler(unit_variance=flip(r), with_scaling=flip(r)), dense, False, 2),
    "PowerTransformer": (
        lambda r, c: PowerTransformer("box-cox" if c.least > 1e-3 else "yeo-johnson", standardize=flip(r)),
        lambda c: dense(c) and c.varied and c.exact and max(-c.least, c.greatest) < 1e6,
        True,
        2,
    ),
    "QuantileTransformer": (
        lambda r, c: QuantileTransformer(
            n_quantiles=30, output_distribution=str(r.choice(["uniform", "normal"])), subsample=None
        ),
        lambda c: dense(c) and c.exact,
        True,
        2,
    ),
    "SimpleImputer": (imputer, lambda c: dense(c), False, 2),
    "MissingIndicator": (
        lambda r, c: FeatureUnion([("is", "passthrough"), ("gap", MissingIndicator(features="all"))]),
        dense,
        False,
        1,
    ),
    "FunctionTransformer": (function, lambda c: dense(c) and c.floats and c.exact, True, 3),
    "Normalizer": (lambda r, c: Normalizer(str(r.choice(["l1", "l2", "max"]))), no_gaps, True, 1),
    "Binarizer": (lambda r, c: Binarizer(threshold=0.25), lambda c: no_gaps(c) and c.exact, False, 1),
    "KBinsDiscretizer": (bins, lambda c: narrow(c) and c.exact and c.varied and not hasattr(c.values, "columns"), False, 2),
    "PolynomialFeatures": (
        lambda r, c: PolynomialFeatures(2, interaction_only=flip(r), include_bias=flip(r)),
        narrow,
        False,
        2,
    ),
    "SplineTransformer": (spline, lambda c: narrow(c) and c.varied, True, 2),
    "PCA": (
        lambda r, c: make_pipeline(StandardScaler(), PCA(min(2, c.width), whiten=flip(r))),
        lambda c: whole_cells(c) and c.varied and c.independent,
        True,
        1,
    ),
    "TruncatedSVD": (
        lambda r, c: TruncatedSVD(2, random_state=0),
        lambda c: no_gaps(c) and c.width > 2 and max(-c.least, c.greatest) < 1e3,
        True,
        1,
    ),
    "VarianceThreshold": (lambda r, c: VarianceThreshold(1e-12), lambda c: c.varied, False, 1),
    "a selector": (kept, lambda c: no_gaps(c) and c.width > 1 and c.varied and c.exact, False, 2),
    "FeatureUnion": (union, lambda c: whole_cells(c) and c.width < WIDEST, True, 2),
    "ColumnTransformer": (by_places, lambda c: dense(c) and c.width > 1 and not hasattr(c.values, "columns"), False, 2),
}


def number_steps(random, cells, count):
    """(up to ``count`` transformers, what they make)."""
    steps = []
    for _ in range(count):
        fitting = [one for one in NUMBER_STEPS.values() if one[1] is None or one[1](cells)]
        draw, _, rounds, _ = choose(random, fitting, [one[3] for one in fitting])
        step = draw(random, cells)
        made = cells.after(step, rounds)
        if 0 < made.width <= WIDEST:
            steps, cells = [*steps, step], made
    return steps, cells


def finished(random, steps, cells, family):
    """The same, ending in what the model can take."""
    more = []
    if cells.gaps and (cells.sparse or not family.gaps):
        more.append(SimpleImputer(strategy="median"))
    if cells.sparse and not family.sparse:
        more.append(TruncatedSVD(2, random_state=0))
    if family.scaled or (family.tolerance > 0 and random.random() < 0.5):
        more.append(StandardScaler(with_mean=not cells.sparse or not family.sparse))
    return [*steps, *more]


# ------------------------------------------------------------------ steps of categories and texts


def encoder(random, missing, task):
    grouping = choose(random, [{}, {"min_frequency": 10}, {"min_frequency": 0.05}, {"max_categories": 4}], [3, 1, 1, 1])
    kind = random.integers(5)
    if kind < 3:
        drop = [None, "first", "if_binary"][random.integers(3)]
        unknown = ["ignore", "infrequent_if_exist"][random.integers(2)]
        return OneHotEncoder(handle_unknown=unknown, drop=drop, sparse_output=flip(random), **grouping)
    if kind == 3:
        grouping = {} if missing is None else grouping
        coded = {"encoded_missing_value": -2} if flip(random) else {}
        return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **coded, **grouping)
    target = "continuous" if task in ("regression", "positive") else task
    return TargetEncoder(target_type=target, smooth=["auto", 3.0][random.integers(2)], cv=2, random_state=0)


def category_chain(random, frames, names, target, task):
    """Transformers of columns of categories."""
    steps = []
    texts = all(frames.train[name].dropna().map(type).eq(str).all() for name in names)
    if texts and random.random() < 0.4 and all(frames.train[name].dtype == object for name in names):
        strategy, fill = ("most_frequent", None) if flip(random) else ("constant", "filled in")
        if frames.missing is not None or strategy == "constant":
            steps.append(SimpleImputer(missing_values=frames.missing, strategy=strategy, fill_value=fill))
    steps.append(encoder(random, frames.missing, task))
    cells = Cells(quietly(make_pipeline(*steps).fit_transform, frames.train[names], target), target, task)
    if cells.width > WIDEST or cells.width == 0:
        return steps, cells
    more, cells = number_steps(random, cells, random.integers(0, 2))
    return [*steps, *more], cells


def text_chain(random, frames, name, target, task):
    analyzer = choose(random, [{}, {"analyzer": "char_wb", "ngram_range": (2, 3)}, {"analyzer": "char"}], [2, 1, 1])
    more = {"lowercase": flip(random), "binary": flip(random), "max_features": 30, **analyzer}
    steps = choose(
        random,
        [
            [CountVectorizer(**more)],
            [TfidfVectorizer(norm=["l1", "l2", None][random.integers(3)], sublinear_tf=flip(random), **more)],
            [CountVectorizer(**more), TfidfTransformer(use_idf=flip(random))],
            [ColumnTransformer([("text", "passthrough", [0])]), FeatureHasher(16, input_type="string")],
        ],
        [2, 2, 1, 1],
    )
    return steps, Cells(quietly(make_pipeline(*steps).fit_transform, of_text(steps, frames, name)), target, task)


def of_text(steps, frames, name):
    """A vectorizer takes a column, all others a frame."""
    return frames.train[[name] if isinstance(steps[0], ColumnTransformer) else name]


# ------------------------------------------------------------------ whole pipelines


def table(random, frames, target, task, family):
    """A ColumnTransformer of some of the columns, steps after it; a list of transformers."""
    branches = [*number_branches(random, frames, target, task), *other_branches(random, frames, target, task)]
    if not branches:
        branches = [("as is", SimpleImputer(), frames.of("number", "gaps", "whole"))]
    order = random.permutation(len(branches))
    weights = {branches[0][0]: 2.0} if random.random() < 0.2 else None
    density = 0.0 if not family.sparse or flip(random) else float(random.choice([0.3, 1.0]))
    columns = ColumnTransformer(
        [branches[place] for place in order],
        remainder=rest(random, frames, branches),
        sparse_threshold=density,
        transformer_weights=weights,
    )
    made = quietly(clone(columns).fit_transform, frames.train, target)
    steps, cells = number_steps(random, Cells(made, target, task, False), random.integers(0, 2))
    return finished(random, [columns, *steps], cells, family)


def number_branches(random, frames, target, task):
    names = [str(name) for name in random.permutation(frames.of("number", "gaps", "whole"))]
    while names:
        count = int(random.integers(1, len(names) + 1))
        taken, names = names[:count], names[count:]
        if random.random() < 0.15:
            continue
        if random.random() < 0.15 and frames.train[taken].nunique().max() < 15:
            yield label("levels", taken), encoder(random, np.nan, task), taken
            continue
        cells = Cells(frames.train[taken], target, task)
        steps, _ = number_steps(random, cells, random.integers(1, 4))
        yield label("numbers", taken), make_pipeline(*steps) if steps else "passthrough", chosen(random, frames, taken)


def label(kind, names):
    return f"{kind} {names[0]}".replace("__", "_")


def chosen(random, frames, names):
    """The same columns, said in another way."""
    places = [frames.train.columns.get_loc(name) for name in names]
    ways = [names, places, lambda frame: names]
    if sorted(places) == list(range(min(places), max(places) + 1)) and places == sorted(places):
        ways.append(slice(min(places), max(places) + 1))
    floats = make_column_selector(dtype_include="float64")
    if floats(frames.train) == names:
        ways.append(floats)
    return ways[random.integers(len(ways))]


def other_branches(random, frames, target, task):
    names = [str(name) for name in random.permutation(frames.of("category"))]
    while names:
        count = int(random.integers(1, len(names) + 1))
        taken, names = names[:count], names[count:]
        steps, _ = category_chain(random, frames, taken, target, task)
        yield label("categories", taken), make_pipeline(*steps), taken
    for name in frames.of("text"):
        steps, _ = text_chain(random, frames, name, target, task)
        yield label("text", [name]), make_pipeline(*steps), [name] if isinstance(steps[0], ColumnTransformer) else name


def rest(random, frames, branches):
    """What becomes of columns that no branch takes: nothing, when they are no numbers."""
    left = set(frames.train.columns)
    for _, _, taken in branches:
        if callable(taken):
            taken = taken(frames.train)
        taken = frames.train.columns[taken] if not isinstance(taken, (str, list)) else taken
        taken = [taken] if isinstance(taken, str) else taken
        left -= {frames.train.columns[one] if isinstance(one, int) else one for one in taken}
    if left - set(frames.of("number", "whole", "gaps")):
        return "drop"
    return ["drop", "passthrough", MinMaxScaler()][random.integers(3)]


def family_of(random, task, *, names=FAMILIES):
    fitting = [name for name in names if task in FAMILIES[name].tasks]
    return fitting[random.integers(len(fitting))]


def target_of(random, frames):
    """(numbers or labels, task)."""
    signal = random.normal(size=len(frames.train))
    for column in frames.columns:
        if column.kind in ("number", "whole", "gaps"):
            cells = frames.train[column.name].astype(float).rank().fillna(0.0).to_numpy()
            signal += random.normal() * cells / len(cells)
        elif column.kind == "category":
            signal += frames.train[column.name].eq(frames.train[column.name].dropna().iloc[0]).fillna(False).astype(float)
    task = str(random.choice(["regression", "positive", "binary", "multiclass"], p=[0.25, 0.15, 0.35, 0.25]))
    if task in ("regression", "positive"):
        return (np.exp(signal / 2) + 0.01 if task == "positive" else signal * 10.0 ** random.uniform(-2, 3)), task
    labels = [one for one in LABELS if (len(one) == 2) == (task == "binary")]
    labels = labels[random.integers(len(labels))]
    cuts = np.quantile(signal, np.linspace(0, 1, len(labels) + 1)[1:-1])
    return np.array(labels)[np.searchsorted(cuts, signal)], task


def of_table(random):
    kinds = [*draw_kinds(random, ["number", "gaps", "whole"], 1, 5), *draw_kinds(random, ["category"], 0, 4)]
    frames = Frames(random, [*kinds, *draw_kinds(random, ["text"], 0, 2), *draw_kinds(random, ["time"], 0, 2)])
    target, task = target_of(random, frames)
    name = family_of(random, task)
    family = FAMILIES[name]
    steps = table(random, frames, target, task, family)
    return frames, target, make_pipeline(*steps, family.draw(random)), name


def of_numbers(random):
    frames = Frames(random, draw_kinds(random, ["number", "gaps", "whole"], 1, 7))
    target, task = target_of(random, frames)
    name = family_of(random, task)
    steps, cells = number_steps(random, Cells(frames.train, target, task), random.integers(0, 4))
    return frames, target, make_pipeline(*finished(random, steps, cells, FAMILIES[name]), FAMILIES[name].draw(random)), name


def of_engine(random):
    """Feature-engine's steps on a frame."""
    kinds = [*draw_kinds(random, ["number", "gaps", "whole"], 1, 6), *draw_kinds(random, ["category"], 0, 3)]
    frames = Frames(random, [*kinds, *draw_kinds(random, ["time"], 0, 3)])
    target, task = target_of(random, frames)
    name = family_of(random, task)
    steps = engine_steps(random, frames, task)
    cells = Cells(quietly(make_pipeline(*steps, "passthrough").fit_transform, frames.train, target), target, task)
    return frames, target, make_pipeline(*finished(random, steps, cells, FAMILIES[name]), FAMILIES[name].draw(random)), name


def of_members(random):
    """A vote or a stack of whole pipelines."""
    frames = Frames(random, [*draw_kinds(random, ["number", "gaps"], 2, 4), *draw_kinds(random, ["category"], 1, 3)])
    target, task = target_of(random, frames)
    values = task in ("regression", "positive")
    made = []
    for place in range(2):
        family = FAMILIES[family_of(random, task, names=MEMBERS)]
        made.append((f"m{place}", make_pipeline(*table(random, frames, target, task, family), family.draw(random))))
    if flip(random):
        blend = VotingRegressor(made) if values else VotingClassifier(made, voting="soft")
        return frames, target, blend, "Voting of pipelines"
    final = LinearRegression() if values else LogisticRegression()
    blend = (StackingRegressor if values else StackingClassifier)(made, final, cv=2)
    return frames, target, blend, "Stacking of pipelines"


def of_native(random):
    """Categories and missing cells that the model itself takes."""
    frames = Frames(random, [*draw_kinds(random, ["number", "gaps", "whole"], 1, 4), *draw_kinds(random, ["category"], 1, 3)])
    for column in frames.columns:
        if column.kind == "category":
            column.missing, column.dtype = np.nan, "category"
            frames.train[column.name] = frames.train[column.name].astype("category")
    target, task = target_of(random, frames)
    kind = HistGradientBoostingRegressor if task in ("regression", "positive") else HistGradientBoostingClassifier
    return frames, target, make_pipeline(kind(max_iter=5, min_samples_leaf=5, random_state=0)), f"{kind.__name__}, native"


def draw_kinds(random, kinds, least, below):
    return [str(kind) for kind in random.choice(kinds, random.integers(least, below))]


SHAPES = [(of_table, 8), (of_numbers, 4), (of_engine, 4), (of_members, 1), (of_native, 1)]


def draw(random):
    """A Drawn; the same of the same generator."""
    shape = choose(random, [one for one, _ in SHAPES], [often for _, often in SHAPES])
    try:
        frames, target, pipeline, family = shape(random)
        quietly(pipeline.fit, frames.train, target)
    except (ValueError, TypeError, LightGBMError):
        # Of part of the rows a category may be absent; nullable numbers and booleans are too much for some steps;
        # LightGBM refuses some names.
        return draw(random)
    positive = None
    if len(getattr(pipeline, "classes_", ())) == 2 and random.random() < 0.3:
        positive = pipeline.classes_[0].item() if hasattr(pipeline.classes_[0], "item") else pipeline.classes_[0]
    tolerance = FAMILIES[family].tolerance if family in FAMILIES else 1e-12
    return Drawn(pipeline, frames, family, positive, tolerance)
