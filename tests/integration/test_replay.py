"""`tidemill replay` on the real broker: every row once, in its key's order, and on from where it ended."""

import gzip
import json
import os
import re
import signal
import subprocess
import time

import pytest

from harness import REPO, free_port, tidemill_binary, wait_until
from models import run
from test_cli import call

SCHEMA = """\
name: x
task: regression
schema: {id: user, fields: {user: text, n: integer}}
target: {column: y}
model: Ridge
"""


def write_rows(path, count, form="jsonl"):
    """Rows of ten keys; `n` counts within the file."""
    with open(path, "w") as file:
        if form == "csv":
            file.write("user,n,zip,ok,when\n")
        for n in range(count):
            if form == "csv":
                file.write(f"u{n % 10},{n},0{n % 9}123,{'true' if n % 2 else 'false'},2024-01-01 00:00\n")
            else:
                file.write(json.dumps({"user": f"u{n % 10}", "n": n}) + "\n")
    return path


def numbers(records):
    return [record.json()["n"] for record in records]


def assert_in_key_order(records):
    last = {}
    for record in records:
        event = record.json()
        assert record.key == event["user"].encode()
        assert last.get(record.key, (-1, record.partition)) < (event["n"], record.partition)
        assert last.get(record.key, (-1, record.partition))[1] == record.partition
        last[record.key] = (event["n"], record.partition)


@pytest.mark.parametrize("compress", [False, True])
def test_every_line_arrives_once_in_its_keys_order(broker, topic_prefix, tmp_path, compress):
    broker.create_topics({topic_prefix: 3})
    data = write_rows(tmp_path / "rows.jsonl", 20_000)
    if compress:
        data = tmp_path / "rows.jsonl.gz"
        data.write_bytes(gzip.compress((tmp_path / "rows.jsonl").read_bytes()))
    done = run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--key", "user")
    assert b"20000 events delivered" in done.stderr
    records = broker.read_all(topic_prefix, count=20_000)
    assert sorted(numbers(records)) == list(range(20_000))
    assert_in_key_order(records)


def test_csv_is_sent_as_what_its_columns_hold(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.csv", 50, "csv")
    run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--key", "user")
    records = broker.read_all(topic_prefix, count=50)
    assert records[3].json() == {"user": "u3", "n": 3, "zip": "03123", "ok": True, "when": "2024-01-01 00:00"}
    assert numbers(records) == list(range(50))


def test_a_model_says_which_columns_are_sent_and_which_is_the_key(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    rows = tmp_path / "rows.csv"
    run("simulate", "churn", "--count", 600, "--output", rows)
    run("train", REPO / "config/churn.train.yaml", "--data", rows, "--out", tmp_path / "m.bin",
        "--set", "model.XGBClassifier.n_estimators=3")  # fmt: skip
    done = run("replay", rows, "--topic", topic_prefix, "--bootstrap", broker.bootstrap,
               "--model", tmp_path / "m.bin", "--count", 100)  # fmt: skip
    assert b"left out: column 'Churn'" in done.stderr
    records = broker.read_all(topic_prefix, count=100)
    assert len(records) == 100
    for record in records:
        event = record.json()
        assert "Churn" not in event and record.key == event["customerID"].encode()
        assert isinstance(event["tenure"], int) and isinstance(event["gender"], str)
    # As the scorer takes them: none is refused.
    source = b"\n".join(record.value for record in records)
    assert call("score", tmp_path / "m.bin", "--strict", stdin=source).code == 0


def service_config(path, broker, topic, create, kafka=None):
    kafka = {"bootstrap": broker.bootstrap, **(kafka or {})}
    path.write_text(json.dumps({"service": "s", "kafka": kafka, "topics": {"events": topic, "create": create}}))
    return path


def test_a_config_names_broker_and_topic(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    config = service_config(tmp_path / "service.yaml", broker, topic_prefix, create=False)
    run("replay", write_rows(tmp_path / "r.jsonl", 10), config)
    assert sorted(numbers(broker.read_all(topic_prefix, count=10))) == list(range(10))


def test_a_topic_that_serve_is_about_to_create_is_waited_for(broker, topic_prefix, tmp_path):
    config = service_config(tmp_path / "shop.yaml", broker, topic_prefix, create=True)
    data = write_rows(tmp_path / "rows.jsonl", 20)
    replay = subprocess.Popen([tidemill_binary(), "replay", data, config], stderr=subprocess.PIPE)
    try:
        said = iter(replay.stderr.readline, b"")
        assert any(b"is not there yet: waiting up to 10 s" in line for line in said)
        broker.create_topics({topic_prefix: 1})
        assert b"20 events delivered" in replay.communicate(timeout=30)[1]
        assert replay.returncode == 0
    finally:
        replay.kill()


@pytest.mark.parametrize("create", [True, False])
def test_a_topic_that_does_not_come_is_69(create, broker, topic_prefix, tmp_path):
    config = service_config(tmp_path / "shop.yaml", broker, topic_prefix, create)
    done = call("replay", write_rows(tmp_path / "rows.jsonl", 20), config)
    assert done.code == 69 and b"create it first" in done.stderr
    assert (b"waiting up to 10 s" in done.stderr) == create


def test_standard_input_is_sent_as_a_file_is(broker, topic_prefix):
    broker.create_topics({topic_prefix: 1})
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--key", "user")
    rows = b"".join(b'{"user":"u%d","n":%d}\n' % (n % 10, n) for n in range(3000))
    assert b"3000 events delivered" in run("replay", "-", *to, stdin=gzip.compress(rows)).stderr
    records = broker.read_all(topic_prefix, count=3000)
    assert numbers(records) == list(range(3000))
    assert_in_key_order(records)


def test_csv_from_standard_input_needs_a_schema(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap)
    rows = b"user,n\nu1,0\nu2,1\nu3,x\n"
    done = call("replay", "-", *to, stdin=rows)
    assert done.code == 64 and b"--schema" in done.stderr
    schema = tmp_path / "c.yaml"
    schema.write_text(SCHEMA)
    done = call("replay", "-", *to, "--schema", schema, stdin=rows)
    assert done.code == 65 and b"standard input:4, column 'n'" in done.stderr
    assert numbers(broker.read_all(topic_prefix, count=2)) == [0, 1]


@pytest.mark.parametrize("skip, said", [(9, False), (10, False), (11, True)])
def test_a_skip_behind_the_end_is_said(broker, topic_prefix, tmp_path, skip, said):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 10)
    done = run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--skip", skip)
    assert (b"rows.jsonl has 10 rows, all of them left out by --skip 11" in done.stderr) == said
    assert f"{max(0, 10 - skip)} events delivered".encode() in done.stderr


def start(data, broker, topic, *more):
    return subprocess.Popen(
        [tidemill_binary(), "replay", data, "--topic", topic, "--bootstrap", broker.bootstrap, *map(str, more)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def delivered(state):
    return json.loads(state.read_text())["delivered"] if state.exists() else 0


def test_resume_after_a_kill_skips_nothing_and_repeats_only_what_was_not_confirmed(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 2})
    data = write_rows(tmp_path / "rows.jsonl", 6000)
    state = tmp_path / f"rows.jsonl.{topic_prefix}.replay"
    arguments = ("--key", "user", "--resume")
    process = start(data, broker, topic_prefix, *arguments, "--rate", 1500)
    wait_until(lambda: delivered(state) > 0, what="a state")
    process.kill()
    process.communicate()
    known = delivered(state)
    assert 0 < known < 6000
    before = len(broker.read_all(topic_prefix))
    assert known <= before
    run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, *arguments)
    seen = numbers(broker.read_all(topic_prefix, count=6000 + before - known))
    assert set(seen) == set(range(6000))
    assert len(seen) == before + 6000 - known
    assert all(n >= known for n in {n for n in seen if seen.count(n) > 1})
    again = run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, *arguments)
    assert b"0 events delivered" in again.stderr
    assert json.loads(state.read_text())["done"] is True


def test_a_signal_ends_it_in_order_and_it_says_how_to_go_on(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 5000)
    process = start(data, broker, topic_prefix, "--rate", 100)
    wait_until(lambda: sum(broker.end_offsets(topic_prefix)) > 20, what="some records")
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 0
    sent = len(broker.read_all(topic_prefix))
    assert f"{sent} events delivered" in said
    assert f"--skip {sent} goes on" in said
    run("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--skip", sent)
    assert numbers(broker.read_all(topic_prefix, count=5000)) == list(range(5000))


def stopped_without_broker(process, broker):
    """Kills the broker, ends the process by SIGTERM once it has noticed, and returns what it said."""
    broker.kill()
    said = iter(process.stderr.readline, b"")
    assert any(b"_ALL_BROKERS_DOWN" in line for line in said)
    process.send_signal(signal.SIGTERM)
    end = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 69, end
    return end


def test_a_signal_while_the_broker_is_away_is_69_and_counts_what_is_not_confirmed(own_broker, topic_prefix, tmp_path):
    own_broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 100_000)
    state = tmp_path / f"rows.jsonl.{topic_prefix}.replay"
    process = start(data, own_broker, topic_prefix, "--rate", 1000, "--resume")
    wait_until(lambda: delivered(state) > 0, what="a state")
    end = stopped_without_broker(process, own_broker)
    assert int(re.search(rf"topic {topic_prefix}: expected .*, got 0 failed and (\d+) unconfirmed", end)[1]) > 0
    own_broker.start()
    known = delivered(state)
    assert set(range(known)) <= set(numbers(own_broker.read_all(topic_prefix, count=known)))
    assert f"the first {known} rows are delivered" in end


def test_a_topic_that_is_deleted_meanwhile_is_69_and_no_fault_of_the_row(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 100_000)
    process = start(data, broker, topic_prefix, "--rate", 1000)
    wait_until(lambda: sum(broker.end_offsets(topic_prefix)) > 20, what="some records")
    broker.delete_topic(topic_prefix)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 69, said
    last = said.splitlines()[-1]
    assert f"topic {topic_prefix}" in last and "Unknown" in last and "rows.jsonl" not in last


def write_lines(path, rows, compress):
    """Each call appends, to a gzip file as a member of its own."""
    text = "".join(json.dumps({"n": n, "x": "y" * 50}) + "\n" for n in rows).encode()
    with open(path, "ab") as file:
        file.write(gzip.compress(text) if compress else text)
    return path


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_that_has_changed_behind_its_first_rows_is_not_resumed(broker, topic_prefix, tmp_path, compress):
    broker.create_topics({topic_prefix: 1})
    data = write_lines(tmp_path / "rows.jsonl", range(5000), compress)
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--resume")
    run("replay", data, *to, "--count", 4000)
    data.unlink()
    write_lines(data, [*range(3000), 9999, *range(3001, 5000)], compress)
    done = call("replay", data, *to)
    assert done.code == 65, done.stderr
    assert b"begin with the 4000 rows" in done.stderr and b"other rows" in done.stderr
    assert numbers(broker.read_all(topic_prefix, count=4000)) == list(range(4000))


def test_a_file_that_has_lost_rows_is_not_resumed(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 10)
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--resume")
    run("replay", data, *to)
    write_rows(data, 7)
    done = call("replay", data, *to)
    assert done.code == 65 and b"the 10 rows" in done.stderr and b"got 7 rows" in done.stderr


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_that_has_grown_at_its_end_is_resumed(broker, topic_prefix, tmp_path, compress):
    broker.create_topics({topic_prefix: 1})
    data = write_lines(tmp_path / "rows.jsonl", range(3000), compress)
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--resume")
    run("replay", data, *to)
    write_lines(data, range(3000, 3500), compress)
    assert b"500 events delivered" in run("replay", data, *to).stderr
    assert numbers(broker.read_all(topic_prefix, count=3500)) == list(range(3500))


def test_a_second_run_on_the_same_state_is_75_until_the_first_has_ended(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 1000)
    state = tmp_path / f"rows.jsonl.{topic_prefix}.replay"
    to = ("--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--resume")
    first = start(data, broker, topic_prefix, "--resume", "--rate", 50)
    try:
        wait_until(lambda: delivered(state) > 0, what="a state")
        second = call("replay", data, *to)
        assert second.code == 75 and b"another one that is still under way" in second.stderr
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    run("replay", data, *to)
    assert set(numbers(broker.read_all(topic_prefix, count=1000))) == set(range(1000))
    assert sorted(os.listdir(tmp_path)) == ["rows.jsonl", state.name]


def test_a_bad_row_ends_it_with_its_line_behind_the_good_ones(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    data = tmp_path / "rows.csv"
    data.write_text("user,n\n" + "".join(f"u{n},{n}\n" for n in range(30)) + "u,1,2\n")
    schema = tmp_path / "c.yaml"
    schema.write_text(SCHEMA)
    done = call("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--schema", schema)
    assert done.code == 65 and b"rows.csv:32" in done.stderr
    assert numbers(broker.read_all(topic_prefix, count=30)) == list(range(30))


def test_a_row_that_the_broker_refuses_ends_it_with_its_line_behind_the_others(broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1}, config={"max.message.bytes": "100000"})
    data = tmp_path / "rows.jsonl"
    rows = [{"n": n, "x": "y" * (200_000 if n == 6 else 1)} for n in range(10)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    # A broker refuses a batch: here every row is one.
    alone = {"producer": {"batch.num.messages": "1"}}
    config = service_config(tmp_path / "service.yaml", broker, topic_prefix, create=False, kafka=alone)
    done = call("replay", data, config, "--rate", 20)
    assert done.code == 65
    assert b"rows.jsonl:7: expected an event that topic" in done.stderr
    assert b"the first 6 rows are delivered; --skip 6 goes on" in done.stderr
    sent = numbers(broker.read_all(topic_prefix, count=6))
    assert sent[:6] == list(range(6)) and 6 not in sent


def test_a_broker_that_is_away_is_69_and_leaves_nothing(tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 3)
    done = call("replay", data, "--topic", "t", "--bootstrap", f"127.0.0.1:{free_port()}")
    assert done.code == 69
    assert os.listdir(tmp_path) == ["rows.jsonl"]


def test_a_topic_that_is_not_there_is_69(broker, topic_prefix, tmp_path):
    data = write_rows(tmp_path / "rows.jsonl", 3)
    done = call("replay", data, "--topic", topic_prefix, "--bootstrap", broker.bootstrap)
    assert done.code == 69 and topic_prefix.encode() in done.stderr


def test_a_broker_that_stops_holds_it_up_and_loses_nothing(own_broker, topic_prefix, tmp_path):
    own_broker.create_topics({topic_prefix: 1})
    data = write_rows(tmp_path / "rows.jsonl", 5000)
    process = start(data, own_broker, topic_prefix, "--rate", 1000)
    wait_until(lambda: sum(own_broker.end_offsets(topic_prefix)) > 100, what="some records")
    own_broker.stop()
    said = iter(process.stderr.readline, b"")
    assert any(b"_ALL_BROKERS_DOWN" in line for line in said)  # it has seen it go, with rows left,
    assert process.poll() is None  # and waits
    own_broker.start()
    end = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 0, end
    assert "5000 events delivered" in end
    assert numbers(own_broker.read_all(topic_prefix, count=5000)) == list(range(5000))


def test_simulate_reports_what_was_delivered(broker, topic_prefix):
    broker.create_topics({topic_prefix: 1})
    done = run("simulate", "churn", "--count", 500, "--topic", topic_prefix, "--bootstrap", broker.bootstrap)
    said = rb"simulate: 500 events delivered to \S+ in [\d.]+ s \(\d+/s\), 0 failed, 0 unconfirmed"
    assert re.search(said, done.stderr)
    assert len(broker.read_all(topic_prefix, count=500)) == 500


@pytest.mark.parametrize("command", ["replay", "simulate"])
def test_no_event_is_sent_before_the_rate_allows_it(command, broker, topic_prefix, tmp_path):
    broker.create_topics({topic_prefix: 1})
    source = [write_rows(tmp_path / "rows.jsonl", 100)] if command == "replay" else ["churn", "--count", 100]
    before_ms = time.time() * 1000
    run(command, *source, "--topic", topic_prefix, "--bootstrap", broker.bootstrap, "--rate", 50)
    records = broker.read_all(topic_prefix, count=100)
    assert len(records) == 100
    # Event n is due 20 n ms behind the start, which is after `before_ms`; 10 ms for clocks that are being set.
    early = [n for n, record in enumerate(records) if record.timestamp_ms < before_ms + 20 * n - 10]
    assert early == []


def test_simulate_stopped_while_the_broker_is_away_is_69(own_broker, topic_prefix):
    own_broker.create_topics({topic_prefix: 1})
    command = ["simulate", "churn", "--topic", topic_prefix, "--bootstrap", own_broker.bootstrap, "--rate", "1000"]
    process = subprocess.Popen([tidemill_binary(), *command], stderr=subprocess.PIPE)
    wait_until(lambda: sum(own_broker.end_offsets(topic_prefix)) > 20, what="some records")
    end = stopped_without_broker(process, own_broker)
    assert int(re.search(r"got 0 failed and (\d+) unconfirmed", end)[1]) > 0
