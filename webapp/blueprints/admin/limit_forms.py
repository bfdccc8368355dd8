"""The form of an industry's base figures."""

from wtforms import Field, HiddenField, StringField

from webapp.domain.errors import InvalidValue
from webapp.domain.limit_policy import BURST_SECONDS, BaseFigures
from webapp.domain.limit_values import checked_burst, read_burst, read_hour
from webapp.services.limits_list import BaseStanding
from webapp.web.organisation_form import refuse_with
from webapp.web.reason_form import ReasonForm

ORDER = ("hour", "burst", "reason")


def _needed_hour(text: str) -> int:
    """An industry has no figures to inherit, so both are needed."""
    hour = read_hour(text)
    if hour is None:
        raise InvalidValue("hour", "Enter how many requests an hour")
    return hour


def _needed_burst(text: str) -> int:
    burst = read_burst(text)
    if burst is None:
        raise InvalidValue("burst", f"Enter how many requests in any {BURST_SECONDS} seconds")
    return burst


class BaseFiguresForm(ReasonForm):
    """Figures for the Basic plan and a reason. `version` is that of what was stored when the page was opened."""

    hour = StringField(validators=[refuse_with(_needed_hour)])
    burst = StringField(validators=[refuse_with(_needed_burst)])
    version = HiddenField()

    def validate_burst(self, field: Field) -> None:
        """Held against the hour, if both can be read: what is wrong with either alone is told beside it."""
        try:
            hour, burst = _needed_hour(self.hour.data or ""), _needed_burst(field.data or "")
        except InvalidValue:
            return
        refuse_with(lambda _text: checked_burst(burst, hour))(self, field)

    def fill(self, figures: BaseFigures) -> None:
        self.hour.data, self.burst.data = str(figures.requests_per_hour), str(figures.burst)

    @property
    def figures(self) -> BaseFigures:
        """Of a form that validated."""
        return BaseFigures(_needed_hour(self.hour.data or ""), _needed_burst(self.burst.data or ""))

    def is_of(self, standing: BaseStanding) -> bool:
        """Whether nobody has changed the figures since the page was opened."""
        return self.version.data == str(standing.version)

    def list_errors(self) -> list[tuple[str, str]]:
        of_fields = [(name, str(error)) for name in ORDER[:-1] for error in self[name].errors]
        of_all = super().list_errors()
        return [*of_all, *of_fields] if "csrf_token" in self.errors else [*of_fields, *of_all]
