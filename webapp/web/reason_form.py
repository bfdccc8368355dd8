"""The form of a page that asks once more before something is done, and why."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import StringField

from webapp.domain.reasons import checked_optional_reason, checked_reason
from webapp.web.organisation_form import FORM_EXPIRED, refuse_with


class ReasonForm(FlaskForm):
    """A reason that has to be given. A stale or missing token is an error of this form, so that nothing is
    lost."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: FlaskForm, formdata: object) -> object:
            """What was typed and nothing else."""
            return None if formdata is None else request.form

    reason = StringField(validators=[refuse_with(checked_reason)])

    @property
    def status(self) -> int:
        """The status for showing this form again: 400 when its token was refused, else 422 when it has errors."""
        if "csrf_token" in self.errors:
            return 400
        return 422 if self.errors else 200

    @property
    def given_reason(self) -> str | None:
        """The reason of a form that validated, as it is stored."""
        return checked_optional_reason(self.reason.data or "")

    def list_errors(self) -> list[tuple[str, str]]:
        """(id of the input, sentence) for the error summary."""
        expired: list[tuple[str, Any]] = [("reason", FORM_EXPIRED)] if "csrf_token" in self.errors else []
        return [*expired, *(("reason", str(error)) for error in self.reason.errors)]


class OptionalReasonForm(ReasonForm):
    """A reason that may be given."""

    reason = StringField(validators=[refuse_with(checked_optional_reason)])
