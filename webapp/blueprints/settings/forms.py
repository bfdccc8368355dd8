"""The form of the organisation's settings."""

from wtforms import StringField

from webapp.domain.organisation_details import checked_trade
from webapp.web.organisation_form import StoredOrganisationForm, refuse_with


class OrganisationSettingsForm(StoredOrganisationForm):
    """The same fields and the trade."""

    trade = StringField(validators=[refuse_with(checked_trade)])
