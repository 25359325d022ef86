"""Fits small pipelines on the data that scikit-learn brings and exports them here.

    PYTHONPATH=python .venv/bin/python tests/golden/sklearn/make.py

Each file has 200 verification rows or more with scikit-learn's own answers. A
file that changes has another digest: see tests/importing/sklearn_golden_test.cpp.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_linnerud, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor
from tidemill_export import export_pipeline

HERE = Path(__file__).parent


def iris():
    data = load_iris(as_frame=True)
    labels = data.target_names[data.target]
    return make_pipeline(StandardScaler(), LogisticRegression()), data.data, labels


def wine():
    data = load_wine(as_frame=True)
    model = RandomForestClassifier(6, max_depth=4, random_state=0)
    return make_pipeline(QuantileTransformer(n_quantiles=20), model), data.data.iloc[:, :6], data.target


def with_gaps(frame):
    """A cell in ten is missing."""
    return frame.mask(np.random.default_rng(1).random(frame.shape) < 0.1)


def tumours(columns=6):
    data = load_breast_cancer(as_frame=True)
    return data.data.iloc[:, :columns], np.where(data.target, "benign", "malignant")


def tumours_boosted():
    frame, labels = tumours()
    model = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=8, random_state=0)
    return make_pipeline(model), with_gaps(frame), labels


def tumours_calibrated():
    frame, labels = tumours()
    model = CalibratedClassifierCV(LinearSVC(random_state=0), cv=3)
    model = FixedThresholdClassifier(model, threshold=0.3, pos_label="malignant")
    steps = (SimpleImputer(strategy="median", add_indicator=True), PowerTransformer(), model)
    return make_pipeline(*steps), with_gaps(frame), labels


def diabetes():
    data = load_diabetes(as_frame=True, scaled=False)
    frame = data.data.assign(sex=data.data["sex"].astype("int64"))
    steps = [
        ("curves", make_pipeline(SplineTransformer(4), PolynomialFeatures(1)), ["bmi"]),
        ("sex", OneHotEncoder(handle_unknown="ignore"), ["sex"]),
    ]
    columns = ColumnTransformer(steps, remainder=StandardScaler())
    return make_pipeline(columns, Ridge()), frame, data.target


def diabetes_of_groups():
    """Numbers made categories, one with gaps and rare ones."""
    data = load_diabetes(as_frame=True, scaled=False)
    decade = (data.data["age"] // 10 * 10).astype(int).astype(str) + " – 🎂"
    weight = pd.cut(data.data["bmi"], [0, 18.5, 25, 30, 99], labels=["leicht", "üblich", "schwer", "sehr schwer"])
    frame = pd.DataFrame({"decade": decade, "weight": weight, "bp": data.data["bp"]})
    frame = frame.astype({"decade": object, "weight": object})
    frame.loc[::7, "weight"] = np.nan
    steps = [
        ("one hot", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20), ["decade"]),
        ("target", TargetEncoder(target_type="continuous", random_state=0), ["weight", "decade"]),
    ]
    model = GradientBoostingRegressor(n_estimators=12, max_depth=2, random_state=0)
    return make_pipeline(ColumnTransformer(steps, remainder="passthrough"), model), frame, data.target


def digits():
    """The middle of the pictures of 0 to 3."""
    data = load_digits(n_class=4, as_frame=True)
    frame = data.data.iloc[:, [18, 19, 20, 21, 26, 27, 28, 29, 34, 35, 36, 37]]
    model = MLPClassifier((6,), random_state=0, max_iter=100)
    return make_pipeline(StandardScaler(), PCA(5), model), frame, data.target


def linnerud():
    data = load_linnerud(as_frame=True)
    members = [("linear", make_pipeline(StandardScaler(), LinearRegression())), ("tree", DecisionTreeRegressor(max_depth=2, random_state=0))]
    model = TransformedTargetRegressor(StackingRegressor(members, Ridge(), cv=3), func=np.log, inverse_func=np.exp)
    return model, data.data, data.target["Weight"]


PIPELINES = [iris, wine, tumours_boosted, tumours_calibrated, diabetes, diabetes_of_groups, digits, linnerud]


def main():
    for make in PIPELINES:
        pipeline, frame, target = make()
        name = make.__name__.replace("_", "-")
        pipeline.fit(frame, target)
        positive = "malignant" if name == "tumours-calibrated" else None
        export_pipeline(pipeline, frame, HERE / f"{name}.json", name=name, positive=positive)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
