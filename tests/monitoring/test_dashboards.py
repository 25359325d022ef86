"""The dashboards are what Grafana reads, and a broken one is refused."""

import copy

import pytest

import dashboards
from rules import documented_metrics, recorded_names, unknown_names

DASHBOARDS = dashboards.all_dashboards()


@pytest.fixture
def document():
    return copy.deepcopy(DASHBOARDS["service.json"])


def first_panel(document, type_="timeseries"):
    return next(panel for panel in document["panels"] if panel["type"] == type_)


def test_there_is_one_of_the_service_and_one_of_the_model():
    assert [document["uid"] for document in DASHBOARDS.values()] == [
        "tidemill-model",
        "tidemill-service",
    ]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_is_sound(name):
    assert dashboards.problems(DASHBOARDS[name]) == []


@pytest.mark.parametrize("name", DASHBOARDS)
def test_asks_only_for_metrics_that_are_documented(name):
    document = DASHBOARDS[name]
    known = documented_metrics() | recorded_names()
    texts = [query.expr for query in dashboards.queries(document)]
    texts += [selector for selector, _ in dashboards.variable_queries(document).values()]
    assert {text: unknown_names(text, known) for text in texts} == {text: [] for text in texts}


def break_type(document):
    first_panel(document)["type"] = "timeserie"


def break_deprecated(document):
    first_panel(document)["type"] = "graph"


def break_grid(document):
    del first_panel(document)["gridPos"]


def break_width(document):
    first_panel(document)["gridPos"]["w"] = 30


def break_overlap(document):
    one, two = [panel for panel in document["panels"] if panel["type"] == "stat"][:2]
    two["gridPos"] = dict(one["gridPos"])


def break_ids(document):
    document["panels"][2]["id"] = document["panels"][1]["id"]


def break_option(document):
    first_panel(document, "stat")["options"]["grpahMode"] = "area"


def break_option_value(document):
    first_panel(document, "stat")["options"]["graphMode"] = "pie"


def break_custom(document):
    first_panel(document)["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "wiggle"


def break_number(document):
    first_panel(document)["fieldConfig"]["defaults"]["decimals"] = "2"


def break_link(document):
    document["links"][0]["type"] = "portal"


def break_query_key(document):
    first_panel(document)["targets"][0]["legend"] = "x"


def break_query_format(document):
    first_panel(document)["targets"][0]["format"] = "graph"


def break_datasource(document):
    first_panel(document)["datasource"] = {"type": "prometheus", "uid": "abc"}


def break_refresh(document):
    document["templating"]["list"][1]["refresh"] = 7


def break_unit(document):
    del first_panel(document)["fieldConfig"]["defaults"]["unit"]


def break_description(document):
    first_panel(document)["description"] = ""


def break_panels(document):
    document["panels"] = "none"


def break_annotations(document):
    del document["annotations"]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (break_type, "no panel type 'timeserie'"),
        (break_deprecated, "no panel type 'graph'"),
        (break_grid, "gridPos None is not in the grid"),
        (break_width, "is not in the grid"),
        (break_overlap, "lies over"),
        (break_ids, "stands more than once"),
        (break_option, "grpahMode: unknown"),
        (break_option_value, "'pie'"),
        (break_custom, "'wiggle'"),
        (break_number, "decimals: '2'"),
        (break_link, "'portal'"),
        (break_query_key, "legend: unknown"),
        (break_query_format, "'graph'"),
        (break_datasource, "is not the variable"),
        (break_refresh, "refresh: 7"),
        (break_unit, "has no unit"),
        (break_description, "has no description"),
        (break_panels, "cannot be read"),
        (break_annotations, "cannot be read"),
    ],
)
def test_a_broken_one_is_refused(document, damage, says):
    damage(document)
    found = dashboards.problems(document)
    assert any(says in problem for problem in found), found


def test_variables_are_expanded_as_grafana_does():
    values = {"service": "churn", "version": ["1", "2"], "feature": ["a.b"], "__range": "300s"}
    text = 'x{service="$service",version=~"$version",feature=~"${feature}"}[$__range]'
    assert dashboards.expand(text, values) == (
        'x{service="churn",version=~"(1|2)",feature=~"a\\\\.b"}[300s]'
    )
