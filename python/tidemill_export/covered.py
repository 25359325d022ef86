"""All converters, registered by their import."""

from . import (
    bins_and_bases,
    composition,
    encoders,
    imputers,
    model_inputs,
    projections,
    scalers,
    selection,
    texts,
)

__all__ = [
    "bins_and_bases",
    "composition",
    "encoders",
    "imputers",
    "model_inputs",
    "projections",
    "scalers",
    "selection",
    "texts",
]
