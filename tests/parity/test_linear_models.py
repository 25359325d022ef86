"""Linear models and scikit-learn's: what they predict for the same 10,000 rows.

Both sides minimise the same function. Ours goes to the end of float64's precision; scikit-learn is asked for as much as
its solvers give. The tolerances are what the worse of both sides allows:

- 1e-12 where both solve equations (LinearRegression, Ridge) or scikit-learn's Newton steps meet ours;
- 1e-9 for coordinate descent, whose own stopping rule sees the function, not the coefficients;
- 1e-10 for saga, which is a first-order method; therefore the optimum's own conditions are checked as well, and
  there nothing above 1e-11 of the greatest possible slope is left over.
"""

import os
import warnings

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from model_parity import ModelError, ModelHarness
from step_parity import compare

TEST_ROWS = 10_000
DIRECT, DESCENT, SAGA, CONDITIONS = 1e-12, 1e-9, 1e-10, 1e-11


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    with ModelHarness(os.environ["TIDEMILL_MODEL_HARNESS"], folder) as running:
        yield running


class Rows:
    """Rows to learn from and to score: scales apart, some columns dependent on others."""

    def __init__(self, seed, n, d, correlated=False, collinear=False, scales=True):
        self.random = np.random.default_rng([seed, n, d])
        mix = np.eye(d)
        if correlated:
            mix += self.random.normal(0, 0.5, (d, d))
        scale = 10.0 ** self.random.uniform(-1, 1, d) if scales else np.ones(d)
        offset = self.random.normal(0, 3, d) if scales else np.zeros(d)

        def draw(count):
            x = (self.random.normal(size=(count, d)) @ mix) * scale + offset
            if collinear:
                x[:, -1] = 2 * x[:, 0] - x[:, 1]
                x[:, -2] = 0.1
            return x

        self.x, self.test = draw(n), draw(TEST_ROWS)
        self.w = self.random.normal(size=d) * (self.random.random(d) < 0.6) / scale
        self.weights = self.random.exponential(size=n) * (self.random.random(n) < 0.9)

    def values(self):
        return 5 + self.x @ self.w + self.random.normal(size=len(self.x))

    def classes(self, count):
        """Classes that overlap, every one of them present."""
        w = np.outer(self.w, np.linspace(-1, 1, count)) + 0.1 * self.random.normal(
            size=(len(self.w), count)
        ) / np.abs(self.x).max(axis=0, initial=1)[:, None]
        margins = (self.x - self.x.mean(axis=0)) @ w
        y = np.argmax(margins + self.random.gumbel(size=margins.shape), axis=1)
        y[:count] = np.arange(count)
        return y


SHAPES = {
    "50 x 3": {"n": 50, "d": 3},
    "2,000 x 20": {"n": 2000, "d": 20},
    "2,000 x 20 correlated": {"n": 2000, "d": 20, "correlated": True},
    "20,000 x 60": {"n": 20_000, "d": 60},
}
WIDE = {"40 x 80": {"n": 40, "d": 80}}
COLLINEAR = {"500 x 12 collinear, constant": {"n": 500, "d": 12, "collinear": True}}


def shapes(*tables):
    cases = {name: shape for table in tables for name, shape in table.items()}
    return pytest.mark.parametrize("shape", cases.values(), ids=cases.keys())


def fitted(origin, x, y, weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return origin.fit(x, y, sample_weight=weights)


def check_regression(models, worst, rows, name, parameters, origin, weighted, tolerance):
    y, weights = rows.values(), rows.weights if weighted else None
    ours = models.fit(name, parameters, rows.x, y, rows.test, weights)
    theirs = fitted(origin, rows.x, y, weights).predict(rows.test)
    compare(worst, name, ours.outputs.T, theirs[:, None], tolerance)
    return ours


weighted_or_not = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
weights_and_intercept = pytest.mark.parametrize(
    ("weighted", "intercept"), [(False, True), (True, True), (True, False)], ids=["plain", "weighted", "weighted, no b"]
)


@shapes(SHAPES, WIDE, COLLINEAR)
@weights_and_intercept
def test_linear_regression(models, worst, seed, shape, weighted, intercept):
    origin = LinearRegression(fit_intercept=intercept)
    check_regression(
        models, worst, Rows(seed, **shape), "LinearRegression", {"fit_intercept": intercept}, origin, weighted, DIRECT
    )


@shapes(SHAPES)
def test_positive_linear_regression(models, worst, seed, shape):
    rows = Rows(seed, **shape)
    y = rows.values()
    ours = models.fit("LinearRegression", {"positive": True}, rows.x, y, rows.test)
    theirs = LinearRegression(positive=True).fit(rows.x, y).predict(rows.test)
    compare(worst, "LinearRegression, positive", ours.outputs.T, theirs[:, None], DIRECT)


@shapes(SHAPES, WIDE, COLLINEAR)
@weights_and_intercept
@pytest.mark.parametrize("alpha", [1e-6, 1e3])
def test_ridge(models, worst, seed, shape, weighted, intercept, alpha):
    origin = Ridge(alpha=alpha, fit_intercept=intercept, solver="svd")
    parameters = {"alpha": alpha, "fit_intercept": intercept}
    check_regression(models, worst, Rows(seed, **shape), "Ridge", parameters, origin, weighted, DIRECT)


# Changes of a round as well as the duality gap are below tol then.
# Of few rows and many columns scikit-learn needs up to 200,000 rounds for that, which are slow where rows are many.
PRECISE = {"tol": 1e-13, "max_iter": 200_000}
PRECISE_OF_MANY_ROWS = PRECISE | {"max_iter": 30_000}


def precise(shape):
    return PRECISE if shape["n"] < 1000 else PRECISE_OF_MANY_ROWS


@shapes(SHAPES, WIDE, COLLINEAR)
@weighted_or_not
@pytest.mark.parametrize("alpha", [0.003, 0.1, 1.0])
def test_lasso(models, worst, seed, shape, weighted, alpha):
    origin = Lasso(alpha=alpha, **precise(shape))
    check_regression(models, worst, Rows(seed, **shape), "Lasso", {"alpha": alpha}, origin, weighted, DESCENT)


@shapes(SHAPES, WIDE, COLLINEAR)
@weights_and_intercept
@pytest.mark.parametrize("positive", [False, True], ids=["free", "positive"])
def test_elastic_net(models, worst, seed, shape, weighted, intercept, positive):
    parameters = {"alpha": 0.05, "l1_ratio": 0.4, "fit_intercept": intercept, "positive": positive}
    origin = ElasticNet(**parameters, **precise(shape))
    check_regression(models, worst, Rows(seed, **shape), "ElasticNet", parameters, origin, weighted, DESCENT)


def labels_of(count):
    return [str(number) for number in range(count)]


def probabilities(origin, test):
    p = origin.predict_proba(test)
    return p[:, 1:] if p.shape[1] == 2 else p


def check_classes(models, worst, what, rows, count, parameters, origin, weighted, tolerance):
    y, weights = rows.classes(count), rows.weights if weighted else None
    ours = models.fit(
        "LogisticRegression", parameters, rows.x, y, rows.test, weights, labels_of(count)
    )
    assert not ours.warnings
    theirs = probabilities(fitted(origin, rows.x, y, weights), rows.test)
    compare(worst, what, ours.outputs.T, theirs, tolerance)
    return ours, y


NEWTON = {"solver": "newton-cholesky", "tol": 1e-13, "max_iter": 1000}
two_three_or_six = pytest.mark.parametrize("count", [2, 3, 6], ids=["2 classes", "3 classes", "6 classes"])


@shapes(SHAPES, COLLINEAR)
@two_three_or_six
@weights_and_intercept
@pytest.mark.parametrize("c", [0.01, 100.0])
def test_logistic_regression_l2(models, worst, seed, shape, count, weighted, intercept, c):
    parameters = {"C": c, "fit_intercept": intercept}
    origin = LogisticRegression(**parameters, **NEWTON)
    what = f"LogisticRegression, l2, {'binary' if count == 2 else 'multinomial'}"
    check_classes(models, worst, what, Rows(seed, **shape), count, parameters, origin, weighted, DIRECT)


@shapes({name: SHAPES[name] for name in ("2,000 x 20", "20,000 x 60")})
@two_three_or_six
@weighted_or_not
def test_logistic_regression_without_a_penalty(models, worst, seed, shape, count, weighted):
    origin = LogisticRegression(C=np.inf, **NEWTON)
    what = f"LogisticRegression, none, {'binary' if count == 2 else 'multinomial'}"
    check_classes(
        models, worst, what, Rows(seed, **shape), count, {"penalty": "none"}, origin, weighted, DIRECT
    )


@shapes({name: SHAPES[name] for name in ("50 x 3", "2,000 x 20")})
@two_three_or_six
@weighted_or_not
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3, 1: 0.5}], ids=["balanced", "map"])
def test_class_weights(models, worst, seed, shape, count, weighted, class_weight):
    origin = LogisticRegression(class_weight=class_weight, **NEWTON)
    parameters = {"class_weight": class_weight}
    check_classes(
        models, worst, "LogisticRegression, class_weight", Rows(seed, **shape), count, parameters, origin, weighted, DIRECT
    )


@two_three_or_six
@weighted_or_not
@pytest.mark.parametrize("l1_ratio", [1.0, 0.4], ids=["l1", "elasticnet"])
def test_l1_logistic_regression_beside_saga(models, worst, seed, count, weighted, l1_ratio):
    rows = Rows(seed, 500, 5, scales=False)
    origin = LogisticRegression(l1_ratio=l1_ratio, C=0.3, solver="saga", tol=1e-15, max_iter=50_000, random_state=0)
    what = f"LogisticRegression, {'l1' if l1_ratio == 1 else 'elasticnet'}, beside saga"
    check_classes(models, worst, what, rows, count, {"l1_ratio": l1_ratio, "C": 0.3}, origin, weighted, SAGA)


def softmax(margins):
    p = np.exp(margins - margins.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def violation(model, rows, y, weights, c, l1_ratio):
    """How far from optimal a coefficient is at most, as a share of the greatest slope it could meet."""
    weights = c * (np.ones(len(y)) if weights is None else weights)
    margins = rows.x @ model.coefficients.T + model.intercepts
    if margins.shape[1] == 1:
        excess = 1 / (1 + np.exp(-margins)) - y[:, None]
    else:
        excess = softmax(margins) - np.eye(margins.shape[1])[y]
    excess *= weights[:, None]
    w = model.coefficients
    slope = (rows.x.T @ excess).T + (1 - l1_ratio) * w
    left = np.where(w == 0, np.maximum(np.abs(slope) - l1_ratio, 0), np.abs(slope + l1_ratio * np.sign(w)))
    greatest = np.abs(rows.x).T @ weights
    return max((left / greatest).max(), np.abs(excess.sum(axis=0)).max() / weights.sum())


@shapes(SHAPES, COLLINEAR)
@two_three_or_six
@pytest.mark.parametrize(("weighted", "l1_ratio"), [(False, 1.0), (True, 0.4)], ids=["l1", "weighted, elasticnet"])
@pytest.mark.parametrize("c", [0.03, 3.0])
def test_l1_logistic_regression_is_optimal(models, worst, seed, shape, count, weighted, l1_ratio, c):
    rows = Rows(seed, **shape)
    y, weights = rows.classes(count), rows.weights if weighted else None
    model = models.fit(
        "LogisticRegression", {"l1_ratio": l1_ratio, "C": c}, rows.x, y, rows.test[:1], weights, labels_of(count)
    )
    assert not model.warnings
    left = violation(model, rows, y, weights, c, l1_ratio)
    worst.add("LogisticRegression, l1: violation of optimality", left, model.coefficients.size)
    assert left <= CONDITIONS


def test_an_unknown_class_weight_is_refused(models, seed):
    rows = Rows(seed, 50, 3)
    with pytest.raises(ModelError, match="class_weight.7.*expected a class of the data: '0', '1'") as refused:
        models.fit(
            "LogisticRegression", {"class_weight": {7: 1}}, rows.x, rows.classes(2), rows.test, classes=labels_of(2)
        )
    assert refused.value.kind == "ConfigError"
