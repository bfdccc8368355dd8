"""Errors of a real PostgreSQL, told apart: drift, a database that is away, and bugs of our own."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import make_claims
from webapp.config import with_driver
from webapp.demo.postgres import APPLICATION, OWNER, DemoPostgres
from webapp.domain.industries import Industry
from webapp.models import Organisation
from webapp.schema.failures import StoreFailure, is_refused_label, store_failure
from webapp.services.accounts import add_person

DRIFT, AWAY, SPOILT = StoreFailure.DRIFT, StoreFailure.AWAY, StoreFailure.SPOILT
SUPERUSER = "NONE"  # the role that connected
Work = Callable[[Session], Any]


class ChangedDatabase:
    """One migrated database, changed within a transaction that is taken back: a copy for each test would take longer
    than all of them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @contextmanager
    def after(self, *statements: str, role: str = OWNER) -> Iterator[Session]:
        """A session of the application's role, on what these statements of this role have made of the database."""
        with self.engine.connect() as connection, Session(connection) as session:
            for statement in (f"SET LOCAL ROLE {role}", *statements, f"SET LOCAL ROLE {APPLICATION}"):
                session.execute(sa.text(statement.format(app=APPLICATION)))
            yield session

    def error_of(self, done: list[str], work: Work, *, role: str = OWNER) -> Exception:
        """What this work raises after that was done."""
        with self.after(*done, role=role) as session:
            with pytest.raises(Exception) as raised:  # noqa: PT011  # which it is, is what the tests are about
                work(session)
            return raised.value


@pytest.fixture(scope="module")
def database(cluster: DemoPostgres, template: str) -> Iterator[ChangedDatabase]:
    name = f"failures_{uuid.uuid4().hex}"
    cluster.create_database(name, template=template)
    engine = sa.create_engine(with_driver(cluster.superuser_url(name)), poolclass=sa.NullPool)
    yield ChangedDatabase(engine)
    cluster.drop_database(name)


def sends(statement: str) -> Work:
    return lambda session: session.execute(sa.text(statement)).all()


def adds(count: int = 1, **values: object) -> Work:
    def add(session: Session) -> None:
        session.add_all(Organisation(**{"name": "Odeon", **values}) for _ in range(count))
        session.flush()

    return add


def lists(*criteria: Any) -> Work:
    return lambda session: session.scalars(sa.select(Organisation).where(*criteria)).all()


ADDS_ONE = "INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'Odeon')"
ADDS_WITH_CAST = ADDS_ONE.replace("name)", "name, industry_type)").replace("'Odeon'", "'Odeon', 'default'::industry")

# what was done to the database, what a request then does, and the SQLSTATE it meets
OURS: dict[str, tuple[list[str], Work, str]] = {
    "the incident": (["ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'"], adds(), "22P02"),
    "several rows": (["ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'"], adds(2), "22P02"),
    "a filter": (
        ["ALTER TYPE industry RENAME VALUE 'gym' TO 'casino'"],
        lists(Organisation.industry_type == Industry.GYM),
        "22P02",
    ),
    "one of several": (
        ["ALTER TYPE industry RENAME VALUE 'gym' TO 'casino'"],
        lists(Organisation.industry_type.in_([Industry.GYM, Industry.HOTEL])),
        "22P02",
    ),
    "a stale trigger": (
        [
            """CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql
               AS $$BEGIN NEW.industry_type := 'DEFAULT'; RETURN NEW; END$$""",
            "CREATE TRIGGER theirs BEFORE INSERT ON organisations FOR EACH ROW EXECUTE FUNCTION theirs()",
        ],
        adds(),
        "22P02",
    ),
    "the type renamed": (["ALTER TYPE industry RENAME TO industry_type"], sends(ADDS_WITH_CAST), "42704"),
    "the type in another schema": (
        ["CREATE SCHEMA theirs", "ALTER TYPE industry SET SCHEMA theirs"],
        sends(ADDS_WITH_CAST),
        "42704",
    ),
    "the type hidden by another": (
        [
            "CREATE SCHEMA {app}",
            "GRANT USAGE ON SCHEMA {app} TO {app}",
            "CREATE TYPE {app}.industry AS ENUM ('default')",
        ],
        sends(ADDS_WITH_CAST),
        "42804",
    ),
    "types that cannot be compared": (
        [],
        sends("SELECT name FROM organisations WHERE industry_type = ''::text"),
        "42883",
    ),
    "the column gone, read": (["ALTER TABLE organisations DROP COLUMN industry_type"], lists(), "42703"),
    "the column gone, written": (["ALTER TABLE organisations DROP COLUMN industry_type"], adds(), "42703"),
    "the column gone, by its name alone": (
        ["ALTER TABLE organisations DROP COLUMN industry_type"],
        sends("SELECT industry_type FROM organisations"),
        "42703",
    ),
    "the table gone": (["ALTER TABLE organisations RENAME TO theirs"], lists(), "42P01"),
    "no right to read": (["REVOKE SELECT ON organisations FROM {app}"], lists(), "42501"),
    "rows kept from us": (["ALTER TABLE organisations ENABLE ROW LEVEL SECURITY"], adds(), "42501"),
    "a constraint of theirs": (
        ["ALTER TABLE organisations ADD CONSTRAINT theirs CHECK (industry_type <> 'gym')"],
        adds(industry_type=Industry.GYM),
        "23514",
    ),
    "a unique rule of theirs": (["CREATE UNIQUE INDEX theirs ON organisations (industry_type)"], adds(2), "23505"),
    "a reference of theirs": (
        [
            "CREATE TABLE theirs (name text PRIMARY KEY)",
            "ALTER TABLE organisations ADD CONSTRAINT theirs FOREIGN KEY (name) REFERENCES theirs",
        ],
        adds(),
        "23503",
    ),
    "an exclusion of theirs": (
        ["ALTER TABLE organisations ADD CONSTRAINT theirs EXCLUDE (name WITH =)"],
        adds(2),
        "23P01",
    ),
    "a domain of theirs": (
        [
            "CREATE DOMAIN theirs AS industry CHECK (VALUE <> 'gym')",
            "ALTER TABLE organisations ALTER COLUMN industry_type TYPE theirs",
        ],
        adds(industry_type=Industry.GYM),
        "23514",
    ),
    "a column that we leave empty": (["ALTER TABLE organisations ALTER COLUMN sic_code SET NOT NULL"], adds(), "23502"),
    "a column that we do not know": (["ALTER TABLE organisations ADD theirs text NOT NULL"], adds(), "23502"),
    "a default gone": (["ALTER TABLE organisations ALTER COLUMN is_active DROP DEFAULT"], adds(), "23502"),
    "a rule that a sign-in goes by": (
        ["ALTER TABLE identities DROP CONSTRAINT uq_identities_issuer_subject"],
        lambda session: add_person(session, make_claims()),
        "42P10",
    ),
}


@pytest.mark.parametrize(("done", "work", "code"), OURS.values(), ids=OURS)
def test_what_is_refused_about_our_own_is_drift(
    database: ChangedDatabase, done: list[str], work: Work, code: str
) -> None:
    error = database.error_of(done, work)
    assert error.orig.pgcode == code, error  # type: ignore[attr-defined]
    assert store_failure(error) is DRIFT


MOOD = "CREATE TYPE mood AS ENUM ('fine')"
THEIRS = "CREATE TABLE theirs (name text CONSTRAINT short CHECK (length(name) < 3), code text NOT NULL)"
GRANT = "GRANT ALL ON theirs TO {app}"

NOT_OURS: dict[str, tuple[list[str], Work, str]] = {
    "a label of their type": ([MOOD], sends("SELECT 'industry'::mood"), "22P02"),
    "no number": ([], sends("SELECT name = 'industry'::integer::text FROM organisations"), "22P02"),
    "their type": ([], sends("SELECT 'x'::mood"), "42704"),
    "their table": ([], sends("SELECT name FROM theirs"), "42P01"),
    "their column": ([THEIRS, GRANT], sends("SELECT industry FROM theirs"), "42703"),
    "their column beside ours": (
        [THEIRS, GRANT],
        sends("SELECT theirs.industry FROM theirs JOIN organisations USING (name)"),
        "42703",
    ),
    "their column, written": (
        [THEIRS, GRANT],
        sends("INSERT INTO theirs (industry) VALUES ('x') RETURNING 1"),
        "42703",
    ),
    "a column nobody has": ([], sends("SELECT nonsense FROM organisations"), "42703"),
    "their rights": ([THEIRS, "REVOKE ALL ON theirs FROM {app}"], sends("SELECT name FROM theirs"), "42501"),
    "their constraint": (
        [THEIRS, GRANT],
        sends("INSERT INTO theirs VALUES ('Odeon', 'x') RETURNING 1"),
        "23514",
    ),
    "their empty column": ([THEIRS, GRANT], sends("INSERT INTO theirs (name) VALUES ('x') RETURNING 1"), "23502"),
    "types of theirs": (
        ["CREATE TABLE theirs (name integer)", GRANT],
        sends("INSERT INTO theirs (name) VALUES ('x'::text) RETURNING 1"),
        "42804",
    ),
    "their function": ([], sends("SELECT theirs('x')"), "42883"),
    "our own rule": ([], adds(name="x" * 121), "23514"),
    "our own reference": ([], adds(sic_code="99998"), "23503"),
    "our own key": ([], adds(2, id=uuid.UUID(int=7)), "23505"),
    "nothing where we must say something": ([], adds(name=None), "23502"),
    "no industry at all": ([], adds(industry_type=sa.null()), "23502"),
}


@pytest.mark.parametrize(("done", "work", "code"), NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_refused_about_others_or_by_our_own_rules_is_a_bug(
    database: ChangedDatabase, done: list[str], work: Work, code: str
) -> None:
    error = database.error_of(done, work)
    assert error.orig.pgcode == code, error  # type: ignore[attr-defined]
    assert store_failure(error) is None


def test_a_label_used_in_the_transaction_that_added_it_is_drift(database: ChangedDatabase) -> None:
    error = database.error_of(["ALTER TYPE industry ADD VALUE 'spa'"], sends("SELECT 'spa'::industry"))
    assert "unsafe use of new value" in str(error)
    assert store_failure(error) is DRIFT


def test_a_row_whose_label_was_deleted_from_the_catalogue_is_drift(database: ChangedDatabase) -> None:
    done = [ADDS_ONE, "DELETE FROM pg_enum WHERE enumlabel = 'default'"]
    error = database.error_of(done, lists(), role=SUPERUSER)
    assert error.orig.pgcode == "22P03"  # type: ignore[attr-defined]
    assert store_failure(error) is DRIFT


def test_a_label_that_a_stock_column_cannot_read_is_drift(database: ChangedDatabase) -> None:
    stock = sa.column("industry_type", sa.Enum("cinema", "hotel", name="industry"))
    error = database.error_of(
        [ADDS_ONE], lambda session: session.execute(sa.select(stock).select_from(Organisation)).all()
    )
    assert type(error) is LookupError
    assert store_failure(error) is DRIFT


@pytest.mark.parametrize("wrong", ["DEFAULT", "spa", ""])
def test_a_text_that_is_no_label_is_a_wrong_choice_and_no_drift(database: ChangedDatabase, wrong: str) -> None:
    error = database.error_of([], adds(industry_type=wrong))
    assert is_refused_label(error)
    assert store_failure(error) is None


@pytest.mark.parametrize(
    "look_up",
    [lambda: {}["spa"], lambda: [][0], lambda: "x".encode("no-such-encoding"), lambda: Industry("spa")],
    ids=["a key", "an index", "an encoding", "a member"],
)
def test_a_look_up_of_our_own_that_fails_is_a_bug(look_up: Callable[[], object]) -> None:
    with pytest.raises((LookupError, ValueError)) as raised:
        look_up()
    assert store_failure(raised.value) is None
    assert not is_refused_label(raised.value)


def test_what_follows_a_swallowed_error_is_told_from_drift_and_from_bugs(database: ChangedDatabase) -> None:
    with database.after("ALTER TYPE industry RENAME VALUE 'default' TO 'DEFAULT'") as session:
        with pytest.raises(sa.exc.DataError):
            adds()(session)
        with pytest.raises(sa.exc.PendingRollbackError) as in_the_session:
            session.execute(sa.text("SELECT 1"))
    with database.after() as session:
        with pytest.raises(sa.exc.DataError):
            session.execute(sa.text("SELECT 'DEFAULT'::industry"))
        with pytest.raises(sa.exc.InternalError) as on_the_connection:
            session.execute(sa.text("SELECT 1"))
    assert [store_failure(in_the_session.value), store_failure(on_the_connection.value)] == [SPOILT, SPOILT]


@pytest.mark.parametrize(
    "work",
    [
        sends("SET LOCAL statement_timeout = 20; SELECT pg_sleep(2)"),
        sends("SET TRANSACTION READ ONLY; " + ADDS_ONE),
        sends("SET LOCAL ROLE NONE; SELECT pg_terminate_backend(pg_backend_pid())"),
    ],
    ids=["too slow", "read-only", "ended"],
)
def test_a_database_that_is_slow_read_only_or_gone_is_away(database: ChangedDatabase, work: Work) -> None:
    assert store_failure(database.error_of([], work)) is AWAY
