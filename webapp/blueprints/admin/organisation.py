"""One organisation: how it stands, and all that may be changed of it on one page."""

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.organisation_forms import AnyOrganisationForm, back_to_the_list, read_what_if
from webapp.blueprints.admin.places import acting, admin_pages
from webapp.domain.audit_words import ACTORS, action_in_words, changes_in_words
from webapp.domain.errors import ChangedMeanwhile, InvalidValue, NotFound
from webapp.domain.industries import words_for
from webapp.domain.plans import PLANS, plan_words
from webapp.extensions import csrf
from webapp.services.organisation_details import OrganisationDetails, get_any_details, list_members_of_any
from webapp.services.organisation_edit import update_any_organisation
from webapp.services.sic_codes import SicAnswer
from webapp.services.usage import find_usage, is_on_trial
from webapp.web.organisation_form import KEEP, page_context
from webapp.web.template_helpers import clock

WAYS_OF_CHANGING_IT = ("organisation.", "limits.", "onboarding.")
"""How the actions begin that count an organisation's version up."""


@admin_pages.get("/organisations/<uuid:organisation_id>")
def organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    tried, problem = read_what_if()
    try:
        details = get_any_details(organisation_id, tried)
    except NotFound:
        return gone()
    form = _form(details, formdata=None)
    form.fill(details)
    form.back.data = request.args.get("back")
    return _page(details, form, what_if_problem=problem)


@admin_pages.post("/organisations/<uuid:organisation_id>", endpoint="organisation_save")
@csrf.exempt  # the form checks its own token, so that a stale one costs nobody what they typed
def save(organisation_id: uuid.UUID) -> ResponseReturnValue:
    try:
        details = get_any_details(organisation_id)
    except NotFound:
        return gone(AnyOrganisationForm().typed_in_words())
    form = _form(details)
    if "use_defaults" in request.form:
        form.forget_limits()
    is_valid = form.validate()
    sic = form.read_sic_code() if "csrf_token" not in form.errors else None
    if not is_valid or sic is None or sic.matches:
        return _page(details, form, sic)
    try:
        wanted = form.edit(sic.code)
        sentences = update_any_organisation(organisation_id, wanted, version=form.seen_version, by=acting())
    except InvalidValue as refusal:
        form[refusal.field].errors = [str(refusal)]
        return _page(details, form)
    except ChangedMeanwhile:
        return _conflict(organisation_id, form)
    flash(" ".join(["Changes saved.", *sentences]) if sentences else "No changes to save.", "saved")
    return redirect(url_for("admin.organisation", organisation_id=organisation_id, back=_back(form)), 303)


def gone(typed: list[tuple[str, str]] | None = None) -> ResponseReturnValue:
    """The page for an organisation that is not there, or not any more: what was typed is shown, and a way on."""
    return render_template("admin/organisation_gone.html", typed=typed or []), 404


def _conflict(organisation_id: uuid.UUID, form: AnyOrganisationForm) -> ResponseReturnValue:
    """Both versions. What is stored now was changed by whoever the newest entry of the audit log names."""
    details = get_any_details(organisation_id)
    differences = form.merge(details)
    change = next((one for one in details.changes if one.action.startswith(WAYS_OF_CHANGING_IT)), None)
    who = "Somebody else" if change is None else change.who or ACTORS.get(change.actor, "Somebody else")
    when = "" if change is None else f" at {clock(change.at)}"
    sentence = (
        f"{who} changed this organisation{when}, after you opened it."
        " Your changes are below; check them and save again."
    )
    return _page(details, form, conflict=sentence, differences=differences)


def _page(
    details: OrganisationDetails, form: AnyOrganisationForm, sic: SicAnswer | None = None, **more: object
) -> ResponseReturnValue:
    stored = details.organisation
    context = page_context(form, sic)
    if "conflict" in more:
        context["errors"] = [("name", more["conflict"])]
    return render_template(
        "admin/organisation.html",
        **{"what_if_problem": None, "differences": [], **more, **context},
        details=details,
        organisation=stored,
        entry=words_for(stored.industry_type),
        plan=plan_words(stored.subscription_plan),
        plan_options=_plan_options(form),
        members=list_members_of_any(stored.id),
        usage=find_usage(stored.id, details.policy),
        is_on_trial=is_on_trial(stored.limits_shadow),
        is_own=g.visitor.organisation is not None and g.visitor.organisation.id == stored.id,
        back=_back(form),
        actors=ACTORS,
        action_in_words=action_in_words,
        changes_in_words=changes_in_words,
    ), 409 if "conflict" in more else form.status


def _plan_options(form: AnyOrganisationForm) -> list[tuple[str, str, str]]:
    """(value, words, hint) for each plan, and for keeping one that this build does not know."""
    kept = [(KEEP, f"Keep {form.kept_plan}", "The industry’s limits")] if form.kept_plan is not None else []
    times = {1: "The industry’s limits", 2: "Twice the industry’s limits"}
    hints = [times.get(entry.multiplier, f"{entry.multiplier} times the industry’s limits") for entry in PLANS.values()]
    return [
        *kept,
        *((plan.value, entry.name, hint) for (plan, entry), hint in zip(PLANS.items(), hints, strict=True)),
    ]


def _form(details: OrganisationDetails, **options: Any) -> AnyOrganisationForm:
    stored = details.organisation
    return AnyOrganisationForm(stored.industry_type, stored.subscription_plan, **options)


def _back(form: AnyOrganisationForm) -> str | None:
    return back_to_the_list(form.back.data)
