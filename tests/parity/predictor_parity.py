"""Exported predictors, as the C++ side computes them, beside the estimators they were made of."""

import math
import os

import numpy as np

from running_program import RunningProgram
from sklearn.base import is_outlier_detector
from step_parity import difference
from tidemill_export.documents import to_text
from tidemill_export.model_inputs import input_steps, numbers_of
from tidemill_export.models import predictor_of

TOLERANCE = 1e-12
ROWS = 10_000
EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 1e-310, -2.2e-308, 1e-30, 1e6, -1e6, 1e9, -1e9]


class PredictorError(Exception):
    """What the C++ side refused, and as which kind of error."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.kind = answer["kind"]


class PredictorHarness(RunningProgram):
    """The program of predictor_harness.cpp, running; predictors and numbers go through files of `folder`."""

    def __init__(self, program, folder):
        super().__init__(program)
        self.predictor = os.path.join(folder, "predictor.json")
        self.numbers = os.path.join(folder, "numbers.f64")

    def outputs(self, predictor, features):
        """Rows x outputs of a predictor (a dict) for rows x features."""
        text = predictor if isinstance(predictor, str) else to_text(predictor)
        with open(self.predictor, "w", encoding="utf-8") as file:
            file.write(text)
        np.ascontiguousarray(features, dtype=np.float64).tofile(self.numbers)
        request = {"predictor": self.predictor, "numbers": self.numbers}
        answer = self.ask(request)
        if "error" in answer:
            raise PredictorError(answer)
        return np.fromfile(self.numbers).reshape(answer["rows"], answer["outputs"])


class Data:
    """Rows to learn from, and 10,000 to score: every tenth has an extreme cell."""

    def __init__(self, seed, columns=6, rows=400):
        self.random = np.random.default_rng([seed, columns])
        self.x = self._draw(rows, columns)
        self.test = self._draw(ROWS, columns)
        places = self.random.integers(columns, size=ROWS // 10)
        self.test[np.arange(0, ROWS, 10), places] = self.random.choice(EXTREMES, ROWS // 10)
        self.test[1] = 0.0
        self.test[2] = 5e-324
        self.w = self.random.normal(size=columns)

    def _draw(self, rows, columns):
        return self.random.normal(size=(rows, columns)) * np.logspace(-1, 1, columns) + np.arange(columns)

    def values(self):
        return 3 + self.x @ self.w + self.random.normal(size=len(self.x))

    def positive_values(self):
        return np.exp(0.05 * (self.values() - 3)) + 0.01

    def classes(self, labels):
        """Labels that overlap, each about as often."""
        margins = self.values()
        places = np.searchsorted(np.quantile(margins, np.linspace(0, 1, len(labels) + 1)[1:-1]), margins)
        return np.asarray(labels)[places]


def features_of(export, rows):
    """What the pipeline in front of an exported predictor makes, in the order of its blocks."""
    blocks = []
    for block in export.features:
        made = rows
        for _, step in (*block.steps, *input_steps(block.codes)):
            made = step.transform(made)
        made = numbers_of(made)
        assert made.shape[1] == block.width
        blocks.append(made)
    return np.hstack(blocks)


def score_of(estimator, export, rows):
    """The estimator's own outputs (rows x outputs)."""
    if export.task == "regression":
        strange = is_outlier_detector(estimator)
        return (-estimator.score_samples(rows) if strange else estimator.predict(rows)).reshape(-1, 1)
    classes = estimator.classes_.tolist()
    if hasattr(estimator, "predict_proba"):
        shares = estimator.predict_proba(rows)
        return shares if export.task == "multiclass" else shares[:, [classes.index(export.classes[1])]]
    sign = 1.0 if export.classes == classes else -1.0
    return sign * estimator.decision_function(rows).reshape(-1, 1)


def labels_of(export, outputs):
    """What the service answers as labels."""
    if export.task == "multiclass":
        return np.asarray(export.classes)[outputs.argmax(axis=1)]
    return np.asarray(export.classes)[(outputs[:, 0] >= export.threshold).astype(int)]


def check(harness, worst, name, estimator, rows, positive=None, tolerance=TOLERANCE):
    """Asserts that outputs and labels are the estimator's; returns the export."""
    export = predictor_of(estimator, positive)
    ours = harness.outputs(export.predictor, features_of(export, rows))
    theirs = score_of(estimator, export, rows)
    assert ours.shape == theirs.shape
    apart = difference(ours.ravel(), theirs.ravel())
    worst.add(name, apart, ours.size)
    assert apart <= tolerance, f"{name}: {apart}"
    if export.task == "regression":
        return export
    wrong = labels_of(export, ours) != estimator.predict(rows)
    assert not (wrong & (margins_of(export, theirs) > 1e-15)).any(), f"{name}: {wrong.sum()} labels"
    return export


def margins_of(export, outputs):
    """By how much a row is decided: where it is a rounding's width the label may go either way."""
    if export.task == "binary":
        return abs(outputs[:, 0] - export.threshold)
    return np.ptp(np.sort(outputs, axis=1)[:, -2:], axis=1)


def above(threshold):
    return math.nextafter(threshold, math.inf)
