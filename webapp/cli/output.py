"""How commands speak: tables for people, JSON for programs, and a refusal that ends with 1."""

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError

from webapp.domain.errors import Refusal
from webapp.services.transactions import is_store_failure

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
why = click.option("--reason", help="Kept in the audit log beside the change.")


def example(*lines: str) -> str:
    """The last lines of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  flask --app wsgi {line}" for line in lines)


def refusals_end_with_one(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """A refusal, or a database that is away, becomes one line and exit code 1 instead of a traceback."""

    @functools.wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            raise click.ClickException(f"{refusal}.") from refusal
        except SQLAlchemyError as error:
            if not is_store_failure(error):
                raise
            message = "The database cannot be used. Check DATABASE_URL, and `flask --app wsgi db current`."
            raise click.ClickException(message) from error

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


def show_fields(fields: dict[str, object]) -> None:
    """One thing, a line for each field."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        click.echo(f"{name.ljust(width)}  {'-' if value is None else value}")


def show_json(value: Any) -> None:
    """JSON with ids and moments as text."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
