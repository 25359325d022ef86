"""One harness process, one seed and one table of worst differences for a run."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

from export_parity import ExportHarness  # noqa: E402
from file_parity import FileHarness  # noqa: E402
from predictor_parity import PredictorHarness  # noqa: E402
from step_parity import StepHarness, Worst  # noqa: E402

DEFAULT_SEED = 20261121


def pytest_addoption(parser):
    parser.addoption("--parity-seed", type=int, default=DEFAULT_SEED)


@pytest.fixture(scope="session")
def seed(request):
    return request.config.getoption("--parity-seed")


@pytest.fixture(scope="session")
def worst(request):
    table = Worst()
    request.config.worst = table
    return table


def running(harness, name, *folder):
    with harness(os.environ[f"TIDEMILL_{name}_HARNESS"], *folder) as program:
        yield program


@pytest.fixture(scope="session")
def harness():
    yield from running(StepHarness, "STEP")


@pytest.fixture(scope="session")
def predictors(tmp_path_factory):
    yield from running(PredictorHarness, "PREDICTOR", tmp_path_factory.mktemp("predictors"))


@pytest.fixture(scope="session")
def exports():
    yield from running(ExportHarness, "EXPORT")


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    yield from running(FileHarness, "FILE", tmp_path_factory.mktemp("files"))


def pytest_report_header(config):
    return f"parity seed: {config.getoption('--parity-seed')}"


def pytest_terminal_summary(terminalreporter, config):
    table = getattr(config, "worst", None)
    if table is not None and table.rows:
        terminalreporter.write_sep("-", "worst difference / max(1, |origin's|)")
        terminalreporter.write(table.text())
