"""The forms of an organisation's page: all that an admin may change of it, and limits to ask "what if" about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import BooleanField, Field, HiddenField, RadioField, StringField, ValidationError

from webapp.domain.errors import InvalidValue
from webapp.domain.industries import CATALOGUE, Industry, industries_to_choose
from webapp.domain.limit_values import checked_burst, read_burst, read_hour
from webapp.domain.organisation_details import checked_name
from webapp.domain.plans import PLANS, SubscriptionPlan, find_plan
from webapp.domain.stored_labels import UnknownLabel
from webapp.domain.text import clean_line, has_visible_characters
from webapp.domain.what_if import TriedLimits
from webapp.services.organisation_details import OrganisationDetails
from webapp.services.organisation_edit import OrganisationEdit
from webapp.web.organisation_form import KEEP, StoredOrganisationForm, refuse_with
from webapp.web.redirects import safe_path

ORDER = ("name", "sic", "sic_choice", "industry", "plan", "is_limited", "is_shadow", "hour", "burst")
"""Of the fields on the page, and so of their errors above it."""

WORDS = {
    "name": "Name",
    "sic": "SIC code",
    "industry": "Industry",
    "plan": "Plan",
    "is_limited": "Requests limited",
    "is_shadow": "Limits on trial",
    "hour": "Requests an hour",
    "burst": "Burst",
}


@dataclass(frozen=True)
class Difference:
    """One field that two people wanted otherwise: what is stored now, and what was typed, in words."""

    field: str
    stored: str
    typed: str


def _checked_name(value: str) -> str:
    if not has_visible_characters(clean_line(value)):
        raise InvalidValue("name", "Enter the name of the organisation")
    return checked_name(value)


class AnyOrganisationForm(StoredOrganisationForm):
    """`opened` is what the fields held when the page was opened, so that of two people's changes neither undoes what
    only the other one touched; `back` is the list that the page was opened from."""

    name = StringField(validators=[refuse_with(_checked_name)])
    plan = RadioField(choices=[], validate_choice=False)
    is_limited = BooleanField()
    is_shadow = BooleanField()
    hour = StringField(validators=[refuse_with(read_hour)])
    burst = StringField(validators=[refuse_with(read_burst)])
    version = HiddenField()
    opened = HiddenField()
    back = HiddenField()

    def __init__(
        self,
        industry: Industry | UnknownLabel = Industry.DEFAULT,
        plan: SubscriptionPlan | UnknownLabel = SubscriptionPlan.BASIC,
        **options: Any,
    ) -> None:
        super().__init__(industry, **options)
        self.kept_plan = plan if isinstance(plan, UnknownLabel) else None

    def validate_plan(self, field: Field) -> None:
        """Labels are exact, and keeping is an answer only where there is something to keep."""
        is_kept = self.kept_plan is not None and field.raw_data == [KEEP]
        if not is_kept and (len(field.raw_data or []) != 1 or find_plan(field.data or "") is None):
            raise ValidationError("Select a plan")

    def fill(self, details: OrganisationDetails) -> None:
        """What is stored, as it was when the page was opened."""
        stored = texts_of(details)
        for name, text in stored.items():
            self[name].data = text == "yes" if isinstance(self[name], BooleanField) else text
        self.version.data, self.opened.data = str(details.organisation.version), json.dumps(stored)

    def forget_limits(self) -> None:
        """Both are inherited again."""
        self.hour.data = self.burst.data = ""

    def edit(self, sic_code: str | None) -> OrganisationEdit:
        """What a form that validated asks for."""
        return OrganisationEdit(
            name=self.typed_name,
            industry=self.new_industry,
            plan=None if self.plan.data == KEEP else SubscriptionPlan(self.plan.data),
            sic_code=sic_code,
            hour=read_hour(self.hour.data),
            burst=read_burst(self.burst.data),
            is_limited=bool(self.is_limited.data),
            is_shadow=bool(self.is_shadow.data),
        )

    @property
    def seen_version(self) -> int:
        """The version that was changed; one that is no number was never stored, so it conflicts with every other."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def merge(self, details: OrganisationDetails) -> list[Difference]:
        """After somebody else's change: takes over what is stored now wherever nothing was typed, keeps the rest, and
        returns every field in which the two differ or differed."""
        stored, opened, typed = texts_of(details), self._opened(), self._typed()
        found = []
        for name, now in stored.items():
            is_untouched = typed[name] == opened.get(name)
            if is_untouched and now == opened.get(name):
                continue
            if now != typed[name]:
                words = "Not changed" if is_untouched else _in_words(name, typed[name])
                found.append(Difference(WORDS[name], _in_words(name, now), words))
        touched = {name: text for name, text in typed.items() if text != opened.get(name)}
        self.fill(details)
        for name, text in touched.items():
            self[name].data = text == "yes" if isinstance(self[name], BooleanField) else text
        return found

    def list_errors(self) -> list[tuple[str, str]]:
        first_plan = KEEP if self.kept_plan is not None else next(iter(PLANS)).value
        ids = {"plan": f"plan-{first_plan}", "industry": f"industry-{self.first_industry}"}
        places = {ids.get(name, name): place for place, name in enumerate(ORDER)}
        errors = [(ids.get(field_id, field_id), sentence) for field_id, sentence in super().list_errors()]
        return sorted(errors, key=lambda error: places.get(error[0], 0))

    def typed_in_words(self) -> list[tuple[str, str]]:
        """All of it, for the page that has no form any more."""
        return [(WORDS[name], _in_words(name, text)) for name, text in self._typed().items()]

    def _typed(self) -> dict[str, str]:
        return {
            name: ("yes" if self[name].data else "no")
            if isinstance(self[name], BooleanField)
            else self[name].data or ""
            for name in WORDS
        }

    def _opened(self) -> Mapping[str, object]:
        try:
            opened = json.loads(self.opened.data or "")
        except ValueError:
            return {}
        return opened if isinstance(opened, dict) else {}


def texts_of(details: OrganisationDetails) -> dict[str, str]:
    """What is stored, as the fields of the form hold it."""
    organisation = details.organisation
    industry, plan = organisation.industry_type, organisation.subscription_plan
    return {
        "name": organisation.name,
        "sic": organisation.sic_code or "",
        "industry": industry.value if industry in industries_to_choose() else KEEP,
        "plan": KEEP if isinstance(plan, UnknownLabel) else plan.value,
        "is_limited": "yes" if organisation.rate_limit_enabled else "no",
        "is_shadow": "yes" if organisation.limits_shadow else "no",
        "hour": _text(organisation.rate_limit_per_hour),
        "burst": _text(organisation.burst_limit),
    }


def read_what_if() -> tuple[TriedLimits | None, str | None]:
    """The limits that the address asks about, or a sentence about what is wrong with them; neither where it asks
    nothing."""
    texts = [request.args.get(name) for name in ("what_if_hour", "what_if_burst")]
    if not any(texts):
        return None, None
    try:
        hour, burst = read_hour(texts[0]), read_burst(texts[1])
        if hour is None or burst is None:
            return None, "Enter both: requests an hour and a burst"
        return TriedLimits(hour, checked_burst(burst, hour)), None
    except InvalidValue as refusal:
        return None, str(refusal)


def back_to_the_list(given: str | None) -> str | None:
    """The list with its query, if that is what is given."""
    path = safe_path(given)
    return path if path is not None and path.split("?")[0] in ("/admin/organisations", "/admin/limits") else None


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _in_words(name: str, text: str) -> str:
    if name in ("hour", "burst"):
        return f"{int(text):,}" if text.isascii() and text.isdigit() else text or "The default"
    if name == "industry":
        return next((entry.name for industry, entry in CATALOGUE.items() if industry.value == text), "As it is")
    if name == "plan":
        return next((entry.name for plan, entry in PLANS.items() if plan.value == text), "As it is")
    return {"yes": "Yes", "no": "No"}.get(text, text) if name.startswith("is_") else text or "Nothing"
