"""`flask release`: what a deployment runs before it serves."""

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import SQLAlchemyError

from webapp.cli.output import example, refusals_end_with_one, show_findings
from webapp.domain.errors import Refusal
from webapp.schema.findings import Finding, Severity, worst
from webapp.schema.readiness import look_now, revision_as_owner
from webapp.services.accounts import probe_first_sign_in

# A newer build's database is left as it is: migrations only add, so a rollback can serve on it.
_LEAVE_AS_IT_IS = "revision_ahead"
_CANNOT_UPGRADE = frozenset({"revision_unknown", "revision_doubled"})


@click.command("release", epilog=example("release"))
@with_appcontext
@refusals_end_with_one
def release() -> None:
    """Upgrade the database, check it against this build, and try the write of a first sign-in.

    Safe to run twice, by several at once, and for a rollback on a database that a newer build has migrated. Ends with 1
    when this build must not serve; nothing is then left half done.
    """
    before = {finding.code: finding for finding in revision_as_owner(current_app.config["SETTINGS"])}
    stopper = next((before[code] for code in _CANNOT_UPGRADE if code in before), None)
    if stopper is not None:
        show_findings([stopper])
        raise click.exceptions.Exit(1)
    if _LEAVE_AS_IT_IS in before:
        click.echo("The database was migrated by a newer build: nothing to upgrade.")
    else:
        upgrade()  # ends the process itself, with 1, when a migration fails
    findings = look_now()
    show_findings(findings)
    if worst(finding.severity for finding in findings) in (Severity.FATAL, Severity.ERROR):
        raise click.exceptions.Exit(1)
    _try_first_sign_in()
    click.echo("A first sign-in can be stored. This build may serve.")


def _try_first_sign_in() -> None:
    try:
        probe_first_sign_in()
    except (Refusal, SQLAlchemyError) as error:
        show_findings([_probe_finding(error)])
        raise click.exceptions.Exit(1) from error


def _probe_finding(error: Refusal | SQLAlchemyError) -> Finding:
    """What the database said is shown here, to an operator, and nowhere else."""
    said = error if isinstance(error, Refusal) else getattr(error, "orig", None) or error
    return Finding(
        "probe_failed",
        Severity.FATAL,
        "The write of a first sign-in fails, so nobody new could come in. It was taken back.",
        "Look for a trigger, rule, policy or missing grant on organisations, users, identities and memberships",
        actual=str(said).splitlines()[0] if str(said) else type(said).__name__,
    )
