"""Three classes from a CSV to predictions, as a user goes the way."""

import csv
import json
import math
import random

import pytest

from harness import Tidemill, serve_config
from models import run
from test_serve import keyed, outputs_of, topics_of

CONFIG = """
name: fruit
task: multiclass
seed: 4
schema:
  id: tag
  fields:
    tag: {type: text, required: true}
    weight: number
    skin: category
target: {column: kind, weight: crate}
pipeline:
  - ColumnTransformer:
      transformers:
        - columns: [weight]
          steps: [SimpleImputer, StandardScaler]
        - columns: [skin]
          steps: [OneHotEncoder]
model:
  XGBClassifier: {n_estimators: 60, max_depth: 3, early_stopping_rounds: 8, monotone_constraints: {weight: 0}}
"""
CLASSES = ["fig", "pear", "quince"]


def fruit(count, seed):
    """Rows told apart by weight and, less well, by skin."""
    draw = random.Random(seed)
    for i in range(count):
        kind = draw.randrange(3)
        weight = "" if i % 23 == 0 else f"{40 + 80 * kind + draw.gauss(0, 30):.1f}"
        skin = ["soft", "smooth", "rough"][kind if draw.random() < 0.6 else draw.randrange(3)]
        yield {"tag": f"f{i}", "weight": weight, "skin": skin, "crate": draw.randint(1, 4), "kind": CLASSES[kind]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    (folder / "fruit.train.yaml").write_text(CONFIG)
    with open(folder / "fruit.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, ["tag", "weight", "skin", "crate", "kind"])
        writer.writeheader()
        writer.writerows(fruit(900, 1))
    return folder


def train(folder, *arguments):
    done = run("train", folder / "fruit.train.yaml", "--data", folder / "fruit.csv", "--out", folder / "m.bin", "--json", *arguments)
    return json.loads(done.stdout)


def predictions(folder):
    """The events' kinds and what `score` says of them."""
    truth = list(fruit(500, 2))
    with open(folder / "events.jsonl", "w") as file:
        for row in truth:
            event = {"tag": row["tag"], "skin": row["skin"]}
            if row["weight"]:
                event["weight"] = float(row["weight"])
            file.write(json.dumps(event) + "\n")
    run("score", folder / "m.bin", "--input", folder / "events.jsonl", "--output", folder / "out.jsonl")
    lines = (folder / "out.jsonl").read_text().splitlines()
    return [row["kind"] for row in truth], [json.loads(line) for line in lines]


def test_three_classes_are_learned_and_served(folder):
    report = train(folder)
    assert report["task"] == "multiclass"
    assert list(report["metrics"]) == ["roc_auc", "log_loss", "accuracy", "f1_macro"]
    assert report["metrics"]["log_loss"] < 0.7 * report["baseline"]["log_loss"]
    told = json.loads(run("inspect", folder / "m.bin", "--json").stdout)
    assert (told["task"], told["labels"]) == ("multiclass", CLASSES)
    truth, answers = predictions(folder)
    assert len(answers) == len(truth)
    for answer in answers:
        assert list(answer)[6:9] == ["score", "label", "probabilities"]
        assert list(answer["probabilities"]) == CLASSES
        assert math.isclose(sum(answer["probabilities"].values()), 1.0, abs_tol=1e-6)
        assert answer["score"] == max(answer["probabilities"].values()) == answer["probabilities"][answer["label"]]
    right = sum(kind == answer["label"] for kind, answer in zip(truth, answers))
    assert right > 0.7 * len(truth)


def test_given_classes_keep_their_order(folder):
    train(folder, "--set", "target.classes=[quince, fig, pear]")
    answer = predictions(folder)[1][0]
    assert list(answer["probabilities"]) == ["quince", "fig", "pear"]


@pytest.mark.parametrize("model", ["XGBClassifier: {n_estimators: 20}", "LogisticRegression: {C: 2}"])
def test_kafka_carries_the_probabilities_that_score_gives(folder, model, broker, topic_prefix, tmp_path):
    config = (folder / "fruit.train.yaml").read_text()
    (tmp_path / "fruit.train.yaml").write_text(config[: config.index("model:")] + f"model:\n  {model}\n")
    run("train", tmp_path / "fruit.train.yaml", "--data", folder / "fruit.csv", "--out", folder / "m.bin")
    _, offline = predictions(folder)
    events = (folder / "events.jsonl").read_bytes().splitlines()
    broker.create_topics(topics_of(topic_prefix))
    with Tidemill(
        serve_config(broker.bootstrap, topic_prefix, model=str(folder / "m.bin")), tmp_path
    ) as scorer:
        scorer.wait_ready()
        broker.produce(f"{topic_prefix}.events", keyed(events))
        served, _ = outputs_of(broker, topic_prefix, len(events))
        assert scorer.stop() == 0, scorer.stderr
    named = {record.json()["event_id"]: record.json() for record in served}
    assert len(named) == len(offline)
    for expected in offline:
        got = named[expected["event_id"]]
        assert list(got["probabilities"]) == CLASSES
        for name in ("score", "label", "probabilities"):
            assert got[name] == expected[name]
