"""Rollout as an operator sees it: commands and raw messages on a real broker, under load."""

import collections
import contextlib
import datetime
import hashlib
import http.server
import json
import os
import random
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import xxhash
from confluent_kafka import Producer

from harness import (
    Input,
    Tidemill,
    assert_conserved,
    free_port,
    queue_all,
    serve_config,
    series,
    wait_until,
)
from models import run, score_offline, simulated_events, train
from test_serve import assert_in_order

OPERATOR = "ana@ops"
STATUS_KEYS = [
    "schema", "service", "instance", "sequence", "state", "detail", "swap_us", "champion",
    "challengers", "time",
]  # fmt: skip


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Small models, each of other bytes; `strict` refuses the events of strict_events()."""
    folder = tmp_path_factory.mktemp("rollout-models")

    def churn(name, *arguments, drift=(), seed=1):
        place = folder / name
        place.mkdir()
        few_trees = ("--set", "model.XGBClassifier.n_estimators=20", "--seed", seed)
        return train("churn", place, 2000, drift, (*few_trees, *arguments))

    taxi = folder / "taxi"
    taxi.mkdir()
    return SimpleNamespace(
        one=churn("one", seed=1),
        two=churn("two", seed=2),
        three=churn("three", seed=3),
        strict=churn("strict", "--set", "schema.fields.loyalty=integer"),
        shifted=churn("shifted", drift=["churn_odds=*30"]),
        taxi=train("taxi", taxi, 2000, arguments=("--set", "model.XGBRegressor.n_estimators=20")),
    )


@pytest.fixture(scope="session")
def events(tmp_path_factory):
    """Raw churn events, one in a hundred of them broken."""
    return simulated_events("churn", 4000, tmp_path_factory.mktemp("rollout-events"), poison=0.01)


def strict_events(events):
    """With a field more, which `strict` wants to be a number and the others do not know."""
    return [
        event[:-1] + b',"loyalty":"gold"}' if event and event.endswith(b"}") else event
        for event in events
    ]


def keyed(events, keys=2000):
    return [Input(event, key=b"customer-%d" % (i % keys)) for i, event in enumerate(events)]


class Load:
    """Produces events at a steady rate in a thread of its own, the same ones again and again."""

    def __init__(self, broker, topic, events, rate=400, limit=60_000):
        self.broker = broker
        self.topic = topic
        self.inputs = keyed(events)
        self.rate = rate
        self.limit = limit
        self._batches = []
        self._error = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._stop.set()
        self._thread.join()

    def _run(self):
        try:
            producer = Producer(
                {"bootstrap.servers": self.broker.bootstrap, "enable.idempotence": True}
            )
            made, owed, last = 0, 0.0, time.monotonic()
            while not self._stop.wait(0.02) and made < self.limit:
                now = time.monotonic()
                # What a stall has held up is not made up for: it would be a burst.
                owed += min(now - last, 0.1) * self.rate
                last = now
                chunk = [self.inputs[i % len(self.inputs)] for i in range(made, made + int(owed))]
                made, owed = made + len(chunk), owed - len(chunk)
                self._batches.append(queue_all(producer, self.topic, chunk))
            producer.flush(30)
        except Exception as error:
            self._error = error

    def stop(self):
        """Ends it and returns what was produced, as records."""
        self.__exit__()
        if self._error is not None:
            raise self._error
        records = [record for batch in self._batches for record in batch]
        assert None not in records, "a record has no delivery report"
        return records


class Registry:
    """The commands of an operator, and what stands in the topics."""

    def __init__(self, broker, topic, store):
        self.broker = broker
        self.topic = topic
        self.store = Path(store)

    def __call__(self, verb, *arguments, expect=0):
        place = ["--service", "churn", "--bootstrap", self.broker.bootstrap]
        if self.topic != "tidemill.registry":
            place += ["--topic", self.topic]
        return run(
            "registry", verb, *arguments, *place, "--store", self.store,
            expect=expect, environment={"TIDEMILL_USER": OPERATOR},
        )  # fmt: skip

    def ask(self, verb, *arguments, expect=0):
        return json.loads(self(verb, *arguments, "--json", expect=expect).stdout)

    def wait(self, verb, *arguments, expect=0):
        """Makes a change and answers the states of the instances by name."""
        answer = self.ask(verb, *arguments, "--wait", "--timeout", "40s", expect=expect)
        return {one["instance"]: one for one in answer["instances"]}

    def add(self, model):
        """The new version's record."""
        return self.ask("add", model)

    def live(self):
        """What the live instances say, by name."""
        return {one["instance"]: one for one in self.ask("show")["instances"]}

    def states(self):
        records = self.broker.read_all(self.topic)
        return [json.loads(record.value) for record in records if record.key == b"churn"]

    def audit(self):
        return [record.json() for record in self.broker.read_all(f"{self.topic}.audit")]

    def statuses(self, instance):
        """The records of what an instance said, in order."""
        key = f"churn/{instance}".encode()
        return [r for r in self.broker.read_all(f"{self.topic}.status") if r.key == key]

    def last_status(self, instance):
        """What the instance said last; empty values while it has not."""
        said = self.statuses(instance)
        return said[-1].json() if said else dict.fromkeys(STATUS_KEYS)

    def publish(self, *messages):
        """Raw messages, each a dict or bytes."""
        values = [json.dumps(m).encode() if isinstance(m, dict) else m for m in messages]
        self.broker.produce(self.topic, [Input(value, key=b"churn") for value in values])

    def put(self, model, version, name="churn"):
        """A model in the store without the command: how a state names it."""
        content = Path(model).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        self.store.mkdir(exist_ok=True)
        (self.store / f"{digest}.bin").write_bytes(content)
        return {
            "model": name, "version": version, "uri": f"file:{digest}.bin", "sha256": digest,
            "size": len(content),
        }  # fmt: skip


def state_of(sequence, champion, **changes):
    return {
        "schema": 1, "service": "churn", "sequence": sequence, "champion": champion,
        "challengers": [], "reason": "a test", "issued_by": OPERATOR,
        "issued_at": "2026-11-21T09:12:02.123456Z", **changes,
    }  # fmt: skip


class Service:
    """Topics, a store and a registry that no other test has."""

    def __init__(self, broker, prefix, folder, registry_topic=None):
        self.broker = broker
        self.prefix = prefix
        self.folder = Path(folder)
        names = ("events", "predictions", "predictions.shadow", "dead-letters")
        broker.create_topics({f"{prefix}.{name}": 4 for name in names})
        topic = registry_topic or f"{prefix}.registry"
        self.registry = Registry(broker, topic, self.folder / "store")
        self.events_topic = f"{prefix}.events"

    def scorer(self, instance="scorer-0", **overrides):
        registry = {"topic": self.registry.topic, "store": str(self.registry.store)}
        config = serve_config(
            self.broker.bootstrap,
            self.prefix,
            instance=instance,
            registry={**registry, **overrides.pop("registry", {})},
            # A killed instance gets its partitions back at once.
            kafka={"static_membership": True},
            **overrides,
        )
        return Tidemill(config, self.folder / instance)

    def load(self, events, **options):
        return Load(self.broker, self.events_topic, events, **options)

    def committed(self):
        offsets = self.broker.committed_offsets(f"{self.prefix}.scorer", self.events_topic)
        return sum(offsets.values())

    def outputs(self, count):
        """Predictions and dead letters, once `count` events are done with."""
        try:
            wait_until(lambda: self.committed() >= count, 60, "committed offsets", interval=0.2)
        except AssertionError as missed:
            group = f"{self.prefix}.scorer"
            raise AssertionError(
                f"of {count} events at {self.broker.end_offsets(self.events_topic)} are committed"
                f" {self.broker.committed_offsets(group, self.events_topic)}"
                f" by {self.broker.members(group)}"
            ) from missed
        return tuple(
            self.broker.read_all(f"{self.prefix}.{name}")
            for name in ("predictions", "dead-letters")
        )

    def shadow_outputs(self, count):
        return self.broker.read_all(f"{self.prefix}.predictions.shadow", count)


@pytest.fixture
def service(broker, topic_prefix, tmp_path):
    return Service(broker, topic_prefix, tmp_path)


@contextlib.contextmanager
def started(*scorers):
    with contextlib.ExitStack() as stack:
        for scorer in scorers:
            stack.enter_context(scorer)
        yield scorers[0] if len(scorers) == 1 else scorers


def metric(text, name, **labels):
    """The sum of the series of that name that have those labels."""
    wanted = {label: str(value) for label, value in labels.items()}
    return sum(value for found, value in series(text, name) if wanted.items() <= found.items())


def scrape(scorer):
    """Empty while it does not answer yet."""
    return scorer.get("/metrics", listener="metrics")[1]


def scored_by(scorer, version, variant):
    return metric(
        scrape(scorer),
        "tidemill_version_events_total",
        version=version,
        variant=variant,
        outcome="scored",
    )


def not_ready_reasons(scorer):
    """Empty when it is ready."""
    status, text = scorer.get("/v2/health/ready")
    return "" if status == 200 else text


def source_of(output):
    return output.header("tidemill.source")


def version_of(output):
    return output.header("tidemill.model")


def time_of(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def assert_scores_match(inputs, outputs, models, folder):
    """Each output is what `tidemill score` makes of its event with the version it names."""
    values = {record.id: record.value for record in inputs}
    by_version = collections.defaultdict(list)
    for output in outputs:
        by_version[version_of(output)].append(output)
    assert set(by_version) <= set(models)
    for version, mine in by_version.items():
        sources = list(dict.fromkeys(source_of(output) for output in mine))
        offline = score_offline(models[version], [values[source] for source in sources], folder)
        expected_of = {source: offline[line] for line, source in enumerate(sources)}
        for output in mine:
            expected = expected_of[source_of(output)]
            if output.header("tidemill.stage") is not None:
                got = {name: output.header(f"tidemill.{name}") for name in ("stage", "reason")}
            else:
                got = output.json()
                assert f"{got['model']}@{got['version']}" == version
            for name in ("stage", "reason", "score", "label"):
                assert got.get(name) == expected.get(name), (name, version, got, expected)


def split_repeats(outputs):
    """The outputs without repeats, and the sources that stand twice."""
    first, repeated = {}, []
    for output in outputs:
        if source_of(output) in first:
            repeated.append(source_of(output))
        else:
            first[source_of(output)] = output
    return list(first.values()), repeated


def times_of(scorer, text):
    """When a scorer wrote lines with this text to its log, in seconds."""
    lines = [line for line in scorer.stderr.splitlines() if text in line]
    return [datetime.datetime.fromisoformat(line.split()[0]).timestamp() for line in lines]


@dataclass(frozen=True)
class Phase:
    """A time during which a canary had a share, on every instance."""

    start: float
    end: float
    version: int
    percent: float


def is_in_share(key, salt, percent):
    bucket = xxhash.xxh3_64_intdigest(salt.encode() + b"\0" + key) % 1_000_000
    return bucket < percent * 10_000


def assert_sticky(inputs, predictions, phases):
    """In each phase the keys of the share, and no others, met the canary."""
    key_of = {record.id: record.key for record in inputs}
    for phase in phases:
        salt = f"churn@{phase.version}"
        inside = [
            p for p in predictions
            if phase.start < time_of(p.json()["scored_time"]) < phase.end
        ]  # fmt: skip
        assert len(inside) > 100
        for prediction in inside:
            expected = is_in_share(key_of[source_of(prediction)], salt, phase.percent)
            assert (prediction.json()["variant"] == "canary") == expected
            assert (version_of(prediction) == salt) == expected


class Canary:
    """Notes the phases in which a canary had the same share everywhere."""

    # A batch that was begun before the change may be stamped a little after it.
    MARGIN = 0.3

    def __init__(self, scorers, version):
        self.scorers = scorers
        self.version = version
        self.phases = []

    def hold(self, percent, events=30):
        """Until every instance has scored `events` more by it."""
        start = time.time() + self.MARGIN
        before = [scored_by(scorer, self.version, "canary") for scorer in self.scorers]

        def has_scored():
            now = [scored_by(scorer, self.version, "canary") for scorer in self.scorers]
            return time.time() > start + 1 and all(
                n >= b + events for n, b in zip(now, before, strict=True)
            )

        wait_until(has_scored, 30, f"{events} events by the canary", interval=0.1)
        self.phases.append(Phase(start, time.time(), self.version, percent))


def test_a_whole_rollout_on_two_instances_under_load(service, models, events, tmp_path):
    registry = service.registry
    scorers = [service.scorer("scorer-0", workers=2), service.scorer("scorer-1", workers=2)]
    names = {"scorer-0", "scorer-1"}
    kills = []

    def kill(scorer):
        scorer.kill()
        kills.append(time.time())

    with started(*scorers), service.load(strict_events(events)) as load:
        # Nothing is deployed: nobody is ready, and says why; no event is read.
        wait_until(lambda: set(registry.live()) == names, 30, "two live instances", interval=0.2)
        for scorer in scorers:
            wait_until(
                lambda scorer=scorer: "has no champion for service churn"
                in not_ready_reasons(scorer),
                what="the reason not to be ready",
            )
            assert metric(scorer.metrics(), "tidemill_events_total") == 0
        assert service.committed() == 0

        assert registry.add(models.one)["version"] == 1
        answers = registry.wait("deploy", "churn@1", "--reason", "the first one")
        assert {name: one["state"] for name, one in answers.items()} == dict.fromkeys(
            names, "active"
        )
        assert all(one["champion"] == "churn@1" for one in answers.values())
        for scorer in scorers:
            scorer.wait_ready()

        assert registry.add(models.two)["version"] == 2
        canary = Canary(scorers, version=2)
        answers = registry.wait("canary", "churn@2", "--percent", "10", "--reason", "a tenth")
        assert all(one["challengers"] == ["churn@2"] for one in answers.values())
        canary.hold(10)
        registry.wait("canary", "churn@2", "--percent", "30", "--reason", "nearly a third")
        canary.hold(30)

        # A crash: back at once on what the registry says, before it is ready.
        kill(scorers[1])
        scorers[1].start().wait_ready()
        text = scorers[1].metrics()
        assert metric(text, "tidemill_registry_sequence") == 3
        assert metric(text, "tidemill_model_info", version=1, variant="champion") == 1
        assert metric(text, "tidemill_model_info", version=2, variant="canary") == 1
        canary.hold(30)

        # One that is away during a change needs only the last message.
        kill(scorers[0])
        answers = registry.wait("promote", "churn@2", "--reason", "better")
        assert answers["scorer-1"]["state"] == "active"
        scorers[0].start().wait_ready()
        text = scorers[0].metrics()
        assert metric(text, "tidemill_registry_sequence") == 4
        assert metric(text, "tidemill_model_info", version=2, variant="champion") == 1
        assert metric(text, "tidemill_model_info") == 1

        # A version that cannot be loaded.
        bad = registry.add(models.three)
        assert bad["version"] == 3
        stored = registry.store / f"{bad['sha256']}.bin"
        stored.write_bytes(bytes(stored.stat().st_size))
        done = registry("deploy", "churn@3", "--reason", "by mistake", "--wait", expect=1)
        assert b"scorer-0" in done.stdout and b"scorer-1" in done.stdout
        assert done.stdout.count(b"rejected") == 2 and b"sha256" in done.stdout
        assert b"scorer-0" in done.stderr and b"scorer-1" in done.stderr
        live = registry.live()
        assert {one["champion"] for one in live.values()} == {"churn@2"}
        assert {one["state"] for one in live.values()} == {"rejected"}
        answers = registry.wait("rollback", "--reason", "it cannot be loaded")
        assert {one["champion"] for one in answers.values()} == {"churn@2"}
        assert {one["state"] for one in answers.values()} == {"active"}

        # A version that misbehaves, on both instances at once.
        assert registry.add(models.strict)["version"] == 4
        registry.wait(
            "canary", "churn@4", "--percent", "20", "--reason", "with a new field",
            "--guardrail", "max_error_ratio=0.9", "--guardrail", "min_events=300",
        )  # fmt: skip
        burst = service.broker.produce(service.events_topic, keyed(strict_events(events)))
        wait_until(lambda: not registry.states()[-1]["challengers"], 30, "the rollback")
        wait_until(
            lambda: all(
                (status := registry.last_status(name))["state"] == "rolled_back"
                and status["sequence"] == 8
                for name in names
            ),
            what="the status of both instances",
        )
        breaches = [metric(s.metrics(), "tidemill_guardrail_breaches_total") for s in scorers]
        assert breaches == [1, 1]
        inputs = load.stop() + burst
        predictions, dead_letters = service.outputs(len(inputs))
        history = registry.ask("history")
        for scorer in scorers:
            assert scorer.stop() == 0, scorer.stderr

    # Every input once; what a crash has repeated stands near it.
    outputs, repeated = split_repeats(predictions + dead_letters)
    answers = [one for one in outputs if one.topic.endswith(".predictions")]
    refusals = [one for one in outputs if one.topic.endswith(".dead-letters")]
    assert_conserved(inputs, answers, refusals)
    assert_in_order(answers)
    assert_in_order(refusals)
    made_at = {record.id: record.timestamp_ms / 1000 for record in inputs}
    # Without an answer for a session's time a scorer loses its partitions, which ends it like a crash.
    ends = kills + [at for scorer in scorers for at in times_of(scorer, "partitions lost")]
    for source in repeated:
        assert any(end - 30 < made_at[source] < end + 0.1 for end in ends), source
    by_version = {
        "churn@1": models.one, "churn@2": models.two, "churn@4": models.strict,
    }  # fmt: skip
    assert_scores_match(inputs, predictions + dead_letters, by_version, tmp_path)
    assert_sticky(inputs, predictions, canary.phases)

    # One decision, whoever saw it.
    states = registry.states()
    assert [state["sequence"] for state in states] == list(range(1, 9))
    assert [s["issued_by"].startswith("guardrail/") for s in states].count(True) == 1
    assert states[-1]["champion"]["version"] == 2
    changes = [one for one in registry.audit() if one["kind"] == "change"]
    assert [one["state"] for one in changes] == states
    assert ["evidence" in one for one in changes] == [False] * 7 + [True]
    evidence = changes[-1]["evidence"]
    assert evidence["rule"] == "max_error_ratio" and evidence["limit"] == 0.9
    assert evidence["version"] == "churn@4" and evidence["variant"] == "canary"
    assert evidence["instance"] in names and 0.9 < evidence["found"] <= 1
    assert states[-1]["issued_by"] == f"guardrail/{evidence['instance']}"

    assert_history_tells_the_rollout(history, evidence)


def assert_history_tells_the_rollout(history, evidence):
    told = [(c["verb"], c.get("subject", ""), c["who"]) for c in history["changes"]]
    guardrail = f"guardrail/{evidence['instance']}"
    assert told == [
        ("add", "churn@1", OPERATOR), ("deploy", "churn@1", OPERATOR),
        ("add", "churn@2", OPERATOR), ("canary", "churn@2", OPERATOR),
        ("canary", "churn@2", OPERATOR), ("promote", "churn@2", OPERATOR),
        ("add", "churn@3", OPERATOR), ("deploy", "churn@3", OPERATOR),
        ("rollback", "", OPERATOR), ("add", "churn@4", OPERATOR),
        ("canary", "churn@4", OPERATOR), ("rollback", "churn@4", guardrail),
    ]  # fmt: skip
    changes = [change for change in history["changes"] if change["kind"] == "change"]
    reasons = [change["state"]["reason"] for change in changes]
    assert reasons[:-1] == [
        "the first one", "a tenth", "nearly a third", "better", "by mistake",
        "it cannot be loaded", "with a new field",
    ]  # fmt: skip
    assert "max_error_ratio" in reasons[-1]
    assert changes[-1]["evidence"] == evidence
    states = [{one["instance"]: one["state"] for one in c["instances"]} for c in changes]
    assert states[4] == {"scorer-0": "rejected", "scorer-1": "rejected"}
    assert states[-1] == {"scorer-0": "rolled_back", "scorer-1": "rolled_back"}
    # The version that was refused by all never answered, so it never reigned.
    reigns = history["champions"]
    assert [(r["champion"], r["sequence"], r["taken"]) for r in reigns] == [
        ("churn@1", 1, True), ("churn@2", 4, True),
    ]  # fmt: skip
    assert reigns[0]["to"] == reigns[1]["from"] and reigns[1]["to"] is None
    assert changes[3]["when"] <= reigns[1]["from"] <= changes[4]["when"]


def test_a_share_is_drawn_by_event_id_without_a_key_and_by_a_field_on_request(
    service, models, tmp_path
):
    registry = service.registry
    clean = simulated_events("churn", 2000, tmp_path)
    by_id, by_field = clean[:1000], clean[1000:]
    with started(service.scorer(workers=2)) as scorer:
        registry.add(models.one)
        registry.add(models.two)
        registry("deploy", "churn@1")
        scorer.wait_ready()
        registry.wait("canary", "churn@2", "--percent", "30", "--salt", "first")
        inputs = service.broker.produce(service.events_topic, by_id)
        service.outputs(len(inputs))
        # Another salt, and all customers with the same bill on the same side.
        arguments = ("--percent", "62.5", "--salt", "second", "--by", "MonthlyCharges")
        registry.wait("canary", "churn@2", *arguments)
        inputs += service.broker.produce(service.events_topic, keyed(by_field))
        predictions, dead_letters = service.outputs(len(inputs))
    assert_conserved(inputs, predictions, dead_letters)
    assert not dead_letters
    variant_of = {source_of(p): p.json()["variant"] for p in predictions}
    shares = [
        (inputs[:1000], "customerID", "first", 30),
        (inputs[1000:], "MonthlyCharges", "second", 62.5),
    ]
    for records, field, salt, percent in shares:
        chosen = [is_in_share(text_of(record, field), salt, percent) for record in records]
        assert [variant_of[record.id] == "canary" for record in records] == chosen
        assert 0 < sum(chosen) < len(chosen)


def text_of(record, field):
    """The field's value as it stands in the event, a text without its quotes."""
    rest = record.value.split(b'"%s":' % field.encode(), 1)[1]
    return rest.split(b",")[0].rstrip(b"}").strip(b'"')


def write_traps(registry, models, folder):
    """Places that a message must not reach; all hold, or lead to, a model that could be served."""
    outside = folder / "outside"
    outside.mkdir()
    shutil.copy(models.three, outside / "three.bin")
    (registry.store / "link.bin").symlink_to(outside / "three.bin")
    (registry.store / "link").symlink_to(outside)
    (registry.store / "folder.bin").mkdir()
    os.mkfifo(registry.store / "fifo.bin")
    (registry.store / "corrupt.bin").write_bytes(models.three.read_bytes()[:-64] + bytes(64))


def garbage_kinds(registry, models, folder):
    """By what is to become of them: makers of bad messages, from a sequence that is free."""
    one = registry.put(models.one, 1)
    two = registry.put(models.two, 2)
    three = {**registry.put(models.three, 3), "version": 9}
    taxi = registry.put(models.taxi, 1, "taxi")
    write_traps(registry, models, folder)
    corrupt = (registry.store / "corrupt.bin").read_bytes()

    def state(**changes):
        return lambda n: json.dumps(state_of(n, one) | changes).encode()

    def champion(**changes):
        return state(champion={**three, **changes})

    def challenger(**changes):
        return state(
            challengers=[{**three, "mode": "canary", "percent": 10, "salt": "s", **changes}]
        )

    def plain(value):
        return lambda n: value

    return {
        "not_json": [
            plain(b"{"), plain(b"promote churn@2"), plain(b"\xff\xfe\x00"), plain(b"[1]"),
            plain(b"null"), lambda n: state()(n)[:-1],
            lambda n: state()(n)[:-1] + b',"champion":' + json.dumps(two).encode() + b"}",
            lambda n: b'{"a":' * 100 + b"1" + b"}" * 100,
        ],
        "unknown_schema": [state(schema=2), state(schema="1"), state(schema=None)],
        "invalid": [
            plain(None), state(sequence=0), state(sequence=-7), state(sequence="7"),
            state(sequence=1.5), state(sequence=2**53 + 1), state(service="taxi"),
            state(champion="churn@1"), state(champion=[one, two]), champion(version=0),
            champion(version="3"), champion(size=0), champion(size=2**30),
            champion(sha256="7C9E"), champion(uri=7), champion(model="../churn"),
            state(challengers=[{**one, "mode": "shadow"}]),
            state(challengers=[{**two, "mode": "shadow"}] * 2), state(challengers={}),
            challenger(percent=100.5), challenger(percent=-1), challenger(percent="10"),
            challenger(mode="blue"), challenger(salt=""), state(guardrails={"min_events": 0}),
            state(guardrails={"auto": "maybe"}), state(reason="x" * 2000),
            state(champion=None, challengers=[{**two, "mode": "shadow"}]),
        ],
        "refused": [
            champion(uri="file:nothing.bin"), champion(sha256="0" * 64), champion(size=17),
            champion(uri=two["uri"], size=two["size"]), champion(uri="file:../outside/three.bin"),
            champion(uri="file:x/../../outside/three.bin"),
            champion(uri=f"file:{folder}/outside/three.bin"),
            champion(uri=f"file://{folder}/outside/three.bin"), champion(uri="file:link.bin"),
            champion(uri="file:link/three.bin"), champion(uri="file:fifo.bin"),
            champion(uri="file:folder.bin"), champion(uri="http://127.0.0.1:1/three.bin"),
            champion(uri="https://models.example/three.bin"), champion(uri="ftp://x/three.bin"),
            champion(uri="three.bin"), challenger(uri="file:nothing.bin"),
            challenger(uri="file:../outside/three.bin"), state(champion=None),
            champion(uri=one["uri"], sha256=one["sha256"], size=one["size"], model="other"),
        ],
        # Costly ones, of which there are fewer.
        "too_large": [state(reason="x" * 70_000)],
        "costly": [
            state(champion=taxi), champion(**{**taxi, "model": "churn", "version": 12}),
            state(challengers=[{**taxi, "mode": "shadow"}]),
            champion(uri="file:corrupt.bin", size=len(corrupt),
                     sha256=hashlib.sha256(corrupt).hexdigest()),
        ],
    }  # fmt: skip


def make_garbage(kinds, count, first_sequence, costly=0):
    """`count` bad messages with what becomes of each; `costly` of each kind that takes time.

    They stand in a random order that is always the same.
    """
    cheap = [
        (result, make)
        for result in ("not_json", "unknown_schema", "invalid", "refused")
        for make in kinds[result]
    ]
    chosen = [("refused", make) for make in kinds["costly"] for _ in range(costly)]
    chosen += [("too_large", make) for make in kinds["too_large"] for _ in range(20)]
    chosen += [cheap[i % len(cheap)] for i in range(count - len(chosen))]
    random.Random(4).shuffle(chosen)
    return [(result, make(first_sequence + i)) for i, (result, make) in enumerate(chosen)]


def test_ten_thousand_bad_messages_around_three_good_ones_make_three_swaps(
    service, models, events, tmp_path
):
    registry = service.registry
    with started(service.scorer(workers=2)) as scorer, service.load(events, rate=200) as load:
        connected = "tidemill_registry_connected"
        wait_until(lambda: metric(scrape(scorer), connected) == 1, 20, "the registry")
        kinds = garbage_kinds(registry, models, tmp_path)
        good = [
            state_of(i + 1, registry.put(model, i + 1))
            for i, model in enumerate((models.one, models.two, models.three))
        ]
        # A sequence that is not above the last one, of a state that could be served.
        stale = json.dumps(state_of(1, registry.put(models.two, 2))).encode()
        # Before anything is served, a model for other events is no worse than another.
        garbage = make_garbage(kinds, 3000, 1000)
        garbage += make_garbage(kinds, 6800, 4000, costly=10)
        expected = collections.Counter({"applied": 3, "stale": 200})
        expected.update(result for result, _ in garbage)
        bad = [value for _, value in garbage]

        begun = time.time()
        registry.publish(*bad[:3000], good[0], *bad[3000:6000], *[stale] * 100, good[1])
        registry.publish(*bad[6000:9000], *[stale] * 100, good[2], *bad[9000:])
        published = time.time()

        name = "tidemill_registry_messages_total"
        ready = []

        def all_handled():
            ready.append(scorer.is_ready())
            return metric(scrape(scorer), name) == sum(expected.values())

        wait_until(all_handled, 60, "all messages", interval=0.1)
        caught_up = time.time()
        assert ready == sorted(ready), "it was ready and then no more"
        text = scorer.metrics()
        found = {result: metric(text, name, result=result) for result in expected}
        assert found == dict(expected)
        swaps = "tidemill_model_swaps_total"
        assert metric(text, swaps, result="activated") == 3
        assert metric(text, swaps, result="rejected") == expected["refused"]
        assert metric(text, "tidemill_registry_sequence") == 3
        assert metric(text, "tidemill_model_info", version=3, variant="champion") == 1
        assert scorer.is_ready()
        wait_until(lambda: scored_by(scorer, 3, "champion") > 100, what="events by the last one")
        status = registry.last_status("scorer-0")
        assert (status["state"], status["champion"]) == ("rejected", "churn@3")

        inputs = load.stop()
        predictions, dead_letters = service.outputs(len(inputs))
        assert scorer.stop() == 0, scorer.stderr
        audit = registry.audit()
        # Even so it can be started anew, among all that garbage.
        scorer.start().wait_ready()
        assert registry.last_status("scorer-0")["champion"] == "churn@3"

    assert_conserved(inputs, predictions, dead_letters)
    by_version = {"churn@1": models.one, "churn@2": models.two, "churn@3": models.three}
    assert_scores_match(inputs, predictions + dead_letters, by_version, tmp_path)
    # Each was answered with a reason, but for those that are merely old.
    refusals = [one["status"] for one in audit if one["kind"] == "status"]
    refusals = [status for status in refusals if status["state"] == "rejected"]
    assert len(refusals) == len(garbage)
    assert all(status["detail"] for status in refusals)
    # Neither scoring nor the registry lagged far behind.
    assert caught_up - published < 10
    times = sorted(time_of(p.json()["scored_time"]) for p in predictions)
    during = [t for t in times if t > begun]
    assert max(b - a for a, b in zip(during, during[1:], strict=False)) < 2


def test_a_restart_does_not_take_what_the_running_instance_refused(service, models):
    """A model for other events: refused beside the champion, and no better without it."""
    registry = service.registry
    with started(service.scorer()) as scorer:
        registry.add(models.one)
        registry("deploy", "churn@1")
        scorer.wait_ready()
        registry.publish(state_of(2, registry.put(models.taxi, 1, "taxi")))
        wait_until(
            lambda: registry.last_status("scorer-0")["state"] == "rejected", what="the refusal"
        )
        scorer.kill()
        scorer.start().wait_ready()
        assert registry.last_status("scorer-0")["champion"] == "churn@1"


class ArtifactServer:
    """A web server on the loopback interface over a folder; it can hold its answers back."""

    def __init__(self, folder):
        self.open = threading.Event()
        self.open.set()
        self.asked = []
        outer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def do_GET(self):  # noqa: N802
                outer.asked.append(self.path)
                assert outer.open.wait(30)
                if self.path.endswith("/moved.bin"):
                    self.send_response(302)
                    self.send_header("Location", "/other/three.bin")
                    self.end_headers()
                    return
                super().do_GET()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.open.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_artifacts_come_over_http_and_none_is_ready_before_its_champion(
    service, models, events, tmp_path
):
    registry = service.registry
    for name in ("allowed", "other"):
        (tmp_path / name).mkdir()
        shutil.copy(models.three, tmp_path / name / "three.bin")
    first = registry.add(models.one)
    with ArtifactServer(tmp_path) as server:
        places = {"store": f"{server.url}/store/", "allowed": [f"{server.url}/allowed/"]}
        registry("deploy", "churn@1")
        inputs = service.broker.produce(service.events_topic, keyed(events))
        server.open.clear()
        with started(service.scorer(registry=places)) as scorer:
            asked = f"/store/{first['sha256']}.bin"
            wait_until(lambda: asked in server.asked, 20, "the download")
            # The topics are there, the workers could start; only the champion is missing.
            wait_until(
                lambda: "registry" in (why := not_ready_reasons(scorer)) and "broker" not in why,
                what="the reason not to be ready",
            )
            assert metric(scorer.metrics(), "tidemill_events_total") == 0
            assert service.committed() == 0
            server.open.set()
            scorer.wait_ready()
            assert metric(scorer.metrics(), "tidemill_model_info", version=1) == 1
            predictions, dead_letters = service.outputs(len(inputs))

            three = registry.put(models.three, 3)
            allowed = {**three, "uri": f"{server.url}/allowed/three.bin"}
            registry.publish(state_of(2, allowed))
            wait_until(
                lambda: metric(scrape(scorer), "tidemill_registry_sequence") == 2,
                what="the version from the allowed place",
            )
            places = (
                "/other/three.bin", "/allowed/../other/three.bin",
                "/allowed/%2e%2e/other/three.bin", "/allowed/moved.bin", "/allowed/none.bin",
            )  # fmt: skip
            for sequence, place in enumerate(places, start=3):
                outside = {**three, "version": 4, "uri": server.url + place}
                registry.publish(state_of(sequence, outside))
                status = wait_until(
                    lambda n=sequence: (s := registry.last_status("scorer-0"))["sequence"] == n
                    and s["state"] != "verified" and s,
                    what=f"the answer to {place}",
                )  # fmt: skip
                assert status["state"] == "rejected" and status["detail"], place
                assert status["champion"] == "churn@3"
            assert not any("other" in path for path in server.asked)
    assert_conserved(inputs, predictions, dead_letters)
    assert_scores_match(inputs, predictions + dead_letters, {"churn@1": models.one}, tmp_path)


def test_without_its_store_an_instance_serves_what_it_remembers_until_the_store_is_back(
    service, models
):
    registry = service.registry
    known, fresh = service.scorer("scorer-0"), service.scorer("scorer-1")
    away = registry.store.with_name("away")
    last_good = "tidemill_registry_last_good"
    with started(known):
        registry.add(models.one)
        registry.add(models.two)
        registry("deploy", "churn@1")
        known.wait_ready()
        registry.wait("deploy", "churn@2")
        known.kill()
        registry.store.rename(away)
        with started(known, fresh):
            known.wait_ready()
            assert metric(known.metrics(), last_good) == 1
            status = registry.last_status("scorer-0")
            assert "last-good" in status["detail"] and status["champion"] == "churn@2"
            # One that has nothing to remember says what it misses.
            wait_until(
                lambda: str(registry.store) in not_ready_reasons(fresh), what="the missing store"
            )
            away.rename(registry.store)
            fresh.wait_ready()
            assert registry.last_status("scorer-1")["champion"] == "churn@2"
            wait_until(
                lambda: metric(scrape(known), last_good) == 0, 15, "the state of the registry"
            )


def test_without_its_broker_an_instance_waits_and_the_default_topic_is_the_registry(
    own_broker, topic_prefix, models, events, tmp_path
):
    service = Service(own_broker, topic_prefix, tmp_path, "tidemill.registry")
    registry = service.registry
    scorer = service.scorer()
    del scorer.config["registry"]["topic"]
    with started(scorer):
        registry.add(models.one)
        registry("deploy", "churn@1")
        scorer.wait_ready()
        assert [s["champion"]["version"] for s in registry.states()] == [1]
        assert scorer.stop() == 0, scorer.stderr
        own_broker.stop()
        scorer.start()
        wait_until(
            lambda: own_broker.bootstrap in not_ready_reasons(scorer), 20, "the missing broker"
        )
        wait_until(
            lambda: metric(scrape(scorer), "tidemill_registry_last_good") == 1, 20, "last-good"
        )
        assert not scorer.is_ready()
        own_broker.start()
        inputs = service.broker.produce(service.events_topic, keyed(events[:200]))
        scorer.wait_ready(30)
        wait_until(
            lambda: metric(scrape(scorer), "tidemill_registry_last_good") == 0, 20, "the registry"
        )
        predictions, dead_letters = service.outputs(len(inputs))

        # It follows again, too, when the broker crashes under it.
        said = len(registry.statuses("scorer-0"))
        own_broker.kill()
        own_broker.start()
        registry.add(models.two)
        # What it said before the crash makes it live for a while.
        wait_until(lambda: len(registry.statuses("scorer-0")) > said, 60, "a sign of life", interval=0.2)
        assert registry.wait("deploy", "churn@2")["scorer-0"]["champion"] == "churn@2"
    assert_conserved(inputs, predictions, dead_letters)


def test_what_cannot_be_remembered_is_not_served_but_going_back_always_works(
    service, models, events, tmp_path
):
    registry = service.registry
    with started(service.scorer()) as scorer, service.load(events, rate=200) as load:
        for version, model in enumerate((models.one, models.two, models.three), start=1):
            assert registry.add(model)["version"] == version
        registry("deploy", "churn@1")
        scorer.wait_ready()
        registry.wait("deploy", "churn@2")

        # A disk that takes nothing: a file where the folder was.
        folder = scorer.directory / "last-good"
        assert (folder / "churn/scorer-0/state.json").exists()
        shutil.rmtree(folder)
        folder.write_bytes(b"")
        answers = registry.wait("deploy", "churn@3", expect=1)
        assert answers["scorer-0"]["state"] == "rejected"
        assert "last-good state could not be written" in answers["scorer-0"]["detail"]
        assert answers["scorer-0"]["champion"] == "churn@2"
        before = scored_by(scorer, 2, "champion")
        wait_until(lambda: scored_by(scorer, 2, "champion") > before + 50, what="more events")

        # Back to what is served, then to the version before it, without disk or store.
        assert registry.wait("rollback")["scorer-0"]["champion"] == "churn@2"
        two, one = (registry.put(model, n) for n, model in ((2, models.two), (1, models.one)))
        sequence = registry.ask("show")["state"]["sequence"] + 1
        registry.publish(state_of(sequence, two, previous=one))
        wait_until(
            lambda: metric(scrape(scorer), "tidemill_registry_sequence") == sequence,
            what="a state with a previous version",
        )
        wait_until(lambda: "churn@1 is loaded too" in scorer.stderr, what="the previous version")
        registry.store.rename(registry.store.with_name("away"))
        answers = registry.wait("rollback")
        assert answers["scorer-0"]["state"] == "active"
        assert answers["scorer-0"]["champion"] == "churn@1"
        assert "last-good" in answers["scorer-0"]["detail"]
        wait_until(lambda: scored_by(scorer, 1, "champion") > 50, what="events by the first one")
        inputs = load.stop()
        predictions, dead_letters = service.outputs(len(inputs))
    assert_conserved(inputs, predictions, dead_letters)
    by_version = {"churn@1": models.one, "churn@2": models.two}
    assert_scores_match(inputs, predictions + dead_letters, by_version, tmp_path)


def test_a_shadow_scores_a_copy_and_changes_no_answer(service, models, events, tmp_path):
    registry = service.registry
    with started(service.scorer(workers=2)) as scorer:
        registry.add(models.one)
        registry.add(models.shifted)
        registry("deploy", "churn@1")
        registry("shadow", "churn@2", "--reason", "how would it do?")
        scorer.wait_ready()
        wait_until(
            lambda: registry.last_status("scorer-0")["challengers"] == ["churn@2"],
            what="the shadow",
        )
        inputs = service.broker.produce(service.events_topic, keyed(events))
        predictions, dead_letters = service.outputs(len(inputs))

        def offered():
            text = scorer.metrics()
            name = "tidemill_shadow_events_total"
            outcomes = ("scored", "failed", "dropped")
            return {one: metric(text, name, version=2, outcome=one) for one in outcomes}

        wait_until(lambda: sum(offered().values()) == len(inputs), what="every event offered")
        text = scorer.metrics()
        shadows = service.shadow_outputs(offered()["scored"])

    assert_conserved(inputs, predictions, dead_letters)
    assert_scores_match(inputs, predictions + dead_letters, {"churn@1": models.one}, tmp_path)
    assert {p.json()["variant"] for p in predictions} == {"champion"}
    assert len(shadows) == offered_count(text, "scored") > 0
    assert {s.json()["variant"] for s in shadows} == {"shadow"}
    assert len({source_of(s) for s in shadows}) == len(shadows)
    assert_scores_match(inputs, shadows, {"churn@2": models.shifted}, tmp_path)
    if offered_count(text, "dropped") == 0:
        assert {source_of(s) for s in shadows} == {source_of(p) for p in predictions}

    champion_says = {source_of(p): p.json() for p in predictions}
    pairs = [(s.json(), champion_says[source_of(s)]) for s in shadows]
    same = sum(shadow["label"] == champion["label"] for shadow, champion in pairs)
    agreement = "tidemill_shadow_agreement_total"
    assert metric(text, agreement, result="same") == same
    assert metric(text, agreement, result="different") == len(pairs) - same > 0
    difference = "tidemill_shadow_score_difference"
    assert metric(text, f"{difference}_count") == len(pairs)
    total = sum(abs(shadow["score"] - champion["score"]) for shadow, champion in pairs)
    assert metric(text, f"{difference}_sum") == pytest.approx(total)


def offered_count(text, outcome):
    return metric(text, "tidemill_shadow_events_total", version=2, outcome=outcome)


@dataclass(frozen=True)
class Breach:
    """A limit that is sure to be broken, by a version in a role."""

    rule: str
    limit: float
    version: int
    variant: str = "canary"


MIN_EVENTS = 200
# Half a second of all events, for a busy machine.
LATE_EVENTS = 200
BREACHES = [
    Breach("max_error_ratio", 0.3, 2),
    Breach("max_p99_ms", 0.001, 3),
    Breach("max_score_psi", 0.5, 4),
    Breach("max_missing_ratio", 0.1, 5),
    Breach("max_score_psi", 0.5, 4, variant="shadow"),
    Breach("max_score_psi", 0.5, 6, variant="champion"),
]


def without_fields(events):
    """Four of the nineteen input fields are missing."""
    gone = ("Contract", "MonthlyCharges", "TotalCharges", "tenure")
    lines = [json.loads(event) for event in events]
    return [
        json.dumps({k: v for k, v in line.items() if k not in gone}).encode() for line in lines
    ]


def guardrails(*changes):
    """As `--guardrail`, in place of all that were there."""
    return [part for change in ("none", *changes) for part in ("--guardrail", change)]


def test_guardrails_take_back_what_breaks_them_within_their_events(service, models, tmp_path):
    registry = service.registry
    clean = simulated_events("churn", 4000, tmp_path)
    files = [models.one, models.strict, models.two, models.shifted, models.three]
    # Other bytes than version 4, so a version of its own.
    folder = tmp_path / "again"
    folder.mkdir()
    arguments = ("--seed", 9, "--set", "model.XGBClassifier.n_estimators=20")
    files.append(train("churn", folder, 2000, ["churn_odds=*30"], arguments))
    with (
        started(service.scorer(workers=2)) as scorer,
        service.load(without_fields(strict_events(clean))) as load,
    ):
        for version, model in enumerate(files, start=1):
            assert registry.add(model)["version"] == version
        registry("deploy", "churn@1")
        scorer.wait_ready()

        # Within its limits a version stays, window after window.
        limits = ("max_error_ratio=0.5", "max_p99_ms=60000", "max_score_psi=9",
                  "max_missing_ratio=0.9", "min_events=100")  # fmt: skip
        registry.wait("canary", "churn@3", "--percent", "50", *guardrails(*limits))
        wait_until(lambda: scored_by(scorer, 3, "canary") > 350, what="three windows")
        kept = registry.ask("show")["state"]["challengers"]
        assert [one["version"] for one in kept] == [3]
        assert metric(scorer.metrics(), "tidemill_guardrail_breaches_total") == 0
        registry.wait("retire", "churn@3")

        # A breach that is only to be told changes nothing.
        limits = ("max_p99_ms=0.001", "min_events=100", "auto=none")
        registry.wait("canary", "churn@3", "--percent", "50", *guardrails(*limits))
        told = wait_until(
            lambda: [one for one in registry.audit() if one["verb"] == "breach"], what="the breach"
        )
        assert told[0]["subject"] == "churn@3" and told[0]["evidence"]["rule"] == "max_p99_ms"
        assert registry.last_status("scorer-0")["state"] == "active"
        assert registry.last_status("scorer-0")["challengers"] == ["churn@3"]
        registry.wait("retire", "churn@3")

        found = [break_limit(registry, scorer, breach) for breach in BREACHES]
        inputs = load.stop()
        predictions, dead_letters = service.outputs(len(inputs))
        assert scorer.stop() == 0, scorer.stderr
        shadows = service.shadow_outputs(0)

    assert_conserved(inputs, predictions, dead_letters)
    outputs = predictions + dead_letters
    for breach, evidence, since in found:
        version = f"churn@{breach.version}"
        mine = [
            output
            for output in (shadows if breach.variant == "shadow" else outputs)
            if version_of(output) == version and output.timestamp_ms / 1000 > since
        ]
        judged_early = breach.rule == "max_error_ratio"
        least = MIN_EVENTS * breach.limit if judged_early else MIN_EVENTS
        assert least <= evidence["events"] <= len(mine) <= MIN_EVENTS + LATE_EVENTS, breach
    by_version = {f"churn@{n}": model for n, model in enumerate(files, start=1)}
    assert_scores_match(inputs, outputs, by_version, tmp_path)


def break_limit(registry, scorer, breach):
    """Serves a version that is sure to break the limit, and waits until it is out by itself."""
    before = registry.states()[-1]
    count = metric(scorer.metrics(), "tidemill_guardrail_breaches_total", rule=breach.rule)
    limits = guardrails(f"{breach.rule}={breach.limit}", f"min_events={MIN_EVENTS}")
    since = time.time() - 1
    verb = {"canary": ("canary", "--percent", "50"), "shadow": ("shadow",), "champion": ("deploy",)}
    name, *share = verb[breach.variant]
    registry(name, f"churn@{breach.version}", *share, *limits)

    def is_back():
        state = registry.states()[-1]
        return state["issued_by"] == "guardrail/scorer-0" and state["sequence"] > before["sequence"]

    wait_until(is_back, 20, f"the rollback by {breach.rule}")
    state = registry.states()[-1]
    assert state["sequence"] == before["sequence"] + 2
    assert state["champion"]["version"] == 1 and state["challengers"] == []
    status = wait_until(
        lambda: (s := registry.last_status("scorer-0"))["sequence"] == state["sequence"] and s,
        what="the status",
    )
    assert status["state"] == "rolled_back" and breach.rule in status["detail"]
    assert status["champion"] == "churn@1" and status["challengers"] == []
    name = "tidemill_guardrail_breaches_total"
    assert metric(scorer.metrics(), name, rule=breach.rule) == count + 1

    change = [one for one in registry.audit() if one["kind"] == "change"][-1]
    evidence = change["evidence"]
    assert change["sequence"] == state["sequence"] and change["state"] == state
    assert (evidence["rule"], evidence["limit"]) == (breach.rule, breach.limit)
    assert evidence["version"] == f"churn@{breach.version}"
    assert evidence["variant"] == breach.variant and evidence["instance"] == "scorer-0"
    assert evidence["found"] > breach.limit
    return breach, evidence, since


def test_an_instance_says_how_it_is_every_two_seconds_until_it_is_gone(service, models):
    registry = service.registry
    with started(service.scorer("scorer-0"), service.scorer("scorer-1")) as (first, second):
        registry.add(models.one)
        registry("deploy", "churn@1")
        first.wait_ready()
        second.wait_ready()
        assert set(registry.live()) == {"scorer-0", "scorer-1"}
        # A crash is noticed by its silence, ...
        second.kill()
        killed = time.time()
        wait_until(lambda: set(registry.live()) == {"scorer-0"}, 15, "silence", interval=0.2)
        assert 3 < time.time() - killed < 9
        said = [one.timestamp_ms / 1000 for one in registry.statuses("scorer-0")]
        assert sum(moment > killed for moment in said) >= 2
        # ... a stop is said.
        assert first.stop() == 0, first.stderr
        assert registry.live() == {}

    beats = registry.statuses("scorer-0")
    for record in beats:
        status = record.json()
        optional = {"swap_us", "champion"} - set(status)
        assert list(status) == [key for key in STATUS_KEYS if key not in optional]
        assert status["schema"] == 1 and status["service"] == "churn"
        assert status["instance"] == "scorer-0"
        assert status["state"] in {"verified", "active", "gone"}
        assert isinstance(status["detail"], str) and isinstance(status["challengers"], list)
        assert abs(time_of(status["time"]) - record.timestamp_ms / 1000) < 2
    states = [record.json() for record in beats]
    assert states[-1]["state"] == "gone"
    for status in (one for one in states if one["state"] == "active"):
        assert status["sequence"] == 1 and status["champion"] == "churn@1"
        assert isinstance(status["swap_us"], int)
    times = [record.timestamp_ms / 1000 for record in beats[:-1]]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    assert 1.5 < max(gaps) < 4
    assert registry.last_status("scorer-1")["state"] == "active"
    # Only what changed stands on the audit topic too, not every heartbeat.
    said = [one["status"] for one in registry.audit() if one["kind"] == "status"]
    told = [one["state"] for one in said if one["instance"] == "scorer-0"]
    assert told == ["verified", "active", "gone"]
