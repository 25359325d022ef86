"""The same bytes of what was exported and imported, in other processes, whatever the number of threads."""

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

# Everything that has an order of its own: categories, words, sets, threads, callables.
EXPORT = """
import sys
import numpy, pandas
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder
from tidemill_export import export_pipeline

path, jobs = sys.argv[1], int(sys.argv[2])
random = numpy.random.default_rng(20261121)
texts = pandas.Series(random.choice(["Zürich", "東京", "a b", "", "c"], 400), dtype=object)
frame = pandas.DataFrame({"x": random.normal(size=400), "y": random.gamma(2.0, size=400), "place": texts, "title": texts + " " + texts[::-1].to_numpy()})
steps = ColumnTransformer(
    [
        ("scaled", StandardScaler(), make_column_selector(dtype_include="float64")),
        ("root", FunctionTransformer(numpy.sqrt), lambda frame: ["y"]),
        ("one hot", OneHotEncoder(handle_unknown="ignore"), ["place"]),
        ("mean", TargetEncoder(random_state=0), ["place"]),
        ("words", TfidfVectorizer(stop_words=["a", "b", "und"]), "title"),
    ],
    n_jobs=jobs,
)
model = RandomForestClassifier(8, max_depth=4, random_state=0, n_jobs=jobs)
labels = numpy.where(frame["x"] + random.normal(size=400) > 0, "yes", "no")
pipeline = make_pipeline(steps, model).fit(frame, labels)
pipeline.set_params(columntransformer__n_jobs=None, randomforestclassifier__n_jobs=None)  # parameters, not fitted
export_pipeline(pipeline, frame, path, name="same")
"""


def exported(path, jobs, hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(REPO / "python")}
    command = [sys.executable, "-c", EXPORT, path, str(jobs)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


def imported(source, path):
    command = [os.environ["TIDEMILL_BIN"], "import", source, "--out", path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


def test_exports_and_imports_of_other_processes_and_threads_are_equal(tmp_path):
    first = exported(tmp_path / "a.json", 1, 1)
    for number, (jobs, hash_seed) in enumerate([(2, 2), (4, 77)]):
        assert exported(tmp_path / f"{number}.json", jobs, hash_seed) == first
    assert imported(tmp_path / "a.json", tmp_path / "a.bin") == imported(tmp_path / "0.json", tmp_path / "b.bin")
