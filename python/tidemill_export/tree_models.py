"""Trees and forests among the models that are looked up by class."""

from .forests import category_codes_of, forest_of

FORESTS = (
    "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor ExtraTreesClassifier "
    "ExtraTreesRegressor GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier "
    "HistGradientBoostingRegressor IsolationForest RandomForestClassifier RandomForestRegressor"
).split()


def _forest(estimator, response, scope):
    scope.codes = category_codes_of(estimator)
    state = forest_of(estimator)
    if response == "decision_function":  # the margins, as they are before the link
        return {**state, "link": "identity", "link_scale": 1.0}
    return state


TREE_MODELS = {
    **{f"sklearn.{name}": _forest for name in FORESTS},
    "catboost.CatBoostClassifier": _forest,
    "catboost.CatBoostRegressor": _forest,
}
