"""A body that comes in chunks, without its length, as programs may send it."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims
from tests.pages import Browse, Page
from webapp import LARGEST_BODY
from webapp.database import db
from webapp.models import Organisation


class OutOfOrder(io.RawIOBase):
    """What a server's stream does when the chunks do not add up: it raises an error of the server's own."""

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("a chunk of no size")


def send(browse: Browse, stream: io.IOBase, expect: int) -> Page:
    return browse.request(
        "POST",
        "/onboarding",
        expect,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True},  # as gunicorn says
    )


@pytest.fixture
def answer(browse: Browse) -> bytes:
    """A good answer to the onboarding page, to be followed by more."""
    browse.arrive(make_claims())
    token = browse.get("/onboarding").form_fields("#onboarding")["csrf_token"]
    return f"csrf_token={token}&action=open&industry=gym&name=Iron+Hall&more=".encode()


def is_onboarded(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalars(select(Organisation.onboarded_at)).one() is not None


def test_a_body_of_the_largest_size_is_read_whole(browse: Browse, app: Flask, answer: bytes):
    body = answer + b"x" * (LARGEST_BODY - len(answer))

    assert send(browse, io.BytesIO(body), 303).location == "/dashboard"
    assert is_onboarded(app)


@pytest.mark.parametrize("over", [1, 1_000_000])
def test_a_larger_one_is_refused_and_no_part_of_it_is_taken(browse: Browse, app: Flask, answer: bytes, over: int):
    body = answer + b"x" * (LARGEST_BODY - len(answer) + over)

    assert send(browse, io.BytesIO(body), 413).text("h1") == "That is too much at once"
    assert not is_onboarded(app)


def test_chunks_that_are_not_in_order_are_no_fault_of_ours(browse: Browse, app: Flask, answer: bytes):
    assert send(browse, OutOfOrder(), 400).text("h1") == "We could not read that"
    assert not is_onboarded(app)
