"""Transactions that meet each other, on a real PostgreSQL: run again as a whole, or given up, but never done twice."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import make_organisation
from tests.patience import PATIENCE_SECONDS
from webapp.config import with_driver
from webapp.database import db
from webapp.demo.postgres import DemoPostgres
from webapp.domain.errors import NotFound, StoreUnavailable
from webapp.models import Organisation
from webapp.services.transactions import MOST_RETRIES, retried, transaction

Meddle = Callable[[Session], None]


@pytest.fixture
def pair(app: Flask) -> tuple[uuid.UUID, uuid.UUID]:
    """The ids of two organisations."""
    with app.app_context():
        return make_organisation("Harbour Rooms").id, make_organisation("Odeon").id


def rename(session: Session, organisation_id: uuid.UUID, name: str) -> None:
    session.execute(sa.update(Organisation).where(Organisation.id == organisation_id).values(name=name))


def names(app: Flask, *ids: uuid.UUID) -> list[str | None]:
    with app.app_context():
        return [db.session.scalar(sa.select(Organisation.name).where(Organisation.id == key)) for key in ids]


def test_of_two_in_a_deadlock_one_is_run_again_and_both_are_done(app: Flask, pair: tuple[uuid.UUID, uuid.UUID]):
    both_hold_one, one_is_done = threading.Barrier(2), threading.Event()
    begun: list[str] = []

    @retried
    def rename_both(first: uuid.UUID, second: uuid.UUID, name: str) -> str:
        with transaction() as session:
            is_first_attempt = name not in begun
            begun.append(name)
            if not is_first_attempt:  # or it might be back before the other one has woken up, and meet it once more
                assert one_is_done.wait(PATIENCE_SECONDS)
            rename(session, first, name)
            if is_first_attempt:
                both_hold_one.wait(PATIENCE_SECONDS)
            rename(session, second, name)
        one_is_done.set()
        return name

    def in_a_thread_of_its_own(first: uuid.UUID, second: uuid.UUID, name: str) -> str:
        with app.app_context():
            return rename_both(first, second, name)

    with ThreadPoolExecutor(2) as threads:
        outcomes = [
            threads.submit(in_a_thread_of_its_own, *pair, "Forwards"),
            threads.submit(in_a_thread_of_its_own, *reversed(pair), "Backwards"),
        ]
    assert [outcome.result() for outcome in outcomes] == ["Forwards", "Backwards"]
    assert len(begun) == 3, "one of them had to begin again"
    assert names(app, *pair) == [begun[-1], begun[-1]], "whoever began last ended last, with both of its changes"


class Collider:
    """A use case that reads an organisation, waits while somebody else meddles, and changes it."""

    def __init__(self, organisation_id: uuid.UUID, level: str, meddles: list[Meddle]) -> None:
        self.organisation_id = organisation_id
        self.level = level
        self.meddles = meddles
        self.attempts = 0

    @retried
    def run(self) -> None:
        with transaction() as session:
            session.connection(execution_options={"isolation_level": self.level})
            session.execute(sa.select(Organisation.name)).all()
            if self.attempts < len(self.meddles):
                self.attempts += 1
                with Session(db.engine.execution_options(isolation_level=self.level)) as other, other.begin():
                    self.meddles[self.attempts - 1](other)
            else:
                self.attempts += 1
            rename(session, self.organisation_id, f"Attempt {self.attempts}")


@pytest.mark.parametrize("times", [1, MOST_RETRIES])
def test_a_serialisation_failure_is_tried_again_from_the_beginning(
    app: Flask, pair: tuple[uuid.UUID, uuid.UUID], times: int
):
    changes_it: Meddle = lambda other: rename(other, pair[0], "Meddled")  # noqa: E731
    use_case = Collider(pair[0], "REPEATABLE READ", [changes_it] * times)
    with app.app_context():
        use_case.run()
    assert use_case.attempts == times + 1
    assert names(app, pair[0]) == [f"Attempt {times + 1}"]


def test_a_collision_that_only_shows_at_commit_is_tried_again_too(app: Flask, pair: tuple[uuid.UUID, uuid.UUID]):
    def reads_one_and_changes_the_other(other: Session) -> None:
        other.execute(sa.select(Organisation.name)).all()
        rename(other, pair[1], "Meddled")

    use_case = Collider(pair[0], "SERIALIZABLE", [reads_one_and_changes_the_other])
    with app.app_context():
        use_case.run()
    assert use_case.attempts == 2
    assert names(app, *pair) == ["Attempt 2", "Meddled"]


def test_after_two_retries_people_are_told_instead(app: Flask, pair: tuple[uuid.UUID, uuid.UUID]):
    changes_it: Meddle = lambda other: rename(other, pair[0], "Meddled")  # noqa: E731
    use_case = Collider(pair[0], "REPEATABLE READ", [changes_it] * 9)
    with app.app_context(), pytest.raises(StoreUnavailable):
        use_case.run()
    assert use_case.attempts == 1 + MOST_RETRIES
    assert names(app, pair[0]) == ["Meddled"]


def end_connection(cluster: DemoPostgres, session: Session) -> None:
    """Ends this session's connection as an operator or a failing server does, and waits until it is gone."""
    address = session.connection().exec_driver_sql("SELECT pg_backend_pid(), current_database()").one()
    superuser = sa.create_engine(with_driver(cluster.superuser_url(address[1])), poolclass=sa.NullPool)
    with superuser.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": address[0]})


def test_nothing_is_tried_again_when_the_connection_is_lost_at_commit(
    app: Flask, cluster: DemoPostgres, pair: tuple[uuid.UUID, uuid.UUID]
):
    attempts = []

    @retried
    def lose_the_connection() -> None:
        with transaction() as session:
            attempts.append(1)
            rename(session, pair[0], "Lost")
            end_connection(cluster, session)

    with app.app_context():
        with pytest.raises(StoreUnavailable):
            lose_the_connection()
        assert len(attempts) == 1, "it may have been kept, and nobody can say"
        assert db.session.scalar(sa.text("SELECT 1")) == 1, "the next statement finds another connection"
    assert names(app, pair[0]) == ["Harbour Rooms"]


def test_a_refusal_stays_one_when_the_connection_is_lost_under_it(app: Flask, cluster: DemoPostgres):
    with app.app_context():
        with pytest.raises(NotFound), transaction() as session:  # noqa: PT012  # what is raised is raised in there
            end_connection(cluster, session)
            raise NotFound("There is no such thing")
        assert db.session.scalar(sa.text("SELECT 1")) == 1
