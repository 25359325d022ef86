"""The harness itself: what it reads is what was written, and its checker can fail."""

import dataclasses
import json
import sys
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

import harness
from harness import Input, Record, Tidemill, assert_conserved, queue_all, serve_config, wait_until


def test_a_record_comes_back_as_it_was_produced(broker, topic_prefix):
    broker.create_topics({topic_prefix: 3})
    [produced] = broker.produce(
        topic_prefix,
        [
            Input(
                b'{"tenure":1}',
                key=b"7590-VHVEG",
                headers=(("traceparent", b"00-ab"), ("empty", b"")),
                timestamp_ms=1_246_000_000_123,
                partition=2,
            )
        ],
    )
    assert broker.read_all(topic_prefix, count=1) == [produced]
    assert (produced.partition, produced.offset) == (2, 0)
    assert produced.timestamp_ms == 1_246_000_000_123


def test_null_values_and_keys_survive(broker, topic_prefix):
    broker.create_topics({topic_prefix: 1})
    broker.produce(topic_prefix, [Input(None, key=b"k"), Input(b"", key=None)])
    records = broker.read_all(topic_prefix, count=2)
    assert [(r.key, r.value) for r in records] == [(b"k", None), (None, b"")]


def test_reading_ends_at_the_end_of_every_partition(broker, topic_prefix):
    broker.create_topics({topic_prefix: 4})
    inputs = [Input(b"%d" % n, partition=n % 3) for n in range(5000)]
    produced = broker.produce(topic_prefix, inputs)
    started = time.monotonic()
    assert sorted(r.id for r in broker.read_all(topic_prefix)) == sorted(r.id for r in produced)
    assert time.monotonic() - started < 10


def test_reading_too_few_returns_what_there_is_after_the_timeout(broker, topic_prefix):
    broker.create_topics({topic_prefix: 1})
    broker.produce(topic_prefix, [b"only one"])
    assert len(broker.read_all(topic_prefix, count=2, timeout=1.0)) == 1


def test_only_uncommitted_reading_sees_an_aborted_transaction(broker, topic_prefix):
    broker.create_topics({topic_prefix: 1})
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "transactional.id": f"{topic_prefix}-writer"}
    )
    producer.init_transactions()
    producer.begin_transaction()
    queue_all(producer, topic_prefix, [b"aborted"])
    producer.flush()
    producer.abort_transaction()
    broker.produce(topic_prefix, [b"committed"], {"transactional.id": f"{topic_prefix}-writer"})

    committed = broker.read_all(topic_prefix, count=1)
    everything = broker.read_all(topic_prefix, count=2, read_committed=False)
    assert [r.value for r in committed] == [b"committed"]
    assert [r.value for r in everything] == [b"aborted", b"committed"]


def test_committed_offsets_are_those_of_the_group(broker, topic_prefix):
    broker.create_topics({topic_prefix: 2})
    broker.produce(topic_prefix, [Input(b"x", partition=1)] * 3)
    assert broker.committed_offsets(topic_prefix, topic_prefix) == {}

    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic_prefix})
    consumer.commit(offsets=[TopicPartition(topic_prefix, 1, 3)], asynchronous=False)
    consumer.close()
    assert broker.committed_offsets(topic_prefix, topic_prefix) == {1: 3}


def test_commits_are_all_those_of_the_group_in_order(broker, topic_prefix):
    broker.create_topics({topic_prefix: 2})
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic_prefix})
    before = time.time()
    for partition, offset in ((1, 3), (0, 7), (1, 5)):
        place = TopicPartition(topic_prefix, partition, offset)
        consumer.commit(offsets=[place], asynchronous=False)
    after = time.time()
    consumer.close()
    commits = broker.commits(topic_prefix, topic_prefix)
    assert [(c.partition, c.offset) for c in commits] == [(1, 3), (0, 7), (1, 5)]
    assert all(int(before * 1000) <= c.time_ms <= after * 1000 for c in commits)


def test_members_hold_partitions_by_client_id(broker, topic_prefix):
    broker.create_topics({topic_prefix: 2})
    settings = {"bootstrap.servers": broker.bootstrap, "client.id": "reader"}
    consumer = Consumer({**settings, "group.id": topic_prefix})
    consumer.subscribe([topic_prefix])
    wait_until(lambda: consumer.poll(0.1) or consumer.assignment(), 20, "an assignment")
    members = broker.members(topic_prefix)
    consumer.close()
    assert {name: member.partitions for name, member in members.items()} == {"reader": {0, 1}}


def test_topics_are_not_created_by_producing(broker, topic_prefix):
    assert broker.partitions(topic_prefix) == 0


def test_a_killed_broker_comes_back_with_its_records_and_port(own_broker, topic_prefix):
    own_broker.create_topics({topic_prefix: 1})
    own_broker.produce(topic_prefix, [b"before"])
    bootstrap = own_broker.bootstrap
    own_broker.kill()
    own_broker.start()
    assert own_broker.bootstrap == bootstrap
    own_broker.produce(topic_prefix, [b"after"])
    assert [r.value for r in own_broker.read_all(topic_prefix, count=2)] == [b"before", b"after"]


# The checker.


def event(offset):
    return Record("t.events", 0, offset, None, b"{}", (), 0)


def prediction(offset, source):
    value = json.dumps({"id": source}).encode()
    return Record("t.predictions", 0, offset, None, value, (("tidemill.source", source.encode()),), 0)


def dead_letter(offset, source):
    return Record("t.dead", 0, offset, None, b"?", (("tidemill.source", source.encode()),), 0)


def conserved_case():
    inputs = [event(n) for n in range(3)]
    predictions = [prediction(0, "t.events/0/0"), prediction(1, "t.events/0/2")]
    return inputs, predictions, [dead_letter(0, "t.events/0/1")]


def test_conserved_records_pass():
    assert_conserved(*conserved_case())


def test_a_lost_record_fails():
    inputs, predictions, dead_letters = conserved_case()
    with pytest.raises(AssertionError, match="lost: t.events/0/2"):
        assert_conserved(inputs, predictions[:1], dead_letters)


def test_a_doubled_prediction_fails():
    inputs, predictions, dead_letters = conserved_case()
    predictions.append(prediction(2, "t.events/0/0"))
    with pytest.raises(AssertionError, match="doubled: t.events/0/0 stands 2 times"):
        assert_conserved(inputs, predictions, dead_letters)


def test_a_record_both_scored_and_rejected_fails():
    inputs, predictions, dead_letters = conserved_case()
    dead_letters.append(dead_letter(1, "t.events/0/0"))
    with pytest.raises(AssertionError, match="doubled: t.events/0/0"):
        assert_conserved(inputs, predictions, dead_letters)


def test_an_output_of_no_input_fails():
    inputs, predictions, dead_letters = conserved_case()
    dead_letters.append(dead_letter(1, "t.events/0/99"))
    with pytest.raises(AssertionError, match="from no input: t.events/0/99"):
        assert_conserved(inputs, predictions, dead_letters)


def test_a_prediction_whose_id_is_not_its_source_fails():
    inputs, predictions, dead_letters = conserved_case()
    predictions[0] = dataclasses.replace(predictions[0], value=b'{"id":"t.events/0/2"}')
    with pytest.raises(AssertionError, match="has id 't.events/0/2'"):
        assert_conserved(inputs, predictions, dead_letters)


def test_an_output_without_its_source_fails():
    inputs, predictions, dead_letters = conserved_case()
    predictions[0] = dataclasses.replace(predictions[0], headers=())
    with pytest.raises(AssertionError, match="no header tidemill.source"):
        assert_conserved(inputs, predictions, dead_letters)


# The process helper, on a stand-in that becomes ready after its second question.

STAND_IN = """#!{python}
import http.server, json, signal, sys

config = json.load(open(sys.argv[2]))
host, port = config["http"]["listen"].split(":")
asked = 0

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(200 if asked > 2 else 503)
        self.end_headers()

    def log_message(self, *arguments):
        pass

signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print("command", sys.argv[1], file=sys.stderr, flush=True)
if config["service"] == "broken":
    sys.exit(78)
http.server.HTTPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    program = tmp_path / "tidemill"
    program.write_text(STAND_IN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("TIDEMILL_BIN", str(program))


@pytest.mark.usefixtures("stand_in")
def test_a_process_is_awaited_and_its_exit_code_and_log_are_kept(tmp_path):
    with Tidemill(serve_config("127.0.0.1:1", "t"), tmp_path / "run") as scorer:
        scorer.wait_ready()
        assert scorer.stop() == 75
        assert scorer.stderr == "command serve\n"


@pytest.mark.usefixtures("stand_in")
def test_waiting_for_a_process_that_ended_fails_at_once(tmp_path):
    with Tidemill(serve_config("127.0.0.1:1", "t", service="broken"), tmp_path / "run") as scorer:
        with pytest.raises(AssertionError, match="ended with 78"):
            scorer.wait_ready(timeout=60)


def test_overrides_reach_into_the_config():
    config = serve_config("b:1", "p", topics={"create": True}, delivery="exactly_once")
    assert config["topics"]["create"] is True
    assert config["topics"]["events"] == "p.events"
    assert config["delivery"] == "exactly_once"


def test_waiting_for_what_never_comes_fails():
    with pytest.raises(AssertionError, match="a miracle did not hold within 0.05 s"):
        wait_until(lambda: False, timeout=0.05, what="a miracle")


def test_free_ports_can_be_bound():
    assert harness.free_port() > 1024
