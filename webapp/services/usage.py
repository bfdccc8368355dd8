"""What an organisation has used, for the pages that show it."""

import logging
import uuid

from webapp.domain.limit_policy import LimitPolicy
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.usage import Usage, read_usage

__all__ = ["Usage", "find_usage"]

log = logging.getLogger(__name__)


def find_usage(organisation_id: uuid.UUID, policy: LimitPolicy) -> Usage | None:
    """None when the counts cannot be read: the page then says so, because 0 would be a lie and a failure worse."""
    try:
        return read_usage(organisation_id, policy)
    except StoreUnusable:
        log.warning("usage cannot be read", extra={"organisation_id": organisation_id})
        return None
