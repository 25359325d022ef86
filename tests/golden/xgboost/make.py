"""Writes this version's files: three small models and what XGBoost makes of the same rows."""

import json
import math
import random
import sys
from pathlib import Path

import numpy as np
import xgboost

VERSION = xgboost.__version__
NUMBERS = tuple(int(part) for part in VERSION.split(".")[:2])
EXTREMES = [0.0, -0.0, -1.0, 2.75, 11.0, 40.0, 1e30, -3.4e38, 1e-40, -1e-45, 16777216.0]


def make_rows(count, dice, extremes=()):
    """Three numbers and a category from 0 to 11, a tenth of them missing."""
    rows = [
        [dice.gauss(0, 1) for _ in range(3)] + [float(dice.randrange(12))] for _ in range(count)
    ]
    for row in rows:
        for j in range(4):
            if extremes and dice.random() < 0.3:
                row[j] = dice.choice(extremes)
            if dice.random() < 0.1:
                row[j] = math.nan
    return np.array(rows)


def models(x, y):
    """Name, format, booster, feature types; splits by category are read from 1.7.3 on."""
    types = ["q", "q", "q", "c"] if NUMBERS >= (1, 7) else None
    after = "ubj" if NUMBERS >= (1, 6) else "json"
    classes = np.digitize(y, [1.0, 3.0])
    forests = {"objective": "multi:softprob", "num_class": 3, "num_parallel_tree": 2,
               "subsample": 0.7, "max_depth": 2, "eta": 0.6}
    booster = xgboost.train(forests, xgboost.DMatrix(x, classes), 3)
    yield "forests", after, booster, None
    dart = {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.5, "max_depth": 3,
            "eta": 0.6, "tree_method": "approx", "max_cat_to_onehot": 1}
    matrix = xgboost.DMatrix(x, y > 2.0, feature_types=types, enable_categorical=types is not None)
    yield "dart", "json", xgboost.train(dart, matrix, 6), types
    linear = {"objective": "count:poisson", "booster": "gblinear", "updater": "coord_descent"}
    yield "linear", after, xgboost.train(linear, xgboost.DMatrix(x, y), 3), None


def as_json(numbers):
    """null for NaN, texts for infinities."""
    return [
        None if math.isnan(x) else x if math.isfinite(x) else "Infinity" if x > 0 else "-Infinity"
        for x in numbers
    ]


def main(folder):
    dice = random.Random(7)
    x = make_rows(300, dice)
    y = np.exp(0.4 * np.nan_to_num(x[:, 0])) + np.nan_to_num(x[:, 3]) % 3
    rows = make_rows(40, dice, EXTREMES)
    answer = {"rows": [as_json(row) for row in rows.tolist()]}
    for name, format_, booster, types in models(x, y):
        booster.save_model(str(folder / f"{VERSION}-{name}.{format_}"))
        matrix = xgboost.DMatrix(rows, feature_types=types, enable_categorical=types is not None)
        answer[f"{name}.{format_}"] = as_json(booster.predict(matrix).astype(float).ravel())
    (folder / f"{VERSION}-answers.json").write_text(json.dumps(answer) + "\n")


main(Path(sys.argv[1]))
