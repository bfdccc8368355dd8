"""Each industry is held to its own limits, end to end, by a clock that the test moves."""

import json

import pytest
from flask import Flask

from tests.factories import make_organisation, make_person
from tests.pages import Browse
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.plans import PLANS, SubscriptionPlan
from webapp.limiting.extension import STORE, organisation_key
from webapp.services.visitors import find_visitor

HALF_PAST = 1_700_002_800.0 + 1800


class Clock:
    now = HALF_PAST

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(app.extensions[STORE], "clock", moved)
    return moved


def arrive(browse: Browse, app: Flask, industry: Industry, plan: SubscriptionPlan = SubscriptionPlan.BASIC) -> str:
    """Signs somebody of this industry in; gives the key their requests are counted under."""
    with app.app_context():
        claims = make_person(make_organisation("Corner House", industry, plan).id)
        token = browse.arrive(claims).session_token
        visitor = find_visitor(token)
    assert visitor is not None
    assert visitor.organisation is not None
    return organisation_key(visitor.organisation.id)


def use(app: Flask, key: str, times: int, hour: int, burst: int) -> None:
    """Spends requests where the limiter counts them, so that a test need not send thirty thousand."""
    for _ in range(times):
        assert app.extensions[STORE].hit(key, hour, burst, is_enforced=True).is_within


@pytest.mark.parametrize("industry", list(Industry))
def test_an_industry_is_refused_at_its_own_hourly_limit_and_carries_on_at_the_full_hour(
    app: Flask, browse: Browse, clock: Clock, industry: Industry
):
    limit = CATALOGUE[industry].requests_per_hour
    key = arrive(browse, app, industry)
    use(app, key, limit - 1, limit, limit)
    clock.now += 61  # so that only the hour is full

    assert browse.get("/dashboard").response.headers["RateLimit"].startswith('"hour";r=0;')
    refused = browse.get("/dashboard", 429)

    assert refused.text("h1") == "You have reached your hourly limit"
    assert f"Corner House has used all {limit:,} requests for this hour." in refused.text("main")
    assert refused.response.headers["Retry-After"] == str(1800 - 61)
    clock.now = HALF_PAST + 1800
    browse.get("/dashboard")


@pytest.mark.parametrize("industry", list(Industry))
def test_an_industry_is_refused_at_its_own_burst_and_carries_on_when_it_has_passed(
    app: Flask, browse: Browse, clock: Clock, industry: Industry
):
    burst = CATALOGUE[industry].burst
    key = arrive(browse, app, industry)
    use(app, key, burst - 1, 1_000_000, burst)

    browse.get("/dashboard")
    refused = browse.get("/dashboard", 429)

    assert refused.text("h1") == "You are going a little fast"
    assert f"{burst:,}" in refused.text("main")
    clock.now += 61
    browse.get("/dashboard")


@pytest.mark.parametrize("plan", list(SubscriptionPlan))
def test_a_plan_stretches_both_limits(app: Flask, browse: Browse, plan: SubscriptionPlan):
    arrive(browse, app, Industry.CINEMA, plan)
    entry, times = CATALOGUE[Industry.CINEMA], PLANS[plan].multiplier

    policy = browse.get("/dashboard").response.headers["RateLimit-Policy"]

    assert policy == f'"hour";q={entry.requests_per_hour * times};w=3600, "burst";q={entry.burst * times};w=60'


def test_over_the_limit_what_has_to_work_goes_on(app: Flask, browse: Browse, clock: Clock):
    key = arrive(browse, app, Industry.GYM)
    use(app, key, 250, 9_000, 250)
    browse.get("/dashboard", 429)

    usage = browse.get("/usage")
    assert json.loads(browse.get("/usage.json").html)["burst_used"] == 250
    browse.submit(usage, form="form[action='/logout']")


def test_a_program_over_the_limit_is_told_in_its_own_language(app: Flask, browse: Browse, clock: Clock):
    key = arrive(browse, app, Industry.GYM)
    use(app, key, 250, 9_000, 250)

    refused = browse.get("/dashboard", 429, headers={"Accept": "application/json"})

    problem = json.loads(refused.html)
    assert refused.response.mimetype == "application/problem+json"
    assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert problem["violated-policies"] == ["burst"]
    assert str(problem["retry_after"]) == refused.response.headers["Retry-After"]


def test_the_page_for_too_many_tells_nobody_elses_name(app: Flask, browse: Browse, monkeypatch):
    from webapp.domain.limit_policy import address_policy

    monkeypatch.setitem(app.config, "FOYER_ADDRESS_POLICY", address_policy(5, 2))
    browse.get("/help")
    browse.get("/help")
    refused = browse.get("/help", 429)
    assert "Corner House" not in refused.html
    assert refused.response.headers["Retry-After"]


def test_a_cookie_that_finds_nobody_is_counted_by_address(app: Flask, browse: Browse, monkeypatch):
    from webapp.domain.limit_policy import address_policy
    from webapp.web.visitor import COOKIE

    monkeypatch.setitem(app.config, "FOYER_ADDRESS_POLICY", address_policy(5, 2))
    browse.client.set_cookie(COOKIE, "x" * 43, domain="127.0.0.1")
    browse.get("/help")
    browse.get("/help")
    browse.get("/help", 429)
