"""Every fault again, in any order and for as long as one likes: `make soak`, with `FOYER_SOAK_SECONDS` for how long."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.parts import frozen
from tests.faults.people import Load, people
from tests.faults.stack import DATABASE, Stack, run_stack

SECONDS = float(os.environ.get("FOYER_SOAK_SECONDS", "180"))
RESIDENTS, NEWCOMERS = 6, 4
SECONDS_BETWEEN_KEYS = 40  # changed keys are looked for once in 30, so that nobody can make us ask at every attempt

pytestmark = pytest.mark.soak


def database_killed(stack: Stack) -> None:
    stack.database.kill()
    time.sleep(random.uniform(0, 1))
    stack.database.start_again()


def database_restarted(stack: Stack) -> None:
    stack.database.shut_down()
    time.sleep(random.uniform(0, 1))
    stack.database.start_again()


def database_frozen(stack: Stack) -> None:
    with stack.database.frozen():
        time.sleep(random.choice([0.2, 2, 9, 16]))


def connections_dropped(stack: Stack) -> None:
    for _ in range(10):
        stack.database.drop_connections(DATABASE)
        time.sleep(random.uniform(0, 0.2))


def provider_killed(stack: Stack) -> None:
    """It comes back with other keys."""
    stack.provider.kill()
    time.sleep(random.uniform(0, 3))
    stack.provider.start()


def provider_frozen(stack: Stack) -> None:
    with stack.provider.frozen():
        time.sleep(random.choice([1, 12]))


def worker_killed(stack: Stack) -> None:
    for worker in stack.workers():
        os.kill(worker, signal.SIGKILL)


def worker_frozen(stack: Stack) -> None:
    """At times for longer than the server lets a transaction be idle."""
    with frozen(*stack.workers()):
        time.sleep(random.choice([0.5, 3, 12]))


CUTS_OFF = {worker_killed: RESIDENTS + NEWCOMERS}
FAULTS: list[Callable[[Stack], None]] = [
    database_killed,
    database_restarted,
    database_frozen,
    connections_dropped,
    provider_killed,
    provider_frozen,
    worker_killed,
    worker_frozen,
]


def test_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    done: Counter[str] = Counter()
    may_be_cut_off = 0
    with run_stack(tmp_path) as stack:
        with people(stack, residents=RESIDENTS, newcomers=NEWCOMERS) as load:
            end_at = time.monotonic() + SECONDS
            keys_may_change_at = 0.0
            while time.monotonic() < end_at:
                fault = random.choice(FAULTS)
                if fault is provider_killed:
                    if time.monotonic() < keys_may_change_at:
                        continue
                    keys_may_change_at = time.monotonic() + SECONDS_BETWEEN_KEYS
                fault(stack)
                done[fault.__name__] += 1
                may_be_cut_off += CUTS_OFF.get(fault, 0)
                stack.becomes_ready()
                time.sleep(random.uniform(0, 2))
            load.goes_well()
        with capsys.disabled():
            tell(load, done)

        assert (load.failures(), load.surprises) == ([], [])
        assert len(load.cut_off()) <= may_be_cut_off
        assert stack.halves() == {}
        assert stack.count("SELECT count(*) FROM users") >= len(load.arrived) + RESIDENTS


def tell(load: Load, done: Counter[str]) -> None:
    statuses = Counter(answer.status for answer in load.answers)
    print(f"\nfaults: {dict(done)}\nanswers: {dict(statuses)}, 0 is cut off; {len(load.arrived)} signed in")
    print(f"the longest took {max(answer.seconds for answer in load.answers):.1f} s")
