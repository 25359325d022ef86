"""Models and events for the tests, made by tidemill itself: a clone needs no data."""

import json
import os
import subprocess
from pathlib import Path

from harness import REPO, tidemill_binary


def run(*arguments, stdin=None, expect=0, cwd=None, environment=None):
    """Runs tidemill and returns the finished process; fails on another exit code."""
    done = subprocess.run(
        [tidemill_binary(), *map(str, arguments)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=300,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )
    if expect is not None and done.returncode != expect:
        raise AssertionError(
            f"tidemill {' '.join(map(str, arguments))} ended with {done.returncode}, not {expect}:\n"
            f"{done.stderr.decode(errors='replace')[-4000:]}"
        )
    return done


def train(service, directory, rows=8000, drift=(), arguments=()):
    """A model.bin fitted on simulated rows; `arguments` are more of `tidemill train`."""
    directory = Path(directory)
    data = directory / f"{service}.jsonl"
    model = directory / f"{service}.bin"
    drifts = [part for change in drift for part in ("--drift", change)]
    run("simulate", service, "--count", rows, "--output", data, *drifts)
    run(
        "train", REPO / f"config/{service}.train.yaml", "--data", data, "--out", model, *arguments
    )
    return model


def simulated_events(service, count, directory, poison=0.0, seed=7):
    """Raw events as bytes, None for a record without a value; no truth in them."""
    path = Path(directory) / f"{service}.events.jsonl"
    run(
        "simulate", service, "--count", count, "--poison", poison, "--seed", seed,
        "--no-labels", "--output", path,
    )  # fmt: skip
    return [line or None for line in path.read_bytes().split(b"\n")[:-1]]


def real_churn_events(count):
    """The real file's rows as events, again and again; None without $TIDEMILL_DATA_DIR."""
    import csv

    folder = os.environ.get("TIDEMILL_DATA_DIR")
    if not folder:
        return None
    integers = {"SeniorCitizen", "tenure"}
    numbers = {"MonthlyCharges", "TotalCharges"}
    events = []
    with open(Path(folder) / "telco_churn.csv", newline="") as file:
        for row in csv.DictReader(file):
            row.pop("Churn")
            event = {}
            for name, text in row.items():
                if not text.strip():
                    event[name] = None
                elif name in integers:
                    event[name] = int(text)
                else:
                    event[name] = float(text) if name in numbers else text
            events.append(json.dumps(event).encode())
    return [events[i % len(events)] for i in range(count)]


def score_offline(model, events, directory):
    """What `tidemill score` makes of the events: per line, a prediction or a reject."""
    directory = Path(directory)
    source = directory / "offline.jsonl"
    rejects = directory / "offline.rejects.jsonl"
    source.write_bytes(b"".join((event or b"") + b"\n" for event in events))
    done = run("score", model, "--input", source, "--rejects", rejects)
    results = {}
    for line in done.stdout.splitlines():
        prediction = json.loads(line)
        results[int(prediction["id"].rsplit("/", 1)[1])] = prediction
    for line in rejects.read_bytes().splitlines():
        reject = json.loads(line)
        results[reject["line"]] = reject
    assert sorted(results) == list(range(len(events)))
    return results
