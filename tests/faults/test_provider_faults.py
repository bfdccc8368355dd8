"""A provider that is killed and frozen while people use Foyer: who is signed in notices nothing, who is about to be is
told, and signs in from the same browser afterwards."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.people import Load, Person, people
from tests.faults.stack import Stack, run_stack

ANSWERED_WITHIN_SECONDS = 13.5  # promised within 8.5; the rest is room for a slow machine, and no second wait in a row


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with run_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@contextlib.contextmanager
def killed(stack: Stack) -> Iterator[None]:
    """Away until the end of the block, and then there with other keys than before."""
    stack.provider.kill()
    yield
    stack.provider.start()


@contextlib.contextmanager
def frozen(stack: Stack) -> Iterator[None]:
    with stack.provider.frozen():
        yield


@pytest.mark.parametrize("fault", [killed, frozen])
def test_without_the_provider_nobody_who_is_signed_in_notices(stack: Stack, fault) -> None:
    with people(stack, residents=4) as load:
        half_way = [Person(stack, load.answers) for _ in range(3)]
        backs = [person.begin() for person in half_way]
        began = time.monotonic()
        with fault(stack), ThreadPoolExecutor(3) as threads:
            are_in = list(threads.map(lambda person, back: person.finish(back), half_way, backs))
            load.goes_well(5)
        assert are_in == [False] * 3
        noticed = [answer for answer in load.since(began) if answer.is_unavailable]
        is_told_and_nobody_else(load, half_way, noticed)

        with ThreadPoolExecutor(3) as threads:  # an honest sign-in, in the same browsers
            assert list(threads.map(Person.sign_in, half_way)) == [True] * 3

    assert (load.failures(), load.cut_off(), load.surprises) == ([], [], [])
    assert max(answer.seconds for answer in load.answers) < ANSWERED_WITHIN_SECONDS
    assert stack.halves() == {}


def is_told_and_nobody_else(load: Load, half_way: list[Person], told: list) -> None:
    """Each of them got the page that says so, with the time to come back."""
    assert {answer.who for answer in told} == {person.name for person in half_way}
    assert all(answer.asked.startswith("GET /sign-in-failed") for answer in told), told
