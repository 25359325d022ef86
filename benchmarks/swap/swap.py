#!/usr/bin/env python3
"""What a swap of models costs who waits for answers, and whether every event is answered once.

Starts a broker, a scorer and a load of its own and stops all it started. README.md says what is
measured and how.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "tests/integration"), str(REPO / "benchmarks/serving")]

from bounds import bounded  # noqa: E402
from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from figures import Notes, offline_scores  # noqa: E402
from harness import Tidemill, running_broker, serve_config, wait_until  # noqa: E402
from models import run  # noqa: E402
from process_watch import Bystanders, cpu_seconds, settle  # noqa: E402
from registry import TOPIC, Registry, answers, canary, put  # noqa: E402
from report import evaluate, tables  # noqa: E402

LINES = 20_000  # different events, and different keys
POISON = 0.001  # their share that cannot be scored, so that dead letters are proven, too
FIRST_SWAPS = 10  # before the rounds; memory is read after them
PAUSE_S = 1.0  # between a round and the next
LARGE_PAUSE_S = 0.5  # from one swap to the next when a large model is one of the two
CANARY_SETTLE_S = 0.5
PERCENTS = (10, 30)
APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}
TOPICS = {"events": "events", "predictions": "predictions", "dead_letters": "dead-letters"}


def say(text):
    print(f"[{os.getloadavg()[0]:.1f}] {text}", file=sys.stderr, flush=True)


# What is measured with --------------------------------------------------------


def make_models(directory, arguments):
    """Two versions of as many trees, and a large one, all learned from the same rows."""
    rows = directory / "rows.jsonl"
    run("simulate", "churn", "--count", 8000, "--output", rows)
    versions = []
    for number, trees in enumerate((arguments.trees, arguments.trees, arguments.large_trees), 1):
        model = directory / f"churn-{number}.bin"
        run(
            "train", REPO / "config/churn.train.yaml", "--data", rows, "--out", model,
            "--seed", number, "--set", f"model.XGBClassifier.n_estimators={trees}",
        )  # fmt: skip
        versions.append(put(directory / "store", number, model))
    return versions


def make_events(directory):
    path = directory / "events.jsonl"
    run(
        "simulate", "churn", "--count", LINES, "--seed", 7, "--poison", POISON, "--no-labels",
        "--output", path,
    )  # fmt: skip
    return path


class Load:
    """swap_load while a `with` block runs; at its end every answer is there, or it was lost."""

    def __init__(self, binary, broker, events, rate, notes):
        self.command = [binary, broker.bootstrap, *TOPICS.values(), events, str(rate), notes]

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError(f"swap_load ended with {self.process.wait()}")
        return self

    def __exit__(self, kind, *exception):
        try:
            self.process.stdin.close()
            if kind is None and self.process.wait(60) != 0:
                raise AssertionError(f"swap_load ended with {self.process.returncode}")
        finally:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def scorer_process(broker, directory, first, arguments):
    """`tidemill serve` that follows the registry, ready."""
    config = serve_config(
        broker.bootstrap,
        "swap",
        topics=TOPICS,
        workers=arguments.workers,
        registry={
            "topic": TOPIC,
            "store": str(directory / "store"),
            "last_good": str(directory / "last-good"),
        },
        instance="swap-0",
    )
    with Tidemill(config, directory / "scorer") as scorer:
        # is_ready() fails when the process has ended; without a state it is never true.
        wait_until(
            lambda: scorer.is_ready() or broker.partitions(TOPIC), 30, "the registry's topic"
        )
        registry = Registry(broker.bootstrap)
        registry.deploy(first)
        try:
            yield scorer.wait_ready(), registry
        finally:
            registry.close()
        if scorer.stop() != 0:
            raise AssertionError(scorer.stderr[-4000:])


def resident_mb(scorer):
    found = re.search(r"^process_resident_memory_bytes\S* (\S+)$", scorer.metrics(), re.MULTILINE)
    return float(found[1]) / 2**20


def record_counts(broker, partitions):
    """Records of each topic, by partition."""
    client = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "benchmark-counter"})
    try:
        return {
            kind: [
                high - low
                for low, high in (
                    client.get_watermark_offsets(TopicPartition(topic, p), timeout=10)
                    for p in range(partitions)
                )
            ]
            for kind, topic in TOPICS.items()
        }
    finally:
        client.close()


# The phases -------------------------------------------------------------------


class Phases:
    """Everything that happens while the load lasts. Notes times of the monotonic clock, in s."""

    def __init__(self, scorer, registry, versions, pids, arguments):
        self.scorer = scorer
        self.registry = registry
        self.first, self.second, self.large = versions
        self.pids = pids
        self.arguments = arguments
        self.champion = self.first

    def swap(self, in_round):
        """Deploys the other one of the two."""
        self.champion = self.second if self.champion is self.first else self.first
        self.registry.deploy(self.champion, in_round=in_round)

    def swap_at_pace(self, count, in_round=False):
        start = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, start + number * self.arguments.pace - time.monotonic()))
            self.swap(in_round)
        time.sleep(max(0.0, start + count * self.arguments.pace - time.monotonic()))

    def cpu_seconds(self):
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    def round(self, number, kind, swaps):
        bystanders = Bystanders(*self.pids.values())
        before = self.cpu_seconds()
        load_average = os.getloadavg()[0]
        start = time.monotonic()
        if kind == "swapping":
            self.swap_at_pace(swaps, in_round=True)
        else:
            time.sleep(swaps * self.arguments.pace)
        end = time.monotonic()
        others = bystanders.percent()
        used = {name: cpu - before[name] for name, cpu in self.cpu_seconds().items()}
        say(f"round {number} {kind}: {end - start:.0f} s, others {others:.0f} %")
        time.sleep(PAUSE_S)
        return {
            "round": number,
            "kind": kind,
            "swaps": swaps if kind == "swapping" else 0,
            "start": start,
            "end": end,
            "next_start": time.monotonic(),
            "load_average": load_average,
            "others_percent": others,
            "cpu_percent": {name: 100 * cpu / (end - start) for name, cpu in used.items()},
        }

    def rounds(self):
        """Quiet, swapping, quiet, swapping ... with the swaps shared out among them."""
        count = self.arguments.rounds
        shares = [(self.arguments.swaps + i) // count for i in range(count)]
        return [
            self.round(number, kind, swaps)
            for number, swaps in enumerate(shares, 1)
            for kind in ("quiet", "swapping")
        ]

    def large_swaps(self):
        changes = []
        for _ in range(self.arguments.large_swaps):
            changes.append(self.registry.deploy(self.large))
            time.sleep(LARGE_PAUSE_S)
            self.registry.deploy(self.first)
            time.sleep(LARGE_PAUSE_S)
        self.champion = self.first
        return changes

    def canary(self, percent):
        """Long enough that every key comes."""
        self.registry.deploy(self.first, [canary(self.second, percent)])
        time.sleep(CANARY_SETTLE_S)
        start = time.monotonic()
        time.sleep(LINES / self.arguments.rate + 0.2)
        return start, time.monotonic()

    def run(self):
        say(f"load of {self.arguments.rate} events/s; warming up")
        time.sleep(self.arguments.warm_up)
        self.swap_at_pace(FIRST_SWAPS)
        time.sleep(PAUSE_S)
        seen = {"resident_mb": {f"after_{FIRST_SWAPS}": resident_mb(self.scorer)}}
        seen["rounds"] = self.rounds()
        swaps = FIRST_SWAPS + self.arguments.swaps
        seen["resident_mb"][f"after_{swaps}"] = resident_mb(self.scorer)
        say(f"{self.arguments.large_swaps} swaps to {self.arguments.large_trees} trees")
        seen["large"] = self.large_swaps()
        seen["large_end"] = time.monotonic()
        say("canary")
        seen["canaries"] = {percent: self.canary(percent) for percent in PERCENTS}
        return seen


@dataclass(frozen=True)
class Run:
    """All that is known when everything has stopped. Times are of the monotonic clock, in s."""

    rounds: list  # what Phases.round() noted, in order
    large: list  # the changes to the large model
    large_end: float
    canaries: dict  # percent: (start, end)
    resident_mb: dict
    changes: list  # all, in order
    said: dict  # the instance's last word by sequence
    notes: Notes
    proof: dict


def measure(directory, arguments):
    versions = make_models(directory, arguments)
    events = make_events(directory)
    notes = directory / "notes"
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(running_broker(directory / "broker"))
        names = {TOPICS["events"]: {}}
        names |= {TOPICS[kind]: APPEND_TIME for kind in ("predictions", "dead_letters")}
        for name, config in names.items():
            broker.create_topics({name: arguments.partitions}, config)
        with scorer_process(broker, directory, versions[0], arguments) as (scorer, registry):
            binary = arguments.build / "benchmarks/swap/swap_load"
            with Load(binary, broker, events, arguments.rate, notes) as load:
                broker_pid = int((broker.directory / "broker.pid").read_text())
                pids = {
                    "scorer": scorer.process.pid,
                    "load": load.process.pid,
                    "broker": broker_pid,
                }
                seen = Phases(scorer, registry, versions, pids, arguments).run()
        say("proving")
        # The scorer has drained: what it did twice would stand there now.
        ends = record_counts(broker, arguments.partitions)
        said = answers(broker)
    offline = {
        version.number: offline_scores(run, version.model, events, LINES, directory)
        for version in versions
    }
    found = Notes(notes, arguments.partitions)
    proof = found.proof(LINES, offline, ends)
    return Run(**seen, changes=registry.changes, said=said, notes=found, proof=proof)


# ------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    count, real = bounded(1, 100_000), bounded(0.05, 600, float)
    parser.add_argument("--swaps", type=count, default=500, help="in all rounds together")
    parser.add_argument("--pace", type=real, default=0.2, help="seconds from swap to swap")
    parser.add_argument("--rounds", type=bounded(1, 50), default=11)
    parser.add_argument("--rate", type=count, default=3000, help="events per second")
    parser.add_argument("--trees", type=count, default=200, help="of the two models")
    parser.add_argument("--large-trees", type=count, default=1000)
    parser.add_argument("--large-swaps", type=bounded(1, 1000), default=20)
    parser.add_argument("--warm-up", type=real, default=15, help="seconds before all swaps")
    parser.add_argument("--workers", type=bounded(1, 64), default=1)
    parser.add_argument("--partitions", type=bounded(1, 64), default=2)
    parser.add_argument(
        "--settle", type=bounded(0, 600), default=20, help="longest wait for quiet, s"
    )
    parser.add_argument("--build", type=Path, default=REPO / "build/bench")
    parser.add_argument("--tidemill", type=Path, help="the executable; default: BUILD/tidemill")
    parser.add_argument(
        "--json", action="store_true", help="print all as JSON; the tables go to standard error"
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # So that a kill unwinds, too, and leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["TIDEMILL_BIN"] = str(arguments.tidemill or arguments.build / "tidemill")
    settle(arguments.settle)
    arguments.load_average = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="tidemill-swap-") as directory:
        result = evaluate(measure(Path(directory), arguments), arguments)
    print(tables(result), file=sys.stderr if arguments.json else sys.stdout)
    if arguments.json:
        print(json.dumps(result, indent=2))
    # Times may be missed for the machine's sake, proofs never.
    sys.exit(any(row["limit"] == 0 and not row["held"] for row in result["goals"]))


if __name__ == "__main__":
    main()
