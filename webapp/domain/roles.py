"""A person's place in an organisation, and what it lets them do there."""

import enum

from webapp.domain.stored_labels import UnknownLabel, stored_as


@stored_as("membership_role")
class MembershipRole(enum.StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


ROLE_NAMES: dict[MembershipRole, str] = {
    MembershipRole.OWNER: "Owner",
    MembershipRole.MEMBER: "Member",
    MembershipRole.VIEWER: "Viewer",
}


def role_name(stored: MembershipRole | UnknownLabel) -> str:
    """What a stored role is called. A label this build does not know is shown as it is: any other word could promise
    or deny rights that nobody here can tell."""
    return ROLE_NAMES[stored] if isinstance(stored, MembershipRole) else stored.value


def may_change_organisation(role: MembershipRole | UnknownLabel | None) -> bool:
    """Only owners set up or change their organisation. No role, or one this build does not know, has no rights."""
    return role is MembershipRole.OWNER
