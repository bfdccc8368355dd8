"""A release runs whatever is new in one process: from nothing, and from wherever the release before it ended.

Step by step, a chain can pass that fails in one run, such as a label that is used in the transaction that adds it.
"""

import uuid

import sqlalchemy as sa

from tests.migrations.databases import REVISIONS, MigrationDatabase, settings_for
from tests.migrations.test_up_and_down import add_rows, names_up_to, organisations
from webapp.database import Base
from webapp.demo.postgres import DemoPostgres
from webapp.schema.drift import find_drift


def is_what_this_build_needs(database: MigrationDatabase) -> bool:
    with database.as_application() as connection:
        return find_drift(connection, Base.metadata, rows=True) == []


def test_from_nothing_to_head_in_one_run(empty: MigrationDatabase) -> None:
    empty.upgrade()
    assert is_what_this_build_needs(empty)


def test_from_every_earlier_revision_with_its_rows_to_head_in_one_run(
    cluster: DemoPostgres, empty: MigrationDatabase
) -> None:
    """Any revision may be where the previous release ended, so none has to be written down as the one that was."""
    name = str(sa.make_url(empty.settings.owner_database_url).database)
    for revision in REVISIONS[:-1]:
        empty.upgrade(revision)
        add_rows(empty, revision)
        copy = f"{name}_{uuid.uuid4().hex[:8]}"
        cluster.create_database(copy, template=name)
        database = MigrationDatabase(settings_for(cluster, copy))
        database.upgrade()
        assert database.revision() == REVISIONS[-1]
        assert {name for (name,) in organisations(database, "name")} == names_up_to(revision)
        assert is_what_this_build_needs(database), revision
        cluster.drop_database(copy)
