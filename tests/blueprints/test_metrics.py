"""What machines are told of the counting of requests: a store that is away degrades an instance and is measured."""

import dataclasses
import json

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import hurry
from tests.pages import Browse
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings

TOKEN = "a-token-that-only-the-tests-know"


@pytest.fixture
def watched(app: Flask, settings: Settings, provider: RunningProvider) -> Browse:
    """An application that counts in the same PostgreSQL, and may be watched."""
    return Browse(create_app(dataclasses.replace(settings, metrics_token=TOKEN, ratelimit_storage_uri=None)), provider)


def measured(browse: Browse) -> dict[str, float]:
    page = browse.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    lines = [line.rpartition(" ") for line in page.html.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_without_the_token_there_is_no_such_page(watched: Browse, headers: dict[str, str]):
    watched.get("/metrics", 404, headers=headers)


def test_nobody_can_watch_where_no_token_is_set(browse: Browse):
    browse.get("/metrics", 404, headers={"Authorization": "Bearer None"})


def test_a_store_that_works_is_said_to(watched: Browse):
    watched.get("/help")

    found = measured(watched)
    assert found['foyer_limits_degraded{store="PostgreSQL"}'] == 0
    assert found['foyer_limits_store_failures_total{store="PostgreSQL"}'] == 0
    assert found['foyer_check_passed{check="limits"}'] == found['foyer_check_passed{check="schema"}'] == 1
    assert json.loads(watched.get("/readyz").html)["checks"]["limits"]["detail"] == "counted in PostgreSQL"


def test_a_store_that_is_away_degrades_an_instance_and_is_measured(watched: Browse, settings: Settings):
    hurry(watched.app)
    owner = sa.create_engine(settings.owner_database_url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.execute(sa.text("LOCK TABLE limit_counters IN ACCESS EXCLUSIVE MODE"))
        watched.get("/help")

        found = measured(watched)
        assert found['foyer_limits_degraded{store="PostgreSQL"}'] == 1
        assert found['foyer_limits_store_failures_total{store="PostgreSQL"}'] >= 1
        assert found['foyer_check_passed{check="limits"}'] == 0
        body = json.loads(watched.get("/readyz").html)
        assert (body["status"], body["checks"]["limits"]["ok"]) == ("degraded", True)
