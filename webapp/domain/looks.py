"""Looking at Foyer as somebody else sees it: how long, and at whom."""

from datetime import timedelta

LOOK_LIFETIME = timedelta(minutes=15)


def why_nobody_may_look(
    *, is_oneself: bool, is_platform_admin: bool, is_active: bool, has_active_organisation: bool
) -> str | None:
    """Why an admin cannot look at Foyer as this person sees it, None where they can."""
    if is_oneself:
        return "This is you: you see Foyer as you see it."
    if is_platform_admin:
        return "Nobody can look as another platform admin."
    if not is_active:
        return "This person is blocked and sees nothing of Foyer."
    return None if has_active_organisation else "This person is in no active organisation."
