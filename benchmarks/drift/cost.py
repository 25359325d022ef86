#!/usr/bin/env python3
"""CPU per event of `tidemill serve` with drift counted and with next to none of it, in turns.

Starts a broker of its own and stops all it started. README.md says what is measured and how.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "benchmarks/serving"))

import throughput  # noqa: E402  (it adds tests/integration)
from bounds import bounded  # noqa: E402
from harness import Tidemill, running_broker, serve_config  # noqa: E402

# No event of a benchmark is drawn. The draw itself and the thread that slides the windows stay:
# --without measures those, too.
OFF = {"sample": 1e-9}
KINDS = {
    "off": OFF,
    "fields": {},
    "tenth": {"sample": 0.1},
    "features": {"features": True},
}
DEFAULT_KINDS = ["off", "fields", "features"]
GOAL = 1.10
QUIET_PERCENT = 10


class DriftBench(throughput.Bench):
    """Runs scorers that differ in the section `drift` of their configs, or in their binary."""

    def __init__(self, broker, directory, build, without, workers):
        super().__init__(broker, directory, build / "floor")
        self.with_drift = build / "tidemill"
        self.without = without
        self.workers = workers

    @contextlib.contextmanager
    def running(self, name, events, predictions):
        if name == "floor":
            with super().running(name, events, predictions) as process:
                yield process
            return
        before = name == "without"
        overrides = {} if before else {"drift": KINDS[name]}
        config = serve_config(
            self.broker.bootstrap,
            predictions,
            topics={"events": events, "predictions": predictions},
            model=str(self.model),
            workers=self.workers,
            **overrides,
        )
        os.environ["TIDEMILL_BIN"] = str(self.without if before else self.with_drift)
        with Tidemill(config, self.directory / predictions) as scorer:
            yield scorer.process
            if not before:
                check_counted(scorer, name)
            if scorer.stop() != 0:
                raise AssertionError(scorer.stderr)


def check_counted(scorer, name):
    """Fails unless as many events were counted as the config says: else the figure means nothing."""
    scored = total(scorer, "tidemill_events_total", 'outcome="scored"')
    counted = total(scorer, "tidemill_score_bin_total")
    expected = KINDS[name].get("sample", 1.0) * scored
    if abs(counted - expected) > 0.1 * expected + 5:
        raise AssertionError(f"{name}: {counted:.0f} of {scored:.0f} events counted")


def total(scorer, metric, label=""):
    """Over the series of a metric that have the label."""
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in scorer.metrics().splitlines()
        if line.startswith(metric + "{") and label in line
    )


def measure(bench, arguments, names):
    events = "events"
    path = throughput.simulate(bench.directory, arguments.events)
    bench.create_topic(events)
    throughput.load(bench, events, path, arguments.events)
    path.unlink()
    throughput.throughput_round(bench, "floor", 0, events, arguments.events)  # warms up
    rows = []
    for number in range(1, arguments.rounds + 1):
        # Every other round backwards, so that none is always first.
        for name in names if number % 2 else names[::-1]:
            throughput.settle(arguments.settle)
            row = throughput.throughput_round(bench, name, number, events, arguments.events)
            rows.append(row)
            print(
                f"round {number} {name:9} {row['cpu_us_per_event']:6.3f} us CPU/event"
                f"  {row['events_per_s']:9,.0f} events/s  others {row['others_percent']:3.0f} %",
                file=sys.stderr,
                flush=True,
            )
    return rows


def table(rows, base):
    """Medians with minimum and maximum; ratios are taken within a round."""
    beside = {row["round"]: row["cpu_us_per_event"] for row in rows if row["scorer"] == base}
    lines = [
        f"| drift | CPU us/event | CPU / that of {base} | events/s | peak RSS MB | others % |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["scorer"] for row in rows):
        mine = [row for row in rows if row["scorer"] == name]

        def column(key, digits, mine=mine):
            return throughput.spread([row[key] for row in mine], digits)

        ratios = [row["cpu_us_per_event"] / beside[row["round"]] for row in mine]
        lines.append(
            f"| {name} | {column('cpu_us_per_event', 2)} | {throughput.spread(ratios, 3)}"
            f" | {column('events_per_s', 0)} | {column('peak_rss_mb', 0)}"
            f" | {column('others_percent', 0)} |"
        )
        if name == "fields":
            verdict = "held" if statistics.median(ratios) <= GOAL else "MISSED"
            goal = f"goal: the fields at most {GOAL:.2f} times {base}: {verdict}"
    disturbed = max(row["others_percent"] for row in rows) > QUIET_PERCENT
    note = ["DISTURBED: others used the machine; measure again"] if disturbed else []
    return "\n".join([*lines, "", goal, *note])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    throughput.add_common_arguments(parser)
    parser.add_argument("--workers", type=bounded(1, 64), default=1)
    parser.add_argument(
        "--kinds", nargs="+", choices=sorted(KINDS), default=DEFAULT_KINDS, help="to take turns"
    )
    parser.add_argument(
        "--without",
        type=Path,
        metavar="TIDEMILL",
        help="a binary from before drift was counted, to compare with instead of `off`",
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # So that a kill unwinds, too, and leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["TIDEMILL_BIN"] = str(arguments.build / "tidemill")
    base = "without" if arguments.without else "off"
    names = list(dict.fromkeys([base, "fields", *arguments.kinds]))
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemill-drift-")))
        broker = stack.enter_context(running_broker(directory / "broker"))
        bench = DriftBench(
            broker, directory, arguments.build, arguments.without, arguments.workers
        )
        stack.callback(bench.client.close)
        rows = measure(bench, arguments, names)
    print(json.dumps(rows, indent=2) if arguments.json else table(rows, base))


if __name__ == "__main__":
    main()
