"""What a step or a model takes, the JSON Schema of training configs takes too."""

import functools
import json
import re
from pathlib import Path

import jsonschema
import yaml

SCHEMA = Path(__file__).parents[2] / "config/schemas/training.schema.json"


class Loader(yaml.SafeLoader):
    """Numbers as in YAML 1.2, where 1e-5 is one."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+$"), list("-+.0123456789")
)


@functools.cache
def validator(definition):
    schema = json.loads(SCHEMA.read_text())
    reference = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(reference)


@functools.cache
def check_steps(text):
    for step in yaml.load(text, Loader) or ():
        validator("step").validate(step)


def check_model(name, parameters):
    validator("model").validate({name: parameters})
