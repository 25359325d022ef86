"""Models of scikit-learn, exported and computed by the C++ side, beside themselves."""

import numpy as np
import pytest
from lightgbm import LGBMRegressor
from sklearn import calibration, compose, ensemble, frozen, linear_model, model_selection, naive_bayes
from sklearn import neural_network, svm
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from xgboost import XGBRegressor

from predictor_parity import Data, above, check
from tidemill_export import ExportError
from tidemill_export.models import predictor_of

pytestmark = pytest.mark.filterwarnings("ignore")

TWO, THREE = ["No", "Yes"], ["high", "low", "mid"]
LOGISTIC = linear_model.LogisticRegression
NAIVE = naive_bayes.GaussianNB


@pytest.fixture(scope="module")
def data(seed):
    return Data(seed)


def fitted(estimator, x, y):
    return clone(estimator).fit(x, y)


REGRESSORS = {
    name: getattr(linear_model, name)
    for name in (
        "ARDRegression BayesianRidge ElasticNet ElasticNetCV HuberRegressor Lars LarsCV Lasso LassoCV LassoLars "
        "LassoLarsCV LassoLarsIC LinearRegression OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV "
        "PassiveAggressiveRegressor QuantileRegressor Ridge RidgeCV TheilSenRegressor"
    ).split()
}
REGRESSORS["LinearSVR"] = svm.LinearSVR


@pytest.mark.parametrize("name", REGRESSORS)
def test_a_linear_regression(predictors, data, worst, name):
    estimator = REGRESSORS[name]()
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=0)
    check(predictors, worst, name, fitted(estimator, data.x, data.values()), data.test)


def test_a_detector_of_outliers(predictors, data, worst):
    model = make_pipeline(StandardScaler(), linear_model.SGDOneClassSVM(nu=0.2, random_state=0))
    check(predictors, worst, "SGDOneClassSVM", fitted(model, data.x, None), data.test)


def test_a_regression_by_gradient_descent(predictors, data, worst):
    model = make_pipeline(StandardScaler(), linear_model.SGDRegressor(random_state=0))
    check(predictors, worst, "SGDRegressor", fitted(model, data.x, data.values()), data.test)


@pytest.mark.parametrize("name", ["PoissonRegressor", "GammaRegressor", "TweedieRegressor"])
def test_a_generalized_linear_model(predictors, data, worst, name):
    model = make_pipeline(StandardScaler(), getattr(linear_model, name)())
    moderate = data.test[(abs(data.test) < 1e3).all(axis=1)]  # exp() of the others overflows
    assert len(moderate) > 9_000
    check(predictors, worst, name, fitted(model, data.x, data.positive_values()), moderate)


def test_a_tweedie_regression_with_a_logarithm(predictors, data, worst):
    model = linear_model.TweedieRegressor(power=1.5, alpha=0.1)
    model = fitted(make_pipeline(StandardScaler(), model), data.x, data.positive_values())
    assert predictor_of(model).predictor["link"] == "exp"
    check(predictors, worst, "TweedieRegressor", model, data.test[(abs(data.test) < 1e3).all(axis=1)])


CLASSIFIERS = {
    "LogisticRegression": LOGISTIC(),
    "LogisticRegression l1": LOGISTIC(solver="saga", l1_ratio=1.0, C=0.1),
    "LogisticRegressionCV": linear_model.LogisticRegressionCV(cv=3, Cs=3),
    "SGDClassifier log_loss": linear_model.SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier modified_huber": linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    "GaussianNB": NAIVE(),
    "MLPClassifier relu": neural_network.MLPClassifier((20, 10), random_state=0, max_iter=60),
    "MLPClassifier logistic": neural_network.MLPClassifier((17,), "logistic", random_state=0, max_iter=60),
    "MLPClassifier tanh": neural_network.MLPClassifier((5, 4, 3), "tanh", random_state=0, max_iter=60),
    "MLPClassifier identity": neural_network.MLPClassifier((130,), "identity", random_state=0, max_iter=60),
    "MLPClassifier none": neural_network.MLPClassifier((), random_state=0, max_iter=60),
    "CalibratedClassifierCV sigmoid": calibration.CalibratedClassifierCV(LOGISTIC()),
    "CalibratedClassifierCV isotonic": calibration.CalibratedClassifierCV(NAIVE(), method="isotonic"),
    "CalibratedClassifierCV temperature": calibration.CalibratedClassifierCV(svm.LinearSVC(), method="temperature"),
    "CalibratedClassifierCV temperature, probabilities": calibration.CalibratedClassifierCV(
        NAIVE(), method="temperature"
    ),
    "CalibratedClassifierCV of one": calibration.CalibratedClassifierCV(
        linear_model.RidgeClassifier(), method="isotonic", ensemble=False
    ),
    "VotingClassifier": ensemble.VotingClassifier(
        [("a", LOGISTIC()), ("off", "drop"), ("b", NAIVE()), ("c", make_pipeline(PolynomialFeatures(2), LOGISTIC()))],
        voting="soft",
    ),
    "VotingClassifier weighted": ensemble.VotingClassifier(
        [("a", LOGISTIC()), ("off", "drop"), ("b", make_pipeline(StandardScaler(), NAIVE()))],
        voting="soft",
        weights=[1, 5, 3],
    ),
    "StackingClassifier": ensemble.StackingClassifier(
        [("a", make_pipeline(StandardScaler(), LOGISTIC())), ("off", "drop"), ("b", svm.LinearSVC()), ("c", NAIVE())]
    ),
    "StackingClassifier passthrough": ensemble.StackingClassifier(
        [("a", make_pipeline(MinMaxScaler(), LOGISTIC())), ("b", NAIVE())],
        final_estimator=calibration.CalibratedClassifierCV(NAIVE()),
        passthrough=True,
        stack_method="predict_proba",
    ),
    "CalibratedClassifierCV of forests": calibration.CalibratedClassifierCV(
        ensemble.RandomForestClassifier(8, max_depth=4, random_state=0), method="isotonic"
    ),
    "CalibratedClassifierCV of boosting": calibration.CalibratedClassifierCV(
        ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0), method="temperature"
    ),
    "VotingClassifier of trees": ensemble.VotingClassifier(
        [
            ("a", ensemble.ExtraTreesClassifier(8, max_depth=4, random_state=0)),
            ("b", ensemble.HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=5)),
            ("c", make_pipeline(StandardScaler(), LOGISTIC())),
        ],
        voting="soft",
    ),
    "StackingClassifier of trees": ensemble.StackingClassifier(
        [("a", ensemble.HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=5)), ("b", NAIVE())],
        ensemble.HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=5),
        passthrough=True,
    ),
    "GridSearchCV": model_selection.GridSearchCV(
        make_pipeline(StandardScaler(), LOGISTIC()), {"logisticregression__C": [0.1, 1]}
    ),
}
FOUND = ("SGD", "MLP")  # their training wants scaled features


def case(name, estimator):
    return make_pipeline(StandardScaler(), estimator) if name.startswith(FOUND) else estimator


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two classes", "three classes"])
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier(predictors, data, worst, name, labels):
    model = fitted(case(name, CLASSIFIERS[name]), data.x, data.classes(labels))
    export = check(predictors, worst, name, model, data.test)
    assert export.classes == labels and export.task == ("binary" if labels is TWO else "multiclass")
    assert export.threshold == (above(0.5) if labels is TWO else None)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_first_class_may_be_the_positive_one(predictors, data, worst, name):
    model = fitted(case(name, CLASSIFIERS[name]), data.x, data.classes(TWO))
    export = check(predictors, worst, f"{name}, first class", model, data.test, positive="No")
    assert export.classes == ["Yes", "No"] and export.threshold == 0.5


@pytest.mark.parametrize("positive", TWO)
def test_a_boosted_tie_goes_to_the_second_class(predictors, data, worst, positive):
    x = np.repeat([[0.0], [1.0]], 20, axis=0)
    y = np.tile(TWO, 20)  # as many of each everywhere: every margin is 0
    model = fitted(ensemble.GradientBoostingClassifier(n_estimators=2), x, y)
    assert model.predict(x[:1]).tolist() == ["Yes"]
    export = check(predictors, worst, "ties", model, x, positive=positive)
    assert export.threshold == (0.5 if positive == "Yes" else above(0.5))


def test_a_forest_of_categories_says_which_codes_it_takes(data):
    x = np.column_stack([data.x[:, 0], data.random.integers(3, size=len(data.x))])
    model = ensemble.HistGradientBoostingRegressor(max_iter=3, categorical_features=[1])
    (block,) = predictor_of(fitted(model, x, data.values())).features
    assert block.codes == {"columns": [1, 0], "categories": [[0.0, 1.0, 2.0]]}


WITHOUT_PROBABILITIES = {
    "LinearSVC": svm.LinearSVC(),
    "SGDClassifier hinge": linear_model.SGDClassifier(random_state=0),
    "Perceptron": linear_model.Perceptron(),
    "PassiveAggressiveClassifier": linear_model.PassiveAggressiveClassifier(random_state=0),
    "RidgeClassifier": linear_model.RidgeClassifier(),
    "RidgeClassifierCV": linear_model.RidgeClassifierCV(),
}


@pytest.mark.parametrize("positive", TWO)
@pytest.mark.parametrize("name", WITHOUT_PROBABILITIES)
def test_a_classifier_without_probabilities_gives_its_decision_value(predictors, data, worst, name, positive):
    model = fitted(WITHOUT_PROBABILITIES[name], data.x, data.classes(TWO))
    export = check(predictors, worst, name, model, data.test, positive=positive)
    assert export.threshold == (5e-324 if positive == "Yes" else 0.0)


@pytest.mark.parametrize("name", WITHOUT_PROBABILITIES)
def test_several_classes_need_probabilities(data, name):
    model = fitted(WITHOUT_PROBABILITIES[name], data.x, data.classes(THREE))
    with pytest.raises(ExportError, match="CalibratedClassifierCV"):
        predictor_of(model)


@pytest.mark.parametrize("positive", [0, 1])
@pytest.mark.parametrize(
    "model", [LOGISTIC(fit_intercept=False), svm.LinearSVC(fit_intercept=False)], ids=["p", "margin"]
)
def test_a_tie_goes_to_the_first_class(predictors, data, worst, model, positive):
    model = fitted(model, data.x, data.classes([0, 1]))
    rows = np.zeros((3, data.x.shape[1]))  # the margin of each is 0
    assert model.predict(rows).tolist() == [0, 0, 0]
    check(predictors, worst, "ties", model, rows, positive=positive)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_a_neural_regression(predictors, data, worst, activation):
    model = neural_network.MLPRegressor(hidden_layer_sizes=(30, 8), activation=activation, random_state=0, max_iter=80)
    model = fitted(make_pipeline(StandardScaler(), model), data.x, data.values())
    check(predictors, worst, f"MLPRegressor {activation}", model, data.test)


def test_a_neural_regression_of_counts(predictors, data, worst):
    model = neural_network.MLPRegressor("poisson", (8,), "tanh", random_state=0, max_iter=80)
    model = fitted(make_pipeline(StandardScaler(), model), data.x, data.positive_values())
    check(predictors, worst, "MLPRegressor poisson", model, data.test)


def test_naive_bayes_of_many_features(predictors, seed, worst):
    wide = Data(seed, columns=150)  # numpy adds more than 128 terms in halves
    model = fitted(NAIVE(), wide.x, wide.classes(THREE))
    check(predictors, worst, "GaussianNB of 150 features", model, wide.test)


BLENDS = {
    "VotingRegressor": ensemble.VotingRegressor([("a", linear_model.Ridge()), ("b", linear_model.LinearRegression())]),
    "VotingRegressor weighted": ensemble.VotingRegressor(
        [("a", make_pipeline(StandardScaler(), linear_model.Ridge())), ("b", linear_model.Lasso(0.1))], weights=[0.3, 2]
    ),
    "StackingRegressor": ensemble.StackingRegressor([("a", linear_model.Ridge()), ("b", linear_model.Lasso(0.1))]),
    "StackingRegressor passthrough": ensemble.StackingRegressor(
        [
            ("a", make_pipeline(StandardScaler(), linear_model.Ridge())),
            ("b", ensemble.VotingRegressor([("c", linear_model.Lasso(0.1)), ("d", linear_model.Ridge(5))])),
        ],
        final_estimator=ensemble.VotingRegressor([("e", linear_model.Ridge()), ("f", linear_model.LinearRegression())]),
        passthrough=True,
    ),
}


@pytest.mark.parametrize("name", BLENDS)
def test_a_blend_of_regressions(predictors, data, worst, name):
    check(predictors, worst, name, fitted(BLENDS[name], data.x, data.values()), data.test)


def test_members_that_take_what_the_model_was_given_share_its_features(data):
    export = predictor_of(fitted(BLENDS["StackingRegressor passthrough"], data.x, data.values()))
    assert [(len(block.steps), block.width) for block in export.features] == [(1, 6), (0, 6)]
    assert export.predictor["passthrough"] == [6, 7, 8, 9, 10, 11]


FUNCTIONS = [
    (np.log, np.exp),
    (np.log1p, np.expm1),
    (np.log2, np.exp2),
    (np.square, np.sqrt),
    (np.sqrt, np.square),
    (np.arcsinh, np.sinh),
    (np.sinh, np.arcsinh),
    (np.reciprocal, np.reciprocal),
    (np.exp, np.log),
    (np.expm1, np.log1p),
    (None, None),
]


@pytest.mark.parametrize("pair", FUNCTIONS, ids=lambda pair: getattr(pair[1], "__name__", "identity"))
def test_a_target_through_a_function(predictors, data, worst, pair):
    target = np.clip(data.positive_values(), 0.5, 3)
    model = compose.TransformedTargetRegressor(
        linear_model.Ridge(), func=pair[0], inverse_func=pair[1], check_inverse=False
    )
    model = fitted(make_pipeline(StandardScaler(), model), data.x, target)
    within = data.test[(abs(data.test) < 100).all(axis=1)]
    raw = model[-1].regressor_.predict(model[0].transform(within))
    # Near 0 logarithms make much of a last bit.
    defined = within[np.isfinite(model.predict(within)) & (abs(raw) > 1e-3)]
    assert len(defined) > 8_000
    check(predictors, worst, f"TransformedTargetRegressor {getattr(pair[1], '__name__', 'identity')}", model, defined)


TRANSFORMERS = {
    "StandardScaler": StandardScaler(),
    "StandardScaler without mean": StandardScaler(with_mean=False),
    "StandardScaler without scale": StandardScaler(with_std=False),
    "MinMaxScaler": MinMaxScaler((-1, 2)),
    "MaxAbsScaler": MaxAbsScaler(),
    "RobustScaler": RobustScaler(),
    "RobustScaler without center": RobustScaler(with_centering=False),
    "FunctionTransformer": FunctionTransformer(np.cbrt, np.cbrt),
    "Pipeline": make_pipeline(FunctionTransformer(np.log1p, np.expm1), StandardScaler(), MinMaxScaler()),
    "PowerTransformer": PowerTransformer(),
    "PowerTransformer raw": PowerTransformer(standardize=False),
    "PowerTransformer box-cox": PowerTransformer(method="box-cox"),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_target_through_a_transformer(predictors, data, worst, name):
    transformer = TRANSFORMERS[name]
    model = compose.TransformedTargetRegressor(linear_model.Ridge(), transformer=transformer, check_inverse=False)
    target = data.positive_values()
    model = fitted(model, data.x, target - 1 if name.startswith("PowerTransformer") and "box" not in name else target)
    within = data.test[(abs(data.test) < 100).all(axis=1)]
    defined = within[np.isfinite(model.predict(within))]
    assert len(defined) > 8_000
    check(predictors, worst, f"TransformedTargetRegressor {name}", model, defined)


def test_a_frozen_model_is_looked_into(predictors, data, worst):
    y = data.classes(TWO)
    inner = fitted(make_pipeline(StandardScaler(), LOGISTIC()), data.x, y)
    model = fitted(calibration.CalibratedClassifierCV(frozen.FrozenEstimator(inner)), data.x, y)
    check(predictors, worst, "CalibratedClassifierCV frozen", model, data.test)


@pytest.mark.parametrize("positive", TWO)
@pytest.mark.parametrize("label", TWO)
def test_a_threshold_that_was_given(predictors, data, worst, label, positive):
    model = model_selection.FixedThresholdClassifier(LOGISTIC(), threshold=0.3, pos_label=label)
    model = fitted(model, data.x, data.classes(TWO))
    export = check(predictors, worst, "FixedThresholdClassifier", model, data.test, positive=positive)
    assert export.threshold == (0.3 if positive == label else above(0.7))


@pytest.mark.parametrize("positive", [0, 1])
def test_a_threshold_that_was_tuned(predictors, data, worst, positive):
    model = model_selection.TunedThresholdClassifierCV(make_pipeline(StandardScaler(), LOGISTIC()), scoring="f1")
    model = fitted(model, data.x, data.classes([0, 1]))
    check(predictors, worst, "TunedThresholdClassifierCV", model, data.test, positive=positive)


REFUSED = {
    "hard votes": (ensemble.VotingClassifier([("a", LOGISTIC())]), "voting='soft'"),
    "bagging": (ensemble.BaggingClassifier(), "soft VotingClassifier, got BaggingClassifier"),
    "boosting": (ensemble.AdaBoostClassifier(), "got AdaBoostClassifier"),
    "labels of members": (
        ensemble.StackingClassifier([("a", LOGISTIC())], stack_method="predict"),
        "'a': expected the probabilities",
    ),
    "steps before the final": (
        ensemble.StackingClassifier([("a", LOGISTIC())], make_pipeline(StandardScaler(), LOGISTIC())),
        "final_estimator: expected a model without preprocessing",
    ),
    "a threshold within": (
        ensemble.StackingClassifier([("a", LOGISTIC())], model_selection.FixedThresholdClassifier(LOGISTIC())),
        "around the whole model",
    ),
    "a threshold of margins": (
        model_selection.FixedThresholdClassifier(LOGISTIC(), response_method="decision_function"),
        "response_method 'predict_proba'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_expressed_is_refused(data, name):
    model, message = REFUSED[name]
    with pytest.raises(ExportError, match=message):
        predictor_of(fitted(model, data.x, data.classes(TWO)))


def test_what_is_not_fitted_is_refused():
    with pytest.raises(ExportError, match="model: expected a fitted LogisticRegression"):
        predictor_of(LOGISTIC())


def test_a_class_of_the_users_own_is_refused(data):
    class Ridge(linear_model.Ridge):
        pass

    with pytest.raises(ExportError, match="a model that is covered, got Ridge"):
        predictor_of(fitted(Ridge(), data.x, data.values()))


@pytest.mark.parametrize("kind", [LGBMRegressor, XGBRegressor])
def test_a_bare_booster_is_refused_with_the_way_to_import_it(data, kind):
    model = kind(n_estimators=2).fit(data.x, data.values())
    booster = model.booster_ if kind is LGBMRegressor else model.get_booster()
    with pytest.raises(ExportError, match=r"save_model\(\) for tidemill import, got a Booster"):
        predictor_of(booster)


@pytest.mark.parametrize(
    "model", [linear_model.Ridge(), neural_network.MLPRegressor(hidden_layer_sizes=3, max_iter=5)], ids=["Ridge", "MLP"]
)
def test_several_targets_are_refused(data, model):
    y = data.values()
    with pytest.raises(ExportError, match="one target"):
        predictor_of(fitted(model, data.x, np.column_stack([y, y])))


def test_a_model_of_float32_is_refused(data):
    with pytest.raises(ExportError, match="in float64"):
        predictor_of(fitted(LOGISTIC(), data.x.astype(np.float32), data.classes(TWO)))


def test_an_unknown_positive_class_is_refused(data):
    with pytest.raises(ExportError, match="'Maybe'"):
        predictor_of(fitted(LOGISTIC(), data.x, data.classes(TWO)), positive="Maybe")


INVERSES = {
    "a lambda": (FunctionTransformer(np.log, lambda y: np.exp(y)), "numpy.expm1"),
    "QuantileTransformer": (QuantileTransformer(n_quantiles=10), "got QuantileTransformer"),
}


@pytest.mark.parametrize("name", INVERSES)
def test_an_unknown_way_back_to_the_target_is_refused(data, name):
    transformer, message = INVERSES[name]
    model = compose.TransformedTargetRegressor(linear_model.Ridge(), transformer=transformer, check_inverse=False)
    with pytest.raises(ExportError, match=message):
        predictor_of(fitted(model, data.x, data.positive_values()))
