"""LightGBM's own files score as LightGBM itself, to a few units in the last place of float64."""


import lightgbm
import numpy as np
import pandas as pd
import pytest

from file_parity import FileError, numbers, probing

TRAIN_ROWS = 2000
TEST_ROWS = 12000
ULPS = 4
ZERO_BOUND = float(np.float32(1e-35))
EXTREMES = [0.0, -0.0, 1e-35, -1e-35, ZERO_BOUND, -ZERO_BOUND, 1e-36, 5e-324, -1e-300, 1e300, -1.7e308, 1e30, 7.5, 2.0**31]

BASE = {"verbose": -1, "num_leaves": 24, "min_data_in_leaf": 5, "learning_rate": 0.3,
        "num_threads": 1, "seed": 7}
BOOSTINGS = {
    "gbdt": {},
    "dart": {"boosting": "dart", "drop_rate": 0.4},
    "goss": {"data_sample_strategy": "goss"},
    "rf": {"boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1, "feature_fraction": 0.7},
}
CLASSES = {"num_class": 4}
OBJECTIVES = {
    "regression": {},
    "regression_l1": {},
    "huber": {},
    "fair": {},
    "quantile": {"alpha": 0.3},
    "mape": {},
    "poisson": {},
    "gamma": {},
    "tweedie": {"tweedie_variance_power": 1.3},
    "binary": {"sigmoid": 0.7},
    "cross_entropy": {},
    "multiclass": CLASSES,
    "multiclassova": {**CLASSES, "sigmoid": 1.3},
    "lambdarank": {},
    "rank_xendcg": {},
}
MISSING = {
    "nan": {},
    "zero": {"zero_as_missing": True},
    "none": {"use_missing": False},
}


def labels(objective, x, rng):
    signal = np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1]) ** 2 + 0.3 * rng.normal(size=len(x))
    if objective.startswith("multiclass"):
        return np.digitize(signal, [-0.3, 0.7, 1.8])
    if objective in ("binary", "cross_entropy", "lambdarank", "rank_xendcg"):
        return (signal > 0.7).astype(float)
    if objective in ("poisson", "gamma", "tweedie", "mape"):
        return np.exp(0.5 * np.clip(signal, -3, 3))
    return 100.0 * signal


def train(objective, settings, x, y, rounds=12, **dataset):
    group = [20] * (len(x) // 20) if objective in ("lambdarank", "rank_xendcg") else None
    parameters = {**BASE, "objective": objective, **settings}
    return lightgbm.train(parameters, lightgbm.Dataset(x, y, group=group, **dataset), rounds)


def ulps(found, expected):
    """The greatest distance in units in the last place of what is expected."""
    expected = np.asarray(expected, dtype=float).reshape(found.shape)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, np.abs(found - expected) / np.spacing(np.abs(expected))).max()


def difference(found, expected):
    """The greatest difference over max(1, |expected|)."""
    expected = expected.reshape(found.shape)
    gaps = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    return float(np.where(found == expected, 0.0, gaps).max())


def check(reader, worst, booster, rows, folder, name):
    path = folder / "model.txt"
    booster.save_model(path)
    imported = reader.predict("lightgbm", path, rows)
    assert imported.about["library"] == "LightGBM v4"
    expected = booster.predict(rows)
    worst.add(f"LightGBM file, {name}", difference(imported.outputs, expected), expected.size)
    assert ulps(imported.outputs, expected) <= ULPS
    return imported


EVERY_OBJECTIVE = [("gbdt", each) for each in OBJECTIVES]
EVERY_BOOSTING = [
    (kind, each)
    for kind in ("dart", "goss", "rf")
    for each in ("regression", "binary", "multiclass", "multiclassova")
]


@pytest.mark.parametrize(("boosting", "objective"), EVERY_OBJECTIVE + EVERY_BOOSTING)
def test_objectives_and_boostings(reader, worst, seed, tmp_path, boosting, objective):
    rng = np.random.default_rng(seed)
    x = numbers(rng, TRAIN_ROWS, 6)
    settings = {**BOOSTINGS[boosting], **OBJECTIVES[objective]}
    booster = train(objective, settings, x, labels(objective, x, rng))
    rows = probing(rng, x, TEST_ROWS, EXTREMES)
    imported = check(reader, worst, booster, rows, tmp_path, f"{boosting} {objective}")
    assert len(np.unique(imported.outputs)) > 50
    assert imported.about["objective"] == objective
    task = {"binary": "binary", "multiclass": "multiclass", "multiclassova": "multiclass"}
    assert imported.about["task"] == task.get(objective, "regression")


@pytest.mark.parametrize("missing", MISSING)
def test_missing_types(reader, worst, seed, tmp_path, missing):
    rng = np.random.default_rng(seed)
    x = numbers(rng, TRAIN_ROWS, 6)
    whole = np.nan_to_num(x) if missing == "none" else x
    booster = train("regression", MISSING[missing], whole, labels("regression", x, rng))
    rows = probing(rng, x, TEST_ROWS, EXTREMES)
    assert np.isnan(rows).any()
    check(reader, worst, booster, rows, tmp_path, f"missing {missing}")


def test_a_target_under_a_square_root(reader, worst, seed, tmp_path):
    rng = np.random.default_rng(seed)
    x = numbers(rng, TRAIN_ROWS, 6)
    booster = train("regression", {"reg_sqrt": True}, x, labels("regression", x, rng))
    check(reader, worst, booster, probing(rng, x, TEST_ROWS, EXTREMES), tmp_path, "sqrt")


@pytest.mark.parametrize("one_hot", [1, 40])
def test_categorical_splits(reader, worst, seed, tmp_path, one_hot):
    rng = np.random.default_rng(seed)
    x = numbers(rng, TRAIN_ROWS, 4)
    for column, size in ((1, 8), (3, 300)):
        x[:, column] = rng.integers(0, size, TRAIN_ROWS)
    x[rng.random(x.shape) < 0.1] = np.nan
    codes = np.nan_to_num(x[:, [1, 3]])
    y = np.nan_to_num(x[:, 0]) + codes[:, 0] % 3 + codes[:, 1] % 7
    settings = {"max_cat_to_onehot": one_hot, "min_data_per_group": 3, "cat_smooth": 1.0}
    booster = train("regression", settings, x, y, categorical_feature=[1, 3])
    beyond = [*EXTREMES, -1.0, -0.5, 3.9, 299.5, 1000.0, -(2.0**40)]
    rows = probing(rng, x, TEST_ROWS, beyond)
    imported = check(reader, worst, booster, rows, tmp_path, "categories")
    categories = [feature["category"] for feature in imported.about["features"]]
    assert categories == [False, True, False, True]


def frame_of(rng):
    return pd.DataFrame(
        {
            "a": rng.normal(size=TRAIN_ROWS),
            "Ort": pd.Categorical(rng.choice(["Köln", "Zürich", "x"], TRAIN_ROWS)),
            "k": pd.Categorical(rng.choice([10, -20, 35], TRAIN_ROWS)),
            "flag": pd.Categorical(rng.random(TRAIN_ROWS) < 0.5),
        }
    )


def test_a_frames_names_and_categories(reader, seed, tmp_path):
    frame = frame_of(np.random.default_rng(seed))
    y = frame.a + (frame.Ort == "x") + 2 * (frame.k == 10).astype(float)
    booster = train("regression", {}, frame, y)
    booster.save_model(tmp_path / "model.txt")
    codes = frame.apply(lambda column: column.cat.codes if column.name != "a" else column)
    imported = reader.predict("lightgbm", tmp_path / "model.txt", codes.to_numpy(dtype=float))
    assert ulps(imported.outputs, booster.predict(frame)) <= ULPS
    features = imported.about["features"]
    assert [feature["name"] for feature in features] == list(frame.columns)
    expected = [["Köln", "Zürich", "x"], [-20, 10, 35], [False, True]]
    assert [feature["categories"] for feature in features] == [[], *expected]
    assert imported.about["frame_categories"] == expected


def test_an_ordered_column_is_a_number_whose_categories_are_listed(reader, seed, tmp_path):
    frame = frame_of(np.random.default_rng(seed))
    frame["size"] = pd.Categorical(
        np.random.default_rng(1).choice(["S", "M"], TRAIN_ROWS), categories=["S", "M"], ordered=True
    )
    booster = train("regression", {}, frame, frame.a + (frame["size"] == "M"))
    booster.save_model(tmp_path / "model.txt")
    imported = reader.predict("lightgbm", tmp_path / "model.txt", np.zeros((1, 5)))
    assert imported.about["features"][4]["category"] is False
    assert imported.about["features"][1]["categories"] == []
    assert imported.about["frame_categories"][3] == ["S", "M"]


@pytest.mark.parametrize(
    ("objective", "settings", "part"),
    [
        ("regression", {"linear_tree": True}, "is_linear"),
        ("cross_entropy_lambda", {}, "cross_entropy_lambda"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(
    reader, seed, tmp_path, objective, settings, part
):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(500, 3))
    booster = train(objective, settings, x, (x[:, 0] > 0).astype(float), rounds=2)
    booster.save_model(tmp_path / "model.txt")
    with pytest.raises(FileError) as error:
        reader.predict("lightgbm", tmp_path / "model.txt", x)
    assert error.value.kind == "ArtifactError"
    assert part in str(error.value)
