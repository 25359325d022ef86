"""What flows through a pipeline: columns, and the fields of the event behind them."""

from dataclasses import dataclass, field, replace

import numpy

from .errors import ExportError

KIND_OF_TYPE = {
    "number": "number",
    "integer": "number",
    "boolean": "number",
    "category": "category",
    "text": "text",
    "timestamp": "timestamp",
}


@dataclass(eq=False)
class Field:
    """A field of the event.

    Attributes
    ----------
    name : str
    type : str or None
        One of ``KIND_OF_TYPE``; None of texts that no step has read yet, which
        may become a category, a text or a timestamp.
    dtype : the frame's dtype of the column, or None when it has none
    missing : None, float("nan"), pandas.NA or ...
        What stands in the frame's missing cells; ... when there are none and
        no step has said what it takes for missing.
    categories : set of str
        What a category's dictionary must hold beside the frame's own values.
    required : bool
    closed : bool
        Of pandas categories: one that the frame does not have is missing.
    refused : ExportError or None
        Why no step may read the column; one that none reads may be as it is.
    """

    name: str
    type: str = None
    dtype: object = None
    missing: object = ...
    categories: set = field(default_factory=set)
    required: bool = False
    closed: bool = False
    refused: ExportError = None

    def decide(self, wanted, where):
        """Makes a field of texts what its first reader needs; all others must need the same."""
        if self.type is None:
            self.type = wanted
        elif self.type != wanted:
            expected = f"field {self.name!r} read as a {self.type}, as elsewhere (or a copy of the column)"
            raise ExportError(where, expected, f"a step that needs a {wanted}")


@dataclass(frozen=True)
class Column:
    """A column between two steps.

    Attributes
    ----------
    name : str
        As the service's step names it.
    own_kind : {"number", "category", "text", "timestamp"} or None
        None: what its field is, or becomes.
    field : Field or None
        Of a raw column and of categories that come of one: where their texts
        must be known. None of all that is worked out.
    dtype : numpy dtype
        Of the values in Python.
    sparse : bool or None
        Whether zeros are left out in Python, which XGBoost takes for missing.
        None from a converter: as what came in.
    """

    name: str
    own_kind: str = "number"
    field: Field = None
    dtype: object = numpy.dtype(numpy.float64)
    sparse: bool = None

    @property
    def kind(self):
        """As ``own_kind``; None while the field is undecided. Raises what a refused field has."""
        if self.field is not None and self.field.refused is not None:
            raise self.field.refused
        if self.own_kind is None and self.field.type is not None:
            return KIND_OF_TYPE[self.field.type]
        return self.own_kind

    def named(self, name):
        return replace(self, name=name)


def names_of(columns):
    return [column.name for column in columns]


def numbers_named(names, **more):
    """New number columns; ``more`` are attributes of Column."""
    return [Column(str(name), **more) for name in names]


def common_dtype(columns):
    """What numpy makes of the columns side by side."""
    return numpy.result_type(*[column.dtype for column in columns]) if columns else numpy.dtype(numpy.float64)
