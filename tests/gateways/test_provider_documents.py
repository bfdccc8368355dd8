"""What is kept of a provider's documents, for how long, and when the provider is asked again."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.hostile import documents, transport
from tests.hostile.provider import Place
from tests.hostile.trial import try_to_sign_in
from tests.pages import Browse
from tests.patience import PATIENCE_SECONDS
from webapp.gateways import provider_documents
from webapp.gateways.identity_provider import IdentityProvider, warm_up
from webapp.gateways.provider_answers import ProviderAway, UnusableAnswer
from webapp.gateways.provider_documents import AGAIN_SECONDS, DISCOVERY_SECONDS, KEYS_SECONDS, Kept

HOUR = 3600.0


class Clock:
    """A clock that tests move. It starts where a machine that was just switched on would be."""

    def __init__(self) -> None:
        self.now = 1.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(provider_documents, "time", clock)
    return clock


class Source:
    """Somewhere to fetch a document from, which counts how often, and fails when it is told to."""

    def __init__(self) -> None:
        self.says: object = "first"
        self.times = 0

    def fetch(self) -> object:
        self.times += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def kept(source: Source, clock: Clock) -> Kept[object]:
    return Kept(source.fetch, "document", HOUR)


def test_documents_are_kept_for_as_long_as_was_promised():
    assert (DISCOVERY_SECONDS, KEYS_SECONDS, AGAIN_SECONDS) == (3600, 600, 30)


def test_a_document_is_fetched_once_an_hour(kept: Kept[object], source: Source, clock: Clock):
    assert [kept.get(), kept.get()] == ["first", "first"]
    clock.now += HOUR - 1
    kept.get()
    assert source.times == 1

    source.says = "second"
    clock.now += 1
    assert kept.get() == "second"


FAILURES = [requests.Timeout(), ProviderAway("503"), UnusableAnswer("rubbish")]


@pytest.mark.parametrize("failure", FAILURES)
def test_what_is_known_goes_on_being_used_and_is_asked_for_twice_a_minute(kept, source, clock, failure: Exception):
    kept.get()
    source.says = failure
    clock.now += HOUR
    assert [kept.get() for _ in range(5)] == ["first"] * 5
    assert source.times == 2
    clock.now += AGAIN_SECONDS
    assert kept.get() == "first"
    assert source.times == 3

    source.says = "second"
    clock.now += AGAIN_SECONDS
    assert kept.get() == "second"


@pytest.mark.parametrize("failure", FAILURES)
def test_what_was_never_known_is_not_made_up_and_not_kept(kept, source, failure: Exception):
    source.says = failure
    for _ in range(2):
        with pytest.raises(type(failure)):
            kept.get()

    source.says = "second"
    assert kept.get() == "second"


def test_a_document_that_did_not_serve_is_asked_for_anew_but_rarely(kept, source, clock):
    failed = kept.get()
    clock.now += 1
    assert not kept.has_changed_since(failed, clock.now), "it is the same"
    assert source.times == 2

    source.says = "second"
    clock.now += 1
    assert not kept.has_changed_since(failed, clock.now), "it was asked for a moment ago"
    clock.now += AGAIN_SECONDS
    assert kept.has_changed_since(failed, clock.now)
    assert kept.get() == "second"


def test_a_document_that_came_after_the_token_is_not_asked_for_again(kept, source, clock):
    token_came_at = clock.now
    clock.now += 1
    failed = kept.get()

    assert not kept.has_changed_since(failed, token_came_at)
    assert source.times == 1


def test_whoever_comes_second_is_served_by_what_the_first_has_learnt(kept, source, clock):
    """Eight people sign in while the keys change: one of them asks, and all of them have the new ones."""
    failed = kept.get()
    clock.now += 1
    source.says = "second"

    assert [kept.has_changed_since(failed, clock.now) for _ in range(8)] == [True] * 8
    assert source.times == 2


def test_a_document_that_led_nowhere_is_fetched_again_but_rarely(kept, source, clock):
    kept.get()
    source.says = "second"
    kept.doubt()
    assert kept.get() == "second"

    source.says = "third"
    kept.doubt()
    assert kept.get() == "second"
    clock.now += AGAIN_SECONDS
    kept.doubt()
    assert kept.get() == "third"


def test_while_one_asks_again_the_others_go_on_with_what_is_known(clock: Clock):
    is_asking, may_answer = threading.Event(), threading.Event()
    answers: list[Callable[[], object]] = [
        lambda: "first",
        lambda: (is_asking.set(), may_answer.wait(PATIENCE_SECONDS)) and "second",
    ]
    kept = Kept(lambda: answers.pop(0)(), "document", HOUR)
    kept.get()
    clock.now += HOUR

    with ThreadPoolExecutor() as threads:
        first = threads.submit(kept.get)
        assert is_asking.wait(PATIENCE_SECONDS)
        assert [kept.get() for _ in range(3)] == ["first"] * 3
        may_answer.set()
        assert first.result() == "second"


def test_people_sign_in_while_a_provider_publishes_rubbish_and_then_nothing(stranger: Browse, clock: Clock):
    assert try_to_sign_in(stranger).location == "/onboarding"
    clock.now += 2 * HOUR
    stranger.provider.misbehave(documents.POISONED_DISCOVERY["another issuer"])
    stranger.provider.misbehave(documents.POISONED_KEYS["no keys"])
    assert try_to_sign_in(Browse(stranger.app, stranger.provider)).location == "/onboarding"

    clock.now += 2 * HOUR
    stranger.provider.misbehave(transport.at(Place.DISCOVERY, transport.BREAKS["resets at once"]))
    stranger.provider.misbehave(transport.saying(Place.KEYS, 503))
    assert try_to_sign_in(Browse(stranger.app, stranger.provider)).location == "/onboarding"


def test_a_worker_that_was_warmed_up_signs_people_in_when_the_documents_are_away(stranger: Browse):
    warm_up(stranger.app)
    for thread in threading.enumerate():
        if thread.name == "provider-warm-up":
            thread.join(PATIENCE_SECONDS)
    for place in (Place.DISCOVERY, Place.KEYS):
        stranger.provider.misbehave(transport.saying(place, 503))

    assert try_to_sign_in(stranger).location == "/onboarding"


def test_a_provider_that_is_away_at_the_start_keeps_nobody_from_starting(stranger: Browse):
    stranger.provider.misbehave(transport.at(Place.DISCOVERY, transport.BREAKS["resets at once"]))
    gateway = IdentityProvider(stranger.app.config["SETTINGS"])

    gateway.warm_up()

    assert gateway.is_known_to_be_away()
