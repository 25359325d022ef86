"""Fits an XGBoost pipeline on taxi rides and hands it to Tidemill.

Usage: taxi_xgboost.py ROWS.csv EXPORT.json
"""

import sys

import pandas as pd
from feature_engine.datetime import DatetimeFeatures
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, TargetEncoder
from xgboost import XGBRegressor

import tidemill_export

PLACES = ["pickup_zone", "dropoff_zone", "pickup_borough", "dropoff_borough"]
# Fare, tip, tolls, total, payment and dropoff are known only after the ride.
FEATURES = ["pickup", "passengers", "distance", "color", *PLACES]


def fitted(X, minutes):
    """The clock's parts, places by their mean duration, the rest as it is, 300 trees."""
    return make_pipeline(
        make_column_transformer(
            (DatetimeFeatures(features_to_extract=["day_of_week", "hour", "minute"]), ["pickup"]),
            (OneHotEncoder(handle_unknown="ignore"), ["color"]),
            (TargetEncoder(), PLACES),
            ("passthrough", ["passengers", "distance"]),
        ),
        XGBRegressor(n_estimators=300, learning_rate=0.05, max_depth=6, random_state=7),
    ).fit(X, minutes)


def main(rows, export):
    frame = pd.read_csv(rows, parse_dates=["pickup", "dropoff"])
    minutes = (frame["dropoff"] - frame["pickup"]).dt.total_seconds() / 60
    frame = frame[minutes.between(1, 60)]
    pipeline = fitted(frame[FEATURES], minutes[frame.index])
    tidemill_export.export_pipeline(pipeline, frame[FEATURES], export, name="taxi", time_field="pickup")


if __name__ == "__main__":
    main(*sys.argv[1:])
