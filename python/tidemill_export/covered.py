"""All converters, registered by their import."""

from . import (
    bins_and_bases,
    composition,
    encoders,
    feature_engine_bins,
    feature_engine_columns,
    feature_engine_creation,
    feature_engine_encoders,
    feature_engine_imputers,
    feature_engine_numbers,
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
    "feature_engine_bins",
    "feature_engine_columns",
    "feature_engine_creation",
    "feature_engine_encoders",
    "feature_engine_imputers",
    "feature_engine_numbers",
    "imputers",
    "model_inputs",
    "projections",
    "scalers",
    "selection",
    "texts",
]
