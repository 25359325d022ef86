"""What the service takes of names, texts and numbers: refused here, not only when the file is imported."""

import re

from .errors import ExportError

NAME = re.compile(r"[A-Za-z0-9._-]{1,256}")
MAX_NAME_BYTES = 256
MAX_TEXT_BYTES = 65_536
MAX_FIELDS = 4096
MAX_CLASSES = 1000
MAX_INTEGER = 2**53  # every whole number up to here is a float64


def check_model_name(name):
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ExportError("name", "1 to 256 of the letters a-z and A-Z, digits, '.', '_' and '-'", repr(name)[:80])


def check_classes(texts):
    """Labels as the service says them: of few bytes, and each once."""
    if len(texts) > MAX_CLASSES:
        raise ExportError("classes", f"at most {MAX_CLASSES}", str(len(texts)))
    for text in texts:
        _check_bytes("classes", text, MAX_TEXT_BYTES)
        if texts.count(text) > 1:
            raise ExportError("classes", "labels that differ as texts", f"{text!r} twice"[:80])


def check_fields(fields):
    """The section "schema": how many fields, their names and categories."""
    if len(fields) > MAX_FIELDS:
        raise ExportError("X", f"at most {MAX_FIELDS} columns that the pipeline reads", str(len(fields)))
    for field in fields:
        _check_bytes("X, a column's name", field["name"], MAX_NAME_BYTES)
        for text in field["categories"]:
            _check_bytes(f"column {field['name']!r}", text, MAX_TEXT_BYTES)


def _check_bytes(where, text, most):
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise ExportError(where, "texts that UTF-8 can hold", f"{text!r}, half of a surrogate pair"[:80]) from None
    if size > most:
        raise ExportError(where, f"texts of at most {most} bytes", f"{text[:20]!r}... of {size}")
