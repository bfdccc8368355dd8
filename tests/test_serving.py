"""How gunicorn is told to serve, read from the file it reads."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from webapp.database import POOLED_CONNECTIONS

CONFIGURATION = Path(__file__).parent.parent / "gunicorn.conf.py"
ENVIRONMENT = {
    "FOYER_ENV": "development",
    "BASE_URL": "https://foyer.example",
    "DATABASE_URL": "postgresql://foyer@/foyer",
    "SECRET_KEY": "x" * 40,
    "OIDC_ISSUER": "https://id.example/",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret-that-only-the-tests-know",
    "PORT": "8123",
}


def served(monkeypatch: pytest.MonkeyPatch, **changed: str) -> dict[str, Any]:
    for name in ("AUTH0_DOMAIN", "WEB_CONCURRENCY", "RATELIMIT_STORAGE_URI"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**ENVIRONMENT, **changed}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(CONFIGURATION))


@pytest.mark.parametrize("uri", ["", "redis://counts.example:6379/0"])
def test_a_worker_whose_counts_are_shared_gives_its_memory_back_now_and_then(monkeypatch: pytest.MonkeyPatch, uri: str):
    told = served(monkeypatch, RATELIMIT_STORAGE_URI=uri)

    assert told["workers"] == 1
    assert told["max_requests"] == 5000
    assert told["max_requests_jitter"] > 0


def test_a_worker_that_counts_by_itself_lives_for_as_long_as_it_can(monkeypatch: pytest.MonkeyPatch):
    """Health checks count towards `max_requests` and are never limited: with it, anybody could have every count of the
    process forgotten within seconds."""
    told = served(monkeypatch, RATELIMIT_STORAGE_URI="memory://")

    assert told["max_requests"] == 0


def test_every_thread_has_a_connection(monkeypatch: pytest.MonkeyPatch):
    told = served(monkeypatch)

    assert (told["worker_class"], told["threads"]) == ("gthread", POOLED_CONNECTIONS)


@pytest.mark.parametrize(
    ("environment", "address"), [("development", "127.0.0.1:8123"), ("production", "0.0.0.0:8123")]
)
def test_only_production_listens_to_other_machines(monkeypatch: pytest.MonkeyPatch, environment: str, address: str):
    assert served(monkeypatch, FOYER_ENV=environment)["bind"] == address
