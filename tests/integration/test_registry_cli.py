"""`tidemill registry` on a real broker: what it writes, what it refuses, and what it says."""

import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import threading
import time

import pytest

from harness import REPO, Input, Kafka, free_port, tidemill_binary, wait_until
from models import run

CHURN = REPO / "config/churn.train.yaml"
USER = "operator@desk"
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def artifacts(folder):
    """Four model.bin of the model `churn`, with different bytes and scores."""
    run("simulate", "churn", "--count", 600, "--output", folder / "rows.csv")
    files = []
    for trees in (3, 4, 5, 6):
        files.append(folder / f"churn{trees}.bin")
        run(
            "train", CHURN, "--data", folder / "rows.csv", "--out", files[-1],
            "--set", f"model.XGBClassifier.n_estimators={trees}",
        )  # fmt: skip
    return files


class Done:
    def __init__(self, done, seconds):
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()
        self.seconds = seconds

    def json(self):
        return json.loads(self.out)


class Registry:
    """The command on a topic of its own."""

    def __init__(self, broker, topic, store, service="churn"):
        self.broker = broker
        self.topic = topic
        self.store = store
        self.service = service

    def options(self):
        return [
            "--service", self.service, "--bootstrap", self.broker.bootstrap,
            "--store", self.store, "--topic", self.topic,
        ]  # fmt: skip

    def start(self, *arguments):
        return subprocess.Popen(
            [tidemill_binary(), "registry", *map(str, arguments), *map(str, self.options())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TIDEMILL_USER": USER},
        )

    def __call__(self, *arguments, code=0):
        begin = time.monotonic()
        process = self.start(*arguments)
        try:
            process.stdout_text, process.stderr_text = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"registry {arguments} did not end within 60 s") from None
        seconds = time.monotonic() - begin
        done = Done(
            subprocess.CompletedProcess(
                process.args, process.returncode, process.stdout_text, process.stderr_text
            ),
            seconds,
        )
        assert done.code == code, (arguments, done.code, done.out, done.err)
        if code != 0:
            assert done.err.startswith("tidemill: ") and done.err.count("\n") == 1, done.err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.out + done.err)
        return done

    def records(self, suffix=""):
        return self.broker.read_all(self.topic + suffix)

    def states(self):
        """Every state there was, oldest first."""
        return [
            record.json() for record in self.records() if record.key == self.service.encode()
        ]

    def audit(self):
        return [record.json() for record in self.records(".audit")]

    def produce(self, suffix, *records):
        self.broker.produce(self.topic + suffix, [Input(value, key=key) for key, value in records])

    def say(self, instance, sequence, state, detail="", **more):
        """A status as an instance would publish it."""
        status = {
            "schema": 1, "service": self.service, "instance": instance, "sequence": sequence,
            "state": state, "detail": detail, "challengers": [],
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **more,
        }  # fmt: skip
        key = f"{self.service}/{instance}".encode()
        self.produce(".status", (key, json.dumps(status).encode()))
        return status


@pytest.fixture
def registry(broker, topic_prefix, tmp_path):
    return Registry(broker, topic_prefix, tmp_path / "store")


@pytest.fixture
def filled(registry, artifacts):
    """With churn@1 to churn@4."""
    for number, file in enumerate(artifacts, 1):
        assert registry("add", file).out.startswith(f"churn@{number} ")
    return registry


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def artifact_of(path, version):
    """What a message says of an artifact: design.md, section 5."""
    return {
        "model": "churn",
        "version": version,
        "uri": f"file:{digest(path)}.bin",
        "sha256": digest(path),
        "size": path.stat().st_size,
    }


def assert_state(state, sequence, champion, previous=None, challengers=(), guardrails=None, reason=""):
    """The message holds these keys, in the order of design.md, and no others."""
    expected = {"schema": 1, "service": "churn", "sequence": sequence, "champion": champion}
    if previous is not None:
        expected["previous"] = previous
    expected["challengers"] = list(challengers)
    if guardrails is not None:
        expected["guardrails"] = guardrails
    expected |= {"reason": reason, "issued_by": USER, "issued_at": state.get("issued_at")}
    assert state == expected
    assert list(state) == list(expected)
    assert UTC.fullmatch(state["issued_at"])


# The command line.

VERBS = [
    "add", "deploy", "shadow", "canary", "promote", "rollback", "retire", "list", "show", "compare",
    "history", "watch",
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    assert b"Usage: tidemill registry " + verb.encode() in run("registry", verb, "--help").stdout
    if verb != "add":  # there it is a model's version
        assert run("registry", verb, "--version").stdout.startswith(b"tidemill ")
    error = run("registry", verb, "--srevice", "churn", expect=64).stderr.decode()
    assert "'--service'" in error and f"tidemill registry {verb} --help" in error


def test_the_verb_is_needed():
    for arguments in ([], ["deplyo"], ["--service", "churn"]):
        error = run("registry", *arguments, expect=64).stderr.decode()
        assert "deploy" in error and error.count("\n") == 1
    assert "did you mean 'deploy'?" in run("registry", "deplyo", expect=64).stderr.decode()
    assert "--service" in run("registry", "list", "--service", "", expect=64).stderr.decode()


# Versions.


def test_adding_twice_gives_the_version_it_has(registry, artifacts):
    first = registry("add", artifacts[0])
    assert first.out.split()[0] == "churn@1"
    assert digest(artifacts[0]) in first.out and str(artifacts[0].stat().st_size) in first.out
    assert registry("add", artifacts[1]).out.split()[0] == "churn@2"
    written = len(registry.records())
    assert registry("add", artifacts[0]).out.split()[0] == "churn@1"
    assert registry("add", artifacts[0], "--version", 1).out.split()[0] == "churn@1"
    assert len(registry.records()) == written
    assert len(registry.audit()) == 2


def test_a_version_record_holds_what_design_says(registry, artifacts):
    registry("add", artifacts[0])
    (record,) = registry.records()
    assert record.key == b"churn@1"
    message = record.json()
    metrics = json.loads(run("inspect", artifacts[0], "--json").stdout)["metrics"]
    assert message == {
        "schema": 1, "service": "churn", **artifact_of(artifacts[0], 1),
        "created": message["created"], "created_by": USER, "metrics": metrics,
    }  # fmt: skip
    assert UTC.fullmatch(message["created"])
    stored = registry.store / f"{digest(artifacts[0])}.bin"
    assert stored.read_bytes() == artifacts[0].read_bytes()
    (audit,) = registry.audit()
    assert (audit["verb"], audit["subject"]) == ("add", "churn@1")
    assert registry("add", artifacts[0], "--json").json() == message


def test_a_taken_version_is_refused_and_nothing_is_left(registry, artifacts):
    registry("add", artifacts[0])
    done = registry("add", artifacts[1], "--version", 1, code=1)
    assert "churn@1" in done.err and digest(artifacts[0]) in done.err and "2" in done.err
    assert len(registry.records()) == 1
    assert not (registry.store / f"{digest(artifacts[1])}.bin").exists()


def test_the_next_free_version_is_above_all_others(registry, artifacts):
    assert registry("add", artifacts[0], "--version", 7).out.split()[0] == "churn@7"
    assert registry("add", artifacts[1]).out.split()[0] == "churn@8"
    assert registry("add", artifacts[2], "--version", 3).out.split()[0] == "churn@3"
    assert registry("add", artifacts[3]).out.split()[0] == "churn@9"


def test_adding_again_brings_a_lost_file_back(registry, artifacts):
    registry("add", artifacts[0])
    stored = registry.store / f"{digest(artifacts[0])}.bin"
    stored.write_bytes(b"damaged")
    registry("add", artifacts[0])
    assert stored.read_bytes() == artifacts[0].read_bytes()


def test_what_cannot_be_added(registry, artifacts, tmp_path):
    broken = tmp_path / "broken.bin"
    data = bytearray(artifacts[0].read_bytes())
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    registry("add", broken, code=65)
    registry("add", tmp_path / "missing.bin", code=74)
    registry("add", artifacts[0], "--version", 0, code=64)
    registry.store = "http://127.0.0.1:1/store"
    assert "read only" in registry("add", artifacts[0], code=64).err


# Changes of the state.


def test_each_verb_writes_the_state_of_design(filled, artifacts):
    one, two, three, four = (artifact_of(file, i) for i, file in enumerate(artifacts, 1))
    defaults = {
        "min_events": 1000, "probation": {"events": 50000, "seconds": 600}, "auto": "rollback",
    }  # fmt: skip
    rails = {"max_error_ratio": 0.01, "max_p99_ms": 20, **defaults}
    canary = {**two, "mode": "canary", "percent": 10, "salt": "exp-4", "by": "customerID"}
    grown = {**canary, "percent": 30}
    shadow = {**three, "mode": "shadow"}
    plain = {**four, "mode": "canary", "percent": 0.5, "salt": "churn@4", "by": "key"}
    steps = [
        (["deploy", "churn@1", "--reason", "first"],
         dict(champion=one, reason="first"), "champion churn@1"),
        (["canary", "churn@2", "--percent", 10, "--salt", "exp-4", "--by", "customerID",
          "--guardrail", "max_error_ratio=0.01", "--guardrail", "max_p99_ms=20"],
         dict(champion=one, challengers=[canary], guardrails=rails),
         "champion churn@1, canary churn@2 10 %"),
        (["canary", "churn@2", "--percent", 30],
         dict(champion=one, challengers=[grown], guardrails=rails),
         "champion churn@1, canary churn@2 30 %"),
        (["shadow", "churn@3"],
         dict(champion=one, challengers=[grown, shadow], guardrails=rails),
         "champion churn@1, canary churn@2 30 %, shadow churn@3"),
        (["promote", "churn@2", "--guardrail", "max_p99_ms=none", "--guardrail", "auto=none"],
         dict(champion=two, previous=one, challengers=[shadow],
              guardrails={"max_error_ratio": 0.01, **defaults, "auto": "none"}),
         "champion churn@2, shadow churn@3"),
        (["canary", "churn@4", "--percent", 0.5, "--guardrail", "none"],
         dict(champion=two, previous=one, challengers=[shadow, plain]),
         "champion churn@2, shadow churn@3, canary churn@4 0.5 %"),
        (["retire", "churn@3"], dict(champion=two, previous=one, challengers=[plain]),
         "champion churn@2, canary churn@4 0.5 %"),
        (["rollback", "--reason", "bad"],
         dict(champion=one, challengers=[plain], reason="bad"),
         "champion churn@1, canary churn@4 0.5 %"),
        (["deploy", "churn@4"], dict(champion=four, previous=one), "champion churn@4"),
        (["retire", "churn@1"], dict(champion=four), "champion churn@4"),
    ]  # fmt: skip
    for sequence, (arguments, expected, said) in enumerate(steps, 1):
        assert filled(*arguments).out == f"sequence {sequence}: {said}\n"
        states = filled.states()
        assert len(states) == sequence
        assert_state(states[-1], sequence, **expected)
    changes = [line for line in filled.audit() if line["kind"] == "change"]
    assert [change["verb"] for change in changes] == [step[0][0] for step in steps]
    assert [change["state"] for change in changes] == filled.states()


def test_a_change_prints_the_state_as_json(filled):
    done = filled("deploy", "churn@1", "--json")
    assert done.json() == filled.states()[-1]


def test_refused_changes_write_nothing(filled):
    assert "champion" in filled("canary", "churn@2", "--percent", 10, code=1).err
    filled("rollback", code=1)
    filled("deploy", "churn@1")
    written = len(filled.records())
    assert "previous" in filled("rollback", code=1).err
    assert "--percent" in filled("canary", "churn@2", code=64).err
    filled("deploy", "churn@1", code=1)
    filled("shadow", "churn@1", code=1)
    filled("promote", "churn@2", code=1)
    filled("retire", "churn@1", code=1)
    filled("deploy", "churn@2", "--guardrail", "max_p99=2", code=64)
    filled("deploy", "churn@2", "--guardrail", "max_error_ratio=2", code=64)
    filled("canary", "churn@2", "--percent", 101, code=64)
    filled("canary", "churn@2", "--percent", "nan", code=64)
    filled("deploy", "churn2", code=64)
    filled("deploy", "churn@2", "--reason", "x" * 2000, code=64)
    filled("rollback", "churn@2", code=64)
    error = filled("deploy", "churn@2", "--reason", "x" * 100_000, code=64).err
    assert "at most 1024 bytes, got 100000" in error
    filled("canary", "churn@2", "--percent", 5, "--salt", "a\x1b[2J", code=64)
    filled("canary", "churn@2", "--percent", "1e-9", code=64)
    assert filled("deploy", "churn2", code=64).err.count("MODEL@VERSION") == 1
    assert " AND " not in filled("add", "x.bin", "--version", -1, code=64).err
    assert len(filled.records()) == written


def test_an_output_that_is_full_does_not_hide_the_change(filled):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [tidemill_binary(), "registry", "deploy", "churn@1", *map(str, filled.options())],
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60,
        )  # fmt: skip
    assert done.returncode == 74 and b"the change was made (sequence 1)" in done.stderr
    assert len(filled.states()) == 1


def test_history_and_list_tell_shares_and_services(filled):
    filled("deploy", "churn@1", "--reason", "y" * 100)
    filled("canary", "churn@2", "--percent", 0.0001, "--salt", "exp-4", "--by", "customerID")
    text = filled("history").out
    assert "churn@2 0.0001 %, salt exp-4, by customerID" in text
    assert "y" * 57 + "..." in text and "y" * 58 not in text
    assert filled("history", "--json").json()["changes"][4]["state"]["reason"] == "y" * 100
    other = Registry(filled.broker, filled.topic, filled.store, service="other")
    lines = [line.split() for line in other("list").out.splitlines()]
    assert lines[0][:3] == ["version", "role", "service"]
    assert [line[:3] for line in lines[1:]] == [[f"churn@{i}", "-", "churn"] for i in range(1, 5)]


def test_an_unknown_version_names_the_nearest(filled):
    for verb in (["deploy"], ["shadow"], ["canary", "--percent", 5], ["promote"], ["retire"]):
        error = filled(*verb, "churn@9", code=1).err
        assert "churn@4" in error and "churn@9" in error
    assert "churn@1" in filled("deploy", "chrun@1", code=1).err
    assert len(filled.states()) == 0


def test_a_rollback_needs_no_artifact(filled, artifacts):
    filled("deploy", "churn@1")
    filled("deploy", "churn@2")
    for file in filled.store.iterdir():
        file.unlink()
    filled("rollback")
    assert filled.states()[-1]["champion"]["version"] == 1


def test_expect_refuses_a_state_that_has_moved(filled):
    filled("deploy", "churn@1", "--expect", 0)
    filled("deploy", "churn@2", "--expect", 1)
    done = filled("deploy", "churn@3", "--expect", 1, code=75)
    assert "another writer" in done.err and "sequence 1" in done.err and "2" in done.err
    assert filled.states()[-1]["champion"]["version"] == 2


def test_services_of_one_topic_do_not_meet(filled, artifacts):
    other = Registry(filled.broker, filled.topic, filled.store, service="churn-eu")
    filled("deploy", "churn@1")
    other("deploy", "churn@2")
    assert filled.states()[-1]["champion"]["version"] == 1
    assert (other.states()[-1]["sequence"], other.states()[-1]["service"]) == (1, "churn-eu")


def test_four_writers_with_kills_between(filled):
    """Every success is one step of the sequence, and every step was audited once."""
    filled("deploy", "churn@1")
    random_source = random.Random(5)
    outcomes = {}
    kills = itertools.count()

    def write(writer):
        for attempt in range(8):
            reason = f"writer {writer} attempt {attempt}"
            process = filled.start(
                "canary", "churn@2", "--percent", 1 + writer, "--reason", reason
            )
            if random_source.random() < 0.3:
                try:
                    process.wait(random_source.uniform(0.0, 0.3))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    next(kills)
            process.communicate(timeout=60)
            outcomes[reason] = process.returncode

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert next(kills) > 0
    assert set(outcomes.values()) <= {0, 75, -signal.SIGKILL}, outcomes
    states = filled.states()
    assert [state["sequence"] for state in states] == list(range(1, len(states) + 1))
    changes = [line for line in filled.audit() if line["kind"] == "change"]
    assert [change["state"] for change in changes] == states

    written = [state["reason"] for state in states[1:]]
    assert len(set(written)) == len(written)
    done = {reason for reason, code in outcomes.items() if code == 0}
    assert done, "nobody got through"
    assert done <= set(written)
    # One that was killed may have been behind its commit already; nobody else.
    killed = {reason for reason, code in outcomes.items() if code == -signal.SIGKILL}
    assert set(written) - done <= killed
    # The last writer's transaction is settled: the next change goes on from there.
    filled("retire", "churn@2")
    assert filled.states()[-1]["sequence"] == len(states) + 1


# Time.


def test_a_verb_without_wait_takes_half_a_second(filled):
    filled("deploy", "churn@1")
    seconds = []
    for version in (2, 3, 4, 1, 2):
        seconds.append(filled("deploy", f"churn@{version}").seconds)
    assert sorted(seconds)[len(seconds) // 2] < 0.5, seconds


@pytest.mark.parametrize("verb", [["deploy", "churn@1"], ["list"], ["show"], ["history"]])
def test_without_a_broker_it_gives_up_in_time(verb, tmp_path, broker):
    nobody = Kafka(f"127.0.0.1:{free_port()}")
    registry = Registry(nobody, "nowhere", tmp_path)
    done = registry(*verb, code=69)
    assert done.seconds < 20, done.seconds
    assert nobody.bootstrap in done.err


# What it shows.


def test_an_empty_registry_says_so(registry):
    assert "no versions" in registry("list").out
    assert "no state" in registry("show").out
    assert "no changes" in registry("history").out
    assert registry("list", "--json").json() == []
    assert registry("show", "--json").json()["state"] is None
    assert registry("history", "--json").json()["changes"] == []


def test_list_and_show_name_roles_and_instances(filled, artifacts):
    filled("deploy", "churn@1")
    filled("deploy", "churn@2", "--guardrail", "max_p99_ms=20")
    filled("canary", "churn@3", "--percent", 12.5, "--reason", "try it")
    filled("shadow", "churn@4")
    roles = {line["version"]: line["role"] for line in filled("list", "--json").json()}
    assert roles == {1: "previous", 2: "champion", 3: "canary 12.5 %", 4: "shadow"}
    line = next(text for text in filled("list").out.splitlines() if text.startswith("churn@3"))
    for word in ("canary 12.5 %", USER, digest(artifacts[2])[:12], "roc_auc 0."):
        assert word in line

    assert "no live instance" in filled("show").out
    filled.say("scorer-0", 4, "active", swap_us=12_340, champion="churn@2")
    filled.say("scorer-1", 3, "gone")
    shown = filled("show").out
    for word in ("max_p99_ms=20", "salt churn@3", "scorer-0", "12.3 ms"):
        assert word in shown
    assert "scorer-1" not in shown
    everything = filled("show", "--json").json()
    assert everything["state"] == filled.states()[-1]
    assert [one["instance"] for one in everything["instances"]] == ["scorer-0"]


def test_a_config_gives_what_options_do_not(filled, broker, tmp_path):
    config = tmp_path / "churn.yaml"
    config.write_text(
        json.dumps(
            {
                "service": "churn",
                "kafka": {"bootstrap": "127.0.0.1:1"},
                "registry": {"topic": filled.topic, "store": str(filled.store)},
            }
        )
    )
    tail = ["--bootstrap", broker.bootstrap]
    run("registry", "deploy", "churn@1", config, *tail)
    run("registry", *tail, "deploy", "--reason", "before", "churn@2", config)
    assert [state["champion"]["version"] for state in filled.states()] == [1, 2]
    done = run("registry", "list", expect=64)
    assert b"--service" in done.stderr


def test_compare_scores_the_same_events(filled, artifacts, folder):
    events = folder / "events.jsonl"
    run("simulate", "churn", "--count", 300, "--no-labels", "--seed", 9, "--output", events)
    events.write_bytes(events.read_bytes() + b"garbage\n")
    found = filled("compare", "churn@1", "churn@2", "--events", events, "--json").json()

    def offline(model):
        lines = run("score", model, "--input", events).stdout.splitlines()
        return [json.loads(line) for line in lines]

    pairs = list(zip(offline(artifacts[0]), offline(artifacts[1]), strict=True))
    differences = [abs(a["score"] - b["score"]) for a, b in pairs]
    scores = found["scores"]
    assert scores["events"] == 300
    assert scores["rejected"] == {"a": 1, "b": 1}
    assert scores["max_difference"] == max(differences) > 0
    assert scores["mean_difference"] == pytest.approx(sum(differences) / 300, rel=1e-12)
    assert scores["other_label_ratio"] == sum(a["label"] != b["label"] for a, b in pairs) / 300
    sorted_a = sorted(a["score"] for a, _ in pairs)
    quantiles = dict(zip(scores["quantiles"]["at"], scores["quantiles"]["a"], strict=True))
    assert quantiles[0.0] == sorted_a[0] and quantiles[1.0] == sorted_a[-1]
    assert quantiles[0.5] == pytest.approx((sorted_a[149] + sorted_a[150]) / 2, rel=1e-12)

    assert found["manifest"]["sha256"] == {"a": digest(artifacts[0]), "b": digest(artifacts[1])}
    assert found["parameters"]["model.XGBClassifier.n_estimators"] == {"a": "3", "b": "4"}
    assert found["parameters"]["seed"]["a"] == found["parameters"]["seed"]["b"]
    parameters = json.loads(run("inspect", artifacts[1], "--json").stdout)["parameters"]
    assert {name: both["b"] for name, both in found["parameters"].items()} == parameters
    metrics = json.loads(run("inspect", artifacts[1], "--json").stdout)["metrics"]
    assert {name: both["b"] for name, both in found["metrics"].items()} == metrics
    assert found["schema"] == [] and found["features"]["only_a"] == []


def test_compare_prints_both_side_by_side(filled):
    text = filled("compare", "churn@1", "churn@2").out
    for word in ("roc_auc", "config sha256", "schema: the same", "verification rows", "50 %"):
        assert word in text
    assert re.search(r"^model\.XGBClassifier\.n_estimators +3 +4$", text, re.M)
    assert re.search(r"^the same: [1-9][0-9]*$", text, re.M) and "split.test_size" not in text
    filled("compare", "churn@1", "churn@9", code=1)
    filled("compare", "churn@1", "model.bin", code=64)
    filled("compare", "churn@1", "churn@2", "--events", filled.store / "none", code=74)
    unusable = filled.store / "unusable.jsonl"
    unusable.write_text("garbage\n[]\n")
    error = filled("compare", "churn@1", "churn@2", "--events", unusable, code=65).err
    assert "refused 2" in error


def test_compare_names_what_became_of_a_field(registry, artifacts, folder):
    rows = (folder / "rows.csv").read_text()
    renamed = folder / "renamed.csv"
    renamed.write_text(rows.replace("PaperlessBilling", "Paperless", 1))
    config = folder / "renamed.yaml"
    config.write_text(CHURN.read_text().replace("PaperlessBilling", "Paperless"))
    run(
        "train", config, "--data", renamed, "--out", folder / "renamed.bin",
        "--set", "model.XGBClassifier.n_estimators=3",
    )  # fmt: skip
    registry("add", artifacts[0])
    registry("add", folder / "renamed.bin")
    found = registry("compare", "churn@1", "churn@2", "--json").json()
    changed = {(one["field"], one["difference"]) for one in found["schema"]}
    assert changed == {("PaperlessBilling", "removed"), ("Paperless", "added")}
    assert any("PaperlessBilling" in name for name in found["features"]["only_a"])
    assert any("Paperless" in name for name in found["features"]["only_b"])


def test_compare_refuses_a_damaged_store(filled, artifacts):
    (filled.store / f"{digest(artifacts[1])}.bin").write_bytes(artifacts[0].read_bytes())
    assert filled("compare", "churn@1", "churn@2", code=65).err


def test_history_tells_who_when_why_and_what_became_of_it(filled):
    filled("deploy", "churn@1", "--reason", "the first")
    filled("deploy", "churn@2", "--reason", "broken")
    filled("rollback", "--reason", "it was broken")
    states = filled.states()

    def audit_status(instance, sequence, state, at, detail=""):
        status = {
            "schema": 1, "service": "churn", "instance": instance, "sequence": sequence,
            "state": state, "detail": detail, "challengers": [], "time": at,
        }  # fmt: skip
        line = {
            "schema": 1, "kind": "status", "service": "churn", "verb": "status",
            "sequence": sequence, "status": status,
        }  # fmt: skip
        filled.produce(".audit", (b"churn", json.dumps(line).encode()))

    audit_status("scorer-0", 1, "active", "2026-01-01T00:00:01Z")
    audit_status("scorer-0", 2, "rejected", "2026-01-01T00:00:02Z", "digest \x1b[31mdiffers")
    evidence = {
        "rule": "max_error_ratio", "version": "churn@4", "variant": "champion",
        "instance": "scorer-0", "limit": 0.01, "found": 0.25, "events": 1200,
        "reference_events": 5000,
    }  # fmt: skip
    change = {
        "schema": 1, "kind": "change", "service": "churn", "verb": "guardrail",
        "subject": "churn@4", "sequence": 4, "evidence": evidence,
        "state": {**states[0], "sequence": 4, "issued_by": "scorer-0", "reason": "guardrail"},
    }  # fmt: skip
    filled.produce(".audit", (b"churn", json.dumps(change).encode()))

    text = filled("history").out
    for word in (
        "none -> churn@1", "churn@1 -> churn@2", "churn@2 -> churn@1", "the first",
        "it was broken", USER, "scorer-0 active", "digest \\x1b[31mdiffers",
        "max_error_ratio 0.25 over 0.01", "1200 events",
    ):  # fmt: skip
        assert word in text, (word, text)
    found = filled("history", "--json").json()
    changes = [change for change in found["changes"] if change["kind"] == "change"]
    assert [change["state"]["sequence"] for change in changes] == [1, 2, 3, 4]
    assert changes[1]["champion"] == {"from": "churn@1", "to": "churn@2"}
    assert changes[1]["instances"][0]["state"] == "rejected"
    assert changes[3]["evidence"] == evidence
    # The only instance refused churn@2: churn@1 was live all the time.
    assert found["champions"] == [
        {
            "champion": "churn@1", "from": "2026-01-01T00:00:01Z", "to": None,
            "sequence": 1, "taken": True,
        }
    ]  # fmt: skip


def test_history_gives_the_reign_of_each_champion(filled):
    for version in (1, 2):
        filled("deploy", f"churn@{version}")
    states = filled.states()
    reigns = filled("history", "--json").json()["champions"]
    assert [(one["champion"], one["from"], one["to"]) for one in reigns] == [
        ("churn@1", states[0]["issued_at"], states[1]["issued_at"]),
        ("churn@2", states[1]["issued_at"], None),
    ]


def garbage(service):
    """Bytes that are no message, under every key a message may have."""
    state = {"schema": 1, "service": service, "sequence": 99, "challengers": []}
    values = [
        b"", b"{", b"[]", b"\xff\xfe", b"null", b"x" * 70_000, b"\x1b[2J",
        json.dumps({**state, "schema": 2}).encode(),
        json.dumps({**state, "sequence": -1}).encode(),
        json.dumps({**state, "sequence": "100"}).encode(),
        json.dumps({**state, "service": "other"}).encode(),
        json.dumps({**state, "champion": {"model": "churn", "version": 9}}).encode(),
        json.dumps({**state, "reason": 7}).encode(),
    ]  # fmt: skip
    keys = [service, f"{service}@9", f"{service}/scorer-0", "churn@1", "\x1b[2J", ""]
    return [(key.encode(), value) for key in keys for value in values]


def test_garbage_disturbs_no_verb(filled):
    filled("deploy", "churn@1")
    for suffix in ("", ".status", ".audit"):
        filled.produce(suffix, *garbage("churn"))
    filled.produce(".audit", (None, b"{}"))  # a compacted topic takes none without a key
    filled.say("scorer-0", 1, "active", champion="churn@1")
    assert filled("list", "--json").json()[0]["role"] == "champion"
    shown = filled("show", "--json").json()
    assert shown["state"]["sequence"] == 1 and len(shown["instances"]) == 1
    assert shown["bad_messages"] > 0
    assert "ignored" in filled("show").out
    history = filled("history", "--json").json()
    assert history["champions"][0]["champion"] == "churn@1"
    assert filled("canary", "churn@2", "--percent", 5).out.startswith("sequence 2:")
    assert filled("promote", "churn@2").out.startswith("sequence 3:")
    assert filled("rollback").out == "sequence 4: champion churn@1\n"
    filled("compare", "churn@1", "churn@2")


# Waiting for instances.


def wait_for_sequence(registry, sequence):
    def written():
        return any(state["sequence"] >= sequence for state in registry.states())

    wait_until(written, 20, f"sequence {sequence}")


def change_and_answer(registry, answers, *arguments):
    """Runs a verb with --wait; the instances answer once its state is there."""
    sequence = len(registry.states()) + 1
    process = registry.start(*arguments, "--wait")
    wait_for_sequence(registry, sequence)
    for instance, state, detail in answers:
        assert process.poll() is None
        registry.say(instance, sequence, state, detail, swap_us=1500)
    out, err = process.communicate(timeout=30)
    return process.returncode, out.decode(), err.decode()


def test_wait_without_an_instance_says_so(filled):
    done = filled("deploy", "churn@1", "--wait")
    assert done.out == "sequence 1: champion churn@1\nno live instance\n"


def test_wait_ends_when_every_live_instance_has_it(filled):
    filled.say("scorer-0", 0, "active")
    filled.say("scorer-1", 0, "active")
    filled.say("scorer-2", 0, "gone")
    code, out, err = change_and_answer(
        filled, [("scorer-0", "active", ""), ("scorer-1", "active", "")], "deploy", "churn@1"
    )
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[1] == ["instance", "state", "swap", "time", "detail"]
    assert lines[2:] == [["scorer-0", "active", "1.5", "ms", "-"], ["scorer-1", "active", "1.5", "ms", "-"]]


@pytest.mark.parametrize("state", ["rejected", "rolled_back"])
def test_wait_is_no_when_an_instance_says_no(filled, state):
    filled.say("scorer-0", 0, "active")
    filled.say("scorer-1", 0, "active")
    code, out, err = change_and_answer(
        filled,
        [("scorer-0", "active", ""), ("scorer-1", state, "digest differs")],
        "deploy", "churn@1",
    )  # fmt: skip
    assert code == 1
    assert "digest differs" in out and state in out
    assert "scorer-1" in err and "scorer-0" not in err


def test_wait_gives_up_after_its_time(filled):
    filled.say("scorer-0", 0, "active")
    done = filled("deploy", "churn@1", "--wait", "--timeout", "300ms", code=75)
    assert "scorer-0" in done.err and "no answer" in done.out
    assert len(filled.states()) == 1
    filled("deploy", "churn@2", "--wait", "--timeout", "soon", code=64)
    filled("deploy", "churn@2", "--timeout", "1s", code=64)


def test_wait_without_time_claims_nothing(filled):
    filled.say("scorer-0", 0, "active")
    done = filled("deploy", "churn@1", "--wait", "--timeout", "0s", code=75)
    assert done.out == "sequence 1: champion churn@1\n" and "status topic" in done.err


def test_wait_takes_nothing_of_a_deleted_registry_for_an_answer(filled):
    filled.say("scorer-0", 73, "active")
    filled.say("scorer-1", 73, "rolled_back")
    filled.say("scorer-1", 73, "gone")
    done = filled("deploy", "churn@1", "--wait", "--timeout", "500ms", code=75)
    assert "last: sequence 73 active" in done.out and "scorer-1" not in done.out


def test_wait_as_json_holds_state_and_instances(filled):
    filled.say("scorer-0", 0, "active")
    code, out, _ = change_and_answer(
        filled, [("scorer-0", "active", "")], "deploy", "churn@1", "--json"
    )
    found = json.loads(out)
    instances = found.pop("instances")
    assert code == 0 and found == filled.states()[-1]
    assert [(one["instance"], one["state"]) for one in instances] == [("scorer-0", "active")]


# Watching.


def test_watch_prints_what_comes(filled):
    filled("deploy", "churn@1")
    process = filled.start("watch")
    lines = []

    def read():
        for line in process.stdout:
            lines.append(line.decode())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_until(lambda: len(lines) == 1, what="the state there is")
        assert "sequence 1: champion churn@1" in lines[0]
        filled("deploy", "churn@2", "--reason", "better")
        filled.say("scorer-0", 2, "rejected", "no \x1b[2J")
        filled.produce(".status", (b"churn/scorer-0", b"\x1b[2J garbage"))
        wait_until(lambda: len(lines) == 5, what="four more lines")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        reader.join()
    text = "".join(lines[1:])
    for word in ("state sequence 2: champion churn@2", "audit sequence 2 deploy churn@2", "better",
                 "status scorer-0 sequence 2 rejected", "no \\x1b[2J", "ignored"):  # fmt: skip
        assert word in text, (word, text)
    assert "\x1b" not in text


def test_watch_ends_by_itself(filled):
    done = filled("watch", "--seconds", 1)
    assert "no state of churn" in done.out and 0.9 < done.seconds < 5


def test_watch_goes_on_without_a_broker(tmp_path, broker):
    nobody = Kafka(f"127.0.0.1:{free_port()}")
    done = Registry(nobody, "nowhere", tmp_path)("watch", "--seconds", 2)
    assert nobody.bootstrap in done.err and done.out == ""
    assert 1.9 < done.seconds < 8
