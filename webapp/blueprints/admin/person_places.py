"""A person's place in an organisation: another role there, or none."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired

from webapp.blueprints.admin.places import acting, admin_changes
from webapp.domain.errors import LastOwner, NotFound
from webapp.domain.roles import ROLE_NAMES, MembershipRole
from webapp.extensions import csrf
from webapp.services import memberships
from webapp.services.person_details import get_place_of_any, name_of
from webapp.web.reason_form import OptionalReasonForm, ReasonForm

_PLACE = "/people/<uuid:user_id>/organisations/<uuid:organisation_id>"

HINTS = {
    MembershipRole.OWNER: "Changes the organisation’s settings",
    MembershipRole.MEMBER: "Works in it, without its settings",
    MembershipRole.VIEWER: "Sees its pages and changes nothing",
}


class RoleForm(OptionalReasonForm):
    """Another role, and why if there is something to say."""

    role = RadioField(
        choices=[SelectChoice(role.value, name) for role, name in ROLE_NAMES.items()],
        validators=[InputRequired("Choose a role")],
    )

    def list_errors(self) -> list[tuple[str, str]]:
        """(id of the input, sentence), in the order of the page."""
        first = f"role-{next(iter(ROLE_NAMES)).value}"
        return [*((first, str(error)) for error in self.role.errors), *super().list_errors()]


@admin_changes.get(f"{_PLACE}/role")
def person_role(user_id: uuid.UUID, organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _page("role", user_id, organisation_id, RoleForm(formdata=None))


@admin_changes.post(f"{_PLACE}/role", endpoint="person_role_save")
@csrf.exempt  # the form checks its own token
def set_role(user_id: uuid.UUID, organisation_id: uuid.UUID) -> ResponseReturnValue:
    form = RoleForm()

    def set_it() -> str:
        role = MembershipRole(form.role.data)
        has_changed = memberships.set_role(organisation_id, user_id, role, by=acting(), reason=form.given_reason)
        return f"{ROLE_NAMES[role]} from their next request on." if has_changed else "No changes to save."

    return _do("role", user_id, organisation_id, form, set_it)


@admin_changes.get(f"{_PLACE}/remove")
def person_remove(user_id: uuid.UUID, organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _page("remove", user_id, organisation_id, ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/remove", endpoint="person_remove_save")
@csrf.exempt  # the form checks its own token
def remove(user_id: uuid.UUID, organisation_id: uuid.UUID) -> ResponseReturnValue:
    form = ReasonForm()

    def remove_it() -> str:
        memberships.remove_member(organisation_id, user_id, by=acting(), reason=form.given_reason)
        return "Removed. They see nothing of it from their next request on."

    return _do("remove", user_id, organisation_id, form, remove_it)


def _do(
    what: str, user_id: uuid.UUID, organisation_id: uuid.UUID, form: ReasonForm, change: Callable[[], str]
) -> ResponseReturnValue:
    """Does it and goes back to the person, or shows the page again with what is wrong."""
    if not form.validate():
        return _page(what, user_id, organisation_id, form)
    try:
        flash(change(), "done")
    except LastOwner as refusal:
        form["role" if what == "role" else "reason"].errors = [f"{refusal}. Make somebody else an owner first"]
        return _page(what, user_id, organisation_id, form)
    except NotFound:
        flash("They are not in that organisation any more. Nothing was changed.", "saved")
    return redirect(url_for("admin.person", user_id=user_id), 303)


def _page(what: str, user_id: uuid.UUID, organisation_id: uuid.UUID, form: ReasonForm) -> ResponseReturnValue:
    user, place = get_place_of_any(user_id, organisation_id)
    if isinstance(form, RoleForm) and not form.is_submitted():
        form.role.data = place.role.value
    return render_template(
        f"admin_changes/person_{what}.html",
        person=user,
        name=name_of(user),
        place=place,
        roles=[(role.value, name, HINTS[role]) for role, name in ROLE_NAMES.items()],
        form=form,
        errors=form.list_errors(),
    ), form.status
