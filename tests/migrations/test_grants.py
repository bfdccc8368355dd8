"""What the application's role may and may not do, whatever a request talks it into."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from tests.migrations.databases import MigrationDatabase
from webapp.demo.postgres import DemoPostgres
from webapp.schema.grants import grant_application_role


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'nothing.happened'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "ALTER TABLE organisations ADD COLUMN anything integer",
        "DROP TABLE organisations",
        "TRUNCATE organisations",
        "CREATE TABLE anything (id integer)",
        "ALTER TYPE industry ADD VALUE 'anything'",
        "INSERT INTO sic_codes VALUES ('00000', 'Anything')",
        "UPDATE alembic_version SET version_num = 'anything'",
        "INSERT INTO enum_repairs (table_name, column_name, row_id, new_label) VALUES ('a', 'b', 'c', 'd')",
        "UPDATE enum_repairs SET old_label = 'anything'",
        "DELETE FROM enum_repairs",
    ],
)
def test_the_application_is_refused(at_head: MigrationDatabase, statement: str) -> None:
    with at_head.as_application() as connection:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            connection.execute(sa.text(statement))
        connection.rollback()


def test_the_application_reads_and_writes_what_it_needs(at_head: MigrationDatabase) -> None:
    with at_head.as_application() as connection:
        people = ("users", "organisations", "memberships", "login_sessions")
        limits = ("limit_counters", "usage_by_minute", "limit_breaches", "industry_limits")
        for table in (*people, *limits):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE false"))
        counted = connection.execute(sa.text("SELECT * FROM count_request('address:a', 10, 5, true, NULL, NULL)")).one()
        assert (counted.is_within, counted.hour_used, counted.burst_used) == (True, 1, 1)
        connection.execute(
            sa.text("INSERT INTO audit_events (id, actor, action) VALUES (gen_random_uuid(), 'system', 'checked')")
        )
        assert connection.scalar(sa.text("SELECT count(*) FROM audit_events")) == 1
        assert connection.scalar(sa.text("SELECT count(*) FROM sic_codes")) == 731
        assert connection.scalar(sa.text("SELECT count(*) FROM enum_repairs")) == 0


def test_a_right_given_by_hand_is_taken_away_by_the_next_run(empty: MigrationDatabase) -> None:
    empty.upgrade()
    with empty.as_owner() as connection:
        role = sa.make_url(empty.settings.database_url).username
        connection.execute(sa.text(f"GRANT DELETE ON audit_events TO {role}"))
    empty.upgrade()
    with pytest.raises(ProgrammingError, match="permission denied"), empty.as_application() as connection:
        connection.execute(sa.text("DELETE FROM audit_events"))


def test_the_name_of_a_role_is_only_ever_a_name(cluster: DemoPostgres, at_head: MigrationDatabase) -> None:
    with at_head.as_owner() as connection:
        with pytest.raises(ProgrammingError, match="does not exist"):
            grant_application_role(connection, 'nobody"; DROP TABLE users; --')
        connection.rollback()
    with at_head.as_owner() as connection:
        assert sa.inspect(connection).has_table("users")


def test_one_role_is_enough(empty: MigrationDatabase) -> None:
    alone = empty.with_one_role()
    alone.upgrade()
    with alone.as_application() as connection:
        connection.execute(sa.text("SELECT count(*) FROM organisations"))
