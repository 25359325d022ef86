import os
import re
import signal
import uuid

import pytest

from harness import Kafka, running_broker
from models import train

# A shell that starts us in the background ignores Ctrl-C for us and for all
# that we start; a handler of our own ends that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The broker that most tests share: no test may stop it."""
    existing = os.environ.get("TIDEMILL_TEST_BOOTSTRAP")
    if existing:
        yield Kafka(existing)
        return
    with running_broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture
def own_broker(tmp_path):
    """A broker that the test may stop, kill and start again."""
    with running_broker(tmp_path / "broker") as started:
        yield started


@pytest.fixture
def topic_prefix(request):
    """The start of topic and group names that no other test has."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"{name[:60]}-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def churn_model(tmp_path_factory):
    return train("churn", tmp_path_factory.mktemp("churn-model"))


@pytest.fixture(scope="session")
def taxi_model(tmp_path_factory):
    return train("taxi", tmp_path_factory.mktemp("taxi-model"))
