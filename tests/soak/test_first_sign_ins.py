"""Fifty first sign-ins of one person at the same moment, twenty times over."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select

from tests.factories import count_rows
from tests.provider import RunningProvider
from webapp.database import db
from webapp.models import Activity, Identity, LoginSession, Membership, Organisation, User
from webapp.services import visitors
from webapp.web.visitor import COOKIE

pytestmark = pytest.mark.soak

AT_ONCE = 50
ROUNDS = 20


@pytest.mark.parametrize("number", range(ROUNDS))
def test_fifty_first_sign_ins_at_once_make_one_of_each(
    app: Flask, live_app: str, provider: RunningProvider, number: int
):
    all_are_back = threading.Barrier(AT_ONCE)

    def arrive(_number: int) -> tuple[int, str, str | None]:
        with requests.Session() as browser:
            start = browser.get(f"{live_app}/login", allow_redirects=False, timeout=60)
            callback = provider.answer(start.headers["Location"], f"round.{number}@harbour-rooms.example")
            all_are_back.wait(60)
            answered = browser.get(callback, allow_redirects=False, timeout=60)
            return answered.status_code, answered.headers.get("Location", ""), browser.cookies.get(COOKIE)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(arrive, range(AT_ONCE)))

    assert {(status, location) for status, location, _ in answers} == {(303, "/onboarding")}
    assert [count_rows(app, model) for model in (User, Identity, Organisation, Membership)] == [1] * 4
    tokens = [token for _, _, token in answers]
    with app.app_context():
        assert len({token for token in tokens if token}) == AT_ONCE
        assert len([token for token in tokens if token and visitors.find_visitor(token)]) == 10
        newest_first = select(LoginSession.ended_at.is_(None)).order_by(LoginSession.created_at.desc(), LoginSession.id)
        assert list(db.session.scalars(newest_first)) == [True] * 10 + [False] * (AT_ONCE - 10)
        counted = select(Activity.what, func.sum(Activity.count)).group_by(Activity.what)
        assert dict(db.session.execute(counted).all()) == {"sign_in_succeeded": AT_ONCE, "first_sign_in": 1}
