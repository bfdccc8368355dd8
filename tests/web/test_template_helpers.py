"""Numbers, times, initials and addresses as templates write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import UndefinedError

from webapp.web.template_helpers import (
    asset_url,
    calendar_date,
    clock,
    content_hash,
    init_template_helpers,
    initials,
    this_page,
    thousands,
)


@pytest.fixture
def pages(tmp_path: Path) -> Flask:
    """An application with these helpers and one static file."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "page.css").write_text("a{}")
    app = Flask("pages", root_path=str(tmp_path))
    init_template_helpers(app)
    return app


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (18_000, "18,000"), (1_000_000, "1,000,000")])
def test_thousands_are_set_apart(number: int, text: str):
    assert thousands(number) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 14, 15, 0, tzinfo=UTC), "15:00"),
        (datetime(2026, 7, 14, 14, 0, tzinfo=UTC), "15:00"),  # British Summer Time
        (datetime(2026, 7, 14, 16, 0, tzinfo=timezone(timedelta(hours=2))), "15:00"),
        (datetime(2026, 1, 14, 0, 5, 59, tzinfo=UTC), "00:05"),
    ],
)
def test_times_are_those_of_the_clock_in_the_uk(moment: datetime, text: str):
    assert clock(moment) == text


def test_a_machine_without_time_zones_says_that_it_shows_utc():
    assert clock(datetime(2026, 7, 14, 14, 0, tzinfo=UTC), zone=UTC) == "14:00 UTC"


def test_a_date_is_the_one_in_the_uk():
    assert calendar_date(datetime(2026, 7, 31, 23, 30, tzinfo=UTC)) == "1 August 2026"
    assert calendar_date(date(2025, 8, 12)) == "12 August 2025"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Priya Shah", "PS"),
        ("Ana Maria de Souza", "AS"),
        ("kim@odeon.example", "K"),
        ("élan", "É"),
        ("(Kim) Lee", "L"),
        ("", "·"),
        ("—", "·"),
    ],
)
def test_initials_come_from_the_first_and_the_last_word(name: str, letters: str):
    assert initials(name) == letters


def test_an_asset_changes_its_address_with_its_content(pages: Flask):
    file = Path(pages.static_folder or "") / "page.css"
    with pages.test_request_context():
        address = asset_url("page.css")
    before = content_hash(file, is_debug=True)
    file.write_text("b{}")

    assert address == f"/static/page.css?v={before}"
    assert content_hash(file, is_debug=True) != before
    assert content_hash(file) == before


@pytest.mark.parametrize("path", ["/help", "/dashboard?show=all", "/a%20b"])
def test_a_form_on_every_page_can_come_back_to_it(pages: Flask, path: str):
    with pages.test_request_context(path):
        assert this_page().replace(" ", "%20") == path


def test_an_undefined_name_is_an_error(pages: Flask):
    with pages.app_context(), pytest.raises(UndefinedError):
        pages.jinja_env.from_string("{{ nobody_passed_this }}").render()
