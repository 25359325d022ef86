"""What the load's notes prove, and the figures in them."""

import json
import statistics

import numpy as np

SENT = np.dtype([(name, np.int64) for name in ("due_ns", "sent_ns", "wall_us")])
ANSWER = np.dtype(
    [
        (name, np.int64)
        for name in (
            "is_dead_letter",
            "partition",
            "offset",
            "append_ms",
            "seen_ns",
            "source_partition",
            "source_offset",
            "key",
            "version",
            "is_canary",
            "id_differs",
        )
    ]
    + [("score", np.float64)]
)  # the structs of load.cpp


def number(count):
    return int(count)  # numpy's numbers are none to json


class Notes:
    """The load's notes: event n was sent to partition n mod P and has the offset n / P."""

    def __init__(self, path, partitions):
        self.partitions = partitions
        self.sent = np.fromfile(f"{path}.sent", SENT)
        found = np.fromfile(f"{path}.answers", ANSWER)
        self.answers = found[np.lexsort((found["seen_ns"],))]
        self.event = (
            self.answers["source_offset"] * partitions + self.answers["source_partition"]
        )
        unknown = (self.answers["source_offset"] < 0) | (self.answers["source_partition"] < 0)
        self.known = ~unknown & (self.event < len(self.sent))
        # Of the event, by answer; answers of no event are left out of every window.
        self.sent_ns = np.full(len(self.answers), -1)
        self.sent_ns[self.known] = self.sent["sent_ns"][self.event[self.known]]
        self.wall_us = np.zeros(len(self.answers), np.int64)
        self.wall_us[self.known] = self.sent["wall_us"][self.event[self.known]]

    def proof(self, lines, offline, ends):
        """Counts of everything that must not be. `ends`: records per topic, counted at the end.

        `offline` maps versions to scores by line, NaN where the line was rejected.
        """
        answers, count = self.answers, len(self.sent)
        times = np.bincount(self.event[self.known], minlength=count)
        line = self.event % lines
        wanted = np.full(len(answers), np.nan)
        named = np.zeros(len(answers), bool)
        for version, scores in offline.items():
            mine = answers["version"] == version
            named |= mine
            wanted[mine] = scores[line[mine]]
        prediction = answers["is_dead_letter"] == 0
        # Lines are rejected for what they are, by every version alike.
        rejected = np.isnan(next(iter(offline.values())))[line]
        expected = np.bincount(np.arange(count) % self.partitions, minlength=self.partitions)
        return {
            "sent": count,
            "predictions": number(prediction.sum()),
            "dead_letters": number((~prediction).sum()),
            "lost": number((times == 0).sum()),
            "doubled": number((times[times > 1] - 1).sum()),
            "from_no_input": number((~self.known).sum()),
            "out_of_order": self._out_of_order(),
            "other_partition": number((answers["partition"] != answers["source_partition"]).sum()),
            "other_key": number((answers["key"] != line).sum()),
            "id_differs": number(answers["id_differs"].sum()),
            "unknown_version": number((prediction & ~named).sum()),
            "scores_differ": number((prediction & (answers["score"] != wanted)).sum()),
            "wrongly_answered": number((prediction == rejected).sum()),
            "inputs_not_in_topic": abs(count - sum(ends["events"]))
            + number(np.abs(np.array(ends["events"]) - expected).sum()),
            "outputs_not_read": abs(
                len(answers) - sum(ends["predictions"]) - sum(ends["dead_letters"])
            ),
        }

    def _out_of_order(self):
        """Answers whose event stands before that of an earlier answer of the same partition."""
        wrong = 0
        for is_dead_letter in (0, 1):
            topic = self.answers[self.answers["is_dead_letter"] == is_dead_letter]
            topic = topic[np.lexsort((topic["offset"], topic["partition"]))]
            for source in range(self.partitions):
                offsets = topic["source_offset"][topic["source_partition"] == source]
                wrong += (np.diff(offsets) <= 0).sum()
        return number(wrong)

    def exchanges(self, start, end):
        """Changes of the version between predictions of one partition; where they are most."""
        found = 0
        for partition in range(self.partitions):
            mine = self.answers[
                (self.answers["is_dead_letter"] == 0) & (self.answers["partition"] == partition)
            ]
            mine = mine[np.argsort(mine["offset"])]
            versions = mine["version"][(mine["seen_ns"] >= start) & (mine["seen_ns"] < end)]
            found = max(found, number((np.diff(versions) != 0).sum()))
        return found

    def round(self, start, end):
        """Latencies of the events sent from `start` to `end` (ns), and gaps between answers."""
        within = (self.sent_ns >= start) & (self.sent_ns < end)
        to_reader = (self.answers["seen_ns"] - self.sent_ns)[within] / 1e6
        to_append = self.answers["append_ms"][within] - self.wall_us[within] / 1e3
        sent = self.sent[(self.sent["sent_ns"] >= start) & (self.sent["sent_ns"] < end)]
        late = (sent["sent_ns"] - sent["due_ns"]) / 1e6
        seen = (self.answers["seen_ns"] >= start) & (self.answers["seen_ns"] < end)
        seen_ms = np.sort(self.answers["seen_ns"][seen]) / 1e6
        append_ms = np.sort(self.answers["append_ms"][seen])
        return {
            "events": len(to_reader),
            "to_reader_ms": quantiles(to_reader),
            "to_append_ms": quantiles(to_append),
            "longest_gap_ms": float(np.diff(seen_ms).max()),
            "longest_append_gap_ms": float(np.diff(append_ms).max()),
            "sender_late_ms": quantiles(late),
            "longest_send_gap_ms": float(np.diff(sent["sent_ns"]).max() / 1e6),
        }

    def first_answer(self, version, after):
        """When the first prediction by a version was seen after a moment (ns); None if never."""
        found = self.answers["seen_ns"][
            (self.answers["version"] == version) & (self.answers["seen_ns"] >= after)
        ]
        return number(found[0]) if len(found) else None

    def canary_keys(self, start, end):
        """Keys answered, those of them by the canary, and those by both."""
        within = (self.sent_ns >= start) & (self.sent_ns < end)
        mine = within & (self.answers["is_dead_letter"] == 0)
        keys, is_canary = self.answers["key"][mine], self.answers["is_canary"][mine] == 1
        canary, champion = set(keys[is_canary].tolist()), set(keys[~is_canary].tolist())
        return canary | champion, canary, canary & champion


def quantiles(values):
    p50, p99, p999, largest = np.quantile(values, [0.5, 0.99, 0.999, 1], method="higher")
    return {"p50": float(p50), "p99": float(p99), "p99.9": float(p999), "max": float(largest)}


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def compare(rounds, find):
    """A figure of the quiet rounds, of the swapping ones, and the ratio of the medians."""
    quiet = spread(find(row) for row in rounds if row["kind"] == "quiet")
    swapping = spread(find(row) for row in rounds if row["kind"] == "swapping")
    return {
        "quiet": quiet,
        "swapping": swapping,
        "ratio": swapping["median"] / quiet["median"],
    }


def offline_scores(tidemill, model, events, lines, directory):
    """Scores by line as `tidemill score` gives them, NaN where the line is rejected."""
    output = directory / f"{model.stem}.scores.jsonl"
    tidemill("score", model, "--input", events, "--output", output, "--rejects", "/dev/null")
    scores = np.full(lines, np.nan)
    with open(output, "rb") as predictions:
        for prediction in map(json.loads, predictions):
            scores[int(prediction["id"].rsplit("/", 1)[1])] = prediction["score"]
    return scores
