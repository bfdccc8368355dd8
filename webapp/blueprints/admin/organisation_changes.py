"""What is hard to undo for an organisation: each asks once more on a page of its own, and why."""

import uuid
from collections.abc import Callable

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.blueprints.admin.organisation import gone
from webapp.blueprints.admin.places import acting, admin_changes
from webapp.domain.errors import CountsUnreachable, NotFound, NotPermitted
from webapp.extensions import csrf
from webapp.services import limits, organisations
from webapp.services.organisation_details import OrganisationDetails, get_any_details
from webapp.services.usage import find_usage
from webapp.web.reason_form import OptionalReasonForm, ReasonForm

_PLACE = "/organisations/<uuid:organisation_id>"


@admin_changes.get(f"{_PLACE}/suspend")
def organisation_suspend(organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _ask("suspend", organisation_id, ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/suspend", endpoint="organisation_suspend_save")
@csrf.exempt  # the form checks its own token
def suspend(organisation_id: uuid.UUID) -> ResponseReturnValue:
    def suspend_it(form: ReasonForm) -> str:
        organisations.suspend_any(organisation_id, by=acting(), reason=form.given_reason, acting_in=_own_id())
        return "Suspended. Nobody in it can sign in or carry on until it is resumed."

    return _do("suspend", organisation_id, ReasonForm(), suspend_it)


@admin_changes.get(f"{_PLACE}/resume")
def organisation_resume(organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _ask("resume", organisation_id, OptionalReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/resume", endpoint="organisation_resume_save")
@csrf.exempt  # the form checks its own token
def resume(organisation_id: uuid.UUID) -> ResponseReturnValue:
    def resume_it(form: ReasonForm) -> str:
        organisations.resume_any(organisation_id, by=acting(), reason=form.given_reason)
        return "Resumed. Its people can sign in again."

    return _do("resume", organisation_id, OptionalReasonForm(), resume_it)


@admin_changes.get(f"{_PLACE}/reset-usage")
def organisation_reset(organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _ask("reset", organisation_id, ReasonForm(formdata=None))


@admin_changes.post(f"{_PLACE}/reset-usage", endpoint="organisation_reset_save")
@csrf.exempt  # the form checks its own token
def reset_usage(organisation_id: uuid.UUID) -> ResponseReturnValue:
    def reset_it(form: ReasonForm) -> str:
        used = limits.reset_usage_of_any(organisation_id, by=acting(), reason=form.given_reason)
        requests = "1 request" if used.used_this_hour == 1 else f"{used.used_this_hour:,} requests"
        return f"{requests} of this hour forgotten. It has its whole limit again."

    return _do("reset", organisation_id, ReasonForm(), reset_it)


def _ask(what: str, organisation_id: uuid.UUID, form: ReasonForm) -> ResponseReturnValue:
    try:
        return _page(what, get_any_details(organisation_id), form)
    except NotFound:
        return gone()


def _do(
    what: str, organisation_id: uuid.UUID, form: ReasonForm, change: Callable[[ReasonForm], str]
) -> ResponseReturnValue:
    """Does it and goes back to the organisation, or shows the page again with what is wrong."""
    try:
        if not form.validate():
            return _page(what, get_any_details(organisation_id), form)
        sentence = change(form)
    except NotFound:
        return gone([("Reason", form.reason.data or "")])
    except (NotPermitted, CountsUnreachable) as refusal:
        form.reason.errors = [str(refusal)]
        return _page(what, get_any_details(organisation_id), form)
    flash(sentence, "done")
    return redirect(url_for("admin.organisation", organisation_id=organisation_id), 303)


def _page(what: str, details: OrganisationDetails, form: ReasonForm) -> ResponseReturnValue:
    return render_template(
        f"admin_changes/organisation_{what}.html",
        details=details,
        organisation=details.organisation,
        usage=find_usage(details.organisation.id, details.policy) if what == "reset" else None,
        is_own=_own_id() == details.organisation.id,
        form=form,
        errors=form.list_errors(),
    ), form.status


def _own_id() -> uuid.UUID | None:
    """The organisation that the admin acts in."""
    own = g.visitor.organisation
    return own.id if own is not None else None
