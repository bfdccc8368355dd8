"""What is done to a person: each asks once more on a page of its own, and why."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.person import about
from webapp.blueprints.admin.places import acting, admin_changes
from webapp.domain.errors import NotPermitted
from webapp.extensions import csrf
from webapp.services import people
from webapp.services.person_details import PersonDetails, get_any_person
from webapp.web.reason_form import OptionalReasonForm, ReasonForm

_PLACE = "/people/<uuid:user_id>"


@admin_changes.get(f"{_PLACE}/block")
def person_block(user_id: uuid.UUID) -> ResponseReturnValue:
    return _page("block", get_any_person(user_id), ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/block", endpoint="person_block_save")
@csrf.exempt  # the form checks its own token
def block(user_id: uuid.UUID) -> ResponseReturnValue:
    def block_them(form: ReasonForm) -> str:
        ended = people.block(user_id, by=acting(), reason=form.given_reason)
        return "Blocked already." if ended is None else f"Blocked. {_signed_out(ended)}"

    return _do("block", user_id, ReasonForm(), block_them)


@admin_changes.get(f"{_PLACE}/unblock")
def person_unblock(user_id: uuid.UUID) -> ResponseReturnValue:
    return _page("unblock", get_any_person(user_id), OptionalReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/unblock", endpoint="person_unblock_save")
@csrf.exempt  # the form checks its own token
def unblock(user_id: uuid.UUID) -> ResponseReturnValue:
    def unblock_them(form: ReasonForm) -> str:
        has_changed = people.unblock(user_id, by=acting(), reason=form.given_reason)
        return "Unblocked. They can sign in again." if has_changed else "They were not blocked."

    return _do("unblock", user_id, OptionalReasonForm(), unblock_them)


@admin_changes.get(f"{_PLACE}/sign-out")
def person_sign_out(user_id: uuid.UUID) -> ResponseReturnValue:
    return _page("sign_out", get_any_person(user_id), OptionalReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/sign-out", endpoint="person_sign_out_save")
@csrf.exempt  # the form checks its own token
def sign_out(user_id: uuid.UUID) -> ResponseReturnValue:
    def sign_them_out(form: ReasonForm) -> str:
        return _signed_out(people.sign_out_everywhere(user_id, by=acting(), reason=form.given_reason))

    return _do("sign_out", user_id, OptionalReasonForm(), sign_them_out)


@admin_changes.get(f"{_PLACE}/grant-admin")
def person_grant_admin(user_id: uuid.UUID) -> ResponseReturnValue:
    return _page("grant_admin", get_any_person(user_id), ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/grant-admin", endpoint="person_grant_admin_save")
@csrf.exempt  # the form checks its own token
def grant_admin(user_id: uuid.UUID) -> ResponseReturnValue:
    def grant_it(form: ReasonForm) -> str:
        has_changed = people.set_platform_admin(user_id, is_admin=True, by=acting(), reason=form.given_reason)
        return "They are a platform admin now." if has_changed else "They were a platform admin already."

    return _do("grant_admin", user_id, ReasonForm(), grant_it)


@admin_changes.get(f"{_PLACE}/revoke-admin")
def person_revoke_admin(user_id: uuid.UUID) -> ResponseReturnValue:
    return _page("revoke_admin", get_any_person(user_id), ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/revoke-admin", endpoint="person_revoke_admin_save")
@csrf.exempt  # the form checks its own token
def revoke_admin(user_id: uuid.UUID) -> ResponseReturnValue:
    def revoke_it(form: ReasonForm) -> str:
        has_changed = people.set_platform_admin(user_id, is_admin=False, by=acting(), reason=form.given_reason)
        return "They are no platform admin any more." if has_changed else "They were no platform admin."

    return _do("revoke_admin", user_id, ReasonForm(), revoke_it)


def _do(what: str, user_id: uuid.UUID, form: ReasonForm, change: Callable[[ReasonForm], str]) -> ResponseReturnValue:
    """Does it and goes back to the person, or shows the page again with what is wrong."""
    if not form.validate():
        return _page(what, get_any_person(user_id), form)
    try:
        sentence = change(form)
    except NotPermitted as refusal:
        form.reason.errors = [str(refusal)]
        return _page(what, get_any_person(user_id), form)
    flash(sentence, "done")
    return redirect(url_for("admin.person", user_id=user_id), 303)


def _page(what: str, details: PersonDetails, form: ReasonForm) -> ResponseReturnValue:
    return render_template(
        f"admin_changes/person_{what}.html", **about(details), form=form, errors=form.list_errors()
    ), form.status


def _signed_out(ended: int) -> str:
    if not ended:
        return "They were signed in nowhere."
    return f"Signed out of {'1 browser' if ended == 1 else f'{ended} browsers'}."
