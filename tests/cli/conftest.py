"""Commands run against a database of the test's own, which may be damaged at will."""

from collections.abc import Callable

import pytest
from click.testing import Result

from tests.migrations.databases import MigrationDatabase
from tests.schema.conftest import empty, head
from webapp import create_app

__all__ = ["empty", "head"]

RunOn = Callable[..., Result]


@pytest.fixture
def run_on() -> RunOn:
    """Runs `flask` with these words on a database, as a process of its own would: with a new application."""

    def run(database: MigrationDatabase, *words: str) -> Result:
        app = create_app(database.settings)
        return app.test_cli_runner().invoke(args=words)

    return run
