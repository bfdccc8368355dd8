"""The fields that onboarding and settings share, with one set of rules and one set of sentences."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, RadioField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types

from webapp.domain.errors import InvalidValue
from webapp.domain.industries import CATALOGUE, Industry, find_industry, industries_to_choose
from webapp.domain.organisation_details import checked_name
from webapp.domain.stored_labels import UnknownLabel
from webapp.services import sic_codes
from webapp.services.sic_codes import SicAnswer

FORM_EXPIRED = "This page was open for too long. Check your answers and send them again"


def refuse_with(check: Callable[[str], object]) -> Callable[[FlaskForm, Field], None]:
    """A WTForms validator from a rule of the domain: its refusal becomes the field's message."""

    def validate(form: FlaskForm, field: Field) -> None:
        try:
            check(field.data or "")
        except InvalidValue as refusal:
            raise ValidationError(str(refusal)) from refusal

    return validate


class OrganisationForm(FlaskForm):
    """Industry, name, SIC code. A stale or missing token is an error of this form, so that nothing typed is lost."""

    select_industry = "Select your industry"

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: FlaskForm, formdata: object) -> object:
            """What was typed and nothing else. Flask-WTF would also read files and JSON, whose values are no texts."""
            return None if formdata is None else request.form

    industry = RadioField(
        choices=[SelectChoice(industry.value, CATALOGUE[industry].choice) for industry in industries_to_choose()],
        validate_choice=False,  # our own rule below has the sentence of the page
    )
    name = StringField(validators=[refuse_with(checked_name)])
    sic = StringField()
    sic_choice = RadioField(choices=[], validate_choice=False)

    def validate_industry(self, field: Field) -> None:
        """Labels are exact: upper case, padding and two answers at once are no answer."""
        if len(field.raw_data or []) != 1 or find_industry(field.data or "") not in industries_to_choose():
            raise ValidationError(self.select_industry)

    @property
    def chosen_industry(self) -> Industry:
        """The industry of a form that validated."""
        return Industry(self.industry.data)

    @property
    def typed_name(self) -> str:
        """The name as it was typed."""
        return self.name.data or ""

    @property
    def status(self) -> int:
        """The status for showing this form again: 400 when its token was refused, else 422 when it has errors."""
        if "csrf_token" in self.errors:
            return 400
        return 422 if self.errors else 200

    def read_sic_code(self) -> SicAnswer | None:
        """What the SIC fields came to, or None with an error on the field."""
        try:
            return sic_codes.find_answer(self.sic.data, self.sic_choice.data)
        except InvalidValue as refusal:
            self.sic.errors = [*self.sic.errors, str(refusal)]
            return None

    @property
    def first_industry(self) -> str:
        """The value of the first industry on the page, where the error summary leads."""
        return industries_to_choose()[0].value

    def list_errors(self) -> list[tuple[str, str]]:
        """(id of the first input, sentence) for the error summary, in the order of the page."""
        first_ids = {"industry": f"industry-{self.first_industry}"}
        messages: list[tuple[str, str]] = []
        if "csrf_token" in self.errors:
            messages.append((first_ids["industry"], FORM_EXPIRED))
        for field in self:
            if field.name != "csrf_token":
                messages += [(first_ids.get(field.name, field.name), str(error)) for error in field.errors]
        return messages


KEEP = "keep"
"""What the radio says that leaves the industry as it is stored. The label itself is never sent: it cannot be chosen."""


class StoredOrganisationForm(OrganisationForm):
    """For an organisation that is there already. `kept_industry` is what is stored where nobody could choose it: a
    newer build's label, or an industry that is not offered any more. The rest can then be changed without it."""

    def __init__(self, stored: Industry | UnknownLabel, **options: Any) -> None:
        super().__init__(**options)
        self.kept_industry = None if stored in industries_to_choose() else stored

    def validate_industry(self, field: Field) -> None:
        """Keeping is an answer only where there is something to keep."""
        if self.kept_industry is None or field.raw_data != [KEEP]:
            super().validate_industry(field)

    @property
    def new_industry(self) -> Industry | None:
        """The industry of a form that validated, None to leave it as it is."""
        return None if self.industry.data == KEEP else self.chosen_industry

    @property
    def first_industry(self) -> str:
        return KEEP if self.kept_industry is not None else super().first_industry


def page_context(form: OrganisationForm, answer: SicAnswer | None) -> dict[str, Any]:
    """What both pages hand to their template about a form."""
    return {"form": form, "errors": form.list_errors(), "sic_matches": list(answer.matches) if answer else []}
