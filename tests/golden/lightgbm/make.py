"""Writes this version's files: three small models and what LightGBM makes of the same rows."""

import json
import math
import random
import sys
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd

VERSION = lightgbm.__version__
EXTREMES = [0.0, -0.0, -1.0, 2.75, 11.0, 40.0, 1e30, -1e300, 1e-36, -5e-324, 16777216.0]
SETTINGS = {"num_leaves": 6, "min_child_samples": 5, "verbose": -1, "random_state": 7, "n_jobs": 1}


def make_rows(count, dice, extremes=()):
    """Three numbers and a category from 0 to 11, a tenth of them missing."""
    rows = [
        [dice.gauss(0, 1) for _ in range(3)] + [float(dice.randrange(12))] for _ in range(count)
    ]
    for row in rows:
        for j in range(4):
            if dice.random() < 0.1:
                row[j] = 0.0
            if extremes and dice.random() < 0.3:
                row[j] = dice.choice(extremes)
            if dice.random() < 0.1:
                row[j] = math.nan
    return np.array(rows)


def models(x, y):
    categories = {"categorical_feature": [3]}
    binary = lightgbm.LGBMClassifier(n_estimators=4, use_missing=True, **SETTINGS)
    yield "binary", binary.fit(x, y > 2.0, **categories)
    many = lightgbm.LGBMClassifier(n_estimators=3, zero_as_missing=True, **SETTINGS)
    yield "multiclass", many.fit(x, np.digitize(y, [1.0, 3.0]))
    # Without missing cells: the splits' missing type is None.
    whole = pd.DataFrame(np.nan_to_num(x), columns=["a", "b", "c", "d"])
    whole["d"] = pd.Categorical(whole["d"].astype(int).map(lambda code: f"k{code:02}"))
    forest = lightgbm.LGBMRegressor(
        n_estimators=4, boosting_type="rf", subsample=0.6, subsample_freq=1, **SETTINGS
    )
    yield "forest", forest.fit(whole, y)


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
    rows = make_rows(60, dice, EXTREMES)
    answer = {"rows": [as_json(row) for row in rows.tolist()]}
    for name, model in models(x, y):
        path = folder / f"{VERSION}-{name}.txt"
        model.booster_.save_model(str(path))
        # Read back without the frame's categories, so that codes are taken.
        text = path.read_text(encoding="utf-8")
        plain = lightgbm.Booster(model_str=text[: text.index("pandas_categorical")])
        answer[f"{name}.txt"] = as_json(plain.predict(rows).ravel())
    (folder / f"{VERSION}-answers.json").write_text(json.dumps(answer) + "\n")


main(Path(sys.argv[1]))
