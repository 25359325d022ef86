#!/usr/bin/env python3
"""How long a fitted pipeline of 300 trees takes to export and to import; see README.md."""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "python"))

import pandas as pd  # noqa: E402
from lightgbm import LGBMClassifier  # noqa: E402
from sklearn.compose import make_column_selector, make_column_transformer  # noqa: E402
from sklearn.ensemble import (  # noqa: E402
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder  # noqa: E402
from xgboost import XGBClassifier  # noqa: E402

from tidemill_export import export_pipeline  # noqa: E402

MOST_EXPORT_S, MOST_IMPORT_S = 2.0, 1.0
MODELS = {
    "XGBClassifier": lambda trees: XGBClassifier(n_estimators=trees),
    "LGBMClassifier": lambda trees: LGBMClassifier(n_estimators=trees, verbose=-1),
    "HistGradientBoostingClassifier": lambda trees: HistGradientBoostingClassifier(max_iter=trees, random_state=0),
    "GradientBoostingClassifier": lambda trees: GradientBoostingClassifier(n_estimators=trees, random_state=0),
    "RandomForestClassifier": lambda trees: RandomForestClassifier(n_estimators=trees, random_state=0),
}


def rows_of(binary, rows, seed, folder):
    path = folder / "churn.csv"
    command = [binary, "simulate", "churn", "--count", str(rows), "--seed", str(seed), "--output", path]
    subprocess.run(command, check=True)
    return pd.read_csv(path)


def fitted(model, X, y):
    columns = make_column_transformer(
        (SimpleImputer(strategy="median", add_indicator=True), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, model).fit(X, y.map({"No": 0, "Yes": 1}))


def timed(work, who):
    """(seconds, seconds of CPU of this process or its children)."""
    began, spent = time.monotonic(), resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    cpu = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    return time.monotonic() - began, cpu


def measured(binary, pipelines, X, rounds, folder):
    """name -> [(export s, CPU s, import s, CPU s)], the models in turn."""
    figures = {name: [] for name in pipelines}
    for _ in range(rounds):
        for name, pipeline in pipelines.items():
            path = folder / f"{name}.json"
            exported = timed(lambda: export_pipeline(pipeline, X, path, name="m"), resource.RUSAGE_SELF)
            command = [binary, "import", path, "--out", folder / "model.bin"]
            run = lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
            figures[name].append((*exported, *timed(run, resource.RUSAGE_CHILDREN)))
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=REPO / "build/release", help="where tidemill is built")
    parser.add_argument("--rows", type=int, default=7043)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary = options.build / "tidemill"
    print(f"{options.rows} rows, {options.trees} trees, seed {options.seed}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = rows_of(binary, options.rows, options.seed, folder)
        X = frame.drop(columns=["customerID", "Churn"])
        pipelines = {name: fitted(make(options.trees), X, frame["Churn"]) for name, make in MODELS.items()}
        figures = measured(binary, pipelines, X, options.rounds, folder)
        sizes = {name: (folder / f"{name}.json").stat().st_size / 1e6 for name in pipelines}
    print("| model | export s | CPU s | import s | CPU s | file MB |\n|---|---|---|---|---|---|")
    slow = False
    for name, rounds in figures.items():
        columns = list(zip(*rounds, strict=True))
        cells = [f"{statistics.median(one):.2f} ({min(one):.2f}-{max(one):.2f})" for one in columns]
        print(f"| {name} | {' | '.join(cells)} | {sizes[name]:.1f} |")
        slow |= statistics.median(columns[0]) >= MOST_EXPORT_S or statistics.median(columns[2]) >= MOST_IMPORT_S
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
