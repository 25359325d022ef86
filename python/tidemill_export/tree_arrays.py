"""The parts of a forest's state: trees as arrays, and what stands around them."""

import numpy as np

MAX_LEVELS = 512  # of the service's loader, leaves included


def tree_of(*, is_leaf, left, right, feature, threshold, missing, value, sets=None, set_of_node=None):
    """One tree out of arrays over its nodes, node 0 being the root.

    Parameters
    ----------
    is_leaf : bool array of n nodes
    left, right : int arrays of n
        Children as node numbers, above their parent's; any number at a leaf.
    feature, threshold, missing : arrays of n
        `missing` is 1 where a missing feature goes left, else 0.
    value : float array, n x values per leaf
    sets : uint32 array of bitsets x words, optional
    set_of_node : int array of n, optional
        The bitset of a split by categories, else -1.

    Returns
    -------
    dict of lists: splits and leaves numbered apart, in the order of the nodes;
    a child below 0 is the leaf ~child.
    """
    is_leaf = np.asarray(is_leaf, dtype=bool)
    splits = ~is_leaf
    number = np.where(is_leaf, -np.cumsum(is_leaf), np.cumsum(splits) - 1)
    has_sets = set_of_node is not None and bool((set_of_node[splits] >= 0).any())
    if has_sets:
        threshold = np.where(set_of_node < 0, threshold, 0.0)
    return {
        "feature": feature[splits].tolist(),
        "threshold": threshold[splits].tolist(),
        "left": number[left[splits]].tolist(),
        "right": number[right[splits]].tolist(),
        "missing": missing[splits].astype(int).tolist(),
        "value": value[is_leaf].ravel().tolist(),
        "category_set": set_of_node[splits].tolist() if has_sets else [],
        "set_end": (np.arange(1, len(sets) + 1) * sets.shape[1]).tolist() if has_sets else [],
        "set_words": sets.ravel().tolist() if has_sets else [],
    }


def state_of(
    *,
    num_features,
    trees,
    float32_features=False,
    takes_missing=True,
    num_outputs=1,
    values_per_leaf=1,
    start=None,
    divisor=1.0,
    scale=1.0,
    bias=None,
    link_scale=1.0,
    link="identity",
):
    """The whole state, in the loader's order; `start` and `bias` are one number per output, 0 by default."""
    return {
        "family": "forest",
        "num_features": int(num_features),
        "float32_features": float32_features,
        "takes_missing": takes_missing,
        "num_outputs": int(num_outputs),
        "values_per_leaf": int(values_per_leaf),
        "start": start or [0.0] * num_outputs,
        "divisor": float(divisor),
        "scale": float(scale),
        "bias": bias or [0.0] * num_outputs,
        "link_scale": float(link_scale),
        "link": link,
        "trees": trees,
    }
