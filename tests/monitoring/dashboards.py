"""Grafana dashboards without Grafana: its schema, the rules beside it, and the queries in them.

The schema is that of grafana-foundation-sdk, whose types are generated from Grafana's own. Its
reader drops what it does not know and believes any value, so what it read is compared with the
file, and each value with the type it should have.
"""

import enum
import itertools
import json
import re
import types
import typing
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog import runtime
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

plugins.register_default_plugins()

REPO = Path(__file__).resolve().parents[2]
FOLDER = REPO / "monitoring/grafana/dashboards"
COLUMNS = 24
# Of Grafana 11.6, which docker-compose.yml starts.
SCHEMA_VERSION = 41
# Of Grafana's Prometheus plugin, which the schema of an annotation leaves to each data source.
ANNOTATION_KEYS = {"useValueForTime", "titleFormat", "textFormat", "tagKeys", "step"}


def load(path):
    def no_repeats(pairs):
        keys = [key for key, _ in pairs]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise ValueError(f"{path}: repeated keys {sorted(repeated)}")
        return dict(pairs)

    return json.loads(Path(path).read_text(), object_pairs_hook=no_repeats)


def all_dashboards():
    return {path.name: load(path) for path in sorted(FOLDER.glob("*.json"))}


def panels(document):
    """All panels but rows, those within collapsed rows too."""
    for panel in document.get("panels", []):
        if panel.get("type") != "row":
            yield panel
        yield from (inner for inner in panel.get("panels", []))


# The schema


def schema_problems(document):
    document = json.loads(json.dumps(document))
    for annotation in document["annotations"]["list"]:
        for key in ANNOTATION_KEYS & annotation.keys():
            del annotation[key]
    read = Dashboard.from_json(document)
    yield from type_problems(read, Dashboard, "dashboard")
    yield from dropped(document, encoded(read), "dashboard")
    for panel in panels(document):
        # The types that Grafana has given up are not among them either.
        if panel["type"] not in runtime.Runtime().panelcfg_variants:
            yield f"panel {panel.get('title')!r}: no panel type {panel['type']!r}"


def encoded(value):
    return json.loads(JSONEncoder().encode(value))


def dropped(written, read, place):
    """What stands in the file and was not read."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            if key not in read:
                yield f"{place}.{key}: unknown"
            else:
                yield from dropped(value, read[key], f"{place}.{key}")
    elif isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for index, (a, b) in enumerate(zip(written, read, strict=True)):
            yield from dropped(a, b, f"{place}[{index}]")
    elif written != read:
        yield f"{place}: {written!r} was read as {read!r}"


def is_model(value):
    return hasattr(type(value), "from_json") and hasattr(value, "__dict__")


def type_problems(value, hint, place):
    """How a value that was read differs from the type that the schema gives it."""
    if isinstance(value, runtime.UnknownDataquery):
        yield f"{place}: a query of no known data source"
    elif is_model(value):
        for name, inner in typing.get_type_hints(type(value)).items():
            yield from type_problems(getattr(value, name), inner, f"{place}.{name}")
    elif typing.get_origin(hint) in (typing.Union, types.UnionType):
        yield from union_problems(value, typing.get_args(hint), place)
    elif typing.get_origin(hint) is typing.Literal:
        if value not in typing.get_args(hint):
            yield f"{place}: {value!r} is none of {typing.get_args(hint)}"
    elif typing.get_origin(hint) is list:
        if not isinstance(value, list):
            yield f"{place}: {value!r} is not a list"
            return
        for index, item in enumerate(value):
            yield from type_problems(item, typing.get_args(hint)[0], f"{place}[{index}]")
    elif typing.get_origin(hint) is dict:
        if not isinstance(value, dict):
            yield f"{place}: {value!r} is not an object"
    elif isinstance(hint, type):
        yield from class_problems(value, hint, place)


def union_problems(value, options, place):
    if value is None and types.NoneType in options:
        return
    found = [
        list(type_problems(value, option, place))
        for option in options
        if option is not types.NoneType
    ]
    if all(found):
        yield from itertools.chain.from_iterable(found)


def class_problems(value, hint, place):
    if hint is object:
        return
    if issubclass(hint, enum.Enum):
        if value not in [member.value for member in hint]:
            yield f"{place}: {value!r} is no {hint.__name__}"
    elif hasattr(hint, "from_json") and isinstance(value, dict):
        # The reader left it as it was.
        read = hint.from_json(value)
        yield from type_problems(read, hint, place)
        yield from dropped(value, encoded(read), place)
    elif hint is float and isinstance(value, int) and not isinstance(value, bool):
        return
    elif hint is int and isinstance(value, bool) or not isinstance(value, hint):
        yield f"{place}: {value!r} is no {hint.__name__}"


# The rules beside it


def rule_problems(document):
    return [
        *identity_problems(document),
        *layout_problems(document),
        *itertools.chain.from_iterable(panel_problems(panel) for panel in panels(document)),
    ]


def identity_problems(document):
    if not re.fullmatch(r"[a-z0-9-]{8,40}", document.get("uid") or ""):
        yield f"uid {document.get('uid')!r} is not stable and readable"
    if document.get("schemaVersion") != SCHEMA_VERSION:
        yield f"schemaVersion {document.get('schemaVersion')!r} is not {SCHEMA_VERSION}"
    names = [variable.get("name") for variable in document.get("templating", {}).get("list", [])]
    if names[:3] != ["datasource", "service", "instance"]:
        yield f"variables {names} do not begin with datasource, service, instance"
    ids = [panel.get("id") for panel in document.get("panels", [])]
    ids += [
        panel.get("id") for row in document.get("panels", []) for panel in row.get("panels", [])
    ]
    for one in sorted({str(one) for one in ids if ids.count(one) > 1}):
        yield f"panel id {one} stands more than once"
    if None in ids:
        yield "a panel has no id"


def rectangle(panel):
    """x, y, right, bottom; None when it is not in the grid."""
    position = panel.get("gridPos") or {}
    sides = [position.get(key) for key in "xywh"]
    if not all(isinstance(side, int) and not isinstance(side, bool) for side in sides):
        return None
    x, y, w, h = sides
    if x < 0 or y < 0 or w < 1 or h < 1 or x + w > COLUMNS:
        return None
    return x, y, x + w, y + h


def layout_problems(document):
    placed = []
    for panel in document.get("panels", []):
        box = rectangle(panel)
        if box is None:
            yield f"panel {panel.get('title')!r}: gridPos {panel.get('gridPos')!r} is not in the grid"
            continue
        for other, (x, y, right, bottom) in placed:
            if box[0] < right and x < box[2] and box[1] < bottom and y < box[3]:
                yield f"panel {panel.get('title')!r} lies over {other!r}"
        placed.append((panel.get("title"), box))


def panel_problems(panel):
    title = panel.get("title")
    for key in ("title", "description", "targets"):
        if not panel.get(key):
            yield f"panel {title!r} has no {key}"
    for holder in (panel, *panel.get("targets", [])):
        if holder.get("datasource") != {"type": "prometheus", "uid": "${datasource}"}:
            yield f"panel {title!r}: datasource {holder.get('datasource')!r} is not the variable"
    refs = [target.get("refId") for target in panel.get("targets", [])]
    if len(set(refs)) != len(refs):
        yield f"panel {title!r}: queries {refs} share a name"
    if panel.get("type") not in ("table", "heatmap") and not unit_of(panel):
        yield f"panel {title!r} has no unit"


def unit_of(panel):
    return panel.get("fieldConfig", {}).get("defaults", {}).get("unit")


def problems(document):
    try:
        return [*schema_problems(document), *rule_problems(document)]
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        return [f"cannot be read: {error!r}"]


# The queries in it


@dataclass(frozen=True)
class Query:
    place: str
    expr: str
    over_time: bool  #: a mark anywhere in the time shown will do


def queries(document):
    """Of the panels and the annotations, with the variables in them."""
    for panel in panels(document):
        for target in panel.get("targets", []):
            place = f"{document['uid']}: {panel['title']}: {target['refId']}"
            yield Query(place, target["expr"], False)
    for annotation in document["annotations"]["list"]:
        yield Query(f"{document['uid']}: annotation {annotation['name']}", annotation["expr"], True)


def variable_queries(document):
    """By the variable's name: the selector and the label of its label_values()."""
    found = {}
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            match = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            assert match, variable["query"]
            found[variable["name"]] = match.groups()
    return found


def expand(text, values):
    """`text` as Grafana sends it: a list of values becomes a group of a regular expression."""

    def value_of(match):
        value = values[match.group(1) or match.group(2)]
        if isinstance(value, str):
            return value
        escaped = [re.sub(r"([\\^$*+?.()|{}\[\]])", r"\\\\\1", one) for one in value]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value_of, text)
