"""Where a visitor lands: how their organisation stands, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, g, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.industries import CATALOGUE, Industry, IndustryEntry, industry_for_sic
from webapp.domain.limit_policy import inherited_policy
from webapp.domain.next_steps import next_steps
from webapp.domain.plans import PLANS, SubscriptionPlan
from webapp.domain.usage_state import UNREADABLE, UsageState, usage_state
from webapp.domain.visitor import CurrentOrganisation
from webapp.services.people import count_people
from webapp.services.sic_codes import find_description
from webapp.services.usage import Usage, find_usage
from webapp.web.template_helpers import clock

dashboard_pages = Blueprint("dashboard", __name__)


@dataclass(frozen=True)
class Step:
    """A next step with the place where it is done."""

    id: str
    title: str
    hint: str
    href: str
    is_done: bool


@dashboard_pages.get("/dashboard")
def dashboard() -> ResponseReturnValue:
    organisation: CurrentOrganisation = g.visitor.organisation
    steps = [
        Step(step.id, step.title, step.hint, url_for("settings.organisation", _anchor=step.field), step.is_done)
        for step in next_steps(organisation)
    ]
    return render_template(
        "dashboard/dashboard.html",
        steps=steps,
        done_count=sum(step.is_done for step in steps),
        sic_description=find_description(organisation.sic_code),
        suggested=_suggestion(organisation),
        people=count_people(organisation.id),
        **_standing(organisation),
    )


@dashboard_pages.get("/usage")
def usage() -> ResponseReturnValue:
    organisation: CurrentOrganisation = g.visitor.organisation
    return render_template(
        "dashboard/usage.html",
        inherited=inherited_policy(organisation.industry, organisation.plan),
        **_standing(organisation),
    )


@dashboard_pages.get("/usage.json")
def usage_json() -> ResponseReturnValue:
    standing = _standing(g.visitor.organisation)
    used: Usage | None = standing["usage"]
    state: UsageState = standing["state"]
    if used is None:
        return jsonify(available=False, sentence=state.sentence)
    limit, burst = standing["policy"].hour.amount, standing["policy"].burst.amount
    return jsonify(
        available=True,
        used=used.used_this_hour,
        limit=limit,
        left=used.left,
        resets_at=used.resets_at.isoformat(),
        resets_at_text=clock(used.resets_at),
        burst_used=used.used_in_burst,
        burst_limit=burst,
        state={"tag": state.tag, "kind": state.kind, "sentence": state.sentence},
        updated_at_text=clock(standing["updated_at"]),
        value_text=f"{used.used_this_hour:,} of {limit:,} used, {used.left:,} left",
    )


def _standing(organisation: CurrentOrganisation) -> dict[str, Any]:
    """What the dashboard and the usage page share: the organisation, its words, its limits and what it used of them."""
    policy = organisation.policy
    used = find_usage(organisation.id, policy)
    return {
        "organisation": organisation,
        "entry": _words(organisation),
        "plan_name": PLANS.get(organisation.plan, PLANS[SubscriptionPlan.BASIC]).name,
        "policy": policy,
        "usage": used,
        "state": _state(used, policy.hour.amount, is_enforced=policy.enforced),
        "updated_at": datetime.now(UTC),
    }


def _state(used: Usage | None, limit: int, *, is_enforced: bool) -> UsageState:
    if used is None:
        return UNREADABLE
    seconds_left = (used.resets_at - datetime.now(UTC)).total_seconds()
    return usage_state(
        used.used_this_hour, limit, clock(used.resets_at), is_enforced=is_enforced, seconds_left=seconds_left
    )


def _words(organisation: CurrentOrganisation) -> IndustryEntry:
    return CATALOGUE.get(organisation.industry, CATALOGUE[Industry.DEFAULT])


def _suggestion(organisation: CurrentOrganisation) -> str | None:
    """A sentence when the SIC code points to another industry than the one that was chosen."""
    suggested = industry_for_sic(organisation.sic_code) if organisation.sic_code else None
    if suggested is None or suggested is organisation.industry:
        return None
    return f"Your SIC code is usually that of {CATALOGUE[suggested].with_article}."
