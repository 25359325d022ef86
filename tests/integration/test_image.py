"""The Dockerfile's list of packages against the executable, and its health check against a scorer."""

import json
import re
import subprocess

import pytest

from harness import REPO, Tidemill, serve_config, tidemill_binary, wait_until
from models import run, train

DOCKERFILE = (REPO / "Dockerfile").read_text().replace("\\\n", " ")
# apt needs them itself, so that they are in every Debian.
IN_EVERY_DEBIAN = {"libc6", "libgcc-s1", "libstdc++6"}
NOT_LINKED = {"ca-certificates"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def packages_of_the_image():
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    words = re.search(r"--no-install-recommends(.*?)&&", final, re.DOTALL)[1].split()
    assert len(words) == len(set(words))
    return set(words)


def needed_libraries():
    dynamic = output("readelf", "-d", str(tidemill_binary()))
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))


def paths_of_libraries():
    """Of what the executable needs itself, not through others."""
    found = dict(re.findall(r"(\S+) => (\S+)", output("ldd", str(tidemill_binary()))))
    return {name: found[name] for name in needed_libraries() if name in found}


def package_of(path):
    # Debian's /lib is /usr/lib, but packages know only one of the two.
    for candidate in (path, path.removeprefix("/usr"), f"/usr{path}"):
        done = subprocess.run(["dpkg", "-S", candidate], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise AssertionError(f"no package has {path}")


def test_the_image_has_the_packages_that_the_executable_is_linked_with():
    paths = paths_of_libraries()
    if any("libasan" in path or "libtsan" in path for path in paths.values()):
        pytest.skip("a build with sanitizers has more libraries")
    linked = {package_of(path) for path in paths.values()} - IN_EVERY_DEBIAN
    assert packages_of_the_image() == linked | NOT_LINKED


def test_the_image_has_no_curl_and_no_root():
    assert "curl" not in packages_of_the_image()
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, re.MULTILINE)


def test_the_images_health_check_is_that_the_process_lives(broker, topic_prefix, tmp_path):
    command = json.loads(re.search(r"HEALTHCHECK .*?CMD (\[.*?\])", DOCKERFILE)[1])
    assert command[0] == "tidemill"
    # Without topics it is alive, but not ready.
    model = train("churn", tmp_path, rows=500)
    config = serve_config(broker.bootstrap, topic_prefix, model=str(model))
    listen = {"TIDEMILL_HTTP__LISTEN": config["http"]["listen"]}
    nobody = run(*command[1:], expect=69, environment=listen)
    assert b"Could not connect" in nobody.stderr or b"Failed to connect" in nobody.stderr
    with Tidemill(config, tmp_path / "scorer") as scorer:
        wait_until(lambda: scorer.get("/v2/health/live")[0] == 200)
        run(*command[1:], expect=0, environment=listen)
        run(*command[1:], expect=0, environment={**listen, "http_proxy": "http://127.0.0.1:1"})
        not_ready = run("health", "--ready", expect=1, environment=listen)
        assert not_ready.stdout.startswith(b"not ready: ")
        by_config = run("health", scorer.config_file, expect=1)
        assert by_config.stdout.startswith(b"not ready: ")
