"""A notebook's way: fit in Python, export, import, serve on a topic, and read the same numbers back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import assert_conserved
from models import run
from test_serve import run_service

NOTEBOOK = Path(__file__).with_name("notebook.py")


def notebook(*arguments):
    done = subprocess.run(
        [sys.executable, "-B", NOTEBOOK, *arguments], stdout=subprocess.PIPE, check=True, timeout=100
    )
    return json.loads(done.stdout)


def answers_of(broker, prefix, folder, case):
    """What the topic says of every row that the notebook `case` scored."""
    fitted = notebook("fit", case, folder)
    assert fitted["distinct"] > fitted["rows"] / 2
    run("import", folder / f"{case}.json", "--out", folder / "model.bin")
    events = (folder / "events.jsonl").read_bytes().splitlines()
    inputs, predictions, dead_letters, _ = run_service(
        broker, prefix, folder / "model.bin", events, folder, service=case
    )
    assert_conserved(inputs, predictions, dead_letters)
    assert not dead_letters, dead_letters[0].value
    (folder / "predictions.jsonl").write_bytes(b"\n".join(record.value for record in predictions))
    compared = notebook("compare", folder)
    assert compared["rows"] == fitted["rows"]
    print(case, compared)
    return compared


def needs_data(case):
    absent = "TIDEMILL_DATA_DIR" not in os.environ
    return pytest.param(case, marks=pytest.mark.skipif(absent, reason="TIDEMILL_DATA_DIR is not set"))


@pytest.mark.parametrize("case", ["churn", needs_data("telco_file")])
def test_a_classifier_of_lightgbm_answers_in_production_as_in_python(broker, topic_prefix, tmp_path, case):
    compared = answers_of(broker, topic_prefix, tmp_path, case)
    assert compared["worst"] <= 1e-12
    assert compared["labels_apart"] == 0


@pytest.mark.parametrize("case", ["taxi", needs_data("taxi_file")])
def test_a_regression_of_xgboost_answers_in_production_as_in_python(broker, topic_prefix, tmp_path, case):
    compared = answers_of(broker, topic_prefix, tmp_path, case)
    assert compared["worst"] == 0  # float32, to the last bit
