"""`flask doctor`: the health page at a terminal, where the database may be away."""

import dataclasses
import json

from flask import Flask

from tests.conftest import SECRET
from webapp import create_app
from webapp.config import Settings, read_settings
from webapp.domain.health import PART_NAMES

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://app:a-password@127.0.0.1:1/foyer",
    "OIDC_ISSUER": "http://localhost:1/",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret",
    "SECRET_KEY": SECRET,
    "SUPPORT_CONTACT": "help@foyer.example",
    "RATELIMIT_STORAGE_URI": "memory://",
}


def test_every_part_is_told_and_nothing_is_wrong(app: Flask, database: object):
    result = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 0, result.output
    for name in PART_NAMES.values():
        assert f"\n{name} " in result.output
    assert "Up to date." in result.output
    assert "SQLAlchemy" in result.output
    assert result.output.endswith("\n1 warning.\n"), "no worker has left a sign in tests"


def test_a_program_is_told_the_same(app: Flask, database: object):
    shown = json.loads(app.test_cli_runner().invoke(args=["doctor", "--json"]).output)

    assert {check["grade"] for check in shown["checks"]} == {"good", "warning"}
    (workers,) = [check for check in shown["checks"] if check["check"] == "workers"]
    assert (workers["state"], workers["since"] is None) == ("None seen", False)


def test_what_is_away_is_a_problem_that_is_told_and_no_secret_is():
    app = create_app(read_settings(ENVIRONMENT))

    result = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "Nobody new can sign in." in result.output
    assert "\n  " in result.output
    assert "help@foyer.example" in result.output
    for secret in ("a-password", "a-client-secret", SECRET):
        assert secret not in result.output


def test_settings_are_shown_by_the_names_they_are_set_by(settings: Settings):
    shown = read_settings(ENVIRONMENT).shown

    assert shown["DATABASE_URL"] == shown["AUTH0_CLIENT_SECRET"] == "set, and not shown"
    assert (shown["SUPPORT_CONTACT"], shown["METRICS_TOKEN"]) == ("help@foyer.example", "not set")
    assert len(shown) >= len(dataclasses.fields(settings)) - 3
