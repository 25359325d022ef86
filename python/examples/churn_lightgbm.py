"""Fits a LightGBM pipeline on churn rows and hands it to Tidemill.

Usage: churn_lightgbm.py ROWS.csv EXPORT.json
"""

import sys

import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import tidemill_export


def fitted(X, y):
    """Numbers with their gaps filled, categories as columns of 0 and 1, 200 trees."""
    return make_pipeline(
        make_column_transformer(
            (SimpleImputer(strategy="median", add_indicator=True), make_column_selector(dtype_include="number")),
            (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
        ),
        LGBMClassifier(n_estimators=200, learning_rate=0.05, random_state=7, verbose=-1),
    ).fit(X, y)


def main(rows, export):
    # A new customer has no TotalCharges: the cell is a space.
    frame = pd.read_csv(rows, na_values=[" "])
    X = frame.drop(columns=["customerID", "Churn"])
    pipeline = fitted(X, frame["Churn"])
    tidemill_export.export_pipeline(
        pipeline, frame, export, name="churn", target="Churn", id_field="customerID", positive="Yes"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
