"""What a repair leaves to a person, with the SQL or the words that do it."""

import pytest
import sqlalchemy as sa

from tests.migrations.databases import REVISIONS, MigrationDatabase
from tests.schema.repairs import (
    PLACES,
    add_rows,
    damage,
    everything,
    held,
    must_be_mended,
    plan,
    records,
    repair,
    told,
    words_for,
)
from webapp.config import with_driver
from webapp.demo.postgres import DemoPostgres
from webapp.schema.repair_mapping import WrongMapping, read_mapping

ENUMS = sorted(PLACES)
INTO_TEXT = "ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} TYPE text"
SOMETHING_TO_MEND = "ALTER TYPE industry RENAME VALUE 'hotel' TO 'HOTEL'"


def refused(database: MigrationDatabase, *maps: str) -> list[tuple[str, str | None]]:
    """(sentence, remedy) of each refusal, from a plan and again from a repair, which must change nothing of it."""
    planned = plan(database, *maps)
    applied = repair(database, *maps)
    refusals = [(refusal.sentence, refusal.remedy) for refusal in planned.refusals]
    assert [(refusal.sentence, refusal.remedy) for refusal in applied.outcome.plan.refusals] == refusals
    return refusals


@pytest.mark.parametrize(
    ("statement", "sentence", "remedy"),
    [
        (f"UPDATE alembic_version SET version_num = '{REVISIONS[-2]}'", "this build needs", "db upgrade"),
        ("UPDATE alembic_version SET version_num = '999_add_industry_spa'", "a newer build", "deploy the newer build"),
        ("UPDATE alembic_version SET version_num = 'abcdef123456'", "another history", "Deploy the build that made"),
        ("INSERT INTO alembic_version VALUES ('001_create_organisations')", "2 revisions at once", "db stamp --purge"),
        ("DELETE FROM alembic_version", "No migration was ever run", "db upgrade"),
        ("DROP TABLE memberships", "stamped by hand", "--sql"),
        ("DROP TABLE enum_repairs", "stamped by hand", "--sql"),
        ("ALTER TABLE organisations DROP COLUMN industry_type", "stamped by hand", "--sql"),
        ("DROP TYPE membership_role CASCADE", "stamped by hand", "--sql"),
    ],
)
def test_nothing_is_touched_on_a_database_of_another_build(
    head: MigrationDatabase, statement: str, sentence: str, remedy: str
) -> None:
    damage(head, SOMETHING_TO_MEND, statement)
    planned = plan(head)
    assert planned.steps == []
    assert any(sentence in one.sentence and remedy in (one.remedy or "") for one in planned.refusals)
    applied = repair(head)
    assert (applied.outcome.steps_taken, applied.outcome.failures) == (0, [])
    assert [one.sentence for one in applied.outcome.plan.refusals] == [one.sentence for one in planned.refusals]
    with head.as_owner() as connection:
        assert connection.scalar(sa.text("SELECT 'HOTEL'::industry::text")) == "HOTEL"


@pytest.mark.parametrize(
    ("type_name", "is_in_a_row", "is_the_default"),
    [
        ("industry", True, False),
        ("industry", False, True),
        ("subscription_plan", True, True),
        ("membership_role", True, False),
    ],
)
def test_nothing_is_touched_when_an_entry_of_the_catalogue_was_deleted(
    head: MigrationDatabase, cluster: DemoPostgres, type_name: str, is_in_a_row: bool, is_the_default: bool
) -> None:
    words = words_for(type_name)
    lost = words["default"] if is_the_default else words["label"]
    if is_in_a_row:
        add_rows(head, type_name, lost)
    name = sa.make_url(head.settings.database_url).database or ""
    superuser = sa.create_engine(with_driver(cluster.superuser_url(name)), poolclass=sa.NullPool)
    with superuser.begin() as connection:
        delete = "DELETE FROM pg_enum WHERE enumtypid = to_regtype(:type) AND enumlabel = :label"
        connection.execute(sa.text(delete), {"type": type_name, "label": lost})
    planned = plan(head)
    assert planned.steps == []
    assert all("docs/operate.md" in (refusal.remedy or "") for refusal in planned.refusals)
    assert planned.refusals
    assert repair(head).outcome.steps_taken == 0


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_type_in_another_schema_is_left_there(head: MigrationDatabase, type_name: str) -> None:
    damage(head, "CREATE SCHEMA theirs", "GRANT USAGE ON SCHEMA theirs TO PUBLIC")
    damage(head, f"ALTER TYPE {type_name} SET SCHEMA theirs")
    back = f'ALTER TYPE "theirs"."{type_name}" SET SCHEMA "public"'
    assert refused(head) == [(f"The enum type {type_name} is in schema theirs instead of public.", back)]
    damage(head, back)
    assert must_be_mended(head) == []


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_type_that_hides_ours_is_never_dropped(head: MigrationDatabase, type_name: str) -> None:
    role = sa.make_url(head.settings.database_url).username
    damage(head, f"CREATE SCHEMA {role}", f"GRANT USAGE ON SCHEMA {role} TO {role}")
    damage(head, f"CREATE TYPE {role}.{type_name} AS ENUM ('CINEMA')", SOMETHING_TO_MEND)
    planned = plan(head)
    assert "comes before ours on the search path" in planned.refusals[0].sentence
    drop = f'DROP TYPE "{role}"."{type_name}"'
    assert drop in (planned.refusals[0].remedy or "")
    repair(head)
    assert must_be_mended(head) == ["type_shadowed"], "ours was mended beside it"
    damage(head, drop)
    assert must_be_mended(head) == []


def test_a_type_that_is_no_enum_is_left(head: MigrationDatabase) -> None:
    damage(head, "ALTER TYPE industry RENAME TO theirs", "CREATE DOMAIN industry AS text")
    assert refused(head)[0][0] == "industry exists in public but is not an enum."


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_constraint_of_somebody_elses_is_never_dropped(head: MigrationDatabase, type_name: str) -> None:
    words = words_for(type_name)
    damage(
        head,
        "ALTER TABLE {table} ADD CONSTRAINT theirs CHECK ({column} <> '{label}')".format(**words),
        "ALTER TYPE {type} ADD VALUE '{LABEL}'".format(**words),
        "ALTER TYPE {type} ADD VALUE '{OTHER}'".format(**words),
    )
    ids = add_rows(head, type_name, words["LABEL"], words["OTHER"])
    drop = 'ALTER TABLE "{table}" DROP CONSTRAINT "theirs"'.format(**words)
    [(sentence, remedy)] = refused(head)
    assert f"is not ours and refuses {words['label']!r}" in sentence
    assert remedy == f"If nobody needs it: {drop}"
    assert held(head, type_name) == {ids[0]: words["LABEL"], ids[1]: words["other"]}, "only what it lets pass is moved"
    damage(head, drop)
    repair(head)
    assert must_be_mended(head) == []


def test_a_constraint_that_follows_a_rename_is_only_noted(head: MigrationDatabase) -> None:
    damage(head, "ALTER TYPE membership_role RENAME VALUE 'owner' TO 'OWNER'")
    damage(head, "ALTER TABLE memberships ADD CONSTRAINT theirs CHECK (role IN ('OWNER', 'member', 'viewer'))")
    assert refused(head) == []
    assert must_be_mended(head) == []


@pytest.mark.parametrize("type_name", ENUMS)
def test_what_was_built_on_a_column_of_text_is_told_and_left(head: MigrationDatabase, type_name: str) -> None:
    words = words_for(type_name)
    damage(
        head,
        INTO_TEXT.format(**words),
        "CREATE VIEW a_view AS SELECT id, {column} FROM {table} WHERE {column} = '{label}'".format(**words),
        "CREATE MATERIALIZED VIEW b_view AS SELECT id, {column} FROM {table}".format(**words),
        "CREATE INDEX c_index ON {table} (id) WHERE {column} = '{label}'".format(**words),
        "CREATE INDEX d_index ON {table} (lower({column}))".format(**words),
        "CREATE INDEX harmless ON {table} ({column}) WHERE id IS NOT NULL".format(**words),
        "ALTER TABLE {table} ADD CONSTRAINT e_check CHECK ({column} <> 'kino')".format(**words),
        "CREATE POLICY f_policy ON {table} USING ({column} = '{label}')".format(**words),
        "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER g_trigger BEFORE UPDATE OF {column} ON {table} EXECUTE FUNCTION theirs()".format(**words),
    )
    add_rows(head, type_name, words["LABEL"])
    [(sentence, remedy)] = refused(head)
    built = ("constraint e_check", "index c_index", "index d_index", "materialized view b_view", "policy f_policy")
    assert ", ".join([*built, "trigger g_trigger", "view a_view"]) + ". If they are yours" in sentence
    assert "harmless" not in sentence
    assert list(held(head, type_name).values()) == [words["label"]], "rows are moved all the same"
    for statement in (remedy or "").splitlines():
        if not statement.startswith("--"):
            damage(head, statement)
    assert must_be_mended(head) == []


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_column_of_another_kind_is_left(head: MigrationDatabase, type_name: str) -> None:
    words = words_for(type_name)
    damage(head, "CREATE TYPE theirs AS ENUM ('{label}')".format(**words), INTO_TEXT.format(**words))
    damage(head, "ALTER TABLE {table} ALTER {column} TYPE theirs USING {column}::theirs".format(**words))
    [(sentence, remedy)] = refused(head)
    assert f"{words['table']}.{words['column']} is of type theirs" in sentence
    damage(head, remedy or "")
    assert must_be_mended(head) == []


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_value_that_spells_no_label_is_asked_about(head: MigrationDatabase, type_name: str) -> None:
    words = words_for(type_name)
    place = f"{words['table']}.{words['column']}"
    damage(head, INTO_TEXT.format(**words), "ALTER TABLE {table} ALTER {column} DROP NOT NULL".format(**words))
    add_rows(head, type_name, "it's a kino", "it's a kino", None, words["LABEL"], "")
    assert refused(head) == [
        (f"{place} holds '' in 1 row, which is no spelling of a label. Say what it is:", asked("=LABEL")),
        (
            f'{place} holds "it\'s a kino" in 2 rows, which is no spelling of a label. Say what it is:',
            asked("'it'\"'\"'s a kino=LABEL'"),
        ),
        (f"{place} holds NULL in 1 row, which is no spelling of a label. Say what it is:", asked("'<null>=LABEL'")),
    ]
    assert len(records(head)) == 1, "what has a partner was moved"
    label = words["label"]
    assert refused(head, f"={label}", f"it's a kino={label}", f"<null>={label}") == []
    assert must_be_mended(head) == []


def asked(word: str) -> str:
    return f"flask --app wsgi enums repair --map {word}"


def test_of_many_values_the_first_are_told(head: MigrationDatabase) -> None:
    damage(head, INTO_TEXT.format(**words_for("industry")))
    add_rows(head, "industry", *(f"kino {number:02}" for number in range(14)))
    refusals = refused(head)
    assert len(refusals) == 11
    assert refusals[-1] == (
        "4 more values of organisations.industry_type are no spelling of a label:",
        'SELECT "industry_type", count(*) FROM "public"."organisations" GROUP BY 1',
    )


@pytest.mark.parametrize("type_name", ENUMS)
def test_a_label_that_this_build_does_not_know_is_left_and_noted(head: MigrationDatabase, type_name: str) -> None:
    damage(head, f"ALTER TYPE {type_name} ADD VALUE 'spa'")
    add_rows(head, type_name, "spa")
    before = everything(head)
    planned = plan(head)
    assert (told(planned), planned.refusals) == ([], [])
    assert [(note.sentence.split(" in 1 row, ")[1], note.remedy) for note in planned.notes] == [
        ("which this build does not know. It is left as it is.", f"To give it up: {asked('spa=LABEL')}")
    ]
    assert repair(head).outcome.steps_taken == 0
    assert everything(head) == before


def test_labels_in_another_order_are_noted(head: MigrationDatabase) -> None:
    for old, new in (("owner", "aside"), ("member", "owner"), ("aside", "member")):
        damage(head, f"ALTER TYPE membership_role RENAME VALUE '{old}' TO '{new}'")
    planned = plan(head)
    assert (planned.steps, planned.refusals) == ([], [])
    assert "another order" in planned.notes[0].sentence


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        (["casino"], "'casino' is no label of industry, membership_role, subscription_plan; write OLD=LABEL"),
        (["casino=CINEMA"], "'CINEMA' is no label"),
        (["casino="], "is no label"),
        (["cinema=hotel"], "'cinema' is a label of industry itself"),
        (["CINEMA=hotel"], "'CINEMA' is another spelling of 'cinema'"),
        (["casino=hotel", "casino=cinema"], "'casino' is mapped to 'hotel' and to 'cinema'"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(pairs: list[str], problem: str) -> None:
    with pytest.raises(WrongMapping, match=problem):
        read_mapping(pairs)


def test_a_mapping_counts_for_the_enum_that_declares_its_label() -> None:
    assert read_mapping(["a=b=gym", "a=b=owner", "<null>=basic", "CINEMA=cinema"]) == {
        ("industry", "a=b"): "gym",
        ("membership_role", "a=b"): "owner",
        ("subscription_plan", None): "basic",
        ("industry", "CINEMA"): "cinema",
    }
