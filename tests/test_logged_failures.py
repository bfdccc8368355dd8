"""A statement that fails: the log says which rule or column it met, and nothing of whom it was about."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.pages import Browse
from webapp.database import db
from webapp.logs import EventFormatter
from webapp.models import Identity, Membership, Organisation, User

EMAIL = "ines.marlow@harbour-rooms.example"
NAME = "Ines Marlow"


def leave_out_a_value() -> None:
    db.session.execute(sa.insert(User).values(id=sa.func.gen_random_uuid(), email=EMAIL, display_name=None))


def add_the_same_again() -> None:
    user = User(email=EMAIL, display_name=NAME)
    db.session.add(user)
    db.session.flush()
    for _ in range(2):
        db.session.add(Identity(user_id=user.id, issuer="https://id.example/", subject=EMAIL))
        db.session.flush()


def break_a_rule() -> None:
    db.session.execute(sa.insert(Organisation).values(id=sa.func.gen_random_uuid(), name=NAME, rate_limit_per_hour=-1))


def refer_to_nobody() -> None:
    missing = sa.func.gen_random_uuid()
    db.session.execute(sa.insert(Membership).values(id=missing, user_id=missing, organisation_id=missing, role="owner"))


def misspell_a_column() -> None:
    db.session.execute(
        sa.text("INSERT INTO users (id, display_name, email, emial) VALUES (gen_random_uuid(), :name, :email, :email)"),
        {"name": NAME, "email": EMAIL},
    )


def give_text_for_a_moment() -> None:
    db.session.execute(sa.text("SELECT CAST(:name AS text), CAST('soon' AS timestamptz)"), {"name": NAME})


@pytest.mark.parametrize(
    ("fail", "named"),
    [
        (leave_out_a_value, "display_name"),
        (add_the_same_again, "uq_identities_issuer_subject"),
        (break_a_rule, "ck_organisations_"),
        (refer_to_nobody, "fk_memberships_"),
        (misspell_a_column, "emial"),
        (give_text_for_a_moment, "timestamp with time zone"),
    ],
)
def test_no_log_line_tells_whom_a_failing_statement_was_about(
    app: Flask,
    browse: Browse,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fail: Callable[[], None],
    named: str,
):
    def answer() -> str:
        fail()
        return ""

    monkeypatch.setitem(app.view_functions, "landing.help", answer)
    page = browse.get("/help", 500)

    formatter = EventFormatter()
    logged = caplog.text + "\n".join(formatter.format(record) for record in caplog.records)
    for private in ("ines.marlow", "Ines", "Marlow", "@harbour"):
        assert private not in logged
        assert private not in page.html
    assert named in logged, "whoever mends it needs to know where"
