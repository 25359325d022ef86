"""Several instances on four partitions: what planned and unplanned changes cost, counted.

A planned change (an instance more or less, a partition more) repeats nothing. A crash may repeat, once, what was in the
topic and not committed then, with the same bytes. Nothing is ever lost, and the outputs of a partition stand in its order.
"""

import collections
import contextlib
import re
import time
from dataclasses import dataclass, replace

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
    """At most so many events a second, so that a run has bounded size.

    They go to so many partitions in turn, so not where their keys lead; with 0, where those lead.
    """

    def __init__(self, broker, topic, events, rate=4000, partitions=4):
        super().__init__(broker, topic, events)
        self._pause = len(events) / rate
        if partitions:
            self._events = [
                replace(event, partition=i % partitions) for i, event in enumerate(self._events)
            ]

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
        self.overrides = {"model": str(model), "workers": 1, **overrides}
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

    def kill(self, name, load, answered):
        """Ends it without warning; answers which crash that was."""
        partitions = self.members()[name].partitions
        self.wait_between_commits(load, partitions)
        self.wait_progress(answered, [name])
        self.running.pop(name).kill()
        return crash_of(partitions)

    def members(self):
        """The broker's word, by instance, for one worker each."""
        members = self.broker.members(f"{self.prefix}.scorer")
        return {name.split("-")[2]: member for name, member in members.items()}

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

    def wait_progress(self, events=300, names=None):
        """Until these instances, or all that run, have each answered so many events more."""
        scorers = {name: self.running[name] for name in names or self.running}
        before = {name: events_of(scorer) for name, scorer in scorers.items()}
        for name, scorer in scorers.items():
            wait_until(
                lambda name=name, scorer=scorer: events_of(scorer) >= before[name] + events,
                30,
                f"progress of {name}",
                interval=0.05,
            )

    def uncommitted(self, ends):
        """How many records before these ends the group has not committed."""
        held = self.broker.committed_offsets(f"{self.prefix}.scorer", f"{self.prefix}.events")
        return sum(max(0, end - held.get(partition, 0)) for partition, end in ends.items())

    def wait_between_commits(self, load, partitions):
        """Until all that is in these partitions now is committed, and what came later is not."""

        def ends():
            return ends_of(r for r in list(load.inputs) if r.partition in partitions)

        there = ends()
        wait_until(lambda: not self.uncommitted(there), 30, f"commits up to {there}")
        wait_until(lambda: self.uncommitted(ends()), 30, "events to commit")


ASSIGNED = "tidemill_kafka_assigned_partitions"


def events_of(scorer):
    return sum(value for _, value in series(scorer.metrics(), "tidemill_events_total"))


def ends_of(records):
    """Per partition, the offset after the last of its records."""
    ends = {}
    for record in records:
        ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
    return ends


@dataclass(frozen=True)
class Crash:
    """What ended without warning held these partitions, and did nothing more after this time."""

    partitions: frozenset
    time_ms: float

    def may_repeat(self, inputs, commits):
        """The ids that were there to be read and not committed."""
        committed = {c.partition: c.offset for c in commits if c.time_ms <= self.time_ms}
        return [
            record.id
            for record in inputs
            if record.partition in self.partitions
            and record.timestamp_ms <= self.time_ms
            and record.offset >= committed.get(record.partition, 0)
        ]


def crash_of(partitions):
    return Crash(frozenset(partitions), time.time() * 1000)


def without_repeats(records):
    """The first of each source, and how often each was repeated; a repeat must be the same bytes."""
    first, repeats = {}, collections.Counter()
    for record in records:
        source = record.header("tidemill.source")
        known = first.setdefault(source, record)
        if known is not record:
            assert stable_part(known) == stable_part(record), (known, record)
            repeats[source] += 1
    return list(first.values()), repeats


SCORED_TIME = re.compile(rb'"scored_time":"[^"]*"')


def stable_part(record):
    """All of an output but its offset and the time at which it was scored."""
    content = record.value and SCORED_TIME.sub(b"", record.value)
    return record.partition, record.key, content, record.headers, record.timestamp_ms


def assert_beside_their_inputs(inputs, outputs):
    """Each in the partition of its input's number, with its key."""
    places = {record.id: (record.partition, record.key) for record in inputs}
    for record in outputs:
        source = record.header("tidemill.source")
        assert (record.partition, record.key) == places[source], record


def assert_commits_rise(commits):
    last = {}
    for commit in commits:
        assert commit.offset >= last.get(commit.partition, 0), (commit, last)
        last[commit.partition] = commit.offset


def judge(group, inputs, crashes=(), beside_inputs=True):
    """Counts every input once among the outputs, in order, and repeats as the crashes allow them."""
    predictions, dead_letters = outputs_of(group.broker, group.prefix, len(inputs))
    commits = group.broker.commits(f"{group.prefix}.scorer", f"{group.prefix}.events")
    assert_commits_rise(commits)
    predictions, repeats = without_repeats(predictions)
    dead_letters, more = without_repeats(dead_letters)
    repeats += more
    assert_conserved(inputs, predictions, dead_letters)
    for outputs in (predictions, dead_letters):
        assert_in_order(outputs)
        if beside_inputs:
            assert_beside_their_inputs(inputs, outputs)
    allowed = collections.Counter()
    for crash in crashes:
        allowed.update(crash.may_repeat(inputs, commits))
    print(
        f"\n{len(inputs)} events = {len(predictions)} predictions + {len(dead_letters)} dead letters;"
        f" lost 0, repeated {repeats.total()} of {allowed.total()} not committed, out of order 0"
    )
    too_many = repeats - allowed
    assert not too_many, f"repeated though committed, or too often: {sorted(too_many)[:10]}"


@pytest.fixture
def events(tmp_path):
    return simulated_events("churn", 500, tmp_path, poison=0.01)


def create_topics(broker, prefix):
    """Events bear the time at which the broker had them, to be compared with that of commits."""
    topics = topics_of(prefix)
    events = f"{prefix}.events"
    append_time = {"message.timestamp.type": "LogAppendTime"}
    broker.create_topics({events: topics.pop(events)}, append_time)
    broker.create_topics(topics)


def test_four_instances_come_and_go(broker, topic_prefix, churn_model, tmp_path, events):
    create_topics(broker, topic_prefix)
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
    create_topics(broker, topic_prefix)
    # Outputs wait, so that the first crash finds some unsent, whose events no commit may cover.
    slow = {"kafka": {"producer": {"linger.ms": 2000}}}
    with (
        Group(broker, topic_prefix, churn_model, tmp_path, **slow) as group,
        PacedLoad(broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two", "three"):
            group.start(name)
        group.wait_assigned()
        crashes = []
        # The second one some just sent, whose events no commit covers yet: they are repeated.
        for victim, answered in (("two", 0), ("three", 1)):
            group.wait_progress()
            crashes.append(group.kill(victim, load, answered))
            group.wait_assigned()
            group.wait_progress()
            group.start(victim)
            group.wait_assigned()
        inputs = load.stop()
        judge(group, inputs, crashes)


def test_added_partitions_are_served(broker, topic_prefix, churn_model, tmp_path, events):
    create_topics(broker, topic_prefix)
    with Group(broker, topic_prefix, churn_model, tmp_path) as group:
        for name in ("one", "two"):
            group.start(name)
        group.wait_assigned()
        with PacedLoad(broker, f"{topic_prefix}.events", events, partitions=0) as load:
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
        # While the numbers of partitions differ, an output's is drawn by its key.
        judge(group, inputs, beside_inputs=False)


def add_partitions(broker, topic, count):
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for future in admin.create_partitions([NewPartitions(topic, count)]).values():
        future.result(timeout=30)
    wait_until(lambda: broker.partitions(topic) == count, 10, f"{count} partitions of {topic}")


def test_a_restarted_broker_loses_nothing(
    own_broker, topic_prefix, churn_model, tmp_path, events
):
    create_topics(own_broker, topic_prefix)
    with (
        Group(own_broker, topic_prefix, churn_model, tmp_path / "group") as group,
        PacedLoad(own_broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two", "three"):
            group.start(name)
        group.wait_assigned()
        crashes = []
        for end in (own_broker.stop, own_broker.kill):
            group.wait_progress()
            group.wait_between_commits(load, range(4))
            end()
            crashes.append(crash_of(range(4)))
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
        judge(group, inputs, crashes)


def test_a_static_member_comes_back_to_its_partitions(
    broker, topic_prefix, churn_model, tmp_path, events
):
    create_topics(broker, topic_prefix)
    # Longer than a restart takes, on a busy machine too.
    patience = {"session.timeout.ms": 10000}
    members = {"kafka": {"static_membership": True, "consumer": patience}}
    with (
        Group(broker, topic_prefix, churn_model, tmp_path, **members) as group,
        PacedLoad(broker, f"{topic_prefix}.events", events) as load,
    ):
        for name in ("one", "two"):
            group.start(name)
        group.wait_assigned()
        group.wait_progress()
        # The second to come, then the leader of the group.
        for name, other in (("two", "one"), ("one", "two")):
            members = group.members()
            rebalances = rebalances_of(group.running[other])
            group.stop(name)
            group.start(name)
            group.wait_assigned()
            group.wait_progress()
            after = group.members()
            assert after[name].partitions == members[name].partitions
            assert after[other] == members[other]
            assert rebalances_of(group.running[other]) == rebalances
            assert rebalances_of(group.running[name]) == 1  # its own assignment
        inputs = load.stop()
        judge(group, inputs)


def rebalances_of(scorer):
    found = series(scorer.metrics(), "tidemill_kafka_rebalances_total")
    assert found
    return sum(value for _, value in found)
