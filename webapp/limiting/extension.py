"""The limiter: Flask-Limiter with one limit, our store behind it, and refusals that are remembered in front of it.

The callables only read what `refuse_again` left on `g`. They make no query, cannot raise and never return an empty
text, which Flask-Limiter would take for "no limit".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from sqlalchemy import Engine
from werkzeug.exceptions import TooManyRequests

from webapp.config import Environment, Settings
from webapp.database import db
from webapp.limiting.counts import Counts, Decision, LimitStore, decide
from webapp.limiting.headers import add_limit_headers
from webapp.limiting.remembered import RememberedRefusals
from webapp.limiting.stores import clock_of, make_store, warn_of_counting_apart
from webapp.limiting.subject import (
    Subject,
    address_key,
    organisation_key,
    policies_of_addresses,
    subject_of_request,
)
from webapp.limiting.tenant_limit import (
    SCHEME,
    STRATEGY,
    HourAndBurstStrategy,
    ParsedOnce,
    StoreHolder,
    limit_text,
)
from webapp.limiting.usage_by_minute import MinuteUsage, UsageRecorder

__all__ = ["RECORDER", "REFUSALS", "STORE", "address_key", "attach_store", "init_limiter", "moment", "organisation_key"]

STORE = "foyer_limit_store"
REFUSALS = "foyer_refusals"
REFUSAL_ANSWER = "foyer_refusal_answer"
RECORDER = "foyer_usage_recorder"
HAS_WARNED = "foyer_warned_of_counting_apart"


class RefusedAgain(TooManyRequests):
    """A refusal that was remembered; the decision is on `g`."""


def init_limiter(app: Flask) -> None:
    """Gives the application one limit that counts each request once. Call it after the visitor hook is registered."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(policies_of_addresses(settings))
    app.before_request(partial(begin_to_serve, app))
    app.before_request(
        partial(refuse_again, app)
    )  # before Flask-Limiter's own hook: a remembered refusal costs next to nothing
    limiter = Limiter(
        key_func=limit_key,
        application_limits=[ParsedOnce(limit_provider=limit_in_force, key_function=limit_key)],
        storage_uri=f"{SCHEME}://",
        strategy=STRATEGY,
        # Unknown addresses have no endpoint; without a name Flask-Limiter would not count them.
        request_identifier=lambda: request.endpoint or "unmatched",
        headers_enabled=False,  # its own send Retry-After on every answer, and only one limit
        swallow_errors=True,  # a fault in counting must not stop a request; it is logged as an error
    )
    limiter.request_filter(lambda: g.limit_subject is None)
    limiter.init_app(app)
    attach_store(app, limiter, make_store(settings))
    app.after_request(add_limit_headers)


def attach_store(app: Flask, limiter: Limiter, store: LimitStore) -> LimitStore:
    """Puts a store behind the limiter's strategy, and a memory of refusals that goes by the same clock."""
    strategy, holder = limiter.limiter, limiter.storage
    assert isinstance(strategy, HourAndBurstStrategy)
    assert isinstance(holder, StoreHolder)
    holder.store = store
    strategy.is_enforced = lambda: subject().is_enforced
    strategy.on_counts = note_decision
    refusals = RememberedRefusals(lambda: clock_of(store)())

    def engine() -> Engine:
        with app.app_context():
            return db.engine

    def collect() -> list[MinuteUsage]:
        return [*store.collect(), *refusals.collect()]

    app.extensions[STORE], app.extensions[REFUSALS] = store, refusals
    app.extensions[RECORDER] = UsageRecorder(engine, collect)
    return store


def begin_to_serve(app: Flask) -> None:
    """What a process only knows once it serves, and what a fork would have left behind."""
    settings: Settings = app.config["SETTINGS"]
    if settings.counts_in_process and request.environ.get("wsgi.multiprocess") and not app.extensions.get(HAS_WARNED):
        app.extensions[HAS_WARNED] = True
        warn_of_counting_apart()
    if settings.environment is not Environment.TEST:  # tests write when they want to
        recorder: UsageRecorder = app.extensions[RECORDER]
        recorder.start()


def refuse_again(app: Flask) -> ResponseReturnValue | None:
    """Leaves on `g` what the request counts against. Refuses what was refused a moment ago under the same limits,
    without asking anybody: with the answer that the web has left for it, or by raising RefusedAgain."""
    g.limit_decision = None
    g.limit_subject = found = subject_of_request()
    if found is None or not found.is_enforced:
        return None
    refusals: RememberedRefusals = app.extensions[REFUSALS]
    decision = refusals.recall(found.key, found.limits_version)
    if decision is None:
        return None
    g.limit_decision = decision
    answer: Callable[[], ResponseReturnValue] | None = app.extensions.get(REFUSAL_ANSWER)
    if answer is None:
        raise RefusedAgain
    return answer()


def subject() -> Subject:
    """What this request counts against."""
    found: Subject = g.limit_subject
    return found


def limit_key() -> str:
    """What Flask-Limiter is to count."""
    return subject().key


def limit_in_force() -> str:
    """The policy as the text that Flask-Limiter parses."""
    return limit_text(subject().policy)


def note_decision(counts: Counts) -> bool:
    """Leaves the decision on `g` for the page and the headers, and says whether the request goes on."""
    found = subject()
    decision: Decision = decide(counts, found.policy, found.scope, is_enforced=found.is_enforced)
    g.limit_decision = decision
    if not decision.is_admitted and not counts.is_makeshift:  # which must not outlast the store's trouble
        refusals: RememberedRefusals = current_app.extensions[REFUSALS]
        refusals.remember(found.key, found.limits_version, decision)
    return decision.is_admitted


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
