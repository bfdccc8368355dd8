"""Foyer as it is served: gunicorn, PostgreSQL and the provider, each a process of its own and all of a test's own."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests
import sqlalchemy as sa

from tests.demo.test_supervisor import free_ports
from tests.faults.parts import CLIENT_ID, CLIENT_SECRET, BreakablePostgres, ProviderProcess, children_of
from tests.migrations.databases import MigrationDatabase, settings_for
from tests.schema.builds import THIS_BUILD, environment_of
from tests.schema.service import Server

DATABASE = "foyer"
WELL_WITHIN_SECONDS = 2.0

# What no fault may leave behind: each of these is half of something that is written as a whole.
HALVES = {
    "users without an organisation": """
        SELECT count(*) FROM users WHERE NOT EXISTS
            (SELECT FROM memberships WHERE memberships.user_id = users.id)""",
    "users without an identity": """
        SELECT count(*) FROM users WHERE NOT EXISTS
            (SELECT FROM identities WHERE identities.user_id = users.id)""",
    "identities without a user": """
        SELECT count(*) FROM identities WHERE NOT EXISTS (SELECT FROM users WHERE users.id = identities.user_id)""",
    "organisations without people": """
        SELECT count(*) FROM organisations WHERE NOT EXISTS
            (SELECT FROM memberships WHERE memberships.organisation_id = organisations.id)""",
    "sessions without an organisation": "SELECT count(*) FROM login_sessions WHERE organisation_id IS NULL",
    "organisations nobody recorded": """
        SELECT count(*) FROM organisations WHERE NOT EXISTS
            (SELECT FROM audit_events WHERE audit_events.organisation_id = organisations.id)""",
}


@dataclass
class Stack:
    """The parts, and what may be asked of them as a whole."""

    database: BreakablePostgres
    provider: ProviderProcess
    owner: MigrationDatabase
    serve: Callable[[], Server]
    server: Server = field(init=False)

    def __post_init__(self) -> None:
        self.serve_again()

    @property
    def address(self) -> str:
        return self.server.address

    def serve_again(self) -> None:
        """With another gunicorn in place of one that has ended."""
        self.server = self.serve().__enter__()

    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        return children_of(self.server.process.pid)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.address}/readyz", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def becomes_ready(self, seconds: float = WELL_WITHIN_SECONDS) -> None:
        give_up_at = time.monotonic() + seconds
        while not self.is_ready():
            assert time.monotonic() < give_up_at, f"not well within {seconds:g} seconds"
            time.sleep(0.02)

    def count(self, query: str) -> int:
        with self.owner.as_owner() as connection:
            return int(connection.scalar(sa.text(query)) or 0)

    def halves(self) -> dict[str, int]:
        """What a fault has left unfinished; empty when all is well."""
        counts = {what: self.count(query) for what, query in HALVES.items()}
        return {what: count for what, count in counts.items() if count}


@contextlib.contextmanager
def run_stack(folder: Path, **environment: str) -> Iterator[Stack]:
    """Everything, migrated and ready. `GUNICORN_CMD_ARGS` goes over gunicorn's own settings."""
    port, provider_port = free_ports(2)
    app_address = f"http://127.0.0.1:{port}"
    with BreakablePostgres() as database, ProviderProcess(provider_port, app_address) as provider:
        database.create_database(DATABASE)
        settings = replace(
            settings_for(database, DATABASE),
            base_url=app_address,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
        )
        owner = MigrationDatabase(settings)
        owner.upgrade()
        # A load comes from one address and without pauses; what is counted is tested elsewhere.
        given = environment_of(settings, FOYER_LIMITS_MODE="shadow", WEB_CONCURRENCY="1", **environment)
        stack = Stack(database, provider, owner, lambda: Server(THIS_BUILD, given, port, folder / "gunicorn.log"))
        try:
            yield stack
        finally:
            stack.server.__exit__()
