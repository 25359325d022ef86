#!/usr/bin/env python3
"""Peak memory and time of the commands that read files: score, inspect, train, replay, check.

Makes its own data, starts a broker of its own and stops all it started. README.md says what is
measured and how.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "tests/integration"), str(REPO / "benchmarks/serving")]

from bounds import bounded  # noqa: E402
from harness import running_broker, tidemill_binary  # noqa: E402
from models import run, train  # noqa: E402
from process_watch import cpu_seconds, machine_seconds  # noqa: E402

FEW = 10_000  # events whose scoring sets the memory that more of them may need
TRAIN_ROWS = 200_000
MEMORY_LIMIT = 1.05  # of scoring many events, to that of scoring few
TRAIN_LIMIT_S = 60
BAD_DATA = 65  # the exit code

# Starts the command and prints its exit code and usage. The kernel's peak of a process holds that of
# whoever started it: this is small, the benchmark is not.
LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, used = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


def say(text):
    print(f"[{os.getloadavg()[0]:.1f}] {text}", file=sys.stderr, flush=True)


# Data, the same for the same seed ----------------------------------------------


NUMBERS = [f"n{i:02}" for i in range(12)]
COLUMNS = ["id", "time", *NUMBERS, "color", "size", "target"]
COLORS = ["red", "green", "blue", "black"]
SIZES = ["small", "medium", "large"]


def write_table(path, rows, seed):
    """A CSV of 17 columns: an id, a time, 12 numbers, 2 categories, and a target to be learned."""
    lots = random.Random(seed)
    with open(path, "w") as file:
        print(*COLUMNS, sep=",", file=file)
        for number in range(rows):
            values = [lots.gauss(0, 1) for _ in NUMBERS]
            color = lots.choice(COLORS)
            truth = values[0] + values[1] + (color == "red") + lots.gauss(0, 1) > 0
            clock = f"2026-01-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z"
            cells = [f"{value:.4f}" for value in values]
            print(f"row-{number}", clock, *cells, color, lots.choice(SIZES),
                  "yes" if truth else "no", sep=",", file=file)  # fmt: skip
    return path


def write_table_config(path, columns):
    """A small XGBClassifier for a part of the table's columns."""
    kinds = {"id": "text", "time": "timestamp", "color": "category", "size": "category"}
    numbers = [name for name in columns if name in NUMBERS]
    categories = [name for name in columns if kinds.get(name) == "category"]
    transformers = [
        {"name": "numbers", "columns": numbers},
        {"name": "categories", "columns": categories, "steps": ["OneHotEncoder"]},
    ]
    config = {
        "name": "table",
        "task": "binary",
        "schema": {"fields": {name: kinds.get(name, "number") for name in columns}},
        "target": {"column": "target", "positive": "yes"},
        "pipeline": [{"ColumnTransformer": {"transformers": transformers}}],
        "model": {"XGBClassifier": {"n_estimators": 20, "max_depth": 3}},
    }
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


def simulate(path, service, rows, seed, *arguments):
    run("simulate", service, "--count", rows, "--seed", seed, "--output", path, *arguments)
    return path


def first_lines(path, count, to):
    with open(path, "rb") as source, open(to, "wb") as target:
        target.writelines(itertools.islice(source, count))
    return to


def compressed(path, tool):
    """A copy of it, beside it."""
    to = Path(f"{path}.{tool}")
    with open(to, "wb") as target:
        subprocess.run([tool, "-c", "-q", path], stdout=target, check=True)
    return to


# One command at a time ----------------------------------------------------------


class Meter:
    """Runs commands and keeps what each of them needed."""

    def __init__(self, directory):
        self.directory = directory
        self.rows = []

    def measure(self, name, rows, *arguments, expect=0, helper_pid=None):
        """`helper_pid`: of a process that works for the command, and is not counted as others."""
        helper = (lambda: cpu_seconds(helper_pid)) if helper_pid else (lambda: 0.0)
        others = machine_seconds() - helper() - time.process_time()
        start = time.monotonic()
        peak_kib, cpu = self._run(name, arguments, expect)
        elapsed = time.monotonic() - start
        others = machine_seconds() - helper() - time.process_time() - others - cpu
        row = {
            "command": name,
            "rows": rows,
            "peak_mib": peak_kib / 1024,
            "seconds": elapsed,
            "cpu_seconds": cpu,
            "others_percent": max(0.0, 100 * others / (elapsed * os.cpu_count())),
        }
        self.rows.append(row)
        say(f"{name}: {row['peak_mib']:.1f} MiB, {elapsed:.1f} s")
        return row

    def _run(self, name, arguments, expect):
        errors = self.directory / "stderr.txt"
        with open(errors, "wb") as stderr:
            done = subprocess.run(
                [sys.executable, "-S", "-E", "-c", LAUNCHER, tidemill_binary(), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                check=True,
            )
        code, peak_kib, cpu = done.stdout.split()
        if int(code) != expect:
            raise AssertionError(f"{name} ended with {code}: {errors.read_text()[-4000:]}")
        return int(peak_kib), float(cpu)


# The commands -------------------------------------------------------------------


def measure_score(meter, directory, arguments):
    """Few and many events, plain and compressed; answers the ratio of their memory by form."""
    model = train("churn", directory)
    many = simulate(
        directory / "events.jsonl", "churn", arguments.rows, arguments.seed, "--no-labels"
    )
    few = first_lines(many, FEW, directory / "few.jsonl")
    ratios = {}
    for form in ("plain", "gzip", "zstd"):
        peaks = []
        for source, rows in ((few, FEW), (many, arguments.rows)):
            path = source if form == "plain" else compressed(source, form)
            row = meter.measure(f"score, {form}", rows, "score", model, "--input", path)
            peaks.append(row["peak_mib"])
            if form != "plain":
                path.unlink()
        ratios[form] = peaks[1] / peaks[0]
    many.unlink()
    return ratios


def measure_table(meter, directory, arguments):
    """inspect, train and replay of one CSV."""
    rows = arguments.rows
    table = write_table(directory / "table.csv", rows, arguments.seed)
    say(f"{table.name}: {table.stat().st_size / 1e6:.0f} MB")
    meter.measure("inspect", rows, "inspect", table)
    meter.measure("inspect --target", rows, "inspect", table, "--target", "target")
    config, out = directory / "table.train.yaml", directory / "table.bin"
    learn = ["train", config, "--out", out, "--data", table]
    write_table_config(config, ["n00", "color", "size"])
    meter.measure("train, 3 columns", rows, *learn)
    write_table_config(config, COLUMNS[:-1])
    meter.measure("train, all columns", rows, *learn)
    # A row that is refused, behind all the others: they are read, and nothing is learned.
    end = directory / "end.csv"
    end.write_text(",".join(COLUMNS) + "\n" + ",".join(["no number"] * len(COLUMNS)) + "\n")
    meter.measure("train, reading alone", rows, *learn, end, expect=BAD_DATA)
    measure_replay(meter, directory, table, config, rows)
    table.unlink()


def measure_replay(meter, directory, table, config, rows):
    with running_broker(directory / "broker") as broker:
        broker.create_topics({"rows": 4})
        pid = int((broker.directory / "broker.pid").read_text())
        meter.measure(
            "replay", rows, "replay", table, "--bootstrap", broker.bootstrap, "--topic", "rows",
            "--schema", config, helper_pid=pid,
        )  # fmt: skip


def measure_training(meter, directory, arguments):
    """Both services as their configs have them; answers the seconds by service."""
    seconds = {}
    for service in ("churn", "taxi"):
        data = simulate(directory / f"{service}.csv", service, arguments.train_rows, arguments.seed)
        config = REPO / f"config/{service}.train.yaml"
        row = meter.measure(
            f"train {service}", arguments.train_rows, "train", config, "--data", data,
            "--out", directory / "service.bin",
        )  # fmt: skip
        seconds[service] = row["seconds"]
        data.unlink()
    return seconds


def measure_check(meter):
    for name in ("churn.yaml", "churn.train.yaml"):
        meter.measure(f"check {name}", None, "check", REPO / "config" / name)


# The report ---------------------------------------------------------------------


def goals(ratios, seconds):
    """What is asked for: name, found, limit."""
    memory = [
        (f"memory of score, {form}, many events to {FEW:,}", ratio, MEMORY_LIMIT)
        for form, ratio in ratios.items()
    ]
    times = [(f"train {service}, s", found, TRAIN_LIMIT_S) for service, found in seconds.items()]
    return memory + times


def table_of(rows):
    lines = [
        "| command | rows | peak MiB | s | CPU s | rows/s | others % |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        count = row["rows"]
        rate = f"{count / row['seconds']:,.0f}" if count else ""
        lines.append(
            f"| {row['command']} | {f'{count:,}' if count else ''} | {row['peak_mib']:.1f}"
            f" | {row['seconds']:.2f} | {row['cpu_seconds']:.2f} | {rate}"
            f" | {row['others_percent']:.0f} |"
        )
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=bounded(FEW, 10_000_000), default=1_000_000)
    parser.add_argument("--train-rows", type=bounded(1000, 1_000_000), default=TRAIN_ROWS)
    parser.add_argument("--seed", type=bounded(0, 2**32), default=1, help="of all data")
    parser.add_argument(
        "--build", type=Path, default=REPO / "build/release", help="folder with tidemill"
    )
    parser.add_argument("--json", action="store_true", help="the figures as JSON, no table")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # So that a kill unwinds, too, and leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["TIDEMILL_BIN"] = str(arguments.build / "tidemill")
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemill-files-")))
        os.environ["TIDEMILL_HOME"] = str(directory / "runs")
        meter = Meter(directory)
        measure_check(meter)
        ratios = measure_score(meter, directory, arguments)
        seconds = measure_training(meter, directory, arguments)
        measure_table(meter, directory, arguments)
    asked = goals(ratios, seconds)
    if arguments.json:
        goal_rows = [dict(zip(("goal", "found", "limit"), goal, strict=True)) for goal in asked]
        print(json.dumps({"seed": arguments.seed, "rows": meter.rows, "goals": goal_rows}, indent=2))
    else:
        print(f"seed {arguments.seed}\n\n{table_of(meter.rows)}\n")
        for name, found, limit in asked:
            verdict = "held" if found <= limit else "MISSED"
            print(f"{name}: {found:.3f}, at most {limit}: {verdict}")
    sys.exit(any(found > limit for _, found, limit in asked))


if __name__ == "__main__":
    main()
