"""States of a service, written to the registry fast, and what its instance answered."""

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Producer

SERVICE = "churn"
TOPIC = "tidemill.registry"


@dataclass(frozen=True)
class Version:
    """A version of the churn model whose artifact lies in the store."""

    number: int
    model: Path
    sha256: str
    size: int

    @property
    def reference(self):
        return {
            "model": SERVICE,
            "version": self.number,
            "uri": f"file:{self.sha256}.bin",
            "sha256": self.sha256,
            "size": self.size,
        }


def put(store, number, model):
    """Puts a model.bin into the store, under its digest."""
    content = model.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    store.mkdir(exist_ok=True)
    shutil.copyfile(model, store / f"{digest}.bin")
    return Version(number, model, digest, len(content))


@dataclass(frozen=True)
class Change:
    """A state that was written. Times are of the monotonic clock, in seconds."""

    sequence: int
    version: int  # of the champion
    begun: float  # before the message was handed to the producer
    committed: float
    in_round: bool


class Registry:
    """Writes desired states, each in a transaction of its own, with one writer that stays open.

    `tidemill registry deploy` makes a writer per change; that would take longer than the swaps are
    apart. No state names a previous version: an instance would keep that one loaded, and the swap
    back to it would be without the loading.
    """

    def __init__(self, bootstrap):
        self.sequence = 0
        self.changes = []
        self.writer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": f"{TOPIC}.{SERVICE}",
                "linger.ms": 0,
            }
        )
        self.writer.init_transactions(30)

    def deploy(self, champion, challengers=(), in_round=False):
        self.sequence += 1
        state = {
            "schema": 1,
            "service": SERVICE,
            "sequence": self.sequence,
            "champion": champion.reference,
            "challengers": list(challengers),
            "reason": "benchmark",
            "issued_by": "benchmarks/swap",
        }
        begun = time.monotonic()
        self.writer.begin_transaction()
        self.writer.produce(TOPIC, key=SERVICE, value=json.dumps(state))
        self.writer.commit_transaction(30)
        change = Change(self.sequence, champion.number, begun, time.monotonic(), in_round)
        self.changes.append(change)
        return change

    def close(self):
        """Before the broker goes: the writer would look for it, and say so."""
        self.writer = None


def canary(version, percent):
    return {**version.reference, "mode": "canary", "percent": percent, "salt": "swap", "by": "key"}


def answers(broker):
    """The instance's last word on each sequence, from the audit topic."""
    last = {}
    for record in broker.read_all(f"{TOPIC}.audit"):
        status = record.json().get("status")
        if status and status["state"] in ("active", "rejected"):
            last[status["sequence"]] = status
    return last
