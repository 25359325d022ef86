"""Steps of the C++ pipeline beside those they are named after, on the same rows."""

import collections
import math

import numpy as np

from running_program import RunningProgram
from schema_check import check_steps

TOLERANCE = 1e-12


class StepError(Exception):
    """What the pipeline refused, and as which kind of error."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.kind = answer["kind"]


class Worst:
    """The worst difference of every step, over all its cases."""

    def __init__(self):
        self.rows = {}
        self.cells = collections.Counter()

    def add(self, step, difference, cells):
        self.rows[step] = max(self.rows.get(step, 0.0), difference)
        self.cells[step] += cells

    def text(self):
        return "".join(
            f"{step:<44} {difference:9.2e}  over {self.cells[step]:,} cells\n"
            for step, difference in sorted(self.rows.items())
        )


class StepHarness(RunningProgram):
    """The program of step_harness.cpp, running."""

    def run(self, steps, fields, train, test=None, target=None, **more):
        """What the steps make of the rows.

        `steps` is YAML text; `fields` maps a column to its field type; `train` and `test` map it to its cells (NaN and
        None are missing); `more` is task, classes and seed. Returns (names, fit_transform, transform), the last two as
        a list of columns: float arrays, or lists of texts for categories.
        """
        request = {
            "steps": steps,
            "fields": [{"name": name, "type": kind} for name, kind in fields.items()],
            "train": {name: cells_of(train[name]) for name in fields},
            "test": {name: cells_of((train if test is None else test)[name]) for name in fields},
            **more,
        }
        if target is not None:
            request["target"] = [float(value) for value in target]
        answer = self.ask(request)
        if "error" in answer:
            raise StepError(answer)
        check_steps(steps)
        return (
            answer["names"],
            [column_of(cells) for cells in answer["fit_transform"]],
            [column_of(cells) for cells in answer["transform"]],
        )


def cells_of(column):
    return [cell_of(value) for value in column]


def cell_of(value):
    if value is None:
        return None
    if isinstance(value, str):
        return value
    value = float(value)
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def column_of(cells):
    if any(isinstance(cell, str) and cell not in ("inf", "-inf") for cell in cells):
        return cells
    return np.array([math.nan if cell is None else float(cell) for cell in cells])


def difference(ours, theirs):
    """The greatest |a - b| / max(1, |b|) of two columns that are missing and infinite in the same cells."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    assert ours.shape == theirs.shape, (ours.shape, theirs.shape)
    finite = np.isfinite(theirs)
    odd = ~finite & ~((ours == theirs) | (np.isnan(ours) & np.isnan(theirs)))
    assert not odd.any(), f"row {odd.argmax()}: {ours[odd.argmax()]} for {theirs[odd.argmax()]}"
    apart = np.abs(ours[finite] - theirs[finite]) / np.maximum(1.0, np.abs(theirs[finite]))
    assert not np.isnan(apart).any(), "missing where the origin has a number"
    return float(apart.max(initial=0.0))


def compare(worst, step, ours, theirs, tolerance=TOLERANCE):
    """Asserts that a list of columns equals the origin's matrix (rows x columns), and notes how closely."""
    theirs = np.asarray(theirs.todense() if hasattr(theirs, "todense") else theirs, float)
    assert len(ours) == theirs.shape[1], (len(ours), theirs.shape)
    for number, column in enumerate(ours):
        apart = difference(column, theirs[:, number])
        worst.add(step, apart, len(column))
        assert apart <= tolerance, f"{step}, column {number}: {apart}"
