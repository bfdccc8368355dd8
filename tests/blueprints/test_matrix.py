"""Who may do what: every route x method x person x whose thing it is, held against one table that is keyed by guard.

A new route needs nothing here but its guard in `webapp.blueprints`, and if its address takes an id, a line in `IDS`.
People are made in the database and get their sessions there; the views are the real ones, and are watched.
"""

import functools
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.blueprints.admin_pages import add_admin_pages
from tests.conftest import empty_tables
from tests.factories import make_claims, make_organisation, make_person
from webapp import create_app
from webapp.blueprints import guard_of
from webapp.config import Settings
from webapp.database import db
from webapp.domain.actor import OPERATOR
from webapp.domain.roles import MembershipRole
from webapp.models import LoginSession
from webapp.services import accounts, login_sessions, memberships, organisations, people, visitors
from webapp.web import access
from webapp.web.visitor import COOKIE

TABLE = """
guard                 anonymous blocked removed suspended new        viewer  member  owner   stranger admin stale
open_to_all           in        in      in      in        in         in      in      in      in       in    in
signed_in             sign-in   sign-in refused refused   in         in      in      in      in       in    in
onboarded             sign-in   sign-in refused refused   onboarding in      in      in      in       in    in
owner                 sign-in   sign-in refused refused   onboarding refused refused in      in       in    in
platform_admin        sign-in   sign-in refused refused   refused    refused refused refused refused  in    in
platform_admin_fresh  sign-in   sign-in refused refused   refused    refused refused refused refused  in    again
fresh_sign_in         sign-in   sign-in in      in        in         in      in      in      in       in    again
"""
"""What a guard does with somebody. The viewer, the member and the owner are in one organisation, which the removed one
was in; the stranger owns another; the stale one is a platform admin who signed in an hour ago."""

ANSWERS = {
    "sign-in": {"page": (303, "/login"), "form": (303, "/login"), "json page": (401, ""), "json form": (401, "")},
    "onboarding": {"page": (303, "/onboarding"), "form": (403, "")},
    "refused": {"page": (403, ""), "form": (403, "")},
    "again": {"page": (303, "/login?fresh=1"), "form": (403, ""), "json page": (403, "")},
}
"""(status, beginning of where it leads) of what is not let in; what programs ask for differs where it says so."""

_, *PEOPLE = TABLE.split("\n")[1].split()
OUTCOMES = {row[0]: dict(zip(PEOPLE, row[1:], strict=True)) for row in map(str.split, TABLE.strip().splitlines()[1:])}
PAGE_COOKIE, HOST = "foyer_page", "127.0.0.1"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Somebody:
    """A person of the matrix. Each request brings a session of its own, so that whatever becomes of it the next one
    finds the same person."""

    name: str
    session: dict[str, Any] | None = None
    """What the row of such a session holds."""
    csrf_token: str = ""
    page_cookie: str = ""
    client: Any = None


@dataclass
class World:
    app: Flask
    people: dict[str, Somebody] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)
    """The endpoints whose views were run."""

    def ask(self, who: Somebody, method: str, path: str) -> TestResponse:
        self.reached.clear()
        self.app.extensions["foyer_limit_store"].clear()  # none of this is about limits
        if who.session:
            who.client.set_cookie(COOKIE, self.open_session(who)[0], domain=HOST)
        who.client.set_cookie(PAGE_COOKIE, who.page_cookie, domain=HOST)
        data = None if method in SAFE else {"csrf_token": who.csrf_token}
        answer: TestResponse = who.client.open(path, method=method, data=data, base_url=base_url(self.app))
        answer.get_data()
        answer.close()
        return answer

    def open_session(self, who: Somebody) -> tuple[str, uuid.UUID]:
        """A new one of theirs: what is in its cookie, and its id in the table."""
        token, session_id = uuid.uuid4().hex, uuid.uuid4()
        with self.app.app_context():
            token_hash = login_sessions.token_hash(token)
            db.session.add(LoginSession(id=session_id, token_hash=token_hash, **(who.session or {})))
            db.session.commit()
        return token, session_id


def base_url(app: Flask) -> str:
    url: str = app.config["SETTINGS"].base_url
    return url


def make_people(app: Flask) -> dict[str, Somebody]:
    """One set-up of the database for each."""
    ours, theirs, gone = (make_organisation(name).id for name in ("Odeon Cinemas", "Harbour Rooms", "Closed Inn"))
    make_person(ours)
    role = MembershipRole
    claims = {
        "blocked": make_person(ours, role.OWNER),
        "removed": make_person(ours, role.MEMBER),
        "suspended": make_person(gone, role.OWNER),
        "new": make_claims(),
        "viewer": make_person(ours, role.VIEWER),
        "member": make_person(ours, role.MEMBER),
        "owner": make_person(ours, role.OWNER),
        "stranger": make_person(theirs, role.OWNER),
        "admin": make_person(theirs, role.OWNER),
        "stale": make_person(theirs, role.OWNER),
    }
    made = {"anonymous": Somebody("anonymous")}
    ids: dict[str, uuid.UUID] = {}
    for name, of_theirs in claims.items():
        signed_in = accounts.sign_in(of_theirs)
        visitor = visitors.find_visitor(signed_in.session_token)
        assert visitor is not None
        assert visitor.organisation is not None
        ids[name] = signed_in.user_id
        now = datetime.now(UTC)
        made[name] = Somebody(
            name,
            {
                "user_id": signed_in.user_id,
                "organisation_id": visitor.organisation.id,
                "auth_time": now - timedelta(hours=1) if name == "stale" else now,
                "expires_at": now + timedelta(hours=12),
            },
        )
    for name in ("admin", "stale"):
        people.set_platform_admin(ids[name], is_admin=True, by=OPERATOR)
    people.block(ids["blocked"], by=OPERATOR)
    memberships.remove_member(ours, ids["removed"], by=OPERATOR)
    organisations.suspend_any(gone, by=OPERATOR)
    return made


@pytest.fixture(scope="module")
def world(built_app: Flask, settings: Settings) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        app = create_app(settings)
        add_admin_pages(app, monkeypatch)
        world = World(app)
        for endpoint, view in list(app.view_functions.items()):
            app.view_functions[endpoint] = watched(world, endpoint, view)
        with app.app_context():
            world.people = make_people(app)
        for somebody in world.people.values():
            somebody.client = app.test_client()
            page = somebody.client.get("/help", base_url=base_url(app)).get_data(as_text=True)
            somebody.page_cookie = somebody.client.get_cookie(PAGE_COOKIE, domain=HOST).value
            somebody.csrf_token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        yield world
        empty_tables(settings)


def watched(world: World, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def run(**ids: Any) -> Any:
        world.reached.append(endpoint)
        return view(**ids)

    return run


# -- the ids that addresses take ------------------------------------------------------------------------------------


def a_session_of(world: World, somebody: Somebody) -> uuid.UUID:
    """A session that is not the one they ask with."""
    return world.open_session(somebody)[1]


def an_id_of(name: str) -> Callable[[World, Somebody], Any]:
    """Their own, or that of the organisation they act in."""
    return lambda world, somebody: (somebody.session or {})[name]


IDS: dict[str, Callable[[World, Somebody], Any]] = {
    "organisation_id": an_id_of("organisation_id"),
    "session_id": a_session_of,
    "user_id": an_id_of("user_id"),
}
"""For each name in an address, what somebody has that it can stand for."""

FILES = {"filename": "icon.svg", "industry": "cinema"}  # what is nobody's: static files, and what all are held to
EVERYBODYS = ("admin.", "admin_changes.")  # where whoever is let in looks after other people's


def own_ids(world: World, rule: Rule, whose: Somebody) -> dict[str, Any]:
    return {name: FILES.get(name) or IDS[name](world, whose) for name in rule.arguments}


def absent_ids(rule: Rule) -> dict[str, Any]:
    return {name: FILES.get(name) or uuid.uuid4() for name in rule.arguments}


def address(world: World, rule: Rule, ids: dict[str, Any]) -> str:
    with world.app.test_request_context():
        return world.app.url_map.bind(HOST).build(rule.endpoint, ids)


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def somebody_elses(world: World, whose: Somebody) -> Somebody:
    return world.people["owner" if whose.name != "owner" else "stranger"]


# -- the tests ------------------------------------------------------------------------------------------------------


def test_the_table_has_every_guard_there_is():
    guards = {
        name
        for name, value in vars(access).items()
        if callable(value) and getattr(value, "__module__", "") == access.__name__ and not name.startswith("_")
    }
    assert set(OUTCOMES) == guards


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_everywhere(world: World, name: str):
    somebody = world.people[name]
    wrong = []
    for rule in rules(world.app):
        outcome = OUTCOMES[guard_of(rule.endpoint).__name__][name]
        for method in sorted(rule.methods or ()):
            ids = own_ids(world, rule, somebody) if somebody.session else absent_ids(rule)
            path = address(world, rule, ids)
            answer = world.ask(somebody, method, path)
            if problem := difference(world, rule, method, path, answer, outcome):
                wrong.append(f"{method} {path}: {problem}")
    assert wrong == []


def difference(world: World, rule: Rule, method: str, path: str, answer: TestResponse, outcome: str) -> str | None:
    """What is not as the table says, None if all is."""
    was_reached = rule.endpoint in world.reached or (method == "OPTIONS" and "Allow" in answer.headers)
    if outcome == "in":
        return None if was_reached and answer.status_code < 500 else f"{answer.status} and not let in"
    kind, answers = "page" if method in ("GET", "HEAD") else "form", ANSWERS[outcome]
    status, place = answers.get(f"json {kind}", answers[kind]) if path.endswith(".json") else answers[kind]
    leads_to = answer.headers.get("Location", "")
    if was_reached or answer.status_code != status or not leads_to.startswith(place):
        return f"{answer.status} {leads_to} instead of {outcome}"
    return None


@pytest.mark.parametrize("name", PEOPLE)
def test_what_is_somebody_elses_is_as_absent_as_what_never_was(world: World, name: str):
    """Whoever is let in is let in to their own; the answer about anything else gives nothing away."""
    somebody = world.people[name]
    with_ids = [rule for rule in rules(world.app) if rule.arguments - FILES.keys()]
    assert with_ids
    for rule in with_ids:
        is_in = OUTCOMES[guard_of(rule.endpoint).__name__][name] == "in"
        if is_in and rule.endpoint.startswith(EVERYBODYS):
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            other, absent = (
                told(world.ask(somebody, method, address(world, rule, ids)), ids)
                for ids in (own_ids(world, rule, somebody_elses(world, somebody)), absent_ids(rule))
            )
            assert other == absent, f"{method} {rule.rule} tells somebody else's from none"
            if is_in and somebody.session:
                assert other[0] == 404, f"{method} {rule.rule}"
                own = world.ask(somebody, method, address(world, rule, own_ids(world, rule, somebody)))
                assert own.status_code < 400, f"{method} {rule.rule}"


def told(answer: TestResponse, ids: dict[str, Any]) -> tuple[int, str, str]:
    """All that an answer says to somebody, but for its own reference, the ids that were asked for, and tokens, which
    are others each second."""
    leads_to, text = answer.headers.get("Location", ""), answer.get_data(as_text=True)
    for known in (answer.headers.get("X-Request-Reference", "-"), *map(str, ids.values())):
        leads_to, text = leads_to.replace(known, ""), text.replace(known, "")
    return answer.status_code, leads_to, re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", text)


ERROR_PATHS = (
    ("GET", "/nowhere", 404),
    ("POST", "/nowhere", 404),
    ("GET", "/settings/sessions/", 404),
    ("GET", "/static/nowhere.css", 404),
    ("GET", "/static/../wsgi.py", 404),
    ("GET", "/settings/sessions/not-an-id/end", 404),
    ("POST", "/dashboard", 405),
    ("DELETE", "/settings/organisation", 405),
    ("TRACE", "/", 405),
)
"""What is answered without a guard, because there is no view behind it."""


@pytest.mark.parametrize(("method", "path", "status"), ERROR_PATHS, ids=lambda value: str(value))
def test_what_leads_nowhere_says_the_same_to_everybody(world: World, method: str, path: str, status: int):
    answers = {name: world.ask(somebody, method, path) for name, somebody in world.people.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(PEOPLE, status)
    assert world.reached in ([], ["static"])
    assert len({urlsplit(answer.request.path).path for answer in answers.values()}) == 1
