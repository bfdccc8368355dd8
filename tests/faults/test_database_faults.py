"""A real PostgreSQL that is killed, restarted, frozen, and that drops its connections, while people use Foyer."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.people import people
from tests.faults.stack import DATABASE, Stack, run_stack

ROUNDS = 3
DROPS = 20
# With room for a machine that is slow or stands still for a while, and less than what would be wrong: to wait for a
# database that refuses connections as for one that is silent, and to wait for a silent one twice in a row.
TOLD_WITHIN_SECONDS = 6.5  # at once, while connections are refused
ANSWERED_WITHIN_SECONDS = 13.5  # promised within 8, while the database is frozen


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with run_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.mark.parametrize("ending", ["kill", "shut_down"])
def test_while_the_database_is_gone_people_are_told_soon_and_served_again_when_it_is_back(stack: Stack, ending: str):
    told = []
    with people(stack, residents=4, newcomers=2) as load:
        for _ in range(ROUNDS):
            gone = time.monotonic()
            getattr(stack.database, ending)()
            told += load.everybody_is_told(gone, times=4)
            stack.database.start_again()
            back = stack.becomes_ready()
            load.goes_well()

    assert (load.failures(), load.cut_off(), load.surprises) == ([], [], [])
    assert max(answer.seconds for answer in told) < TOLD_WITHIN_SECONDS
    assert load.refused_since(back) == []
    assert stack.halves() == {}


def test_while_the_database_is_frozen_everybody_is_answered_in_time(stack: Stack):
    """More people than a worker has threads: who waits behind somebody who waits is answered in time as well."""
    with people(stack, residents=11) as load:
        with stack.database.frozen():
            stopped = time.monotonic()
            told = load.everybody_is_told(stopped, times=2)
        back = stack.becomes_ready()
        load.goes_well()

    assert (load.failures(), load.cut_off(), load.surprises) == ([], [], [])
    assert max(answer.seconds for answer in load.answers) < ANSWERED_WITHIN_SECONDS
    assert len({answer.who for answer in told}) == 11
    assert load.refused_since(back) == []
    assert stack.halves() == {}


def test_dropped_connections_cost_at_most_the_requests_that_were_on_them(stack: Stack):
    with people(stack, residents=4, newcomers=2) as load:
        dropped = 0
        for _ in range(DROPS):
            dropped += stack.database.drop_connections(DATABASE)
            load.goes_well(1)
        stack.becomes_ready()

    assert (load.failures(), load.cut_off(), load.surprises) == ([], [], [])
    assert dropped >= DROPS
    assert len([answer for answer in load.answers if answer.is_unavailable]) <= 2 * dropped
    assert load.arrived, "somebody signed in meanwhile"
    assert stack.halves() == {}
