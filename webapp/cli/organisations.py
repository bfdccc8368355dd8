"""`flask organisations`: look after organisations."""

import click
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_fields, show_json, show_table, why
from webapp.domain.actor import OPERATOR
from webapp.domain.industries import CATALOGUE, Industry, industries_to_choose
from webapp.domain.organisation_details import checked_industry, checked_plan
from webapp.domain.plans import SubscriptionPlan
from webapp.services import organisations as use_cases
from webapp.services.organisations import OrganisationSummary
from webapp.services.people import count_people

organisations = AppGroup("organisations", help="List, make, change, suspend and resume organisations.")

INDUSTRIES = click.Choice([industry.value for industry in industries_to_choose()])
PLANS = click.Choice([plan.value for plan in SubscriptionPlan])


@organisations.command("list", epilog=example("organisations list --industry cinema --json"))
@click.option("--industry", type=INDUSTRIES, help="Only this industry.")
@click.option("--plan", type=PLANS, help="Only this plan.")
@click.option("--suspended", is_flag=True, help="Only those that are suspended.")
@as_json
@refusals_end_with_one
def list_command(industry: str | None, plan: str | None, suspended: bool, as_json: bool) -> None:
    """List organisations by name, with their industry, plan, limits and people."""
    found = use_cases.list_any_organisations(
        industry=Industry(industry) if industry else None,
        plan=SubscriptionPlan(plan) if plan else None,
        is_active=False if suspended else None,
    )
    if as_json:
        show_json([_as_dict(summary) for summary in found])
        return
    rows = [
        (
            summary.organisation.name,
            summary.organisation.industry_type.value,
            summary.organisation.subscription_plan.value,
            f"{use_cases.policy_of(summary.organisation).hour.amount:,}",
            summary.people,
            "active" if summary.organisation.is_active else "suspended",
            summary.organisation.id,
        )
        for summary in found
    ]
    headings = ("NAME", "INDUSTRY", "PLAN", "PER HOUR", "PEOPLE", "STATUS", "ID")
    show_table(headings, rows, nothing="There are no such organisations.")


@organisations.command("show", epilog=example('organisations show "Odeon Cinemas"'))
@click.argument("organisation")
@as_json
@refusals_end_with_one
def show_command(organisation: str, as_json: bool) -> None:
    """Show one ORGANISATION, given by its id or its exact name."""
    found = use_cases.get_any_organisation(organisation)
    fields = _as_dict(OrganisationSummary(found, count_people(found.id)))
    if as_json:
        show_json(fields)
    else:
        show_fields(fields)


@organisations.command("create", epilog=example('organisations create "Iron Hall" --industry gym --plan professional'))
@click.argument("name")
@click.option("--industry", type=INDUSTRIES, required=True, help="What it does.")
@click.option("--plan", type=PLANS, default=SubscriptionPlan.BASIC.value, show_default=True, help="What it bought.")
@click.option("--sic", metavar="CODE", help="Its five-digit UK SIC code.")
@refusals_end_with_one
def create_command(name: str, industry: str, plan: str, sic: str | None) -> None:
    """Make an organisation called NAME that is already set up."""
    made = use_cases.create_organisation(
        name, checked_industry(industry), checked_plan(plan), by=OPERATOR, sic_code=sic
    )
    click.echo(f"Made {made.name}, {made.industry_type.value}, {made.subscription_plan.value}: {made.id}")


@organisations.command("set-industry", epilog=example('organisations set-industry "Odeon Cinemas" cinema'))
@click.argument("organisation")
@click.argument("industry", type=INDUSTRIES)
@refusals_end_with_one
def set_industry_command(organisation: str, industry: str) -> None:
    """Put ORGANISATION (id or exact name) into INDUSTRY. Its wording and limits follow on the next request."""
    found = use_cases.get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    changed = use_cases.set_industry_of_any(organisation_id, checked_industry(industry), by=OPERATOR)
    words = CATALOGUE[Industry(industry)].with_article
    click.echo(f"{name} is now set up as {words}." if changed else f"{name} was set up as {words} already.")


@organisations.command("set-plan", epilog=example('organisations set-plan "Odeon Cinemas" enterprise'))
@click.argument("organisation")
@click.argument("plan", type=PLANS)
@refusals_end_with_one
def set_plan_command(organisation: str, plan: str) -> None:
    """Put ORGANISATION (id or exact name) on PLAN. Its limits follow on the next request."""
    found = use_cases.get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    changed = use_cases.set_plan_of_any(organisation_id, checked_plan(plan), by=OPERATOR)
    click.echo(f"{name} is now on {plan}." if changed else f"{name} was on {plan} already.")


@organisations.command("suspend", epilog=example('organisations suspend "Odeon Cinemas" --reason "Unpaid since June"'))
@click.argument("organisation")
@why
@refusals_end_with_one
def suspend_command(organisation: str, reason: str | None) -> None:
    """Suspend ORGANISATION (id or exact name): its people see so on their next request. Nothing is deleted."""
    found = use_cases.get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    changed = use_cases.suspend_any(organisation_id, by=OPERATOR, reason=reason)
    click.echo(f"{name} is suspended." if changed else f"{name} was suspended already.")


@organisations.command("resume", epilog=example('organisations resume "Odeon Cinemas"'))
@click.argument("organisation")
@refusals_end_with_one
def resume_command(organisation: str) -> None:
    """Undo the suspension of ORGANISATION (id or exact name)."""
    found = use_cases.get_any_organisation(organisation)
    name, organisation_id = found.name, found.id
    changed = use_cases.resume_any(organisation_id, by=OPERATOR)
    click.echo(f"{name} is active again." if changed else f"{name} was active already.")


def _as_dict(summary: OrganisationSummary) -> dict[str, object]:
    row = summary.organisation
    policy = use_cases.policy_of(row)
    return {
        "id": str(row.id),
        "name": row.name,
        "industry": row.industry_type.value,
        "trade": row.industry,
        "plan": row.subscription_plan.value,
        "sic_code": row.sic_code,
        "is_active": row.is_active,
        "requests_per_hour": policy.hour.amount,
        "burst": policy.burst.amount,
        "limits_from": policy.hour.source,
        "people": summary.people,
        "onboarded_at": row.onboarded_at,
        "created_at": row.created_at,
    }
