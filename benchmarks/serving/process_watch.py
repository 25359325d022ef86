"""What a process and the machine used: CPU, memory, and how busy everyone else was."""

import ctypes
import os
import threading
import time
from bisect import bisect_left
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_clock(pid):
    """The clock of a process's CPU time, user and system, all threads, to time.clock_gettime()."""
    clock = ctypes.c_int()
    error = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if error:
        raise OSError(error, f"no CPU clock of process {pid}")
    return clock.value


def cpu_seconds(pid):
    """To the nanosecond; /proc/PID/stat counts the same in ticks of 10 ms."""
    return time.clock_gettime(cpu_clock(pid))


def peak_rss_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no VmHWM")


def machine_seconds():
    """CPU time of the whole machine since its start, without idling."""
    first_line = Path("/proc/stat").read_text().split("\n", 1)[0]
    user, nice, system, _idle, _iowait, *rest = map(int, first_line.split()[1:9])
    return (user + nice + system + sum(rest)) / TICKS_PER_SECOND


def settle(limit_s):
    """Waits, but not for ever, until the machine was idle but for a tenth for two seconds."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        before = machine_seconds()
        time.sleep(2)
        if machine_seconds() - before < 0.1 * 2 * os.cpu_count():
            return


class ProcessWatch:
    """Notes a process's CPU time every few milliseconds while a `with` block runs."""

    INTERVAL_S = 0.005

    def __init__(self, pid):
        self.clock = cpu_clock(pid)
        self.samples = []  # (wall time, CPU seconds)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.ended.set()
        self.thread.join()

    def _run(self):
        try:
            while not self.ended.wait(self.INTERVAL_S):
                self.samples.append((time.time(), time.clock_gettime(self.clock)))
        except OSError:
            pass  # the process ended; who waits for its output will notice

    def cpu_at(self, wall_time):
        """CPU seconds used until a moment, between two samples along a straight line."""
        after = bisect_left(self.samples, (wall_time,))
        if after == 0:
            return self.samples[0][1]
        if after == len(self.samples):
            return self.samples[-1][1]
        (t0, c0), (t1, c1) = self.samples[after - 1 : after + 1]
        return c0 + (c1 - c0) * (wall_time - t0) / (t1 - t0)


class Bystanders:
    """The share of the machine that went to processes other than the given ones and this one."""

    def __init__(self, *pids):
        self.pids = pids
        self.start = time.monotonic()
        self.before = self._others()

    def _others(self):
        ours = sum(cpu_seconds(pid) for pid in self.pids)
        return machine_seconds() - ours - time.process_time()

    def percent(self):
        elapsed = (time.monotonic() - self.start) * os.cpu_count()
        return max(0.0, 100 * (self._others() - self.before) / elapsed)
