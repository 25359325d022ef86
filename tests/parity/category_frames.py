"""Random columns of categories: rare, missing and unseen ones, texts of several scripts."""

import json

import numpy as np

TEXTS = ["Zürich", "東京", "a b", "É", "", "null", "0", "-1", "nan", "Rare", "é", "x'y\"z", "🚕", "ﬀ", "\t"]


def categories(random, rows, unseen=False):
    """Object arrays with None where missing; with `unseen` also texts that no other call gives."""
    columns = {
        "few": pick(random, ["No", "Yes"], rows),
        "texts": pick(random, TEXTS, rows),
        "many": zipf(random, 200, rows),
        "constant": pick(random, ["same"], rows),
        "gaps": with_missing(random, pick(random, list("abcdefghijklmn"), rows), 0.3),
        "rare_gaps": with_missing(random, zipf(random, 30, rows), 0.003),
        "empty": np.full(rows, None, dtype=object),
    }
    if unseen:
        for column in columns.values():
            column[random.random(rows) < 0.05] = "never seen before"
            column[random.random(rows) < 0.02] = None
    return columns


def pick(random, texts, rows):
    return np.array(texts, dtype=object)[random.integers(0, len(texts), rows)]


def zipf(random, count, rows):
    """Categories whose shares fall like 1/rank; many are rare, and equally so."""
    shares = 1.0 / np.arange(1, count + 1)
    texts = np.array([f"c{number:03}" for number in random.permutation(count)], dtype=object)
    return texts[random.choice(count, rows, p=shares / shares.sum())]


def with_missing(random, column, share):
    column[random.random(len(column)) < share] = None
    return column


def matrix(columns, missing=None):
    """Rows x columns of objects, `missing` where there is no text."""
    cells = np.column_stack(list(columns.values()))
    cells[np.equal(cells, None)] = missing
    return cells


def fields_of(columns):
    return dict.fromkeys(columns, "category")


def step(name, parameters=None):
    """One step as YAML; JSON is a part of it."""
    return json.dumps([{name: parameters or {}}], ensure_ascii=False)
