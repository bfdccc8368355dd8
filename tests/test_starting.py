"""Starting Foyer as a process: soon, or not at all and with nothing but the list of what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENOUGH = {
    "FOYER_ENV": "production",
    "BASE_URL": "https://foyer.example",
    "DATABASE_URL": "postgresql://foyer@/foyer",
    "SECRET_KEY": "x" * 40,
    "AUTH0_DOMAIN": "tenant.eu.auth0.example",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret-that-only-the-tests-know",
}
MUST_BE_NAMED = set(ENOUGH) - {"FOYER_ENV"}

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi", "routes"]
GUNICORN = [sys.executable, "-m", "gunicorn", "wsgi:app"]
GUNICORN_FROM_ELSEWHERE = [*GUNICORN[:3], "--config", os.devnull, "--bind", "127.0.0.1:0", "wsgi:app"]


def started(command: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [(FLASK, 1), (GUNICORN, 1), (GUNICORN_FROM_ELSEWHERE, 3)],
    ids=["flask", "gunicorn", "a worker of gunicorn without our configuration"],
)
def test_without_settings_it_says_which_are_missing_and_nothing_else(command: list[str], code: int):
    ended = started(command, FOYER_ENV="production")

    assert ended.returncode == code
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    assert "Foyer cannot start:" in said
    lines = [line for line in said.splitlines() if line.startswith("  - ")]
    assert {name for name in MUST_BE_NAMED if any(name in line for line in lines)} == MUST_BE_NAMED


def test_the_application_is_made_without_anybody_else():
    """Neither its database nor its provider has to be there, nor is anybody asked behind its back. How long it takes is
    measured by `bench.starting`."""
    program = "import threading, webapp; webapp.create_app(); print(threading.active_count())"

    ended = started([sys.executable, "-c", program], **ENOUGH)

    assert (ended.returncode, ended.stdout) == (0, "1\n"), ended.stderr
