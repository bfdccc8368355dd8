"""Cells of a CSV file: what a spreadsheet would run is kept from it, everything else is as it was."""

import uuid
from datetime import UTC, date, datetime

import pytest

from webapp.domain.csv_cells import csv_cell
from webapp.domain.industries import Industry
from webapp.domain.stored_labels import UnknownLabel


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","Odeon")',
        "+44 20 7946 0000",
        "-1+1|cmd",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\u00a0=1+1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20SUM(A1)",
        "\tOdeon",
    ],
)
def test_text_that_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str):
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Odeon Cinemas", "Kite & Co", "7-Eleven", "a=b", "", "Priya’s organisation", "'"])
def test_other_text_stays_as_it_is(text: str):
    assert csv_cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-5, "-5"),
        (18_000, "18000"),
        (datetime(2025, 8, 12, 15, 18, 7, 123, tzinfo=UTC), "2025-08-12T15:18:07+00:00"),
        (date(2025, 8, 12), "2025-08-12"),
        (Industry.CINEMA, "cinema"),
        (UnknownLabel("spa"), "spa"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_what_is_ours_is_written_for_programs(value: object, written: str):
    assert csv_cell(value) == written
