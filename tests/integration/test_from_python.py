"""A notebook's way: fit in Python, export, import, serve on a topic, and read the same numbers back."""

import sys

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from feature_engine.datetime import DatetimeFeatures
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from harness import REPO, assert_conserved
from models import run
from test_serve import run_service

sys.path.insert(0, str(REPO / "python"))

from tidemill_export import export_pipeline, read_predictions, to_events  # noqa: E402

SEED = 20261122
TRAIN, SERVED = 3_000, 5_000


def churn(rows, random):
    """Subscribers, some without a total, and who left."""
    frame = pd.DataFrame(
        {
            "customer": [f"c{row:06}" for row in range(rows)],
            "tenure": random.integers(0, 73, rows),
            "monthly": np.round(random.uniform(18, 120, rows), 2),
            "contract": random.choice(["Month-to-month", "One year", "Two year"], rows),
            "payment": random.choice(["Mailed check", "Bank transfer", "Kreditkarte — 信用卡"], rows),
            "senior": random.random(rows) < 0.2,
        }
    )
    frame["total"] = np.where(random.random(rows) < 0.05, np.nan, frame["tenure"] * frame["monthly"])
    frame.loc[random.random(rows) < 0.05, "payment"] = np.nan
    margin = 1.5 - frame["tenure"] / 20 + (frame["contract"] == "Month-to-month") + random.normal(size=rows)
    return frame, np.where(margin > 0.5, "Yes", "No")


def taxi(rows, random):
    """Rides, and their minutes."""
    pickup = pd.Timestamp("2026-03-01") + pd.to_timedelta(random.integers(0, 31 * 86_400, rows), unit="s")
    frame = pd.DataFrame(
        {
            "ride": np.arange(rows),
            "pickup": pickup,
            "distance": np.round(random.gamma(2.0, 1.5, rows), 2),
            "passengers": random.integers(0, 7, rows),
            "zone": random.choice([f"zone {number}" for number in range(60)], rows),
        }
    )
    frame.loc[random.random(rows) < 0.05, "distance"] = np.nan
    frame.loc[random.random(rows) < 0.05, "zone"] = np.nan
    minutes = 4 * frame["distance"].fillna(2) * (1 + 0.4 * (pickup.hour.isin([8, 17]))) + random.gamma(2, 1, rows)
    return frame, minutes.to_numpy()


def churn_pipeline(numbers, texts):
    columns = [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
    ]
    model = lightgbm.LGBMClassifier(n_estimators=120, n_jobs=1, verbose=-1)
    return make_pipeline(ColumnTransformer(columns, remainder="passthrough"), model)


def taxi_pipeline(numbers, texts):
    times = DatetimeFeatures(variables=["pickup"], features_to_extract=["hour", "day_of_week", "minute"])
    hours = ["pickup_hour", "pickup_day_of_week", "pickup_minute"]
    columns = [
        ("numbers", "passthrough", [*numbers, *hours]),
        ("texts", OneHotEncoder(handle_unknown="ignore", min_frequency=20), texts),
    ]
    return make_pipeline(times, ColumnTransformer(columns, sparse_threshold=1.0), xgboost.XGBRegressor(n_jobs=1))


def serve_from_python(broker, prefix, folder, pipeline, name, train, served, id_field):
    """The served rows' predictions, in their order, out of the topic."""
    folder.mkdir(exist_ok=True)
    export_pipeline(pipeline, train, folder / f"{name}.json", name=name, id_field=id_field)
    run("import", folder / f"{name}.json", "--out", folder / f"{name}.bin")
    events = [event.encode() for event in to_events(served)]
    inputs, predictions, dead_letters, _ = run_service(
        broker, prefix, folder / f"{name}.bin", events, folder, service=name
    )
    assert_conserved(inputs, predictions, dead_letters)
    assert not dead_letters, dead_letters[0].value
    answers = read_predictions(record.value for record in predictions)
    keys = served[id_field].astype(str)
    return answers.set_index(answers["event_id"].astype(str)).loc[keys].reset_index(drop=True)


@pytest.fixture
def random():
    print(f"seed {SEED}")
    return np.random.default_rng(SEED)


def test_a_classifier_of_lightgbm_answers_in_production_as_in_python(broker, topic_prefix, tmp_path, random):
    frame, left = churn(TRAIN, random)
    pipeline = churn_pipeline(["tenure", "monthly", "total"], ["contract", "payment"])
    pipeline.fit(frame.drop(columns="customer"), left)
    served, _ = churn(SERVED, random)
    served.loc[::50, "contract"] = "Never seen before"
    answers = serve_from_python(broker, topic_prefix, tmp_path / "lgbm", pipeline, "churn", frame, served, "customer")
    expected = pipeline.predict_proba(served.drop(columns="customer"))[:, 1]
    assert len(np.unique(expected)) > SERVED // 2
    assert np.abs(answers["score"] - expected).max() <= 1e-12
    assert (answers["label"] == pipeline.predict(served.drop(columns="customer"))).all()


def test_a_regression_of_xgboost_answers_in_production_as_in_python(broker, topic_prefix, tmp_path, random):
    frame, minutes = taxi(TRAIN, random)
    pipeline = taxi_pipeline(["distance", "passengers"], ["zone"])
    pipeline.fit(frame.drop(columns="ride"), minutes)
    served, _ = taxi(SERVED, random)
    served.loc[::50, "zone"] = "never seen before"
    answers = serve_from_python(broker, topic_prefix, tmp_path / "xgb", pipeline, "taxi", frame, served, "ride")
    expected = pipeline.predict(served.drop(columns="ride"))
    assert len(np.unique(expected)) > SERVED // 2
    assert (answers["score"] == expected).all()  # float32, to the last bit
