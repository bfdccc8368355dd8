"""Every refusal the business can make, one class each. The web gives each a page, commands an exit code."""

import enum


class Refusal(Exception):
    """A business "no". Its text is a sentence a person may be shown."""


class NotFound(Refusal):
    """There is no such thing, or it is not yours: both answer alike."""


class InvalidValue(Refusal):
    """A value cannot be accepted. `field` names the input it belongs to, so a page can say it in place."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ChangedMeanwhile(Refusal):
    """Somebody else changed it after the page was opened from which this change comes. Nothing was saved."""


class AlreadyOnboarded(Refusal):
    """Onboarding was finished or skipped before, so this answer changed nothing."""


class NotPermitted(Refusal):
    """The person's role does not allow this."""


class LastOwner(Refusal):
    """An organisation would be left without an owner."""


class AmbiguousPerson(Refusal):
    """An e-mail address fits several people, or one whose address is not verified: an id is needed instead.

    `people` are those whom it fits, a line each, so that an operator can choose.
    """

    def __init__(self, message: str, people: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.people = people


class StoreUnavailable(Refusal):
    """The database cannot be reached, does not answer in time, or refused what this build wrote. Nothing was kept."""


class CountsUnreachable(Refusal):
    """What was used can be neither read nor forgotten at the moment."""


class ProbeFailed(Refusal):
    """A trial of what a request will do went otherwise than it should. Nothing was kept."""


class SignInCause(enum.StrEnum):
    """Why a sign-in ended without anybody signed in. Counted under these words and carried to the failure page."""

    LOST_ATTEMPT = "lost_attempt"  # state missing, stale, forged or used before
    CANCELLED = "cancelled"  # the person pressed Cancel at the provider
    DENIED = "denied"  # the provider or one of its rules said no
    MALFORMED = "malformed"  # the callback's query is not an answer at all
    NOT_VERIFIABLE = "not_verifiable"  # the answer came but does not check out
    EMAIL_NOT_VERIFIED = "email_not_verified"
    BLOCKED = "blocked"
    ORGANISATION_INACTIVE = "organisation_inactive"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    OUR_FAULT = "our_fault"  # the provider said yes and then our own side failed


class SignInRefused(Refusal):
    """Sign-in ended without a login session. `detail` is for the log only and never shown; `organisation_name` is for
    the person only, who proved to be one of its people, and never logged."""

    def __init__(self, cause: SignInCause, detail: str = "", *, organisation_name: str | None = None) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.detail = detail
        self.organisation_name = organisation_name
