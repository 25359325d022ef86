"""Multi-layer perceptrons."""

from .fitted_numbers import numbers


def _perceptron(estimator, response, scope):
    outputs = estimator.n_outputs_
    classes = getattr(estimator, "classes_", None)
    if outputs != (1 if classes is None or len(classes) == 2 else len(classes)) or (
        outputs > 1 and estimator.out_activation_ != "softmax"
    ):
        scope.refuse("one target: fit a model for each", f"{outputs} outputs")
    return {
        "family": "mlp",
        "hidden_activation": estimator.activation,
        "link": estimator.out_activation_,
        "layers": [
            {"weights": numbers(weights, "coefs_", scope), "biases": numbers(biases, "intercepts_", scope)}
            for weights, biases in zip(estimator.coefs_, estimator.intercepts_)
        ],
    }


NEURAL_NETWORKS = {"sklearn.MLPClassifier": _perceptron, "sklearn.MLPRegressor": _perceptron}
