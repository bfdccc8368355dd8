"""What is counted by the hour for the admin's charts."""

import enum


class Happening(enum.StrEnum):
    """Kept as plain text in `activity.what`: a new one needs no migration."""

    SIGN_IN_SUCCEEDED = "sign_in_succeeded"
    SIGN_IN_REFUSED = "sign_in_refused"
    ORGANISATION_CREATED = "organisation_created"
    ONBOARDING_FINISHED = "onboarding_finished"
    ONBOARDING_SKIPPED = "onboarding_skipped"
