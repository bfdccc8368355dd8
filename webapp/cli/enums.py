"""`flask enums`: the enums of the database held against those of this build."""

from collections.abc import Iterable

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_findings, show_json
from webapp.schema.findings import Severity, worst
from webapp.schema.generate import write_migrations
from webapp.schema.readiness import look_now
from webapp.schema.repair import ROWS_PER_BATCH, plan_now, repair_now
from webapp.schema.repair_mapping import LabelMapping, WrongMapping, read_mapping
from webapp.schema.repair_plan import Remark, RepairPlan
from webapp.schema.repair_steps import RowsMove
from webapp.schema.revision import MIGRATIONS

enums = AppGroup("enums", help="Check the database's enums, mend them, and add a label in one reviewed step.")


@enums.command("check", epilog=example("enums check", "enums check --rows --json"))
@click.option("--rows", is_flag=True, help="Also read what rows hold. Takes a second for each few million rows.")
@click.option("--strict", is_flag=True, help="End with 1 for warnings too.")
@as_json
@refusals_end_with_one
def check_command(rows: bool, strict: bool, as_json: bool) -> None:
    """Say how the database differs from what this build needs. Changes nothing.

    Ends with 1 when a request can fail (fatal) or when it must not be released like this (error).
    """
    findings = look_now(rows=rows)
    if as_json:
        show_json([finding.as_dict() for finding in findings])
    else:
        show_findings(findings)
    gravest = worst(finding.severity for finding in findings)
    if gravest in (Severity.FATAL, Severity.ERROR) or (strict and findings):
        raise click.exceptions.Exit(1)


def _read_map(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> LabelMapping:
    try:
        return read_mapping(pairs)
    except WrongMapping as problem:
        raise click.BadParameter(f"{problem}.") from problem


@enums.command("repair", epilog=example("enums repair", "enums repair --apply", "enums repair --map casino=default"))
@click.option("--apply", "is_applied", is_flag=True, help="Carry the plan out. Without it nothing is changed.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="OLD=LABEL",
    callback=_read_map,
    help="What a value becomes that is no spelling of a label; '<null>' is NULL. May be given several times.",
)
@click.option(
    "--batch",
    type=click.IntRange(1, 100_000),
    default=ROWS_PER_BATCH,
    show_default=True,
    help="How many rows are moved at once.",
)
@refusals_end_with_one
def repair_command(is_applied: bool, mapping: LabelMapping, batch: int) -> None:
    """Plan what brings the database's enums to what this build declares; with --apply, do it and check again.

    Guesses nothing and drops nothing that it did not make: what it leaves to you is printed with its SQL. May be run
    again at any time. Ends with 1 when something is left that must not be released, or that only you can decide.
    """
    if not is_applied:
        plan = plan_now(mapping)
        _show_plan(plan)
        if plan.refusals:
            raise click.exceptions.Exit(1)
        return
    outcome = repair_now(current_app.config["SETTINGS"], mapping, click.echo, batch=batch)
    if not outcome.steps_taken and not outcome.failures and not outcome.plan.refusals:
        click.echo("Nothing to repair.")
    _show_remarks("NOT DONE", outcome.failures)
    _show_remarks("REFUSED", outcome.plan.refusals)
    _show_remarks("NOTE", outcome.plan.notes)
    findings = look_now(rows=True)
    show_findings(findings)
    gravest = worst(finding.severity for finding in findings)
    if outcome.failures or outcome.plan.refusals or gravest in (Severity.FATAL, Severity.ERROR):
        raise click.exceptions.Exit(1)


def _show_plan(plan: RepairPlan) -> None:
    for step in plan.steps:
        click.echo(f"PLAN {step.sentence}")
        if not isinstance(step, RowsMove):
            click.echo(f"     {step.sql};")
    _show_remarks("REFUSED", plan.refusals)
    _show_remarks("NOTE", plan.notes)
    if plan.steps:
        click.echo("Nothing was changed. To do this, run it again with --apply.")
    elif not plan.refusals:
        click.echo("Nothing to repair.")


def _show_remarks(word: str, remarks: Iterable[Remark]) -> None:
    for remark in remarks:
        click.echo(f"{word} {remark.sentence}")
        for line in (remark.remedy or "").splitlines():
            click.echo(f"     {line}")


@enums.command("migration", epilog=example("enums migration"))
@refusals_end_with_one
def migration_command() -> None:
    """Write the next migration for each label that an enum has gained. Needs no database.

    Compares the enums with migrations/enum_lock.json and brings that up to date. Ends with 1, and writes nothing, when
    a label was removed, renamed or moved.
    """
    written = write_migrations()
    for path in written:
        click.echo(f"Wrote {path.relative_to(MIGRATIONS.parent)}")
    click.echo("Review and commit these together." if written else "Nothing to write: the migrations make every label.")
