"""`flask limits`: what is in force for an organisation, and overrides."""

import click
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_json, show_table
from webapp.domain.actor import OPERATOR
from webapp.domain.limit_policy import LimitPolicy
from webapp.services import limits as use_cases
from webapp.services.organisations import get_any_organisation, policy_of

limits = AppGroup("limits", help="Show an organisation's request limits, set its own, clear them.")


@limits.command("show", epilog=example('limits show "Odeon Cinemas"'))
@click.argument("organisation")
@as_json
@refusals_end_with_one
def show_command(organisation: str, as_json: bool) -> None:
    """Show the limits of ORGANISATION (id or exact name) and where each figure comes from."""
    found = get_any_organisation(organisation)
    if as_json:
        show_json({"organisation": found.name, "id": str(found.id), **_as_dict(policy_of(found))})
    else:
        _show(found.name, policy_of(found))


@limits.command("set", epilog=example('limits set "Odeon Cinemas" --hour 50000 --burst 1500'))
@click.argument("organisation")
@click.option("--hour", type=int, help="Requests an hour.")
@click.option("--burst", type=int, help="Requests in any 60 seconds.")
@refusals_end_with_one
def set_command(organisation: str, hour: int | None, burst: int | None) -> None:
    """Give ORGANISATION (id or exact name) limits of its own. They apply from the next request."""
    if hour is None and burst is None:
        raise click.UsageError("Give --hour, --burst or both.")
    found = get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    _show(name, use_cases.set_override_of_any(organisation_id, hour=hour, burst=burst, by=OPERATOR))


@limits.command("clear", epilog=example('limits clear "Odeon Cinemas"'))
@click.argument("organisation")
@refusals_end_with_one
def clear_command(organisation: str) -> None:
    """Give ORGANISATION (id or exact name) the limits of its industry and plan again."""
    found = get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    _show(name, use_cases.clear_override_of_any(organisation_id, by=OPERATOR))


def _show(name: str, policy: LimitPolicy) -> None:
    click.echo(name if policy.enforced else f"{name} (counted, never refused)")
    rows = [
        ("an hour", f"{policy.hour.amount:,}", policy.hour.source),
        ("any 60 seconds", f"{policy.burst.amount:,}", policy.burst.source),
    ]
    show_table(("PERIOD", "REQUESTS", "FROM"), rows, nothing="")


def _as_dict(policy: LimitPolicy) -> dict[str, object]:
    return {
        "requests_per_hour": policy.hour.amount,
        "requests_per_hour_from": policy.hour.source,
        "burst": policy.burst.amount,
        "burst_from": policy.burst.source,
        "enforced": policy.enforced,
    }
