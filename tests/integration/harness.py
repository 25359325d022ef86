"""What the integration tests use: a real broker, a running tidemill, and the conservation check."""

import collections
import contextlib
import json
import os
import re
import signal
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

REPO = Path(__file__).resolve().parents[2]
LIBRARY_ERRORS = (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT)


def tidemill_binary():
    return Path(os.environ.get("TIDEMILL_BIN", REPO / "build/release/tidemill")).resolve()


def free_port():
    """A port that is free now. Below the range of outgoing ports, so that it stays free longer."""
    for port in range(15000 + os.getpid() % 1000 + time.monotonic_ns() % 15000, 32700):
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


def wait_until(condition, timeout=10.0, what="the condition", interval=0.02):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not hold within {timeout} s; last result: {result!r}")
        time.sleep(interval)


@dataclass(frozen=True)
class Input:
    """A record to produce. Without a partition, the key decides."""

    value: bytes | None
    key: bytes | None = None
    headers: tuple = ()
    timestamp_ms: int | None = None
    partition: int | None = None


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple
    timestamp_ms: int

    @property
    def id(self):
        return f"{self.topic}/{self.partition}/{self.offset}"

    def header(self, name):
        """The text of the only header of that name, or None."""
        values = [value for key, value in self.headers if key == name]
        if len(values) > 1:
            raise AssertionError(f"{self.id} has {len(values)} headers {name}")
        return values[0].decode() if values else None

    def json(self):
        return json.loads(self.value)


def to_record(message):
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),
        timestamp_ms=message.timestamp()[1],
    )


@dataclass(frozen=True)
class Commit:
    """An offset that a group has committed, and when, by the broker's clock."""

    partition: int
    offset: int
    time_ms: int


@dataclass(frozen=True)
class Member:
    """A consumer of a group; its id is a new one whenever it joins as somebody new."""

    id: str
    partitions: frozenset


class Kafka:
    """A client of one broker. Each call opens what it needs and closes it again."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def _admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap})

    def create_topics(self, topics, config=None):
        """`topics` maps names to numbers of partitions."""
        new = [
            NewTopic(name, num_partitions=count, replication_factor=1, config=config or {})
            for name, count in topics.items()
        ]
        admin = self._admin()
        for future in admin.create_topics(new).values():
            future.result(timeout=30)
        # The controller has answered; the broker that clients ask may hear of it a little later.
        for name, count in topics.items():
            wait_until(lambda name=name, count=count: self.partitions(name) == count, 10, f"topic {name}")

    def delete_topic(self, topic):
        admin = self._admin()
        admin.delete_topics([topic])[topic].result(timeout=30)

    def partitions(self, topic):
        """How many partitions the topic has; 0 when there is no such topic."""
        found = self._admin().list_topics(topic, timeout=10).topics[topic]
        return 0 if found.error else len(found.partitions)

    def produce(self, topic, inputs, properties=None):
        """Produces `inputs` (Input or bare values) and returns them as records, in their order."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap, "enable.idempotence": True, **(properties or {})}
        )
        transactional = "transactional.id" in (properties or {})
        if transactional:
            producer.init_transactions()
            producer.begin_transaction()
        records = queue_all(producer, topic, inputs)
        if transactional:
            producer.commit_transaction()
        else:
            producer.flush(30)
        missing = sum(record is None for record in records)
        if missing:
            raise AssertionError(f"{missing} of {len(records)} records got no delivery report")
        return records

    def read_all(self, topic, count=0, timeout=30.0, read_committed=True):
        """Every record of the topic, by partition and offset.

        Waits until there are `count` of them and every partition was read to its end, at most for
        `timeout` seconds. May return more or fewer than `count`: the caller judges.
        """
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "harness-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed" if read_committed else "read_uncommitted",
                "fetch.wait.max.ms": 50,
            }
        )
        try:
            open_partitions = set(range(self.partitions(topic)))
            if not open_partitions:
                raise AssertionError(f"no topic {topic}")
            consumer.assign([TopicPartition(topic, p, 0) for p in sorted(open_partitions)])
            records = []
            deadline = time.monotonic() + timeout
            while (open_partitions or len(records) < count) and time.monotonic() < deadline:
                for message in consumer.consume(1000, timeout=0.1):
                    error = message.error()
                    if error is None:
                        records.append(to_record(message))
                        open_partitions.add(message.partition())
                    elif error.code() == KafkaError._PARTITION_EOF:
                        open_partitions.discard(message.partition())
                    elif error.code() not in LIBRARY_ERRORS:
                        raise KafkaException(error)
            return sorted(records, key=lambda record: (record.partition, record.offset))
        finally:
            consumer.close()

    def end_offsets(self, topic):
        """How far each partition is written: known at once also while somebody writes, unlike read_all()."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "harness-reader"})
        try:
            asked = [TopicPartition(topic, p) for p in range(self.partitions(topic))]
            return [consumer.get_watermark_offsets(partition, timeout=10)[1] for partition in asked]
        finally:
            consumer.close()

    def committed_offsets(self, group, topic):
        """The group's committed offset per partition, without the partitions that have none."""
        asked = [TopicPartition(topic, p) for p in range(self.partitions(topic))]
        request = ConsumerGroupTopicPartitions(group, asked)
        admin = self._admin()
        answer = admin.list_consumer_group_offsets([request])[group].result(timeout=10)
        return {p.partition: p.offset for p in answer.topic_partitions if p.offset >= 0}

    def commits(self, group, topic):
        """All that the group has ever committed for the topic, each partition's in order."""
        records = self.read_all("__consumer_offsets")
        return [
            Commit(place[2], struct.unpack_from(">q", record.value, 2)[0], record.timestamp_ms)
            for record in records
            if (place := commit_place(record)) and place[:2] == (group, topic)
        ]

    def members(self, group):
        """The group's members as the broker knows them, by client id."""
        admin = self._admin()  # an unnamed one would be gone before its answer
        described = admin.describe_consumer_groups([group])[group].result(timeout=10)
        return {
            member.client_id: Member(
                member.member_id,
                frozenset(p.partition for p in member.assignment.topic_partitions),
            )
            for member in described.members
        }


def commit_place(record):
    """Group, topic and partition of a record of __consumer_offsets; None when it is no commit."""
    (version,) = struct.unpack_from(">h", record.key)
    if version > 1 or record.value is None:  # 2 is a group's own state, no value a forgotten one
        return None
    texts, at = [], 2
    for _ in ("group", "topic"):
        (length,) = struct.unpack_from(">h", record.key, at)
        texts.append(record.key[at + 2 : at + 2 + length].decode())
        at += 2 + length
    return (*texts, *struct.unpack_from(">i", record.key, at))


def queue_all(producer, topic, inputs):
    """Hands `inputs` to a producer. The returned list fills with the delivery reports, in order."""
    inputs = [item if isinstance(item, Input) else Input(item) for item in inputs]
    records = [None] * len(inputs)

    def report_into(index):
        def on_delivery(error, message):
            if error is not None:
                raise KafkaException(error)
            records[index] = Record(
                topic=message.topic(),
                partition=message.partition(),
                offset=message.offset(),
                key=inputs[index].key,
                value=inputs[index].value,
                headers=tuple(inputs[index].headers),
                timestamp_ms=message.timestamp()[1],
            )

        return on_delivery

    for index, item in enumerate(inputs):
        optional = {"partition": item.partition, "timestamp": item.timestamp_ms}
        optional = {name: value for name, value in optional.items() if value is not None}
        while True:
            try:
                producer.produce(
                    topic,
                    key=item.key,
                    value=item.value,
                    headers=list(item.headers),
                    on_delivery=report_into(index),
                    **optional,
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    return records


class Broker(Kafka):
    """A broker of our own, with its data in `directory`."""

    SCRIPT = REPO / "scripts/kafka.sh"

    def __init__(self, directory, properties=()):
        super().__init__(bootstrap=None)
        self.directory = Path(directory)
        self.properties = list(properties)

    def _run(self, verb, *arguments):
        done = subprocess.run(
            [self.SCRIPT, verb, self.directory, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=90,
        )
        if done.returncode != 0:
            raise AssertionError(f"kafka.sh {verb}: {done.stderr.strip()}")
        return done.stdout.strip()

    def start(self):
        """Starts it, or brings it back with its data and port after stop() or kill()."""
        self.bootstrap = self._run("start", *self.properties)

    def stop(self):
        self._run("stop")

    def kill(self):
        self._run("kill")


class Tidemill:
    """A `tidemill serve` process with a config of its own, stopped at the end of a `with` block."""

    def __init__(self, config, directory, arguments=("serve",), environment=None):
        self.config = config
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config_file = self.directory / "tidemill.yaml"
        self.stderr_file = self.directory / "stderr.txt"
        self.stdout_file = self.directory / "stdout.txt"
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.kill()

    def start(self):
        # JSON is YAML, and needs no library here.
        self.config_file.write_text(json.dumps(self.config, indent=2))
        with open(self.stderr_file, "ab") as errors, open(self.stdout_file, "ab") as output:
            self.process = subprocess.Popen(
                [tidemill_binary(), *self.arguments, self.config_file],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env={**os.environ, **self.environment},
            )
        return self

    @property
    def stderr(self):
        return self.stderr_file.read_text(errors="replace")

    def get(self, url_path, listener="http", timeout=5.0):
        """The status and text that the process answers to a GET; status 0 without an answer."""
        url = f"http://{self.config[listener]['listen']}{url_path}"
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""

    def metrics(self):
        status, text = self.get("/metrics", listener="metrics")
        if status != 200:
            raise AssertionError(f"/metrics answered {status}")
        return text

    def is_ready(self):
        exit_code = self.process.poll()
        if exit_code is not None:
            raise AssertionError(f"tidemill ended with {exit_code}:\n{self.stderr[-4000:]}")
        return self.get("/v2/health/ready")[0] == 200

    def wait_ready(self, timeout=20.0):
        try:
            wait_until(self.is_ready, timeout, "readiness")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.stderr[-4000:]}") from None
        return self

    def stop(self, timeout=15.0):
        """Asks it to end in order and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout=15.0):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"tidemill did not end within {timeout} s:\n{self.stderr[-4000:]}"
            ) from None

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def unescape(text):
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text)


def series(text, name):
    """The labels and value of every series of that name."""
    found = []
    for line in text.splitlines():
        if line.startswith(name + "{"):
            labels, value = line[len(name) :].rsplit(" ", 1)
            found.append(
                ({key: unescape(raw) for key, raw in LABEL.findall(labels)}, float(value))
            )
    return found


def serve_config(bootstrap, prefix, **overrides):
    """A config for `serve` on topics and a group that start with `prefix`, on free ports."""
    config = {
        "service": "churn",
        "kafka": {"bootstrap": bootstrap, "group": f"{prefix}.scorer"},
        "topics": {
            "events": f"{prefix}.events",
            "predictions": f"{prefix}.predictions",
            "dead_letters": f"{prefix}.dead-letters",
            "outcomes": f"{prefix}.outcomes",
        },
        "metrics": {"listen": f"127.0.0.1:{free_port()}"},
        "http": {"listen": f"127.0.0.1:{free_port()}"},
    }
    for key, value in overrides.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            config[key] = {**config[key], **value}
        else:
            config[key] = value
    return config


def assert_conserved(inputs, predictions, dead_letters):
    """Every input stands exactly once in predictions and dead letters together, and nothing else does."""
    problems = []
    seen = collections.Counter()
    for kind, outputs in (("prediction", predictions), ("dead letter", dead_letters)):
        for output in outputs:
            source = output.header("tidemill.source")
            if source is None:
                problems.append(f"{kind} {output.id} has no header tidemill.source")
                continue
            seen[source] += 1
            if kind == "prediction" and output.json().get("id") != source:
                problems.append(
                    f"prediction {output.id} has id {output.json().get('id')!r}, header {source!r}"
                )
    expected = {record.id for record in inputs}
    problems += [f"lost: {source}" for source in sorted(expected - seen.keys())]
    problems += [f"doubled: {s} stands {n} times" for s, n in sorted(seen.items()) if n > 1]
    problems += [f"from no input: {source}" for source in sorted(seen.keys() - expected)]
    if problems:
        shown = "\n  ".join(problems[:20])
        raise AssertionError(
            f"{len(inputs)} inputs, {len(predictions)} predictions, {len(dead_letters)} dead letters,"
            f" {len(problems)} problems:\n  {shown}"
        )


@contextlib.contextmanager
def running_broker(directory, properties=()):
    broker = Broker(directory, properties)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
