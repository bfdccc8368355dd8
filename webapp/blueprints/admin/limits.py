"""Limits: who has used most of theirs, and the base figures of industries, which an admin may change."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.limit_forms import BaseFiguresForm
from webapp.blueprints.admin.places import acting, admin_changes, admin_pages
from webapp.domain.base_changes import affected_sentence, plan_changes
from webapp.domain.errors import ChangedMeanwhile
from webapp.domain.industries import CATALOGUE, find_industry
from webapp.domain.limit_policy import SET_FOR_THIS_ORGANISATION, inherited_policy
from webapp.domain.plans import PLANS, plan_words
from webapp.extensions import csrf
from webapp.services import industry_limits as use_cases
from webapp.services.limits_list import (
    BaseStanding,
    UsedLine,
    count_affected_by,
    list_base_standings,
    list_page_by_share_of_any,
)
from webapp.services.usage import is_on_trial
from webapp.web.list_query import read_list_query
from webapp.web.template_helpers import clock


@admin_pages.get("/limits")
def limits() -> ResponseReturnValue:
    query = read_list_query({})
    page = list_page_by_share_of_any(query.page)
    return render_template(
        "admin/limits.html",
        query=query,
        page=page,
        standings=list_base_standings(),
        plans=PLANS.values(),
        plan_words=plan_words,
        source=_source,
        is_on_trial=is_on_trial,
    )


@admin_changes.get("/limits/<industry>")
def industry_limits(industry: str) -> ResponseReturnValue:
    standing = _standing(industry)
    form = BaseFiguresForm(formdata=None)
    form.fill(standing.in_force)
    form.version.data = str(standing.version)
    return _page(standing, form)


@admin_changes.post("/limits/<industry>", endpoint="industry_limits_save")
@csrf.exempt  # the form checks its own token, so that a stale one costs nobody what they typed
def save(industry: str) -> ResponseReturnValue:
    """Asks once more with what it would do to every plan, and does it when that is sent."""
    standing = _standing(industry)
    form = BaseFiguresForm()
    is_restoring = "restore" in request.form
    if is_restoring:
        form.fill(standing.built_in)
    if not form.validate() or "edit" in request.form:
        return _page(standing, form)
    if not form.is_of(standing):
        return _conflict(standing, form)
    if "confirmed" not in request.form and form.figures != standing.in_force:
        return _page(standing, form, "confirm", is_restoring=is_restoring)
    try:
        _apply(standing, form, is_restoring=is_restoring)
    except ChangedMeanwhile:
        return _conflict(_standing(industry), form)
    return redirect(url_for("admin.limits"), 303)


def _apply(standing: BaseStanding, form: BaseFiguresForm, *, is_restoring: bool) -> None:
    industry, wanted = standing.industry, form.figures
    if is_restoring:
        use_cases.restore_built_in_figures(industry, version=standing.version, by=acting(), reason=form.given_reason)
    else:
        use_cases.set_base_figures(
            industry,
            hour=wanted.requests_per_hour,
            burst=wanted.burst,
            version=standing.version,
            by=acting(),
            reason=form.given_reason,
        )
    if wanted == standing.in_force:
        flash("No changes to save.", "saved")
        return
    name, hour = CATALOGUE[industry].name, f"{standing.in_force.requests_per_hour:,} to {wanted.requests_per_hour:,}"
    burst = f"{standing.in_force.burst:,} to {wanted.burst:,}"
    changes = f"{name} on Basic: requests an hour from {hour}, burst from {burst}."
    flash(f"Changes saved. {changes} They apply from the next request.", "saved")


def _conflict(standing: BaseStanding, form: BaseFiguresForm) -> ResponseReturnValue:
    """What is in force now stands beside what was typed, which is kept and can be sent again."""
    when = f" at {clock(standing.changed_at)}" if standing.changed_at else ""
    sentence = f"{standing.changed_by or 'Somebody else'} changed these figures{when}, after you opened this page."
    form.version.data = str(standing.version)
    return _page(standing, form, conflict=f"{sentence} Yours are below; check them and save again.")


def _page(
    standing: BaseStanding,
    form: BaseFiguresForm,
    template: str = "",
    *,
    is_restoring: bool = False,
    conflict: str | None = None,
) -> ResponseReturnValue:
    entry, affected = CATALOGUE[standing.industry], count_affected_by(standing.industry)
    return render_template(
        f"admin_changes/industry_limits{'_' if template else ''}{template}.html",
        standing=standing,
        entry=entry,
        form=form,
        errors=[("hour", conflict)] if conflict else form.list_errors(),
        changes=plan_changes(standing.in_force, form.figures if template else standing.in_force),
        affected=affected_sentence(entry.name, affected.inheriting, affected.keeping),
        is_restoring=is_restoring,
    ), 409 if conflict else form.status


def _standing(label: str) -> BaseStanding:
    industry = find_industry(label)
    if industry is None:
        abort(404)
    return list_base_standings(industry)[0]


def _source(line: UsedLine) -> str:
    """Where an organisation's hourly limit comes from."""
    return SET_FOR_THIS_ORGANISATION if line.is_own else inherited_policy(line.industry, line.plan).hour.source
