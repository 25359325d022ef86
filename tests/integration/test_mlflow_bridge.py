"""`tidemill registry bridge` between a real MLflow server and a real broker."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from harness import REPO, Tidemill, free_port, tidemill_binary, wait_until
from models import run, train

MLFLOW = REPO / ".venv-mlflow/bin/mlflow"
SECRET = "a-webhook-secret"

pytestmark = pytest.mark.skipif(
    not MLFLOW.exists(), reason="no MLflow server here: scripts/setup.sh --mlflow installs one"
)


class Mlflow:
    """An MLflow server on loopback: SQLite behind it, artifacts through its proxy."""

    def __init__(self, directory):
        self.directory = directory
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = None

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        port = self.url.rsplit(":", 1)[1]
        with open(self.directory / "log.txt", "ab") as log:
            self.process = subprocess.Popen(
                [
                    MLFLOW, "server", "--host", "127.0.0.1", "--port", port, "--workers", "1",
                    "--backend-store-uri", f"sqlite:///{self.directory}/mlflow.db",
                    "--artifacts-destination", str(self.directory / "artifacts"),
                    "--serve-artifacts",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **os.environ,
                    "MLFLOW_DISABLE_TELEMETRY": "true",
                    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
                    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
                    # Else it looks for new webhooks once a minute.
                    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
                },
            )  # fmt: skip
        wait_until(self.is_up, 90, "the MLflow server", interval=0.2)

    def is_up(self):
        assert self.process.poll() is None, (self.directory / "log.txt").read_text()[-4000:]
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                return True
        except OSError:
            return False

    def stop(self):
        """Ends it with its workers, which are of its session."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def call(self, method, path, body=None):
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise AssertionError(f"{method} {path}: {error.code} {text}") from None

    def api(self, method, path, **body):
        return self.call(method, f"/api/2.0/mlflow/{path}", body)

    def create_model(self, name):
        self.api("POST", "registered-models/create", name=name)

    def log_version(self, name, model, folder="model", source="runs"):
        """A run with the file in it, registered; the version's number and the run's id."""
        run_info = self.api(
            "POST", "runs/create", experiment_id="0", start_time=int(time.time() * 1000)
        )["run"]["info"]
        root = run_info["artifact_uri"].removeprefix("mlflow-artifacts:/")
        place = urllib.parse.quote(f"{root}/{folder}/model.bin")
        self.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{place}", model)
        uri = {
            "runs": f"runs:/{run_info['run_id']}/{folder}",
            "mlflow-artifacts": f"{run_info['artifact_uri']}/{folder}",
        }[source]
        return self.register(name, uri, run_info["run_id"]), run_info["run_id"]

    def register(self, name, uri, run_id="", model_id=""):
        version = self.api(
            "POST", "model-versions/create", name=name, source=uri, run_id=run_id, model_id=model_id
        )  # fmt: skip
        return int(version["model_version"]["version"])

    def set_alias(self, name, alias, version):
        self.api("POST", "registered-models/alias", name=name, alias=alias, version=str(version))

    def remove_alias(self, name, alias):
        self.api("DELETE", "registered-models/alias", name=name, alias=alias)

    def create_webhook(self, name, url):
        answer = self.api(
            "POST",
            "webhooks",
            name=name,
            url=url,
            secret=SECRET,
            events=[{"entity": "MODEL_VERSION_ALIAS", "action": "CREATED"}],
        )
        return answer["webhook"]["webhook_id"]


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory):
    server = Mlflow(tmp_path_factory.mktemp("mlflow"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Three models that differ, as bytes."""
    made = []
    for rows in (400, 500, 600):
        made.append(train("churn", tmp_path_factory.mktemp("model"), rows=rows).read_bytes())
    assert len(set(made)) == 3
    return made


class Registry:
    """A registry of one test, and the bridge into it."""

    def __init__(self, broker, mlflow, topic, store):
        self.broker = broker
        self.mlflow = mlflow
        self.topic = topic
        self.store = store

    def arguments(self, *more):
        return [
            "registry", "bridge", "--service", "churn", "--bootstrap", self.broker.bootstrap,
            "--topic", self.topic, "--store", str(self.store), "--mlflow", self.mlflow.url,
            "--model", self.topic, *map(str, more),
        ]  # fmt: skip

    def bridge_once(self, *more, expect=0):
        return run(*self.arguments("--once", *more), expect=expect).stderr.decode()

    def states(self):
        """All states ever wanted, the oldest first."""
        if not self.broker.partitions(self.topic):
            return []
        records = self.broker.read_all(self.topic)
        return [record.json() for record in records if record.key == b"churn"]

    def state(self):
        return self.states()[-1]

    def champion(self):
        states = self.states()
        return states[-1]["champion"]["version"] if states else None


@pytest.fixture
def registry(broker, mlflow, topic_prefix, tmp_path):
    mlflow.create_model(topic_prefix)
    return Registry(broker, mlflow, topic_prefix, tmp_path / "store")


def digest(model):
    return hashlib.sha256(model).hexdigest()


def test_a_champion_alias_is_deployed_moved_and_moved_back(registry, mlflow, models):
    name = registry.topic
    first, run_id = mlflow.log_version(name, models[0])
    second, _ = mlflow.log_version(name, models[1], folder="mo del/ü", source="mlflow-artifacts")

    registry.bridge_once()
    assert registry.states() == []

    mlflow.set_alias(name, "champion", first)
    registry.bridge_once()
    state = registry.state()
    assert state["champion"]["version"] == 1
    assert state["champion"]["sha256"] == digest(models[0])
    assert state["reason"] == f"mlflow {name} version {first} alias champion"
    stored = registry.store / state["champion"]["uri"].removeprefix("file:")
    assert stored.read_bytes() == models[0]
    records = [r for r in registry.broker.read_all(name) if r.key == b"churn@1"]
    assert [record.json()["run"] for record in records] == [run_id]

    mlflow.set_alias(name, "champion", second)
    registry.bridge_once()
    state = registry.state()
    assert state["champion"]["sha256"] == digest(models[1])
    assert state["champion"]["version"] == 2
    assert state["previous"]["version"] == 1

    mlflow.set_alias(name, "champion", first)
    registry.bridge_once()
    assert registry.state()["champion"]["version"] == 1
    assert registry.state()["previous"]["version"] == 2

    before = registry.states()
    registry.bridge_once()
    mlflow.remove_alias(name, "champion")
    assert "the champion stays" in registry.bridge_once()
    assert registry.states() == before
    assert [state["sequence"] for state in before] == [1, 2, 3]


def test_a_rollback_stays_until_the_alias_moves(registry, mlflow, models):
    name = registry.topic
    for model in models[:2]:
        version, _ = mlflow.log_version(name, model)
        mlflow.set_alias(name, "champion", version)
        registry.bridge_once()
    run(
        "registry", "rollback", "--service", "churn", "--bootstrap", registry.broker.bootstrap,
        "--topic", name, "--store", registry.store, "--reason", "it was worse",
    )  # fmt: skip
    registry.bridge_once()
    assert registry.champion() == 1
    mlflow.set_alias(name, "champion", version - 1)
    registry.bridge_once()
    mlflow.set_alias(name, "champion", version)
    registry.bridge_once()
    assert registry.champion() == 2


def test_a_challenger_alias_is_a_canary_until_it_is_removed(registry, mlflow, models):
    name = registry.topic
    first, _ = mlflow.log_version(name, models[0])
    second, _ = mlflow.log_version(name, models[1])
    third, _ = mlflow.log_version(name, models[2])
    mlflow.set_alias(name, "champion", first)
    mlflow.set_alias(name, "challenger", second)
    registry.bridge_once("--percent", 25)
    (canary,) = registry.state()["challengers"]
    assert (canary["version"], canary["mode"], canary["percent"]) == (2, "canary", 25)

    mlflow.set_alias(name, "challenger", third)
    registry.bridge_once("--percent", 25)
    (canary,) = registry.state()["challengers"]
    assert canary["sha256"] == digest(models[2])

    mlflow.remove_alias(name, "challenger")
    registry.bridge_once("--percent", 25)
    state = registry.state()
    assert state["challengers"] == []
    assert state["champion"]["version"] == 1
    assert state["reason"] == f"mlflow {name} version {third} alias challenger removed"


def test_other_aliases_can_be_followed(registry, mlflow, models):
    name = registry.topic
    first, _ = mlflow.log_version(name, models[0])
    second, _ = mlflow.log_version(name, models[1])
    mlflow.set_alias(name, "live", first)
    mlflow.set_alias(name, "next", second)
    registry.bridge_once("--alias", "next=shadow", "--alias", "live=deploy")
    state = registry.state()
    assert state["champion"]["version"] == 1
    assert [c["mode"] for c in state["challengers"]] == ["shadow"]


def test_a_logged_model_of_mlflow_3_is_found(registry, mlflow, models):
    name = registry.topic
    logged = mlflow.api("POST", "logged-models", experiment_id="0", name="tidemill")["model"]
    info = logged["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    mlflow.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{root}/model.bin", models[0])
    model_id = info["model_id"]
    status = "LOGGED_MODEL_READY"
    mlflow.api("PATCH", f"logged-models/{model_id}", model_id=model_id, status=status)
    version = mlflow.register(name, f"models:/{model_id}", model_id=model_id)
    mlflow.set_alias(name, "champion", version)
    registry.bridge_once()
    assert registry.state()["champion"]["sha256"] == digest(models[0])


def test_a_broken_artifact_leaves_the_state_as_it_is(registry, mlflow, models):
    name = registry.topic
    good, _ = mlflow.log_version(name, models[0])
    mlflow.set_alias(name, "champion", good)
    registry.bridge_once()
    before = registry.states()

    half = len(models[1]) // 2
    broken = models[1][:half] + bytes([models[1][half] ^ 1]) + models[1][half + 1 :]
    for content, complaint in ((broken, "sha"), (b"", "refused"), (b"x" * 1000, "refused")):
        version, _ = mlflow.log_version(name, content)
        mlflow.set_alias(name, "champion", version)
        stderr = registry.bridge_once(expect=1)
        assert f"version {version}" in stderr
        assert complaint in stderr.lower(), stderr
        assert registry.states() == before

    version, _ = mlflow.log_version(name, models[2])
    mlflow.set_alias(name, "champion", version)
    registry.bridge_once("--artifact-path", "other.bin", expect=1)
    assert registry.states() == before


def test_servers_that_are_away_have_their_exit_codes(registry, mlflow, models):
    name = registry.topic
    arguments = registry.arguments("--once")
    away = f"127.0.0.1:{free_port()}"

    def with_option(option, value):
        changed = list(arguments)
        changed[changed.index(option) + 1] = value
        return changed

    run(*with_option("--mlflow", f"http://{away}"), expect=69)
    version, _ = mlflow.log_version(name, models[0])
    mlflow.set_alias(name, "champion", version)
    run(*with_option("--bootstrap", away), expect=69)
    run(*with_option("--model", "no-such-model"), expect=1)
    assert registry.champion() is None


class Bridge:
    """A running bridge that asks by itself only once an hour: what it does, a webhook made it do."""

    def __init__(self, registry, directory, *more):
        self.port = free_port()
        secret = directory / "secret"
        secret.write_text(SECRET + "\n")
        self.stderr_file = directory / "bridge.txt"
        arguments = registry.arguments(
            "--webhook", f"127.0.0.1:{self.port}", "--webhook-secret-file", secret, *more
        )
        with open(self.stderr_file, "wb") as errors:
            self.process = subprocess.Popen(
                [tidemill_binary(), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    @property
    def stderr(self):
        return self.stderr_file.read_text(errors="replace")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/webhook"

    def __enter__(self):
        wait_until(lambda: "following mlflow" in self.stderr, 20, "the bridge's start")
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def post(self, body=b"{}", secret=SECRET, age=0, path="/webhook", signature=None):
        """Sends a webhook as MLflow does; the status."""
        sent = str(int(time.time()) - age)
        mac = hmac.new(secret.encode(), f"id-1.{sent}.".encode() + body, hashlib.sha256)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        request.add_header("Content-Type", "application/json")
        request.add_header("X-MLflow-Delivery-Id", "id-1")
        request.add_header("X-MLflow-Timestamp", sent)
        signed = "v1," + base64.b64encode(mac.digest()).decode()
        request.add_header("X-MLflow-Signature", signature or signed)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code


def test_a_signed_webhook_starts_a_round(registry, mlflow, models, tmp_path):
    name = registry.topic
    first, _ = mlflow.log_version(name, models[0])
    second, _ = mlflow.log_version(name, models[1])
    mlflow.set_alias(name, "champion", first)
    with Bridge(registry, tmp_path, "--interval", "1h") as bridge:
        wait_until(lambda: registry.champion() == 1, 30, "the first round")
        mlflow.set_alias(name, "champion", second)
        assert bridge.post(secret="wrong") == 401
        assert bridge.post(signature="v1,AAAA") == 401
        assert bridge.post(age=301) == 401
        assert bridge.post(path="/") == 404
        assert bridge.post(body=b"x" * (2 << 20)) == 413
        assert registry.champion() == 1
        assert bridge.post() == 202
        wait_until(lambda: registry.champion() == 2, 30, "the round of the webhook")
        assert bridge.stop() == 0
        assert SECRET not in bridge.stderr


def test_mlflows_own_webhook_starts_a_round(registry, mlflow, models, tmp_path):
    name = registry.topic
    first, _ = mlflow.log_version(name, models[0])
    second, _ = mlflow.log_version(name, models[1])
    mlflow.set_alias(name, "champion", first)
    with Bridge(registry, tmp_path, "--interval", "1h") as bridge:
        wait_until(lambda: registry.champion() == 1, 30, "the first round")
        webhook = mlflow.create_webhook(name, bridge.url)
        result = mlflow.api("POST", f"webhooks/{webhook}/test", webhook_id=webhook)["result"]
        assert result["response_status"] == 202, result
        mlflow.set_alias(name, "champion", second)
        wait_until(lambda: registry.champion() == 2, 30, "MLflow's webhook")


@pytest.mark.timeout(300)
def test_the_bridge_outlives_both_servers(own_broker, topic_prefix, models, tmp_path):
    """MLflow and the broker go and come back; the bridge is the same process and catches up."""
    own = Mlflow(tmp_path / "mlflow")
    try:
        own.start()
        own.create_model(topic_prefix)
        registry = Registry(own_broker, own, topic_prefix, tmp_path / "store")
        versions = [own.log_version(topic_prefix, model)[0] for model in models]
        own.set_alias(topic_prefix, "champion", versions[0])
        with Bridge(registry, tmp_path, "--interval", "200ms") as bridge:
            wait_until(lambda: registry.champion() == 1, 30, "the first version")
            own_broker.stop()
            own.set_alias(topic_prefix, "champion", versions[1])
            wait_until(lambda: "tidemill: " in bridge.stderr or "warn" in bridge.stderr, 60)
            own_broker.start()
            wait_until(lambda: registry.champion() == 2, 60, "the second version")
            own.stop()
            wait_until(lambda: own.url in bridge.stderr.split("sequence 2")[-1], 30, "a complaint")
            own.start()
            own.set_alias(topic_prefix, "champion", versions[2])
            wait_until(lambda: registry.champion() == 3, 60, "the third version")
            assert bridge.stop() == 0
    finally:
        own.stop()


def test_secrets_in_the_environment_are_not_logged(registry, mlflow, tmp_path):
    environment = {
        "MLFLOW_TRACKING_URI": mlflow.url,
        "MLFLOW_TRACKING_USERNAME": "user",
        "MLFLOW_TRACKING_PASSWORD": "s3cret-password",
    }
    arguments = registry.arguments("--once")
    at = arguments.index("--mlflow")
    del arguments[at : at + 2]
    done = subprocess.run(
        [tidemill_binary(), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    for secret in (b"s3cret", base64.b64encode(b"user:s3cret-password")):
        assert secret not in done.stdout + done.stderr
