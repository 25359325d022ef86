"""The library as another project uses it: installed, found, built against, beside `tidemill score`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import REPO, tidemill_binary
from models import run, simulated_events, train

EXAMPLE = REPO / "examples/library"


def checked(*command, **more):
    done = subprocess.run([*map(str, command)], capture_output=True, timeout=300, **more)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    checked("cmake", "--install", tidemill_binary().parent, "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def example(installed, tmp_path_factory):
    """The example project's build folder; nothing of it lies in this tree."""
    build = tmp_path_factory.mktemp("example")
    checked("cmake", "-S", EXAMPLE, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    checked("cmake", "--build", build)
    return build


@pytest.fixture(scope="module", params=["churn", "taxi"])
def scored(request, tmp_path_factory):
    """A model, events with some that are broken, and what `tidemill score` says of them."""
    directory = tmp_path_factory.mktemp(request.param)
    model = train(request.param, directory, 3000)
    events = b"".join(
        (line or b"") + b"\n"
        for line in simulated_events(request.param, 2000, directory, poison=0.02)
    )
    expected = run("score", model, stdin=events).stdout
    assert 1900 < expected.count(b"\n") < 2000
    return model, events, expected


def library_of(prefix):
    [library] = [path for path in prefix.rglob("libtidemill.so") if path.is_symlink()]
    return library


@pytest.mark.parametrize("program", ["score", "score_one_by_one"])
def test_the_example_project_writes_the_bytes_of_tidemill_score(example, scored, program):
    model, events, expected = scored
    done = checked(example / program, model, input=events)
    assert done.stdout == expected


def test_python_writes_the_bytes_of_tidemill_score(installed, scored):
    model, events, expected = scored
    done = checked(
        sys.executable, EXAMPLE / "score.py", library_of(installed), model, input=events
    )
    assert done.stdout == expected


def test_a_damaged_model_is_refused_with_a_sentence(example, scored, tmp_path):
    model, _, _ = scored
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(Path(model).read_bytes()[:-1])
    done = subprocess.run([example / "score", damaged], capture_output=True, timeout=60)
    assert done.returncode == 65
    assert str(damaged) in done.stderr.decode()


def test_the_library_shows_nothing_but_its_header(installed):
    symbols = checked("nm", "--dynamic", "--defined-only", library_of(installed)).stdout.decode()
    names = {line.split()[-1].split("@")[0] for line in symbols.splitlines()}
    assert {name for name in names if not name.startswith("tidemill_")} == set()
    assert "tidemill_score" in names


def flags_of(prefix):
    """What pkg-config says a compiler needs, and where the library will be found."""
    [package] = prefix.rglob("tidemill.pc")
    flags = checked(
        "pkg-config", "--cflags", "--libs", "tidemill",
        env={**os.environ, "PKG_CONFIG_PATH": str(package.parent)},
    ).stdout.decode().split()  # fmt: skip
    return [*flags, f"-Wl,-rpath,{library_of(prefix).parent}"]


def test_pkg_config_leads_to_it(installed, scored, tmp_path):
    model, events, expected = scored
    program = tmp_path / "score"
    checked("cc", EXAMPLE / "score_one_by_one.c", "-o", program, *flags_of(installed))
    assert checked(program, model, input=events).stdout == expected


def test_the_program_in_the_docs_scores(installed, tmp_path):
    train("churn", tmp_path, 3000)
    (tmp_path / "churn.bin").rename(tmp_path / "model.bin")
    page = (REPO / "docs/library.md").read_text()
    source = tmp_path / "main.cpp"
    source.write_text(page.split("```cpp\n")[1].split("```")[0])
    checked("c++", "-std=c++17", source, "-o", tmp_path / "main", *flags_of(installed))
    shown, prediction = checked(tmp_path / "main", cwd=tmp_path).stdout.decode().splitlines()
    score, label = shown.split(" ")
    written = json.loads(prediction)
    assert written["label"] == label
    assert f"{written['score']:.6g}" == score


def test_the_installed_binary_runs(installed):
    assert checked(installed / "bin/tidemill", "--version").stdout.startswith(b"tidemill ")
