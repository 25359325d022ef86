"""docs/from-python.md names every class that the exporter knows, and none besides."""

import re
from pathlib import Path

from tidemill_export.models import COMPOSITES, PREDICTORS
from tidemill_export.steps import CONVERTERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "from-python.md"
COMPOSITIONS = {"Pipeline", "ColumnTransformer", "FeatureUnion"}


def classes_of(library, registry):
    return {key.split(".")[1] for key in registry if key.split(".")[0] == library}


def named_under(heading):
    """What stands in backticks in the first cells of the table under a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"### {heading}\n")[1].split("\n#")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {name for cell in cells for name in re.findall(r"`([A-Z]\w+)`", cell)}


def test_the_steps_of_scikit_learn_are_those_that_are_converted():
    assert named_under("Steps of scikit-learn") == classes_of("sklearn", CONVERTERS) - COMPOSITIONS


def test_the_classes_of_feature_engine_are_those_that_are_converted():
    assert named_under("Feature-engine") == classes_of("feature_engine", CONVERTERS) - COMPOSITIONS


def test_the_models_are_those_that_are_converted():
    libraries = {key.split(".")[0] for key in [*PREDICTORS, *COMPOSITES]}
    known = {name for library in libraries for name in classes_of(library, [*PREDICTORS, *COMPOSITES])}
    assert named_under("Models") == known
