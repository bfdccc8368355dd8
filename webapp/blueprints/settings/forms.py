"""The form of the organisation's settings."""

from typing import Any

from wtforms import Field, StringField

from webapp.domain.industries import Industry, industries_to_choose
from webapp.domain.organisation_details import checked_trade
from webapp.domain.stored_labels import UnknownLabel
from webapp.web.organisation_form import OrganisationForm, refuse_with

KEEP = "keep"
"""What the radio says that leaves the industry as it is stored. The label itself is never sent: it cannot be chosen."""


class OrganisationSettingsForm(OrganisationForm):
    """The same fields and the trade. `kept_industry` is what is stored where nobody could choose it: a newer build's
    label, or an industry that is not offered any more. The other fields can then be changed without touching it."""

    trade = StringField(validators=[refuse_with(checked_trade)])

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
