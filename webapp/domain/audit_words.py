"""The audit log in words: what was done, and what it changed. Actions are stored text, so this is their one home."""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from webapp.domain.errors import SignInCause
from webapp.domain.industries import find_industry, words_for
from webapp.domain.plans import find_plan, plan_words
from webapp.domain.roles import MembershipRole, role_name
from webapp.domain.stored_labels import UnknownLabel

SIGN_IN_REFUSED = "sign_in.refused"
LOOKED = "user.looked"
PRUNED = "audit.pruned"
BY_CLAIM = "The sign-in provider’s claim"
"""Why Foyer itself gave or took admin rights."""

ACTIONS: dict[str, str] = {
    "organisation.created": "Created the organisation",
    "organisation.created_at_sign_in": "Signed in for the first time",
    "organisation.changed": "Changed the organisation",
    "organisation.industry_set": "Set the industry",
    "organisation.plan_set": "Set the plan",
    "organisation.suspended": "Suspended the organisation",
    "organisation.resumed": "Resumed the organisation",
    "onboarding.finished": "Set up the organisation",
    "onboarding.skipped": "Skipped the questions",
    "limits.set": "Set limits",
    "limits.cleared": "Took own limits away",
    "limits.reset": "Forgot what was used",
    "limits.base_set": "Set an industry’s limits",
    "limits.base_restored": "Put an industry’s limits back",
    "membership.added": "Added somebody",
    "membership.removed": "Removed somebody",
    "membership.role_changed": "Changed a role",
    "session.ended": "Signed a browser out",
    "session.others_ended": "Signed other browsers out",
    "user.admin_granted": "Made somebody a platform admin",
    "user.admin_revoked": "Took admin rights away",
    "user.blocked": "Blocked somebody",
    "user.unblocked": "Unblocked somebody",
    "user.signed_out": "Signed somebody out everywhere",
    "user.look_began": "Began to look as somebody else",
    LOOKED: "Looked at a page as somebody else",
    "user.look_ended": "Stopped looking as somebody else",
    SIGN_IN_REFUSED: "Could not sign in",
    PRUNED: "Deleted old audit entries",
}

CAUSES: dict[str, str] = {
    SignInCause.BLOCKED.value: "This person is blocked",
    SignInCause.ORGANISATION_INACTIVE.value: "Their organisation is suspended",
    SignInCause.EMAIL_NOT_VERIFIED.value: "Their e-mail address is not verified",
}
"""Why a known person could not sign in."""

REFERENCE = re.compile(r"FY-[0-9A-Z]{4}-[0-9]{1,9}")
"""What `webapp.logs` gives every request, read without regard to which letters it leaves out."""

_PERSON = "user:"

ACTORS: dict[str, str] = {"cli": "An operator", "system": "Foyer itself"}
"""Who acted where it was nobody with a name."""

FIELDS: dict[str, str] = {
    "name": "Name",
    "industry": "Trade",
    "industry_type": "Industry",
    "subscription_plan": "Plan",
    "sic_code": "SIC code",
    "is_active": "Active",
    "rate_limit_per_hour": "Hourly limit",
    "burst_limit": "Burst limit",
    "requests_per_hour": "Requests an hour",
    "burst": "Burst",
    "rate_limit_enabled": "Limits applied",
    "limits_shadow": "Limits on trial",
    "used_this_hour": "Used this hour",
    "used_in_burst": "Used in the last minute",
    "role": "Role",
    "is_platform_admin": "Platform admin",
    "is_admin_by_claim": "Admin by the provider’s claim",
    "page": "Page",
    "live": "Browsers signed in",
}


@dataclass(frozen=True)
class ChangeInWords:
    """One field that became another: what people read, in the order of the stored changes."""

    field: str
    before: str
    after: str
    is_new: bool = False
    """Whether there was nothing before, so that only what came needs to be told."""

    @property
    def sentence(self) -> str:
        return f"{self.field}: {self.after}" if self.is_new else f"{self.field}: {self.before} became {self.after}"


def action_in_words(action: str) -> str:
    """What was done. An action this build does not know is shown as it is stored."""
    return ACTIONS.get(action, action)


def changes_in_words(changes: Mapping[str, Sequence[object]]) -> list[ChangeInWords]:
    """What became of each field, from the stored {column: [before, after]}."""
    return [
        ChangeInWords(
            FIELDS.get(name, name.replace("_", " ").capitalize()),
            _value(name, pair[0]),
            _value(name, pair[1]),
            is_new=pair[0] is None and name not in _INHERITED,
        )
        for name, pair in changes.items()
        if isinstance(pair, list | tuple) and len(pair) == 2
    ]


def subject_in_words(subject: str | None) -> str | None:
    """Whom or what something was done to, where that is no person, whose name only the database knows."""
    if subject is None or subject.startswith(_PERSON):
        return None
    if subject.startswith("session:"):
        return "A browser"
    industry = find_industry(subject)
    return words_for(industry).name if industry else subject


def reason_in_words(action: str, reason: str | None) -> str | None:
    """Why, as somebody wrote it; of a refused sign-in the stored cause in words."""
    return CAUSES.get(reason or "", reason) if action == SIGN_IN_REFUSED else reason


def subject_of(user_id: uuid.UUID) -> str:
    """How the log names a person to whom something was done."""
    return f"{_PERSON}{user_id}"


def as_reference(text: str) -> str | None:
    """The reference of a request, as it is read out, copied or typed; None for anything else."""
    tidy = text.strip().rstrip(".").upper()
    return tidy if REFERENCE.fullmatch(tidy) else None


_INHERITED = frozenset({"rate_limit_per_hour", "burst_limit"})
"""Where nothing is stored, the industry and the plan decide."""


def _industry(label: str) -> str:
    return words_for(find_industry(label) or UnknownLabel(label)).name


def _plan(label: str) -> str:
    return plan_words(find_plan(label) or UnknownLabel(label)).name


def _role(label: str) -> str:
    known = next((role for role in MembershipRole if role.value == label), None)
    return role_name(known or UnknownLabel(label))


_NAMES: dict[str, Callable[[str], str]] = {"industry_type": _industry, "subscription_plan": _plan, "role": _role}


def _value(name: str, value: object) -> str:
    if value is None or value == "":
        return "inherited" if name in _INHERITED else "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return _NAMES[name](str(value)) if name in _NAMES else str(value)
