"""The rules, their tests, the names that expressions use, and what these answer."""

import json
import re
import subprocess
from pathlib import Path

import yaml

REPO = Path(__file__).resolve().parents[2]
MONITORING = REPO / "monitoring"
RULES = MONITORING / "rules"
HISTOGRAM_SERIES = ("_bucket", "_sum", "_count")


# Words with an underscore that are no metrics.
FUNCTIONS = {
    "histogram_quantile", "label_join", "label_replace", "clamp_min", "last_over_time", "min_over_time",
    "group_left", "__name__",
}  # fmt: skip


def load_rules():
    """All rules of all files."""
    documents = [yaml.safe_load(path.read_text()) for path in sorted(RULES.glob("*.yml"))]
    return [
        rule for document in documents for group in document["groups"] for rule in group["rules"]
    ]


def alerts():
    return [rule for rule in load_rules() if "alert" in rule]


def recorded_names():
    return {rule["record"] for rule in load_rules() if "record" in rule}


def rule_tests():
    """All cases of promtool's tests."""
    documents = [
        yaml.safe_load(path.read_text()) for path in sorted((RULES / "tests").glob("*.yml"))
    ]
    return [case for document in documents for case in document["tests"]]


def documented_metrics():
    """Names in docs/metrics.md; a histogram's three series for its name."""
    names = set()
    for line in (REPO / "docs/metrics.md").read_text().splitlines():
        row = re.match(r"\| `(\w+)` \| (\w+) \|", line)
        if row:
            name, kind = row.groups()
            names |= {name + end for end in HISTOGRAM_SERIES} if kind == "histogram" else {name}
    return names


def used_names(expr):
    """Patterns of metrics' names, and metrics but `up` and `ALERTS`, in a PromQL expression."""
    patterns = re.findall(r'__name__=~"([^"]*)"', expr)
    code = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expr)
    code = re.sub(r"\b(by|on|without|group_left|group_right|ignoring)\s*\([^)]*\)", " ", code)
    names = re.findall(r"(?<![\w:$])[a-zA-Z_:][\w:]*", code)
    return patterns, [name for name in names if "_" in name and name not in FUNCTIONS]


def unknown_names(expr, known):
    patterns, names = used_names(expr)
    unknown = [name for name in names if name not in known]
    return unknown + [p for p in patterns if not any(re.fullmatch(p, name) for name in known)]


def ask_promtool(folder, input_series, asked, interval):
    """Fails unless each of `asked`, promtool's own form, is what the recording rules give."""
    document = {
        "rule_files": [str(RULES / "recording.yml")],
        "evaluation_interval": "15s",
        "tests": [
            {"interval": interval, "input_series": input_series, "promql_expr_test": asked}
        ],
    }
    path = folder / "rules_test.yml"
    path.write_text(json.dumps(document))
    done = subprocess.run(["promtool", "test", "rules", path], capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
