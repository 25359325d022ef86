"""Model files of other libraries, read by our side, beside those libraries on the same rows."""

import os

import numpy as np
from running_program import RunningProgram


class FileError(Exception):
    """What the reader refused, and as which kind of error."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.kind = answer["kind"]


class Imported:
    """What the file says, and the model's outputs and margins (rows x width)."""

    def __init__(self, answer, numbers, rows):
        self.about = answer
        parts = numbers.reshape(-1, rows, answer["width"])
        self.outputs = parts[0]
        self.margins = parts[-1]


class FileHarness(RunningProgram):
    """The program of file_harness.cpp, running; it gets its numbers in files of `folder`."""

    def __init__(self, program, folder):
        super().__init__(program)
        self.folder = str(folder)

    def predict(self, library, model, rows):
        """`model` is the file's path, `rows` the features as float64."""
        numbers = os.path.join(self.folder, "rows.f64")
        outputs = os.path.join(self.folder, "outputs.f64")
        np.ascontiguousarray(rows, dtype=np.float64).tofile(numbers)
        request = {
            "library": library,
            "model": str(model),
            "file": numbers,
            "rows": len(rows),
            "columns": rows.shape[1],
            "outputs": outputs,
        }
        answer = self.ask(request)
        if "error" in answer:
            raise FileError(answer)
        return Imported(answer, np.fromfile(outputs), len(rows))


def with_gaps(rng, rows, share=0.1):
    rows[rng.random(rows.shape) < share] = np.nan
    return rows


def numbers(rng, count, columns):
    """Features with missing cells, many equal ones, and zeros of both signs."""
    rows = rng.normal(size=(count, columns))
    rows[:, 0] = np.round(rows[:, 0], 1)
    rows[rng.random(rows.shape) < 0.05] = 0.0
    rows[rng.random(rows.shape) < 0.02] = -0.0
    return with_gaps(rng, rows)


def probing(rng, train, count, extremes):
    """`count` rows to score: cells of `train`, the float32 and float64 beside them, extremes."""
    rows = np.empty((count, train.shape[1]))
    for j in range(train.shape[1]):
        cells = rng.choice(train[:, j], count)
        near = np.nextafter(cells, rng.choice([-np.inf, np.inf], count))
        rounded = cells.astype(np.float32).astype(np.float64)
        kind = rng.integers(0, 6, count)
        rows[:, j] = np.select(
            [kind < 3, kind == 3, kind == 4], [cells, near, rounded], rng.choice(extremes, count)
        )
    return with_gaps(rng, rows, 0.02)
