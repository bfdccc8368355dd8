"""What is hard to undo asks for a fresh sign-in: through the provider, checked on the way back, nothing half done."""

import dataclasses
import socket
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, update

from tests.blueprints.admin_pages import ADMIN, ANYBODY, DESTRUCTIVE, add_admin_pages
from tests.factories import count_rows
from tests.hostile.provider import Fault
from tests.hostile.tokens import claiming, without
from tests.pages import Browse, Page, path_of
from tests.provider import RunningProvider
from webapp import create_app
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.claims import IdentityClaims
from webapp.domain.errors import SignInCause
from webapp.domain.sign_in_attempt import FRESH_SECONDS
from webapp.models import LoginSession, User
from webapp.services import people
from webapp.web.visitor import COOKIE

pytestmark = pytest.mark.usefixtures("app")  # for the database that is emptied afterwards

WHO = "newcomer-company"


@dataclasses.dataclass
class Admin:
    """A platform admin in a browser, and what the pages behind the guards were asked to do."""

    browse: Browse
    done: list[str]
    claims: IdentityClaims

    def signed_in(self, *, minutes_ago: int | None = 0) -> "Admin":
        self.browse.arrive(self.claims)
        with self.browse.app.app_context():
            when = None if minutes_ago is None else func.now() - func.make_interval(0, 0, 0, 0, 0, minutes_ago)
            db.session.execute(update(LoginSession).values(auth_time=when))
            db.session.commit()
        return self

    def post(self, path: str, expect: int) -> Page:
        token = self.browse.get("/help").one("form input[name=csrf_token]")["value"]
        return self.browse.post(path, {"csrf_token": token, "reason": "spam"}, expect)

    def answers(self, start: Page, who: str = WHO) -> Page:
        """Signs in at the provider and comes back."""
        return self.browse.get(path_of(self.browse.provider.answer(start.location, who)), 303)


@pytest.fixture
def admin(settings: Settings, provider: RunningProvider, monkeypatch: pytest.MonkeyPatch) -> Admin:
    app = create_app(settings)
    done = add_admin_pages(app, monkeypatch)
    browse = Browse(app, provider)
    browse.sign_in(WHO)
    with app.app_context():
        user_id = db.session.scalars(select(User.id)).one()
        people.set_platform_admin(user_id, is_admin=True, by=OPERATOR)
        issuer, subject = people.get_any_person_details(str(user_id)).identities[0]
    browse.client.delete_cookie(COOKIE, domain="127.0.0.1")
    return Admin(browse, done, IdentityClaims(issuer, subject, name="Priya Shah"))


def asked(start: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(start.location).query)


@pytest.mark.parametrize("path", [DESTRUCTIVE, ANYBODY])
def test_a_fresh_sign_in_is_let_in(admin: Admin, path: str):
    admin.signed_in(minutes_ago=14)

    admin.browse.client.get(path, base_url=admin.browse.base_url)
    admin.browse.client.get(f"{ADMIN}?page=2", base_url=admin.browse.base_url)

    assert admin.done == [f"GET {path}", f"GET {ADMIN}?page=2"]


@pytest.mark.parametrize("minutes_ago", [16, None], ids=["16-minutes", "unknown"])
def test_a_stale_or_unknown_one_is_sent_to_sign_in_again_and_comes_back(admin: Admin, minutes_ago: int | None):
    admin.signed_in(minutes_ago=minutes_ago)
    sent = admin.browse.get(f"{DESTRUCTIVE}?id=7&tab=limits", 303)
    assert sent.location == "/login?fresh=1&next=/destructive?id%3D7%26tab%3Dlimits"

    start = admin.browse.follow(sent, 303)
    assert asked(start)["max_age"] == [str(FRESH_SECONDS)]
    assert asked(start)["prompt"] == ["login"]
    back = admin.answers(start)

    assert back.location == f"{DESTRUCTIVE}?id=7&tab=limits"
    admin.browse.client.get(back.location, base_url=admin.browse.base_url)
    assert admin.done == [f"GET {back.location}"]


def test_the_session_of_before_is_ended_by_the_fresh_sign_in(admin: Admin):
    admin.signed_in(minutes_ago=16)
    before = admin.browse.cookie(COOKIE)
    admin.answers(admin.browse.get("/login?fresh=1", 303))

    assert admin.browse.cookie(COOKIE) != before
    with admin.browse.app.app_context():
        live = select(func.count()).select_from(LoginSession).where(LoginSession.ended_at.is_(None))
        assert db.session.scalar(live) == 2  # the one of the fixture and the new one


@pytest.mark.parametrize(
    ("path", "way_on"),
    [
        (DESTRUCTIVE, "/login?fresh=1&next=/destructive"),
        (f"{DESTRUCTIVE}/only-posted", "/login?fresh=1"),
        (ANYBODY, "/login?fresh=1&next=/destructive-for-anybody"),
    ],
)
def test_what_was_posted_is_not_done_and_the_page_says_so(admin: Admin, path: str, way_on: str):
    admin.signed_in(minutes_ago=16)

    told = admin.post(path, 403)

    assert told.text("h1") == "Sign in again to continue"
    assert "Nothing was changed." in told.text("main")
    assert told.one("main a.btn[href^='/login']")["href"] == way_on
    assert admin.done == []
    admin.answers(admin.browse.get(way_on, 303))
    assert admin.done == [], "nothing that was posted was kept for later"
    admin.browse.client.post(path, base_url=admin.browse.base_url)
    assert admin.done == [], "and the form of before does not work for the session of now"


def test_a_program_is_told_in_its_own_format(admin: Admin):
    admin.signed_in(minutes_ago=16)
    told = admin.browse.get(DESTRUCTIVE, 403, headers={"Accept": "application/json"})

    assert told.response.mimetype == "application/problem+json"
    assert told.response.json["title"] == "Sign in again"


NOT_FRESH = {
    "stale": claiming(auth_time=int(time.time()) - FRESH_SECONDS - 60),
    "future": claiming(auth_time=int(time.time()) + 3600),
    "endless": claiming(auth_time=10**400),
    "text": claiming(auth_time=str(int(time.time()))),
    "list": claiming(auth_time=[int(time.time())]),
    "true": claiming(auth_time=True),
    "null": claiming(auth_time=None),
    "missing": without("auth_time"),
}


@pytest.mark.parametrize("fault", NOT_FRESH.values(), ids=NOT_FRESH)
def test_a_provider_that_does_not_ask_anew_is_not_believed(admin: Admin, fault: Fault):
    admin.signed_in(minutes_ago=16)
    before = admin.browse.cookie(COOKIE)
    start = admin.browse.get(f"/login?fresh=1&next={DESTRUCTIVE}", 303)
    admin.browse.provider.misbehave(fault)

    told = admin.browse.is_refused(admin.answers(start), SignInCause.NOT_VERIFIABLE)

    assert told.one("main a.btn[href^='/login']")["href"] == "/login?fresh=1", "else one would only be sent home"
    assert admin.browse.cookie(COOKIE) == before, "who was signed in still is"
    admin.browse.get(DESTRUCTIVE, 303)
    assert admin.done == []


@pytest.mark.parametrize("fault", NOT_FRESH.values(), ids=NOT_FRESH)
def test_an_ordinary_sign_in_needs_no_moment(admin: Admin, fault: Fault):
    start = admin.browse.get("/login", 303)
    assert not {"max_age", "prompt"} & asked(start).keys()
    admin.browse.provider.misbehave(fault)

    assert admin.answers(start).location == "/onboarding"
    assert admin.browse.get(DESTRUCTIVE, 303).location.startswith("/login?fresh=1")


def test_a_provider_that_knew_the_person_asks_them_anew(admin: Admin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admin.browse.provider.hostile.provider, "session_age", 3600)
    admin.answers(admin.browse.get("/login", 303))
    sent = admin.browse.get(DESTRUCTIVE, 303)
    assert sent.location.startswith("/login?fresh=1")

    assert admin.answers(admin.browse.follow(sent, 303)).location == DESTRUCTIVE


def test_stopping_on_the_way_leads_back_to_what_one_may_do_without(admin: Admin):
    admin.signed_in(minutes_ago=16)
    start = admin.browse.get(f"/login?fresh=1&next={DESTRUCTIVE}", 303)

    back = admin.browse.get(path_of(admin.browse.provider.cancel(start.location)), 303)

    assert back.location == "/dashboard"
    admin.browse.get(DESTRUCTIVE, 303)


def test_signing_in_again_as_somebody_else_gives_only_their_rights(admin: Admin):
    admin.signed_in(minutes_ago=16)

    back = admin.answers(admin.browse.get(f"/login?fresh=1&next={DESTRUCTIVE}", 303), "newcomer-free-mail")

    assert back.location == DESTRUCTIVE
    admin.browse.get(DESTRUCTIVE, 403)
    assert admin.done == []


def test_a_provider_that_is_away_is_told_to_somebody_who_is_signed_in(
    settings: Settings, provider: RunningProvider, admin: Admin
):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        browse = Browse(create_app(dataclasses.replace(settings, oidc_issuer=issuer)), provider)
        browse.arrive(admin.claims)

        browse.is_refused(browse.get("/login?fresh=1", 303), SignInCause.PROVIDER_UNAVAILABLE)
        assert browse.get("/login", 303).location == "/dashboard"


def test_a_fresh_attempt_that_was_lost_is_begun_again_as_one(admin: Admin):
    start = admin.browse.get(f"/login?fresh=1&next={DESTRUCTIVE}", 303)
    callback = path_of(admin.browse.provider.answer(start.location, WHO))
    other = admin.browse.app.test_client()  # has the attempt, and somebody is quicker to use its code
    attempt = next(cookie for cookie in admin.browse.client._cookies.values() if cookie.key.startswith("foyer_attempt"))
    other.set_cookie(attempt.key, attempt.value, domain="127.0.0.1")
    admin.browse.get(callback, 303)

    again = other.get(callback, base_url=admin.browse.base_url)

    query = parse_qs(urlsplit(again.headers["Location"]).query)
    assert query == {"again": ["1"], "fresh": ["1"], "next": [DESTRUCTIVE]}
    assert count_rows(admin.browse.app, User) == 1
