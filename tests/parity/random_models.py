"""Random models of every family that can be exported."""

from dataclasses import dataclass

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from random_frames import choose
from sklearn import calibration, compose, ensemble, linear_model, model_selection, naive_bayes, neural_network, svm, tree
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, PowerTransformer, StandardScaler
from step_parity import TOLERANCE
from xgboost import XGBClassifier, XGBRegressor

FEW = {"n_estimators": 5, "random_state": 0}
CATBOOST = {"iterations": 6, "depth": 3, "allow_writing_files": False, "verbose": 0, "thread_count": 1, "random_seed": 1}
XGBOOST = {"n_estimators": 5, "max_depth": 3, "n_jobs": 1}
LIGHTGBM = {"n_estimators": 5, "num_leaves": 8, "min_child_samples": 5, "n_jobs": 1, "verbose": -1}


@dataclass(frozen=True)
class Family:
    """How models of one class are drawn.

    Attributes
    ----------
    draw : random -> estimator
    tasks : which of "regression", "positive" (a regression of numbers > 0),
        "binary" and "multiclass"
    gaps : whether it can be fitted on missing cells
    sparse : whether it takes a sparse matrix
    scaled : whether it learns nothing of features that are not scaled
    tolerance : of the outputs
    """

    draw: object
    tasks: tuple
    gaps: bool = False
    sparse: bool = True
    scaled: bool = False
    tolerance: float = TOLERANCE


VALUES, POSITIVE, CLASSES, TWO = ("regression", "positive"), ("positive",), ("binary", "multiclass"), ("binary",)


def flip(random):
    return bool(random.random() < 0.5)


def trees(kind):
    def draw(random):
        more = {"max_depth": int(random.integers(2, 7)), "min_samples_leaf": int(random.integers(1, 5))}
        own = FEW if hasattr(kind(), "n_estimators") else {"random_state": 0}
        return kind(**own, **more)

    return draw


def boosted(kind, **more):
    return lambda random: kind(**FEW, **more, learning_rate=float(random.choice([0.1, 0.7])), subsample=0.8)


def histogram(kind, **more):
    def draw(random):
        return kind(max_iter=5, max_leaf_nodes=int(random.integers(2, 12)), min_samples_leaf=5, random_state=0, **more)

    return draw


def sgd(kind, losses):
    return lambda random: kind(loss=str(random.choice(losses)), random_state=0, max_iter=50)


def neural(kind):
    def draw(random):
        sizes = [(8,), (5, 4), (), (130,)][random.integers(4)]
        activation = str(random.choice(["identity", "logistic", "tanh", "relu"]))
        return kind(hidden_layer_sizes=sizes, activation=activation, random_state=0, max_iter=10)

    return draw


def linear(random):
    return linear_model.LogisticRegression(C=float(10.0 ** random.uniform(-2, 1)), fit_intercept=flip(random))


def small_classifier(random):
    family = choose(
        random,
        [
            linear,
            lambda random: naive_bayes.GaussianNB(),
            lambda random: tree.DecisionTreeClassifier(max_depth=3, random_state=0),
            lambda random: make_pipeline(StandardScaler(), linear(random)),
            lambda random: make_pipeline(MinMaxScaler(), naive_bayes.GaussianNB()),
            trees(ensemble.RandomForestClassifier),
            histogram(ensemble.HistGradientBoostingClassifier),
        ],
        [3, 2, 1, 3, 2, 1, 1],
    )
    return family(random)


def small_regressor(random):
    family = choose(
        random,
        [
            lambda random: linear_model.Ridge(float(random.choice([0.1, 1, 10]))),
            lambda random: make_pipeline(StandardScaler(), linear_model.LinearRegression()),
            trees(tree.DecisionTreeRegressor),
            trees(ensemble.ExtraTreesRegressor),
            histogram(ensemble.HistGradientBoostingRegressor),
        ],
        [3, 3, 1, 1, 1],
    )
    return family(random)


def members(random, small, count=(2, 4)):
    made = [(f"m{place}", small(random)) for place in range(random.integers(*count))]
    return [*made, ("off", "drop")] if random.random() < 0.3 else made


def voting_classifier(random):
    made = members(random, small_classifier)
    weights = None if flip(random) else random.integers(1, 6, len(made)).tolist()
    return ensemble.VotingClassifier(made, voting="soft", weights=weights)


def voting_regressor(random):
    return ensemble.VotingRegressor(members(random, small_regressor))


def stacking_classifier(random):
    final = None if flip(random) else linear(random)  # of shares that hardly vary GaussianNB makes noise
    return ensemble.StackingClassifier(members(random, small_classifier), final, cv=2, passthrough=flip(random))


def stacking_regressor(random):
    final = None if flip(random) else linear_model.Ridge()
    return ensemble.StackingRegressor(members(random, small_regressor), final, cv=2, passthrough=flip(random))


def calibrated(random):
    method = str(random.choice(["sigmoid", "isotonic", "temperature"]))
    inner = svm.LinearSVC(random_state=0) if random.random() < 0.3 else small_classifier(random)
    return calibration.CalibratedClassifierCV(inner, method=method, cv=2, ensemble=flip(random))


def threshold(random):
    if flip(random):
        return model_selection.FixedThresholdClassifier(linear(random), threshold=float(random.choice([0.2, 0.5, 0.9])))
    return model_selection.TunedThresholdClassifierCV(small_classifier(random), cv=2, scoring="balanced_accuracy")


def of_target(random):
    """Targets are greater than 0."""
    transformer = choose(
        random,
        [
            StandardScaler(),
            MinMaxScaler((-1, 2)),
            PowerTransformer(),
            FunctionTransformer(np.log1p, np.expm1),
            make_pipeline(FunctionTransformer(np.sqrt, np.square), StandardScaler()),
        ],
        [1, 1, 1, 1, 1],
    )
    return compose.TransformedTargetRegressor(linear_model.Ridge(100.0), transformer=transformer, check_inverse=False)


FAMILIES = {
    "LinearRegression": Family(lambda random: linear_model.LinearRegression(fit_intercept=flip(random)), VALUES),
    "Ridge": Family(lambda random: linear_model.Ridge(float(10.0 ** random.uniform(-2, 2))), VALUES),
    "Lasso": Family(lambda random: linear_model.Lasso(0.05), VALUES),
    "ElasticNet": Family(lambda random: linear_model.ElasticNet(0.05), VALUES),
    "BayesianRidge": Family(lambda random: linear_model.BayesianRidge(), VALUES, sparse=False),
    "SGDRegressor": Family(sgd(linear_model.SGDRegressor, ["squared_error", "huber"]), VALUES, scaled=True),
    "LinearSVR": Family(lambda random: svm.LinearSVR(random_state=0), VALUES, scaled=True),
    "PoissonRegressor": Family(lambda random: linear_model.PoissonRegressor(alpha=1.0), POSITIVE, scaled=True),
    "GammaRegressor": Family(lambda random: linear_model.GammaRegressor(alpha=1.0), POSITIVE, scaled=True),
    "MLPRegressor": Family(neural(neural_network.MLPRegressor), VALUES, scaled=True),
    "DecisionTreeRegressor": Family(trees(tree.DecisionTreeRegressor), VALUES, gaps=True),
    "RandomForestRegressor": Family(trees(ensemble.RandomForestRegressor), VALUES, gaps=True),
    "ExtraTreesRegressor": Family(trees(ensemble.ExtraTreesRegressor), VALUES, gaps=True),
    "GradientBoostingRegressor": Family(boosted(ensemble.GradientBoostingRegressor), VALUES),
    "HistGradientBoostingRegressor": Family(
        histogram(ensemble.HistGradientBoostingRegressor), VALUES, gaps=True, sparse=False
    ),
    "HistGradientBoostingRegressor gamma": Family(
        histogram(ensemble.HistGradientBoostingRegressor, loss="gamma"), POSITIVE, gaps=True, sparse=False
    ),
    "SGDOneClassSVM": Family(lambda random: linear_model.SGDOneClassSVM(random_state=0), ("regression",), scaled=True),
    "IsolationForest": Family(lambda random: ensemble.IsolationForest(**FEW), ("regression",), gaps=True),
    "CatBoostRegressor": Family(lambda random: CatBoostRegressor(**CATBOOST), VALUES, gaps=True, sparse=False),
    "XGBRegressor": Family(lambda random: XGBRegressor(**XGBOOST), VALUES, gaps=True, tolerance=0.0),
    "LGBMRegressor": Family(lambda random: LGBMRegressor(**LIGHTGBM), VALUES, gaps=True),
    "VotingRegressor": Family(voting_regressor, VALUES, sparse=False),
    "StackingRegressor": Family(stacking_regressor, VALUES, sparse=False),
    "TransformedTargetRegressor": Family(of_target, POSITIVE, scaled=True),
    "LogisticRegression": Family(linear, CLASSES),
    "SGDClassifier": Family(sgd(linear_model.SGDClassifier, ["log_loss", "modified_huber"]), CLASSES, scaled=True),
    "SGDClassifier hinge": Family(sgd(linear_model.SGDClassifier, ["hinge"]), TWO, scaled=True),
    "LinearSVC": Family(lambda random: svm.LinearSVC(random_state=0), TWO, scaled=True),
    "RidgeClassifier": Family(lambda random: linear_model.RidgeClassifier(), TWO),
    "GaussianNB": Family(lambda random: naive_bayes.GaussianNB(), CLASSES, sparse=False),
    "MLPClassifier": Family(neural(neural_network.MLPClassifier), CLASSES, scaled=True),
    "DecisionTreeClassifier": Family(trees(tree.DecisionTreeClassifier), CLASSES, gaps=True),
    "RandomForestClassifier": Family(trees(ensemble.RandomForestClassifier), CLASSES, gaps=True),
    "ExtraTreesClassifier": Family(trees(ensemble.ExtraTreesClassifier), CLASSES, gaps=True),
    "GradientBoostingClassifier": Family(boosted(ensemble.GradientBoostingClassifier), CLASSES),
    "HistGradientBoostingClassifier": Family(
        histogram(ensemble.HistGradientBoostingClassifier), CLASSES, gaps=True, sparse=False
    ),
    "CatBoostClassifier": Family(lambda random: CatBoostClassifier(**CATBOOST), CLASSES, gaps=True, sparse=False),
    "XGBClassifier": Family(lambda random: XGBClassifier(**XGBOOST), CLASSES, gaps=True, tolerance=0.0),
    "LGBMClassifier": Family(lambda random: LGBMClassifier(**LIGHTGBM), CLASSES, gaps=True),
    "CalibratedClassifierCV": Family(calibrated, CLASSES, sparse=False),
    "VotingClassifier": Family(voting_classifier, CLASSES, sparse=False),
    "StackingClassifier": Family(stacking_classifier, CLASSES, sparse=False),
    "a threshold": Family(threshold, TWO, sparse=False),
}
