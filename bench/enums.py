"""What changing and repairing an enum costs on a million organisations.

`python -m bench.enums [ORGANISATIONS]` makes them in a throw-away PostgreSQL and prints each figure beside its goal.
Ends with 1 when a goal is missed. Seconds are those of this machine; what must not depend on it (no table lock, no
rewrite) is read from the catalogue.
"""

import functools
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bench.figures import Figure, print_figures
from tests.migrations.databases import MigrationDatabase, settings_for
from webapp import create_app
from webapp.database import Base
from webapp.demo.postgres import DemoPostgres
from webapp.schema.drift import find_drift

DATABASE = "bench_enums"
READER_SECONDS = 6.0
MORE_ORGANISATIONS = """
    INSERT INTO organisations (id, name)
    SELECT gen_random_uuid(), 'Organisation ' || n FROM generate_series(1, :number) n
"""
WHERE_IT_LIES = "SELECT pg_relation_filenode('organisations')"
LOCKS_OF_THIS_SESSION = """
    SELECT count(*) FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = 'organisations'::regclass
"""


def main(organisations: int) -> int:
    with DemoPostgres() as server:
        server.create_database(DATABASE)
        database = MigrationDatabase(settings_for(server, DATABASE))
        is_met = print_figures(f"{organisations:,} organisations", measure(database, organisations))
    return 0 if is_met else 1


def measure(database: MigrationDatabase, organisations: int) -> Iterator[Figure]:
    database.upgrade("006_add_sic_code")
    with database.as_owner() as connection:
        connection.execute(sa.text(MORE_ORGANISATIONS), {"number": organisations})
    yield adding_the_column(database)
    yield behind_a_reader(database)
    database.upgrade()
    yield from adding_a_label(database)
    yield detecting(database)
    yield from repairing_a_spelling(database)


def adding_the_column(database: MigrationDatabase) -> Figure:
    before = scalar(database, WHERE_IT_LIES)
    seconds = timed(lambda: database.upgrade("007_add_industry_type"))
    is_same = scalar(database, WHERE_IT_LIES) == before
    found = f"{'not rewritten' if is_same else 'rewritten'}, {seconds * 1000:,.0f} ms with start-up"
    return Figure("007_add_industry_type adds its column", found, "the table is not rewritten", is_same)


def behind_a_reader(database: MigrationDatabase) -> Figure:
    """The same migration again, while one session reads for six seconds and another every few milliseconds."""
    database.downgrade("006_add_sic_code")
    with reading_for(database, READER_SECONDS), other_reader(database) as stalls:
        database.upgrade("007_add_industry_type")
    longest = max(stalls)
    what = f"a migration that waits behind a {READER_SECONDS:g} s reader stalls other readers"
    return Figure(what, f"{longest:.2f} s at most", "2.5 s", longest <= 2.5)


def adding_a_label(database: MigrationDatabase) -> Iterator[Figure]:
    with database.as_owner() as connection:
        seconds = timed(lambda: connection.execute(sa.text("ALTER TYPE industry ADD VALUE 'spa' BEFORE 'gym'")))
        locks = connection.scalar(sa.text(LOCKS_OF_THIS_SESSION))
    yield Figure("adding a label holds locks on the table", str(locks), "none", locks == 0)
    yield Figure("adding a label takes", f"{seconds * 1000:.1f} ms", "50 ms", seconds < 0.05)


def detecting(database: MigrationDatabase) -> Figure:
    with database.as_application() as connection:
        find_drift(connection, Base.metadata)
        times = [timed(lambda: find_drift(connection, Base.metadata)) for _ in range(20)]
    median = statistics.median(times)
    return Figure("looking for drift, without rows", f"{median * 1000:.1f} ms (median)", "50 ms", median < 0.05)


def repairing_a_spelling(database: MigrationDatabase) -> Iterator[Figure]:
    with database.as_owner() as connection:
        connection.execute(sa.text("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'"))
    before = scalar(database, WHERE_IT_LIES)
    app = create_app(database.settings)
    began = time.monotonic()
    result = app.test_cli_runner().invoke(args=["enums", "repair", "--apply"])
    seconds = time.monotonic() - began
    print(result.output)
    is_same = scalar(database, WHERE_IT_LIES) == before
    ended_well = result.exit_code == 0
    yield Figure("repairing a label in another spelling", "done" if ended_well else "failed", "done", ended_well)
    yield Figure("it takes, with every row checked", f"{seconds:.1f} s", "10 s", seconds < 10)
    yield Figure("it rewrites the table", "no" if is_same else "yes", "no", is_same)


@contextmanager
def reading_for(database: MigrationDatabase, seconds: float) -> Iterator[None]:
    """A session that has read the table and stays in its transaction."""
    reader = sa.create_engine(database.settings.owner_database_url, poolclass=sa.NullPool).connect()
    reader.execute(sa.text("SELECT 1 FROM organisations LIMIT 1"))
    leaving = threading.Timer(seconds, reader.close)
    leaving.start()
    yield
    leaving.join()


@contextmanager
def other_reader(database: MigrationDatabase) -> Iterator[list[float]]:
    """Reads one row again and again; the list holds how long each time took."""
    engine = sa.create_engine(database.settings.owner_database_url, pool_size=1)
    stalls: list[float] = []
    is_over = threading.Event()
    one_row = sa.text("SELECT name FROM organisations LIMIT 1")

    def read() -> None:
        while not is_over.wait(0.01):
            with engine.connect() as connection:
                stalls.append(timed(functools.partial(connection.execute, one_row)))

    thread = threading.Thread(target=read)
    thread.start()
    yield stalls
    is_over.set()
    thread.join()
    engine.dispose()


def scalar(database: MigrationDatabase, query: str) -> object:
    with database.as_owner() as connection:
        return connection.scalar(sa.text(query))


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
