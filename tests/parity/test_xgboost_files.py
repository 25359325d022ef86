"""XGBoost's own files, JSON and UBJSON, score to the bit as XGBoost itself."""


import numpy as np
import pandas as pd
import pytest
import xgboost

from file_parity import FileError, numbers, probing

TRAIN_ROWS = 2000
TEST_ROWS = 12000
EXTREMES = [0.0, -0.0, 1e30, -3.4e38, 3.4e38, 1e-40, -1e-45, 5e-324, 1e-300, 16777216.0, 7.5]

TREES = {"max_depth": 5, "eta": 0.4}
BOOSTERS = {
    "hist": {**TREES, "tree_method": "hist"},
    "exact": {**TREES, "tree_method": "exact", "gamma": 0.2},
    "lossguide": {"grow_policy": "lossguide", "max_leaves": 40, "max_depth": 0},
    "forests": {**TREES, "num_parallel_tree": 3, "subsample": 0.6, "colsample_bynode": 0.7},
    "dart": {**TREES, "booster": "dart", "rate_drop": 0.4},
    "dart of forests": {**TREES, "booster": "dart", "rate_drop": 0.4, "num_parallel_tree": 2,
                        "normalize_type": "forest", "subsample": 0.7},
    "gblinear": {"booster": "gblinear", "updater": "coord_descent", "lambda": 0.1},
}
CLASSES = {"num_class": 4}
OBJECTIVES = {
    "reg:squarederror": {},
    "reg:squaredlogerror": {},
    "reg:logistic": {},
    "reg:pseudohubererror": {},
    "reg:absoluteerror": {},
    "reg:quantileerror": {"quantile_alpha": 0.3},
    "reg:gamma": {},
    "reg:tweedie": {"tweedie_variance_power": 1.3},
    "count:poisson": {},
    "survival:cox": {},
    "binary:logistic": {},
    "binary:logitraw": {},
    "multi:softprob": CLASSES,
    "rank:pairwise": {},
    "rank:ndcg": {},
    "rank:map": {},
}


def labels(objective, x, rng):
    signal = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1]) ** 2 + 0.3 * rng.normal(size=len(x))
    if objective.startswith("multi:"):
        return np.digitize(signal, [-0.3, 0.7, 1.8])
    if objective.startswith("binary:") or objective in ("reg:logistic", "rank:map", "rank:ndcg"):
        return (signal > 0.7).astype(float)
    if objective == "reg:squarederror":
        return 100.0 * signal
    return np.round(np.exp(0.5 * np.clip(signal, -3, 3)), 3) + 0.1


def dmatrix(objective, x, y):
    if objective.startswith("rank:"):
        return xgboost.DMatrix(x, y, qid=np.arange(len(x)) // 20)
    return xgboost.DMatrix(x, y)


def train(objective, settings, x, y, rounds=12):
    parameters = {"objective": objective, "seed": 7, "nthread": 1, **settings}
    return xgboost.train(parameters, dmatrix(objective, x, y), rounds)


def assert_same_bits(found, expected):
    expected = np.asarray(expected, dtype=np.float32).reshape(found.shape)
    assert np.array_equal(found.astype(np.float32), found, equal_nan=True)
    different = np.flatnonzero(found.astype(np.float32).view(np.int32) != expected.view(np.int32))
    assert different.size == 0, (
        f"{different.size} of {found.size}, first "
        f"{found.flat[different[0]]!r} for {expected.flat[different[0]]!r}"
    )


def check(reader, booster, rows, matrix, folder):
    """Both formats of the booster give its outputs and margins, bit by bit."""
    for name in ("model.json", "model.ubj"):
        path = folder / name
        booster.save_model(path)
        imported = reader.predict("xgboost", path, rows)
        assert imported.about["library"] == f"XGBoost {xgboost.__version__}"
        assert_same_bits(imported.margins, booster.predict(matrix, output_margin=True))
        assert_same_bits(imported.outputs, booster.predict(matrix))
    return imported


def case(rng, objective):
    x = numbers(rng, TRAIN_ROWS, 6)
    return x, labels(objective, x, rng), probing(rng, x, TEST_ROWS, EXTREMES)


EVERY_OBJECTIVE = [(kind, each) for kind in ("hist", "gblinear") for each in OBJECTIVES]
EVERY_BOOSTER = [
    (kind, each)
    for kind in ("exact", "lossguide", "forests", "dart", "dart of forests")
    for each in ("reg:squarederror", "binary:logistic", "multi:softprob")
]


@pytest.mark.parametrize(("kind", "objective"), EVERY_OBJECTIVE + EVERY_BOOSTER)
def test_objectives_and_boosters(reader, seed, tmp_path, kind, objective):
    x, y, rows = case(np.random.default_rng(seed), objective)
    booster = train(objective, {**BOOSTERS[kind], **OBJECTIVES[objective]}, x, y)
    imported = check(reader, booster, rows, xgboost.DMatrix(rows), tmp_path)
    assert len(np.unique(imported.margins)) > 50
    assert imported.about["objective"] == objective
    task = {"binary:logistic": "binary", "multi:softprob": "multiclass"}
    assert imported.about["task"] == task.get(objective, "regression")


@pytest.mark.parametrize("objective", ["reg:squarederror", "binary:logistic", "count:poisson"])
@pytest.mark.parametrize("base_score", [1e-9, 1e-3, 0.1, 0.5, 0.987654321, 0.99999994])
def test_a_base_score_becomes_the_same_margin(reader, seed, tmp_path, objective, base_score):
    x, y, rows = case(np.random.default_rng(seed), objective)
    booster = train(objective, {"base_score": base_score, "max_depth": 2}, x, y, rounds=2)
    check(reader, booster, rows, xgboost.DMatrix(rows), tmp_path)


def test_softmax_gives_the_probabilities_of_softprob(reader, seed, tmp_path):
    x, y, rows = case(np.random.default_rng(seed), "multi:softmax")
    booster = train("multi:softmax", CLASSES, x, y)
    booster.save_model(tmp_path / "model.json")
    imported = reader.predict("xgboost", tmp_path / "model.json", rows)
    matrix = xgboost.DMatrix(rows)
    assert_same_bits(imported.margins, booster.predict(matrix, output_margin=True))
    assert np.array_equal(imported.outputs.argmax(axis=1), booster.predict(matrix))
    booster.set_param({"objective": "multi:softprob"})
    assert_same_bits(imported.outputs, booster.predict(matrix))


@pytest.mark.parametrize("one_hot", [1, 100])
def test_categorical_splits(reader, seed, tmp_path, one_hot):
    rng = np.random.default_rng(seed)
    x = numbers(rng, TRAIN_ROWS, 4)
    for column, size in ((1, 8), (3, 300)):
        x[:, column] = rng.integers(0, size, TRAIN_ROWS)
    x[rng.random(x.shape) < 0.1] = np.nan
    codes = np.nan_to_num(x[:, [1, 3]])
    y = np.nan_to_num(x[:, 0]) + codes[:, 0] % 3 + codes[:, 1] % 7
    types = ["q", "c", "q", "c"]
    settings = {"max_depth": 6, "max_cat_to_onehot": one_hot, "tree_method": "hist"}
    booster = xgboost.train(settings, xgboost.DMatrix(x, y, feature_types=types), 12)
    rows = probing(rng, x, TEST_ROWS, [*EXTREMES, -1.0, -0.5, 3.9, 299.5, 1000.0, 16777215.0])
    imported = check(reader, booster, rows, xgboost.DMatrix(rows, feature_types=types), tmp_path)
    assert [feature["type"] for feature in imported.about["features"]] == types
    assert [feature["category"] for feature in imported.about["features"]] == [
        kind == "c" for kind in types
    ]


def test_a_frames_names_and_categories(reader, seed, tmp_path):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=TRAIN_ROWS),
            "Ort": pd.Categorical(rng.choice(["Bonn", "Ulm", "x"], TRAIN_ROWS)),
            "é": pd.Categorical(rng.choice(["Köln", "Zürich"], TRAIN_ROWS)),
            "k": pd.Categorical(rng.choice([10, -20, 35], TRAIN_ROWS)),
            "flag": rng.random(TRAIN_ROWS) < 0.5,
            "i": rng.integers(0, 9, TRAIN_ROWS),
        }
    )
    y = frame.a + (frame.Ort == "x") + 2 * (frame.k == 10).astype(float)
    matrix = xgboost.DMatrix(frame, y, enable_categorical=True)
    booster = xgboost.train({"max_depth": 4}, matrix, 8)
    is_category = frame.dtypes == "category"
    codes = frame.assign(**{name: frame[name].cat.codes for name in frame.columns[is_category]})
    codes = codes.to_numpy(dtype=float)
    imported = check(reader, booster, codes, matrix, tmp_path)
    features = imported.about["features"]
    assert [feature["name"] for feature in features] == list(frame.columns)
    assert [feature["type"] for feature in features] == ["float", "c", "c", "c", "i", "int"]
    # XGBoost 3.2 cuts texts that are not ASCII: of those nothing is said.
    expected = [[], ["Bonn", "Ulm", "x"], [], [-20, 10, 35], [], []]
    assert [feature["categories"] for feature in features] == expected


@pytest.mark.parametrize("kind", ["hist", "forests"])
def test_early_stopping_keeps_the_best_round_as_the_classifier_does(reader, seed, tmp_path, kind):
    rng = np.random.default_rng(seed)
    x, y, rows = case(rng, "multi:softprob")
    y[rng.random(len(y)) < 0.3] = 0  # noise, so that later rounds are worse
    settings = {key: value for key, value in BOOSTERS[kind].items() if key != "eta"}
    model = xgboost.XGBClassifier(
        n_estimators=60, learning_rate=0.5, early_stopping_rounds=5, n_jobs=1, **settings
    )
    model.fit(x[:1500], y[:1500], eval_set=[(x[1500:], y[1500:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    model.save_model(tmp_path / "model.ubj")
    imported = reader.predict("xgboost", tmp_path / "model.ubj", rows)
    assert_same_bits(imported.outputs, model.predict_proba(rows))
    assert not np.array_equal(imported.outputs, model.get_booster().predict(xgboost.DMatrix(rows)))


def test_the_best_round_of_dart(reader, seed, tmp_path):
    x, y, rows = case(np.random.default_rng(seed), "multi:softprob")
    booster = train("multi:softprob", {**BOOSTERS["dart of forests"], **CLASSES}, x, y)
    booster.best_iteration = 7
    booster.save_model(tmp_path / "model.json")
    imported = reader.predict("xgboost", tmp_path / "model.json", rows)
    # inplace_predict(), and so predict_proba(), rounds once more per tree.
    expected = booster.predict(xgboost.DMatrix(rows), iteration_range=(0, 8))
    assert_same_bits(imported.outputs, expected)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"objective": "binary:hinge"}, "binary:hinge"),
        ({"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, "num_target"),
        ({"objective": "reg:squarederror", "multi_strategy": "multi_output_tree"}, "num_target"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(reader, seed, tmp_path, settings, part):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 3))
    y = (x[:, 0] > 0).astype(float)
    if "multi_strategy" in settings:
        y = np.stack([y, 1 - y], axis=1)
    xgboost.train(settings, xgboost.DMatrix(x, y), 2).save_model(tmp_path / "model.ubj")
    with pytest.raises(FileError) as error:
        reader.predict("xgboost", tmp_path / "model.ubj", x)
    assert error.value.kind == "ArtifactError"
    assert part in str(error.value)
