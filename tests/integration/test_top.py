"""`tidemill top` on the metrics of fake servers, on a terminal and off it, and on those of a real scorer."""

import contextlib
import fcntl
import http.server
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from harness import REPO, Tidemill, free_port, serve_config, tidemill_binary, wait_until
from models import run, simulated_events, train

SCRAPE = (REPO / "tests/consumers/scrape.txt").read_bytes()
DIRECT = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}


class FakeInstance:
    """Serves what `body` gives, for every GET; counts and remembers the requests."""

    def __init__(self, body=lambda: SCRAPE, status=200, headers=()):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append((self.path, dict(self.headers)))
                answer = body()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.name = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def instance():
    with FakeInstance() as fake:
        yield fake


@pytest.fixture
def silent():
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def top(*arguments, expect=0):
    return run("top", *arguments, expect=expect, environment=DIRECT)


def once(*arguments, expect=0):
    return json.loads(top("--once", "--json", "--interval", "100ms", *arguments, expect=expect).stdout)


def test_once_sums_the_instances_that_answer(instance):
    with FakeInstance() as other:
        figures = once(instance.name, f"http://{other.name}/metrics", f"127.0.0.1:{free_port()}")
    one, two, three = figures["instances"]
    assert (one["answers"], two["answers"], three["answers"]) == (True, True, False)
    assert three["error"].startswith("expected an answer, got ")
    assert figures["sum"]["answering"] == 2
    drift = figures["drift"][0]
    assert drift["instances"] == [instance.name, other.name]
    features = {feature["feature"]: feature for feature in drift["features"]}
    alone = once(instance.name)["drift"][0]
    for feature in alone["features"]:
        twice = features[feature["feature"]]
        assert twice["events"] == 2 * feature["events"]
        # Twice the same events have the same shares.
        expected = feature["statistics"]["psi"]["value"]
        assert twice["statistics"]["psi"]["value"] == pytest.approx(expected, rel=1e-9)
    assert {path for path, _ in instance.requests} == {"/metrics"}
    assert all("Accept-Encoding" not in headers for _, headers in instance.requests)


def test_drift_is_recomputed_from_the_counters(instance):
    import math

    def of(name, feature):
        pattern = rf'^{name}\{{[^}}]*feature="{feature}",bin="([^"]*)"\}} (\S+)$'
        return {b: float(v) for b, v in re.findall(pattern, SCRAPE.decode(), re.M)}

    for feature in once(instance.name)["drift"][0]["features"]:
        counts = of("tidemill_feature_bin_total", feature["feature"])
        baseline = of("tidemill_feature_baseline_ratio", feature["feature"])
        total = sum(counts.values())
        assert total == feature["events"] > 0
        psi = 0.0
        for name, count in counts.items():
            p, q = max(count / total, 1e-4), max(baseline[name], 1e-4)
            psi += (p - q) * math.log(p / q)
        assert feature["statistics"]["psi"]["value"] == pytest.approx(psi, rel=1e-9)


def test_exit_code_without_any_answer():
    done = top("--once", f"127.0.0.1:{free_port()}", expect=69)
    assert b"does not answer: expected an answer" in done.stdout
    assert done.stderr.startswith(b"tidemill: top: expected an answer from at least one instance")


def test_a_slow_server_is_given_up_and_the_others_go_on(instance, silent):
    started = time.monotonic()
    figures = once(instance.name, silent)
    assert time.monotonic() - started < 12
    assert [one["answers"] for one in figures["instances"]] == [True, False]


def test_a_redirect_is_not_followed(instance):
    location = ("Location", f"http://{instance.name}/metrics")
    with FakeInstance(status=302, headers=[location]) as redirecting:
        figures = once(redirecting.name, expect=69)
    assert figures["instances"][0]["error"] == "expected status 200, got 302"
    assert instance.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json"],
        ["--once", "nonsense"],
        ["--once", "ftp://h:1"],
        ["--once", "h:1", "http://h:1/"],
        ["--once", "--interval", "0s"],
        ["--once", "--interval", "2"],
    ],
)
def test_usage(arguments):
    assert b"expected" in top(*arguments, expect=64).stderr


def test_lines_without_a_terminal_until_a_signal(instance):
    process = subprocess.Popen(
        [tidemill_binary(), "top", instance.name, "--interval", "100ms"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **DIRECT},
    )
    try:
        titles = 0
        while titles < 3:
            line = process.stdout.readline()
            assert line and b"\x1b" not in line
            titles += line.startswith(b"tidemill top ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


class Terminal:
    """A `tidemill top` on a terminal of its own; `shown` is all that it wrote."""

    def __init__(self, *arguments, rows=24, columns=80, environment=None):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.slave)
        self.shown = b""
        clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.process = subprocess.Popen(
            [tidemill_binary(), "top", *arguments, "--interval", "100ms"],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**clean, **DIRECT, "TERM": "xterm", **(environment or {})},
            start_new_session=True,
            # Its own, so that it is told of a new size.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def press(self, keys):
        os.write(self.master, keys)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.shown += os.read(self.master, 65536)
        return self.shown

    def frame(self):
        """The last frame that is complete: another one has begun behind it."""
        frames = self.read().split(b"\x1b[H")
        return frames[-2] if len(frames) > 2 else b""

    def wait_for(self, text):
        wait_until(lambda: text in self.frame(), what=f"{text!r} on the terminal")
        return self.frame()

    def ends(self):
        wait_until(lambda: (self.read(), self.process.poll() is not None)[1], what="the end")
        self.read()
        assert self.process.returncode == 0
        assert self.shown.startswith(b"\x1b[?1049h")
        assert self.shown.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")
        assert termios.tcgetattr(self.slave) == self.before


def rows_of(frame):
    """The lines of a frame, without what only styles or places them."""
    text = re.sub(rb"\x1b\[\d+;1H", b"\r\n", frame).decode()
    # The terminal's driver makes \r\n of every \n, and so of \r\n more.
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r", "").split("\n")


def test_terminal_keys_and_resizing(instance):
    with Terminal(instance.name) as terminal:
        rows = rows_of(terminal.wait_for(b"MonthlyCharges"))
        assert len(rows) <= 24 and max(map(len, rows)) <= 80
        terminal.press(b"s")
        terminal.wait_for(b"sort: feature")
        terminal.press(b"ftenure\r")
        rows = rows_of(terminal.wait_for(b"f filter: tenure"))
        assert any(row.startswith("tenure") for row in rows)
        assert not any(row.startswith("gender") for row in rows)
        terminal.press(b"\x1b")
        terminal.resize(10, 40)
        wait_until(
            lambda: 0 < len(rows_of(terminal.frame())) <= 10, what="a frame of ten lines"
        )
        assert max(map(len, rows_of(terminal.frame()))) <= 40
        terminal.press(b"jj")
        terminal.wait_for(b"\x1b[10;1H")
        terminal.press(b"q")
        terminal.ends()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_is_restored_on_signals(instance, how):
    with Terminal(instance.name) as terminal:
        terminal.wait_for(b"MonthlyCharges")
        terminal.process.send_signal(how)
        terminal.ends()


def test_terminal_quits_at_once_though_a_server_is_silent(silent):
    with Terminal(silent) as terminal:
        wait_until(lambda: b"asking 1 instances" in terminal.read(), what="the first frame")
        started = time.monotonic()
        terminal.press(b"q")
        terminal.ends()
        assert time.monotonic() - started < 2.5


def test_terminal_without_colour(instance):
    with Terminal(instance.name, environment={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(b"MonthlyCharges")
        assert not re.search(rb"\x1b\[[0-9;]*m", terminal.read())
        terminal.press(b"q")
        terminal.ends()


def test_terminal_gets_no_control_characters_of_a_scrape():
    evil = b"\\n\x1b]0;owned\x07\x1b[2J\xc2\x9b31m"
    body = SCRAPE.replace(b'feature="tenure"', b'feature="' + evil + b'"')
    assert body != SCRAPE
    with FakeInstance(lambda: body) as hostile, Terminal(hostile.name) as terminal:
        terminal.wait_for(b"MonthlyCharges")
        terminal.press(b"s")
        terminal.wait_for(b"\\x1b]0;owned")
        assert b"\x07" not in terminal.read() and b"\x1b[2J" not in terminal.read()
        terminal.press(b"q")
        terminal.ends()


def test_a_real_scorer(broker, topic_prefix, tmp_path):
    model = train("churn", tmp_path, rows=2000)
    broker.create_topics({f"{topic_prefix}.{n}": 2 for n in ("events", "predictions", "dead-letters")})
    config = serve_config(
        broker.bootstrap, topic_prefix, model=str(model), drift={"min_events": 100}
    )
    events = simulated_events("churn", 500, tmp_path, poison=0.0)
    address = config["metrics"]["listen"]
    with Tidemill(config, tmp_path / "serve") as scorer:
        wait_until(scorer.is_ready, 30, "readiness")
        broker.produce(f"{topic_prefix}.events", events)

        def counted():
            figures = once(address)
            drift = figures["drift"]
            all_counted = drift and drift[0]["features"][0]["events"] == 500
            # The metric follows readiness within half a second.
            return all_counted and figures["instances"][0]["ready"] and figures

        figures = wait_until(counted, 30, "500 counted events", interval=0.2)
        assert figures["instances"][0]["champion"].startswith("churn@0/")
        assert figures["versions"][0]["scored"] == 500
        assert figures["sum"]["swaps"]["rejected"] == 0

        def gauges_agree():
            for feature in once(address)["drift"][0]["features"]:
                for statistic in feature["statistics"].values():
                    value, (gauge,) = statistic["value"], statistic["by_instance"]
                    if value is None and gauge is None:
                        continue
                    if value is None or gauge is None or gauge != pytest.approx(value, rel=1e-9, abs=1e-12):
                        return False
            return True

        # All events lie in the window, so the sum of one instance is its own figure.
        wait_until(gauges_agree, 10, "the instance's own figures", interval=0.2)
        assert scorer.stop() == 0
