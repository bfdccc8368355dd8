"""How the whole system stands: every part looked at once, side by side, and none waited for longer than its time."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import Connection, Engine, NullPool, case, create_engine, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.database import NETWORK_OPTIONS
from webapp.database_deadline import deadline
from webapp.domain.errors import StoreUnavailable
from webapp.domain.health import CHECK_SECONDS, Check, Grade, Part, failed, no_answer
from webapp.models import HealthState
from webapp.schema.findings import Finding
from webapp.services.health_checks import (
    SCHEMA_PARTS,
    SIGN_PARTS,
    check_audit_log,
    check_database,
    check_schema,
    check_store,
    check_workers,
    schema_checks,
)
from webapp.services.transactions import retried, transaction

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.3  # beyond the time of a check, for it to say itself that it did not end
SERVER_SECONDS = 1.7
"""How long the server works on one statement: less than a check may take, so that a table that somebody has locked is
not taken for a database that has fallen silent."""

_ENGINE = "foyer_health_engine"

Look = Callable[[], Iterable[Check]]


@dataclass(frozen=True)
class Looker:
    """What looks at some parts: in a thread of its own, so that it holds nobody up but itself."""

    parts: tuple[Part, ...]
    look: Look


def look_at_everything(*others: Looker) -> list[Check]:
    """Every check, in the order of the page, each with how long it has been so where that can be told. `others` are
    what only the caller can look at. Takes little more than the time of one check, whatever hangs."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's own; for threads
    settings: Settings = app.config["SETTINGS"]
    lookers = [
        Looker((Part.DATABASE,), lambda: _connected(app, check_database)),
        Looker(SCHEMA_PARTS, lambda: _connected(app, check_schema)),
        Looker((Part.STORE,), lambda: check_store(settings.web_concurrency)),
        Looker(
            SIGN_PARTS,
            lambda: _connected(app, lambda it: check_workers(it, settings.release, settings.web_concurrency)),
        ),
        Looker((Part.AUDIT_LOG,), lambda: _connected(app, check_audit_log)),
        *others,
    ]
    found = _side_by_side(app, lookers)
    checks = [found.get(part) or no_answer(part) for looker in lookers for part in looker.parts]
    since = _noted(checks)
    in_order = sorted(checks, key=lambda check: list(Part).index(check.part))
    return [check.known_since(since.get(check.part)) for check in in_order]


def note_readiness(findings: Iterable[Finding], *, is_store_down: bool) -> None:
    """What `/readyz` has found to have changed, so that the page knows since when."""
    store = ("Down", Grade.PROBLEM) if is_store_down else ("Working", Grade.GOOD)
    _noted([*schema_checks(list(findings)), Check(Part.STORE, store[1], store[0], "")])


@retried
def note_states(states: Mapping[Part, str]) -> dict[Part, datetime]:
    """Keeps since when each part has been in its state, and returns that. One statement."""
    rows = [{"check_name": part.value, "state": states[part]} for part in sorted(states)]
    new = insert(HealthState).values(rows)
    is_same = HealthState.state == new.excluded.state
    noted = new.on_conflict_do_update(
        index_elements=[HealthState.check_name],
        set_={"state": new.excluded.state, "since": case((is_same, HealthState.since), else_=func.now())},
    ).returning(HealthState.check_name, HealthState.since)
    with transaction() as session:
        return {Part(name): since for name, since in session.execute(noted).all()}


def _noted(checks: Iterable[Check]) -> dict[Part, datetime]:
    """A database that cannot keep it must not take the page away."""
    try:
        return note_states({check.part: check.state for check in checks})
    except (StoreUnavailable, SQLAlchemyError) as error:
        log.warning("state of health not noted", extra={"kind": type(error).__name__})
        return {}


def _side_by_side(app: Flask, lookers: Iterable[Looker]) -> dict[Part, Check]:
    """What has come of each by the time that they all have."""
    found: dict[Part, Check] = {}
    ends_at = time.monotonic() + CHECK_SECONDS + PATIENCE_SECONDS
    threads = [
        threading.Thread(target=_look, args=(app, looker, found), daemon=True, name="health-check")
        for looker in lookers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends_at - time.monotonic()))
    return dict(found)


def _look(app: Flask, looker: Looker, found: dict[Part, Check]) -> None:
    began = time.monotonic()
    try:
        with app.app_context(), deadline(CHECK_SECONDS):
            found.update({check.part: check for check in looker.look()})
    except SQLAlchemyError as error:
        is_late = time.monotonic() - began >= SERVER_SECONDS
        kind = type(error).__name__
        log.warning("health check failed", extra={"check": looker.parts[0].value, "kind": kind})
        found.update({part: no_answer(part) if is_late else failed(part, kind) for part in looker.parts})
    except Exception as error:  # a bug in one check is told in its place, and the others are told all the same
        log.exception("health check failed", extra={"check": looker.parts[0].value})
        found.update({part: failed(part, type(error).__name__) for part in looker.parts})


def _connected(app: Flask, check: Callable[[Connection], Iterable[Check]]) -> Iterable[Check]:
    """On a connection of its own: those of the pool belong to requests, which may be what keeps them all."""
    with _engine(app).connect() as connection:
        return list(check(connection))


def _engine(app: Flask) -> Engine:
    engine: Engine | None = app.extensions.get(_ENGINE)
    if engine is None:
        settings: Settings = app.config["SETTINGS"]
        milliseconds = int(SERVER_SECONDS * 1000)
        options = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
        engine = app.extensions[_ENGINE] = create_engine(
            settings.database_url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"application_name": "foyer-health", "options": options, **NETWORK_OPTIONS},
        )
    return engine
