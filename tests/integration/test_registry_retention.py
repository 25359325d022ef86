"""A registry's topic that is not compacted forgets the rollout's state: whoever uses it says so once."""

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from harness import Tidemill, running_broker, serve_config, wait_until
from models import run

SAYS = "expected cleanup.policy=compact"
FORGETFUL = ["delete", "compact,delete"]


def topics(broker, topic, policy):
    broker.create_topics({topic: 1}, {"cleanup.policy": policy})
    return topic


def registry(broker, topic, *verb):
    """What a verb says on standard error."""
    where = ("--service", "churn", "--bootstrap", broker.bootstrap, "--topic", topic)
    return run("registry", *map(str, verb), *where).stderr.decode()


def scorer(broker, topic, folder, **more):
    config = serve_config(broker.bootstrap, topic, registry={"topic": topic, "store": "."}, **more)
    return Tidemill(config, folder)


def warnings(process):
    return [line for line in process.stderr.splitlines() if SAYS in line]


@pytest.mark.parametrize("policy", FORGETFUL)
def test_a_verb_warns_of_a_topic_that_forgets(policy, broker, topic_prefix):
    text = registry(broker, topics(broker, topic_prefix, policy), "list")
    assert text.count(SAYS) == 1 and "warn" in text
    assert f"of {topic_prefix}," in text and f"got {policy}" in text


@pytest.mark.parametrize("verb", [("list",), ("history",), ("watch", "--seconds", 1)], ids=lambda verb: verb[0])
def test_every_verb_warns(verb, broker, topic_prefix):
    assert registry(broker, topics(broker, topic_prefix, "delete"), *verb).count(SAYS) == 1


def test_a_topic_that_a_verb_makes_is_compacted(broker, topic_prefix):
    assert SAYS not in registry(broker, topic_prefix, "list")
    assert SAYS not in registry(broker, topic_prefix, "list")


@pytest.mark.parametrize("policy", FORGETFUL)
def test_serve_warns_once(policy, broker, topic_prefix, tmp_path):
    with scorer(broker, topics(broker, topic_prefix, policy), tmp_path) as process:
        wait_until(lambda: warnings(process), 20, "a warning")
    assert len(warnings(process)) == 1
    assert " warn" in warnings(process)[0] and f"got {policy}" in warnings(process)[0]


def test_who_may_not_look_is_not_told(topic_prefix, tmp_path):
    authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    properties = [f"authorizer.class.name={authorizer}", "allow.everyone.if.no.acl.found=true"]
    with running_broker(tmp_path / "broker", properties) as broker:
        topics(broker, topic_prefix, "delete")
        admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        # All else is allowed, since a rule of a topic ends what is allowed without one.
        for operation, permission in (
            (AclOperation.ALL, AclPermissionType.ALLOW),
            (AclOperation.DESCRIBE_CONFIGS, AclPermissionType.DENY),
        ):
            rule = AclBinding(
                ResourceType.TOPIC, topic_prefix, ResourcePatternType.LITERAL, "User:*", "*", operation, permission
            )
            for future in admin.create_acls([rule]).values():
                future.result(timeout=10)
        assert SAYS not in registry(broker, topic_prefix, "list")
        log = {"level": "debug"}
        with scorer(broker, topic_prefix, tmp_path / "serve", log=log) as process:
            wait_until(lambda: "cleanup.policy" in process.stderr, 20, "a word on it")
        told = [line for line in process.stderr.splitlines() if "cleanup.policy" in line]
        assert len(told) == 1 and "debug" in told[0] and "not" in told[0].lower()
