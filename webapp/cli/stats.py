"""`flask stats`: what the last days came to, by the same figures as the admin's overview."""

from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from webapp.cli.output import as_json, example, refusals_end_with_one, show_fields, show_json, show_table
from webapp.domain.activity import Happening
from webapp.domain.industries import find_industry, words_for
from webapp.domain.overview import CAUSES, FUNNEL, Breaches, Organisations, Period, Tally, percent, share
from webapp.domain.stored_labels import UnknownLabel
from webapp.services import overview
from webapp.web.template_helpers import calendar_date, page_time_zone

LONGEST_DAYS = 366


@click.command("stats", epilog=example("stats", "stats --days 7", "stats --days 90 --json"))
@click.option(
    "--days",
    type=click.IntRange(1, LONGEST_DAYS),
    default=30,
    show_default=True,
    help="How many, of which the last is today.",
)
@as_json
@with_appcontext
@refusals_end_with_one
def stats(days: int, as_json: bool) -> None:
    """Show sign-ins, why some failed, the way to the dashboard, breaches of limits, and organisations.

    Days are those of the UK. Ends with 1 when a figure cannot be read.
    """
    zone = page_time_zone()
    period = Period(days, datetime.now(UTC).astimezone(zone).date())
    key = getattr(zone, "key", "UTC")
    tally, breaches = overview.find_tally(period, key), overview.find_breaches(period, key)
    organisations = overview.find_organisations()
    if tally is None or breaches is None or organisations is None:
        raise click.ClickException("The figures cannot be read. See: flask --app wsgi enums check")
    if as_json:
        show_json(_as_dict(tally, breaches, organisations))
    else:
        _show(tally, breaches, organisations)


def _show(tally: Tally, breaches: Breaches, organisations: Organisations) -> None:
    period, first = tally.period, tally.funnel[0][1]
    failed = sum(tally.failures_each_day)
    rate = "nobody tried" if tally.rate is None else percent(tally.rate, 1)
    days = "1 day" if period.days == 1 else f"{period.days} days"
    click.echo(f"{days} to {calendar_date(period.last)}\n")
    show_fields(
        {
            "Sign-ins": f"{tally.total(Happening.SIGN_IN_SUCCEEDED):,}",
            "Failed": f"{failed:,}",
            "Success rate": rate,
            "Breaches": f"{sum(breaches.each_day.values()):,} minutes in which an organisation was refused",
            "At their limit": f"{breaches.at_limit_now:,} this hour",
            "Organisations": f"{organisations.active.in_words} active",
        }
    )
    click.echo()
    causes = [(cause, f"{count:,}") for cause, count in tally.causes]
    show_table(("WHY SIGN-INS CAME TO NOTHING", "TIMES"), causes, nothing="No sign-in came to nothing.")
    click.echo()
    steps = [(step, f"{count:,}", _of(count, first)) for step, count in tally.funnel]
    show_table(("ONBOARDING", "PEOPLE", "OF THE FIRST STEP"), steps, nothing="")
    click.echo()
    industries = [
        (_named(each.industry), organisations.counted(each.count).in_words) for each in organisations.industries
    ]
    show_table(("INDUSTRY", "ORGANISATIONS"), industries, nothing="No organisation is active yet.")


def _as_dict(tally: Tally, breaches: Breaches, organisations: Organisations) -> dict[str, object]:
    """The same for a program: by stored names, with nothing rounded."""
    refused = dict.fromkeys((cause.value for cause in CAUSES), 0)
    for row in tally.rows:
        if row.what == Happening.SIGN_IN_REFUSED:
            refused[row.cause] = refused.get(row.cause, 0) + row.count
    days = zip(tally.period.dates, tally.each_day(Happening.SIGN_IN_SUCCEEDED), tally.failures_each_day, strict=True)
    return {
        "from": tally.period.first,
        "to": tally.period.last,
        "sign_ins": tally.total(Happening.SIGN_IN_SUCCEEDED),
        "failed": sum(tally.failures_each_day),
        "success_percent": tally.rate,
        "refused_by_cause": refused,
        "onboarding": {step.value: tally.total(step) for step in FUNNEL},
        "breaches": sum(breaches.each_day.values()),
        "at_limit_now": breaches.at_limit_now,
        "active_by_industry": {each.industry: each.count for each in organisations.industries},
        "is_estimate": organisations.is_estimate,
        "days": [
            {"day": day, "sign_ins": good, "failed": bad, "breaches": breaches.each_day.get(day, 0)}
            for day, good, bad in days
        ],
    }


def _of(count: int, first: int) -> str:
    part = share(count, first)
    return "-" if part is None else percent(part)


def _named(industry: str) -> str:
    return words_for(find_industry(industry) or UnknownLabel(industry)).name
