"""The registry's log on a real broker: its checks are C++, in tests/kafka/kafka_log_broker_test.cpp."""

import os
import subprocess
from pathlib import Path

from harness import REPO


def test_the_log_keeps_what_transactions_promise(broker):
    default = REPO / "build/release/tests/kafka/kafka_log_broker_test"
    program = Path(os.environ.get("TIDEMILL_TEST_KAFKA_LOG", default))
    assert program.exists(), f"{program} is not built"
    checked = subprocess.run(
        [program],
        env={**os.environ, "TIDEMILL_TEST_BOOTSTRAP": broker.bootstrap},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=110,
    )
    print(checked.stdout)
    assert checked.returncode == 0
    assert "SKIPPED" not in checked.stdout
