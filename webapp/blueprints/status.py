"""Is Foyer up: a page for people, three addresses for machines.

`/healthz` says that the process lives and asks nobody. `/readyz` says whether it can serve, check by check, and is what
a deployment waits for. The provider is not among its checks: its outage must not stop a deployment.
"""

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.database_deadline import deadline
from webapp.gateways import identity_provider
from webapp.schema.findings import Finding, Severity, worst
from webapp.schema.readiness import ask_database, current_findings
from webapp.services import health
from webapp.services.usage import store_standing

log = logging.getLogger(__name__)

status_pages = Blueprint("status", __name__)

CHECK_SECONDS = 2.0
RETRY_AFTER_SECONDS = 5
LAST_ANSWER = "foyer_last_readiness"


@dataclass(frozen=True)
class CheckResult:
    """One check. Without findings `detail` says all there is; a check that is not passed says what helps."""

    name: str
    severity: Severity | None
    detail: str
    remedy: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.severity is not Severity.FATAL

    def as_dict(self) -> dict[str, object]:
        details: dict[str, object] = {"ok": self.is_ok, "detail": self.detail}
        if self.remedy:
            details["remedy"] = self.remedy
        if self.findings:
            details["findings"] = [finding.as_dict() for finding in self.findings]
        return details


@status_pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    return jsonify(status="alive")


@status_pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """503 takes this instance out of rotation, so only what makes requests fail does that. What must not be released
    is called "degraded", and a warning, such as a label of a newer build's, leaves it ready."""
    results = run_checks()
    _note_change(results)
    gravest = worst_of(results)
    words = {Severity.FATAL: "not ready", Severity.ERROR: "degraded"}
    body = {
        "status": words.get(gravest, "ready") if gravest else "ready",
        "checks": {result.name: result.as_dict() for result in results},
    }
    response = jsonify(body)
    if gravest is Severity.FATAL:
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


@status_pages.get("/metrics")
def metrics() -> ResponseReturnValue:
    """For Prometheus, as this worker sees it. Not there at all without METRICS_TOKEN, sent as a bearer token."""
    settings: Settings = current_app.config["SETTINGS"]
    expected = f"Bearer {settings.metrics_token}"
    if not settings.metrics_token or not hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), expected.encode()
    ):
        abort(404)
    registry = CollectorRegistry()
    standing = store_standing()
    labels = {"store": standing.name}
    degraded = Gauge("foyer_limits_degraded", "1 while each process counts for itself", labels, registry=registry)
    degraded.labels(**labels).set(standing.is_degraded)
    failures = Counter("foyer_limits_store_failures", "Failures of the limit store", labels, registry=registry)
    failures.labels(**labels).inc(standing.failures)
    checks = Gauge("foyer_check_passed", "1 for a readiness check that is passed", ["check"], registry=registry)
    for result in run_checks():
        checks.labels(check=result.name).set(result.severity in (None, Severity.WARNING))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@status_pages.get("/status")
def service_status() -> ResponseReturnValue:
    """What matters to a visitor, without the details that only help operators and attackers."""
    is_ready = all(result.is_ok for result in run_checks())
    return render_template(
        "status/service_status.html", is_ready=is_ready, sign_in_down=identity_provider.is_known_to_be_away()
    )


def run_checks() -> list[CheckResult]:
    """Every check, each with its own time-out; one that fails never stops the next."""
    return [_run("database", check_database), _run("schema", check_schema), _run("limits", check_limits)]


def worst_of(results: list[CheckResult]) -> Severity | None:
    """The gravest severity among the checks, None when all is well."""
    return worst(result.severity for result in results if result.severity is not None)


def check_database() -> CheckResult:
    ask_database()
    return CheckResult("database", None, "answers")


def check_schema() -> CheckResult:
    """Enums, columns and revision against what this build declares."""
    findings = current_findings()
    gravest = worst(finding.severity for finding in findings)
    if not findings:
        return CheckResult("schema", None, "is what this build needs")
    return CheckResult("schema", gravest, findings[0].message, findings[0].remedy, tuple(findings))


def check_limits() -> CheckResult:
    """Pages keep working while limits are counted by each process, so that only degrades an instance."""
    standing = store_standing()
    if not standing.is_degraded:
        return CheckResult("limits", None, f"counted in {standing.name}")
    detail = f"each process counts for itself: {standing.name} cannot be used"
    return CheckResult("limits", Severity.ERROR, detail, "see docs/operate.md; it is tried again twice a second")


def _note_change(results: list[CheckResult]) -> None:
    """Tells the admins' health page when this process's answer is another than its last one, so that it knows since
    when. What is well when a process begins is no news, and what could not be asked says nothing."""
    answer = [(result.name, result.severity, [one.code for one in result.findings]) for result in results]
    last = current_app.extensions.get(LAST_ANSWER)
    if last == answer or any(result.severity is Severity.FATAL and not result.findings for result in results):
        return
    current_app.extensions[LAST_ANSWER] = answer
    if last is not None or worst_of(results) is not None:
        findings = [finding for result in results for finding in result.findings]
        health.note_readiness(findings, is_store_down=any(one.name == "limits" and one.severity for one in results))


def _run(name: str, check: Callable[[], CheckResult]) -> CheckResult:
    began = time.monotonic()
    try:
        with deadline(CHECK_SECONDS):
            return check()
    except SQLAlchemyError as error:
        seconds = time.monotonic() - began
        log.warning("readiness check failed", extra={"check": name, "kind": type(error).__name__})
        problem = f"no answer within {CHECK_SECONDS:g} seconds" if seconds >= CHECK_SECONDS else "cannot be reached"
        return CheckResult(name, Severity.FATAL, problem, "check DATABASE_URL and that the database is up")
