"""`flask seed`: reference organisations, and the opening scene of the demo. Both may be run twice."""

import click
from flask import current_app
from flask.cli import AppGroup

from webapp.cli.output import example, refusals_end_with_one
from webapp.config import Settings

seed = AppGroup("seed", help="Fill the database. Both seeds may be run twice without harm.")


@seed.command("initial", epilog=example("seed initial"))
@refusals_end_with_one
def initial_command() -> None:
    """Make the organisations every deployment starts with; those that exist are left as they are."""
    from seeds.initial import plant  # a seed is only needed by this command

    _report(plant())


@seed.command("demo", epilog=example("seed demo"))
@refusals_end_with_one
def demo_command() -> None:
    """Make the people of the demo, who sign in at the local provider. Refuses where there is none."""
    from seeds.demo import plant  # a seed is only needed by this command

    settings: Settings = current_app.config["SETTINGS"]
    if not settings.has_local_provider:
        raise click.ClickException("The demo's people can sign in at a provider on this machine only.")
    _report(plant(settings.oidc_issuer))


def _report(made: list[str]) -> None:
    click.echo(f"Made {', '.join(made)}." if made else "Everything was there already.")
