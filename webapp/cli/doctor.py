"""`flask doctor`: every setting, what this build is made of, and every check of the health page, at a terminal."""

import platform
from importlib.metadata import version

import click
from flask import current_app
from flask.cli import with_appcontext

from webapp.cli.output import as_json, example, refusals_end_with_one, show_fields, show_json
from webapp.config import Settings
from webapp.domain.health import Check, Grade, Part, summary
from webapp.gateways.provider_health import check_provider
from webapp.services.health import Looker, look_at_everything

PACKAGES = ("Flask", "SQLAlchemy", "psycopg2-binary", "alembic", "Authlib", "Flask-Limiter", "gunicorn")
"""Those whose release somebody asks for first when something is odd."""

FOUND_A_PROBLEM = 1


@click.command("doctor", epilog=example("doctor", "doctor --json"))
@as_json
@with_appcontext
@refusals_end_with_one
def doctor(as_json: bool) -> None:
    """Show every setting, what this build is made of, and how each part of the system stands, with what mends it.

    Nothing is changed, and no secret is shown. Ends with 1 when a check has found a problem.
    """
    settings: Settings = current_app.config["SETTINGS"]
    made_of = {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    checks = look_at_everything(Looker((Part.PROVIDER,), lambda: [check_provider(settings.oidc_issuer)]))
    if as_json:
        show_json({"settings": settings.shown, "made_of": made_of, "checks": [_as_dict(check) for check in checks]})
    else:
        show_fields(dict(settings.shown))
        click.echo()
        show_fields({"Release": settings.release, **made_of})
        click.echo()
        _show(checks)
    if any(check.grade is Grade.PROBLEM for check in checks):
        click.get_current_context().exit(FOUND_A_PROBLEM)


def _show(checks: list[Check]) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        click.echo(f"{check.name.ljust(width)}  {check.state}. {check.sentence}")
        for remark in check.remarks:
            click.echo(f"{'':{width}}  {remark.sentence}")
            if remark.remedy:
                click.echo(f"{'':{width}}  mend:  {remark.remedy}")
    found = summary(checks)
    click.echo(f"\n{found[0]}." if found else "\nAll is well.")


def _as_dict(check: Check) -> dict[str, object]:
    return {
        "check": check.part.value,
        "grade": check.grade.value,
        "state": check.state,
        "sentence": check.sentence,
        "since": check.since,
        "remarks": [{"sentence": remark.sentence, "remedy": remark.remedy or None} for remark in check.remarks],
    }
