"""A forest's outputs out of its exported state, in numpy: plain, the meaning of every name once."""

import numpy as np

LINKS = {
    "identity": lambda m: m,
    "logistic": lambda m: 1 / (1 + np.exp(-m)),
    "softmax": lambda m: np.exp(m - m.max(axis=1, keepdims=True))
    / np.exp(m - m.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
    "exp": np.exp,
    "exp2_negative": lambda m: 2**-m,
}


def outputs_of(forest, rows):
    """`rows` is n x features with NaN where missing; the outputs are n x outputs."""
    if forest["float32_features"]:
        rows = rows.astype(np.float32).astype(np.float64)
    width, outputs = forest["values_per_leaf"], forest["num_outputs"]
    margins = np.tile(np.array(forest["start"]), (len(rows), 1))
    for number, tree in enumerate(forest["trees"]):
        value = np.array(tree["value"]).reshape(-1, width)[leaves_of(tree, rows)]
        first = number % outputs if width == 1 else 0
        margins[:, first : first + width] += value
    margins = margins / forest["divisor"] * forest["scale"] + np.array(forest["bias"])
    with np.errstate(over="ignore"):
        result = LINKS[forest["link"]](margins * forest["link_scale"])
    if not forest["takes_missing"]:
        result[np.isnan(rows).any(axis=1)] = np.nan
    return result


def leaves_of(tree, rows):
    left, right = np.array(tree["left"], int), np.array(tree["right"], int)
    node = np.full(len(rows), 0 if len(left) else -1)
    while (node >= 0).any():
        (open_rows,) = np.nonzero(node >= 0)
        split = node[open_rows]
        x = rows[open_rows, np.array(tree["feature"])[split]]
        goes_left = np.where(
            np.isnan(x), np.array(tree["missing"])[split] == 1, x <= np.array(tree["threshold"])[split]
        )
        if tree["category_set"]:
            of_set = np.array(tree["category_set"])[split]
            for k in np.nonzero((of_set >= 0) & ~np.isnan(x))[0]:
                goes_left[k] = is_in_set(tree, of_set[k], x[k])
        node[open_rows] = np.where(goes_left, left[split], right[split])
    return ~node


def is_in_set(tree, number, x):
    begin = tree["set_end"][number - 1] if number else 0
    words = tree["set_words"][begin : tree["set_end"][number]]
    return -1 < x < 32 * len(words) and bool(words[int(x) // 32] >> int(x) % 32 & 1)
