"""`flask limits`: what is in force and what was used, overrides, base figures, and forgetting what was used."""

import uuid

import click
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_json, show_table, why
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import CATALOGUE, Industry
from webapp.domain.limit_policy import LimitPolicy
from webapp.domain.usage_history import trial_sentence
from webapp.services import industry_limits
from webapp.services import limits as use_cases
from webapp.services.organisations import get_any_organisation, policy_of
from webapp.services.usage import (
    LastBreach,
    Usage,
    find_history,
    find_last_breach,
    find_usage,
    is_counted_together,
    is_on_trial,
)

limits = AppGroup("limits", help="Show request limits and what was used of them, set, clear and reset them.")

INDUSTRIES = click.Choice([industry.value for industry in CATALOGUE])


@limits.command("show", epilog=example('limits show "Odeon Cinemas"', 'limits show "Odeon Cinemas" --json'))
@click.argument("organisation")
@as_json
@refusals_end_with_one
def show_command(organisation: str, as_json: bool) -> None:
    """Show the limits of ORGANISATION (id or exact name), where each figure comes from, and what was used."""
    found = get_any_organisation(organisation)
    policy = policy_of(found)
    on_trial = policy.enforced and is_on_trial(found.limits_shadow)
    usage, breach = find_usage(found.id, policy), find_last_breach(found.id)
    history = find_history(found.id, usage)
    if as_json:
        facts = {"organisation": found.name, "id": str(found.id), **_as_dict(policy), **_usage_as_dict(usage)}
        facts |= {"on_trial": on_trial, "would_have_been_refused": history.over if history else None}
        show_json({**facts, "last_breach": _breach_as_dict(breach)})
        return
    _show(found.name, policy, usage)
    click.echo(f"The hour resets at {usage.resets_at:%H:%M} UTC." if usage else "What was used cannot be read.")
    if on_trial:
        click.echo("On trial: nothing is refused." + (f" {trial_sentence(history)}" if history else ""))
    click.echo(_breach_in_words(breach))
    _say_whose_counts()


@limits.command("set", epilog=example('limits set "Odeon Cinemas" --hour 50000 --burst 1500', "limits set ID --shadow"))
@click.argument("organisation")
@click.option("--hour", type=int, help="Requests an hour.")
@click.option("--burst", type=int, help="Requests in any 60 seconds.")
@click.option("--enforce/--no-enforce", default=None, help="Apply the limits, or count and never refuse.")
@click.option(
    "--shadow/--no-shadow", default=None, help="On trial: count, never refuse, and tell what would have been."
)
@why
@refusals_end_with_one
def set_command(
    organisation: str,
    hour: int | None,
    burst: int | None,
    enforce: bool | None,
    shadow: bool | None,
    reason: str | None,
) -> None:
    """Give ORGANISATION (id or exact name) limits of its own. They apply from the next request.

    What was used stays counted.
    """
    if hour is None and burst is None and enforce is None and shadow is None:
        raise click.UsageError("Give at least one of --hour, --burst, --[no-]enforce and --[no-]shadow.")
    name, organisation_id = _found(organisation)
    policy = use_cases.set_override_of_any(
        organisation_id, hour=hour, burst=burst, is_enforced=enforce, is_shadow=shadow, by=OPERATOR, reason=reason
    )
    _show(name, policy, find_usage(organisation_id, policy))
    if shadow is not None:
        click.echo("On trial: nothing is refused." if shadow else "Not on trial.")


@limits.command("clear", epilog=example('limits clear "Odeon Cinemas"'))
@click.argument("organisation")
@why
@refusals_end_with_one
def clear_command(organisation: str, reason: str | None) -> None:
    """Give ORGANISATION (id or exact name) the limits of its industry and plan again."""
    name, organisation_id = _found(organisation)
    policy = use_cases.clear_override_of_any(organisation_id, by=OPERATOR, reason=reason)
    _show(name, policy, find_usage(organisation_id, policy))


@limits.command("reset", epilog=example('limits reset "Odeon Cinemas" --reason "Import gone wrong"'))
@click.argument("organisation")
@why
@refusals_end_with_one
def reset_command(organisation: str, reason: str | None) -> None:
    """Forget what ORGANISATION (id or exact name) has used of its hour and burst. Felt on its next request."""
    name, organisation_id = _found(organisation)
    used = use_cases.reset_usage_of_any(organisation_id, by=OPERATOR, reason=reason)
    click.echo(
        f"{name} starts again at nothing: {used.used_this_hour:,} used this hour and {used.used_in_burst:,}"
        " in the last 60 seconds are forgotten."
    )
    _say_whose_counts()


@limits.command("table", epilog=example("limits table", "limits table --json"))
@as_json
@refusals_end_with_one
def table_command(as_json: bool) -> None:
    """List what every industry gets on every plan, and whether an admin has changed the industry's base figures."""
    found = industry_limits.list_inherited_limits()
    rows = [
        {
            "industry": one.industry.value,
            "plan": one.plan.value,
            "requests_per_hour": one.policy.hour.amount,
            "burst": one.policy.burst.amount,
            "base": "changed" if one.is_base_changed else "built in",
        }
        for one in found
    ]
    if as_json:
        show_json(rows)
        return
    lines = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row.values()] for row in rows]
    show_table(("INDUSTRY", "PLAN", "AN HOUR", "ANY 60 SECONDS", "BASE"), lines, nothing="")


@limits.command("industry", epilog=example("limits industry cinema --hour 20000", "limits industry cinema --built-in"))
@click.argument("industry", type=INDUSTRIES)
@click.option("--hour", type=int, help="Requests an hour on the Basic plan.")
@click.option("--burst", type=int, help="Requests in any 60 seconds on the Basic plan.")
@click.option("--built-in", is_flag=True, help="Put the figures of this release back in force.")
@why
@refusals_end_with_one
def industry_command(industry: str, hour: int | None, burst: int | None, built_in: bool, reason: str | None) -> None:
    """Change the base figures of INDUSTRY, which plans multiply, or put the built-in ones back.

    Felt on the next request by every organisation of the industry, except where it has figures of its own.
    """
    is_change = hour is not None or burst is not None
    if is_change == built_in:
        raise click.UsageError("Give --hour, --burst or both, or --built-in alone.")
    chosen = Industry(industry)
    if built_in:
        base = industry_limits.restore_built_in_figures(chosen, by=OPERATOR, reason=reason)
    else:
        base = industry_limits.set_base_figures(chosen, hour=hour, burst=burst, by=OPERATOR, reason=reason)
    click.echo(
        f"{CATALOGUE[chosen].name}: {base.requests_per_hour:,} an hour and {base.burst:,} in any 60 seconds"
        f" on the Basic plan, {'as built in' if built_in else 'set here'}."
    )


def _found(organisation: str) -> tuple[str, uuid.UUID]:
    found = get_any_organisation(organisation)
    return found.name, found.id


def _show(name: str, policy: LimitPolicy, usage: Usage | None) -> None:
    click.echo(name if policy.enforced else f"{name} (counted, never refused)")
    used = (f"{usage.used_this_hour:,}", f"{usage.used_in_burst:,}") if usage else (None, None)
    rows = [
        ("an hour", f"{policy.hour.amount:,}", used[0], policy.hour.source),
        ("any 60 seconds", f"{policy.burst.amount:,}", used[1], policy.burst.source),
    ]
    show_table(("PERIOD", "REQUESTS", "USED", "FROM"), rows, nothing="")


def _breach_in_words(breach: LastBreach | None) -> str:
    if breach is None:
        return "Nothing was refused that is still remembered."
    period = "an hour" if breach.period == "hour" else "any 60 seconds"
    return f"Last refused at {breach.minute:%Y-%m-%d %H:%M} UTC, by the limit of {breach.allowed:,} in {period}."


def _say_whose_counts() -> None:
    if not is_counted_together():
        click.echo("Each process counts for itself here: those that serve cannot be seen from this command.")


def _as_dict(policy: LimitPolicy) -> dict[str, object]:
    return {
        "requests_per_hour": policy.hour.amount,
        "requests_per_hour_from": policy.hour.source,
        "burst": policy.burst.amount,
        "burst_from": policy.burst.source,
        "enforced": policy.enforced,
    }


def _usage_as_dict(usage: Usage | None) -> dict[str, object]:
    return {
        "used_this_hour": usage.used_this_hour if usage else None,
        "used_in_burst": usage.used_in_burst if usage else None,
        "resets_at": usage.resets_at.isoformat() if usage else None,
    }


def _breach_as_dict(breach: LastBreach | None) -> dict[str, object] | None:
    return {"at": breach.minute.isoformat(), "period": breach.period, "allowed": breach.allowed} if breach else None
