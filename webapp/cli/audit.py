"""`flask audit`: reads the audit log, and takes away what is older than it is kept."""

import contextlib
import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from time import sleep

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_json, show_table
from webapp.domain.audit_words import action_in_words, changes_in_words
from webapp.domain.csv_cells import csv_cell
from webapp.services import audit_prune
from webapp.services.audit_log import AuditFilter, AuditLine, follow_any, list_any_in_batches, list_newest_of_any
from webapp.services.audit_prune import KEPT_MONTHS
from webapp.services.organisations import get_any_organisation
from webapp.services.people import find_any_person
from webapp.web.audit_file import HEADINGS, file_row, to_whom, who
from webapp.web.query_values import beginning_of, end_of

audit = AppGroup("audit", help="Read the audit log, and take away what is older than it is kept.")

DAY = click.DateTime(["%Y-%m-%d"])
HEADINGS_SHOWN = ("TIME (UTC)", "WHO", "ACTION", "TO", "DETAIL", "REASON", "REFERENCE")
SECONDS_BETWEEN_LOOKS = 2.0


@audit.command("tail", epilog=example("audit tail", "audit tail -n 100 --json", "audit tail --follow"))
@click.option("-n", "number", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new ones as they come, until Ctrl-C; JSON one a line.")
@as_json
@refusals_end_with_one
def tail_command(number: int, follow: bool, as_json: bool) -> None:
    """Show the last entries, the newest last."""
    lines = list(reversed(list_newest_of_any(number)))
    if follow:
        _follow(lines, as_json=as_json)
    elif as_json:
        show_json([_as_dict(line) for line in lines])
    else:
        show_table(HEADINGS_SHOWN, [_as_row(line) for line in lines], nothing="No entries yet.")


def _follow(lines: Sequence[AuditLine], *, as_json: bool) -> None:
    if as_json:
        _say_json_lines(lines)
    else:
        show_table(HEADINGS_SHOWN, [_as_row(line) for line in lines], nothing="No entries yet. Waiting for the first.")
    say = _say_json_lines if as_json else _say_rows
    with contextlib.suppress(KeyboardInterrupt):
        for new in follow_any(lines, lambda: sleep(SECONDS_BETWEEN_LOOKS)):
            say(new)


@audit.command(
    "export",
    epilog=example(
        "audit export --from 2025-08-01 --to 2025-08-31 > august.csv", 'audit export --organisation "Odeon Cinemas"'
    ),
)
@click.option("--from", "first", type=DAY, help="The first day, UK time.")
@click.option("--to", "last", type=DAY, help="The last day, which is included.")
@click.option("--organisation", help="Only what was done in it: id or exact name.")
@click.option("--person", help="Only what was done by or to them: id or verified e-mail address.")
@click.option("--csv/--json", "as_csv", default=True, help="CSV, or one JSON object a line.  [default: csv]")
@refusals_end_with_one
def export_command(
    first: datetime | None, last: datetime | None, organisation: str | None, person: str | None, as_csv: bool
) -> None:
    """Write all entries to standard output, the newest first.

    Needs no more memory for a million entries than for a thousand.
    """
    wanted = AuditFilter(
        since=beginning_of(first.date()) if first else None,
        until=end_of(last.date()) if last else None,
        organisation=get_any_organisation(organisation).id if organisation else None,
        person=find_any_person(person).id if person else None,
    )
    if as_csv:
        _say_csv([HEADINGS])
    for lines in list_any_in_batches(wanted):
        if as_csv:
            _say_csv([file_row(line) for line in lines])
        else:
            _say_json_lines(lines)


@audit.command("prune", epilog=example("audit prune", "audit prune --apply"))
@click.option(
    "--keep-months",
    type=click.IntRange(min=KEPT_MONTHS, max=1200),
    default=KEPT_MONTHS,
    show_default=True,
    help="Never fewer, because that is what the audit log promises.",
)
@click.option("--apply", "is_applied", is_flag=True, help="Delete them. Without it nothing is changed.")
@refusals_end_with_one
def prune_command(keep_months: int, is_applied: bool) -> None:
    """Delete entries older than 13 months, as the role that owns the tables. Run it monthly.

    What was deleted is an entry of the audit log itself. Safe to stop and run again.
    """
    settings = current_app.config["SETTINGS"]
    if not is_applied:
        number = audit_prune.count_prunable(settings, keep_months)
        click.echo(f"{_entries(number)} older than {keep_months} months. Nothing was deleted: --apply deletes them.")
        return
    gone = audit_prune.prune(settings, keep_months, lambda total: click.echo(f"{_entries(total)} deleted", err=True))
    click.echo(f"{_entries(gone)} older than {keep_months} months deleted.")


def _say_csv(rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([csv_cell(value) for value in row] for row in rows)
    click.echo(text.getvalue(), nl=False)


def _say_json_lines(lines: Sequence[AuditLine]) -> None:
    for line in lines:
        click.echo(json.dumps(_as_dict(line), ensure_ascii=False, default=str))


def _say_rows(lines: Sequence[AuditLine]) -> None:
    """Without columns: how wide they would have to be is not known before the last entry has come."""
    for line in lines:
        click.echo("  ".join(cell or "-" for cell in _as_row(line)))


def _as_row(line: AuditLine) -> tuple[str | None, ...]:
    return (
        f"{line.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        who(line),
        action_in_words(line.action),
        ", ".join(filter(None, (to_whom(line), line.organisation_name))) or None,
        "; ".join(one.sentence for one in changes_in_words(line.changes)) or None,
        line.reason,
        line.reference,
    )


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def _as_dict(line: AuditLine) -> dict[str, object]:
    return {
        "id": line.id,
        "at": line.at.astimezone(UTC).isoformat(),
        "actor": line.actor,
        "actor_user_id": line.actor_id,
        "actor_name": line.actor_name,
        "action": line.action,
        "organisation_id": line.organisation_id,
        "organisation_name": line.organisation_name,
        "subject": line.subject,
        "subject_name": to_whom(line),
        "changes": line.changes,
        "reason": line.reason,
        "reference": line.reference,
    }
