"""One person: who they are, where they belong, where they sign in from, and what may be done about it."""

import uuid
from typing import Any

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.places import acting, admin_pages
from webapp.domain.audit_words import ACTORS, action_in_words, changes_in_words
from webapp.domain.browsers import address_in_words, browser_in_words
from webapp.domain.errors import NotPermitted
from webapp.domain.looks import LOOK_LIFETIME, why_nobody_may_look
from webapp.extensions import csrf
from webapp.services import looks
from webapp.services.person_details import (
    MOST_SESSIONS,
    PersonDetails,
    get_any_person,
    list_places_of_any,
    list_sign_ins_of_any,
    name_of,
)
from webapp.web.reason_form import ReasonForm


@admin_pages.get("/people/<uuid:user_id>")
def person(user_id: uuid.UUID) -> ResponseReturnValue:
    details = get_any_person(user_id)
    return render_template(
        "admin/person.html",
        **about(details),
        places=list_places_of_any(user_id),
        sign_ins=list_sign_ins_of_any(user_id),
        most_sign_ins=MOST_SESSIONS,
        why_not_look=_why_not_look(details),
        browser_in_words=browser_in_words,
        address_in_words=address_in_words,
        actors=ACTORS,
        action_in_words=action_in_words,
        changes_in_words=changes_in_words,
    )


@admin_pages.get("/people/<uuid:user_id>/look")
def person_look(user_id: uuid.UUID) -> ResponseReturnValue:
    return _look_page(get_any_person(user_id), ReasonForm(formdata=None))


@admin_pages.post("/people/<uuid:user_id>/look", endpoint="person_look_save")
@csrf.exempt  # the form checks its own token
def look(user_id: uuid.UUID) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate():
        return _look_page(get_any_person(user_id), form)
    try:
        looks.begin_look(g.visitor.session_id, user_id, by=acting(), reason=form.given_reason or "")
    except NotPermitted as refusal:
        form.reason.errors = [str(refusal)]
        return _look_page(get_any_person(user_id), form)
    return redirect(url_for("dashboard.dashboard"), 303)


def about(details: PersonDetails) -> dict[str, Any]:
    """What each page about a person shows of them."""
    return {
        "details": details,
        "person": details.user,
        "name": name_of(details.user),
        "is_own": details.user.id == g.visitor.user_id,
    }


def _look_page(details: PersonDetails, form: ReasonForm) -> ResponseReturnValue:
    return render_template(
        "admin/person_look.html",
        **about(details),
        why_not_look=_why_not_look(details),
        minutes=int(LOOK_LIFETIME.total_seconds() // 60),
        form=form,
        errors=form.list_errors(),
    ), form.status


def _why_not_look(details: PersonDetails) -> str | None:
    return why_nobody_may_look(
        is_oneself=details.user.id == g.visitor.user_id,
        is_platform_admin=details.user.is_platform_admin,
        is_active=details.user.is_active,
        has_active_organisation=details.has_active_organisation,
    )
