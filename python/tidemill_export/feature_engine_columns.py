"""Feature-engine's choices of columns, and scikit-learn's transformers in its wrapper."""

from .in_place import beside, in_place, keep, places_of
from .steps import convert, convert_all, converter

SELECTORS = (
    "DropConstantFeatures",
    "DropCorrelatedFeatures",
    "DropDuplicateFeatures",
    "DropFeatures",
    "DropHighPSIFeatures",
    "MRMR",
    "ProbeFeatureSelection",
    "RecursiveFeatureAddition",
    "RecursiveFeatureElimination",
    "SelectByInformationValue",
    "SelectByShuffling",
    "SelectBySingleFeaturePerformance",
    "SelectByTargetMeanPerformance",
    "SmartCorrelatedSelection",
)
# Behind the columns that stay, in SklearnTransformerWrapper.
CREATORS = ("OneHotEncoder", "PolynomialFeatures")


@converter(*(f"feature_engine.{name}" for name in SELECTORS))
def selector(step, columns, scope):
    return keep(columns, _kept(step), scope)


def _kept(step):
    dropped = set(places_of(step, step.features_to_drop_))
    return [place for place in range(len(step.feature_names_in_)) if place not in dropped]


@converter("feature_engine.MatchVariables")
def match_variables(step, columns, scope):
    """An event has all fields, if only as missing ones, and its fields have the schema's types."""
    return columns


@converter("feature_engine.Pipeline")
def pipeline(step, columns, scope):
    return convert_all(step.steps, columns, scope)


@converter("feature_engine.SklearnTransformerWrapper")
def wrapped(step, columns, scope):
    if hasattr(step, "features_to_drop_"):
        return keep(columns, _kept(step), scope)
    places = places_of(step, step.variables_)

    def make(chosen, scope):
        return convert(step.transformer_, chosen, scope.within(type(step.transformer_).__name__))

    if type(step.transformer_).__name__ in CREATORS:
        return beside(columns, places, make, scope, dropped=places)
    return in_place(columns, places, make, scope)
