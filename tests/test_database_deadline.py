"""A database that stops answering: for how long it is waited for, and that it is used again when it answers."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator

import psycopg2
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.migrations.databases import settings_for
from tests.patience import PATIENCE_SECONDS, comes_true
from webapp import database_deadline
from webapp.config import with_driver
from webapp.database import db, init_database
from webapp.demo.postgres import DemoPostgres

NAME = "deadline"


def make_app(server: DemoPostgres) -> Flask:
    """The least application that has a database: what is tested here must not depend on pages."""
    app = Flask(__name__)
    app.config["SETTINGS"] = settings_for(server, NAME)
    init_database(app)
    return app


@pytest.fixture
def app(cluster: DemoPostgres) -> Iterator[Flask]:
    """On a server that answers."""
    cluster.create_database(NAME)
    yield make_app(cluster)
    cluster.drop_database(NAME)


class FreezableServer:
    """A server that can stop in its tracks: it takes connections, and never answers."""

    def __init__(self, server: DemoPostgres) -> None:
        self.server = server
        self.stopped: list[int] = []

    def freeze(self) -> None:
        engine = sa.create_engine(with_driver(self.server.superuser_url("postgres")), poolclass=sa.NullPool)
        with engine.connect() as connection:
            sessions = connection.scalars(
                sa.text("SELECT pid FROM pg_stat_activity WHERE datname = :name"), {"name": NAME}
            )
            self.stopped = [self.server.pid, *sessions]
        for process_id in self.stopped:
            os.kill(process_id, signal.SIGSTOP)

    def thaw(self) -> None:
        while self.stopped:
            os.kill(self.stopped.pop(), signal.SIGCONT)


@pytest.fixture
def freezable() -> Iterator[FreezableServer]:
    with DemoPostgres(is_small=True) as server:
        server.create_database(NAME)
        freezable = FreezableServer(server)
        yield freezable
        freezable.thaw()  # a stopped server could not be told to end


def test_a_frozen_database_is_given_up_in_time_and_used_again_when_it_answers(freezable: FreezableServer) -> None:
    app = make_app(freezable.server)
    limit = database_deadline.DatabaseDeadline(app.wsgi_app, seconds=PATIENCE_SECONDS)
    app.wsgi_app = limit  # type: ignore[method-assign]  # Flask's documented way

    @app.get("/")
    def page() -> str:
        try:
            return str(db.session.scalar(sa.text("SELECT 1")))
        except OperationalError as error:
            return str(error.orig)

    @app.get("/freeze-at-the-end")
    def freeze_at_the_end() -> str:
        answer = str(db.session.scalar(sa.text("SELECT 2")))
        freezable.freeze()
        database_deadline._thread.ends_at = time.monotonic() + 0.5
        return answer

    browser = app.test_client()
    assert browser.get("/").text == "1"
    freezable.freeze()
    limit.seconds = 0.5
    assert browser.get("/").text == "the database did not answer in time", "on a connection from the pool"
    assert browser.get("/").text == "the database did not answer in time", "on a new connection"
    freezable.thaw()
    limit.seconds = PATIENCE_SECONDS
    assert comes_true(lambda: browser.get("/").text == "1")
    assert browser.get("/freeze-at-the-end").text == "2", "what is ready is shown, whatever the clean-up meets"
    freezable.thaw()
    assert comes_true(lambda: browser.get("/").text == "1")


class Waiting:
    """Time that passes only while somebody waits for a silent database, and in no time: what `database_deadline` sees
    of a clock and of the operating system. A database that is not silent is waited for as ever."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.is_silent = False

    def monotonic(self) -> float:
        return self.now

    def poll(self) -> "Waiting.Poller":
        return self.Poller(self)

    class Poller:
        def __init__(self, waiting: "Waiting") -> None:
            self.waiting = waiting
            self.register = (poller := select.poll()).register
            self.wait = poller.poll

        def poll(self, milliseconds: float | None) -> list[tuple[int, int]]:
            if not self.waiting.is_silent:
                return self.wait(PATIENCE_SECONDS * 1000)
            assert milliseconds is not None
            self.waiting.now += milliseconds / 1000
            return []


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    simulated = Waiting()
    monkeypatch.setattr(database_deadline, "time", simulated)
    monkeypatch.setattr(database_deadline, "select", simulated)
    monkeypatch.setattr(database_deadline, "_silence", database_deadline._Silence())
    return simulated


def test_what_a_request_waits_for_elsewhere_leaves_it_time_for_the_database(app: Flask, waiting: Waiting) -> None:
    @app.get("/")
    def page() -> str:
        with database_deadline.waiting_for_others():
            waiting.now += database_deadline.REQUEST_SECONDS + 0.1
        return str(db.session.scalar(sa.text("SELECT 1")))

    assert app.test_client().get("/").text == "1"


def test_during_silence_one_request_waits_and_the_others_are_answered_soon(
    app: Flask, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    @app.get("/")
    def page() -> str:
        began = waiting.now
        with contextlib.suppress(OperationalError):
            return f"answered {db.session.scalar(sa.text('SELECT 1'))}"
        return f"given up after {waiting.now - began:.1f} seconds"

    @app.get("/without")
    def page_without_database() -> str:
        return "here"

    soon, late = "given up after 0.5 seconds", "given up after 7.0 seconds"
    browser = app.test_client()
    assert browser.get("/").text == "answered 1"
    waiting.is_silent = True
    assert browser.get("/").text == late, "nobody knows yet"
    assert [browser.get("/").text for _ in range(2)] == [soon, soon]
    monkeypatch.setattr(database_deadline._silence, "_until", waiting.now)  # somebody's turn has come
    assert browser.get("/without").text == "here", "which is no turn of anybody's"
    assert [browser.get("/").text for _ in range(2)] == [late, soon], "one at a time tries for long"
    waiting.is_silent = False
    assert browser.get("/").text == "answered 1"
    waiting.is_silent = True
    assert browser.get("/").text == late, "an answer ends what was known"


def test_a_deadline_covers_its_block_and_nothing_after(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        with database_deadline.deadline(0.2), pytest.raises(OperationalError, match="did not answer in time"):
            connection.execute(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": PATIENCE_SECONDS})
        connection.rollback()
        connection.execute(sa.text("SELECT pg_sleep(0.3)"))


def test_an_inner_deadline_cannot_outlast_the_outer_one(app: Flask) -> None:
    address = app.config["SETTINGS"].database_url.replace("+psycopg2", "")
    connection = psycopg2.connect(address)
    too_late = pytest.raises(psycopg2.OperationalError, match="did not answer in time")
    with connection.cursor() as cursor, too_late, database_deadline.deadline(0.2), database_deadline.deadline(60):
        cursor.execute("SELECT pg_sleep(%s)", (PATIENCE_SECONDS,))
    assert connection.closed
