"""Tidemill's side in Python: fitted pipelines, events out of frames, predictions into frames."""

from .errors import ExportError
from .events import parse_event, read_events, to_events
from .export import export_pipeline
from .predictions import read_predictions

__all__ = ["ExportError", "export_pipeline", "parse_event", "read_events", "read_predictions", "to_events"]
__version__ = "0.1.0"
