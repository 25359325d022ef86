"""Several instances on four partitions: what planned and unplanned changes cost, counted.

A planned change (an instance more or less, a partition more) repeats nothing. A crash may repeat what was not committed,
with the same `id` and the same bytes. Nothing is ever lost, and the outputs of a partition stand in its order.
"""

import contextlib
import time

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from harness import Tidemill, assert_conserved, serve_config, series, wait_until
from models import simulated_events
from test_serve import Load, assert_in_order, outputs_of, topics_of

# Shorter than the defaults of 10 s and of 60 s, so that the tests need not wait for them.
SESSION = {
    "session.timeout.ms": 3000,
    "heartbeat.interval.ms": 300,
    "topic.metadata.refresh.interval.ms": 1000,
}


class PacedLoad(Load):
    """At most so many events a second, so that a run has bounded size."""

    def __init__(self, broker, topic, events, rate=4000):
        super().__init__(broker, topic, events)
        self._pause = len(events) / rate

    def _run(self):
        events = self._events
        while not self._stop.is_set():
            due = time.monotonic() + self._pause
            # A broker that is away is no news here.
            self.inputs += self._broker.produce(self._topic, events, {"log_level": 2})
            self._stop.wait(max(0.0, due - time.monotonic()))


class Group:
    """Instances of one service, by name."""

    def __init__(self, broker, prefix, model, directory, **overrides):
        self.broker = broker
        self.prefix = prefix
        self.directory = directory
        self.overrides = {"model": str(model), "workers": 1, "commit_interval": "200ms", **overrides}
        self.running = {}
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def start(self, name):
        config = serve_config(
            self.broker.bootstrap, self.prefix, instance=name,
            **{**self.overrides, "kafka": {**self.overrides.get("kafka", {}), "properties": SESSION}},
        )  # fmt: skip
        scorer = self.stack.enter_context(Tidemill(config, self.directory / name))
        scorer.wait_ready()
        self.running[name] = scorer
        return scorer

    def stop(self, name):
        scorer = self.running.pop(name)
        assert scorer.stop() == 0, scorer.stderr

    def kill(self, name):
        self.running.pop(name).kill()

    def assigned(self):
        """How many partitions each running instance holds."""
        return {
            name: int(sum(value for _, value in series(scorer.metrics(), ASSIGNED)))
            for name, scorer in self.running.items()
        }

    def wait_assigned(self, partitions=4):
        """Until the running instances hold all partitions, none of them without."""
        wait_until(
            lambda: (held := self.assigned())
            and sum(held.values()) == partitions
            and min(held.values()) > 0,
            30,
            f"{partitions} partitions over {sorted(self.running)}",
            interval=0.1,
        )

    def wait_progress(self, events=300):
        """Until every running instance has read so many events more."""
        before = {name: events_of(scorer) for name, scorer in self.running.items()}
        for name, scorer in self.running.items():
            wait_until(
                lambda name=name, scorer=scorer: events_of(scorer) >= before[name] + events,
                30,
                f"progress of {name}",
                interval=0.05,
            )


ASSIGNED = "tidemill_kafka_assigned_partitions"


def events_of(scorer):
    return sum(value for _, value in series(scorer.metrics(), "tidemill_events_total"))


def without_repeats(records):
    """The first of each source; a repeat must be the same bytes. Also how many repeats there were."""
    first = {}
    for record in records:
        known = first.setdefault(record.header("tidemill.source"), record)
        if known is not record:
            assert stable_part(known) == stable_part(record), (known, record)
    return list(first.values()), len(records) - len(first)


def stable_part(record):
    """All of an output but the time at which it was scored."""
    content = record.json() if record.value and record.header("tidemill.stage") is None else {}
    return {**content, "scored_time": None} if content else record.value


def judge(group, inputs, repeats_allowed=False):
    """Counts every input once among the outputs, in order; returns how many outputs were repeats."""
    predictions, dead_letters = outputs_of(group.broker, group.prefix, len(inputs))
    repeats = 0
    if repeats_allowed:
        predictions, repeats = without_repeats(predictions)
        dead_letters, more = without_repeats(dead_letters)
        repeats += more
    assert_conserved(inputs, predictions, dead_letters)
    assert_in_order(predictions)
    assert_in_order(dead_letters)
    print(
        f"\n{len(inputs)} events = {len(predictions)} predictions + {len(dead_letters)} dead letters;"
        f" lost 0, repeated {repeats}, out of order 0"
    )
    return repeats


@pytest.fixture
def events(tmp_path):
    return simulated_events("churn", 500, tmp_path, poison=0.01)


def test_four_instances_come_and_go(broker, topic_prefix, churn_model, tmp_path, events):
    broker.create_topics(topics_of(topic_prefix))
    with (
        Group(broker, topic_prefix, churn_model, tmp_path) as group,
        PacedLoad(broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two", "three", "four"):
            group.start(name)
            group.wait_assigned()
            group.wait_progress()
        for name in ("one", "two", "three"):
            group.stop(name)
            group.wait_assigned()
            group.wait_progress()
        group.start("one")
        group.wait_assigned()
        inputs = load.stop()
        judge(group, inputs)
        for name in list(group.running):
            group.stop(name)


def test_a_killed_instance_loses_nothing(broker, topic_prefix, churn_model, tmp_path, events):
    broker.create_topics(topics_of(topic_prefix))
    with (
        Group(broker, topic_prefix, churn_model, tmp_path) as group,
        PacedLoad(broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two", "three"):
            group.start(name)
        group.wait_assigned()
        for victim in ("two", "three"):
            group.wait_progress()
            group.kill(victim)
            group.wait_assigned()
            group.wait_progress()
            group.start(victim)
            group.wait_assigned()
        inputs = load.stop()
        repeats = judge(group, inputs, repeats_allowed=True)
        # What was read since the last commit, 200 ms before, by one of three.
        assert repeats < len(inputs) / 10


def test_added_partitions_are_served(broker, topic_prefix, churn_model, tmp_path, events):
    broker.create_topics(topics_of(topic_prefix))
    with Group(broker, topic_prefix, churn_model, tmp_path) as group:
        for name in ("one", "two"):
            group.start(name)
        group.wait_assigned()
        with PacedLoad(broker, f"{topic_prefix}.events", events) as load:
            group.wait_progress()
            add_partitions(broker, f"{topic_prefix}.events", 6)
            group.wait_assigned(6)
            group.wait_progress()
            for name in ("predictions", "dead-letters"):
                add_partitions(broker, f"{topic_prefix}.{name}", 6)
            wait_until(
                lambda: {record.partition for record in load.inputs} == set(range(6)),
                30,
                "events in the new partitions",
            )
            group.wait_progress()
            inputs = load.stop()
        judge(group, inputs)


def add_partitions(broker, topic, count):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for future in admin.create_partitions([NewPartitions(topic, count)]).values():
        future.result(timeout=30)
    wait_until(lambda: broker.partitions(topic) == count, 10, f"{count} partitions of {topic}")


def test_a_restarted_broker_loses_nothing(
    own_broker, topic_prefix, churn_model, tmp_path, events
):
    own_broker.create_topics(topics_of(topic_prefix))
    with (
        Group(own_broker, topic_prefix, churn_model, tmp_path / "group") as group,
        PacedLoad(own_broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two", "three"):
            group.start(name)
        group.wait_assigned()
        group.wait_progress()
        for end in (own_broker.stop, own_broker.kill):
            end()
            wait_until(
                lambda: all(not scorer.is_ready() for scorer in group.running.values()),
                30,
                "instances that are not ready without a broker",
            )
            own_broker.start()
            for scorer in group.running.values():
                scorer.wait_ready(60)
            group.wait_progress()
        inputs = load.stop()
        judge(group, inputs, repeats_allowed=True)


def test_a_static_member_comes_back_to_its_partitions(
    broker, topic_prefix, churn_model, tmp_path, events
):
    broker.create_topics(topics_of(topic_prefix))
    members = {"kafka": {"static_membership": True}}
    with (
        Group(broker, topic_prefix, churn_model, tmp_path, **members) as group,
        PacedLoad(broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two"):
            group.start(name)
        group.wait_assigned()
        group.wait_progress()
        other = group.running["one"]
        before = rebalances_of(other)
        group.stop("two")
        group.start("two")
        group.wait_assigned()
        group.wait_progress()
        assert rebalances_of(other) == before
        inputs = load.stop()
        judge(group, inputs)


def rebalances_of(scorer):
    found = series(scorer.metrics(), "tidemill_kafka_rebalances_total")
    assert found
    return sum(value for _, value in found)
