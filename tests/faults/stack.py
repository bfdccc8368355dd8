"""Foyer as it is served: gunicorn, PostgreSQL and the provider, each a process of its own and all of a test's own."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests
import sqlalchemy as sa

from tests.faults.parts import CLIENT_ID, CLIENT_SECRET, BreakablePostgres, ProviderProcess, children_of
from tests.migrations.databases import MigrationDatabase, settings_for
from tests.patience import PATIENCE_SECONDS, comes_true
from tests.ports import free_ports
from tests.schema.builds import THIS_BUILD, environment_of
from tests.schema.service import Server

DATABASE = "foyer"

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
    serve: Callable[..., Server]
    server: Server = field(init=False)

    def __post_init__(self) -> None:
        self.serve_again()

    @property
    def address(self) -> str:
        return self.server.address

    def serve_again(self, **environment: str) -> None:
        """With another gunicorn in place of one that has ended. `GUNICORN_CMD_ARGS` goes over its own settings."""
        self.server = self.serve(**environment).__enter__()

    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        return children_of(self.server.process.pid)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.address}/readyz", timeout=PATIENCE_SECONDS).status_code == 200
        except requests.RequestException:
            return False

    def becomes_ready(self) -> float:
        """The moment at which it was."""
        assert comes_true(self.is_ready), "it does not become well"
        return time.monotonic()

    def count(self, query: str) -> int:
        with self.owner.as_owner() as connection:
            return int(connection.scalar(sa.text(query)) or 0)

    def halves(self) -> dict[str, int]:
        """What a fault has left unfinished; empty when all is well."""
        counts = {what: self.count(query) for what, query in HALVES.items()}
        return {what: count for what, count in counts.items() if count}


@contextlib.contextmanager
def run_stack(folder: Path) -> Iterator[Stack]:
    """Everything, migrated and ready."""
    port, provider_port = free_ports(2)
    app_address = f"http://127.0.0.1:{port}"
    with BreakablePostgres(is_small=True) as database, ProviderProcess(provider_port, app_address) as provider:
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
        given = environment_of(settings, FOYER_LIMITS_MODE="shadow", WEB_CONCURRENCY="1")

        def serve(**environment: str) -> Server:
            return Server(THIS_BUILD, {**given, **environment}, port, folder / "gunicorn.log")

        stack = Stack(database, provider, owner, serve)
        try:
            yield stack
        finally:
            stack.server.__exit__()
