"""Tidemill's side in Python: events out of frames, predictions into frames."""

from .errors import ExportError
from .events import parse_event, read_events, to_events
from .predictions import read_predictions

__all__ = ["ExportError", "parse_event", "read_events", "read_predictions", "to_events"]
__version__ = "0.1.0"
