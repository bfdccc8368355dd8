"""A person's place in an organisation, and what it lets them do there."""

import enum

from webapp.domain.stored_labels import stored_as


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


def may_change_organisation(role: MembershipRole | None) -> bool:
    """Only owners set up or change their organisation. No role, or one this build does not know, has no rights."""
    return role is MembershipRole.OWNER
