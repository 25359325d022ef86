"""The commands as a clumsy and as a hostile user calls them.

A bad input gives one sentence on standard error and the exit code that core/errors.h lists; nothing crashes, hangs,
takes much memory or leaves a file behind.
"""

import base64
import csv
import gzip
import hashlib
import io
import json
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time

import pytest

from harness import REPO, free_port, tidemill_binary, wait_until
from models import run

COMMANDS = ["demo", "inspect", "replay", "score", "serve", "simulate", "top", "train"]
CHURN = REPO / "config/churn.train.yaml"
QUICK = ("--set", "model.XGBClassifier.n_estimators=3")
MAX_RSS_KIB = 400 * 1024
GIBBERISH = re.compile(rb"terminate called|std::|basic_|what\(\)|stack|our bug|core dumped", re.I)


class Done:
    def __init__(self, code, stdout, stderr, rss_kib):
        self.code, self.stdout, self.stderr, self.rss_kib = code, stdout, stderr, rss_kib


def call(*arguments, stdin=b"", cwd=None, environment=None, timeout=20, stdout=None, close=()):
    """Runs tidemill to its end and measures its memory. `close` lists streams that are closed at its start."""

    def close_streams():
        for stream in close:
            os.close(stream)

    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        source.write(stdin)
        source.seek(0)
        process = subprocess.Popen(
            [tidemill_binary(), *map(str, arguments)],
            stdin=source,
            stdout=out if stdout is None else stdout,
            stderr=err,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            preexec_fn=close_streams,
        )
        deadline = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise AssertionError(f"tidemill {arguments} did not end within {timeout} s")
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Done(process.returncode, out.read(), err.read(), usage.ru_maxrss)


def texts(says):
    return [str(word) for word in (says if isinstance(says, (list, tuple)) else [says])]


def refused(code, *arguments, says=(), **options):
    """Ends with `code` and one sentence that holds every text of `says`; returns the sentence."""
    done = call(*arguments, **options)
    text = done.stderr.decode(errors="replace")
    assert done.code == code, (arguments, done.code, text)
    assert text.startswith("tidemill: ") and text.endswith("\n"), text
    assert len(text.splitlines()) == 1, text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text), text
    assert not GIBBERISH.search(done.stderr), text
    assert done.rss_kib < MAX_RSS_KIB, (arguments, done.rss_kib)
    for word in texts(says):
        assert word in text, (word, text)
    return text


# What the other tests score and train with.


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def rows(folder):
    """Labelled churn rows as CSV cells, header first."""
    run("simulate", "churn", "--count", 600, "--output", folder / "rows.csv")
    with open(folder / "rows.csv", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def model(folder, rows):
    run("train", CHURN, "--data", folder / "rows.csv", "--out", folder / "churn.bin", *QUICK)
    return folder / "churn.bin"


@pytest.fixture(scope="module")
def events(folder):
    """Lines of churn events without the truth."""
    run("simulate", "churn", "--count", 1200, "--no-labels", "--output", folder / "events.jsonl")
    return (folder / "events.jsonl").read_bytes().splitlines()


@pytest.fixture
def bad_files(tmp_path):
    """Files that are no config, no data and no model."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "garbage").write_bytes(hashlib.sha512(b"seed").digest() * 100)
    (tmp_path / "nul").write_bytes(bytes(20_000))
    (tmp_path / "text").write_text("hello\n")
    with open(tmp_path / "huge", "wb") as huge:
        huge.truncate(3 << 30)
    return tmp_path


def csv_bytes(table):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue().encode()


def with_cell(table, line, column, value):
    """A copy with one cell changed; every row's for line None."""
    at = table[0].index(column)
    copy = [row[:] for row in table]
    for number, row in enumerate(copy, 1):
        if number > 1 and line in (None, number):
            row[at] = value
    return copy


# The command line.


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
@pytest.mark.parametrize("command", [[], *([c] for c in COMMANDS)])
def test_help_and_version_are_everywhere(command, option):
    done = call(*command, option)
    assert (done.code, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert re.fullmatch(r"tidemill \d+\.\d+\.\d+\n", text) if option == "--version" else "Usage:" in text
    assert [line for line in text.splitlines() if len(line) > 120] == []


@pytest.mark.parametrize(
    "arguments, says",
    [
        ([], ["expected a command", "train", "got none"]),
        ([""], "expected a command"),
        (["frobnicate"], ["expected a command", "'frobnicate'"]),
        (["trian"], ["did you mean 'train'?", "'trian'"]),
        (["--frob"], ["expected a known option", "'--frob'"]),
        (["--frob", "train"], "'--frob'"),
        *([[c, "--frobnicate"], "'--frobnicate'"] for c in COMMANDS),
        (["score", "m", "--inptu", "x"], ["did you mean '--input'?", "'--inptu'"]),
        (["train", "c", "--data", "d", "--fold=3"], "did you mean '--folds'?"),
        (["train"], ["CONFIG", "--data"]),
        (["train", "c"], "--data"),
        (["train", "c", "--data"], "--data"),
        (["score"], "MODEL"),
        (["inspect"], "FILE"),
        (["inspect", "d.csv", "--separator", "ab"], ["--separator", "'ab'"]),
        (["inspect", "d.csv", "--encoding", "klingon"], ["--encoding", "'klingon'"]),
        (["replay"], "FILE"),
        (["replay", "d.csv"], ["--topic", "CONFIG"]),
        (["replay", "d.csv", "--topic", "t", "--resume", "--skip", "1"], "--resume"),
        (["replay", "d.csv", "--topic", "t", "--state", "s"], "--resume"),
        (["replay", "-", "--topic", "t", "--resume"], ["--resume", "standard input"]),
        (["serve"], "CONFIG"),
        (["simulate"], "SERVICE"),
        (["score", "a", "b"], ["no more arguments", "'b'"]),
        (["demo", "extra"], "'extra'"),
        (["score", ""], "MODEL"),
        (["score", "m", "--input", ""], "--input"),
        (["score", "m", "--input", "a", "--input", "b"], "--input"),
        (["train", "c", "--data", "d", "--out", ""], "--out"),
        (["train", "c", "--data", "d", "--folds", "1"], "--folds"),
        (["train", "c", "--data", "d", "--folds", "x"], "--folds"),
        (["train", "c", "--data", "d", "--seed", "-1"], "--seed"),
        (["serve", "c", "--bootstrap", "nohost"], ["--bootstrap", "HOST:PORT", "'nohost'"]),
        (["simulate", "weather"], ["churn", "taxi", "weather"]),
        (["simulate", "churn", "--count", "-1"], ["--count", "'-1'"]),
        (["simulate", "churn", "--count", "1e3"], ["--count", "'1e3'"]),
        (["simulate", "churn", "--seed", "-1"], ["--seed", "'-1'"]),
        (["simulate", "churn", "--rate", "nan"], ["--rate", "'nan'"]),
        (["simulate", "churn", "--rate", "-1"], ["--rate", "'-1'"]),
        (["simulate", "churn", "--rate", "fast"], ["--rate", "'fast'"]),
        (["simulate", "churn", "--poison", "2"], ["--poison", "'2'"]),
        (["simulate", "churn", "--poison", "nan"], ["--poison", "'nan'"]),
        (["simulate", "churn", "--bootstrap", "h:0"], ["--bootstrap", "'h:0'"]),
        (["simulate", "churn", "--topic", "a/b"], ["--topic", "'a/b'"]),
        (["simulate", "churn", "--topic", ".."], "--topic"),
        (["simulate", "churn", "--format", "xml"], ["--format", "xml"]),
        (["simulate", "churn", "--format", "csv"], "--output"),
        (["simulate", "churn", "--output", "-", "--topic", "t"], "--topic"),
        (["simulate", "churn", "--output", ""], "--output"),
        (["simulate", "churn", "--output", "-", "--start", "soon"], ["--start", "'soon'"]),
        (["simulate", "churn", "--output", "-", "--drift"], "--drift"),
        (["simulate", "churn", "--output", "-", "--drift", "tenure"], "'tenure'"),
        (["simulate", "churn", "--output", "-", "--drift", "tenur=+1"], ["nearest: tenure", "'tenur'"]),
        (["demo", "--seconds", "0"], ["--seconds", "0"]),
        (["demo", "--seconds", "long"], "--seconds"),
        (["demo", "--service", "weather"], ["--service", "weather"]),
    ],
)
def test_a_wrong_command_line_is_64(arguments, says, tmp_path):
    refused(64, *arguments, says=says, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


def test_poison_does_not_fit_csv_and_leaves_no_file(tmp_path):
    refused(64, "simulate", "churn", "--poison", 0.5, "--output", tmp_path / "x.csv", says=["--poison", "CSV"])
    assert os.listdir(tmp_path) == []


# Files that cannot be read or are something else.


@pytest.mark.parametrize(
    "name, code",
    [("absent", 74), ("folder", 74), ("empty", 78), ("garbage", 78), ("nul", 78), ("text", 78), ("huge", 78)],
)
@pytest.mark.parametrize("command", ["train", "serve"])
def test_a_file_that_is_no_config(bad_files, command, name, code):
    more = ("--data", bad_files / "text", "--out", bad_files / "out.bin") if command == "train" else ()
    refused(code, command, bad_files / name, *more, says=bad_files / name)
    assert not (bad_files / "out.bin").exists()


@pytest.mark.parametrize(
    "name, code",
    [("absent", 74), ("folder", 74), ("empty", 65), ("garbage", 65), ("nul", 65), ("text", 65), ("huge", 65)],
)
@pytest.mark.parametrize("command", ["score", "inspect"])
def test_a_file_that_is_no_model(bad_files, command, name, code):
    refused(code, command, bad_files / name, says=bad_files / name)


@pytest.mark.parametrize(
    "name, code",
    [("absent", 74), ("folder", 74), ("empty", 65), ("garbage", 65), ("nul", 65), ("text", 65)],
)
def test_a_file_that_is_no_data(bad_files, name, code):
    out = bad_files / "out.bin"
    refused(code, "train", CHURN, "--data", bad_files / name, "--out", out, *QUICK, says=bad_files / name)
    assert not list(bad_files.glob("out.bin*"))


def test_data_without_an_end_does_not_fill_the_memory(bad_files):
    refused(65, "train", CHURN, "--data", bad_files / "huge", "--out", bad_files / "out.bin", says="huge")


@pytest.mark.parametrize("name", ["absent", "folder"])
def test_an_input_that_cannot_be_read_leaves_no_output(bad_files, model, name):
    out, rejects = bad_files / "out", bad_files / "rejects"
    refused(74, "score", model, "--input", bad_files / name, "--output", out, "--rejects", rejects, says=name)
    assert not out.exists() and not rejects.exists()


def test_every_line_of_a_huge_input_is_accounted_for_in_little_memory(bad_files, model):
    huge = bad_files / "huge"
    os.truncate(huge, 600 << 20)
    done = call("score", model, "--input", huge, "--rejects", bad_files / "rejects", timeout=60)
    assert (done.code, done.stdout, done.stderr) == (0, b"", b"")
    assert done.rss_kib < MAX_RSS_KIB
    reject = json.loads((bad_files / "rejects").read_bytes())
    assert (reject["line"], reject["reason"]) == (0, "too_large")
    assert str(600 << 20) in reject["detail"]


# Outputs that cannot be written.


def assert_still_a_device(path):
    assert stat.S_ISCHR(os.stat(path).st_mode), f"{path} was replaced"


@pytest.mark.parametrize(
    "arguments",
    [("score", "{model}", "--input", "{events}", "--output"), ("simulate", "churn", "--output")],
)
@pytest.mark.parametrize(
    "place, says",
    [("/dev/full", "No space left"), ("{folder}", "Is a directory"), ("{folder}/no/such", "No such file")],
)
def test_an_output_that_cannot_be_written_is_74(arguments, place, says, model, events, folder):
    names = {"model": model, "events": folder / "events.jsonl", "folder": folder}
    place = place.format(**names)
    refused(74, *(a.format(**names) for a in arguments), place, says=[place, says])
    assert_still_a_device("/dev/full")


@pytest.mark.parametrize(
    "place, says",
    [
        ("{folder}", "a folder"),
        ("{folder}/no/such", "folder '{folder}/no': No such file or directory"),
        ("{folder}/rows.csv/model.bin", "folder '{folder}/rows.csv': Not a directory"),
        ("{folder}/" + 300 * "m", "File name too long"),
    ],
)
def test_a_model_with_nowhere_to_go_is_refused_before_training(place, says, rows, folder):
    place = place.format(folder=folder)
    says = [place, says.format(folder=folder)]
    refused(74, "train", CHURN, "--data", folder / "rows.csv", "--out", place, says=says)


@pytest.mark.parametrize(
    "out, option",
    [("own.yaml", "CONFIG"), ("own.csv", "--data"), ("./own.csv", "--data"), ("link.csv", "--data")],
)
def test_a_model_does_not_replace_what_it_is_made_from(out, option, rows, folder, tmp_path):
    inputs = {"own.yaml": CHURN.read_bytes(), "own.csv": (folder / "rows.csv").read_bytes()}
    for name, content in inputs.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link.csv").symlink_to(tmp_path / "own.csv")
    train = ("train", tmp_path / "own.yaml", "--data", folder / "rows.csv", tmp_path / "own.csv")
    out = f"{tmp_path}/{out}"
    refused(64, *train, "--out", out, says=["--out", f"another file than that of {option}", out])
    assert {name: (tmp_path / name).read_bytes() for name in inputs} == inputs


def test_a_model_does_not_replace_what_is_no_file(rows, folder, tmp_path):
    # Never a device of the machine: as root, the defect replaces it for everybody.
    os.mkfifo(tmp_path / "pipe")
    done = call("train", CHURN, "--data", folder / "rows.csv", "--out", tmp_path / "pipe", *QUICK)
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)
    assert done.code == 74


def test_rejects_on_a_full_device_are_74(model):
    refused(74, "score", model, "--rejects", "/dev/full", stdin=b"x\n", says=["/dev/full", "No space left"])
    assert_still_a_device("/dev/full")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("score", "--version"),
        ("inspect", "{model}"),
        ("inspect", "{model}", "--json"),
        ("score", "{model}", "--input", "{events}"),
        ("simulate", "churn", "--output", "-"),
        ("train", CHURN, "--data", "{rows}", "--out", "{folder}/full.bin", *QUICK),
        ("demo", "--headless", "--seconds", "1"),
    ],
)
def test_a_full_standard_output_is_74(arguments, model, events, folder):
    names = {"model": model, "events": folder / "events.jsonl", "folder": folder, "rows": folder / "rows.csv"}
    with open("/dev/full", "wb") as full:
        refused(74, *(str(a).format(**names) for a in arguments), stdout=full, says="standard output")


def test_a_reader_that_goes_away_ends_it_with_74_and_no_word(model):
    for arguments in (["score", model], ["simulate", "churn", "--output", "-", "--count", 10**9]):
        with subprocess.Popen(
            [tidemill_binary(), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            process.stdout.close()
            try:
                process.stdin.write(b'{"customerID":"a"}\n' * 2000)
                process.stdin.close()
            except BrokenPipeError:
                pass
            assert process.wait(10) == 74
            assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["config", "schema", "training"],
        ["config", "show", CHURN],
        ["check", CHURN],
        ["score", "{model}", "--input", "{events}"],
        ["inspect", "{model}"],
        ["simulate", "churn", "--output", "-", "--count", 1],
        ["train", CHURN, "--data", "{rows}", "--out", "{out}", *QUICK],
        ["demo", "--seconds", 3, "--headless"],
        ["--help"],
        ["--version"],
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_nobody_who_reads_is_no_reason_to_complain(arguments, model, events, folder, tmp_path):
    names = {"model": model, "events": folder / "events.jsonl", "rows": folder / "rows.csv", "out": tmp_path / "out.bin"}
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as gone:
        done = call(*(str(a).format(**names) for a in arguments), stdout=gone)
    # What train and simulate tell on standard error beside their output stays.
    assert b"expected" not in done.stderr and b"pipe" not in done.stderr.lower(), done.stderr
    assert done.code == 74


@pytest.mark.parametrize("target", ["localhost", "127.0.0.1", "localhost:", "localhost:0", "localhost:99999", "::1"])
def test_health_asks_for_the_port_that_is_missing(target):
    refused(64, "health", target, says=["HOST:PORT", f"'{target}'"])


def test_health_names_a_config_that_is_not_there():
    refused(74, "health", "absent.yaml", says="absent.yaml")
    refused(74, "health", "./absent", says="./absent")


def test_closed_streams_are_errors_only_when_used(model, events, folder, tmp_path):
    source = folder / "events.jsonl"
    refused(74, "score", model, close=[0], says="standard input")
    refused(74, "score", model, "--input", source, close=[1], says="standard output")
    assert call("score", model, "--input", source, "--output", tmp_path / "a", close=[0, 1, 2]).code == 0
    assert call("score", model, "--input", source, "--output", tmp_path / "b").code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != b""
    # No message lands in a file that took a closed stream's number.
    assert call("simulate", "churn", "--count", 3, "--output", tmp_path / "c", close=[1, 2]).code == 0
    assert len((tmp_path / "c").read_bytes().splitlines()) == 3
    assert call("score", model, "--output", tmp_path / "d", stdin=b"x\n", close=[2]).code == 74
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    "arguments, says",
    [
        (("--input", "in", "--output", "in"), "--input"),
        (("--input", "in", "--rejects", "./in"), "--input"),
        (("--input", "in", "--output", "link"), "--input"),
        (("--output", "model"), "MODEL"),
        (("--output", "new", "--rejects", "new"), "--output"),
    ],
)
def test_score_does_not_write_over_what_it_reads(arguments, says, model, events, tmp_path):
    (tmp_path / "in").write_bytes(events[0])
    (tmp_path / "link").symlink_to("in")
    (tmp_path / "model").write_bytes(model.read_bytes())
    refused(64, "score", "model", *arguments, cwd=tmp_path, says=says)
    assert (tmp_path / "in").read_bytes() == events[0]
    assert (tmp_path / "model").read_bytes() == model.read_bytes()
    assert not (tmp_path / "new").exists()


# Data to train from.


def table_cases():
    """Name, what the rows become, and what the sentence says."""

    def rewrite(change):
        return lambda table: change(csv_bytes(table))

    def set_cell(line, column, value):
        return lambda table: csv_bytes(with_cell(table, line, column, value))

    return {
        "no target": (lambda t: csv_bytes([r[:-1] for r in t]), ["data:1", "column 'Churn'"]),
        "near target": (rewrite(lambda b: b.replace(b"Churn", b"Chrun", 1)), "did you mean 'Chrun'?"),
        "one class": (set_cell(None, "Churn", "No"), ["'Churn'", "one class only", "'No'"]),
        "third class": (set_cell(5, "Churn", "Maybe"), ["data:5", "'Churn'", "'Maybe'"]),
        "no truth": (set_cell(None, "Churn", ""), "'Churn'"),
        "no number in a column": (set_cell(None, "tenure", ""), ["'tenure'", "only missing values"]),
        "text for integer": (set_cell(7, "tenure", "abc"), ["data:7", "'tenure'", "integer", "'abc'"]),
        "fraction for integer": (set_cell(7, "tenure", "1.5"), ["data:7", "'tenure'", "'1.5'"]),
        "infinity": (set_cell(7, "MonthlyCharges", "inf"), ["data:7", "'MonthlyCharges'", "'inf'"]),
        "NaN": (set_cell(7, "MonthlyCharges", "nan"), ["data:7", "'MonthlyCharges'", "'nan'"]),
        "overflow": (set_cell(7, "MonthlyCharges", "1e999"), ["data:7", "'MonthlyCharges'", "'1e999'"]),
        "missing id": (set_cell(7, "customerID", " "), ["data:7", "'customerID'", "required"]),
        "long row": (rewrite(lambda b: b.replace(b"\n", b",x\n", 4).replace(b",x\n", b"\n", 3)), ["data:4", "22"]),
        "short row": (lambda t: csv_bytes(t[:3]) + b"1,2\n", ["data:4", "21 cells", "2"]),
        "repeated name": (rewrite(lambda b: b.replace(b"gender", b"tenure", 1)), ["data:1", "'tenure'", "twice"]),
        "broken UTF-8": (rewrite(lambda b: b.replace(b"Fiber", b"\xff", 1)), ["data:", "UTF-8"]),
        "half of UTF-16": (rewrite(lambda b: b.decode().encode("utf-16") + b"a"), "half a character"),
        "open quote": (lambda t: csv_bytes(t[:3]) + b'"abc,1\n', ["data:4", "quote"]),
        "header only": (lambda t: csv_bytes(t[:1]), ["data", "header only"]),
        "header twice": (lambda t: csv_bytes([*t[:3], t[0]]), ["data:4", "header once more"]),
        "cut gzip": (rewrite(lambda b: gzip.compress(b)[:-9]), ["data", "whole gzip file"]),
        "escape codes": (lambda t: csv_bytes([["a\n\x1b[31m", "b"], ["1", "2"]]), "\\n\\x1b[31m"),
        "bad JSON line": (lambda t: b'{"customerID":"a","Churn":"No"}\n{"a":\n', ["data:2", "JSON"]),
        "array line": (lambda t: b'{"customerID":"a","Churn":"No"}\n[1]\n', ["data:2", "JSON object"]),
        "repeated key": (lambda t: b'{"a":1,"a":2}\n', ["data:1", "'a' twice"]),
        "deep line": (lambda t: b'{"a":' + b"[" * 900_000 + b"\n", "data:1"),
        "long line": (lambda t: b'{"a":"' + b"x" * 5_000_000 + b'"}\n', ["data:1", "1048576"]),
        "object as target": (lambda t: b'{"customerID":"a","Churn":{}}\n', ["data:1", "'Churn'", "object"]),
    }


@pytest.mark.parametrize("name", table_cases())
def test_bad_rows_are_65_with_their_line(name, rows, tmp_path):
    change, says = table_cases()[name]
    suffix = ".jsonl" if change(rows).startswith(b"{") else ".csv"
    data = tmp_path / f"data{suffix}"
    data.write_bytes(change(rows))
    says = [word.replace("data:", f"{data}:") for word in texts(says)]
    refused(65, "train", CHURN, "--data", data, "--out", tmp_path / "out.bin", *QUICK, says=says)
    assert not list(tmp_path.glob("out.bin*"))


def zstd_frame(data):
    """A zstd frame (RFC 8878) of blocks that hold their bytes as they are."""
    blocks = [data[i : i + 100_000] for i in range(0, len(data), 100_000)]
    last = len(blocks) - 1
    return b"\x28\xb5\x2f\xfd\x00\x58" + b"".join(
        struct.pack("<I", len(block) << 3 | (i == last))[:3] + block for i, block in enumerate(blocks)
    )


def test_a_column_that_the_file_lacks_is_named_as_lacking(rows, tmp_path):
    at = rows[0].index("tenure")
    (tmp_path / "data.csv").write_bytes(csv_bytes([row[:at] + row[at + 1 :] for row in rows]))
    refused(65, "train", CHURN, "--data", tmp_path / "data.csv", "--out", tmp_path / "out", *QUICK, says="data.csv")


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"\n", b"\n\n", 5),
        lambda data: data.replace(b",", b";"),
        lambda data: data.decode().encode("utf-16"),
        lambda data: gzip.compress(data[:9999]) + gzip.compress(data[9999:]),
        zstd_frame,
    ],
    ids=["byte order mark", "CRLF", "no last newline", "blank lines", "semicolons", "UTF-16", "gzip", "zstd"],
)
def test_the_form_of_a_csv_does_not_change_the_scores(change, rows, model, events, tmp_path):
    (tmp_path / "data.csv").write_bytes(change(csv_bytes(rows)))
    run("train", CHURN, "--data", tmp_path / "data.csv", "--out", tmp_path / "other.bin", *QUICK)
    source = b"\n".join(events[:50])
    assert call("score", tmp_path / "other.bin", stdin=source).stdout == call("score", model, stdin=source).stdout


@pytest.mark.parametrize("column, value, says", [("tenure", "5", "one value"), ("Contract", "", "no value")])
def test_a_column_that_tells_nothing_is_a_warning(column, value, says, rows, tmp_path):
    (tmp_path / "data.csv").write_bytes(csv_bytes(with_cell(rows, None, column, value)))
    done = run("train", CHURN, "--data", tmp_path / "data.csv", "--out", tmp_path / "m.bin", *QUICK)
    assert b"warning" in done.stderr and f"'{column}'".encode() in done.stderr and says.encode() in done.stderr


# Training configs.


@pytest.mark.parametrize(
    "setting, code, says",
    [
        ("foo", 64, ["--set", "PATH=VALUE", "'foo'"]),
        ("=1", 64, ["--set", "PATH=VALUE"]),
        ("a..b=1", 64, ["--set", "'a..b'"]),
        ("nme=x", 78, ["--set nme", "did you mean 'name'?"]),
        ("name=", 78, "'name'"),
        ("name=a b", 78, ["--set name", "'a b'"]),
        ("name=a\nb", 78, ["--set name", "'a\\nb'"]),
        ("name=[1", 78, "--set name"),
        ("name.x=1", 78, "--set name.x"),
        ("task=guess", 78, ["binary, multiclass, regression", "'guess'"]),
        ("seed=-1", 78, ["--set seed", "-1"]),
        ("seed=1.5", 78, ["--set seed", "1.5"]),
        ("model=Rige", 78, ["--set model", "LogisticRegression", "'Rige'"]),
        ("model=Ridge", 78, ["--set model", "'Ridge'"]),
        ("model.XGBClassifier.n_estimator=3", 78, "did you mean 'n_estimators'?"),
        ("model.XGBClassifier.n_estimators=many", 78, ["n_estimators", "'many'"]),
        ("model.XGBClassifier.n_estimators=0", 78, "n_estimators"),
        ("model.XGBClassifier.max_depth=-1", 78, "max_depth"),
        ("model.XGBClassifier.learning_rate=.nan", 78, "learning_rate"),
        ("model.XGBClassifier.learning_rate=5s", 78, ["learning_rate", "'5s'"]),
        ("model={LogisticRegression: {C: 0}}", 78, "C"),
        ("schema=5", 78, ["--set schema", "5"]),
        ("schema.fields={}", 78, "fields"),
        ("schema.id=nope", 78, "'nope'"),
        ("schema.fields.tenure=intger", 78, ["schema.fields.tenure", "integer", "'intger'"]),
        ("schema.fields.x={type: number, unti: m}", 78, "did you mean 'unit'?"),
        ("target.column=tenure", 78, "'tenure'"),
        ("target.positve=Yes", 78, "did you mean 'positive'?"),
        ("split.test_size=1", 78, "split.test_size"),
        ("split.test_size=0", 78, "split.test_size"),
        ("split.stratify=maybe", 78, ["split.stratify", "'maybe'"]),
        ("threshold=2", 78, "threshold"),
        ("threshold={rule: f2}", 78, ["threshold", "youden", "'f2'"]),
        ("target.weight=wieght", 65, "'wieght', for the weights"),
        ("model.XGBClassifier.monotone_constraints={tenur: 1}", 78, "did you mean 'tenure'?"),
        ("model.XGBClassifier.early_stopping_rounds=0", 78, "early_stopping_rounds"),
        ("model.XGBClassifier.eval_metric=auc", 78, "only with early_stopping_rounds"),
        ("threshold=50%", 78, ["threshold", "'50%'"]),
        ("pipeline=[]", 78, "pipeline"),
        ("pipeline=[Standardscaler]", 78, "did you mean 'StandardScaler'?"),
        ("pipeline=[{OneHotEncoder: {dorp: first}}]", 78, "did you mean 'drop'?"),
        ("pipeline.5=StandardScaler", 78, ["pipeline.5", "'5'"]),
        ("pipeline.0.ColumnTransformer.transformers.0.columns=[tenur]", 78, "did you mean 'tenure'?"),
        (".".join("x" * 80) + "=1", 78, "64 nested"),
    ],
)
def test_a_wrong_setting_of_training(setting, code, says, rows, folder, tmp_path):
    out = tmp_path / "out.bin"
    refused(code, "train", CHURN, "--data", folder / "rows.csv", "--out", out, *QUICK, "--set", setting, says=says)
    assert not list(tmp_path.glob("out.bin*"))


@pytest.mark.parametrize(
    "text, says",
    [
        ("service: [x\n", ":2:1"),
        ("service:\n\t- x\n", ":2:2"),
        ("service: a\nservice: b\n", [":2:1", "'service' again"]),
        ("a: 1\n---\nb: 2\n", ":2:1"),
        ("service: &x a\n", [":1:10", "anchor"]),
        ("service: a\nmodel: !!binary aGk=\n", [":2:8", "tag"]),
        ("service: a\x04b\n", [":1:11", "control character 4"]),
        ("[1, 2]\n", "a map of keys"),
        ("[" * 50 + "]" * 50, "map of keys"),
        ("a: " + "[" * 70 + "]" * 70, ["64", "nested"]),
        ("[" * 100_000, ":1:1"),
        ("{" * 100_000, ":1:1"),
        ("- " * 100_000 + "a\n", "nested"),
        ("a: [" + "1," * 100_000 + "1]\n", "values"),
    ],
)
def test_what_yaml_is_not_taken(text, says, tmp_path):
    (tmp_path / "s.yaml").write_text(text)
    refused(78, "serve", tmp_path / "s.yaml", says=[tmp_path / "s.yaml", *texts(says)])


# Models.


def test_a_damaged_model_is_65(model, tmp_path):
    good = model.read_bytes()
    damaged = tmp_path / "damaged.bin"
    cuts = [good[:n] for n in range(0, len(good), len(good) // 25)]
    flips = [good[:i] + bytes([good[i] ^ 1 << i % 8]) + good[i + 1 :] for i in range(3, len(good), len(good) // 25)]
    for bytes_ in [*cuts, *flips, good + b"\n", good * 2]:
        damaged.write_bytes(bytes_)
        refused(65, "inspect", damaged, says=damaged)
        refused(65, "score", damaged, says=damaged) if bytes_ in flips[:2] else None


def resealed(body):
    return bytes(body) + hashlib.sha256(body).digest()


def hostile_models(good):
    """Models with one byte changed and the digest made to fit."""
    body = good[:-32]
    for i in range(12, len(body), len(body) // 120):
        for value in (0x7F, 0xFF):
            yield i, resealed(body[:i] + bytes([value]) + body[i + 1 :])


def test_a_newer_format_is_65_and_says_so(model, tmp_path):
    body = bytearray(model.read_bytes()[:-32])
    body[8:12] = struct.pack("<I", 99)
    (tmp_path / "newer.bin").write_bytes(resealed(body))
    refused(65, "score", tmp_path / "newer.bin", says=["format 99", "newer"])


def test_a_hostile_model_is_refused_in_little_memory_or_scores(model, tmp_path):
    hostile = tmp_path / "hostile.bin"
    for at, bytes_ in hostile_models(model.read_bytes()):
        hostile.write_bytes(bytes_)
        done = call("inspect", hostile, "--json")
        assert done.code in (0, 65), (at, done.code, done.stderr)
        assert done.rss_kib < MAX_RSS_KIB, (at, done.rss_kib)
        assert len(done.stderr.splitlines()) == (1 if done.code else 0), (at, done.stderr)
        assert not GIBBERISH.search(done.stderr), (at, done.stderr)
        if done.code == 0:
            json.loads(done.stdout)


def test_a_hostile_model_is_always_named(model, tmp_path):
    hostile = tmp_path / "hostile.bin"
    good = model.read_bytes()
    # A column of a step that is no field of the schema.
    steps = good[: good.rindex(b"OneHotEncoder")].rindex(b"tenure")
    hostile.write_bytes(resealed(good[:steps] + b"tenurE" + good[steps + 6 : -32]))
    refused(65, "inspect", hostile, says=hostile)


def test_inspect_as_json_tells_the_whole_model(model):
    told = json.loads(call("inspect", model, "--json").stdout)
    assert (told["name"], told["task"], told["format"], told["size"]) == ("churn", "binary", 5, model.stat().st_size)
    assert told["labels"] == ["No", "Yes"]
    assert told["parameters"]["split.test_size"] == "0.2"
    assert told["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()


# Scoring without a broker.


def scored(model, stdin, *arguments):
    """Predictions and rejects by line number."""
    done = call("score", model, *arguments, stdin=stdin)
    assert done.code == 0 and done.rss_kib < MAX_RSS_KIB
    predictions = [json.loads(line) for line in done.stdout.splitlines()]
    rejects = [json.loads(line) for line in done.stderr.splitlines()]
    return {int(p["id"].rsplit("/", 1)[1]): p for p in predictions}, {r["line"]: r for r in rejects}


def test_a_prediction_is_the_object_of_the_docs(model, events):
    event = json.loads(events[0])
    line = call("score", model, stdin=events[0]).stdout.decode()
    prediction = json.loads(line)
    assert list(prediction) == ["id", "event_id", "service", "model", "version", "variant", "score", "label"]
    score = prediction["score"]
    label = "Yes" if score >= 0.5 else "No"
    assert line == (
        f'{{"id":"-/0/0","event_id":"{event["customerID"]}","service":"churn","model":"churn","version":0,'
        f'"variant":"champion","score":{score!r},"label":"{label}"}}\n'
    )


def test_a_regression_has_an_event_time_and_no_label(tmp_path):
    run("simulate", "taxi", "--count", 400, "--output", tmp_path / "rides.csv")
    train = ("--data", tmp_path / "rides.csv", "--out", tmp_path / "taxi.bin", "--set", "model.XGBRegressor.n_estimators=3")
    run("train", REPO / "config/taxi.train.yaml", *train)
    rides = b'{"pickup":"2019-03-01 06:00:00"}\n{"ride_id":"r","pickup":"2019-03-01T06:00:00.5+02:00"}\n{"pickup":"soon"}\n'
    predictions, rejects = scored(tmp_path / "taxi.bin", rides)
    assert list(predictions[0]) == ["id", "event_id", "service", "model", "version", "variant", "score", "event_time"]
    assert (predictions[0]["event_id"], predictions[0]["event_time"]) == ("-/0/0", "2019-03-01T06:00:00.000000Z")
    assert (predictions[1]["event_id"], predictions[1]["event_time"]) == ("r", "2019-03-01T04:00:00.500000Z")
    assert (rejects[2]["stage"], rejects[2]["reason"]) == ("schema", "invalid_timestamp")


def test_predictions_are_in_order_whatever_the_size_of_the_batch(model, events, folder, tmp_path):
    mixed = [line if i % 7 else b"broken" for i, line in enumerate(events)]
    source, out, rejects = tmp_path / "in", tmp_path / "out", tmp_path / "rejects"
    source.write_bytes(b"\n".join(mixed) + b"\n")
    done = call("score", model, "--input", source, "--output", out, "--rejects", rejects)
    assert (done.code, done.stdout, done.stderr) == (0, b"", b"")
    ids = [json.loads(line)["id"] for line in out.read_bytes().splitlines()]
    assert ids == [f"{source}/0/{i}" for i in range(len(mixed)) if i % 7]
    assert [json.loads(r)["line"] for r in rejects.read_bytes().splitlines()] == list(range(0, len(mixed), 7))
    # One by one gives the same bytes.
    lines = out.read_bytes().splitlines()
    for i in (1, 701, 1199):
        alone = call("score", model, stdin=events[i]).stdout.strip()
        assert alone == lines[ids.index(f"{source}/0/{i}")].replace(f"{source}/0/{i}".encode(), b"-/0/0")


@pytest.mark.parametrize(
    "line, stage, reason",
    [
        (b"", "parse", "empty"),
        (b"  \t", "parse", "empty"),
        (b"x" * (5 << 20), "size", "too_large"),
        (b"[" * 1_000_000, "parse", None),
        (b'{"a":' * 200_000, "parse", None),
        (b'{"customerID":"a","b":' + b"[" * 65 + b"]" * 65 + b"}", "parse", "too_deep"),
        (b"\0", "parse", "invalid_json"),
        (b"hello", "parse", "invalid_json"),
        (b'{"customerID":"a"} x', "parse", "invalid_json"),
        (b'{"customerID":"a"}{"customerID":"b"}', "parse", "invalid_json"),
        (b'{"customerID":"a","tenure":NaN}', "parse", "invalid_json"),
        (b'{"customerID":"\\ud800"}', "parse", "invalid_json"),
        (b'{"customerID":"\xff"}', "parse", "invalid_utf8"),
        (b"[]", "parse", "not_an_object"),
        (b"null", "parse", "not_an_object"),
        (b'{"customerID":"a","customerID":"a"}', "schema", "duplicate_key"),
        (b'{"tenure":1}', "schema", "missing_field"),
        (b'{"customerID":null}', "schema", "missing_field"),
        (b'{"customerID":5}', "schema", "wrong_type"),
        (b'{"customerID":"a","tenure":"1"}', "schema", "wrong_type"),
        (b'{"customerID":"a","tenure":1.5}', "schema", "not_an_integer"),
        (b'{"customerID":"a","MonthlyCharges":1e999}', "schema", "non_finite_number"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else None,
)
def test_a_bad_line_is_rejected_with_its_reason_and_the_next_is_scored(model, line, stage, reason):
    predictions, rejects = scored(model, line + b'\n{"customerID":"next"}\n')
    assert list(predictions) == [1] and predictions[1]["event_id"] == "next"
    reject = rejects.pop(0)
    assert not rejects
    assert list(reject)[:5] == ["line", "stage", "reason", "detail", "event"]
    assert reject["stage"] == stage and reject["reason"] == (reason or reject["reason"])
    assert reject["detail"]
    if reject.get("encoding") == "base64":
        assert reason == "invalid_utf8" and base64.b64decode(reject["event"]) == line
    elif len(line) <= 1 << 20:
        assert reject["event"].encode() == line
    else:
        assert str(len(line)) in reject["detail"]
        assert line.startswith(reject["event"].encode()) and len(reject["event"]) >= 1 << 20


@pytest.mark.parametrize(
    "line",
    [
        b'{"customerID":"a"}',
        b'{"customerID":"a","tenure":null,"Contract":null}',
        b'{"customerID":"a","Contract":"Never seen"}',
        b'{"customerID":"a","unknown":{"x":[1,{"y":null}]}}',
        b'  {"customerID":"a"}  ',
    ],
)
def test_missing_unknown_and_new_never_reject(model, line):
    predictions, rejects = scored(model, line)
    assert not rejects
    assert predictions[0] == scored(model, b'{"customerID":"a"}')[0][0]


@pytest.mark.parametrize(
    "form",
    [
        lambda lines: b"\r\n".join(lines) + b"\r\n",
        lambda lines: b"\n".join(lines),
        lambda lines: b"\xef\xbb\xbf" + b"\n".join(lines) + b"\n",
    ],
    ids=["CRLF", "no last newline", "byte order mark"],
)
def test_the_form_of_the_lines_does_not_change_the_scores(model, events, form):
    plain = call("score", model, stdin=b"\n".join(events[:600]) + b"\n")
    assert call("score", model, stdin=form(events[:600])).stdout == plain.stdout
    assert plain.stdout.count(b"\n") == 600


def test_an_empty_input_is_done_and_empty_lines_are_bad_events(model):
    for nothing in (b"", b"\xef\xbb\xbf"):
        done = call("score", model, "--strict", stdin=nothing)
        assert (done.code, done.stdout, done.stderr) == (0, b"", b"")
    predictions, rejects = scored(model, b"\n\n\n")
    assert not predictions
    assert [(line, r["stage"], r["reason"], r["event"]) for line, r in rejects.items()] == [
        (line, "parse", "empty", "") for line in range(3)
    ]


def test_strict_is_65_with_any_reject_and_still_scores_the_rest(model, events, tmp_path):
    assert call("score", model, "--strict", stdin=events[0]).code == 0
    strict = ("--strict", "--rejects", tmp_path / "rejects", "--output", tmp_path / "out")
    done = call("score", model, *strict, stdin=events[0] + b"\nx\n" + events[1])
    assert (done.code, done.stderr) == (65, b"")
    assert len((tmp_path / "out").read_bytes().splitlines()) == 2
    assert len((tmp_path / "rejects").read_bytes().splitlines()) == 1


# Configs of a service, and serve without a broker.


def service(artifact, **overrides):
    config = {
        "service": "churn",
        "model": str(artifact),
        "kafka": {"bootstrap": "127.0.0.1:1"},
        "metrics": {"listen": "127.0.0.1:0"},
        "http": {"listen": "127.0.0.1:0"},
    }
    for key, value in overrides.items():
        known = config.get(key)
        config[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return {key: value for key, value in config.items() if value != "absent"}


@pytest.mark.parametrize(
    "overrides, says",
    [
        ({"servce": "x"}, ["(servce)", "did you mean 'service'?"]),
        ({"topics": {"event": "x"}}, "did you mean 'topics.events'?"),
        ({"service": "absent"}, "'service'"),
        ({"service": "a b"}, ["(service)", "'a b'"]),
        ({"service": "x" * 201}, "(service)"),
        ({"delivery": "exactly_once"}, ["(delivery)", "at_least_once"]),
        ({"delivery": "twice"}, ["(delivery)", "'twice'"]),
        ({"topics": {"events": "a/b"}}, ["(topics.events)", "'a/b'"]),
        ({"topics": {"events": ".."}}, ["(topics.events)", "'..'"]),
        ({"topics": {"events": ""}}, "(topics.events)"),
        ({"topics": {"events": "x" * 250}}, "(topics.events)"),
        ({"topics": {"events": "t", "dead_letters": "t"}}, ["(topics.dead_letters)", "'t'"]),
        ({"kafka": {"group": ""}}, "(kafka.group)"),
        ({"kafka": {"group": "x" * 250}}, "(kafka.group)"),
        ({"kafka": {"group": "a\nb"}}, ["(kafka.group)", "'a\\nb'"]),
        ({"kafka": {"bootstrap": "nohost"}}, ["(kafka.bootstrap)", "HOST:PORT", "'nohost'"]),
        ({"kafka": {"bootstrap": "h:99999"}}, "(kafka.bootstrap)"),
        ({"kafka": {"bootstrap": "h:1,"}}, "(kafka.bootstrap)"),
        ({"kafka": {"properties": {"lingr.ms": 5}}}, ["(kafka.properties.lingr.ms)", "'lingr.ms'"]),
        ({"kafka": {"consumer": {"fetch.min.bytes": "x"}}}, ["(kafka.consumer.fetch.min.bytes)", "Invalid value"]),
        ({"kafka": {"producer": {"enable.idempotence": False}}}, ["(kafka.producer.enable.idempotence)", "'false'"]),
        ({"kafka": {"consumer": {"enable.auto.commit": True}}}, ["(kafka.consumer.enable.auto.commit)", "'true'"]),
        ({"kafka": {"properties": {"bootstrap.servers": "x:1"}}}, ["bootstrap.servers", "kafka.bootstrap"]),
        ({"kafka": {"properties": {"ssl.ca.location": "/no", "security.protocol": "ssl"}}}, "ssl.ca.location"),
        ({"kafka": {"properties": [1]}}, "(kafka.properties)"),
        ({"kafka": {"properties": {"x": {"y": 1}}}}, "(kafka.properties.x)"),
        ({"workers": 0}, ["(workers)", "1 to 256"]),
        ({"workers": 1000}, "(workers)"),
        ({"workers": "two"}, ["(workers)", "'two'"]),
        ({"commit_interval": 5}, ["(commit_interval)", "unit"]),
        ({"commit_interval": "5 s"}, "(commit_interval)"),
        ({"commit_interval": "2h"}, "(commit_interval)"),
        ({"limits": {"max_event_bytes": "1Mb"}}, ["(limits.max_event_bytes)", "'1Mb'"]),
        ({"limits": {"max_event_bytes": "100GiB"}}, "(limits.max_event_bytes)"),
        ({"limits": {"max_depth": 1e9}}, "(limits.max_depth)"),
        ({"log": {"level": "loud"}}, ["(log.level)", "'loud'"]),
        ({"http": {"listen": "8080"}}, ["(http.listen)", "'8080'"]),
        ({"metrics": {"listen": "[::1:80"}}, "(metrics.listen)"),
    ],
    ids=str,
)
def test_a_wrong_service_config_is_78_and_names_its_place(overrides, says, model, tmp_path):
    (tmp_path / "s.yaml").write_text(json.dumps(service(model, **overrides)))
    refused(78, "serve", tmp_path / "s.yaml", says=texts(says))


@pytest.mark.parametrize(
    "arguments, environment, code, says",
    [
        (["--set", "workers"], {}, 64, ["--set", "PATH=VALUE"]),
        (["--set", "a:hush"], {}, 64, ["--set", "PATH=VALUE", "'a~'"]),
        (["--sasl.password=hush"], {}, 64, "'--sasl.password~'"),
        (["--set", "kafka.properties.sasl.password", "hush"], {}, 64, ["PATH=VALUE", "sasl.password'"]),
        (["--set", "kafka.properties.sasl.password:hush="], {}, 78, "'sasl.password~'"),
        (["--bootstrap", "https://me:hush@broker"], {}, 64, ["--bootstrap", "********@broker"]),
        ([], {"TIDEMILL_KAFKA__PROPERTIES": "sasl.password:hush"}, 78, "KAFKA__PROPERTIES"),
        ([], {"TIDEMILL_KAFKA__PROPERTIES": "{sasl.password: !hush }"}, 78, "a tag"),
        (["--set", "workers=0"], {}, 78, "--set workers"),
        (["--set", "topics.event=x"], {}, 78, "did you mean 'topics.events'?"),
        (["--set", "kafka.producer.lingr.ms=1"], {}, 78, ["--set kafka.producer.lingr.ms", "'lingr.ms'"]),
        (["--set", "topics=5"], {}, 78, "--set topics"),
        ([], {"TIDEMILL_TOPIC__EVENTS": "x"}, 78, ["TIDEMILL_TOPIC__EVENTS", "TIDEMILL_TOPICS__EVENTS"]),
        ([], {"TIDEMILL_WORKERS": "many"}, 78, ["TIDEMILL_WORKERS", "'many'"]),
        ([], {"TIDEMILL_KAFKA__PROPERTIES__LINGR_MS": "1"}, 78, ["LINGR_MS", "'lingr.ms'"]),
        (["--set", "model=absent.bin"], {}, 74, "absent.bin"),
        (["--set", "model=s.yaml"], {}, 65, "s.yaml"),
        (["--set", "http.listen=8.8.8.8:80"], {}, 69, ["http.listen", "8.8.8.8:80"]),
        (["--set", "metrics.listen=8.8.8.8:80"], {}, 69, ["metrics.listen", "8.8.8.8:80"]),
        (["--set", "metrics.listen=no-host.invalid:80"], {}, 69, ["metrics.listen", "no-host.invalid"]),
    ],
)
def test_a_wrong_overlay_of_serve(arguments, environment, code, says, model, tmp_path):
    (tmp_path / "s.yaml").write_text(json.dumps(service(model)))
    text = refused(code, "serve", tmp_path / "s.yaml", *arguments, environment=environment, says=says)
    assert "hush" not in text


@pytest.mark.parametrize("listener", ["http", "metrics"])
def test_a_port_in_use_is_69(listener, model, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (tmp_path / "s.yaml").write_text(json.dumps(service(model, **{listener: {"listen": address}})))
        refused(69, "serve", tmp_path / "s.yaml", says=[f"{listener}.listen", address])


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_serve_without_a_broker_stays_up_not_ready_and_stops_with_0(stop, model, tmp_path):
    port = free_port()
    log = {"format": "json"} if stop == signal.SIGINT else {}
    config = service(model, http={"listen": f"127.0.0.1:{port}"}, log=log)
    (tmp_path / "s.yaml").write_text(json.dumps(config))
    with subprocess.Popen(
        [tidemill_binary(), "serve", tmp_path / "s.yaml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert wait_until(lambda: ask(port, "live"), what="an answer")[0] == 200
            wait_until(lambda: b"127.0.0.1:1" in ask(port, "ready")[1], what="a reason that names the broker")
            assert ask(port, "ready")[0] == 503
            assert process.poll() is None
            process.send_signal(stop)
            output, errors = process.communicate(timeout=6)
        finally:
            process.kill()
    assert (process.returncode, output) == (0, b"")
    assert b"not ready" in errors and b"Connection refused" in errors
    for line in errors.splitlines():
        if log:
            assert list(json.loads(line)) == ["time", "level", "message"]
        else:
            assert re.match(rb"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d (info|warning|error) ", line), line


def test_stopping_while_the_broker_is_sought_does_not_crash(model, tmp_path):
    # Errors of the clients came in when what counts and logs them was gone: once in five stops.
    (tmp_path / "s.yaml").write_text(json.dumps(service(model)))
    started = [
        subprocess.Popen([tidemill_binary(), "serve", tmp_path / "s.yaml"], stderr=subprocess.PIPE) for _ in range(12)
    ]
    try:
        for process in started:
            while b"metrics on" not in process.stderr.readline():
                assert process.poll() is None
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(10) for process in started] == [0] * len(started)
    finally:
        for process in started:
            process.kill()
            process.wait()
            process.stderr.close()


def ask(port, what):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"GET /v2/health/{what} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
    except OSError:
        return None
    return int(answer.split()[1]), answer


def test_simulate_without_a_broker_is_69():
    refused(69, "simulate", "churn", "--count", 1, "--bootstrap", "127.0.0.1:1", says="127.0.0.1:1")


# Signals.


def interrupted(stop, *arguments, until, cwd):
    """Starts it, sends the signal once standard output or error holds `until`, and returns how it ended."""
    out = cwd / "terminal"
    with open(out, "wb") as file:
        process = subprocess.Popen([tidemill_binary(), *map(str, arguments)], stdout=file, stderr=file, cwd=cwd)
    try:
        wait_until(lambda: until in out.read_bytes() or process.poll() is not None, 30, until)
        process.send_signal(stop)
        started = time.monotonic()
        code = process.wait(10)
    finally:
        process.kill()
        process.wait()
    text = out.read_bytes()
    out.unlink()
    return code, time.monotonic() - started, text


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_training_ends_at_once_and_leaves_nothing(stop, rows, folder, tmp_path):
    slow = ("--set", "model.XGBClassifier.n_estimators=100000", "--folds", "50")
    train = ("train", CHURN, "--data", folder / "rows.csv", "--out", "out.bin", *slow)
    code, seconds, _ = interrupted(stop, *train, until=b"%", cwd=tmp_path)
    assert code == -stop and seconds < 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_ends_at_once_while_it_trains(stop, tmp_path):
    code, seconds, _ = interrupted(stop, "demo", "--headless", until=b"training on", cwd=tmp_path)
    assert code == -stop and seconds < 2
    assert os.listdir(tmp_path) == []


def test_the_demo_counts_up_when_it_is_stopped(tmp_path):
    code, seconds, text = interrupted(signal.SIGINT, "demo", "--headless", until=b'"score":', cwd=tmp_path)
    assert code == 0 and seconds < 8
    assert b"the counts add up" in text
    assert os.listdir(tmp_path) == []


def test_simulate_stops_after_a_whole_row(tmp_path):
    endless = ("simulate", "churn", "--count", 10**9, "--output", "-")
    code, seconds, text = interrupted(signal.SIGTERM, *endless, until=b"\n", cwd=tmp_path)
    assert code == 0 and seconds < 2
    assert all(json.loads(line) for line in text.splitlines()[:-1])
    assert text.splitlines()[-1].startswith(b"simulate: ")
