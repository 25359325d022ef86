"""Predictors of a binary model's first class out of those of its second."""


def of_first_class(predictor):
    """The predictor (a dict) whose one output is the first class's.

    Of a probability that is the first column of ``predict_proba()``, of a
    decision value its negative. Each is computed as the library does it:
    1 - p in one kind of number is not 1 - p in another.
    """
    family = predictor["family"]
    if family == "voting":
        members = [{**member, "predictor": _turned(member["predictor"])} for member in predictor["members"]]
        return {**predictor, "members": members}
    if family == "stacking":
        return {**predictor, "final": _turned(predictor["final"])}
    if family == "gaussian_nb":
        return _with_classes_turned(predictor)
    if family == "linear" and predictor["link"] == "identity":
        return {**predictor, **{name: [-x for x in predictor[name]] for name in ("coefficients", "intercepts")}}
    return {"family": "complement", "predictor": [predictor]}


def _turned(nested):
    return [of_first_class(predictor) for predictor in nested]


def _with_classes_turned(predictor):
    """Both probabilities come out of large logarithms: they need not add up to 1."""
    middle = len(predictor["means"]) // 2
    halves = {name: predictor[name][middle:] + predictor[name][:middle] for name in ("means", "variances")}
    return {**predictor, **halves, **{name: predictor[name][::-1] for name in ("log_priors", "log_norms")}}
