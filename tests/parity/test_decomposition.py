"""Projections, and scikit-learn's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD

from step_parity import StepError, compare, difference

ROWS = 1_000


def columns_of(data):
    return {f"x{i}": data[:, i] for i in range(data.shape[1])}


def separated(random, rows, size, decades=1.5, mean=1.0):
    """Rows whose variances along hidden directions are far apart: the components are well determined."""
    directions, _ = np.linalg.qr(random.normal(0, 1, (size, size)))
    return (random.normal(0, 1, (rows, size)) * np.logspace(0, -decades, size)) @ directions + random.normal(0, mean, size)


def run(harness, step, train, test=None):
    fields = dict.fromkeys(columns_of(train), "number")
    return harness.run(f"[{step}]", fields, columns_of(train), columns_of(train if test is None else test))


@pytest.mark.parametrize("size", [2, 8, 30])
@pytest.mark.parametrize("parameters", [{}, {"n_components": 2}, {"n_components": 0.9}, {"n_components": 0.999}])
@pytest.mark.parametrize("whiten", [False, True])
def test_pca(harness, worst, seed, size, parameters, whiten):
    random = np.random.default_rng([seed, 1, size])
    train, test = np.split(separated(random, 2 * ROWS, size), 2)
    given = ", ".join([f"{k}: {v}" for k, v in parameters.items()] + [f"whiten: {str(whiten).lower()}"])
    names, fitted, made = run(harness, f"PCA: {{{given}}}", train, test)
    exact, usual = (PCA(**parameters, whiten=whiten, svd_solver=solver).fit(train) for solver in ("full", "auto"))
    assert names == list(exact.get_feature_names_out()) == list(usual.get_feature_names_out())
    for ours, data in ((fitted, train), (made, test)):
        compare(worst, "PCA", ours, exact.transform(data))
        # "auto" takes the eigenvectors of X'X here, which squares the range of the numbers: scikit-learn's own two
        # answers are as far apart.
        own = max(difference(a, b) for a, b in zip(usual.transform(data).T, exact.transform(data).T))
        compare(worst, "PCA, beside covariance_eigh", ours, usual.transform(data), own + 1e-12)


@pytest.mark.parametrize("size", [3, 6, 12])
def test_pca_of_scaled_columns(harness, worst, seed, size):
    """As it is mostly used: scaled columns that go together, beside scikit-learn's own choice of a solver."""
    random = np.random.default_rng([seed, 8, size])
    mixed = random.normal(0, 1, (ROWS, size)) * np.linspace(2, 1, size) @ random.normal(0, 1, (size, size))
    train = (mixed - mixed.mean(axis=0)) / mixed.std(axis=0)
    _, fitted, _ = run(harness, "PCA", train)
    compare(worst, "PCA of scaled columns, svd_solver auto", fitted, PCA().fit_transform(train))


def test_pca_of_fewer_rows_than_columns(harness, worst, seed):
    random = np.random.default_rng([seed, 2])
    train, test = np.split(separated(random, 320, 40, mean=0.1), [20])
    names, _, made = run(harness, "PCA: {n_components: 19}", train, test)
    origin = PCA(19, svd_solver="full").fit(train)
    assert names == list(origin.get_feature_names_out())
    compare(worst, "PCA", made, origin.transform(test))


@pytest.mark.parametrize("size", [4, 24])
def test_equal_variances_span_the_same_space(harness, worst, seed, size):
    """Half of the directions are alike: which vectors span them is open, which points they reach is not."""
    random = np.random.default_rng([seed, 3])
    half = size // 2
    directions, _ = np.linalg.qr(random.normal(0, 1, (size, size)))
    data, _ = np.linalg.qr(random.normal(0, 1, (ROWS, size)) - 0.0)
    data -= data.mean(axis=0)
    data, _ = np.linalg.qr(data)
    train = (data * np.where(np.arange(size) < half, 30.0, 3.0)) @ directions
    _, fitted, _ = run(harness, f"PCA: {{n_components: {half}}}", train)
    theirs = PCA(half, svd_solver="full").fit_transform(train)
    ours = np.column_stack(fitted)
    compare(worst, "PCA, spans of equal variances", list((ours @ ours.T)[:50]), (theirs @ theirs.T)[:, :50])


def test_constants_and_copies_do_not_disturb_the_others(harness, worst, seed):
    random = np.random.default_rng([seed, 4])
    data = separated(random, ROWS, 4)
    train = np.column_stack([data, np.full(ROWS, 3.0), data[:, 0]])
    _, fitted, _ = run(harness, "PCA: {n_components: 4}", train)
    compare(worst, "PCA", fitted, PCA(4, svd_solver="full").fit_transform(train))


@pytest.mark.parametrize("scale", [1e-140, 1e-20, 1e20, 1e140])
def test_pca_of_numbers_far_from_one(harness, worst, seed, scale):
    random = np.random.default_rng([seed, 5])
    train = separated(random, 500, 5) * scale
    _, fitted, _ = run(harness, "PCA", train)
    compare(worst, "PCA", [c / scale for c in fitted], PCA(svd_solver="full").fit_transform(train) / scale)


def exact(data, count):
    """The first right vectors of the matrix itself, with scikit-learn's signs."""
    right = np.linalg.svd(data, full_matrices=False)[2][:count]
    return right * np.sign(right[np.arange(count), np.abs(right).argmax(axis=1)])[:, np.newaxis]


@pytest.mark.parametrize("size", [2, 6, 25])
@pytest.mark.parametrize("count", [None, 1, 2])
def test_truncated_svd(harness, worst, seed, size, count):
    random = np.random.default_rng([seed, 6, size])
    train, test = np.split(separated(random, 2 * ROWS, size), 2)
    step = "TruncatedSVD" if count is None else f"TruncatedSVD: {{n_components: {count}}}"
    names, fitted, made = run(harness, step, train, test)
    right = exact(train, count or 2)
    compare(worst, "TruncatedSVD, beside numpy's SVD", fitted, train @ right.T)
    compare(worst, "TruncatedSVD, beside numpy's SVD", made, test @ right.T)
    if (count or 2) < size:
        origin = TruncatedSVD(count or 2, algorithm="arpack", random_state=0).fit(train)
        assert names == list(origin.get_feature_names_out())
        compare(worst, "TruncatedSVD, beside arpack", made, origin.transform(test), 1e-10)


def test_truncated_svd_of_counts_of_words(harness, worst, seed):
    random = np.random.default_rng([seed, 7])
    words = np.array([f"w{i}" for i in range(60)])
    weights = 1.0 / np.arange(1, 61) ** 1.1
    texts = [" ".join(random.choice(words, random.integers(1, 30), p=weights / weights.sum())) for _ in range(800)]
    _, counts, _ = harness.run("[CountVectorizer]", {"t": "text"}, {"t": texts})
    _, fitted, _ = harness.run("[CountVectorizer, TruncatedSVD: {n_components: 3}]", {"t": "text"}, {"t": texts})
    data = np.column_stack(counts)
    compare(worst, "TruncatedSVD, beside numpy's SVD", fitted, data @ exact(data, 3).T)


@pytest.mark.parametrize(
    ("step", "data", "kind", "message"),
    [
        ("PCA", [[1.0, 2.0]], "DataError", "two rows or more, got 1"),
        ("PCA", [[1.0, 2.0], [np.nan, 1.0]], "DataError", "column 'x0', row 1: expected a number"),
        ("PCA", [[1.0, 2.0], [1.0, np.inf]], "DataError", "column 'x1', row 1: expected a finite"),
        ("PCA", [[1e300, 2.0], [-1e300, 1.0]], "DataError", "squares are finite"),
        ("PCA: {n_components: 3}", [[1.0, 2.0]] * 5, "ConfigError", "at most 2, the smaller of rows and columns"),
        ("PCA: {n_components: mle}", [[1.0, 2.0]] * 5, "ConfigError", "got text 'mle'"),
        ("PCA: {n_components: 2.5}", [[1.0, 2.0]] * 5, "ConfigError", "number of components from 1"),
        ("PCA: {svd_solver: randomized}", [[1.0, 2.0]] * 5, "ConfigError", "one of auto, full, covariance_eigh"),
        ("TruncatedSVD: {algorithm: arpack}", [[1.0, 2.0]] * 5, "ConfigError", "one of exact"),
        ("TruncatedSVD: {n_components: 3}", [[1.0, 2.0]] * 5, "ConfigError", "at most 2"),
        ("TruncatedSVD: {n_iter: 3}", [[1.0, 2.0]] * 5, "ConfigError", "got 'n_iter'"),
        ("TruncatedSVD", [[1.0, None]] * 5, "DataError", "column 'x1', row 0"),
    ],
)
def test_what_has_no_components_is_refused(harness, step, data, kind, message):
    with pytest.raises(StepError, match=message) as refused:
        run(harness, step, np.array(data, dtype=float))
    assert refused.value.kind == kind
