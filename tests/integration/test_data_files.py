"""Own files: a look at them, a config that fits them, a model, in bounded memory."""

import csv
import gzip
import io
import json
import os
import random
import re

import pytest

from harness import REPO
from models import run
from test_cli import MAX_RSS_KIB, call, refused

DATA = os.environ.get("TIDEMILL_DATA_DIR")


def text_of(rows, **form):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **form).writerows(rows)
    return out.getvalue()


def shop_rows(count=600):
    """Names with spaces, quotes and umlauts; dates, gaps, two leaks and a constant."""
    lots = random.Random(3)
    rows = [
        ["Order ID", "ordered at", "Größe", "Customer, name", "note", "weight kg", "express", "store no",
         "shop", "refund date", "Returned?"]
    ]  # fmt: skip
    for i in range(count):
        weight = lots.uniform(0.2, 9)
        returned = lots.random() < weight / 12
        rows.append(
            [
                f"A-{i:05d}", f"2024-0{1 + i % 9}-1{i % 10} 08:{i % 60:02d}", lots.choice("SML"),
                f'Ann "{i % 40}" O\'Hara, jr.', f"please put it behind the door number {i}",
                "" if i % 11 == 0 else f"{weight:.3f}", lots.choice(["true", "false"]),
                f"0{lots.randrange(400, 412)}", "web", f"2024-10-{1 + i % 28:02d}" if returned else "",
                "yes" if returned else "no",
            ]
        )  # fmt: skip
    return rows


def two_commands(data, target, tmp_path, *form):
    """A file to a model, as a new user goes; returns what training says."""
    config = tmp_path / "own.train.yaml"
    config.write_bytes(run("inspect", data, "--suggest", target, *form).stdout)
    out = tmp_path / "own.bin"
    told = run("train", config, "--data", data, "--out", out, "--json", *form).stdout
    return config.read_text(), json.loads(told), out


@pytest.mark.parametrize(
    "form, encode",
    [
        ((), lambda rows: text_of(rows).encode()),
        ((), lambda rows: text_of(rows, delimiter=";").encode("utf-8-sig")),
        ((), lambda rows: text_of(rows, delimiter="\t", quoting=csv.QUOTE_ALL).encode("utf-16")),
        (("--encoding", "latin-1"), lambda rows: text_of(rows).replace("\n", "\r\n").encode("latin-1")),
        ((), lambda rows: gzip.compress(text_of(rows, delimiter="|").encode())),
        (
            ("--decimal", ","),
            lambda rows: text_of([[re.sub(r"^(\d+)\.(\d+)$", r"\1,\2", c) for c in r] for r in rows], delimiter=";").encode(),
        ),
    ],
    ids=["commas", "semicolons and mark", "quoted tabs in UTF-16", "latin-1 and CRLF", "gzip and bars", "decimal comma"],
)
def test_an_own_file_becomes_a_model_with_two_commands(form, encode, tmp_path):
    data = tmp_path / "orders 2024.csv"
    data.write_bytes(encode(shop_rows()))
    config, told, out = two_commands(data, "Returned?", tmp_path, *form)
    assert "  id: \"Order ID\"\n  event_time: \"ordered at\"\n" in config
    assert '#   "refund date": it alone tells the target (AUC 1.000)' in config
    assert "#   shop: one value in every row" in config
    assert "#   note: " in config and '"store no": category' in config
    assert told["task"] == "binary" and told["rows"]["used"] == 600
    event = {"Order ID": "x", "Größe": "S", "weight kg": 8.5, "express": True, "store no": "0405"}
    heavy = json.loads(run("score", out, stdin=json.dumps(event).encode()).stdout)["score"]
    event["weight kg"] = 0.3
    assert heavy > json.loads(run("score", out, stdin=json.dumps(event).encode()).stdout)["score"]


def test_a_number_becomes_a_regression(tmp_path):
    data = tmp_path / "orders.csv"
    data.write_text(text_of(shop_rows()))
    config, told, _ = two_commands(data, "weight kg", tmp_path)
    assert told["task"] == "regression" and "XGBRegressor" in config


def test_json_lines_become_a_model(tmp_path):
    data = tmp_path / "orders.jsonl"
    lots = random.Random(5)
    with open(data, "w") as file:
        for i in range(400):
            size = lots.random()
            event = {"id": i + 1, "size": size, "color": lots.choice(["red", "blue"]), "big": size > lots.random()}
            file.write(json.dumps(event) + "\n")
    config, told, out = two_commands(data, "big", tmp_path)
    assert "id: {type: integer, required: true}" in config
    assert told["rows"]["used"] == 400
    answer = json.loads(run("score", out, stdin=b'{"id":7,"size":0.9,"color":"red"}').stdout)
    assert answer["event_id"] == "7" and answer["label"] == "true"


@pytest.mark.skipif(not DATA, reason="needs $TIDEMILL_DATA_DIR")
@pytest.mark.parametrize("name, target, task", [("telco_churn", "Churn", "binary"), ("nyc_taxi_rides", "distance", "regression")])
def test_the_real_files_become_models(name, target, task, tmp_path):
    _, told, _ = two_commands(f"{DATA}/{name}.csv", target, tmp_path)
    assert told["task"] == task
    if task == "binary":
        assert told["metrics"]["roc_auc"] > 0.82


def test_the_table_fits_a_terminal_and_says_what_is_wrong(tmp_path):
    data = tmp_path / "orders.csv"
    rows = shop_rows()
    data.write_text(text_of([*rows, rows[1]]))
    told = call("inspect", data.name, "--target", "Returned?", cwd=tmp_path)
    assert (told.code, told.stderr) == (0, b"")
    lines = told.stdout.decode().splitlines()
    assert lines[0] == "orders.csv: CSV, 601 rows, 11 columns"
    assert max(map(len, lines)) <= 100
    text = "\n".join(lines)
    assert "duplicate rows: 1 (0.2%)" in text
    assert "constant: 'shop' is 'web' in every row" in text
    assert "leading zeros" in text
    assert re.search(r"refund date +AUC 1.0000", text)


def test_the_look_as_json(tmp_path):
    data = tmp_path / "orders.csv"
    data.write_text(text_of(shop_rows()))
    told = json.loads(call("inspect", data, "--json", "--target", "Returned?").stdout)
    types = {column["name"]: column["type"] for column in told["columns"]}
    assert types == {
        "Order ID": "id", "ordered at": "timestamp", "Größe": "category", "Customer, name": "category",
        "note": "text", "weight kg": "number", "express": "boolean", "store no": "category", "shop": "category",
        "refund date": "timestamp", "Returned?": "category",
    }  # fmt: skip
    assert [s["column"] for s in told["leakage"]["suspects"]] == ["refund date"]
    assert told["rows"] == 600 and told["duplicate_rows"] == 0


def test_a_target_that_is_no_column_is_64(tmp_path):
    (tmp_path / "d.csv").write_text("a,churned\n1,no\n2,yes\n")
    refused(64, "inspect", tmp_path / "d.csv", "--suggest", "chruned", says="did you mean 'churned'?")
    refused(64, "inspect", tmp_path / "d.csv", "--target", "b", says=["--target", "'b'"])


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "an empty file"),
        (b"a,b\n", "a header only"),
        (b"a,b\n1,2\n1\n", ["d.csv:3", "2 cells"]),
        (b"a,b,a\n", ["d.csv:1", "'a' twice"]),
        (b"a,b\n1,2\na,b\n", ["d.csv:3", "header once more"]),
        (b"a,b\n1,caf\xe9\n", ["d.csv:2", "UTF-8"]),
        (b'a,b\n1,"2\n', ["d.csv:2", "quote"]),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-12], "whole gzip file"),
    ],
)
def test_a_file_that_is_no_table_is_65(content, says, tmp_path):
    (tmp_path / "d.csv").write_bytes(content)
    refused(65, "inspect", tmp_path / "d.csv", says=says)


def test_a_line_of_two_gigabytes_is_refused_in_little_memory(tmp_path):
    # 2 GB in gzip: members of 16 MiB, the same one again and again.
    member = gzip.compress(b"x" * (16 << 20), 1)
    data = tmp_path / "d.csv.gz"
    data.write_bytes(gzip.compress(b"a,b\n1,", mtime=0) + member * 128)
    for command in (("inspect", data), ("train", REPO / "config/churn.train.yaml", "--data", data, "--out", tmp_path / "o")):
        done = call(*command, timeout=60)
        assert done.code == 65 and done.rss_kib < 150 * 1024, (done.stderr, done.rss_kib)
    assert b"16777216" in call("inspect", data, timeout=60).stderr
    assert not (tmp_path / "o").exists()


def test_score_takes_the_same_memory_for_a_hundred_times_the_events(tmp_path):
    run("simulate", "churn", "--count", 2000, "--output", tmp_path / "rows.csv")
    churn = REPO / "config/churn.train.yaml"
    run("train", churn, "--data", tmp_path / "rows.csv", "--out", tmp_path / "m.bin",
        "--set", "model.XGBClassifier.n_estimators=3")  # fmt: skip
    run("simulate", "churn", "--count", 2000, "--no-labels", "--output", tmp_path / "events.jsonl")
    events = (tmp_path / "events.jsonl").read_bytes()
    (tmp_path / "many.gz").write_bytes(gzip.compress(events, mtime=0) * 100)
    few = call("score", tmp_path / "m.bin", "--input", tmp_path / "events.jsonl", "--output", "/dev/null")
    many = call("score", tmp_path / "m.bin", "--input", tmp_path / "many.gz", "--output", "/dev/null", timeout=60)
    assert (few.code, many.code) == (0, 0)
    assert many.rss_kib < few.rss_kib + 4096, (few.rss_kib, many.rss_kib)
    assert many.rss_kib < MAX_RSS_KIB


def test_score_reads_compressed_events_as_what_is_in_them(tmp_path):
    run("simulate", "churn", "--count", 500, "--output", tmp_path / "rows.csv")
    run("train", REPO / "config/churn.train.yaml", "--data", tmp_path / "rows.csv", "--out", tmp_path / "m.bin",
        "--set", "model.XGBClassifier.n_estimators=3")  # fmt: skip
    run("simulate", "churn", "--count", 100, "--no-labels", "--output", tmp_path / "e.jsonl")
    (tmp_path / "e.gz").write_bytes(gzip.compress((tmp_path / "e.jsonl").read_bytes()))
    plain = run("score", tmp_path / "m.bin", stdin=(tmp_path / "e.jsonl").read_bytes()).stdout
    assert run("score", tmp_path / "m.bin", stdin=(tmp_path / "e.gz").read_bytes()).stdout == plain
