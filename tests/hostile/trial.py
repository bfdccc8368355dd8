"""What every fault is put through: it is refused, told in our words, counted, leaves nothing, and is forgotten."""

import contextlib
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import select

from tests.factories import count_rows
from tests.hostile.provider import EVIL_WORDS, Fault, Place
from tests.pages import Browse, Page, path_of
from webapp.database import db
from webapp.domain.errors import SignInCause
from webapp.gateways.identity_provider import init_identity_provider
from webapp.models import Activity, Identity, LoginSession, Membership, Organisation, User
from webapp.web.visitor import COOKIE

WHO = "newcomer-company"
MADE_BY_A_SIGN_IN = (User, Identity, Organisation, Membership, LoginSession)


@contextlib.contextmanager
def fresh_gateway(app: Flask) -> Iterator[None]:
    """The application knows nothing of its provider yet, and forgets what it learnt of a hostile one."""
    init_identity_provider(app)
    yield
    init_identity_provider(app)


def try_to_sign_in(browse: Browse) -> Page:
    """As far as it goes: our answer to the callback, or to /login where that is the end of it."""
    start = browse.get("/login", 303)
    if not start.location.startswith(browse.provider.issuer):
        return start
    return browse.get(path_of(browse.provider.answer(start.location, WHO)), 303)


def is_refused_and_forgiven(browse: Browse, fault: Fault, cause: SignInCause) -> None:
    """The fault ends with this cause; an honest sign-in in the same browser then succeeds."""
    is_refused(browse, fault, cause)
    is_forgiven(browse)


def is_refused(browse: Browse, fault: Fault, cause: SignInCause) -> None:
    browse.provider.misbehave(fault)
    leaves_nothing_behind(browse, try_to_sign_in(browse), cause)


def is_forgiven(browse: Browse) -> None:
    browse.provider.behave()
    assert try_to_sign_in(browse).location == "/onboarding"
    assert [count_rows(browse.app, model) for model in MADE_BY_A_SIGN_IN] == [1] * 5


def leaves_nothing_behind(browse: Browse, answered: Page, cause: SignInCause) -> None:
    """A refusal is told with its sentence and a reference, in our words alone; it is counted, and is all there is."""
    assert Place.TRAP not in browse.provider.hostile.calls
    told = browse.is_refused(answered, cause)
    assert answered.response.headers["X-Request-Reference"] in told.text("main")
    assert ("Retry-After" in told.response.headers) == (told.status == 503)
    for page in (answered, told):
        said = page.html + str(page.response.headers)
        assert not [word for word in EVIL_WORDS if word in said]
    assert browse.cookie(COOKIE) is None
    assert [count_rows(browse.app, model) for model in MADE_BY_A_SIGN_IN] == [0] * 5
    with browse.app.app_context():
        counted = db.session.execute(select(Activity.what, Activity.cause, Activity.count)).all()
    assert counted == [("sign_in_refused", cause.value, 1)]
