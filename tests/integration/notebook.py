"""What a data scientist runs: fits a pipeline, hands it over, and reads production's answers back.

In an interpreter of its own, as a notebook is; its libraries would count as memory of the programs that
the test process starts.

Usage: notebook.py fit CASE FOLDER     writes FOLDER/CASE.json, events.jsonl and expected.pkl
       notebook.py compare FOLDER      reads predictions.jsonl; prints how far they are from expected.pkl
"""

import json
import os
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "python"), str(REPO / "python/examples")]

import churn_lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import taxi_xgboost  # noqa: E402
from feature_engine.datetime import DatetimeFeatures  # noqa: E402
from lightgbm import LGBMClassifier  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402
from xgboost import XGBRegressor  # noqa: E402

from tidemill_export import export_pipeline, read_predictions, to_events  # noqa: E402

SEED = 20261122
TRAIN, SERVED = 3_000, 5_000


def subscribers(rows, random):
    """Subscribers, some without a total, and who left."""
    frame = pd.DataFrame(
        {
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


def rides(rows, random):
    """Rides, and their minutes."""
    pickup = pd.Timestamp("2026-03-01") + pd.to_timedelta(random.integers(0, 31 * 86_400, rows), unit="s")
    frame = pd.DataFrame(
        {
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


def churn():
    """LightGBM on invented subscribers, some of a contract that it never saw."""
    random = np.random.default_rng(SEED)
    frame, left = subscribers(TRAIN, random)
    columns = [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["tenure", "monthly", "total"]),
        ("texts", OneHotEncoder(handle_unknown="ignore"), ["contract", "payment"]),
    ]
    model = LGBMClassifier(n_estimators=120, n_jobs=1, verbose=-1)
    pipeline = make_pipeline(ColumnTransformer(columns, remainder="passthrough"), model).fit(frame, left)
    served, _ = subscribers(SERVED, random)
    served.loc[::50, "contract"] = "Never seen before"
    return pipeline, frame, served


def taxi():
    """XGBoost on invented rides, some in a zone that it never saw; the matrix is a sparse one."""
    random = np.random.default_rng(SEED)
    frame, minutes = rides(TRAIN, random)
    times = DatetimeFeatures(variables=["pickup"], features_to_extract=["hour", "day_of_week", "minute"])
    hours = ["pickup_hour", "pickup_day_of_week", "pickup_minute"]
    columns = [
        ("numbers", "passthrough", ["distance", "passengers", *hours]),
        ("texts", OneHotEncoder(handle_unknown="ignore", min_frequency=20), ["zone"]),
    ]
    model = XGBRegressor(n_jobs=1)
    pipeline = make_pipeline(times, ColumnTransformer(columns, sparse_threshold=1.0), model).fit(frame, minutes)
    served, _ = rides(SERVED, random)
    served.loc[::50, "zone"] = "never seen before"
    return pipeline, frame, served


def telco_file():
    """The example's pipeline on the whole file of subscribers."""
    frame = pd.read_csv(Path(os.environ["TIDEMILL_DATA_DIR"]) / "telco_churn.csv", na_values=[" "])
    X = frame.drop(columns=["customerID", "Churn"])
    return churn_lightgbm.fitted(X, frame["Churn"]), X, X


def taxi_file():
    """The example's pipeline, fitted on the rides of 1 to 60 minutes, on the whole file of rides."""
    path = Path(os.environ["TIDEMILL_DATA_DIR"]) / "nyc_taxi_rides.csv"
    frame = pd.read_csv(path, parse_dates=["pickup", "dropoff"])
    minutes = (frame["dropoff"] - frame["pickup"]).dt.total_seconds() / 60
    usual = minutes.between(1, 60)
    X = frame[taxi_xgboost.FEATURES]
    return taxi_xgboost.fitted(X[usual], minutes[usual]), X[usual], X


CASES = {case.__name__: case for case in (churn, taxi, telco_file, taxi_file)}


def numbered(frame):
    """With a key of its own for each row."""
    return frame.assign(row_id=[f"row-{number}" for number in range(len(frame))])


def fit(case, folder):
    folder = Path(folder)
    pipeline, train, served = CASES[case]()
    export_pipeline(pipeline, numbered(train), folder / f"{case}.json", name=case, id_field="row_id")
    events = list(to_events(numbered(served)))
    (folder / "events.jsonl").write_text("".join(event + "\n" for event in events))
    expected = pd.DataFrame({"event_id": numbered(served)["row_id"], "label": pipeline.predict(served)})
    classifier = hasattr(pipeline, "predict_proba")
    expected["score"] = pipeline.predict_proba(served)[:, 1] if classifier else expected.pop("label")
    expected.to_pickle(folder / "expected.pkl")
    print(json.dumps({"rows": len(events), "distinct": int(expected["score"].nunique())}))


def compare(folder):
    folder = Path(folder)
    expected = pd.read_pickle(folder / "expected.pkl")
    answers = read_predictions(folder / "predictions.jsonl")
    both = expected.merge(answers, on="event_id", suffixes=("_python", ""), validate="one_to_one")
    told = {"rows": len(both), "worst": float((both["score"] - both["score_python"]).abs().max())}
    if "label_python" in both:
        told["labels_apart"] = int((both["label"] != both["label_python"]).sum())
    print(json.dumps(told))


if __name__ == "__main__":
    {"fit": fit, "compare": compare}[sys.argv[1]](*sys.argv[2:])
