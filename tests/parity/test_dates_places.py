"""Parts of dates, circles, distances and directions, and those of Feature-engine, scikit-learn and numpy."""

import json

import numpy as np
import pandas as pd
import pytest
from feature_engine.creation import CyclicalFeatures
from feature_engine.datetime import DatetimeFeatures, DatetimeOrdinal, DatetimeSubtraction
from sklearn.metrics.pairwise import haversine_distances

from step_parity import StepError, Worst, compare

pytestmark = pytest.mark.filterwarnings("ignore")  # the origins warn of pandas 4 and of narrow bins

ROWS = 12_000
EARTH_KM = 6371.0088  # mean radius R1 of the IUGG


def times(random, rows=ROWS):
    """Instants of 300 years as UTC texts, every edge of a month among them; a tenth missing."""
    seconds = random.integers(-4_000_000_000, 5_400_000_000, rows)
    days = pd.date_range("1999-11-30", "2005-03-02", freq="D")
    edges = days.as_unit("s").asi8
    seconds[: len(edges)] = edges + random.integers(0, 86_400, len(edges))
    texts = [text + "Z" for text in np.datetime_as_string(seconds.astype("datetime64[s]"))]
    return [None if missing else text for text, missing in zip(texts, random.random(rows) < 0.1)]


def step(name, **parameters):
    return f"[{name}: {json.dumps(parameters, ensure_ascii=False)}]"


PARTS = {
    "all of them": "all",
    "the default": None,
    "some": ["week", "hour", "quarter_end"],
}


@pytest.mark.parametrize("parts", PARTS)
def test_parts_of_dates(harness, worst, seed, parts):
    random = np.random.default_rng(seed)
    cells = {"t": times(random), "später": times(random)}
    whole = {name: [text or "2001-01-01T00:00:00Z" for text in column] for name, column in cells.items()}
    frame = pd.DataFrame(
        {name: pd.to_datetime([text[:-1] for text in column], format="%Y-%m-%dT%H:%M:%S") for name, column in whole.items()}
    )
    origin = DatetimeFeatures(features_to_extract=PARTS[parts])
    theirs = origin.fit_transform(frame)
    steps = step("DatetimeFeatures", **({} if PARTS[parts] is None else {"features_to_extract": PARTS[parts]}))
    names, fitted, made = harness.run(steps, dict.fromkeys(cells, "timestamp"), whole, cells)
    assert names == list(theirs.columns)
    compare(worst, "DatetimeFeatures", fitted, theirs)
    for name, column in zip(names, made):
        missing = np.array([text is None for text in cells["t" if name.startswith("t_") else "später"]])
        compare(worst, "DatetimeFeatures", [column], np.where(missing, np.nan, theirs[name])[:, None])


def test_the_clock_as_written_counts(harness):
    cells = {"t": ["2026-11-21T23:30:00-05:00", "2026-12-31T00:15:00+13:45"]}
    steps = step("DatetimeFeatures", features_to_extract=["hour", "day_of_year", "year_end"])
    _, _, made = harness.run(steps, {"t": "timestamp"}, cells)
    np.testing.assert_array_equal(made, [[23, 0], [325, 365], [0, 1]])


def test_the_times_can_be_kept(harness):
    steps = step("DatetimeFeatures", features_to_extract=["hour"], drop_original=False)
    names, _, _ = harness.run(steps, {"t": "timestamp"}, {"t": ["2026-11-21T23:30:00Z"]})
    assert names == ["t", "t_hour"]


def as_times(cells):
    return pd.DataFrame({name: pd.to_datetime([text and text[:-1] for text in column]) for name, column in cells.items()})


@pytest.mark.parametrize("settings", [{}, {"start_date": "1987-06-05"}, {"drop_original": False}], ids=str)
def test_numbers_of_days(harness, worst, seed, settings):
    random = np.random.default_rng(seed)
    cells = {"t": times(random), "später": times(random)}
    theirs = DatetimeOrdinal(missing_values="ignore", **settings).fit_transform(as_times(cells))
    names, _, made = harness.run(step("DatetimeOrdinal", **settings), dict.fromkeys(cells, "timestamp"), cells)
    assert names == list(theirs.columns)
    for name, column in zip(names, made):
        if name.endswith("_ordinal"):
            compare(worst, "DatetimeOrdinal", [column], pd.to_numeric(theirs[name]).to_numpy(float, na_value=np.nan)[:, None])


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us"])
def test_times_between(harness, worst, seed, unit):
    random = np.random.default_rng(seed)
    cells = {"t": times(random), "später": times(random)}
    settings = {"variables": ["später", "t"], "reference": ["t", "später"], "output_unit": unit, "drop_original": True}
    theirs = DatetimeSubtraction(missing_values="ignore", **settings).fit_transform(as_times(cells))
    names, _, made = harness.run(step("DatetimeSubtraction", **settings), dict.fromkeys(cells, "timestamp"), cells)
    assert names == list(theirs.columns)
    compare(worst, "DatetimeSubtraction", made, theirs)


def circles_of(random, rows=3000):
    return {
        "hour": random.integers(0, 24, rows).astype(float),
        "tag größe": random.uniform(-10.0, 370.0, rows),
        "big": random.normal(0.0, 1e8, rows),
    }


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"drop_original": True},
        {"variables": ["big", "hour"]},
        {"max_values": {"hour": 24, "tag größe": 365.25}, "drop_original": True},
        {"max_values": {"big": -3.5}},
    ],
    ids=str,
)
def test_circles(harness, worst, seed, settings):
    random = np.random.default_rng(seed)
    train, test = circles_of(random), circles_of(random)
    origin = CyclicalFeatures(**settings)
    fitted = origin.fit_transform(pd.DataFrame(train))
    fields = dict.fromkeys(train, "number")
    names, ours_fitted, ours = harness.run(step("CyclicalFeatures", **settings), fields, train, test)
    assert names == list(fitted.columns)
    compare(worst, "CyclicalFeatures", ours_fitted, fitted)
    compare(worst, "CyclicalFeatures", ours, origin.transform(pd.DataFrame(test)))
    _, _, gaps = harness.run(step("CyclicalFeatures", **settings), fields, train, test | {"big": np.full(3000, np.nan)})
    for name, column in zip(names, gaps):
        assert np.isnan(column).all() == name.startswith("big"), name


@pytest.mark.parametrize(
    "settings, cells, expected",
    [
        ({}, [0.0, -1.0], "DataError: .*column 'a'.*other than 0"),
        ({}, [1.0, np.nan], "DataError: .*column 'a'.*no missing cell"),
        ({}, [1.0, np.inf], "DataError: .*column 'a'.*finite numbers"),
        ({}, [], "DataError: .*column 'a'.*at least one row"),
        ({"max_values": {"a": 0}}, [1.0], "DataError: .*column 'a'.*other than 0"),
        ({"max_values": {"b": 1}}, [1.0], "ConfigError: .*the name of a column"),
        ({"max_values": [1]}, [1.0], "ConfigError: .*a map of columns"),
        ({"variables": []}, [1.0], "ConfigError: .*an empty list"),
    ],
)
def test_circles_of_cells_that_do_not_do(harness, settings, cells, expected):
    kind, sentence = expected.split(": ", 1)
    with pytest.raises(StepError, match=sentence) as refused:
        harness.run(step("CyclicalFeatures", **settings), {"a": "number"}, {"a": cells})
    assert refused.value.kind == kind


COORDINATES = ["lat1", "lon1", "lat2", "lon2"]


def places(random, rows=ROWS):
    """Pairs of points all over the earth: poles, antipodes, equal points and neighbours among them."""
    columns = {
        "lat1": np.degrees(np.arcsin(random.uniform(-1.0, 1.0, rows))),
        "lon1": random.uniform(-180.0, 180.0, rows),
        "lat2": np.degrees(np.arcsin(random.uniform(-1.0, 1.0, rows))),
        "lon2": random.uniform(-180.0, 180.0, rows),
    }
    near = slice(0, rows // 4)
    columns["lat2"][near] = columns["lat1"][near] + random.normal(0.0, 0.01, rows // 4)
    columns["lon2"][near] = columns["lon1"][near] + random.normal(0.0, 0.01, rows // 4)
    special = [(90, 0, -90, 0), (0, 0, 0, 180), (10, 20, 10, 20), (0, 179.5, 0, -179.5), (90, 5, 40, 6), (0, 0, 1, 0)]
    for row, cells in enumerate(special):
        for name, cell in zip(COORDINATES, cells):
            columns[name][row] = cell
    return columns


@pytest.mark.parametrize("unit, radius", [("km", EARTH_KM), ("mi", EARTH_KM / 1.609344)])
def test_distances(harness, worst, seed, unit, radius):
    columns = places(np.random.default_rng(seed))
    _, _, made = harness.run(step("HaversineDistance", unit=unit), dict.fromkeys(COORDINATES, "number"), columns)
    radians = {name: np.radians(cells) for name, cells in columns.items()}
    starts, ends = (np.column_stack([radians[name] for name in names]) for names in (COORDINATES[:2], COORDINATES[2:]))
    blocks = [slice(row, row + 100) for row in range(0, ROWS, 100)]
    theirs = np.concatenate([haversine_distances(starts[rows], ends[rows]).diagonal() for rows in blocks])
    ours, theirs = made[0], theirs * radius
    # Close to the antipode a rounding of 1e-16 in the sine moves the angle by 1e-8: its own bound there.
    clear = theirs < 0.999 * np.pi * radius
    assert clear.sum() > 0.99 * len(theirs)
    compare(worst, "HaversineDistance", [ours[clear]], theirs[clear, None])
    compare(Worst(), "HaversineDistance", [ours], theirs[:, None], tolerance=1e-7)


def direction(columns):
    """By vectors instead of angles: the second point in the east-north plane at the first."""
    lat1, lon1, lat2, lon2 = (np.radians(columns[name].astype(np.longdouble)) for name in COORDINATES)
    point = np.stack([np.cos(lat2) * np.cos(lon2), np.cos(lat2) * np.sin(lon2), np.sin(lat2)])
    east = np.stack([-np.sin(lon1), np.cos(lon1), np.zeros_like(lon1)])
    north = np.stack([-np.sin(lat1) * np.cos(lon1), -np.sin(lat1) * np.sin(lon1), np.cos(lat1)])
    return np.degrees(np.arctan2((point * east).sum(0), (point * north).sum(0))) % 360


def test_directions(harness, worst, seed):
    columns = places(np.random.default_rng(seed))
    _, _, made = harness.run("[Bearing]", dict.fromkeys(COORDINATES, "number"), columns)
    ours, theirs = made[0], np.asarray(direction(columns), float)
    assert ours.min() >= 0.0 and ours.max() < 360.0
    lat1, lon1, lat2, lon2 = (np.radians(columns[name]) for name in COORDINATES)
    # How far the second point lies off the axis through the first: the angle is as uncertain as that is short.
    off = np.hypot(np.cos(lat2) * np.sin(lon2 - lon1), np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(lon2 - lon1))
    apart = np.abs(ours - theirs)
    apart = np.minimum(apart, 360.0 - apart) / np.maximum(1.0, np.abs(theirs))
    assert np.all((apart * off)[off > 1e-9] < 1e-12)
    clear = off > 0.1
    assert clear.sum() > ROWS / 2
    compare(worst, "Bearing", [ours[clear]], theirs[clear, None])


def test_directions_by_numpy_in_the_same_order(harness, worst, seed):
    columns = places(np.random.default_rng(seed))
    _, _, made = harness.run("[Bearing]", dict.fromkeys(COORDINATES, "number"), columns)
    lat1, lon1, lat2, lon2 = (columns[name] * (np.pi / 180.0) for name in COORDINATES)
    east = np.cos(lat2) * np.sin(lon2 - lon1)
    north = np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(lon2 - lon1)
    compare(worst, "Bearing", made, ((np.arctan2(east, north) / (np.pi / 180.0)) % 360)[:, None])


@pytest.mark.parametrize("name", ["HaversineDistance", "Bearing"])
def test_a_missing_coordinate(harness, seed, name):
    random = np.random.default_rng(seed)
    train = places(random, 200)
    test = {column: np.where(random.random(200) < 0.2, np.nan, cells) for column, cells in train.items()}
    _, _, made = harness.run(f"[{name}]", dict.fromkeys(COORDINATES, "number"), train, test)
    assert np.array_equal(np.isnan(made[0]), np.isnan(list(test.values())).any(axis=0))


@pytest.mark.parametrize("name", ["HaversineDistance", "Bearing"])
def test_points_have_four_coordinates(harness, name):
    with pytest.raises(StepError, match="4 columns: latitude") as refused:
        harness.run(f"[{name}]", {"a": "number"}, {"a": [1.0]})
    assert refused.value.kind == "ConfigError"
