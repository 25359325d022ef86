"""Export files are written whole or not at all, and nothing else is harmed."""

import errno
import json
import os
import resource

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from export_parity import tidemill_export

export_pipeline = tidemill_export.export_pipeline
FRAME = pd.DataFrame({"fare": np.arange(60) * 1.5})
MODEL = LinearRegression().fit(FRAME, FRAME["fare"])


def test_a_path_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.json").write_text("mine")
    for path in ("folder", "none/x.json", "old.json/x.json"):
        with pytest.raises(OSError) as error:
            export_pipeline(MODEL, FRAME, tmp_path / path, name="x")
        assert str(tmp_path / path) in str(error.value), path
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "old.json"]
    assert (tmp_path / "old.json").read_text() == "mine"
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path):
    """As on a full disk: the system takes the first 4096 bytes and no more."""
    path = tmp_path / "x.json"
    path.write_text("mine")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OSError, match=str(path)) as error:
            export_pipeline(MODEL, FRAME, path, name="x")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error.value.errno == errno.EFBIG
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]
    assert path.read_text() == "mine"


def test_an_existing_file_is_replaced_and_can_be_read_by_others(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("old")
    export_pipeline(MODEL, FRAME, path, name="x")
    assert json.loads(path.read_text())["format"] == "tidemill-export"
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_is_no_regular_file_stays_what_it_is(tmp_path):
    """A pipe here; to root's exports /dev/null is the same."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match="not a regular file.*pipe"):
            export_pipeline(MODEL, FRAME, tmp_path / name, name="x")
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "link").is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_stays_one(tmp_path):
    (tmp_path / "link.json").symlink_to("x.json")
    export_pipeline(MODEL, FRAME, tmp_path / "link.json", name="x")
    assert (tmp_path / "link.json").is_symlink() and not (tmp_path / "x.json").is_symlink()
