"""Who makes a change, as the audit log keeps it."""

import enum
import uuid
from dataclasses import dataclass


class ActorKind(enum.StrEnum):
    USER = "user"
    CLI = "cli"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A person on a page, an operator at a terminal, or Foyer itself. `reference` is that of the request, if any."""

    kind: ActorKind
    user_id: uuid.UUID | None = None
    reference: str | None = None


OPERATOR = Actor(ActorKind.CLI)
SYSTEM = Actor(ActorKind.SYSTEM)


def person(user_id: uuid.UUID, reference: str | None = None) -> Actor:
    """The actor for a signed-in person."""
    return Actor(ActorKind.USER, user_id, reference)
