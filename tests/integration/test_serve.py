"""The scorer on a real broker: every event ends as one prediction or one dead letter."""

import json
import signal
import socket
import subprocess
import threading
import time

import pytest
from confluent_kafka import Producer

from harness import (
    Broker,
    Input,
    Tidemill,
    assert_conserved,
    queue_all,
    serve_config,
    wait_until,
)
from models import real_churn_events, run, score_offline, simulated_events


def topics_of(prefix, partitions=4):
    return {f"{prefix}.{name}": partitions for name in ("events", "predictions", "dead-letters")}


def keyed(events):
    """Records with keys, so that all partitions are used."""
    return [Input(event, key=b"k%d" % (i % 97)) for i, event in enumerate(events)]


def outputs_of(broker, prefix, count):
    """Predictions and dead letters, once there are `count` of them in all."""
    group = f"{prefix}.scorer"
    topic = f"{prefix}.events"

    def all_committed():
        offsets = broker.committed_offsets(group, topic)
        return sum(offsets.values()) >= count

    wait_until(all_committed, 60, "committed offsets", interval=0.2)
    return broker.read_all(f"{prefix}.predictions"), broker.read_all(f"{prefix}.dead-letters")


def assert_in_order(records):
    """Per output partition, the source offsets of a source partition rise."""
    last = {}
    for record in records:
        topic, partition, offset = record.header("tidemill.source").rsplit("/", 2)
        place = (record.partition, topic, partition)
        assert last.get(place, -1) < int(offset), f"{record.id} comes after {last[place]}"
        last[place] = int(offset)


def compare_with_offline(inputs, predictions, dead_letters, offline):
    """The same score to the last digit, and the same reason, as `tidemill score` gives."""
    line_of = {record.id: line for line, record in enumerate(inputs)}
    for record in predictions:
        expected = offline[line_of[record.header("tidemill.source")]]
        got = record.json()
        for name in ("event_id", "service", "model", "version", "variant", "score", "label"):
            if name == "event_id" and expected["event_id"] == expected["id"]:
                continue  # without an id in the event each is its own id
            assert got.get(name) == expected.get(name), (name, got, expected)
        # Not only the number: the digits.
        assert f'"score":{json.dumps(expected["score"])}'.encode() in record.value or (
            str(expected["score"]).encode() in record.value
        )
    for record in dead_letters:
        expected = offline[line_of[record.header("tidemill.source")]]
        assert record.header("tidemill.stage") == expected["stage"]
        assert record.header("tidemill.reason") == expected["reason"]


def run_service(broker, prefix, model, events, tmp_path, **overrides):
    """Half the events before the scorer starts, half while it runs; stops it in order."""
    broker.create_topics(topics_of(prefix))
    config = serve_config(broker.bootstrap, prefix, model=str(model), workers=2, **overrides)
    half = len(events) // 2
    inputs = broker.produce(f"{prefix}.events", keyed(events[:half]))
    with Tidemill(config, tmp_path / "scorer") as scorer:
        scorer.wait_ready()
        inputs += broker.produce(f"{prefix}.events", keyed(events)[half:])
        predictions, dead_letters = outputs_of(broker, prefix, len(events))
        metrics = scorer.metrics()
        assert scorer.stop() == 0, scorer.stderr
    return inputs, predictions, dead_letters, metrics


def metric_sum(text, start):
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(start)
    )


def test_churn_events_with_poison_are_all_accounted_for(
    broker, topic_prefix, churn_model, tmp_path
):
    count = 20_000
    events = simulated_events("churn", count, tmp_path, poison=0.01)
    real = real_churn_events(count)
    if real is not None:
        # The poison of the simulator, the real rows elsewhere.
        clean = simulated_events("churn", count, tmp_path)
        events = [r if e == c else e for e, c, r in zip(events, clean, real, strict=True)]
    inputs, predictions, dead_letters, metrics = run_service(
        broker, topic_prefix, churn_model, events, tmp_path
    )
    assert_conserved(inputs, predictions, dead_letters)
    assert_in_order(predictions)
    assert_in_order(dead_letters)
    assert 100 <= len(dead_letters) <= 300
    offline = score_offline(churn_model, events, tmp_path)
    compare_with_offline(inputs, predictions, dead_letters, offline)
    assert metric_sum(metrics, 'tidemill_events_total{outcome="scored"') == len(predictions)
    assert metric_sum(metrics, 'tidemill_events_total{outcome="dead_letter"') == len(dead_letters)
    assert metric_sum(metrics, "tidemill_dead_letters_total{") == len(dead_letters)


def test_outputs_carry_key_time_partition_and_headers(broker, topic_prefix, churn_model, tmp_path):
    event = simulated_events("churn", 1, tmp_path)[0]
    broker.create_topics(topics_of(topic_prefix))
    made = [
        Input(event, key=b"k", headers=(("traceparent", b"00-aa-bb-01"), ("x", b"1")),
              timestamp_ms=1_600_000_000_123, partition=3),
        Input(b"{broken", key=b"\xff\x00", headers=(("x", b"1"),),
              timestamp_ms=1_600_000_000_456, partition=2),
    ]  # fmt: skip
    config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model))
    with Tidemill(config, tmp_path / "scorer") as scorer:
        broker.produce(f"{topic_prefix}.events", made)
        predictions, dead_letters = outputs_of(broker, topic_prefix, 2)
        assert scorer.stop() == 0
    (prediction,) = predictions
    assert (prediction.key, prediction.partition) == (b"k", 3)
    assert prediction.timestamp_ms == 1_600_000_000_123
    assert prediction.header("traceparent") == "00-aa-bb-01"
    assert prediction.header("tidemill.model") == "churn@0"
    value = prediction.json()
    assert list(value) == [
        "id", "event_id", "service", "model", "version", "variant", "score", "label",
        "event_time", "scored_time",
    ]  # fmt: skip
    assert value["id"] == f"{topic_prefix}.events/3/0"
    assert value["event_time"] == "2020-09-13T12:26:40.123000Z"
    (letter,) = dead_letters
    assert (letter.key, letter.partition, letter.value) == (b"\xff\x00", 2, b"{broken")
    assert letter.timestamp_ms == 1_600_000_000_456
    assert letter.header("x") == "1"
    assert letter.header("__streams.errors.topic") == f"{topic_prefix}.events"
    assert letter.header("__streams.errors.partition") == "2"
    assert letter.header("__streams.errors.offset") == "0"
    assert letter.header("tidemill.stage") == "parse"
    assert letter.header("tidemill.reason") == "invalid_json"


def test_taxi_rides_are_all_accounted_for(broker, topic_prefix, taxi_model, tmp_path):
    events = simulated_events("taxi", 5_000, tmp_path, poison=0.01)
    inputs, predictions, dead_letters, _ = run_service(
        broker, topic_prefix, taxi_model, events, tmp_path, service="taxi"
    )
    assert_conserved(inputs, predictions, dead_letters)
    offline = score_offline(taxi_model, events, tmp_path)
    compare_with_offline(inputs, predictions, dead_letters, offline)


class Load:
    """Produces events from a thread until told to stop."""

    def __init__(self, broker, topic, events):
        self.inputs = []
        self._stop = threading.Event()
        self._broker = broker
        self._topic = topic
        self._events = keyed(events)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.inputs

    def _run(self):
        producer = Producer({"bootstrap.servers": self._broker.bootstrap, "linger.ms": 5})
        while not self._stop.is_set():
            records = queue_all(producer, self._topic, self._events)
            producer.flush(30)
            self.inputs += records


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_order_under_load_and_goes_on_without_a_repeat(
    broker, topic_prefix, churn_model, tmp_path, how
):
    broker.create_topics(topics_of(topic_prefix))
    events = simulated_events("churn", 500, tmp_path, poison=0.01)
    config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model), workers=2)
    scorer = Tidemill(config, tmp_path / "scorer")
    with Load(broker, f"{topic_prefix}.events", events) as load:
        for _ in range(3):
            with scorer:
                scorer.wait_ready()
                before = metric_sum(scorer.metrics(), "tidemill_events_total{")
                wait_until(
                    lambda start=before: metric_sum(scorer.metrics(), "tidemill_events_total{")
                    > start + 2000,
                    20,
                    "progress under load",
                )
                asked = time.monotonic()
                scorer.process.send_signal(how)
                assert scorer.wait() == 0, scorer.stderr
                assert time.monotonic() - asked < 5.0
        inputs = load.stop()
    with scorer:
        predictions, dead_letters = outputs_of(broker, topic_prefix, len(inputs))
        assert scorer.stop() == 0
    assert_conserved(inputs, predictions, dead_letters)


def test_a_rebalance_repeats_nothing(broker, topic_prefix, churn_model, tmp_path):
    broker.create_topics(topics_of(topic_prefix))
    events = simulated_events("churn", 500, tmp_path)
    first = serve_config(
        broker.bootstrap, topic_prefix, model=str(churn_model), instance="one", workers=1
    )
    second = serve_config(
        broker.bootstrap, topic_prefix, model=str(churn_model), instance="two", workers=2
    )
    with (
        Tidemill(first, tmp_path / "one") as one,
        Load(broker, f"{topic_prefix}.events", events) as load,
    ):
        one.wait_ready()
        for _ in range(2):
            with Tidemill(second, tmp_path / "two") as two:
                two.wait_ready()
                wait_until(
                    lambda scorer=two: metric_sum(scorer.metrics(), "tidemill_events_total{") > 500,
                    30,
                    "work for the second instance",
                )
                assert two.stop() == 0, two.stderr
        inputs = load.stop()
        predictions, dead_letters = outputs_of(broker, topic_prefix, len(inputs))
        assert one.stop() == 0, one.stderr
    assert_conserved(inputs, predictions, dead_letters)


def test_waits_for_a_broker_that_is_not_there_yet(topic_prefix, churn_model, tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    try:
        broker.create_topics(topics_of(topic_prefix))
        broker.stop()
        config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model))
        with Tidemill(config, tmp_path / "scorer") as scorer:
            wait_until(
                lambda: broker.bootstrap in scorer.get("/v2/health/ready")[1],
                20,
                "an answer that says which broker is missing",
            )
            assert scorer.get("/v2/health/live")[0] == 200
            assert scorer.get("/v2/health/ready")[0] == 503
            assert broker.bootstrap in scorer.stderr
            broker.start()
            scorer.wait_ready(40)
            event = simulated_events("churn", 1, tmp_path)[0]
            inputs = broker.produce(f"{topic_prefix}.events", [event])
            assert_conserved(inputs, *outputs_of(broker, topic_prefix, 1))
            assert scorer.stop() == 0
    finally:
        broker.stop()


def test_ends_in_order_without_a_broker(churn_model, topic_prefix, tmp_path):
    config = serve_config("127.0.0.1:1", topic_prefix, model=str(churn_model), workers=2)
    with Tidemill(config, tmp_path / "scorer") as scorer:
        wait_until(lambda: scorer.get("/v2/health/live")[0] == 200, 10, "a live process")
        asked = time.monotonic()
        assert scorer.stop() == 0, scorer.stderr
        assert time.monotonic() - asked < 5.0


def test_survives_a_broker_that_goes_away(topic_prefix, churn_model, tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    try:
        broker.create_topics(topics_of(topic_prefix))
        events = simulated_events("churn", 2000, tmp_path)
        config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model), workers=2)
        with Tidemill(config, tmp_path / "scorer") as scorer:
            scorer.wait_ready()
            inputs = broker.produce(f"{topic_prefix}.events", keyed(events[:1000]))
            outputs_of(broker, topic_prefix, 1000)
            broker.stop()
            wait_until(lambda: scorer.get("/v2/health/ready")[0] == 503, 20, "not ready")
            broker.start()
            scorer.wait_ready(60)
            inputs += broker.produce(f"{topic_prefix}.events", keyed(events[1000:]))
            assert_conserved(inputs, *outputs_of(broker, topic_prefix, 2000))
            assert scorer.stop() == 0, scorer.stderr
    finally:
        broker.stop()


def test_names_the_topics_that_are_missing(broker, topic_prefix, churn_model, tmp_path):
    config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model))
    with Tidemill(config, tmp_path / "scorer") as scorer:
        wait_until(
            lambda: all(
                name in scorer.get("/v2/health/ready")[1] for name in topics_of(topic_prefix)
            ),
            20,
            "an answer that names the topics",
        )
        assert scorer.get("/v2/health/ready")[0] == 503
        assert "do not exist" in scorer.stderr
        broker.create_topics(topics_of(topic_prefix))
        scorer.wait_ready()
        assert scorer.stop() == 0


def test_creates_its_topics_when_told_to(broker, topic_prefix, churn_model, tmp_path):
    config = serve_config(
        broker.bootstrap, topic_prefix, model=str(churn_model), topics={"create": True}
    )
    with Tidemill(config, tmp_path / "scorer") as scorer:
        scorer.wait_ready()
        for name in [*topics_of(topic_prefix), f"{topic_prefix}.outcomes"]:
            assert broker.partitions(name) >= 1
        assert scorer.stop() == 0


def test_a_prediction_the_broker_refuses_becomes_a_dead_letter(
    broker, topic_prefix, churn_model, tmp_path
):
    broker.create_topics({f"{topic_prefix}.events": 1, f"{topic_prefix}.dead-letters": 1})
    broker.create_topics({f"{topic_prefix}.predictions": 1}, {"max.message.bytes": "1500"})
    template = json.loads(simulated_events("churn", 1, tmp_path)[0])
    events = []
    for i in range(200):
        long_id = "x" * 3000 if i % 20 == 10 else f"id-{i}"
        events.append(json.dumps({**template, "customerID": long_id}).encode())
    config = serve_config(
        broker.bootstrap,
        topic_prefix,
        model=str(churn_model),
        kafka={"producer": {"batch.size": 1000}},
    )
    with Tidemill(config, tmp_path / "scorer") as scorer:
        inputs = broker.produce(f"{topic_prefix}.events", events)
        predictions, dead_letters = outputs_of(broker, topic_prefix, len(events))
        assert scorer.stop() == 0
    assert_conserved(inputs, predictions, dead_letters)
    assert len(dead_letters) == 10
    for letter in dead_letters:
        assert letter.header("tidemill.stage") == "produce"
        assert letter.header("tidemill.reason") == "record_too_large"


def test_live_metrics_pass_promtool(broker, topic_prefix, churn_model, tmp_path):
    events = simulated_events("churn", 300, tmp_path, poison=0.1)
    _, _, _, metrics = run_service(broker, topic_prefix, churn_model, events, tmp_path)
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0 and not done.stdout and not done.stderr, done.stdout + done.stderr
    assert 'tidemill_kafka_consumer_lag_records{' in metrics
    for line in metrics.splitlines():
        if line.startswith("tidemill_kafka_consumer_lag_records{"):
            assert float(line.rsplit(" ", 1)[1]) >= 0


def test_a_port_in_use_is_named(topic_prefix, churn_model, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for key in ("metrics", "http"):
            config = serve_config(
                "127.0.0.1:1", topic_prefix, model=str(churn_model), **{key: {"listen": address}}
            )
            with Tidemill(config, tmp_path / key) as scorer:
                assert scorer.wait() == 69
                assert address in scorer.stderr


def test_simulate_publishes_what_serve_scores(broker, topic_prefix, churn_model, tmp_path):
    broker.create_topics(topics_of(topic_prefix))
    config = serve_config(broker.bootstrap, topic_prefix, model=str(churn_model))
    with Tidemill(config, tmp_path / "scorer") as scorer:
        scorer.wait_ready()
        run(
            "simulate", "churn", "--bootstrap", broker.bootstrap, "--topic",
            f"{topic_prefix}.events", "--count", 500, "--rate", 2000, "--poison", 0.1,
        )  # fmt: skip
        predictions, dead_letters = outputs_of(broker, topic_prefix, 500)
        assert scorer.stop() == 0
    assert_conserved(broker.read_all(f"{topic_prefix}.events"), predictions, dead_letters)
    assert 20 < len(dead_letters) < 90
