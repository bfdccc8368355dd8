"""Where a visitor lands: how their organisation stands, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, g, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.activity import Happening
from webapp.domain.industries import CATALOGUE, Industry, industry_for_sic, words_for
from webapp.domain.limit_policy import LimitPolicy, inherited_policy
from webapp.domain.next_steps import next_steps
from webapp.domain.plans import plan_words
from webapp.domain.usage_history import history_sentence, trial_sentence
from webapp.domain.usage_state import UNREADABLE, UsageState, usage_state
from webapp.domain.visitor import CurrentOrganisation
from webapp.services.activity import count_step
from webapp.services.people import count_people
from webapp.services.sic_codes import find_description
from webapp.services.usage import Usage, find_history, find_usage, is_on_trial
from webapp.web.charts import column_chart
from webapp.web.template_helpers import clock, hour_span

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
    count_step(organisation.id, Happening.DASHBOARD_REACHED, organisation.awaited_step)
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
    standing = _standing(organisation)
    return render_template(
        "dashboard/usage.html",
        inherited=inherited_policy(organisation.industry, organisation.plan, organisation.base),
        **standing,
        **_last_24_hours(organisation, standing["usage"]),
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
    policy, entry = organisation.policy, words_for(organisation.industry)
    used = find_usage(organisation.id, policy)
    on_trial = policy.enforced and is_on_trial(organisation.limits_shadow)
    return {
        "organisation": organisation,
        "entry": entry,
        "plan_name": plan_words(organisation.plan).name,
        "policy": policy,
        "is_on_trial": on_trial,
        "usage": used,
        "state": _state(used, policy, is_on_trial=on_trial),
        "nothing_used": entry.nothing_used if used is not None and _is_nothing_used(used) else None,
        "updated_at": datetime.now(UTC),
    }


def _last_24_hours(organisation: CurrentOrganisation, used: Usage | None) -> dict[str, Any]:
    """The history as a chart and in sentences; all None when it cannot be read."""
    history = find_history(organisation.id, used)
    if history is None:
        return {"history": None, "chart": None, "told": None, "would_have_been": None}
    return {
        "history": history,
        "chart": column_chart([(hour.used - hour.over, hour.refused + hour.over) for hour in history.hours]),
        "told": history_sentence(history, hour_span(history.busiest.starts_at)),
        "would_have_been": trial_sentence(history),
    }


def _state(used: Usage | None, policy: LimitPolicy, *, is_on_trial: bool) -> UsageState:
    if used is None:
        return UNREADABLE
    seconds_left = (used.resets_at - datetime.now(UTC)).total_seconds()
    return usage_state(
        used.used_this_hour,
        policy.hour.amount,
        clock(used.resets_at),
        is_enforced=policy.enforced,
        is_on_trial=is_on_trial,
        is_burst_used_up=used.used_in_burst >= policy.burst.amount,
        seconds_left=seconds_left,
        counts_this_view=_counts_this_view(),
    )


def _is_nothing_used(used: Usage) -> bool:
    """Whether nobody has asked for anything this hour yet but, at most, for this very page."""
    return used.used_this_hour <= (1 if _counts_this_view() else 0)


def _counts_this_view() -> bool:
    """Whether the limiter counted this request against the organisation: the dashboard's view is, `/usage` is not."""
    decision = g.get("limit_decision")
    return decision is not None and decision.scope == "organisation"


def _suggestion(organisation: CurrentOrganisation) -> str | None:
    """A sentence when the SIC code points to another industry than the one that was chosen. None about an industry that
    this build does not know: the build that chose it may read the code otherwise."""
    suggested = industry_for_sic(organisation.sic_code) if organisation.sic_code else None
    if suggested is None or suggested is organisation.industry or not isinstance(organisation.industry, Industry):
        return None
    return f"Your SIC code is usually that of {CATALOGUE[suggested].with_article}."
