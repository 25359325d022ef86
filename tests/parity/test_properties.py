"""Random pipelines on random frames, exported and in the service beside scikit-learn.

A draw is made of the seed and its number alone, so that it can be repeated:
``pytest test_properties.py --parity-seed SEED -k 'draw[17]'``. Its rows are
2,000 like those of training, 8 with cells that a pipeline may refuse, and the
verification rows of the file.
"""

import json

import numpy as np
import pytest
from export_parity import quietly
from random_pipelines import draw
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits
from tidemill_export import ExportError, export_pipeline, read_events, to_events
from tidemill_export.frames import fields_of, restored
from tidemill_export.models import predictor_of
from tidemill_export.steadiness import Steadiness
from tidemill_export.verification import answers_of_rows

DRAWS = 200
# What drawn pipelines may be refused for: nullable numbers before a function, a feature that does not vary, powers of
# powers.
REFUSED = ["in float64 for", "raise var_smoothing", "columns with distinct names"]
TIE = 1e-15
FEATURE_TOLERANCE = 1e-10  # of steps one after the other: a scaler magnifies what a logarithm rounded


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Of a few rows more threads than free processors make much of nothing."""
    with threadpool_limits(1):
        yield


class Comparison:
    """What both sides say of a drawn pipeline's events."""

    def __init__(self, exports, drawn, path):
        pipeline, train = drawn.pipeline, drawn.frames.train
        quietly(export_pipeline, pipeline, train, path, name="drawn", positive=drawn.positive)
        document = json.loads(path.read_text(encoding="utf-8"))
        self.drawn, self.manifest = drawn, document["manifest"]
        self.exported = predictor_of(pipeline, drawn.positive)
        events = [*to_events(drawn.frames.test), *to_events(drawn.frames.odd)]
        verification = document["verification"]["rows"]
        self.events = [*events, *(row["event"] for row in verification)]
        self.frame = restored(read_events(self.events), drawn_fields(drawn))
        self.names, features, self.ours, self.rejected = exports.run(path, self.events)
        self.features = np.column_stack(features)
        self.float32 = '"float32_features": true' in json.dumps(document["model"])
        ends = [0, len(drawn.frames.test), len(events), len(self.events)]
        self.unsteady = np.zeros(len(self.events), bool)  # see apart()
        parts = [self.frame.iloc[first:last] for first, last in zip(ends, ends[1:])]
        self.theirs = np.vstack([answers_of_rows(self.answers, part, self.ours.shape[1]) for part in parts])

    def answers(self, frame):
        """Rows x outputs of the pipeline itself."""
        return self.answers_of(self.drawn.pipeline, frame)

    def answers_of(self, model, rows):
        made = quietly(self._answers_of, model, rows)
        return np.asarray(made, float).reshape(len(rows), -1)

    def _answers_of(self, model, rows):
        if self.exported.task == "regression":
            return -model.score_samples(rows) if hasattr(model, "score_samples") else model.predict(rows)
        classes = model.classes_.tolist()
        if hasattr(model, "predict_proba"):
            shares = model.predict_proba(rows)
            return shares if self.exported.task == "multiclass" else shares[:, classes.index(self.exported.classes[1])]
        return model.decision_function(rows) * (1.0 if self.exported.classes == classes else -1.0)

    def infinite(self):
        """Rows with a feature that the service does not give to a model (batch_scorer.cpp)."""
        with np.errstate(over="ignore"):
            return np.isinf(self.features.astype(np.float32) if self.float32 else self.features).any(axis=1)

    def ours_refused(self):
        rejected = np.zeros(len(self.events), bool)
        rejected[list(self.rejected)] = True
        return rejected | self.infinite() | ~np.isfinite(self.ours).all(axis=1)

    def theirs_refused(self):
        return np.isnan(self.theirs).any(axis=1)

    def overflows(self):
        """Rows with a cell near float64's end: scikit-learn raises on an infinity between two steps."""
        numbers = self.frame.select_dtypes("number").to_numpy(float, na_value=np.nan)
        return (np.abs(numbers) > 1e100).any(axis=1)

    def apart(self):
        """|a - b| / max(1, |b|) per row, 0 of rows that a side refuses."""
        apart = np.where(self.ours_refused() | self.theirs_refused(), 0.0, differences(self.ours, self.theirs))
        for row in np.flatnonzero(apart > self.drawn.tolerance)[:200]:
            self.unsteady[row] = self._last_bits(row) >= apart[row]
        return np.where(self.unsteady, 0.0, apart)

    def _last_bits(self, row):
        """What the pipeline's own answer changes by when numbers within it do in their last places.

        Steps may round otherwise than the library, a tree may have a threshold
        just there, and a tiny variance makes much of it.
        """
        steadiness = Steadiness(self.drawn.pipeline)
        return steadiness.moves(self.answers, self.frame.iloc[[row]], self.theirs[[row]])[0]

    def features_apart(self):
        """The same of each feature, or None where members of the model have steps of their own."""
        pipeline = self.drawn.pipeline
        blocks = self.exported.features
        own = isinstance(pipeline, Pipeline) and len(pipeline) > 1 and len(blocks[0].steps) == len(pipeline) - 1
        if not own or len(blocks) > 1 or blocks[0].codes:
            return None
        both = ~self.ours_refused() & ~self.theirs_refused()
        theirs = numbers(quietly(pipeline[:-1].transform, self.frame[both]))
        if theirs.shape[1] != self.features.shape[1]:
            return None
        ours = self.features[both]
        gaps = np.isnan(ours) & np.isnan(theirs)
        apart = np.zeros(self.features.shape)
        apart[both] = np.where(gaps, 0.0, np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs)))
        return np.where(np.isnan(apart), np.inf, apart)

    def labels_apart(self):
        """Rows where the service's label is not predict()'s, but for ties."""
        if self.exported.task == "regression":
            return np.zeros(len(self.events), bool)
        classes = self.exported.classes
        both = np.flatnonzero(~self.ours_refused() & ~self.theirs_refused())
        ours, theirs = self.ours[both], self.theirs[both]
        if self.exported.task == "binary":
            places = (ours[:, 0] >= self.manifest["threshold"]).astype(int)
            decided = abs(theirs[:, 0] - self.manifest["threshold"])
        else:
            places, decided = ours.argmax(axis=1), np.ptp(np.sort(theirs, axis=1)[:, -2:], axis=1)
        labels = np.empty(len(both), object)
        labels[:] = [classes[place] for place in places]
        predicted = quietly(self.drawn.pipeline.predict, self.frame.iloc[both]).ravel()
        wrong = np.zeros(len(self.events), bool)
        wrong[both] = (labels != predicted.astype(object)) & (decided > TIE)
        wrong &= ~self.unsteady
        for row in np.flatnonzero(wrong):
            # GaussianNB far away: two likelihoods that are equal in float64 make two probabilities of 1.
            wrong[row] = self._probability_in_all(row) < 1.5
        return wrong

    def _probability_in_all(self, row):
        if not hasattr(self.drawn.pipeline, "predict_proba"):
            return 1.0
        return quietly(self.drawn.pipeline.predict_proba, self.frame.iloc[[row]]).sum()


def drawn_fields(drawn):
    fields = fields_of(drawn.frames.train)
    for field in fields:
        field.missing = drawn.frames.missing if field.dtype == object else np.nan
    return fields


def numbers(made):
    """What steps make, as a dense array."""
    if hasattr(made, "dtypes"):
        return made.to_numpy(float, na_value=np.nan)
    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, float)


def differences(ours, theirs):
    with np.errstate(invalid="ignore", over="ignore"):
        return (np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))).max(axis=1)


@pytest.mark.parametrize("number", range(DRAWS))
def test_draw(exports, worst, seed, tmp_path, number):
    drawn = draw(np.random.default_rng([seed, number]))
    try:
        both = Comparison(exports, drawn, tmp_path / "drawn.json")
    except ExportError as error:
        assert any(words in str(error) for words in REFUSED), f"{error} {drawn.pipeline}"
        return

    def check(wrong, what):
        assert not wrong.any(), f"{what} {report(both, seed, number, wrong.argmax())}"

    check(both.ours_refused() & ~both.theirs_refused() & ~both.infinite(), "only the service refuses")
    check(both.theirs_refused() & ~both.ours_refused() & ~both.overflows(), "only the library refuses")
    features = both.features_apart()
    if features is not None:
        for step in steps_of(drawn.pipeline):
            worst.add(f"step: {step}", float(features.max(initial=0.0)), features.size)
        check((features > FEATURE_TOLERANCE).any(axis=1), f"features {features.max(axis=0)} apart")
    apart = both.apart()
    worst.add(f"model: {drawn.family}", float(apart.max()), len(apart))
    check(apart > drawn.tolerance, f"{apart.max()} apart")
    check(both.labels_apart(), "another label")


def steps_of(estimator):
    """The names of all steps, however deep, but those of the final model."""
    names = set()
    try:
        parameters = estimator.get_params()
    except AttributeError:  # Feature-engine's DatetimeOrdinal does not keep its start_date
        parameters = dict(estimator.steps)
    for value in parameters.values():
        if hasattr(value, "transform") and not hasattr(value, "predict"):
            names.add(type(value).__name__)
    return names - {"Pipeline"}


def shown(pipeline):
    try:
        return pipeline.__repr__(N_CHAR_MAX=10**6)
    except AttributeError:  # as in steps_of()
        return [(type(step).__name__, vars(step)) for _, step in pipeline.steps]


def report(both, seed, number, row):
    return (
        f"\nrepeat: pytest tests/parity/test_properties.py --parity-seed {seed} -k 'draw[{number}]'"
        f"\npipeline: {shown(both.drawn.pipeline)}"
        f"\nrow {row}: {both.events[row]}"
        f"\nours: {both.ours[row]}, rejected: {both.rejected.get(int(row))}\ntheirs: {both.theirs[row]}"
    )
