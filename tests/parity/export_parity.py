"""Exported pipelines in the service beside the same pipelines in Python, on the same events."""

import json
import warnings

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin

import tidemill_export
from category_frames import pick, with_missing
from running_program import RunningProgram
from step_parity import column_of, difference
from tidemill_export import export
from tidemill_export.frames import fields_of, restored
from tidemill_export.models import FeatureBlock, PredictorExport

TOLERANCE = 1e-12
SENTENCES = ["The quick brown fox", "jumps over", "the lazy DOG", "Zürich — 東京", "naïve café", "x1 x2_y", "\t tab\nline"]


class ExportHarness(RunningProgram):
    """The program of export_harness.cpp, running."""

    def run(self, path, events):
        """(names, features as a list of arrays, outputs rows x k, {row: reason})."""
        answer = self.ask({"file": str(path), "events": events})
        assert "error" not in answer, answer
        outputs = np.array([column_of(row) for row in answer["outputs"]])
        features = [column_of(cells) for cells in answer["features"]]
        return answer["names"], features, outputs, {int(row): why for row, why in answer["rejected"].items()}


class Nothing(RegressorMixin, BaseEstimator):
    """A model that looks at no feature: the steps before it are what is compared."""

    def fit(self, X, y=None):
        self.width_ = X.shape[1]
        return self

    def predict(self, X):
        return np.zeros(X.shape[0])


def nothing_of(pipeline, positive=None, where="model"):
    """What predictor_of() would say of it."""
    width = pipeline.steps[-1][1].width_
    predictor = {"family": "linear", "coefficients": [0.0] * width, "intercepts": [0.0], "link": "identity"}
    steps = tuple(step for step in pipeline.steps[:-1] if step[1] != "passthrough")
    return PredictorExport(predictor, "regression", features=[FeatureBlock(steps, width)])


def export_steps(monkeypatch, pipeline, frame, path):
    """Exports steps that end in Nothing; returns the document."""
    monkeypatch.setattr(export, "predictor_of", nothing_of)
    tidemill_export.export_pipeline(pipeline, frame, path, name="steps")
    return json.loads(path.read_text(encoding="utf-8"))


def compare_steps(harness, worst, path, pipeline, train, test, parts, missing=np.nan):
    """Compares all features on the events of ``test``.

    ``parts`` maps what the table calls a step to its features' places;
    ``missing`` is what stands in missing cells of texts.
    """
    events = tidemill_export.to_events(test)
    names, features, _, rejected = harness.run(path, events)
    assert not rejected, next(iter(rejected.items()))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert names == [one["name"] for one in document["baselines"]["features"]]
    fields = fields_of(train)
    for field in fields:
        field.missing = missing
    theirs = quietly(pipeline[:-1].transform, restored(tidemill_export.read_events(events), fields))
    theirs = np.asarray(theirs.todense() if hasattr(theirs, "todense") else theirs, float)
    assert theirs.shape == (len(test), len(names))
    for step, places in parts.items():
        for place in places:
            apart = difference(features[place], theirs[:, place])
            worst.add(f"export: {step}", apart, len(test))
            assert apart <= TOLERANCE, f"{step}, {names[place]}: {apart}"


def quietly(function, *arguments, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **more)


# Frames


def number_frame(random, rows, beyond=False):
    """Numbers of many sizes; with ``beyond`` some outside of what others see."""
    frame = pd.DataFrame(
        {
            "normal": random.normal(3.0, 2.0, rows),
            "heavy": random.normal(size=rows) * 10.0 ** random.uniform(-3, 6, rows),
            "small": random.normal(size=rows) * 1e-8,
            "positive": random.gamma(2.0, 3.0, rows) + 1e-3,
            "zeros": np.where(random.random(rows) < 0.6, 0.0, random.normal(size=rows)),
            "denormal": random.integers(-5, 6, rows) * 5e-324,
            "gaps": np.where(random.random(rows) < 0.2, np.nan, random.normal(size=rows)),
            "whole": random.integers(-3, 12, rows),
            "large": random.integers(-(2**40), 2**40, rows),
            "flag": random.random(rows) < 0.3,
            "levels": np.array([0.0, 0.5, 1e-3, 1e6, np.nan])[random.integers(0, 5, rows)],
        }
    )
    if beyond:
        for name in ("normal", "heavy", "small", "positive", "zeros", "gaps"):
            chosen = random.random(rows) < 0.05
            frame.loc[chosen, name] = np.abs(frame.loc[chosen, name]) * 10.0 ** random.uniform(-9, 3, chosen.sum())
        frame.loc[random.random(rows) < 0.05, "whole"] = 10**6
        frame.loc[random.random(rows) < 0.05, "levels"] = 0.25
    return frame


TEXTS = ["Zürich", "東京", "a b", "É", "", "null", "0", "-1", "nan", "Rare", "x'y\"z", "🚕", "ﬀ", "\t"]


def category_frame(random, rows, missing, unseen=False):
    """Texts as categories, ``missing`` (None or NaN) where there is none."""
    columns = {
        "few": pick(random, ["No", "Yes"], rows),
        "texts": pick(random, TEXTS, rows),
        "many": pick(random, [f"c{number:03}" for number in range(25)], rows),
        "holes": with_missing(random, pick(random, list("abcdefghijklmn"), rows), 0.3),
        "rare_holes": with_missing(random, pick(random, ["p"] * 300 + list("qrst"), rows), 0.003),
    }
    for column in columns.values():
        if unseen:
            column[random.random(rows) < 0.05] = "never seen before"
            column[random.random(rows) < 0.02] = None
        column[np.equal(column, None)] = missing
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})


def text_frame(random, rows):
    def sentence():
        return " ".join(random.choice(SENTENCES, random.integers(0, 6)))

    texts = {name: [sentence() for _ in range(rows)] for name in ("title", "body")}
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in texts.items()})
