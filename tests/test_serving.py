"""How gunicorn is told to serve, read from the file it reads, and how the platform is told to start and end it."""

import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest

from webapp.database import POOLED_CONNECTIONS
from webapp.database_deadline import EXTRA_SECONDS, REQUEST_SECONDS

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / "gunicorn.conf.py"
DEPLOYED = json.loads((ROOT / "railway.json").read_text())["deploy"]
IDLE_SECONDS_OF_A_PROXY = 60  # Railway's, for connections to what it stands in front of
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


def test_the_end_waits_for_requests_and_the_platform_waits_for_the_end(monkeypatch: pytest.MonkeyPatch):
    told = served(monkeypatch)

    assert REQUEST_SECONDS + EXTRA_SECONDS < told["graceful_timeout"] < DEPLOYED["drainingSeconds"]
    assert DEPLOYED["overlapSeconds"] > 0, "the next build serves before this one is told to end"


@pytest.mark.parametrize(
    "command", [DEPLOYED["startCommand"], (ROOT / "Procfile").read_text().split("web: ")[1].splitlines()[0]]
)
def test_the_signal_to_end_reaches_gunicorn_and_not_a_shell_around_it(command: str):
    assert command == "exec gunicorn wsgi:app"


def test_a_proxy_never_sends_on_a_connection_that_is_being_closed(monkeypatch: pytest.MonkeyPatch):
    assert served(monkeypatch)["keepalive"] > IDLE_SECONDS_OF_A_PROXY


@pytest.mark.parametrize(("is_there", "folder"), [(True, "/dev/shm"), (False, None)])
def test_signs_of_life_are_kept_in_memory_where_there_is_some(
    monkeypatch: pytest.MonkeyPatch, is_there: bool, folder: str | None
):
    monkeypatch.setattr(os, "access", lambda path, mode: is_there)

    assert served(monkeypatch)["worker_tmp_dir"] == folder
