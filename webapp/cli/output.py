"""How commands speak: tables for people, JSON for programs, and a refusal that ends with 1."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from webapp.domain.errors import AmbiguousPerson, Refusal, StoreUnavailable
from webapp.schema.failures import StoreFailure, store_failure
from webapp.schema.findings import Finding, Severity

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
why = click.option("--reason", help="Kept in the audit log beside the change.")

_WHAT_HELPS = {
    StoreFailure.AWAY: "The database cannot be used. Check DATABASE_URL and that the database is up.",
    StoreFailure.DRIFT: "The database is not what this build needs. See: flask --app wsgi enums check",
    StoreFailure.SPOILT: "An earlier statement failed, so nothing was saved. See: flask --app wsgi enums check",
}


def example(*lines: str) -> str:
    """The last lines of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  flask --app wsgi {line}" for line in lines)


def refusals_end_with_one(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A refusal, or a database that is away, becomes one line and exit code 1 instead of a traceback."""

    @functools.wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except StoreUnavailable as refusal:
            cause = refusal.__cause__
            failure = store_failure(cause) if cause else None
            raise click.ClickException(_WHAT_HELPS[failure or StoreFailure.AWAY]) from refusal
        except AmbiguousPerson as refusal:
            raise click.ClickException("\n  ".join([f"{refusal}.", *refusal.people])) from refusal
        except Refusal as refusal:
            raise click.ClickException(f"{refusal}.") from refusal
        except (SQLAlchemyError, LookupError) as error:
            failure = store_failure(error)
            if failure is None:
                raise
            raise click.ClickException(_WHAT_HELPS[failure]) from error

    return run


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, nothing: str) -> None:
    """Columns wide enough for what is in them, or one sentence when there are no rows."""
    if not rows:
        click.echo(nothing)
        return
    lines = [[str(cell) if cell is not None else "-" for cell in row] for row in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_findings(findings: Sequence[Finding]) -> None:
    """Each finding with what mends it, the gravest first, and a count; one sentence when there are none."""
    for finding in findings:
        click.echo(f"{finding.severity.upper():<8}{finding.code}: {finding.message}")
        if finding.actual and finding.actual not in finding.message:
            click.echo(f"        found: {finding.actual}")
        click.echo(f"        mend:  {finding.remedy}")
    if not findings:
        click.echo("The database is what this build needs.")
        return
    counts = [(severity, sum(finding.severity is severity for finding in findings)) for severity in Severity]
    click.echo(", ".join(f"{count} {severity}" for severity, count in counts if count) + ".")


def show_fields(fields: dict[str, object]) -> None:
    """One thing, a line for each field."""
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {'-' if value is None else value}")


def show_json(value: Any) -> None:
    """JSON with ids and moments as text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
