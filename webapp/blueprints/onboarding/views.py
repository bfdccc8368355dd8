"""Two questions, once: which industry, and what name."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.onboarding.forms import OnboardingForm
from webapp.domain.activity import Happening
from webapp.domain.actor import Actor, person
from webapp.domain.errors import AlreadyOnboarded
from webapp.domain.industries import CATALOGUE, find_industry
from webapp.domain.organisation_details import checked_name
from webapp.domain.suggestions import suggested_organisation_name
from webapp.extensions import csrf
from webapp.services import onboarding as use_cases
from webapp.services.activity import count_step
from webapp.services.sic_codes import SicAnswer
from webapp.web.organisation_form import page_context

onboarding_pages = Blueprint("onboarding", __name__)


@onboarding_pages.get("/onboarding")
def onboarding() -> ResponseReturnValue:
    if g.visitor.organisation.is_onboarded:
        return redirect(url_for("dashboard.dashboard"), 303)
    count_step(g.visitor.organisation.id, Happening.ONBOARDING_SEEN, g.visitor.organisation.awaited_step)
    form = OnboardingForm(formdata=None)
    door = find_industry(request.args.get("industry", ""))
    form.industry.data = door.value if door else None
    form.name.data = suggested_organisation_name(g.visitor.email)
    return _page(form)


@onboarding_pages.post("/onboarding", endpoint="onboarding_answer")
@csrf.exempt  # the form checks its own token, so that a stale one costs nobody what they typed
def answer() -> ResponseReturnValue:
    if not g.visitor.may_change_organisation:
        abort(403)
    form = OnboardingForm()
    if request.form.get("action") == "skip":
        return _skip(form)
    is_valid = form.validate()
    sic = form.read_sic_code() if "csrf_token" not in form.errors else None
    if not is_valid or sic is None or sic.matches:
        return _page(form, sic)
    return _finish(form, sic)


def _finish(form: OnboardingForm, sic: SicAnswer) -> ResponseReturnValue:
    industry, name = form.chosen_industry, checked_name(form.typed_name)
    try:
        is_first = use_cases.finish(
            g.visitor.organisation.id, industry=industry, name=name, sic_code=sic.code, by=_actor()
        )
    except AlreadyOnboarded as refusal:
        flash(f"{refusal}.", "already")
    else:
        if is_first:
            flash(f"You are in. {name} is set up as {CATALOGUE[industry].with_article}.", "welcome")
    return redirect(url_for("dashboard.dashboard"), 303)


def _skip(form: OnboardingForm) -> ResponseReturnValue:
    form.validate()
    if "csrf_token" in form.errors:
        return _page(form)
    try:
        use_cases.skip(g.visitor.organisation.id, by=_actor())
    except AlreadyOnboarded as refusal:
        flash(f"{refusal}.", "already")
    return redirect(url_for("dashboard.dashboard"), 303)


def _page(form: OnboardingForm, sic: SicAnswer | None = None) -> ResponseReturnValue:
    suggestion = suggested_organisation_name(g.visitor.email)
    return render_template(
        "onboarding/onboarding.html",
        name_was_suggested=bool(suggestion) and form.name.data == suggestion,
        **page_context(form, sic),
    ), form.status


def _actor() -> Actor:
    return person(g.visitor.user_id, g.reference)
