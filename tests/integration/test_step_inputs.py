"""Every step with columns and events that nobody wants: a model, or a sentence that says whose fault it is."""

import json
import random

import pytest
import yaml

from harness import REPO
from test_cli import call

ROWS = 60
SEED = 20261122

# Every step, with the columns it gets and what it cannot do without.
STEPS = {
    "ArbitraryOutlierCapper": ("ab", {"max_capping_dict": {"a": 3}, "missing_values": "ignore"}),
    "Bearing": ("abde", {}),
    "Binarizer": ("ab", {}),
    "ColumnTransformer": ("ab", {"transformers": [{"columns": ["a", "b"], "steps": ["StandardScaler"]}]}),
    "CountFrequencyEncoder": ("c", {}),
    "CountVectorizer": ("x", {}),
    "CyclicalFeatures": ("ab", {}),
    "DatetimeFeatures": ("t", {}),
    "DatetimeOrdinal": ("t", {}),
    "DatetimeSubtraction": ("tu", {"variables": ["t"], "reference": ["u"], "drop_original": True}),
    "DropColumns": ("ab", {"columns": ["a"]}),
    "DropDuplicateFeatures": ("ab", {}),
    "FeatureHasher": ("x", {"n_features": 8}),
    "FeatureUnion": ("ab", {"transformer_list": [{"name": "one", "steps": ["StandardScaler"]}]}),
    "FunctionTransformer": ("ab", {"func": "sqrt"}),
    "HaversineDistance": ("abde", {}),
    "KBinsDiscretizer": ("ab", {}),
    "LogTransformer": ("ab", {}),
    "MathFeatures": ("ab", {"variables": ["a", "b"], "func": ["sum"]}),
    "MaxAbsScaler": ("ab", {}),
    "MinMaxScaler": ("ab", {}),
    "MissingIndicator": ("ab", {"features": "all"}),
    "MissingValues": ("ab", {}),
    "Normalizer": ("ab", {}),
    "NumbersAsCategories": ("ab", {}),
    "OneHotEncoder": ("c", {}),
    "OrdinalEncoder": ("c", {}),
    "PCA": ("ab", {}),
    "PiecewiseConstant": ("ab", {"edges": [2, 5], "values": [1, 2, 3]}),
    "Pipeline": ("ab", {"steps": ["StandardScaler"]}),
    "PolynomialFeatures": ("ab", {}),
    "Power": ("ab", {}),
    "PowerTransformer": ("ab", {}),
    "QuantileTransformer": ("ab", {}),
    "RareLabelEncoder": ("c", {}),
    "RelativeFeatures": ("ab", {"variables": ["a"], "reference": ["b"], "func": ["sub"]}),
    "RequireNumbers": ("ab", {}),
    "RobustScaler": ("ab", {}),
    "SelectColumns": ("ab", {"columns": ["a"]}),
    "SelectFromModel": ("ab", {"estimator": "Ridge"}),
    "SelectKBest": ("ab", {"score_func": "f_regression", "k": 1}),
    "SelectPercentile": ("ab", {"score_func": "f_regression", "percentile": 50}),
    "SimpleImputer": ("ab", {}),
    "SplineTransformer": ("ab", {}),
    "StandardScaler": ("ab", {}),
    "TargetEncoder": ("c", {}),
    "TfidfVectorizer": ("x", {}),
    "TruncatedSVD": ("ab", {"n_components": 1}),
    "VarianceThreshold": ("ab", {}),
    "Winsorizer": ("ab", {"missing_values": "ignore"}),
}
KINDS = {"a": "number", "b": "number", "d": "number", "e": "number", "c": "category", "t": "timestamp", "u": "timestamp", "x": "text"}

# Steps behind which an encoder must stand.
MAKES_CATEGORIES = {"NumbersAsCategories", "RareLabelEncoder"}


def cells(column, chosen):
    """A column of good cells."""
    if KINDS[column] == "number":
        return [repr(round(chosen.uniform(0.5, 9.5), 3)) for _ in range(ROWS)]
    if KINDS[column] == "timestamp":
        return [f"2026-01-{1 + i % 28:02d}T{chosen.randrange(24):02d}:00:00Z" for i in range(ROWS)]
    return [chosen.choice(["red", "green", "blue"]) for _ in range(ROWS)]


def if_number(column, good, bad):
    return bad if KINDS[column] == "number" else good


SPOILT = {
    "good": lambda column, good: good,
    "empty": lambda column, good: [""] * ROWS,
    "one value": lambda column, good: [""] * 30 + [good[0]] + [""] * (ROWS - 31),
    "constant": lambda column, good: [good[0]] * ROWS,
    "infinite": lambda column, good: if_number(column, good, ["1e999", *good[1:]]),
    "extreme": lambda column, good: if_number(column, good, ["1.7e308", "-1.7e308", *good[2:]]),
    "all different": lambda column, good: good if column in "abdetu" else [f"{column}{i}" for i in range(ROWS)],
}

# Steps that do not learn from a column in which nothing or one thing stands, as scikit-learn's and
# Feature-engine's do not.
OF_NOTHING = {
    "CountVectorizer", "MaxAbsScaler", "MinMaxScaler", "PowerTransformer", "QuantileTransformer", "RobustScaler",
    "SimpleImputer", "TfidfVectorizer",
}  # fmt: skip
OF_MISSING = {
    "CyclicalFeatures", "KBinsDiscretizer", "LogTransformer", "MathFeatures", "PCA", "PolynomialFeatures",
    "RequireNumbers", "SelectFromModel", "SelectKBest", "SelectPercentile", "SplineTransformer", "TruncatedSVD",
}  # fmt: skip
OF_ONE = {"VarianceThreshold", "Winsorizer"}
NUMERIC = {step for step, (columns, _) in STEPS.items() if set(columns) <= set("abde")}
# What becomes of 1.7e308 is no number, or none that XGBoost's float32 holds.
BOUNDED = {
    "Bearing", "Binarizer", "HaversineDistance", "KBinsDiscretizer", "MaxAbsScaler", "MissingIndicator", "Normalizer",
    "NumbersAsCategories", "PiecewiseConstant",
}  # fmt: skip
REFUSED = {
    "good": set(),
    "empty": OF_NOTHING | OF_MISSING | OF_ONE,
    "one value": OF_MISSING | OF_ONE,
    "constant": OF_ONE,
    "infinite": NUMERIC,
    "extreme": NUMERIC - BOUNDED,
    "all different": set(),
}




def train(step, table, folder, **parameters):
    columns, least = STEPS[step]
    rows = zip(*([name, *values] for name, values in table.items()), strict=True)
    (folder / "rows.csv").write_text("\n".join(",".join(row) for row in rows))
    numbers = ["OrdinalEncoder"] if step in MAKES_CATEGORIES else []
    config = {
        "name": "odd",
        "task": "regression",
        "schema": {"fields": {column: KINDS[column] for column in columns}},
        "target": {"column": "y"},
        "pipeline": [{step: {**least, **parameters}}, *numbers],
        "model": {"XGBRegressor": {"n_estimators": 3}},
    }
    (folder / "odd.yaml").write_text(yaml.safe_dump(config))
    return call("train", "odd.yaml", "--data", "rows.csv", "--out", "model.bin", cwd=folder)


def table_of(step, spoil, rows=ROWS):
    chosen = random.Random(SEED)
    columns = {column: spoil(column, cells(column, chosen))[:rows] for column in STEPS[step][0]}
    return {**columns, "y": [repr(chosen.random()) for _ in range(rows)]}


def assert_refused(done, code, folder, *says):
    assert done.code == code, done
    (sentence,) = [line for line in done.stderr.decode().splitlines() if line.startswith("tidemill: ")]
    assert len(sentence) < 300 and ": expected " in sentence and ", got " in sentence, sentence
    for text in says:
        assert text in sentence, sentence
    assert {path.name for path in folder.iterdir()} == {"odd.yaml", "rows.csv"}


def test_no_step_is_left_out():
    schema = json.loads((REPO / "config/schemas/training.schema.json").read_text())
    alone, with_parameters = schema["$defs"]["step"]["anyOf"]
    assert set(alone["enum"]) | set(with_parameters["properties"]) == set(STEPS)


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("step", STEPS)
def test_a_column_is_learnt_from_or_refused(step, spoilt, tmp_path):
    done = train(step, table_of(step, SPOILT[spoilt]), tmp_path)
    if step in REFUSED[spoilt]:
        assert_refused(done, 65, tmp_path, "rows.csv:2, column '" if spoilt == "infinite" else "")
        said = done.stderr.decode()
        assert step in said or "column '" in said or "feature '" in said, said
        return
    assert (done.code, (tmp_path / "model.bin").stat().st_size > 0) == (0, True), done


# What comes to an event's field and is not of its type.
WRONG = [
    {"a": "x", "c": 5, "t": "yesterday", "x": ["red"]},
    {"a": True, "c": False, "t": 1767225600, "x": 5},
    {"a": {"b": 1}, "c": ["red"], "t": None, "x": {}},
]


@pytest.mark.parametrize("step", STEPS)
def test_an_event_of_wrong_types_is_rejected_and_its_neighbours_are_scored(step, tmp_path):
    table = table_of(step, SPOILT["good"])
    assert train(step, table, tmp_path).code == 0
    columns = STEPS[step][0]
    good = {name: float(table[name][0]) if name in "abde" else table[name][0] for name in columns}
    events = [good]
    for wrong in WRONG:
        field = columns[0]
        if wrong[field] is not None:
            events += [{**good, field: wrong[field]}, good]
    lines = [json.dumps(event) for event in events]
    lines += [json.dumps(good).replace(json.dumps(good[columns[0]]), "1e999", 1), json.dumps(good)]
    done = call("score", "model.bin", cwd=tmp_path, stdin="\n".join(lines).encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    rejects = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    assert (done.code, len(answers), len(rejects)) == (0, len(lines) // 2 + 1, len(lines) // 2), done
    assert len({json.dumps(answer["score"]) for answer in answers}) == 1
    reasons = {reject["reason"] for reject in rejects}
    assert reasons <= {"wrong_type", "invalid_timestamp", "non_finite_number"}, reasons


@pytest.mark.parametrize("step", sorted(NUMERIC))
def test_an_event_of_extremes_has_a_score_or_a_reason(step, tmp_path):
    assert train(step, table_of(step, SPOILT["good"]), tmp_path).code == 0
    columns = STEPS[step][0]
    extremes = [0.0, -0.0, 5e-324, -1.0, 1e-300, 1e300, -1e300, 1.7976931348623157e308, -1.7976931348623157e308]
    events = [dict.fromkeys(columns, 1.0) | {column: value} for value in extremes for column in columns]
    events += [{column: 1.0 for column in columns if column != left_out} for left_out in columns] + [{}]
    done = call("score", "model.bin", cwd=tmp_path, stdin="\n".join(map(json.dumps, events)).encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    rejects = [json.loads(line) for line in done.stderr.splitlines() if line.startswith(b"{")]
    assert (done.code, len(answers) + len(rejects)) == (0, len(events)), done
    assert all(abs(answer["score"]) < 10 for answer in answers)
    assert {reject["reason"] for reject in rejects} <= {"non_finite_feature"}


@pytest.mark.parametrize(
    ("step", "parameters", "code", "says"),
    [
        ("KBinsDiscretizer", {"n_bins": 64, "strategy": "kmeans"}, 65, ["'a'", "bins (64)", "got 8"]),
        ("PCA", {"n_components": 3}, 78, ["n_components", "at most 2", "got 3"]),
        ("TruncatedSVD", {"n_components": 3}, 78, ["n_components", "at most 2", "got 3"]),
    ],
)
def test_more_than_the_rows_give_is_refused(step, parameters, code, says, tmp_path):
    done = train(step, table_of(step, SPOILT["good"], rows=10), tmp_path, **parameters)
    assert_refused(done, code, tmp_path, step, *says)


@pytest.mark.parametrize(
    ("step", "parameters", "says"),
    [
        ("KBinsDiscretizer", {"n_bins": 64}, b"warning: KBinsDiscretizer"),
        ("SelectKBest", {"k": 3}, b"warning: SelectKBest: k is 3"),
        ("QuantileTransformer", {"n_quantiles": 1000}, b"warning: QuantileTransformer"),
    ],
)
def test_more_than_the_rows_give_is_told_where_less_will_do(step, parameters, says, tmp_path):
    done = train(step, table_of(step, SPOILT["good"], rows=10), tmp_path, **parameters)
    assert done.code == 0, done
    assert says in done.stderr


def test_more_categories_than_the_limit_are_refused(tmp_path):
    many = {"c": [f"c{i}" for i in range(2600)], "y": [str(i) for i in range(2600)]}
    done = train("OneHotEncoder", many, tmp_path)
    assert_refused(done, 65, tmp_path, "OneHotEncoder, column 'c'", "at most 2000 categories", "got 2080")
