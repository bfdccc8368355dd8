"""How much may be sent: in all, in chunks without a length, as programs may send it, and in parts."""

import io

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims
from tests.pages import Browse, Page
from webapp import LARGEST_BODY, MOST_PARTS
from webapp.database import db
from webapp.models import Organisation

URLENCODED = "application/x-www-form-urlencoded"


class OutOfOrder(io.RawIOBase):
    """What a server's stream does when the chunks do not add up: it raises an error of the server's own."""

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("a chunk of no size")


def send(browse: Browse, stream: io.IOBase, expect: int) -> Page:
    return browse.request(
        "POST",
        "/onboarding",
        expect,
        headers={"Content-Type": URLENCODED, "Transfer-Encoding": "chunked"},
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


@pytest.mark.parametrize(("parts", "status"), [(MOST_PARTS, 303), (MOST_PARTS + 1, 413)])
def test_a_form_has_so_many_parts_and_no_more(browse: Browse, parts: int, status: int):
    token = browse.get("/help").one("form[action='/theme'] input[name=csrf_token]")["value"]
    fields = {"theme": "dark", "csrf_token": token}
    more = {f"field {number}": "" for number in range(parts - len(fields))}

    browse.post("/theme", {**fields, **more}, status, content_type="multipart/form-data")


def test_a_form_of_as_many_fields_as_fit_is_read(browse: Browse):
    """Werkzeug limits the parts of multipart bodies alone; for the others the size of the body has to do."""
    browse.request("POST", "/theme", 400, data=b"a&" * (LARGEST_BODY // 2), content_type=URLENCODED)
    browse.request("POST", "/theme", 413, data=b"a&" * (LARGEST_BODY // 2 + 1), content_type=URLENCODED)
