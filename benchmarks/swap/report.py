"""A run's figures, beside what was asked for, as data and as tables."""

import json
import os
import re
import subprocess

from figures import compare, spread


QUIET_PERCENT = 10  # of the machine; with more for others in a round, times are the scheduler's


def ns(seconds):
    return int(seconds * 1e9)


def swap_times(said, changes):
    """From the message's arrival at the instance to the exchange, as it says itself."""
    times = [said[c.sequence]["swap_us"] / 1000 for c in changes if is_active(said, c)]
    return spread(times) if times else None


def is_active(said, change):
    return said.get(change.sequence, {}).get("state") == "active"


def rounds_of(run):
    rows = []
    for row in run.rounds:
        window = ns(row["start"]), ns(row["end"])
        rows.append({**row, **run.notes.round(*window)})
    return rows


def exchanges_of(run):
    """Swaps asked for and seen in the predictions, by swapping round, then with the large model.

    Fewer are seen when nothing was scored between two of them.
    """
    windows = [
        # The last swap of a round may show in the pause behind it.
        (row["start"], row["next_start"], row["swaps"])
        for row in run.rounds
        if row["swaps"]
    ]
    windows.append((run.large[0].begun, run.large_end, 2 * len(run.large)))
    return [
        {"asked": swaps, "seen": run.notes.exchanges(ns(start), ns(end))}
        for start, end, swaps in windows
    ]


def large_of(run):
    waits, after_commit = [], []
    for change in run.large:
        first = run.notes.first_answer(change.version, ns(change.begun))
        if first is None:
            raise AssertionError(f"no prediction by the version of {change}")
        waits.append((first - ns(change.begun)) / 1e6)
        after_commit.append((first - ns(change.committed)) / 1e6)
    return {
        "swaps": len(waits),
        "to_first_prediction_ms": spread(waits),
        "from_commit_ms": spread(after_commit),
        "swap_ms": swap_times(run.said, run.large),
    }


def canaries_of(run):
    shares, before, left, both = {}, set(), 0, 0
    for percent, window in run.canaries.items():
        keys, in_canary, in_both = run.notes.canary_keys(*map(ns, window))
        shares[percent] = {
            "keys": len(keys),
            "canary_keys": len(in_canary),
            "percent": 100 * len(in_canary) / len(keys),
        }
        left += len(before - in_canary)
        both += len(in_both)
        before = in_canary
    return {"shares": shares, "keys_that_left": left, "keys_of_both": both}


def benchmark_times(arguments):
    """Nanoseconds of an exchange and of a look, each with its name, by model_table_benchmark."""
    done = subprocess.run(
        [arguments.build / "benchmarks/swap/model_table_benchmark", "--benchmark_format=json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    rows = json.loads(done.stdout)["benchmarks"]
    settings = re.compile(r"/(min_time:[^/]*|(manual|real)_time)")
    return {settings.sub("", row["name"]): row["real_time"] for row in rows}


def split_errors(arguments):
    done = subprocess.run(
        [arguments.build / "benchmarks/swap/canary_split"], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def goals(result):
    """What is asked for: name, found, limit, and whether the machine was too busy to tell."""
    latency = result["latency"]
    memory = list(result["resident_mb"].values())
    wrong = sum(
        count
        for name, count in result["proof"].items()
        if name not in ("sent", "predictions", "dead_letters")
    )
    pointer = max(time for name, time in result["pointer_ns"].items() if name.startswith("Set/"))
    canaries = result["canary"]
    counts = [
        ("answers lost, doubled, out of order or wrong", wrong, 0),
        ("swaps not made", result["swaps"]["asked"] - result["swaps"]["active"], 0),
        (
            "keys that left a growing canary, or met both",
            canaries["keys_that_left"]
            + canaries["keys_of_both"]
            + result["split"]["keys_that_left_a_growing_share"],
            0,
        ),
        ("split error over a million keys, points", result["split"]["max_error_points"], 0.1),
        ("growth of resident memory, %", 100 * (memory[1] / memory[0] - 1), 5),
    ]
    times = [
        ("p99.9 swapping / quiet, to the reader", latency["to_reader_p99.9_ms"]["ratio"], 1.1),
        ("p99.9 swapping / quiet, to the append", latency["to_append_p99.9_ms"]["ratio"], 1.1),
        ("longest gap swapping / quiet", latency["longest_gap_ms"]["ratio"], 1.5),
        (
            f"message to first prediction, {result['large_trees']} trees, longest, ms",
            result["large"]["to_first_prediction_ms"]["max"],
            250,
        ),
        ("exchange of the pointer, ns", pointer, 1000),
    ]
    return [(*goal, False) for goal in counts] + [(*goal, result["disturbed"]) for goal in times]


def evaluate(run, arguments):
    rounds = rounds_of(run)
    result = {
        "options": {name: str(value) for name, value in vars(arguments).items()},
        "load_average": {"start": arguments.load_average, "end": os.getloadavg()[0]},
        "disturbed": any(row["others_percent"] > QUIET_PERCENT for row in rounds),
        "proof": run.proof,
        "swaps": {
            "asked": len(run.changes),
            "active": sum(is_active(run.said, change) for change in run.changes),
            "seen_in_predictions": exchanges_of(run),
            "swap_ms": swap_times(run.said, [c for c in run.changes if c.in_round]),
        },
        "rounds": rounds,
        "latency": {
            "to_reader_p99.9_ms": compare(rounds, lambda row: row["to_reader_ms"]["p99.9"]),
            "to_append_p99.9_ms": compare(rounds, lambda row: row["to_append_ms"]["p99.9"]),
            "to_reader_p50_ms": compare(rounds, lambda row: row["to_reader_ms"]["p50"]),
            "longest_gap_ms": compare(rounds, lambda row: row["longest_gap_ms"]),
            "longest_append_gap_ms": compare(rounds, lambda row: row["longest_append_gap_ms"]),
            "sender_late_p99.9_ms": compare(rounds, lambda row: row["sender_late_ms"]["p99.9"]),
        },
        "trees": arguments.trees,
        "large_trees": arguments.large_trees,
        "large": large_of(run),
        "resident_mb": run.resident_mb,
        "canary": canaries_of(run),
        "pointer_ns": benchmark_times(arguments),
        "split": split_errors(arguments),
    }
    result["goals"] = [
        {"goal": name, "found": found, "limit": limit, "held": found <= limit, "doubtful": doubtful}
        for name, found, limit, doubtful in goals(result)
    ]
    return result


def span(figure, digits=1):
    return f"{figure['median']:.{digits}f} ({figure['min']:.{digits}f}-{figure['max']:.{digits}f})"


def tables(result):
    """The figures for people: tables in Markdown."""
    proof, swaps, large = result["proof"], result["swaps"], result["large"]
    lines = [
        f"load average {result['load_average']['start']:.1f} before, "
        f"{result['load_average']['end']:.1f} after; others in the rounds "
        + ", ".join(f"{row['others_percent']:.0f}" for row in result["rounds"])
        + " %",
        *(["DISTURBED: no time below says much, ratios neither"] if result["disturbed"] else []),
        "",
        "events: " + ", ".join(f"{name} {count}" for name, count in proof.items()),
        f"swaps: {swaps['asked']} asked, {swaps['active']} made; seen in the predictions, by round "
        "and with the large model: "
        + ", ".join(f"{row['seen']} of {row['asked']}" for row in swaps["seen_in_predictions"]),
        "",
        "| median of rounds (min-max) | quiet | swapping | ratio |",
        "|---|---|---|---|",
    ]
    for name, figure in result["latency"].items():
        lines.append(
            f"| {name} | {span(figure['quiet'])} | {span(figure['swapping'])}"
            f" | {figure['ratio']:.2f} |"
        )
    for name in ("scorer", "load", "broker"):
        cpu = compare(result["rounds"], lambda row, name=name: row["cpu_percent"][name])
        lines.append(
            f"| CPU of the {name}, % of a core | {span(cpu['quiet'])} | {span(cpu['swapping'])}"
            f" | {cpu['ratio']:.2f} |"
        )
    lines += ["", "| median (min-max) | ms |", "|---|---|"]
    rows = {
        f"swap as the instance says, {result['trees']} trees": swaps["swap_ms"],
        f"the same, {result['large_trees']} trees": large["swap_ms"],
        f"message to first prediction, {result['large_trees']} trees": large[
            "to_first_prediction_ms"
        ],
        "the same, from the end of the commit": large["from_commit_ms"],
    }
    lines += [f"| {name} | {span(figure)} |" for name, figure in rows.items() if figure]
    lines += ["", "resident MB: " + str(result["resident_mb"])]
    lines += ["canary: " + json.dumps(result["canary"])]
    lines += [f"{name}: {time:.1f} ns" for name, time in result["pointer_ns"].items()]
    lines += ["", "| keys | percent | error | rms of salts | fair | salts within 0.1 |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| {row['keys']} | {row['percent']:g} | {row['error_points']:.3f}"
        f" | {row['rms_error_points']:.3f} | {row['fair_deviation']:.3f}"
        f" | {row['salts_within_goal']} of {row['salts']} |"
        for row in result["split"]["splits"]
    ]
    lines += ["", "| goal | found | limit | |", "|---|---|---|---|"]
    lines += [
        f"| {row['goal']} | {row['found']:.6g} | {row['limit']} |"
        f" {'held' if row['held'] else 'MISSED'}{', disturbed' if row['doubtful'] else ''} |"
        for row in result["goals"]
    ]
    return "\n".join(lines)
