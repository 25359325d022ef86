"""Selection of columns: whatever says by get_support() which it keeps."""

from .columns import names_of
from .steps import converter

SELECTORS = (
    "GenericUnivariateSelect RFE RFECV SelectFdr SelectFpr SelectFromModel SelectFwe SelectKBest SelectPercentile "
    "SequentialFeatureSelector VarianceThreshold"
).split()


@converter(*[f"sklearn.{name}" for name in SELECTORS])
def selector(step, columns, scope):
    kept = [column for column, keep in zip(columns, step.get_support()) if keep]
    scope.add("SelectColumns", columns=names_of(kept))
    return kept
