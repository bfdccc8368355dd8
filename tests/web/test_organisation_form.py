"""What both pages with these fields make of a post that no browser of ours would send."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_claims, make_organisation, make_person
from tests.pages import Browse
from webapp.database import db
from webapp.models import Organisation

PAGES = {"/onboarding": "#onboarding", "/settings/organisation": "#settings"}


@pytest.fixture(params=PAGES)
def path(request: pytest.FixtureRequest, app: Flask, browse: Browse) -> str:
    """The address of one of the pages, which somebody may post to who is signed in."""
    claims = make_claims()
    if request.param != "/onboarding":
        with app.app_context():
            claims = make_person(make_organisation().id)
    browse.arrive(claims)
    return str(request.param)


def versions(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(Organisation.version)))


@pytest.mark.parametrize("field", ["industry", "name", "sic", "sic_choice", "trade", "csrf_token"])
def test_a_file_in_place_of_a_text_is_no_answer(app: Flask, browse: Browse, path: str, field: str):
    fields: dict[str, Any] = {**browse.get(path).form_fields(PAGES[path]), "industry": "gym", "name": ""}
    fields.pop(field, None)
    file = {field: (io.BytesIO(b"Iron Hall"), "name.txt")}

    browse.post(path, {**fields, **file}, 400 if field == "csrf_token" else 422, content_type="multipart/form-data")

    assert versions(app) == [1]


@pytest.mark.parametrize("name", [5, None, ["Iron Hall"], {"a": "b"}, "Iron Hall"])
def test_json_is_no_form(app: Flask, browse: Browse, path: str, name: object):
    answer = {**browse.get(path).form_fields(PAGES[path]), "industry": "gym", "name": name}

    browse.request("POST", path, 400, json=answer)

    assert versions(app) == [1]


def test_json_that_is_no_object_is_no_form_either(app: Flask, browse: Browse, path: str):
    browse.request("POST", path, 400, data="[1, 2", content_type="application/json")

    assert versions(app) == [1]
