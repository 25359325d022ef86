#!/usr/bin/env python3
"""Events per second, CPU per event and latency of `tidemill serve`, beside a bare Kafka loop.

Starts a broker of its own and stops all it started. README.md says what is measured and how.
"""

import argparse
import contextlib
import itertools
import json
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests/integration"))

from bounds import bounded  # noqa: E402
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition  # noqa: E402
from harness import Tidemill, running_broker, serve_config, wait_until  # noqa: E402
from models import run, train  # noqa: E402
from process_watch import Bystanders, ProcessWatch, cpu_seconds, peak_rss_mb, settle  # noqa: E402

PARTITIONS = 4
LINGER_S = 0.005  # of both scorers: the first record waited so long for others
ROUND_LIMIT_S = 120
WARM_UP_S = 5
TRAILING_S = 10  # how long the reader waits for the last predictions
APPEND_TIME = {"message.timestamp.type": "LogAppendTime"}


# The two kinds of scorers ----------------------------------------------------


@contextlib.contextmanager
def running_floor(bootstrap, events, predictions, directory, binary):
    directory.mkdir(parents=True)
    with open(directory / "stderr.txt", "wb") as errors:
        process = subprocess.Popen(
            [binary, bootstrap, events, predictions, f"{predictions}.floor"],
            stdin=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        if process.wait(15) != 0:
            raise AssertionError((directory / "stderr.txt").read_text())
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running_serve(bootstrap, events, predictions, directory, model, workers):
    config = serve_config(
        bootstrap,
        predictions,
        topics={"events": events, "predictions": predictions},
        model=str(model),
        workers=workers,
    )
    with Tidemill(config, directory) as scorer:
        yield scorer.process
        if scorer.stop() != 0:
            raise AssertionError(scorer.stderr)


class Bench:
    def __init__(self, broker, directory, floor_binary):
        self.broker = broker
        self.directory = directory
        self.floor_binary = floor_binary
        self.broker_pid = int((broker.directory / "broker.pid").read_text())
        self.model = train("churn", directory)
        self.client = Consumer(
            {
                "bootstrap.servers": broker.bootstrap,
                "group.id": "benchmark-reader",
                "enable.auto.commit": False,
            }
        )

    def running(self, name, events, predictions):
        """A scorer that reads one topic and writes another, in a group of its own."""
        common = (self.broker.bootstrap, events, predictions, self.directory / predictions)
        if name == "floor":
            return running_floor(*common, binary=self.floor_binary)
        return running_serve(*common, model=self.model, workers=int(name.removeprefix("serve-")))

    def create_topic(self, name, config=None):
        self.broker.create_topics({name: PARTITIONS}, config)
        wait_until(lambda: self._has_leaders(name), what=f"leaders of {name}")

    def create_outputs(self, predictions):
        self.create_topic(predictions, APPEND_TIME)
        self.create_topic(f"{predictions}.dead-letters", APPEND_TIME)

    def _has_leaders(self, topic):
        try:
            return self._ends(topic)
        except KafkaException:
            return None

    def count(self, topic):
        """Records in the topic."""
        return sum(high - low for low, high in self._ends(topic))

    def _ends(self, topic):
        places = [TopicPartition(topic, p) for p in range(PARTITIONS)]
        return [self.client.get_watermark_offsets(place, timeout=10) for place in places]

    def append_time(self, topic, partition, offset):
        self.client.assign([TopicPartition(topic, partition, offset)])
        message = wait_until(lambda: self.client.poll(1), what="a record")
        self.client.unassign()
        if message.error():
            raise AssertionError(str(message.error()))
        return message.timestamp()[1] / 1000

    def first_and_last_append(self, topic):
        used = [(p, high) for p, (_, high) in enumerate(self._ends(topic)) if high > 0]
        first = min(self.append_time(topic, p, 0) for p, _ in used)
        last = max(self.append_time(topic, p, high - 1) for p, high in used)
        return first, last


# Throughput: all events are there before a scorer starts ----------------------


def simulate(directory, count):
    path = directory / "events.jsonl"
    run("simulate", "churn", "--count", count, "--seed", 7, "--no-labels", "--output", path)
    return path


def load(bench, topic, path, count):
    """Produces the file's events, each with its customer as key."""
    producer = Producer(
        {
            "bootstrap.servers": bench.broker.bootstrap,
            "linger.ms": 20,
            "batch.num.messages": 5000,
        }
    )
    with open(path, "rb") as lines:
        for line in lines:
            event = line.rstrip(b"\n")
            key = json.loads(event)["customerID"]
            while True:
                try:
                    producer.produce(topic, key=key, value=event)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
    producer.flush(60)
    if bench.count(topic) != count:
        raise AssertionError(f"loaded {bench.count(topic)} events, not {count}")


def throughput_round(bench, name, number, events, count):
    predictions = f"predictions-{name}-{number}"
    bench.create_outputs(predictions)
    with bench.running(name, events, predictions) as process, ProcessWatch(process.pid) as watch:
        bystanders = Bystanders(process.pid, bench.broker_pid)
        broker_before = cpu_seconds(bench.broker_pid)

        def all_out():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended with {process.returncode}")
            return bench.count(predictions) >= count

        wait_until(all_out, ROUND_LIMIT_S, f"{count} predictions of {name}", interval=0.02)
        seen = time.time()
        others = bystanders.percent()
        broker_cpu = cpu_seconds(bench.broker_pid) - broker_before
        rss = peak_rss_mb(process.pid)
        time.sleep(2 * ProcessWatch.INTERVAL_S)
    # The scorer has drained: what it did twice or refused would stand here now.
    written = (bench.count(predictions), bench.count(f"{predictions}.dead-letters"))
    if written != (count, 0):
        raise AssertionError(f"{name} wrote {written[0]} predictions, {written[1]} dead letters")
    first, last = bench.first_and_last_append(predictions)
    start = first - LINGER_S
    return {
        "scorer": name,
        "round": number,
        "events": count,
        "seconds": last - start,
        "events_per_s": count / (last - start),
        "cpu_us_per_event": (watch.cpu_at(seen) - watch.cpu_at(start)) / count * 1e6,
        "cpu_s_before_first": watch.cpu_at(start),
        "broker_cpu_us_per_event": broker_cpu / count * 1e6,
        "peak_rss_mb": rss,
        "others_percent": others,
    }


def measure_throughput(bench, arguments, names):
    events = "events"
    path = simulate(bench.directory, arguments.events)
    bench.create_topic(events)
    load(bench, events, path, arguments.events)
    path.unlink()
    throughput_round(bench, "floor", 0, events, arguments.events)  # warms up the broker
    rows = []
    for number in range(1, arguments.rounds + 1):
        for name in names:
            settle(arguments.settle)
            row = throughput_round(bench, name, number, events, arguments.events)
            rows.append(row)
            print(
                f"round {number} {name:8} {row['events_per_s']:9,.0f} events/s"
                f" {row['cpu_us_per_event']:6.2f} us CPU/event"
                f" {row['peak_rss_mb']:5.0f} MB  others {row['others_percent']:3.0f} %",
                file=sys.stderr,
                flush=True,
            )
    return rows


def spread(values, digits):
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def throughput_table(rows):
    """Medians with minimum and maximum; ratios are taken within a round."""
    lines = [
        "| scorer | events/s | CPU us/event | CPU / floor's | events/s / floor's | peak RSS MB"
        " | broker CPU us/event | others % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    floor = {row["round"]: row for row in rows if row["scorer"] == "floor"}
    for name in dict.fromkeys(row["scorer"] for row in rows):
        mine = [row for row in rows if row["scorer"] == name]

        def column(key, digits, mine=mine):
            return spread([row[key] for row in mine], digits)

        def ratio(key, mine=mine):
            return spread([row[key] / floor[row["round"]][key] for row in mine], 2)

        lines.append(
            f"| {name} | {column('events_per_s', 0)} | {column('cpu_us_per_event', 2)}"
            f" | {ratio('cpu_us_per_event')} | {ratio('events_per_s')}"
            f" | {column('peak_rss_mb', 0)} | {column('broker_cpu_us_per_event', 2)}"
            f" | {column('others_percent', 0)} |"
        )
    return "\n".join(lines)


# Pace: events come at a steady rate -------------------------------------------


def send_on_schedule(bootstrap, topic, path, rate, count, start):
    """Sends event n at start + n / rate, with n as its key. Runs in a process of its own."""
    with open(path, "rb") as lines:
        events = [line.rstrip(b"\n") for line in lines]
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0.5})
    for number, event in zip(range(count), itertools.cycle(events)):
        due = start + number / rate
        while (wait := due - time.monotonic()) > 0:
            producer.poll(0)
            time.sleep(min(0.0005, wait))
        producer.produce(topic, key=b"%d" % number, value=event)
    producer.flush(30)


def read_latencies(bench, topic, rate, count, start):
    """Seconds from each event's due time to the moment its prediction is read; None if never."""
    latencies = [None] * count
    missing, doubled = count, 0
    reader = Consumer(
        {
            "bootstrap.servers": bench.broker.bootstrap,
            "group.id": "benchmark-latency",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    try:
        reader.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
        deadline = start + count / rate + TRAILING_S
        while missing and time.monotonic() < deadline:
            message = reader.poll(0.1)
            if message is None or message.error() or message.key() == b"probe":
                continue
            now = time.monotonic()
            number = int(message.key())
            if latencies[number] is None:
                latencies[number] = now - (start + number / rate)
                missing -= 1
            else:
                doubled += 1
    finally:
        reader.close()
    return latencies, doubled


def paced_round(bench, name, number, path, rate, seconds):
    events, predictions = f"paced-{name}-{number}", f"paced-predictions-{name}-{number}"
    bench.create_topic(events)
    bench.create_outputs(predictions)
    count = rate * (WARM_UP_S + seconds)
    with bench.running(name, events, predictions) as process:
        # With one event through, all has been joined, loaded and connected.
        with open(path, "rb") as lines:
            probe = lines.readline().rstrip(b"\n")
        producer = Producer({"bootstrap.servers": bench.broker.bootstrap})
        producer.produce(events, key=b"probe", value=probe)
        producer.flush(30)
        wait_until(lambda: bench.count(predictions) >= 1, 30, f"a prediction of {name}")

        start = time.monotonic() + 2  # the sender has to start and to read the file
        sender = multiprocessing.get_context("spawn").Process(
            target=send_on_schedule,
            args=(bench.broker.bootstrap, events, path, rate, count, start),
            daemon=True,
        )
        sender.start()
        try:
            bystanders = Bystanders(process.pid, bench.broker_pid, sender.pid)
            cpu_before = cpu_seconds(process.pid)
            latencies, doubled = read_latencies(bench, predictions, rate, count, start)
            cpu = cpu_seconds(process.pid) - cpu_before
            rss = peak_rss_mb(process.pid)
            others = bystanders.percent()
            sender.join(10)
        finally:
            sender.kill()
            sender.join()
    counted = latencies[rate * WARM_UP_S :]
    measured = sorted(1000 * latency for latency in counted if latency is not None)
    if not measured:
        raise AssertionError(f"no prediction of {name} arrived")

    def quantile(share):
        return measured[min(len(measured) - 1, int(share * len(measured)))]

    return {
        "scorer": name,
        "round": number,
        "rate": rate,
        "events": len(counted),
        "missing": len(counted) - len(measured),
        "doubled": doubled,
        "p50_ms": quantile(0.5),
        "p99_ms": quantile(0.99),
        "p999_ms": quantile(0.999),
        "max_ms": measured[-1],
        "cpu_percent_of_a_core": 100 * cpu * rate / count,
        "peak_rss_mb": rss,
        "others_percent": others,
    }


def measure_pace(bench, arguments, names):
    path = simulate(bench.directory, 20_000)
    paced_round(bench, "floor", 0, path, arguments.pace, 5)  # warms up the broker
    rows = []
    for number in range(1, arguments.rounds + 1):
        for name in names:
            settle(arguments.settle)
            row = paced_round(bench, name, number, path, arguments.pace, arguments.seconds)
            rows.append(row)
            print(f"round {number} {name}: p99 {row['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
    return rows


def pace_table(rows):
    lines = [
        "| scorer | round | p50 ms | p99 ms | p99.9 ms | max ms | missing | doubled"
        " | CPU % of a core | peak RSS MB | others % |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: (row["scorer"], row["round"])):
        lines.append(
            f"| {row['scorer']} | {row['round']} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f}"
            f" | {row['p999_ms']:.1f} | {row['max_ms']:.1f} | {row['missing']} | {row['doubled']}"
            f" | {row['cpu_percent_of_a_core']:.0f} | {row['peak_rss_mb']:.0f}"
            f" | {row['others_percent']:.0f} |"
        )
    return "\n".join(lines)


# ------------------------------------------------------------------------------


def add_common_arguments(parser):
    """Those of every benchmark that runs scorers in turns."""
    parser.add_argument("--events", type=bounded(1000, 5_000_000), default=300_000)
    parser.add_argument("--rounds", type=bounded(1, 20), default=3)
    parser.add_argument(
        "--settle", type=bounded(0, 600), default=20, help="longest wait for a quiet machine, s"
    )
    parser.add_argument(
        "--build", type=Path, default=REPO / "build/bench", help="folder with tidemill and floor"
    )
    parser.add_argument("--json", action="store_true", help="the rows as JSON, no table")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add_common_arguments(parser)
    parser.add_argument(
        "--workers", type=bounded(1, 64), nargs="+", default=[1], help="of serve, e.g. 1 2"
    )
    parser.add_argument(
        "--pace", type=bounded(1, 20_000), metavar="RATE", help="measure latency at RATE events/s"
    )
    parser.add_argument("--seconds", type=bounded(1, 600), default=20, help="of a paced round")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # So that a kill unwinds, too, and leaves nothing behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["TIDEMILL_BIN"] = str(arguments.build / "tidemill")
    names = ["floor", *(f"serve-{workers}" for workers in arguments.workers)]
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidemill-bench-")))
        broker = stack.enter_context(running_broker(directory / "broker"))
        bench = Bench(broker, directory, arguments.build / "floor")
        stack.callback(bench.client.close)
        if arguments.pace:
            rows, table = measure_pace(bench, arguments, names), pace_table
        else:
            rows, table = measure_throughput(bench, arguments, names), throughput_table
    print(json.dumps(rows, indent=2) if arguments.json else table(rows))


if __name__ == "__main__":
    main()
