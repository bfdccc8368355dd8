"""Enums against a real database, and the engine's options."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from tests.migrations.databases import MIGRATIONS, settings_for
from webapp import database_deadline
from webapp.config import Environment, read_settings
from webapp.database import EXTRA_CONNECTIONS, POOLED_CONNECTIONS, Base, db, engine_options, init_database
from webapp.demo.postgres import DemoPostgres
from webapp.domain.industries import Industry
from webapp.domain.plans import SubscriptionPlan
from webapp.domain.roles import MembershipRole
from webapp.models import Membership, Organisation, User

THREADS_OF_A_WORKER = 8


def make_app(server: DemoPostgres, name: str) -> Flask:
    """The least application that has a database: what is tested here must not depend on pages."""
    app = Flask(__name__)
    settings = settings_for(server, name)
    app.config["SETTINGS"] = replace(settings, environment=Environment.DEVELOPMENT)  # whose time-outs are the real ones
    init_database(app)
    Migrate().init_app(app, directory=str(MIGRATIONS))
    return app


@pytest.fixture(scope="module")
def migrated(cluster: DemoPostgres) -> Iterator[Flask]:
    name = f"database_{uuid.uuid4().hex}"
    cluster.create_database(name)
    app = make_app(cluster, name)
    with app.app_context():
        flask_migrate.upgrade()
    yield app
    cluster.drop_database(name)


@pytest.fixture
def session(migrated: Flask) -> Iterator[Session]:
    """A session whose work is rolled back."""
    with migrated.app_context():
        yield db.session()
        db.session.rollback()


def stored_text(session: Session, column: str) -> object:
    return session.scalar(sa.text(f"SELECT {column}::text FROM organisations"))


@pytest.mark.parametrize("industry", list(Industry))
def test_each_industry_is_stored_as_its_label_and_read_as_its_member(session: Session, industry: Industry) -> None:
    session.add(Organisation(name="Odeon", industry_type=industry))
    session.flush()
    session.expire_all()
    assert stored_text(session, "industry_type") == industry.value
    assert session.scalars(sa.select(Organisation.industry_type)).one() is industry
    assert session.scalars(sa.select(Organisation).where(Organisation.industry_type == industry)).one().name == "Odeon"


@pytest.mark.parametrize("plan", list(SubscriptionPlan))
def test_each_plan_is_stored_as_its_label(session: Session, plan: SubscriptionPlan) -> None:
    session.add(Organisation(name="Odeon", subscription_plan=plan))
    session.flush()
    assert stored_text(session, "subscription_plan") == plan.value
    assert session.scalars(sa.select(Organisation.subscription_plan)).one() is plan


def test_rows_born_in_python_and_in_sql_have_the_same_defaults(session: Session) -> None:
    session.add(Organisation(name="In Python"))
    session.flush()
    session.execute(sa.text("INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'In SQL')"))
    born = sa.select(
        Organisation.industry_type,
        Organisation.subscription_plan,
        Organisation.is_active,
        Organisation.rate_limit_enabled,
        Organisation.limits_version,
        Organisation.version,
    )
    in_python, in_sql = session.execute(born).all()
    assert tuple(in_python) == tuple(in_sql) == (Industry.DEFAULT, SubscriptionPlan.BASIC, True, True, 1, 1)


@pytest.mark.parametrize("wrong", ["DEFAULT", "Default", " default", "", "casino"])
def test_what_is_no_label_is_refused_before_anything_is_sent(session: Session, wrong: str) -> None:
    session.add(Organisation(name="Odeon", industry_type=wrong))
    with pytest.raises(StatementError, match="is not among the defined enum values") as refused:
        session.flush()
    # Python's own error: had the database been asked, it would be psycopg2's "invalid input value for enum industry".
    assert isinstance(refused.value.orig, LookupError)


def test_several_rows_of_an_enum_go_in_one_flush_and_in_the_order_their_keys_need(
    session: Session,
) -> None:
    # Two or more rows are sent with casts to the type's name, which a single row would not show to be wrong; and
    # memberships are added before what they refer to.
    people = [User(id=uuid.uuid4(), display_name=role.name) for role in MembershipRole]
    places = [Organisation(id=uuid.uuid4(), name=industry.name, industry_type=industry) for industry in Industry]
    for user, role in zip(people, MembershipRole, strict=True):
        session.add_all(Membership(user_id=user.id, organisation_id=place.id, role=role) for place in places)
    session.add_all([*places, *people])
    session.flush()
    assert len(session.scalars(sa.select(Membership)).all()) == len(people) * len(places)


def test_no_column_has_two_defaults_except_an_enum() -> None:
    two = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.default is not None and column.server_default is not None
    ]
    assert {str(column) for column in two} == {"organisations.industry_type", "organisations.subscription_plan"}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_ways_of_writing_an_address_reach_the_database(migrated: Flask, scheme: str) -> None:
    address = migrated.config["SETTINGS"].database_url.replace("postgresql+psycopg2", scheme)
    settings = read_settings(
        {
            "DATABASE_URL": address,
            "OIDC_ISSUER": "http://localhost/",
            "AUTH0_CLIENT_ID": "foyer",
            "AUTH0_CLIENT_SECRET": "a-client-secret-that-only-the-tests-know",
        }
    )
    engine = sa.create_engine(settings.database_url, **engine_options(settings))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM sic_codes")) == 731
        shown = [connection.scalar(sa.text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")]
        assert shown == ["5s", "2s"]
    engine.dispose()


def test_every_thread_of_a_worker_has_a_connection() -> None:
    assert POOLED_CONNECTIONS + EXTRA_CONNECTIONS >= THREADS_OF_A_WORKER


def test_the_server_ends_what_takes_long_before_we_give_it_up(migrated: Flask) -> None:
    """In this order each failure is told as what it is: a deadlock before a lock that was waited for in vain, a slow
    statement before a silent server, and a transaction is idle for longer than any request may last."""
    order = ("deadlock_timeout", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with migrated.app_context():
        asked = sa.text("SELECT name, setting::int FROM pg_settings WHERE name = ANY(:names)")
        seconds = {name: value / 1000 for name, value in db.session.execute(asked, {"names": list(order)})}
    deadlock, lock, statement, idle = (seconds[name] for name in order)
    longest = database_deadline.REQUEST_SECONDS + database_deadline.EXTRA_SECONDS
    assert deadlock < lock < statement < database_deadline.REQUEST_SECONDS < longest < idle
