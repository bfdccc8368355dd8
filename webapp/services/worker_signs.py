"""The sign of life that every worker process leaves each minute, for whoever asks which there are.

Left by a thread that gunicorn starts in a worker, so commands, tests and a development server leave none.
"""

import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from webapp.config import Settings
from webapp.database_deadline import deadline
from webapp.domain.errors import StoreUnavailable
from webapp.limiting.usage import store_standing
from webapp.models import WorkerSign
from webapp.schema.readiness import current_findings
from webapp.services.transactions import retried, transaction

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
WRITE_SECONDS = 4.0
LAST_WRITE_SECONDS = 1.0  # a worker that is told to end has better things to wait for
COUNTS_ALONE = "by itself"
SIGNS = "foyer_worker_signs"


@dataclass
class Signs:
    """Those of one process, for as long as it lives."""

    app: Flask
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: threading.Event = field(default_factory=threading.Event)

    def leave_until_ended(self) -> None:
        while True:
            self._try(WRITE_SECONDS, lambda: leave_sign(self.id, self.started_at, _release(self.app)))
            self._try(WRITE_SECONDS, current_findings)  # so that a page which only mentions them has them at hand
            if self.ended.wait(EVERY_SECONDS):
                return

    def end(self) -> None:
        self.ended.set()
        self._try(LAST_WRITE_SECONDS, lambda: take_sign_away(self.id))

    def _try(self, seconds: float, write: Callable[[], object]) -> None:
        """Nobody waits for a sign, and the next one is due in a minute."""
        try:
            with self.app.app_context(), deadline(seconds):
                write()
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("sign of life not left", extra={"kind": type(error.__cause__ or error).__name__})


def start_signs(app: Flask) -> None:
    """Begins to leave signs of this process, beside everything else."""
    signs = app.extensions[SIGNS] = Signs(app)
    threading.Thread(target=signs.leave_until_ended, daemon=True, name="worker-signs").start()


def end_signs(app: Flask) -> None:
    """Takes the sign of this process away, because it ends."""
    signs: Signs | None = app.extensions.pop(SIGNS, None)
    if signs is not None:
        signs.end()


@retried
def leave_sign(sign_id: uuid.UUID, started_at: datetime, release: str) -> None:
    """Says that a process is there, which build it runs and where it counts requests."""
    standing = store_standing()
    told = {
        "release": release,
        "store": COUNTS_ALONE if standing.is_degraded else standing.name,
        "seen_at": func.clock_timestamp(),
    }
    sign = insert(WorkerSign).values(
        id=sign_id, host=socket.gethostname(), process_id=os.getpid(), started_at=started_at, **told
    )
    with transaction() as session:
        session.execute(sign.on_conflict_do_update(index_elements=[WorkerSign.id], set_=told))


@retried
def take_sign_away(sign_id: uuid.UUID) -> None:
    """Says that it is not there any more."""
    with transaction() as session:
        session.execute(delete(WorkerSign).where(WorkerSign.id == sign_id))


def _release(app: Flask) -> str:
    settings: Settings = app.config["SETTINGS"]
    return settings.release
