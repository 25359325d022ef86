"""Fitted pipelines as one open file that `tidemill import` reads."""

import warnings

import numpy

from . import covered  # noqa: F401  registers the converters
from .columns import Field, common_dtype
from .composition import unite
from .documents import to_text, write_whole
from .errors import ExportError
from .frames import cells_of, columns_of, fields_of
from .limits import check_model_name
from .model_inputs import input_steps, numbers_of
from .models import predictor_of
from .sections import baselines, final_model, manifest, schema
from .steadiness import Steadiness
from .steps import Scope, convert_all
from .verification import Rows, answers_or_none

VERSION = 1
MAX_SAMPLE_ROWS = 20_000
# Models to whose answers it does not matter whether exact features came as float32.
TREES = ("Tree", "Forest", "Boosting", "XGB", "LGBM", "CatBoost")


def export_pipeline(pipeline, X, path, *, name, target=None, id_field=None, time_field=None, positive=None):
    """Writes a fitted pipeline as one JSON file for `tidemill import`.

    Parameters
    ----------
    pipeline : fitted Pipeline or model
        Transformers and a final model, of the covered classes. No other
        thread may use it meanwhile.
    X : pandas.DataFrame of n rows, or pandas.Series of texts
        What the pipeline was fitted on, raw: fields, dictionaries, baselines
        (over at most 20,000 evenly spread rows) and verification rows come of
        it. It may have the columns ``target``, ``id_field`` and ``time_field``
        too, which the pipeline does not see unless it was fitted on them.
    path : str or path-like
        Written whole or not at all.
    name : str
        The model's: letters, digits, '.', '_', '-'.
    target, id_field, time_field : str, optional
        Columns that are not features: what is predicted, an event's key, an
        event's time. A key that is no column of ``X`` is a text or a time.
    positive : optional
        The class of a binary classifier whose probability is the score; the
        second one by default. Refused for all other models.

    Raises
    ------
    ExportError
        Naming the step, the parameter and what to use instead when something
        cannot be expressed so that production gives the same numbers.
    """
    check_model_name(name)
    frame, given = _frame_of(X)
    exported = predictor_of(pipeline, positive)
    features = _own_columns(frame, pipeline, target, id_field, time_field)
    fields = fields_of(features)
    steps, columns = _pipeline_of(exported, fields)
    _check_precision(pipeline, columns)
    used = _used(fields, steps)
    keys = _keys(frame, used, id_field, time_field)
    sample = features.iloc[_spread(len(features))]
    numbers = _features_of_sample(exported, columns, given(sample))
    dtype = numpy.float32 if _of_float32(exported.predictor) else numpy.float64

    def answers(rows):
        return _outputs(pipeline, exported, given(rows))

    def finite(rows):
        return _finite(_features_of(exported, given(rows)), dtype)

    more = _key_cells(frame, keys)
    rows = Rows(used, sample, more, _completed(answers, fields), _completed(finite, fields), Steadiness(pipeline))
    rows.find_required()
    document = {
        "format": "tidemill-export",
        "version": VERSION,
        "manifest": manifest(name, pipeline, exported, features[[field.name for field in used]]),
        "schema": schema(keys + used, features, id_field, time_field),
        "pipeline": {"steps": _selecting(used, steps, bool(keys) or len(used) < len(fields))},
        "model": exported.predictor,
        "baselines": _baselines_of(used, features, sample, columns, numbers, answers),
        "verification": {"rows": rows.verification()},
    }
    write_whole(path, to_text(document))


# ---------------------------------------------------------------- the frame


def _frame_of(X):
    """(a frame, a function that makes of a frame what the pipeline takes)."""
    import pandas

    if isinstance(X, pandas.Series) and isinstance(X.name, str):
        return X.to_frame(), lambda frame: frame.iloc[:, 0]
    if not isinstance(X, pandas.DataFrame):
        expected = "a pandas.DataFrame, the raw training rows (of an array: with a name for every column)"
        raise ExportError("X", expected, f"a {type(X).__name__}")
    if not len(X):
        raise ExportError("X", "at least one row", "none")
    for column in X.columns:
        if not isinstance(column, str) or not column:
            raise ExportError("X", "column names that are texts (X.set_axis([...], axis=1))", repr(column))
    if X.columns.has_duplicates:
        raise ExportError("X", "every column once", f"{X.columns[X.columns.duplicated()][0]!r} twice")
    return X, lambda frame: frame


def _own_columns(frame, pipeline, *keys):
    """The columns that the pipeline was fitted on, in that order."""
    fitted = getattr(pipeline, "feature_names_in_", None)
    if fitted is None:
        return frame.drop(columns=[key for key in keys if key in frame])
    # LightGBM has underscores where a name has blanks.
    own = {name.replace(" ", "_"): name for name in frame.columns}
    fitted = [name if name in frame else own.get(name, name) for name in fitted]
    for name in fitted:
        if name not in frame:
            raise ExportError("X", f"a column {name!r}, as the pipeline was fitted on", "none of that name")
    for name in frame.columns:
        if name not in fitted and name not in keys:
            expected = "the columns that the pipeline was fitted on, and no others but target, id_field and time_field"
            raise ExportError("X", expected, f"{name!r} too")
    return frame[fitted]


def _spread(count):
    taken = min(count, MAX_SAMPLE_ROWS)
    return numpy.arange(taken) * count // taken


# ------------------------------------------------------- steps and features


def _pipeline_of(exported, fields):
    """(the steps, the features that the predictor takes)."""
    scope, columns = Scope("pipeline"), columns_of(fields)
    if len(exported.features) == 1:
        made = convert_all(_steps_of(exported.features[0]), columns, scope)
        return scope.steps, _checked(made, exported.features[0], scope)
    parts = []
    for place, block in enumerate(exported.features):
        inner = scope.nested(f"features {place} of the model")
        made = _checked(convert_all(_steps_of(block), columns, inner), block, inner)
        parts.append((f"features{place}", columns, inner.steps, made))
    return scope.steps, unite("FeatureUnion", parts, scope)


def _steps_of(block):
    return (*block.steps, *input_steps(block.codes))


def _checked(columns, block, scope):
    for column in columns:
        if column.kind != "number":
            scope.refuse(f"numbers for the model (an encoder for {column.name!r})", column.kind or "texts")
    if len(columns) != block.width:
        scope.refuse(f"{block.width} features, as the model was fitted on", str(len(columns)))
    return columns


def _check_precision(pipeline, columns):
    model = type(final_model(pipeline)).__name__
    if common_dtype(columns) in (numpy.float32, numpy.float16) and not any(tree in model for tree in TREES):
        raise ExportError(f"model {model}", "features in float64: no dtype=float32 in the steps", "float32")


def _used(fields, steps):
    """The fields that the steps read; texts that none reads as anything are texts."""
    names = {field.name for field in fields}
    if _chooses(steps):
        names = {name for branch in steps[0]["branches"] for name in branch["columns"]}
    used = [field for field in fields if field.name in names]
    for field in used:
        if field.refused is not None:
            raise field.refused
        field.type = field.type or "text"
    return used


def _chooses(steps):
    """True when the first step takes its columns by their names."""
    return bool(steps) and steps[0]["step"] == "ColumnTransformer"


def _selecting(used, steps, more_fields):
    """The same steps where the event has more fields."""
    if _chooses(steps) or not more_fields:
        return steps
    return [{"step": "SelectColumns", "columns": [field.name for field in used]}, *steps]


def _features_of(exported, rows):
    """What the predictor gets of the rows, n x features."""
    parts = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for block in exported.features:
            made = rows
            for _, step in _steps_of(block):
                made = step.transform(made)
            parts.append(numbers_of(made))
    return numpy.hstack(parts)


def _features_of_sample(exported, columns, rows):
    try:
        features = _features_of(exported, rows)
    except Exception as error:  # whatever a step raises
        got = f"rows on which it raises {type(error).__name__}: {error}"[:200]
        raise ExportError("X", "rows that the pipeline predicts", got) from error
    for column, values in zip(columns, features.T):
        if numpy.isinf(values).any():
            expected = "finite numbers, for an infinite feature is a dead letter (e.g. log1p instead of log)"
            raise ExportError(f"feature {column.name!r}", expected, "an infinity in rows of X")
    return features


def _finite(features, dtype):
    """Which rows have no feature that is infinite, also as the dtype that the model makes of it."""
    with numpy.errstate(over="ignore"):
        return ~numpy.isinf(features.astype(dtype)).any(axis=1)


def _of_float32(predictor):
    """Whether it, or one within it, takes its features as float32."""
    if isinstance(predictor, list):
        # Long lists are of numbers alone.
        return bool(predictor) and isinstance(predictor[0], dict) and any(map(_of_float32, predictor))
    if not isinstance(predictor, dict):
        return False
    return predictor.get("float32_features") is True or any(map(_of_float32, predictor.values()))


def _baselines_of(used, features, sample, columns, numbers, answers):
    outputs = answers_or_none(answers, sample)
    if outputs is None:
        raise ExportError("X", "rows that the pipeline predicts", "rows on which it raises, or gives no number")
    return baselines(used, features, sample, columns, numbers, outputs)


# ------------------------------------------------------------------- answers


def _outputs(pipeline, exported, rows):
    """n x outputs, or n, as the predictor's."""
    from sklearn.base import is_outlier_detector

    if exported.task == "regression":
        # The score of a detector of outliers grows with strangeness here.
        return -pipeline.score_samples(rows) if is_outlier_detector(pipeline) else pipeline.predict(rows)
    if exported.task == "multiclass":
        return pipeline.predict_proba(rows)
    first = pipeline.classes_[0] == exported.classes[1]
    if hasattr(pipeline, "predict_proba"):
        return pipeline.predict_proba(rows)[:, 0 if first else 1]
    margins = pipeline.decision_function(rows)
    return -margins if first else margins


def _completed(answers, fields):
    """The same on frames without the columns that no step reads."""
    names = [field.name for field in fields]
    return lambda frame: answers(frame.reindex(columns=names))


# ---------------------------------------------------------------------- keys


def _keys(frame, used, id_field, time_field):
    """The fields of an event's id and time, unless the pipeline reads them anyway."""
    if id_field is not None and id_field == time_field:
        raise ExportError("time_field", "another column than id_field", repr(time_field))
    known = {field.name: field for field in used}
    keys = []
    for name, type_of in ((id_field, _id_type), (time_field, _time_type)):
        if name is not None:
            found = type_of(name, frame, known.get(name))
            if name not in known:
                keys.append(Field(name, found))
    return keys


def _id_type(name, frame, field):
    """What an event's id is; ``field`` when the pipeline reads it."""
    found = field or (_readable_field(frame, name) if name in frame else Field(name, "text"))
    if found.type not in (None, "integer", "text", "category"):
        raise ExportError(f"id_field {name!r}", "texts or whole numbers (astype(str))", f"{found.type} values")
    return found.type or "text"


def _time_type(name, frame, field):
    """The same of its time."""
    found = field or (_readable_field(frame, name) if name in frame else Field(name, "timestamp"))
    if found.type != "timestamp" and (found.type is not None or not _are_times(frame[name])):
        expected = "times (pandas.to_datetime), or texts in ISO 8601"
        raise ExportError(f"time_field {name!r}", expected, f"{found.type} values" if found.type else "other texts")
    return "timestamp"


def _readable_field(frame, name):
    field = fields_of(frame[[name]])[0]
    if field.refused is not None:
        raise field.refused
    return field


def _are_times(texts):
    import pandas

    try:
        pandas.to_datetime(texts, format="ISO8601", utc=True)
    except ValueError:
        return False
    return True


def _key_cells(frame, keys):
    """Some of their values, for verification rows."""
    cells = {}
    for field in keys:
        if field.name in frame:
            known = cells_of(frame.head(1000), field)
            cells[field.name] = [str(cell) for cell in known] if field.type == "text" else known
    return cells
