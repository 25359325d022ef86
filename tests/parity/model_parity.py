"""Models of the C++ trainer beside those they are named after, on the same rows."""

import json
import os

import numpy as np

from running_program import RunningProgram
from schema_check import check_model


class ModelError(Exception):
    """What the trainer refused, and as which kind of error."""

    def __init__(self, answer):
        super().__init__(answer["error"])
        self.kind = answer["kind"]


class Fitted:
    """A model that our side fitted, and its outputs for the test rows (rows x outputs)."""

    def __init__(self, answer, test_rows):
        self.outputs = np.array(answer["outputs"]).reshape(test_rows, -1)
        self.intercepts = np.array(answer["intercepts"])
        self.coefficients = np.array(answer["coefficients"]).reshape(len(self.intercepts), -1)
        self.warnings = answer["warnings"]
        self.seconds = answer["seconds"]


class ModelHarness(RunningProgram):
    """The program of model_harness.cpp, running; it gets its numbers in a file of `folder`."""

    def __init__(self, program, folder):
        super().__init__(program)
        self.file = os.path.join(folder, "numbers.f64")

    def fit(self, model, parameters, x, y, test, weights=None, classes=()):
        """`parameters` is a dict; `classes` are labels by class number, none for a regression."""
        task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
        with open(self.file, "wb") as out:
            for part in (x, y, weights, test):
                if part is not None:
                    np.ascontiguousarray(part, dtype=np.float64).tofile(out)
        request = {
            "model": model,
            "task": task,
            "parameters": json.dumps(parameters),
            "file": self.file,
            "rows": len(x),
            "columns": x.shape[1],
            "test_rows": len(test),
            "weighted": weights is not None,
            "classes": list(classes),
        }
        answer = self.ask(request)
        if "error" in answer:
            raise ModelError(answer)
        check_model(model, parameters)
        return Fitted(answer, len(test))
