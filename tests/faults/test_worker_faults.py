"""A gunicorn worker that is killed and frozen while people use Foyer, and an end that waits for whoever is in it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.faults.killed_midway import ISSUER
from tests.faults.parts import frozen
from tests.faults.people import Load, people
from tests.faults.stack import Stack, run_stack
from tests.patience import PATIENCE_SECONDS
from tests.schema.builds import environment_of
from tests.schema.service import HeldRequest

REPLACED_AFTER_SECONDS = 2  # of standing still, in one test; in production it is gunicorn.conf.py that says
KILLS = 8


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with run_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


def replaced(stack: Stack, load: Load, worker: int) -> None:
    """Waits until another worker serves in place of this one."""
    load.until(lambda: bool(stack.workers()) and worker not in stack.workers(), "no other worker")
    stack.becomes_ready()


def cost_only_what_was_in_flight(load: Load, faults: int, people_count: int) -> None:
    """Connections that were open may end without an answer, once for each fault. Nobody got an error."""
    assert (load.failures(), load.surprises) == ([], [])
    assert [answer for answer in load.answers if answer.status >= 500] == []
    assert len(load.cut_off()) <= faults * people_count


def test_killed_workers_leave_nobody_half_made(stack: Stack):
    with people(stack, residents=2, newcomers=3) as load:
        for number in range(KILLS):
            before, (worker,) = len(load.arrived), stack.workers()
            load.until(lambda known=before: len(load.arrived) > known, "nobody arrives")
            time.sleep(0.017 * number)  # never at the same point of a sign-in
            os.kill(worker, signal.SIGKILL)
            replaced(stack, load, worker)
        load.goes_well()

    cost_only_what_was_in_flight(load, KILLS, 5)
    assert stack.count("SELECT count(*) FROM users") >= len(load.arrived) + 2
    assert stack.halves() == {}


def test_a_sign_in_killed_at_any_point_is_there_as_a_whole_or_not_at_all(stack: Stack):
    killed = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_midway"],
        env=environment_of(stack.owner.settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert killed.returncode == 0, killed.stderr
    points = int(killed.stdout)
    assert points > 12, "before and after each of its statements, and around the commit"
    kept = stack.count(f"SELECT count(*) FROM identities WHERE issuer = '{ISSUER}'")
    assert kept == 2, "the one killed after the commit, and the one that was not"
    assert stack.halves() == {}


def test_a_worker_that_stands_still_for_a_moment_costs_that_moment(stack: Stack):
    with people(stack, residents=3) as load:
        with frozen(*stack.workers()):
            time.sleep(1)
        load.goes_well()

    assert {answer.status for answer in load.answers} == {200, 303}
    assert load.surprises == []


def test_a_worker_that_stands_still_for_good_is_replaced(stack: Stack):
    stack.server.__exit__()
    stack.serve_again(GUNICORN_CMD_ARGS=f"--timeout {REPLACED_AFTER_SECONDS}")
    with people(stack, residents=3) as load:
        (worker,) = stack.workers()
        with frozen(worker):
            replaced(stack, load, worker)
        load.goes_well()

    cost_only_what_was_in_flight(load, 1, 3)
    assert stack.halves() == {}


def test_whoever_is_being_answered_when_the_end_comes_is_answered(stack: Stack):
    stack.server.__exit__()
    stack.serve_again()
    asking = HeldRequest(stack.server, urlsplit(stack.address).netloc)
    asking.end_server()

    first, *others = asking.answers()

    assert first.status == 400
    assert others, "the connection was promised to be kept"
    assert {answer.status for answer in others} == {200}
    assert stack.server.process.wait(PATIENCE_SECONDS) == 0
    stack.serve_again()
