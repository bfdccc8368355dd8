"""Changing one's mind about name, industry, SIC code and trade."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.settings.forms import OrganisationSettingsForm
from webapp.domain.actor import person
from webapp.domain.industries import words_for
from webapp.domain.visitor import CurrentOrganisation
from webapp.extensions import csrf
from webapp.services import organisations
from webapp.services.sic_codes import SicAnswer
from webapp.web.organisation_form import KEEP, page_context

settings_pages = Blueprint("settings", __name__)


@settings_pages.get("/settings/organisation")
def organisation() -> ResponseReturnValue:
    current: CurrentOrganisation = g.visitor.organisation
    form = OrganisationSettingsForm(current.industry, formdata=None)
    form.industry.data = KEEP if form.kept_industry else current.industry.value
    form.name.data, form.sic.data, form.trade.data = current.name, current.sic_code, current.trade
    return _page(form)


@settings_pages.post("/settings/organisation", endpoint="organisation_save")
@csrf.exempt  # the form checks its own token, so that a stale one costs nobody what they typed
def save() -> ResponseReturnValue:
    form = OrganisationSettingsForm(g.visitor.organisation.industry)
    is_valid = form.validate()
    sic = form.read_sic_code() if "csrf_token" not in form.errors else None
    if not is_valid or sic is None or sic.matches:
        return _page(form, sic)
    sentences = organisations.update_own_organisation(
        g.visitor.organisation.id,
        name=form.typed_name,
        industry=form.new_industry,
        sic_code=sic.code,
        trade=form.trade.data,
        by=person(g.visitor.user_id, g.reference),
    )
    flash(" ".join(["Changes saved.", *sentences]) if sentences else "No changes to save.", "saved")
    return redirect(url_for("settings.organisation"), 303)


def _page(form: OrganisationSettingsForm, sic: SicAnswer | None = None) -> ResponseReturnValue:
    current: CurrentOrganisation = g.visitor.organisation
    return render_template(
        "settings/organisation.html",
        organisation=current,
        entry=words_for(current.industry),
        **page_context(form, sic),
    ), form.status
