"""docker-compose.yml without containers: the same commands in the same order, and what they lead to."""

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
import yaml

from harness import REPO, free_port, running_broker, tidemill_binary, wait_until

pytestmark = pytest.mark.timeout(300)

COMPOSE = yaml.safe_load((REPO / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
REPLICAS = 2


class Machine:
    """The containers' files and addresses, moved to where a test may have them."""

    def __init__(self, folder, bootstrap):
        self.folder = folder
        self.bootstrap = bootstrap
        (folder / "bin").mkdir()
        (folder / "bin/tidemill").symlink_to(tidemill_binary())
        (folder / "tmp").mkdir()
        (folder / "artifacts").mkdir()
        # WORKDIR /etc/tidemill, with what the Dockerfile copies there.
        shutil.copytree(REPO / "config", folder / "etc/config")

    def moved(self, text, replica=0, ports=None):
        text = (
            text.replace("$$", "$")
            # First, for the others lead to where a test's files are.
            .replace("/tmp/", f"{self.folder}/tmp/")
            .replace("kafka:19092", self.bootstrap)
            .replace("/opt/kafka/bin/kafka-topics.sh", f"{REPO}/scripts/kafka.sh topics")
            .replace("/var/lib/tidemill/artifacts", str(self.folder / "artifacts"))
            .replace("/var/lib/tidemill/last-good", str(self.folder / f"last-good-{replica}"))
        )
        for container_port, port in (ports or {}).items():
            text = text.replace(f"0.0.0.0:{container_port}", f"127.0.0.1:{port}")
        return text

    def environment(self, name, replica=0, ports=None):
        own = {
            key: self.moved(str(value), replica, ports)
            for key, value in SERVICES[name].get("environment", {}).items()
        }
        if name == "scorer":
            # Containers differ in their hosts' names, processes of one machine do not.
            own["TIDEMILL_INSTANCE"] = f"container-{replica}"
        return {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", **own}

    def command(self, name):
        """Entrypoint and command; those of the image are `tidemill`."""
        service = SERVICES[name]
        entrypoint = service.get("entrypoint", ["tidemill"])
        return [self.moved(str(part)) for part in [*entrypoint, *service["command"]]]

    def run(self, name, command=None, expect=0, **where):
        done = subprocess.run(
            command or self.command(name),
            cwd=self.folder / "etc",
            env=self.environment(name, **where),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if expect is not None:
            assert done.returncode == expect, f"{name}: {done.stdout}\n{done.stderr}"
        return done

    @contextlib.contextmanager
    def running(self, name, **where):
        log = self.folder / f"{name}-{where.get('replica', 0)}.txt"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                self.command(name),
                cwd=self.folder / "etc",
                env=self.environment(name, **where),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield process
            assert process.poll() is None, f"{name} ended: {log.read_text()[-3000:]}"
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=20)


def health_command():
    kind, *command = SERVICES["scorer"]["healthcheck"]["test"]
    assert kind == "CMD"
    return command


@contextlib.contextmanager
def prometheus(folder, targets):
    """Compose's own configuration; addresses stand where the name service would give them."""
    shutil.copytree(REPO / "monitoring", folder / "monitoring")
    config_file = folder / "monitoring/compose/prometheus.yml"
    config = yaml.safe_load(config_file.read_text())
    job = next(job for job in config["scrape_configs"] if job["job_name"] == "tidemill")
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": targets}]
    config["global"]["scrape_interval"] = "1s"
    job["scrape_timeout"] = "1s"
    config_file.write_text(yaml.safe_dump(config))
    port = free_port()
    with open(folder / "prometheus.txt", "wb") as output:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config_file}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def query(server, expression):
    """The value of every instance; none while the server does not answer."""
    answer = ask(f"{server}/api/v1/query?query={urllib.parse.quote(expression)}")
    results = answer["data"]["result"] if answer else []
    return {r["metric"].get("instance"): float(r["value"][1]) for r in results}


def instances_up(server):
    up = query(server, 'up{job="tidemill"}')
    return sorted(instance for instance, value in up.items() if value == 1)


def test_up_leads_to_predictions(tmp_path):
    order = started_in_order()
    assert order.index("trainer") < order.index("scorer") < order.index("simulator")
    with running_broker(tmp_path / "broker") as broker, contextlib.ExitStack() as stack:
        machine = Machine(tmp_path, broker.bootstrap)
        machine.run("topics")
        machine.run("topics")  # as at every further `up`
        assert broker.partitions("churn.events") == 4
        machine.run("trainer")
        assert "nothing to train" in machine.run("trainer").stdout

        scorers = []
        for replica in range(REPLICAS):
            ports = {8080: free_port(), 9464: free_port()}
            where = {"replica": replica, "ports": ports}
            stack.enter_context(machine.running("scorer", **where))
            scorers.append(where)
            check = lambda: machine.run("scorer", health_command(), None, **where)  # noqa: B023
            wait_until(lambda: check().returncode == 0, 30, "the health check")  # noqa: B023

        stack.enter_context(machine.running("simulator"))
        predictions = broker.read_all("churn.predictions", count=200, timeout=30)
        assert len(predictions) >= 200
        models = Counter((p.json()["model"], p.json()["version"]) for p in predictions)
        assert list(models) == [("churn", 1)]

        targets = [f"127.0.0.1:{where['ports'][9464]}" for where in scorers]
        server = stack.enter_context(prometheus(tmp_path, targets))
        wait_until(lambda: instances_up(server) == sorted(targets), 30, "both replicas scraped")
        counted = "sum(tidemill_events_total)"
        wait_until(lambda: sum(query(server, counted).values()) > 0, 30, "events counted")


def started_in_order():
    """The services as Compose starts them: each behind those it depends on."""
    order = []

    def start(name):
        for needed in SERVICES[name].get("depends_on", {}):
            start(needed)
        if name not in order:
            order.append(name)

    for name in SERVICES:
        start(name)
    return order


def test_waiting_for_health_needs_a_health_check():
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            check = SERVICES[needed].get("healthcheck", {})
            if how["condition"] == "service_healthy":
                assert check.get("test"), f"{name} waits for {needed}, which has no check"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[needed]["restart"] == "on-failure", needed


def test_the_scorer_scales():
    scorer = SERVICES["scorer"]
    assert not {"container_name", "hostname", "domainname"} & scorer.keys()
    assert "TIDEMILL_INSTANCE" not in scorer["environment"], "the host's name tells replicas apart"
    assert all("published" not in port for port in scorer["ports"])
    last_good = scorer["environment"]["TIDEMILL_REGISTRY__LAST_GOOD"]
    assert last_good in scorer["volumes"], "a volume without a name is a replica's own"


def test_prometheus_finds_every_replica_by_the_services_name():
    config = yaml.safe_load((REPO / "monitoring/compose/prometheus.yml").read_text())
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == "tidemill"]
    (discovery,) = job["dns_sd_configs"]
    listen = SERVICES["scorer"]["environment"]["TIDEMILL_METRICS__LISTEN"]
    assert discovery["names"] == ["scorer"]
    assert discovery["type"] == "A"
    assert listen == f"0.0.0.0:{discovery['port']}"


def test_both_prometheus_configs_agree():
    ours, local = (
        yaml.safe_load((REPO / "monitoring" / name).read_text())
        for name in ("compose/prometheus.yml", "prometheus.yml")
    )
    assert ours["global"] == local["global"]
    jobs = [{job["job_name"]: job.get("scrape_timeout") for job in c["scrape_configs"]} for c in (ours, local)]
    assert jobs[0] == jobs[1]
    for config, folder in ((ours, "compose"), (local, ".")):
        (pattern,) = config["rule_files"]
        assert sorted((REPO / "monitoring" / folder).glob(pattern)), pattern


def test_what_is_mounted_exists():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (REPO / source).exists(), f"{name}: {source}"
            elif not source.startswith("/"):
                assert source in COMPOSE["volumes"], f"{name}: {source}"


def test_grafana_gets_its_datasource_and_dashboards():
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])
    provisioning = REPO / "monitoring/grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in SERVICES
    (provider,) = yaml.safe_load((provisioning / "dashboards/tidemill.yml").read_text())["providers"]
    assert mounts["./monitoring/grafana/dashboards"] == provider["options"]["path"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    folder = REPO / "monitoring/grafana/dashboards"
    assert (folder / Path(home).relative_to(provider["options"]["path"])).exists()


def test_shell_text_is_bash_that_parses():
    for name in ("topics", "trainer"):
        *shell, text = SERVICES[name]["entrypoint"] + SERVICES[name]["command"]
        checked = subprocess.run([shell[0], "-n", "-c", text.replace("$$", "$")], capture_output=True)
        assert checked.returncode == 0, f"{shlex.join(shell)}: {checked.stderr.decode()}"
