"""What a repair mends by itself, for every enum."""

import pytest

from tests.migrations.databases import MigrationDatabase
from tests.schema.repairs import (
    PLACES,
    add_rows,
    damage,
    everything,
    file_of,
    held,
    labels,
    must_be_mended,
    plan,
    records,
    repair,
    told,
    words_for,
)
from webapp.domain.stored_labels import labels_of

ENUMS = sorted(PLACES)
TYPE, COLUMN = 'ALTER TYPE "public"."{type}"', 'ALTER TABLE "public"."{table}" ALTER COLUMN "{column}"'
BACK_TO_ENUM = (
    COLUMN + ' DROP DEFAULT, ALTER COLUMN "{column}" TYPE "public"."{type}" USING "{column}"::text::"public"."{type}"'
)
BACK_TO_ITS_DEFAULT = ", ALTER COLUMN \"{column}\" SET DEFAULT '{default}'"
INTO_TEXT = "ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} TYPE {kind}"

# what was done; what rows hold then, beside one that is right; what was mapped; the steps; labels that stay
MENDED = {
    "a name instead of a value": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO '{LABEL}'"],
        ["{LABEL}"],
        [],
        [TYPE + " RENAME VALUE '{LABEL}' TO '{label}'"],
        [],
    ),
    "several names": (
        [
            "ALTER TYPE {type} RENAME VALUE '{label}' TO '{LABEL}'",
            "ALTER TYPE {type} RENAME VALUE '{other}' TO '{OTHER}'",
        ],
        ["{LABEL}", "{OTHER}"],
        [],
        [TYPE + " RENAME VALUE '{LABEL}' TO '{label}'", TYPE + " RENAME VALUE '{OTHER}' TO '{other}'"],
        [],
    ),
    "padded": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO ' {label} '"],
        [" {label} "],
        [],
        [TYPE + " RENAME VALUE ' {label} ' TO '{label}'"],
        [],
    ),
    "both spellings": (
        ["ALTER TYPE {type} ADD VALUE '{LABEL}'"],
        ["{LABEL}", "{label}", "{LABEL}"],
        [],
        ["2: {LABEL} -> {label}"],
        ["{LABEL}"],
    ),
    "two wrong spellings and not the right one": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO '{LABEL}'", "ALTER TYPE {type} ADD VALUE '{label} '"],
        ["{LABEL}", "{label} "],
        [],
        [TYPE + " RENAME VALUE '{LABEL}' TO '{label}'", "1: {label}  -> {label}"],
        ["{label} "],
    ),
    "renamed to something else, and mapped": (
        ["ALTER TYPE {type} RENAME VALUE '{label}' TO 'it''s 5%: so'"],
        ["it's 5%: so"],
        ["it's 5%: so={label}"],
        [TYPE + " RENAME VALUE 'it''s 5%: so' TO '{label}'"],
        [],
    ),
    "a label nobody knows, and mapped": (
        ["ALTER TYPE {type} ADD VALUE 'a=b:c%s'"],
        ["a=b:c%s", "{other}"],
        ["a=b:c%s={label}"],
        ["1: a=b:c%s -> {label}"],
        ["a=b:c%s"],
    ),
    "may be empty": (
        ["ALTER TABLE {table} ALTER {column} DROP NOT NULL"],
        ["{other}"],
        [],
        [COLUMN + " SET NOT NULL"],
        [],
    ),
    "is empty, and mapped": (
        ["ALTER TABLE {table} ALTER {column} DROP NOT NULL"],
        [None, "{other}", None],
        ["<null>={label}"],
        ["2: None -> {label}", COLUMN + " SET NOT NULL"],
        [],
    ),
}


def filled(words: dict[str, str], *texts: str | None) -> list[str | None]:
    return [None if text is None else text.format(**words) for text in texts]


@pytest.mark.parametrize("type_name", ENUMS)
@pytest.mark.parametrize("case", MENDED)
def test_each_difference_is_mended_for_every_enum(head: MigrationDatabase, case: str, type_name: str) -> None:
    statements, rows, maps, steps, dead_labels = MENDED[case]
    words = words_for(type_name)
    table, label, other = words["table"], words["label"], words["other"]
    damage(head, *(statement.format(**words) for statement in statements))
    held_before = filled(words, *rows)
    ids = add_rows(head, type_name, *held_before)
    file_before, before, given_maps = file_of(head, table), everything(head), [one.format(**words) for one in maps]

    planned = plan(head, *given_maps)
    assert told(planned) == filled(words, *steps)
    assert planned.refusals == []
    assert everything(head) == before, "a plan changes nothing"

    repaired = repair(head, *given_maps)
    assert repaired.outcome.steps_taken == len(steps)
    assert (repaired.outcome.failures, repaired.outcome.plan.refusals) == ([], [])
    assert must_be_mended(head) == []
    right = {one: other if one in (other, other.upper()) else label for one in held_before}
    assert held(head, type_name) == dict(zip(ids, (right[one] for one in held_before), strict=True))
    assert labels(head, type_name) == labels_of(type_name) + filled(words, *dead_labels)
    assert file_of(head, table) == file_before, "no table is rewritten"
    # What a rename mends is never touched; every other row that holds something new is recorded.
    moved_from = {
        step.split(": ", 1)[1].split(" -> ")[0] for step in filled(words, *steps) if step and step[0].isdigit()
    }
    assert sorted(records(head), key=str) == sorted(
        (
            (table, words["column"], row_id, was, right[was])
            for row_id, was in zip(ids, held_before, strict=True)
            if str(was) in moved_from
        ),
        key=str,
    )

    after = everything(head)
    assert repair(head, *given_maps).outcome.steps_taken == 0, "a second run finds nothing to do"
    assert told(plan(head)) == []
    assert everything(head) == after
    assert len(planned.notes) == len(dead_labels)
    assert all("PostgreSQL cannot drop a label" in note.sentence for note in planned.notes)


@pytest.mark.parametrize("type_name", ENUMS)
def test_each_missing_label_is_added_in_its_place(head: MigrationDatabase, type_name: str) -> None:
    """A type rebuilt with all but some labels: the first, the last, two neighbours, everything but one."""
    declared, words = labels_of(type_name), words_for(type_name)
    for missing in (declared[:1], declared[-1:], declared[1:3], declared[:-1]):
        kept = ", ".join(f"'{label}'" for label in declared if label not in missing)
        damage(
            head,
            "ALTER TABLE {table} ALTER {column} DROP DEFAULT, ALTER {column} TYPE text".format(**words),
            f"DROP TYPE {type_name}",
            f"CREATE TYPE {type_name} AS ENUM ({kept})",
            "ALTER TABLE {table} ALTER {column} TYPE {type} USING {column}::{type}".format(**words),
        )
        steps = told(plan(head))
        added = [step for step in steps if "ADD VALUE" in step]
        assert len(added) == len(missing)
        assert all(" IF NOT EXISTS " in step and (" AFTER " in step or " BEFORE " in step) for step in added)
        assert repair(head).outcome.steps_taken == len(steps)
        assert labels(head, type_name) == declared
        assert must_be_mended(head) == []


@pytest.mark.parametrize("type_name", ["industry", "subscription_plan"])
@pytest.mark.parametrize("change", ["DROP DEFAULT", "SET DEFAULT '{other}'", "SET DEFAULT lower('{OTHER}')::{type}"])
def test_a_default_is_put_right(head: MigrationDatabase, type_name: str, change: str) -> None:
    words = words_for(type_name)
    damage(head, f"ALTER TABLE {{table}} ALTER {{column}} {change}".format(**words))
    assert told(plan(head)) == [(COLUMN + " SET DEFAULT '{default}'").format(**words)]
    repair(head)
    assert must_be_mended(head) == []


def test_a_default_that_was_not_declared_is_taken_away(head: MigrationDatabase) -> None:
    damage(head, "ALTER TABLE memberships ALTER role SET DEFAULT 'viewer'")
    planned = plan(head)
    assert told(planned) == ['ALTER TABLE "public"."memberships" ALTER COLUMN "role" DROP DEFAULT']
    assert "'viewer'::membership_role" in planned.steps[0].sentence, "says what it was"
    repair(head)
    assert must_be_mended(head) == []


def test_a_default_of_the_dead_spelling_is_put_right_before_rows_are_moved(head: MigrationDatabase) -> None:
    damage(
        head,
        "ALTER TYPE industry ADD VALUE 'DEFAULT'",
        "ALTER TABLE organisations ALTER industry_type SET DEFAULT 'DEFAULT'",
        "INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'Odeon')",
    )
    default = (COLUMN + " SET DEFAULT '{default}'").format(**words_for("industry"))
    assert told(plan(head)) == [default, "1: DEFAULT -> default"]
    repair(head)
    assert must_be_mended(head) == []


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        *((type_name, "text") for type_name in ENUMS),
        *(("industry", kind) for kind in ("varchar(40)", "char(40)", "name")),
    ],
)
def test_a_column_of_text_is_the_enum_again(head: MigrationDatabase, type_name: str, kind: str) -> None:
    words = words_for(type_name)
    damage(head, INTO_TEXT.format(**words, kind=kind))
    damage(head, "ALTER TABLE {table} ALTER {column} DROP NOT NULL".format(**words))
    add_rows(head, type_name, words["label"], words["LABEL"], f" {words['other']}", None, "kino")
    maps = [f"<null>={words['other']}", f"kino={words['label']}"]

    steps = told(plan(head, *maps))
    assert sorted(step for step in steps if step[0].isdigit()) == sorted(
        filled(words, "1: {LABEL} -> {label}", "1:  {other} -> {other}", "1: None -> {other}", "1: kino -> {label}")
    )
    into_enum = BACK_TO_ENUM + (BACK_TO_ITS_DEFAULT if words["default"] else "")
    assert steps[-2:] == filled(words, into_enum, COLUMN + " SET NOT NULL")

    assert repair(head, *maps).outcome.failures == []
    assert must_be_mended(head) == []
    assert sorted(map(str, held(head, type_name).values())) == sorted([words["label"]] * 3 + [words["other"]] * 2)
    assert len(records(head)) == 4
    assert repair(head, *maps).outcome.steps_taken == 0


def test_everything_at_once(head: MigrationDatabase) -> None:
    for type_name in ENUMS:
        words = words_for(type_name)
        damage(
            head,
            "ALTER TYPE {type} RENAME VALUE '{label}' TO '{LABEL}'".format(**words),
            "ALTER TYPE {type} RENAME VALUE '{other}' TO 'elsewhere'".format(**words),
            "ALTER TABLE {table} ALTER {column} DROP NOT NULL, ALTER {column} DROP DEFAULT".format(**words),
        )
        add_rows(head, type_name, words["LABEL"], None)
    maps = [f"<null>={words_for(type_name)['other']}" for type_name in ENUMS]
    assert repair(head, *maps).outcome.failures == []
    assert must_be_mended(head) == []
    assert all(set(labels(head, type_name)) == {*labels_of(type_name), "elsewhere"} for type_name in ENUMS)
    assert repair(head).outcome.steps_taken == 0
