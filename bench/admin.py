"""What the admin's pages cost with a million organisations, three million people and five million audit entries.

`python -m bench.admin [ORGANISATIONS]` fills two databases of a PostgreSQL of its own, one with a thousand
organisations, and prints each page beside its goals: at most four statements, a median under 150 ms, and at most three
times the same page with a thousand. Ends with 1 when a goal is missed. Filling takes some minutes and about 8 GB.
"""

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

from bench.admin_rows import fill
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
MOST_MEGABYTES = 20.0

PAGES = {
    "overview, 30 days": "/admin",
    "overview, 90 days": "/admin?days=90",
    "organisations": "/admin/organisations",
    "organisations, prefix of the name": "/admin/organisations?q=odeo",
    "organisations, word in the name": "/admin/organisations?q=cinemas",
    "organisations, one name": "/admin/organisations?q=Odeon+Works+47",
    "organisations, no such name": "/admin/organisations?q=odeno",
    "organisations, e-mail of a member": "/admin/organisations?q=harbour.1@odeon-0.example",
    "organisations, SIC code": "/admin/organisations?q=59140",
    "organisations, industry": "/admin/organisations?industry=cinema",
    "organisations, plan": "/admin/organisations?plan=enterprise",
    "organisations, suspended": "/admin/organisations?status=suspended",
    "organisations, near the limit": "/admin/organisations?usage=near",
    "organisations, all filters": "/admin/organisations?q=castle&industry=hotel&plan=basic&status=active",
    "organisations by name": "/admin/organisations?sort=name",
    "organisations by use": "/admin/organisations?sort=-used",
    "organisations, page 1,000": "/admin/organisations?page=1000",
    "organisations, industry, page 1,000": "/admin/organisations?industry=cinema&page=1000",
    "organisations, last page": "/admin/organisations?page=99999999",
    "an organisation": "/admin/organisations/{organisation}",
    "an organisation, what if": "/admin/organisations/{organisation}?what_if_hour=5000&what_if_burst=150",
    "people": "/admin/people",
    "people, part of a name": "/admin/people?q=harb",
    "people, e-mail": "/admin/people?q=harbour.1@odeon-0.example",
    "people, owners": "/admin/people?role=owner",
    "people, blocked": "/admin/people?status=blocked",
    "people, page 1,000": "/admin/people?page=1000",
    "people, last page": "/admin/people?page=99999999",
    "a person": "/admin/people/{person}",
    "limits": "/admin/limits",
    "audit log": "/admin/audit",
    "audit log, action": "/admin/audit?action=limits.set",
    "audit log, a reference": "/admin/audit?q={reference}",
    "audit log, of an organisation": "/admin/audit?organisation={organisation}",
    "audit log, of a person": "/admin/audit?person={person}",
    "audit log, page 1,000": "/admin/audit?page=1000",
    "audit log, last page": "/admin/audit?page=99999999",
    "health": "/admin/health",
}

IDS = """
    SELECT md5('o1')::uuid::text AS organisation, md5('u1')::uuid::text AS person,
           (SELECT reference FROM audit_events WHERE id = md5('a1')::uuid) AS reference
"""


@dataclass(frozen=True)
class Measured:
    """One page: how many statements it took, and the median of its answers in milliseconds."""

    statements: int
    milliseconds: float


def main(organisations: int) -> int:
    with DemoPostgres() as server:
        few = filled(server, "bench_admin_few", FEW)
        many = filled(server, "bench_admin_many", organisations)
        title = f"Admin pages: {organisations:,} organisations beside {FEW:,}"
        is_met = print_figures(title, measure(few, many))
    return 0 if is_met else 1


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


def measure(few: MigrationDatabase, many: MigrationDatabase) -> Iterator[Figure]:
    """Every page of both in turns, so that whatever else the machine does is done to both."""
    small, large = open_house(few), open_house(many)
    for what, address in PAGES.items():
        beside, found = measured_together(small, large, address)
        times = found.milliseconds / beside.milliseconds
        words = (
            f"{found.statements} statements, {found.milliseconds:.0f} ms"
            f" ({times:.1f} times the {beside.milliseconds:.0f} ms of {FEW:,})"
        )
        is_met = found.statements <= MOST_STATEMENTS and found.milliseconds < MOST_MILLISECONDS and times <= MOST_TIMES
        yield Figure(what, words, f"{MOST_STATEMENTS}, {MOST_MILLISECONDS:g} ms, {MOST_TIMES:g} times", is_met)
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
    """How much memory a whole download takes in this process, however long it is."""
    tracemalloc.start()
    answer = house.client.get(address, base_url=house.base_url, buffered=False)
    began, lines, peak = time.monotonic(), 0, 0
    for piece in answer.response:
        lines += (piece if isinstance(piece, bytes) else piece.encode()).count(b"\n")
        peak = max(peak, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    megabytes = peak / 1_000_000
    words = f"{lines:,} lines, {megabytes:.1f} MB at most, {time.monotonic() - began:.0f} s"
    return Figure(f"download {address}", words, f"{MOST_MEGABYTES:g} MB", megabytes < MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
