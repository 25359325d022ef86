"""Rows that the import replays: of the frame, with missing cells, unseen categories and extremes."""

import math
import random
import warnings
from itertools import compress

import numpy
from threadpoolctl import threadpool_limits  # scikit-learn needs it too

from .errors import ExportError
from .events import read_events, to_events
from .frames import cells_of, restored
from .limits import MAX_INTEGER

ROWS = 240
LEAST_ROWS = 200
TOLERANCE = 1e-12  # that of the import
TINY = [0.0, -0.0, 5e-324, -1e-310, 1e-5]
UNSEEN = ["never seen before", "", "Ünbekannt 未知", "0"]
SEED = 20261121


def answers_or_none(answers, frame):
    """What the model says of a frame, n x outputs; None where it raises or says no number."""
    # Few rows: threads would wait for each other longer than they work.
    with warnings.catch_warnings(), threadpool_limits(1, "openmp"):
        warnings.simplefilter("ignore")
        try:
            outputs = numpy.asarray(answers(frame), numpy.float64)
        except Exception:  # whatever the pipeline raises, it has no answer
            return None
    outputs = outputs.reshape(len(frame), -1)
    return outputs if numpy.isfinite(outputs).all() else None


def answers_of_rows(answers, frame, width):
    """The same of each row by itself where that must be: n x ``width``, NaN for a row without an answer."""
    outputs = answers_or_none(answers, frame)
    if outputs is not None:
        return outputs
    if len(frame) == 1:
        return numpy.full((1, width), numpy.nan)
    middle = len(frame) // 2
    halves = frame.iloc[:middle], frame.iloc[middle:]
    return numpy.vstack([answers_of_rows(answers, half, width) for half in halves])


class Rows:
    """Rows as lists of cells, one per field, None where missing.

    Parameters
    ----------
    fields : list of Field
        Decided.
    sample : pandas.DataFrame
        Rows of the training frame.
    more : dict of list
        Keys that an event has beside the fields: its id and time.
    answers : callable
        The model on a frame of the training frame's dtypes.
    finite : callable
        Of such a frame, which rows have no infinite feature: the service
        refuses the others, whatever the model would say.
    steadiness : Steadiness
        Of the model: its unsteady rows are taken only for want of others.
    """

    def __init__(self, fields, sample, more, answers, finite, steadiness):
        self.fields, self.more, self.answers, self.finite = fields, more, answers, finite
        self.steadiness = steadiness
        self.cells = [cells_of(sample, field) for field in fields]
        self.count = len(self.cells[0])
        self.random = random.Random(SEED)

    def find_required(self):
        """Marks the fields without which the pipeline has no answer."""
        _, base = self._frame([self._row(place) for place in self._places(5)])
        if answers_or_none(self.answers, base) is None:
            raise ExportError("X", "rows that the pipeline predicts", "rows on which it raises, or gives no number")
        _, empty = self._frame([[None] * len(self.fields) for _ in base.index])
        if answers_or_none(self.answers, empty) is not None:
            return
        for field in self.fields:
            one_missing = base.assign(**{field.name: empty[field.name]})
            field.required = answers_or_none(self.answers, one_missing) is None

    def verification(self):
        """The section "verification" of the export file."""
        rows = [self._row(place) for place in self._places(ROWS // 2)]
        rows += self._missing() + self._unseen() + self._extremes()
        steady, others = self._scored(rows)
        self.steadiness.warn(len(others), len(steady) + len(others))
        for _ in range(3):
            if len(steady) >= LEAST_ROWS:
                return steady
            more = self._scored([self._any_row() for _ in range(LEAST_ROWS)])
            steady, others = steady + more[0], others + more[1]
        made = steady + others[: LEAST_ROWS - len(steady)]
        if len(made) < LEAST_ROWS:
            raise ExportError("X", f"{LEAST_ROWS} rows that the pipeline predicts", str(len(made)))
        return made

    def _places(self, count):
        """Evenly spread; again from the start when there are fewer."""
        if self.count >= count:
            return [place * self.count // count for place in range(count)]
        return [place % self.count for place in range(count)]

    def _row(self, place):
        return [column[place] for column in self.cells]

    def _any_row(self):
        return self._row(self.random.randrange(self.count))

    def _missing(self):
        optional = [place for place, field in enumerate(self.fields) if not field.required]
        rows = []
        for place in optional[:100]:
            rows.append(self._any_row())
            rows[-1][place] = None
        for _ in range(20 if optional else 0):
            rows.append(self._any_row())
            for place in optional:
                if self.random.random() < 0.4:
                    rows[-1][place] = None
        return rows

    def _unseen(self):
        places = [place for place, field in enumerate(self.fields) if field.type in ("category", "text")]
        rows = []
        for _ in range(40 if places else 0):
            row = self._any_row()
            for place in places:
                if self.random.random() < 0.5:
                    row[place] = self._other_text(place)
            rows.append(row)
        return rows

    def _other_text(self, place):
        if self.fields[place].type == "text":
            texts = [self.random.choice(self.cells[place]) for _ in range(2)]
            return " ".join([self.random.choice(UNSEEN), *filter(None, texts)])
        return self.random.choice(UNSEEN)

    def _extremes(self):
        choices = {place: _extremes_of(field, self.cells[place]) for place, field in enumerate(self.fields)}
        choices = {place: cells for place, cells in choices.items() if cells}
        rows = []
        for number in range(80 if choices else 0):
            row = self._any_row()
            share = (0.15, 0.5, 1.0)[number % 3]
            for place, cells in choices.items():
                if self.random.random() < share:
                    row[place] = self.random.choice(cells)
            rows.append(row)
        return rows

    def _scored(self, rows):
        """(those with a steady answer, the others that have one)."""
        events, frame = self._frame(rows)
        outputs = answers_or_none(self.answers, frame)
        if outputs is None:
            if len(rows) == 1:
                return [], []  # production has no answer either
            middle = len(rows) // 2
            parts = self._scored(rows[:middle]), self._scored(rows[middle:])
            return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]
        finite = self.finite(frame)
        steady = self.steadiness.moves(self.answers, frame, outputs) <= TOLERANCE
        made = [_scored_row(event, row) for event, row in zip(events, outputs)]
        return list(compress(made, finite & steady)), list(compress(made, finite & ~steady))

    def _frame(self, rows):
        """(the rows as events, the events as a frame)."""
        import pandas

        cells = {field.name: [row[place] for row in rows] for place, field in enumerate(self.fields)}
        for name, values in self.more.items():
            if name not in cells:
                cells[name] = [values[place % len(values)] for place in range(len(rows))]
        frame = pandas.DataFrame({name: pandas.Series(column, dtype=object) for name, column in cells.items()})
        events = to_events(frame)
        return events, restored(read_events(events), self.fields)


def _scored_row(event, outputs):
    return {"event": event, "outputs": outputs.tolist()}


def _extremes_of(field, cells):
    """Beyond, at and between the ends of what the frame has."""
    cells = [cell for cell in cells if cell is not None]
    if field.type not in ("number", "integer", "timestamp") or not cells:
        return []
    least, greatest = min(cells), max(cells)
    if field.type == "timestamp":
        return [least, greatest]
    spread = greatest - least
    made = [least, greatest, least - spread, greatest + spread]
    if field.type == "integer":
        made += [0, 1, -1]
        return [cell for cell in made if abs(cell) <= MAX_INTEGER]
    return [cell for cell in made + TINY if math.isfinite(cell)]
