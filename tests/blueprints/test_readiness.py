"""`/readyz` on a database that differs: out of rotation only for what makes requests fail, and never for long."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.migrations.databases import MigrationDatabase
from tests.pages import Browse
from tests.provider import RunningProvider
from tests.schema.conftest import head
from tests.statements import counted
from webapp import create_app
from webapp.schema import readiness

__all__ = ["head"]


@pytest.fixture
def visitor(head: MigrationDatabase, provider: RunningProvider) -> Browse:
    return Browse(create_app(head.settings), provider)


@pytest.fixture
def change(head: MigrationDatabase) -> Callable[[str], None]:
    def run(statement: str) -> None:
        with head.as_owner() as connection:
            connection.execute(sa.text(statement))

    return run


def ready(visitor: Browse, expect: int) -> dict[str, object]:
    body: dict[str, object] = json.loads(visitor.get("/readyz", expect).html)
    return body


@pytest.mark.parametrize(
    ("statement", "status", "word", "code"),
    [
        ("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'", 503, "not ready", "label_wrong_case"),
        ("ALTER TYPE subscription_plan RENAME VALUE 'basic' TO 'starter'", 503, "not ready", "label_missing"),
        ("DROP TABLE memberships", 503, "not ready", "table_missing"),
        ("UPDATE alembic_version SET version_num = '007_add_industry_type'", 503, "not ready", "revision_behind"),
        ("ALTER TABLE organisations ALTER COLUMN industry_type DROP DEFAULT", 200, "degraded", "default_missing"),
        ("ALTER TYPE industry ADD VALUE 'spa'", 200, "ready", "label_unknown"),
        ("UPDATE alembic_version SET version_num = '999_add_industry_spa'", 200, "ready", "revision_ahead"),
    ],
)
def test_only_what_makes_requests_fail_takes_an_instance_out(
    visitor: Browse, change: Callable[[str], None], statement: str, status: int, word: str, code: str
) -> None:
    change(statement)
    page = visitor.get("/readyz", status)
    body = json.loads(page.html)
    assert body["status"] == word
    findings = body["checks"]["schema"]["findings"]
    assert code in [finding["code"] for finding in findings]
    assert all(finding["remedy"] for finding in findings)
    assert ("Retry-After" in page.response.headers) == (status == 503)
    assert visitor.get("/healthz").status == 200


def test_the_answer_is_kept_for_five_seconds(
    visitor: Browse, change: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(readiness, "clock", lambda: now)
    assert ready(visitor, 200)["status"] == "ready"
    change("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'")
    with counted(visitor.app) as sent:
        assert ready(visitor, 200)["status"] == "ready"
    assert [statement for statement in sent if "pg_" in statement] == []
    now += 5
    assert ready(visitor, 503)["status"] == "not ready"


def test_a_request_that_meets_drift_makes_the_next_answer_a_new_one(
    visitor: Browse, change: Callable[[str], None]
) -> None:
    assert ready(visitor, 200)["status"] == "ready"
    change("ALTER TABLE login_sessions RENAME TO somewhere_else")
    visitor.client.set_cookie("foyer_login", "x" * 43, domain="127.0.0.1")
    visitor.get("/dashboard", 503)
    assert ready(visitor, 503)["status"] == "not ready"


def test_a_service_status_page_tells_visitors_and_keeps_the_details(
    visitor: Browse, change: Callable[[str], None]
) -> None:
    change("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'")
    page = visitor.get("/status")
    assert "DEFAULT" not in page.html
    assert "industry" not in page.text("main")
