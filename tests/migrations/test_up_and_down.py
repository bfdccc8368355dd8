"""Every migration goes up, down and up again, without rows and with them."""

import re
import uuid
from itertools import pairwise

import sqlalchemy as sa

import webapp.models
from tests.migrations.databases import MIGRATIONS, REVISIONS, MigrationDatabase
from webapp.database import Base
from webapp.schema.catalogue import enum_columns

assert webapp.models.__all__, "every model is imported, so the metadata is complete"

NOTHING_OF_OURS = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '%alembic_version%'
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
"""

ORGANISATION = uuid.UUID(int=1)
USER = uuid.UUID(int=2)

ROWS = {
    "001_create_organisations": "INSERT INTO organisations (id, name, industry)"
    " VALUES (:organisation, 'Odeon', 'Films')",
    "002_create_users": "INSERT INTO users (id, email, display_name) VALUES (:user, 'ann@odeon.example', 'Ann')",
    "003_add_subscription_plan": "UPDATE organisations SET subscription_plan = 'professional'",
    "004_add_is_active": "UPDATE users SET is_active = false",
    "005_add_rate_limits": "UPDATE organisations SET rate_limit_per_hour = 1000, burst_limit = 100",
    "006_add_sic_code": "UPDATE organisations SET sic_code = '59140'",
    "007_add_industry_type": "UPDATE organisations SET industry_type = 'cinema'",
    "008_create_identities": "INSERT INTO identities (id, user_id, issuer, subject) VALUES (:id, :user, 'i', 's')",
    "009_create_memberships": "INSERT INTO memberships (id, user_id, organisation_id, role)"
    " VALUES (:id, :user, :organisation, 'owner')",
    "010_create_login_sessions": "INSERT INTO login_sessions (id, token_hash, user_id, organisation_id, expires_at)"
    " VALUES (:id, '\\x00', :user, :organisation, now())",
    "011_add_onboarding": "UPDATE organisations SET onboarded_at = now()",
    "012_add_versions": "UPDATE organisations SET version = 7",
    "013_create_sic_codes": "UPDATE organisations SET sic_code = '59140'",
    "014_create_audit_events": "INSERT INTO audit_events (id, actor, action, organisation_id)"
    " VALUES (:id, 'cli', 'limits.set', :organisation)",
    "015_create_activity": "INSERT INTO activity (hour, what, count) VALUES (now(), 'sign_in_succeeded', 1)",
    "016_create_usage_by_minute": "INSERT INTO usage_by_minute (organisation_id, minute) VALUES (:organisation, now())",
    "017_create_limit_counters": "INSERT INTO limit_counters (key, hour_used, hour_ends_at, burst_used, burst_ends_at)"
    " VALUES ('organisation:1', 1, now(), 1, now())",
    "018_create_enum_repairs": "INSERT INTO enum_repairs (table_name, column_name, row_id, old_label, new_label)"
    " VALUES ('organisations', 'industry_type', '1', 'CINEMA', 'cinema')",
    "019_count_by_the_second": "INSERT INTO limit_counters"
    " VALUES ('organisation:1', 1, 1, 3600, array_fill(0, ARRAY[61]), 1, 60, 1, 0, 0)",
    "020_add_limits_shadow": "UPDATE organisations SET limits_shadow = true",
    "021_create_limit_breaches": "INSERT INTO limit_breaches (organisation_id, minute, period, allowed)"
    " VALUES (:organisation, now(), 'hour', 600)",
    "022_create_industry_limits": "INSERT INTO industry_limits (industry, requests_per_hour, burst, version)"
    " VALUES ('cinema', 20000, 600, 1)",
    "023_create_count_request": "SELECT * FROM count_request('organisation:2', 600, 60, true, :organisation, NULL)",
    "024_add_trigrams": "SELECT similarity('Odeon', 'Odeno')",
    "044_add_admin_by_claim": "UPDATE users SET is_admin_by_claim = true",
    "045_create_looks": "INSERT INTO looks (login_session_id, user_id, organisation_id, ends_at)"
    " SELECT id, user_id, :organisation, now() FROM login_sessions",
    "046_create_health_states": "INSERT INTO health_states (check_name, state) VALUES ('database', 'good')",
    "047_create_worker_signs": "INSERT INTO worker_signs VALUES (:id, 'web', 1, '1', 'PostgreSQL', now(), now())",
    "048_follow_newcomers": "UPDATE organisations SET awaited_step = 'onboarding_seen'",
    "055_tell_whose_counts": "INSERT INTO limit_counters VALUES"
    " ('organisation:' || :organisation, 1, 1, 3600, array_fill(0, ARRAY[61]), 1, 60, 1, 0, 0)"
    " ON CONFLICT DO NOTHING",
}
"""What is stored as soon as each revision makes room for it. A new revision adds its own line, unless it only adds a
label, which is then stored by itself, or an index."""


def row_for(revision: str) -> str:
    """The statement that stores what a revision makes room for."""
    if revision in ROWS:
        return ROWS[revision]
    source = (MIGRATIONS / "versions" / f"{revision}.py").read_text()
    if "INDEX CONCURRENTLY" in source:
        return "SELECT 1"  # an index makes room for nothing new
    added = re.search(r"ALTER TYPE (\w+) ADD VALUE IF NOT EXISTS '(\w+)'", source)
    assert added, f"{revision} stores something before the next one runs: add a line to ROWS"
    column = next(column for type_name, column in enum_columns(Base.metadata) if type_name == added.group(1))
    before = REVISIONS[REVISIONS.index(revision) - 1]
    which = f" WHERE name = '{before}'" if column.table.name == "organisations" else ""
    return f"UPDATE {column.table.name} SET {column.name} = '{added.group(2)}'{which}"


def store_row(database: MigrationDatabase, revision: str) -> None:
    with database.as_owner() as connection:
        values = {"id": uuid.uuid4(), "organisation": ORGANISATION, "user": USER}
        statement = sa.text(row_for(revision))
        connection.execute(statement, {name: values[name] for name in statement.compile().params})


def add_rows(database: MigrationDatabase, revision: str) -> None:
    store_row(database, revision)
    with database.as_owner() as connection:
        # One more that states as little as that revision allows, as the release before the next one would have.
        connection.execute(
            sa.text("INSERT INTO organisations (id, name) VALUES (:id, :name)"), {"id": uuid.uuid4(), "name": revision}
        )


def organisations(database: MigrationDatabase, columns: str) -> list[tuple[object, ...]]:
    with database.as_owner() as connection:
        rows = connection.execute(sa.text(f"SELECT {columns} FROM organisations ORDER BY name"))
        return [tuple(row) for row in rows]


def names_up_to(revision: str) -> set[str]:
    return {"Odeon", *REVISIONS[: REVISIONS.index(revision) + 1]}


def test_an_empty_database_goes_up_down_and_up_and_keeps_nothing_in_between(empty: MigrationDatabase) -> None:
    for revision in REVISIONS:
        empty.upgrade(revision)
        empty.downgrade("-1")
        empty.upgrade(revision)
    assert empty.revision() == REVISIONS[-1]
    empty.downgrade("base")
    with empty.as_owner() as connection:
        assert connection.execute(sa.text(NOTHING_OF_OURS)).all() == []
    empty.upgrade()
    assert empty.revision() == REVISIONS[-1]


def test_rows_of_every_revision_survive_the_way_up(empty: MigrationDatabase) -> None:
    assert list(ROWS) == [revision for revision in REVISIONS if revision in ROWS], "in the order of the chain"
    for revision in REVISIONS:
        empty.upgrade(revision)
        add_rows(empty, revision)
    assert {name for (name,) in organisations(empty, "name")} == names_up_to(REVISIONS[-1])
    told = "name, industry, subscription_plan, rate_limit_per_hour, burst_limit, sic_code, industry_type"
    odeon = next(row for row in organisations(empty, told) if row[0] == "Odeon")
    assert odeon == ("Odeon", "Films", "professional", 1000, 100, "59140", "cinema")
    born_early = "name, industry, subscription_plan, is_active, rate_limit_enabled, industry_type, limits_version"
    first = next(row for row in organisations(empty, born_early) if row[0] == "001_create_organisations")
    # Plan and industry are those of the updates that reached every row; the rest came with the columns.
    assert first == ("001_create_organisations", None, "professional", True, True, "cinema", 1)


def test_rows_survive_each_migration_taken_back_and_made_again(empty: MigrationDatabase) -> None:
    empty.upgrade(REVISIONS[0])
    add_rows(empty, REVISIONS[0])
    for before, revision in pairwise(REVISIONS):
        empty.upgrade(revision)
        add_rows(empty, revision)
        empty.downgrade(before)
        assert {name for (name,) in organisations(empty, "name")} == names_up_to(revision)
        empty.upgrade(revision)
        if "INSERT" in row_for(revision):  # a table's own rows went with it, so what refers to them is told again
            store_row(empty, revision)
    empty.downgrade("001_create_organisations")
    assert {name for (name,) in organisations(empty, "name")} == names_up_to(REVISIONS[-1])


def test_rows_of_the_first_release_reach_head_in_one_run(empty: MigrationDatabase) -> None:
    empty.upgrade("001_create_organisations")
    add_rows(empty, "001_create_organisations")
    empty.upgrade()
    told = "name, subscription_plan, is_active, rate_limit_per_hour, rate_limit_enabled, industry_type, version"
    assert organisations(empty, told)[-1] == ("Odeon", "basic", True, None, True, "default", 1)


def test_a_sic_code_that_does_not_exist_is_emptied_and_a_real_one_is_kept(empty: MigrationDatabase) -> None:
    empty.upgrade("006_add_sic_code")
    with empty.as_owner() as connection:
        connection.execute(
            sa.text("INSERT INTO organisations (id, name, sic_code) VALUES (:one, 'A', '59140'), (:two, 'B', '99998')"),
            {"one": ORGANISATION, "two": USER},
        )
    empty.upgrade()
    assert organisations(empty, "name, sic_code") == [("A", "59140"), ("B", None)]
    with empty.as_owner() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM sic_codes")) == 731
