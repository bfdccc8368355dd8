"""What a request costs when 100,000 organisations are counted, against 100: the CPU of the process that serves and,
where there is one, of the server that counts."""

import dataclasses
import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from redis import Redis

from bench.figures import Figure
from bench.limits_apps import PLENTY, asking, limited_app, somebody, stay_within_the_hour
from bench.limits_cpu import check, in_turns
from tests.migrations.databases import MigrationDatabase
from webapp.domain.visitor import SignedInVisitor
from webapp.limiting.extension import STORE
from webapp.limiting.postgres import PostgresStore
from webapp.limiting.redis import PREFIX
from webapp.limiting.subject import organisation_key

FEW, MANY = 100, 100_000
AT_ONCE = 1_000
NANOSECONDS = 1e9
_ORGANISATIONS = (
    "INSERT INTO organisations (id, name) SELECT id, 'Organisation' FROM unnest(CAST(:ids AS uuid[])) AS id"
)
_REQUESTS = """
    SELECT count(count_request('organisation:' || id, :plenty, :plenty, true, id, NULL))
    FROM unnest(CAST(:ids AS uuid[])) AS id
"""


@dataclass(frozen=True)
class Home:
    """Where these organisations are counted, one of everything: a database, a Redis, this process."""

    database: MigrationDatabase
    redis_url: str
    ids: Sequence[uuid.UUID]


def with_many_organisations(few: Home, many: Home, redis_pid: int) -> Iterator[Figure]:
    """Each of the organisations asks in its turn, so that none of them is still warm from the last time."""
    stay_within_the_hour(90)
    for home in (few, many):
        fill_postgres(home)
        fill_redis(home)
    for name in ("in-process", "PostgreSQL", "Redis"):
        apps = {which: app_at(home, name) for which, home in (("few", few), ("many", many))}
        variants = {which: asking(app) for which, app in apps.items()}
        check(variants, 200)
        clocks = {which: clock_with(server_of(app, redis_pid)) for which, app in apps.items()}
        costs = in_turns(variants, clocks)
        ratio, median = costs["many"].ratios(costs["few"])
        what = f"cost of a request with {MANY:,} organisations counted against {FEW}, {name}"
        yield Figure(what, f"{ratio:.2f}x (medians {median:.2f}x)", "<= 1.2x", ratio <= 1.2)


def app_at(home: Home, name: str) -> Flask:
    storage = {"in-process": "memory://", "PostgreSQL": None, "Redis": home.redis_url}[name]
    app = limited_app(replace(home.database.settings, ratelimit_storage_uri=storage), in_turn(home.ids))
    if name == "in-process":
        for one in home.ids:
            app.extensions[STORE].hit(organisation_key(one), PLENTY, PLENTY, is_enforced=True)
    return app


def in_turn(ids: Sequence[uuid.UUID]) -> Callable[[], SignedInVisitor]:
    """Somebody of another organisation for each request."""
    turns, visitor = cycle(random.sample(ids, len(ids))), somebody()
    assert visitor.organisation is not None
    organisation = visitor.organisation
    return lambda: dataclasses.replace(visitor, organisation=dataclasses.replace(organisation, id=next(turns)))


def server_of(app: Flask, redis_pid: int) -> int | None:
    """The process that counts for this application: of PostgreSQL's, the one behind the only connection."""
    store = getattr(app.extensions[STORE], "store", None)
    if not isinstance(store, PostgresStore):
        return None if store is None else redis_pid
    connection = store._engine.raw_connection()
    try:
        pid: int = connection.driver_connection.info.backend_pid  # type: ignore[union-attr]  # it is psycopg2's
    finally:
        connection.close()
    return pid


def clock_with(server: int | None) -> Callable[[], float]:
    """Seconds of CPU of this process and of that one, where the system tells them to the nanosecond."""
    told = Path(f"/proc/{server}/schedstat")
    if server is None or not told.exists():
        return time.process_time
    return lambda: time.process_time() + int(told.read_text().split()[0]) / NANOSECONDS


def fill_postgres(home: Home) -> None:
    """Organisations that exist, each of which has made one request."""
    for start in range(0, len(home.ids), AT_ONCE):
        some = {"ids": [str(one) for one in home.ids[start : start + AT_ONCE]]}
        with home.database.as_owner() as connection:
            connection.execute(sa.text(_ORGANISATIONS), some)
            connection.execute(sa.text(_REQUESTS), {**some, "plenty": PLENTY})


def fill_redis(home: Home) -> None:
    """One of them makes a request, and the others' counts are copies of it."""
    first = organisation_key(home.ids[0])
    app = limited_app(replace(home.database.settings, ratelimit_storage_uri=home.redis_url), somebody)
    app.extensions[STORE].hit(first, PLENTY, PLENTY, is_enforced=True)
    with Redis.from_url(home.redis_url) as client:
        for start in range(1, len(home.ids), AT_ONCE):
            pipe = client.pipeline(transaction=False)
            for one in home.ids[start : start + AT_ONCE]:
                pipe.copy(f"{PREFIX}count:{first}", f"{PREFIX}count:{organisation_key(one)}")
            pipe.execute()
