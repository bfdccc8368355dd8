"""What the answer to a counted request says about limits."""

from flask import Response, g

from webapp.domain.limit_policy import BURST_SECONDS, HOUR_SECONDS
from webapp.limiting.counts import Decision


def add_limit_headers(response: Response) -> Response:
    """`RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers on every counted answer, and
    Retry-After on a refusal only: on other answers it misleads clients into waiting."""
    decision: Decision | None = g.get("limit_decision")
    if decision is None:
        return response
    policy, counts = decision.policy, decision.counts
    response.headers.add(
        "RateLimit-Policy",
        f'"hour";q={policy.hour.amount};w={HOUR_SECONDS}, "burst";q={policy.burst.amount};w={BURST_SECONDS}',
    )
    hour_left = max(0, counts.hour_allowed - counts.hour_used)
    burst_left = max(0, counts.burst_allowed - counts.burst_used)
    response.headers.add(
        "RateLimit",
        f'"hour";r={hour_left};t={decision.seconds_until(counts.hour_ends_at)}, '
        f'"burst";r={burst_left};t={decision.seconds_until(counts.burst_frees_at)}',
    )
    if not decision.is_admitted:
        response.headers["Retry-After"] = str(decision.retry_after)
    return response
