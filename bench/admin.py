"""What the admin's pages cost with a million organisations, three million people and five million audit entries.

`python -m bench.admin [ORGANISATIONS]` fills two databases of a PostgreSQL of its own, one with a thousand
organisations, and prints each page beside its goals: at most four statements, a median under 150 ms, and at most three
times the same page with a thousand. Ends with 1 when a goal is missed. Filling takes some minutes and about 8 GB.
"""

import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench.admin_pages import IDS, PAGES
from bench.admin_rows import fill, keep_this_hour
from bench.figures import Figure, print_figures
from tests.factories import make_claims
from tests.migrations.databases import MigrationDatabase, settings_for
from webapp import create_app
from webapp.config import with_driver
from webapp.database import db
from webapp.demo.postgres import DemoPostgres
from webapp.domain.actor import OPERATOR
from webapp.services import accounts, people
from webapp.web.visitor import COOKIE

FEW = 1_000
MOST_STATEMENTS, MOST_MILLISECONDS, MOST_TIMES = 4, 150.0, 3.0
TURNS = 15
BEFORE_THE_INDEXES = "023_create_count_request"
MOST_MEGABYTES, MOST_LINES = 20.0, 1_000_000


@dataclass(frozen=True)
class Measured:
    """One page: how many statements it took, and the median of its answers in milliseconds."""

    statements: int
    milliseconds: float


@dataclass(frozen=True)
class Compared:
    """One page of both databases."""

    what: str
    few: Measured
    many: Measured

    @property
    def times(self) -> float:
        return self.many.milliseconds / self.few.milliseconds

    @property
    def is_met(self) -> bool:
        few_statements = max(self.few.statements, self.many.statements) <= MOST_STATEMENTS
        return few_statements and self.many.milliseconds < MOST_MILLISECONDS and self.times <= MOST_TIMES

    @property
    def figure(self) -> Figure:
        found = (
            f"{self.many.statements} statements, {self.many.milliseconds:.0f} ms"
            f" ({self.times:.1f} times the {self.few.milliseconds:.0f} ms of {FEW:,})"
        )
        goal = f"{MOST_STATEMENTS}, {MOST_MILLISECONDS:g} ms, {MOST_TIMES:g} times"
        return Figure(self.what, found, goal, self.is_met)

    @property
    def line(self) -> str:
        """A line of a Markdown table."""
        few, many = self.few.milliseconds, self.many.milliseconds
        verdict = "" if self.is_met else "missed"
        return f"| {self.what} | {self.many.statements} | {few:.1f} | {many:.1f} | {self.times:.1f} | {verdict} |"


def main(organisations: int) -> int:
    with DemoPostgres() as server:
        few = filled(server, "bench_admin_few", FEW)
        many = filled(server, "bench_admin_many", organisations)
        return 0 if is_met_by(few, many, organisations) else 1


def is_met_by(few: MigrationDatabase, many: MigrationDatabase, organisations: int) -> bool:
    """Prints every figure as it is found, and at the end all pages as a Markdown table."""
    pages: list[Compared] = []
    is_met = print_figures(f"Admin pages: {organisations:,} organisations beside {FEW:,}", measure(few, many, pages))
    with sa.create_engine(many.settings.owner_database_url).connect() as connection:
        version = connection.scalar(sa.text("SHOW server_version"))
    print(f"\nPostgreSQL {version}, {os.cpu_count()} cores, medians of {TURNS} in milliseconds\n")
    print(f"| Page | Statements | With {FEW:,} | With {organisations:,} | Times | |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    print("\n".join(page.line for page in pages))
    return is_met


def filled(server: DemoPostgres, name: str, organisations: int) -> MigrationDatabase:
    """A database at head. Its rows come before the indexes, and without looking whether each reference leads anywhere,
    which halves the time it takes."""
    server.create_database(name)
    database = MigrationDatabase(settings_for(server, name))
    database.upgrade(BEFORE_THE_INDEXES)
    engine = sa.create_engine(with_driver(server.superuser_url(name)), isolation_level="AUTOCOMMIT")
    print(f"Filling {name}", flush=True)
    with engine.connect() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        fill(connection, organisations, says=organisations > FEW)
        database.upgrade()
        connection.execute(sa.text("VACUUM (ANALYZE)"))
    engine.dispose()
    return database


def measure(few: MigrationDatabase, many: MigrationDatabase, pages: list[Compared]) -> Iterator[Figure]:
    """Every page of both in turns, so that whatever else the machine does is done to both. `pages` is added to."""
    small, large = open_house(few), open_house(many)
    for what, address in PAGES.items():
        for database in (few, many):
            keep_this_hour(database.settings.owner_database_url)
        pages.append(Compared(what, *measured_together(small, large, address)))
        yield pages[-1].figure
    yield downloaded(large, "/admin/organisations.csv")
    yield downloaded(large, "/admin/audit.csv")


@dataclass(frozen=True)
class House:
    """One application with a platform admin who is signed in, and ids for the addresses of its pages."""

    app: Flask
    client: FlaskClient
    base_url: str
    ids: dict[str, str]

    def get(self, address: str) -> None:
        answer = self.client.get(address.format(**self.ids), base_url=self.base_url)
        assert answer.status_code == 200, f"{address} answered {answer.status_code}"


def open_house(database: MigrationDatabase) -> House:
    settings = replace(
        database.settings,
        ratelimit_storage_uri=None,  # counts are in the database, as in the demo
        address_limit_per_hour=1_000_000,
        address_burst_limit=1_000_000,
    )
    app = create_app(settings)
    with app.app_context():
        signed_in = accounts.sign_in(make_claims())
        people.set_platform_admin(signed_in.user_id, is_admin=True, by=OPERATOR)
        db.session.execute(
            sa.text(
                "UPDATE organisations SET rate_limit_enabled = false, onboarded_at = now() FROM"
                " memberships WHERE organisation_id = organisations.id AND user_id = :id"
            ),
            {"id": signed_in.user_id},
        )
        db.session.commit()
        ids = dict(db.session.execute(sa.text(IDS)).one()._mapping)
    client = app.test_client()
    client.set_cookie(COOKIE, signed_in.session_token, domain="127.0.0.1")
    return House(app, client, settings.base_url, ids)


def measured_together(small: House, large: House, address: str) -> tuple[Measured, Measured]:
    statements = []
    for house in (small, large):
        house.get(address)
        with statements_of(house.app) as seen:
            house.get(address)
        statements.append(len(seen))
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for house, taken in zip((small, large), seconds, strict=True):
            began = time.perf_counter()
            house.get(address)
            taken.append(time.perf_counter() - began)
    medians = [statistics.median(taken) * 1000 for taken in seconds]
    return Measured(statements[0], medians[0]), Measured(statements[1], medians[1])


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """The statements of the pages' own connection. Counting a request is another, one call each."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def downloaded(house: House, address: str) -> Figure:
    """How much memory a download takes in this process, until it has had its first million lines."""
    tracemalloc.start()
    answer = house.client.get(address, base_url=house.base_url, buffered=False)
    began, lines, peak = time.monotonic(), 0, 0
    for piece in answer.response:
        lines += (piece if isinstance(piece, bytes) else piece.encode()).count(b"\n")
        peak = max(peak, tracemalloc.get_traced_memory()[1])
        if lines >= MOST_LINES:
            break
    answer.close()
    tracemalloc.stop()
    megabytes = peak / 1_000_000
    words = f"{lines:,} lines, {megabytes:.1f} MB at most, {time.monotonic() - began:.0f} s"
    return Figure(f"download {address}", words, f"{MOST_MEGABYTES:g} MB", megabytes < MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
