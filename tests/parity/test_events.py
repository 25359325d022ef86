"""The rules of events are the same in Python and in the service."""

import datetime
import json
import math
import os
import random
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REPO = Path(__file__).resolve().parents[2]

import tidemill_export
from tidemill_export import ExportError, parse_event, read_events, read_predictions, to_events

CONFIG = """
name: echo
task: regression
schema:
  id: key
  event_time: at
  fields: {key: text, n: number, i: integer, b: boolean, c: category, at: timestamp}
target: {column: y}
pipeline:
  - ColumnTransformer:
      transformers: [{columns: [n, i, b], steps: [SimpleImputer]}, {columns: [c], steps: [OneHotEncoder]}]
model: {LinearRegression: {}}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of the fields that events can have; its score matters only where two are compared."""
    folder = tmp_path_factory.mktemp("echo")
    chosen = random.Random(5)
    rows = [
        {"n": chosen.random(), "i": k % 7, "b": k % 2 == 0, "c": "ab"[k % 2], "y": chosen.random(), "key": str(k)}
        for k in range(40)
    ]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "echo.yaml").write_text(CONFIG)
    run(folder, "train", "echo.yaml", "--data", "rows.jsonl", "--out", "model.bin")
    return folder / "model.bin"


def run(folder, *arguments, stdin=b""):
    done = subprocess.run(
        [os.environ["TIDEMILL_BIN"], *map(str, arguments)], input=stdin, capture_output=True, cwd=folder, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done


def scored(model, lines):
    """Per line its prediction, or None when the service rejects it."""
    text = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    answers = [None] * len(lines)
    for line in run(model.parent, "score", model.name, stdin=text).stdout.splitlines():
        prediction = json.loads(line)
        answers[int(prediction["id"].rsplit("/", 1)[1])] = prediction
    return answers


def taken(line):
    try:
        parse_event(line)
    except ExportError:
        return False
    return True


# What stands as the value of a field that the schema does not know: only JSON itself is judged.
ODD_VALUES = [
    "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "nan", "1e-999", "01", "+1", "1.", ".5", "-0", "0x1", "1_000",
    "9" * 400, "1" + "0" * 308, "2" + "0" * 308, "true", "True", "null", "None", '"\\ud800"', '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"', '"\\u0000"', '"\t"', '"\\x41"', "'a'", '{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":1,}',
    "[1,]", "[1 2]", "[" * 70 + "]" * 70, "[" * 50 + "]" * 50, "1e5", '"\x7f"', "", "//x", '"\u2028"',
]  # fmt: skip


@pytest.mark.parametrize("value", ODD_VALUES, ids=[f"value{k}" for k in range(len(ODD_VALUES))])
def test_both_take_or_refuse_a_value(model, value):
    line = '{"key":"k","other":' + value + "}"
    assert taken(line) == (scored(model, [line])[0] is not None), line


@pytest.mark.parametrize(
    "line",
    [
        b'{"key":"a"}', b' {"key":"a"}\r', b'{"key":"a","key":"b"}', b'{"key":"a"} x', b"[]", b"1", b'"a"', b"null",
        b'{"key":"\xff"}', b'{"key":"\xc3\xa9"}', b'{"k\xc0\x80":1}', b'\xef\xbb\xbf{"key":"a"}', b"{", b"", b" ",
        b'{"key":"\xed\xa0\x80"}', b'{"key":"a"}\x00', b'{"key":"a"}{"key":"b"}', b"{'key':'a'}", b"{}",
    ],
)  # fmt: skip
def test_both_take_or_refuse_a_line(model, line):
    # Not the first one: that of a file may begin with a byte order mark.
    assert taken(line) == (scored(model, [b"{}", line])[1] is not None), line


def test_random_frames_arrive_as_they_are(model):
    """Random cells, through events and back: the same values, and none rejected."""
    chosen = np.random.default_rng(20261122)
    rows = 3000
    bits = chosen.integers(0, 2**64, rows, dtype=np.uint64).view(np.float64)
    numbers = np.where(np.isfinite(bits), bits, np.nan)
    alphabet = ["", "a", "é", "\u2028", "\U0001f600", '"', "\\", "\n", "\x01", "日本", "</b>", " "]
    frame = pd.DataFrame(
        {
            "key": ["".join(chosen.choice(alphabet, 6)) + str(k) for k in range(rows)],
            "n": numbers,
            "i": pd.array(chosen.integers(-(2**53), 2**53, rows), dtype="Int64"),
            "b": chosen.integers(0, 2, rows).astype(bool),
            "c": pd.Categorical(chosen.choice(["a", "b", "unseen"], rows)),
            "at": pd.to_datetime(chosen.integers(-(2**50), 2**50, rows), unit="us"),
        }
    )
    frame.loc[chosen.random(rows) < 0.1, ["i", "c", "at"]] = None
    lines = to_events(frame)
    answers = scored(model, lines)
    assert None not in answers
    assert [answer["event_id"] for answer in answers] == frame["key"].tolist()
    back = read_events(lines)
    pd.testing.assert_series_equal(back["n"], frame["n"])
    for cell, was in zip(back["i"], frame["i"], strict=True):
        assert math.isnan(cell) if was is pd.NA else cell == was
    predictions = read_predictions([json.dumps(answer) for answer in answers])
    assert predictions["score"].tolist() == [answer["score"] for answer in answers]
    known = frame["at"].notna()
    times = predictions.loc[known, "event_time"].dt.tz_localize(None).astype("datetime64[us]")
    assert (times.to_numpy() == frame.loc[known, "at"].astype("datetime64[us]").to_numpy()).all()


def test_times_keep_their_clock(model):
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    moments = [
        datetime.datetime(2026, 3, 1, 8, 0, 0, 123456, zone),
        datetime.datetime(2026, 3, 1, 8),
        pd.Timestamp("2026-03-29 02:30", tz="Asia/Tokyo"),
        datetime.date(2026, 3, 1),
    ]
    lines = to_events(pd.DataFrame({"key": list("abcd"), "at": pd.Series(moments, dtype=object)}))
    told = [answer["event_time"] for answer in scored(model, lines)]
    assert told == [
        "2026-03-01T02:30:00.123456Z", "2026-03-01T08:00:00.000000Z",
        "2026-03-28T17:30:00.000000Z", "2026-03-01T00:00:00.000000Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ([1.0, math.inf], "row 1, column 'n': expected a finite number, got inf"),
        ([1, 10**400], "row 1, column 'n': expected a number that a float64 holds"),
        (["a", "\ud800"], "row 1, column 'n': expected text that UTF-8 can hold"),
        ([1, 1j], "row 1, column 'n': expected a number, a boolean, a text or a time, got a builtins.complex"),
        ([1, [2]], "got a builtins.list"),
        ([1, np.array([2, 3])], "got a numpy.ndarray"),
        ([1, np.datetime64("2026-01-01", "ns")], "a text or a time, got a numpy.datetime64"),
        ([1, np.timedelta64(5, "ns")], "got a numpy.timedelta64"),
        ([pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-01 00:00:00.000000001")], "whole microseconds"),
    ],
)
def test_a_cell_that_would_not_arrive_is_refused(column, says, tmp_path):
    frame = pd.DataFrame({"n": pd.Series(column, dtype=object)})
    with pytest.raises(ExportError) as refused:
        to_events(frame, tmp_path / "events.jsonl")
    assert says in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_names_are_texts_each_once():
    with pytest.raises(ExportError, match="every name once, got 'a' twice"):
        to_events(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ExportError, match="names that are texts, got 0"):
        to_events(pd.DataFrame([[1]]))


def test_events_and_predictions_go_through_files(model, tmp_path):
    frame = pd.DataFrame({"key": ["a", "b"], "n": [0.1, None]})
    assert to_events(frame, tmp_path / "events.jsonl") is None
    run(tmp_path, "score", model, "--input", "events.jsonl", "--output", "out.jsonl")
    predictions = read_predictions(tmp_path / "out.jsonl")
    assert predictions["event_id"].tolist() == ["a", "b"]
    assert str(predictions["score"].dtype) == "float64"
    marked = b"\xef\xbb\xbf" + (tmp_path / "events.jsonl").read_bytes()
    (tmp_path / "events.jsonl").write_bytes(marked)
    assert read_events(tmp_path / "events.jsonl")["key"].tolist() == ["a", "b"]
    (tmp_path / "out.jsonl").write_text('{"score": 1}\nnot one\n')
    with pytest.raises(ExportError, match="line 1: expected a prediction, got not one"):
        read_predictions(tmp_path / "out.jsonl")


def test_probabilities_become_columns():
    line = '{"id":"t/0/0","score":0.5,"label":"b","probabilities":{"b":0.5,"a":0.3,"c":0.2}}'
    frame = read_predictions([line])
    assert list(frame.columns) == ["id", "score", "label", "probability_b", "probability_a", "probability_c"]


def test_the_version_is_the_projects():
    project = (REPO / "CMakeLists.txt").read_text()
    assert f"VERSION {tidemill_export.__version__} " in project
