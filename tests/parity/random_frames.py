"""Random frames: columns of every kind that an event can have, rows to learn from and rows to score."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from category_frames import TEXTS
from export_parity import SENTENCES

TRAIN, TEST, ODD = 300, 2_000, 8
NAMES = ["plain", "Größe", "price €", "a b", "x__y", "価格", 'say "x"', "🚕", "0", "tab\t", "nan", "é", "-1", "name", "{}"]
SIZES = [5e-324, 2.5e-310, 1e-30, 1.0, 2.0**24 + 1, 1e15, 3.5e38, 1.7976931348623157e308]
TIMES = pd.DatetimeTZDtype("us", "Europe/Zurich")


@dataclass
class Column:
    """Where the cells of a column come from.

    ``kind`` is number (float64, no gaps), gaps (numbers with missing cells),
    whole (integers and booleans), category, text or time; ``draw`` makes an
    array of so many cells, None where missing; ``missing`` is what stands in
    the frame there. ``flags`` is true of booleans: an event may give nothing
    else there.
    """

    name: str
    kind: str
    draw: object
    dtype: object
    missing: object = np.nan
    flags: bool = False

    def series(self, random, rows):
        return self.of(self.draw(random, rows))

    def of(self, cells):
        cells = pd.Series(cells, dtype=object)
        if self.kind in ("category", "text"):
            cells[[cell is None for cell in cells]] = self.missing
        return cells.astype(self.dtype)


class Frames:
    """Columns that were drawn, and the rows of them.

    ``train`` has 300 rows, ``test`` 2,000 of the same making in which some
    numbers are larger and some categories new, ``odd`` 8 with cells that an
    event may have and a pipeline may refuse.
    """

    def __init__(self, random, kinds):
        self.random = random
        self.missing = [None, np.nan][random.integers(2)]
        names = random.permutation(NAMES)
        self.columns = [COLUMNS[kind](random, str(name), self.missing) for kind, name in zip(kinds, names)]
        self.train = self._frame(TRAIN)
        self.test = self._beyond(self._frame(TEST))
        self.odd = self._odd()

    def of(self, *kinds):
        """The names of the columns of these kinds."""
        return [column.name for column in self.columns if column.kind in kinds]

    def _frame(self, rows):
        return pd.DataFrame({column.name: column.series(self.random, rows) for column in self.columns})

    def _beyond(self, frame):
        for column in self.columns:
            some = self.random.random(len(frame)) < 0.03
            if column.kind in ("number", "gaps") and column.dtype is float:
                frame.loc[some, column.name] *= 10.0 ** self.random.uniform(-6, 2, some.sum())
            elif column.kind == "category" and column.dtype is object and isinstance(frame.loc[0, column.name], str):
                frame.loc[some, column.name] = "never seen before"
        return frame

    def _odd(self):
        """Events' cells by name: rows of ``test`` in which up to three cells are another."""
        rows = [{name: cell for name, cell in row.items()} for row in self.test.head(ODD).to_dict("records")]
        for row in rows[:-1]:
            for place in self.random.integers(len(self.columns), size=self.random.integers(1, 4)):
                row[self.columns[place].name] = odd_cell(self.random, self.columns[place])
        rows[-1] = dict.fromkeys(rows[-1])  # nothing is known of it
        return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in self.test})


def odd_cell(random, column):
    kind = column.kind
    if random.random() < 0.3:
        return None
    if column.flags:
        return bool(random.random() < 0.5)
    if kind in ("number", "gaps"):
        return float(random.choice([*SIZES, 0.0]) * random.choice([-1, 1]))
    if kind == "whole":
        return int(random.choice([0, -1, 255, 10**6, -(2**53), 2**53]))
    if kind == "time":
        far = ["1969-12-31T23:59:59.999999Z", "2026-10-25T00:59:59+14:00", "1850-01-01T00:00:00-11:30"]
        return str(random.choice(far if column.dtype == TIMES else ["2400-02-29T00:00:00Z", "0001-01-01T00:00:00"]))
    return str(random.choice(["", "never seen before", "Ünbekannt 未知", "\U0001f695 x", "0"]))


# ------------------------------------------------------------------ kinds


def _number(random, name, missing):
    del missing
    return Column(name, "number", _numbers(random), float)


def _gaps(random, name, missing):
    del missing
    numbers, share = _numbers(random), random.choice([0.01, 0.2, 0.6])

    def draw(random, rows):
        return np.where(random.random(rows) < share, np.nan, numbers(random, rows))

    return Column(name, "gaps", draw, float)


def _numbers(random):
    where, size = random.normal(), 10.0 ** random.uniform(-3, 3)
    levels = [0.0, 0.5, 1e-3, 1e6, -2.0][: random.integers(2, 6)]
    return choose(
        random,
        [
            lambda random, rows: random.normal(where, 1.0, rows) * size,
            lambda random, rows: random.gamma(2.0, size, rows) + 1e-3,
            lambda random, rows: random.normal(size=rows) * 10.0 ** random.uniform(-3, 4, rows),
            lambda random, rows: random.normal(size=rows) * 1e-8,
            lambda random, rows: np.where(random.random(rows) < 0.7, 0.0, random.normal(where, size, rows)),
            lambda random, rows: random.integers(-5, 6, rows) * 5e-324,
            lambda random, rows: random.choice(levels, rows),
            lambda random, rows: np.round(random.normal(0, 2, rows), 1),
            lambda random, rows: np.full(rows, where),
        ],
        [6, 4, 3, 1, 2, 1, 3, 2, 1],
    )


def _whole(random, name, missing):
    del missing
    draw, dtypes = choose(
        random,
        [
            (lambda random, rows: random.integers(-3, 12, rows), ["int64", "int32", "int8", "Int64"]),
            (lambda random, rows: random.integers(0, 250, rows), ["uint8", "int64"]),
            (lambda random, rows: random.integers(-(2**40), 2**40, rows), ["int64"]),
            (lambda random, rows: random.random(rows) < 0.3, ["bool", "boolean"]),
        ],
        [4, 1, 1, 3],
    )
    return Column(name, "whole", draw, pd.api.types.pandas_dtype(str(random.choice(dtypes))), flags="bool" in dtypes)


def _category(random, name, missing):
    many = [f"c{number:02}" for number in random.permutation(40)]
    shares = 1.0 / np.arange(1, 41)
    texts, p = choose(
        random,
        [(["No", "Yes"], None), (TEXTS, None), (many, shares / shares.sum()), (["same"], None), ([True, False], None)],
        [3, 4, 3, 1, 1],
    )
    holes = choose(random, [0.0, 0.01, 0.3], [4, 3, 3])

    def draw(random, rows):
        cells = np.array(texts, dtype=object)[random.choice(len(texts), rows, p=p)]
        cells[random.random(rows) < holes] = None
        return cells

    kind = "category" if missing is not None and texts[0] is not True and random.random() < 0.2 else object
    return Column(name, "category", draw, kind, missing, texts[0] is True)


def _text(random, name, missing):
    def draw(random, rows):
        return [" ".join(random.choice(SENTENCES, random.integers(0, 6))) for _ in range(rows)]

    return Column(name, "text", draw, object, missing)


def _time(random, name, missing):
    dtype = choose(random, ["datetime64[us]", TIMES], [1, 1])

    def draw(random, rows):
        micros = random.integers(-2 * 10**15, 3 * 10**15, rows)
        times = pd.Series(micros.astype("datetime64[us]"))
        return times if dtype != TIMES else times.dt.tz_localize("UTC")

    del missing
    return Column(name, "time", draw, dtype)


COLUMNS = {"number": _number, "gaps": _gaps, "whole": _whole, "category": _category, "text": _text, "time": _time}


def choose(random, things, weights):
    """One of them; unlike numpy's choice() it takes lists and functions."""
    return things[random.choice(len(things), p=np.array(weights) / sum(weights))]
