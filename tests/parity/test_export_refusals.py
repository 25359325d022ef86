"""What users try and production could not do alike: refused at export, in a sentence, and no file is written."""

import json
import os
import subprocess

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from export_parity import quietly, tidemill_export
from tidemill_export import ExportError, export_pipeline

ROWS = 60


def frame():
    place = np.arange(ROWS)
    return pd.DataFrame(
        {
            "passenger": place,
            "fare": place * 1.5 + 1.0,
            "siblings": place % 4,
            "sex": pd.Series(["male", "female", "female"] * (ROWS // 3), dtype=object),
            "boarded": pd.date_range("1912-04-10", periods=ROWS, freq="h"),
        }
    )


NUMBERS = ["fare", "siblings"]
Y = np.arange(ROWS) % 2


def classifier(y=Y, model=None):
    return quietly((model or LogisticRegression()).fit, frame()[NUMBERS], y)


def encoded():
    """Reads two of the columns; what stands in the others is no matter."""
    steps = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["sex"]), ("passthrough", ["fare"]))
    return make_pipeline(steps, LogisticRegression())


def test_a_model_may_be_called(tmp_path):
    for name in ("my model", "", None, 3, "Zürich", "x" * 257, "a/b", "a\n"):
        with pytest.raises(ExportError, match="name: expected 1 to 256 of the letters"):
            export_pipeline(classifier(), frame()[NUMBERS], tmp_path / "x.json", name=name)
    assert list(tmp_path.iterdir()) == []


def chosen(columns, **values):
    return frame()[columns].assign(**values)


# name: (model, X, arguments of export_pipeline, what the error says)
REFUSED = {
    "three classes": (lambda: classifier(np.arange(ROWS) % 3), NUMBERS, {"positive": 1}, "no positive class for 3 classes"),
    "a regression": (
        lambda: LinearRegression().fit(frame()[NUMBERS], Y),
        NUMBERS,
        {"positive": 1},
        "no positive class for a regression",
    ),
    "no class": (classifier, NUMBERS, {"positive": "1"}, r"one of the classes \[0, 1\] as the positive one, got '1'"),
    "a search": (
        lambda: classifier(model=GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, refit=False)),
        NUMBERS,
        {},
        "refit=True, got a GridSearchCV with refit=False",
    ),
    "neighbours": (lambda: classifier(model=KNeighborsClassifier()), NUMBERS, {}, "RandomForestClassifier, got KNeigh"),
    "a kernel": (lambda: classifier(model=SVC()), NUMBERS, {}, "MLPClassifier.*got SVC"),
    "counts": (lambda: classifier(model=MultinomialNB()), NUMBERS, {}, "LogisticRegression, got MultinomialNB"),
    "long labels": (lambda: classifier(np.where(Y, "x" * 70_000, "y")), NUMBERS, {}, "classes: .*65536 bytes"),
    "a surrogate": (
        lambda: classifier(np.array(["a", "\ud800"], dtype=object)[Y]),
        NUMBERS,
        {},
        "classes: expected texts that UTF-8 can hold",
    ),
    "a text": (lambda: "churn", NUMBERS, {}, "a fitted estimator, got a str"),
    "only steps": (lambda: StandardScaler().fit(frame()[NUMBERS]), NUMBERS, {}, "a model that is covered, got StandardScaler"),
    "the id's type": (classifier, [*NUMBERS, "boarded"], {"id_field": "boarded"}, "id_field 'boarded': expected texts or"),
    "the time's type": (classifier, [*NUMBERS, "passenger"], {"time_field": "passenger"}, "times .*got integer values"),
    "a feature as time": (classifier, NUMBERS, {"time_field": "fare"}, "time_field 'fare': .*got number values"),
    "no times": (classifier, [*NUMBERS, "sex"], {"time_field": "sex"}, "ISO 8601, got other texts"),
    "id and time": (classifier, NUMBERS, {"id_field": "x", "time_field": "x"}, "another column than id_field"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_and_keys(tmp_path, name):
    model, columns, arguments, words = REFUSED[name]
    with pytest.raises(ExportError, match=words):
        export_pipeline(model(), frame()[columns], tmp_path / "x.json", name="x", **arguments)
    assert list(tmp_path.iterdir()) == []


READ = ["fare", "sex"]
FRAMES = {
    "missing": (lambda X: X.drop(columns="fare"), "a column 'fare', as the pipeline was fitted on"),
    "additional": (lambda X: X.assign(more=1), "no others but target, id_field and time_field, got 'more' too"),
    "renamed": (lambda X: X.rename(columns={"fare": "Fare"}), "a column 'fare'"),
    "numbers as texts": (lambda X: X.astype({"fare": str}), "an encoder for 'passthrough__fare'.*got texts"),
    "texts as numbers": (lambda X: X.assign(sex=1), "categories of 'sex' that a float64 holds"),
    "places as names": (lambda X: X.set_axis([0, 1], axis=1), r"names that are texts \(X.set_axis"),
    "float32": (lambda X: X.astype({"fare": "float32"}), "column 'fare': expected float64"),
    "beyond 2^53": (lambda X: X.assign(fare=np.arange(ROWS) + 2**60), r"column 'fare': expected whole .*2\^53"),
    "below -2^53": (lambda X: X.assign(fare=-np.arange(ROWS) - 2**60), r"column 'fare': expected whole .*2\^53"),
    "sparse": (lambda X: X.astype({"fare": pd.SparseDtype(float)}), r"sparse.to_dense\(\)"),
    "lists": (lambda X: X.assign(fare=[[1.0]] * ROWS), "object with list"),
    "surrogates": (lambda X: X.assign(sex=pd.Series(["\ud800"] * ROWS, dtype=object)), "'sex': .*UTF-8"),
    "long texts": (lambda X: X.assign(sex="x" * 70_000), "column 'sex': expected texts of at most 65536 bytes"),
    "an infinity": (lambda X: X.assign(fare=np.inf), "feature 'passthrough__fare': expected finite numbers"),
    "an array": (lambda X: X.to_numpy(), "pandas.DataFrame.*of an array: with a name for every column.*ndarray"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames(tmp_path, name):
    change, words = FRAMES[name]
    pipeline = encoded().fit(frame()[READ], Y)
    with pytest.raises(ExportError, match=words):
        export_pipeline(pipeline, change(frame()[READ]), tmp_path / "x.json", name="x")
    assert list(tmp_path.iterdir()) == []


def test_the_order_of_columns_is_the_pipelines(tmp_path):
    pipeline = encoded().fit(frame()[READ], Y)
    for place, columns in enumerate((READ, READ[::-1])):
        export_pipeline(pipeline, frame()[columns], tmp_path / f"{place}.json", name="x")
    assert (tmp_path / "0.json").read_bytes() == (tmp_path / "1.json").read_bytes()


UNREAD = {
    "float32": np.arange(ROWS, dtype="float32"),
    "lists": [[1]] * ROWS,
    "mixed": [1, "x"] * (ROWS // 2),
    "large": np.arange(ROWS) + 2**60,
    "lengths": pd.to_timedelta(np.arange(ROWS), unit="s"),
    "gaps": pd.Series([None, np.nan, "a"] * (ROWS // 3), dtype=object),
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_column_that_no_step_reads_may_be_anything(tmp_path, name):
    X = chosen(READ, odd=UNREAD[name])
    export_pipeline(encoded().fit(X, Y), X, tmp_path / "x.json", name="x")
    fields = json.loads((tmp_path / "x.json").read_text())["schema"]["fields"]
    assert [field["name"] for field in fields] == READ


def test_a_boolean_beside_none_is_not_missing_to_an_imputer(tmp_path):
    X = pd.DataFrame({"flag": pd.Series([True, False, None] * (ROWS // 3), dtype=object)})
    steps = [SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")]
    pipeline = make_pipeline(*steps, LogisticRegression()).fit(X, Y)
    with pytest.raises(ExportError, match="missing cells of 'flag' that are NaN.*got None"):
        export_pipeline(pipeline, X, tmp_path / "x.json", name="x")


def imported(path):
    made = path.with_suffix(".bin")
    done = subprocess.run([os.environ["TIDEMILL_BIN"], "import", path, "--out", made], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return made


def scores(model, X, folder):
    tidemill_export.to_events(X, folder / "events.jsonl")
    command = [os.environ["TIDEMILL_BIN"], "score", model, "--strict"]
    subprocess.run([*command, "--input", folder / "events.jsonl", "--output", folder / "out.jsonl"], check=True)
    return tidemill_export.read_predictions(folder / "out.jsonl")["score"].to_numpy()


def test_an_infinite_feature_of_an_extreme_is_no_verification_row(tmp_path):
    """A tree would take it; the service makes a dead letter of it, as it says."""
    X = frame()[["fare"]]
    model = make_pipeline(FunctionTransformer(np.log), HistGradientBoostingRegressor(max_iter=5))
    quietly(model.fit, X, X["fare"])
    export_pipeline(model, X, tmp_path / "x.json", name="x")
    assert (scores(imported(tmp_path / "x.json"), X, tmp_path) == quietly(model.predict, X)).all()
    X.loc[0, "fare"] = 0.0
    with pytest.raises(ExportError, match="feature 'fare': expected finite numbers"):
        quietly(lambda: export_pipeline(model, X, tmp_path / "y.json", name="x"))


def test_nullable_columns_go_into_a_model_as_they_are(tmp_path):
    X = frame()[NUMBERS].astype({"fare": "Float64", "siblings": "Int64"})
    X["flag"] = pd.array([True, False, None] * (ROWS // 3), dtype="boolean")
    X.loc[::7, "fare"] = pd.NA
    X.loc[::5, "siblings"] = pd.NA
    model = HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=2).fit(X, np.arange(ROWS) % 7)
    export_pipeline(model, X, tmp_path / "x.json", name="x")
    assert (scores(imported(tmp_path / "x.json"), X, tmp_path) == model.predict(X)).all()


# Files that `import` refuses


def test_what_people_give_to_import_is_named(tmp_path):
    files = {
        "p.joblib": (b"\x80\x04\x95\x00", "a pickle or an archive (write the fitted pipeline"),
        "p.zip": (b"PK\x03\x04....", "a pickle or an archive"),
        "p.joblib.z": (b"\x78\x9c\x00\x00", "something else"),
        "empty.json": (b"", "an empty file"),
        "list.json": (b"[1, 2]", "something else"),
        "cut.json": (b'{"format": "tidemill-export", ', "expected JSON, got"),
        "other.json": (b'{"a": 1}', "format: expected a value, got none"),
        "old.model": (b"binf\x00\x00\x00\x3f", "something else"),
        "m.txt": (b"tree\nversion=v9\n", "end of trees"),
    }
    for name, (text, words) in files.items():
        (tmp_path / name).write_bytes(text)
        made = tmp_path / "model.bin"
        done = subprocess.run(
            [os.environ["TIDEMILL_BIN"], "import", tmp_path / name, "--out", made], capture_output=True, text=True
        )
        assert done.returncode == 65 and words in done.stderr, (name, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert str(tmp_path / name) in done.stderr
        assert not made.exists()
