"""`flask housekeeping`: deletes what is older than it is kept."""

import click
from flask.cli import with_appcontext

from webapp.cli.output import as_json, example, refusals_end_with_one, show_fields, show_json
from webapp.services.housekeeping import sweep


@click.command("housekeeping", epilog=example("housekeeping"))
@as_json
@with_appcontext
@refusals_end_with_one
def housekeeping(as_json: bool) -> None:
    """Delete old usage, breaches, ended login sessions and silent counters. Run it daily.

    Usage is kept for 8 days, breaches for 13 months, login sessions for 30 days after they were last used. Safe to run
    beside a serving application, and to stop and run again.
    """
    swept = sweep()
    deleted: dict[str, object] = {
        "minutes_of_usage": swept.minutes,
        "breaches": swept.breaches,
        "login_sessions": swept.sessions,
        "silent_counters": swept.counters,
        "worker_signs": swept.signs,
    }
    if as_json:
        show_json(deleted)
        return
    click.echo("Deleted:")
    show_fields(deleted)
