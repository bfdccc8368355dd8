"""What is counted by the hour for the admin's charts."""

import enum


class Happening(enum.StrEnum):
    """Kept as plain text in `activity.what`: a new one needs no migration."""

    SIGN_IN_SUCCEEDED = "sign_in_succeeded"
    SIGN_IN_REFUSED = "sign_in_refused"
    ORGANISATION_CREATED = "organisation_created"
    FIRST_SIGN_IN = "first_sign_in"  # that made an organisation, whose way to its dashboard is followed from here
    ONBOARDING_SEEN = "onboarding_seen"
    ONBOARDING_FINISHED = "onboarding_finished"
    ONBOARDING_SKIPPED = "onboarding_skipped"
    DASHBOARD_REACHED = "dashboard_reached"


FIRST_AWAITED = Happening.ONBOARDING_SEEN
"""What is waited for after a first sign-in."""

NEXT_AWAITED: dict[Happening, Happening | None] = {
    Happening.ONBOARDING_SEEN: Happening.DASHBOARD_REACHED,
    Happening.DASHBOARD_REACHED: None,
}
"""The steps of a newcomer's way that are counted once for each organisation, in order, each with what comes after."""


def is_awaited(step: Happening, awaited: str | None) -> bool:
    """Whether a step is still to be counted of an organisation of which `awaited` is. One that was passed over is not
    counted afterwards."""
    steps = list(NEXT_AWAITED)
    return awaited in steps and steps.index(Happening(awaited)) <= steps.index(step)
