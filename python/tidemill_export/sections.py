"""The sections of the export file that come of the training frame."""

import hashlib
import importlib
import platform

import numpy

from .baselines import category_baseline, number_baseline
from .columns import names_of
from .frames import cells_of
from .limits import check_classes, check_fields


def final_model(pipeline):
    """The model at the end of pipelines and searches, for its name."""
    while True:
        if type(pipeline).__name__ == "Pipeline":
            pipeline = pipeline.steps[-1][1]
        elif hasattr(pipeline, "best_estimator_"):
            pipeline = pipeline.best_estimator_
        else:
            return pipeline


def manifest(name, pipeline, exported, frame):
    """``frame`` holds the columns that the pipeline reads."""
    classes = [str(label) for label in exported.classes]
    check_classes(classes)
    return {
        "name": name,
        "task": exported.task,
        "model": type(final_model(pipeline)).__name__,
        "unit": "",
        "classes": classes,
        "threshold": 0.0 if exported.threshold is None else exported.threshold,
        "threshold_rule": "",
        "threshold_figure": 0.0,
        "config_sha256": "",
        "data_sha256": _digest(frame),
        "data_rows": len(frame),
        "seed": 0,
        "parameters": _parameters(pipeline),
        "libraries": _libraries(pipeline),
        "metrics": [],
    }


def schema(fields, frame, id_field, time_field):
    made = [
        {
            "name": field.name,
            "type": field.type,
            "required": field.required,
            "unit": "",
            "categories": _dictionary(field, frame),
        }
        for field in fields
    ]
    check_fields(made)
    return {"id_field": id_field or "", "event_time_field": time_field or "", "fields": made}


def baselines(fields, frame, sample, columns, features, outputs):
    """Over the rows of ``sample``; ``features`` and ``outputs`` are what the pipeline makes of them."""
    return {
        "rows": len(sample),
        "fields": _field_baselines(fields, frame, sample),
        "features": [number_baseline(name, features[:, place]) for place, name in enumerate(names_of(columns))],
        "score_rows": len(sample),
        "score": [number_baseline("score", outputs.max(axis=1))],
    }


def _dictionary(field, frame):
    """What training saw and what encoders know, in rising order."""
    if field.type != "category":
        return []
    seen = frame[field.name].dropna().unique().tolist() if field.name in frame else []
    return sorted(field.categories.union(seen))


def _field_baselines(fields, frame, sample):
    made = []
    for field in fields:
        if field.type == "category":
            made.append(category_baseline(field.name, _dictionary(field, frame), cells_of(sample, field)))
        elif field.type in ("number", "integer", "boolean"):
            numbers = [float("nan") if cell is None else float(cell) for cell in cells_of(sample, field)]
            made.append(number_baseline(field.name, _finite(numbers)))
    return made


def _finite(numbers):
    """Infinities have no place in a histogram."""
    numbers = numpy.array(numbers, numpy.float64)
    numbers[numpy.isinf(numbers)] = numpy.nan
    return numbers


def _digest(frame):
    """SHA-256 of a frame's names and cells."""
    from pandas.util import hash_pandas_object

    digest = hashlib.sha256("\n".join(frame.columns).encode())
    digest.update(hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _parameters(pipeline):
    """What was set, as texts; steps themselves are left out, for theirs follow."""
    made = []
    for key, value in sorted(_get_params(pipeline).items()):
        if _holds_steps(value):
            continue
        text = getattr(value, "__qualname__", None) or repr(value)
        if " at 0x" not in text:
            made.append({"name": key, "value": text[:1000]})
    return made


def _get_params(pipeline):
    try:
        return pipeline.get_params(deep=True)
    except AttributeError:  # Feature-engine's DatetimeOrdinal does not keep its start_date
        return pipeline.get_params(deep=False)


def _holds_steps(value):
    if isinstance(value, (list, tuple)):
        return any(_holds_steps(one) for one in value)
    return hasattr(value, "get_params") and not isinstance(value, type)


def _libraries(pipeline):
    names = {"numpy", "pandas", "scipy", "sklearn", type(final_model(pipeline)).__module__.split(".")[0]}
    versions = [{"name": "python", "value": platform.python_version()}]
    for name in sorted(names):
        versions.append({"name": name, "value": str(getattr(importlib.import_module(name), "__version__", ""))})
    return versions
