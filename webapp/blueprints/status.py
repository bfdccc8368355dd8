"""Is Foyer up: a page for people, two addresses for machines.

`/healthz` says that the process lives and asks nobody. `/readyz` says whether it can serve, check by check, and is what
a deployment waits for. The provider is not among its checks: its outage must not stop a deployment.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from webapp.database_deadline import deadline
from webapp.gateways import identity_provider
from webapp.schema.revision import Revisions, ask_database, read_revisions

log = logging.getLogger(__name__)

status_pages = Blueprint("status", __name__)

CHECK_SECONDS = 2.0


@dataclass(frozen=True)
class CheckResult:
    """One check: `remedy` is what an operator does about it, None when nothing needs doing."""

    name: str
    is_ok: bool
    detail: str
    remedy: str | None = None


@status_pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="alive")


@status_pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    results = run_checks()
    is_ready = all(result.is_ok for result in results)
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": {
            result.name: {"ok": result.is_ok, "detail": result.detail}
            | ({"remedy": result.remedy} if result.remedy else {})
            for result in results
        },
    }
    return jsonify(body), 200 if is_ready else 503


@status_pages.get("/status")
def service_status() -> ResponseReturnValue:
    """What matters to a visitor, without the details that only help operators and attackers."""
    is_ready = all(result.is_ok for result in run_checks())
    return render_template(
        "status/service_status.html", is_ready=is_ready, sign_in_down=identity_provider.is_known_to_be_away()
    )


def run_checks() -> list[CheckResult]:
    """Every check, each with its own time-out; one that fails never stops the next."""
    return [_run("database", check_database), _run("revision", check_revision)]


def check_database() -> CheckResult:
    ask_database()
    return CheckResult("database", True, "answers")


def check_revision() -> CheckResult:
    revisions = read_revisions()
    if revisions.is_at_head:
        return CheckResult("revision", True, f"at head, {revisions.head}")
    return CheckResult("revision", False, *_difference(revisions))


def _difference(revisions: Revisions) -> tuple[str, str]:
    found = ", ".join(revisions.current) or "none"
    if revisions.is_known:
        return f"database is at {found}, this build needs {revisions.head}", "flask --app wsgi db upgrade"
    return f"database is at {found}, which this build does not know", "deploy the build that made this database"


def _run(name: str, check: Callable[[], CheckResult]) -> CheckResult:
    began = time.monotonic()
    try:
        with deadline(CHECK_SECONDS):
            return check()
    except SQLAlchemyError as error:
        seconds = time.monotonic() - began
        log.warning("readiness check failed", extra={"check": name, "kind": type(error).__name__})
        problem = f"no answer within {CHECK_SECONDS:g} seconds" if seconds >= CHECK_SECONDS else "cannot be reached"
        return CheckResult(name, False, problem, "check DATABASE_URL and that the database is up")
