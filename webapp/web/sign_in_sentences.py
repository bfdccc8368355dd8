"""What a person reads when nobody was signed in, by cause. Nothing from the provider's answer is ever printed."""

from dataclasses import dataclass

from webapp.domain.errors import SignInCause


@dataclass(frozen=True)
class FailurePage:
    """The sentence of a cause and the status its page is sent with. Where the sentence says "contact us", the page
    makes those words a link if the deployment has somebody to contact."""

    sentence: str
    status: int

    def about(self, organisation_name: str | None) -> str:
        """The sentence with the organisation it is about, if it is about one."""
        return self.sentence.format(organisation=organisation_name or "Your organisation")


_STOPPED = (
    "The sign-in page was open for too long, or open in two tabs, so we stopped to keep your account safe."
    " Signing in again fixes this."
)

FAILURE_PAGES: dict[SignInCause, FailurePage] = {
    SignInCause.LOST_ATTEMPT: FailurePage(_STOPPED, 400),
    SignInCause.MALFORMED: FailurePage(_STOPPED, 400),
    SignInCause.CANCELLED: FailurePage("You stopped before finishing. Nothing has changed.", 403),
    SignInCause.DENIED: FailurePage(
        "Your account cannot sign in to Foyer. Ask an owner of your organisation, or contact us.", 403
    ),
    SignInCause.BLOCKED: FailurePage(
        "Your account cannot sign in to Foyer. Ask an owner of your organisation, or contact us.", 403
    ),
    SignInCause.EMAIL_NOT_VERIFIED: FailurePage(
        "Check your inbox for a message from us and follow the link in it, then sign in again.", 403
    ),
    SignInCause.ORGANISATION_INACTIVE: FailurePage(
        "{organisation} is not active at the moment. Ask its owner, or contact us.", 403
    ),
    SignInCause.NOT_VERIFIABLE: FailurePage(
        "Our sign-in service gave an answer that we could not check, so we stopped to keep your account safe."
        " Try again in a minute.",
        502,
    ),
    SignInCause.PROVIDER_UNAVAILABLE: FailurePage("Our sign-in service is not answering. Try again in a minute.", 503),
    SignInCause.OUR_FAULT: FailurePage(
        "You signed in, but we could not open your organisation. The fault is ours and we have been told."
        " Nothing was lost. Try again in a minute.",
        503,
    ),
}
