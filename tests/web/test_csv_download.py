"""Downloads: sent while they are read, and broken off in sight of everybody."""

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask

from webapp.domain.errors import StoreUnavailable
from webapp.web.csv_download import CUT_SHORT, csv_response


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_a_file_for_spreadsheets(app: Flask):
    rows = [[["Odeon, Leicester Square", '=cmd("calc")', 12]], [["Café “Ü”\nUpstairs", None, -1]]]
    with app.test_request_context():
        response = csv_response("organisations.csv", ["Name", "Trade", "People"], rows)
        body = response.get_data(as_text=True)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=organisations.csv"
    assert body.startswith("\ufeffName,Trade,People\r\n")
    assert read(body)[1:] == [["Odeon, Leicester Square", '\'=cmd("calc")', "12"], ["Café “Ü”\nUpstairs", "", "-1"]]


def test_nothing_to_download_is_a_file_with_headings(app: Flask):
    with app.test_request_context():
        assert read(csv_response("empty.csv", ["Name"], []).get_data(as_text=True)) == [["Name"]]


def test_batches_are_read_while_the_file_travels(app: Flask):
    read_so_far: list[int] = []

    def batches() -> Iterator[list[list[int]]]:
        for number in range(4):
            read_so_far.append(number)
            yield [[number]]

    with app.test_request_context():
        travelling = csv_response("numbers.csv", ["Number"], batches()).iter_encoded()
        next(travelling)
        next(travelling)
        assert read_so_far == [0]
        assert len(list(travelling)) == 3
    assert read_so_far == [0, 1, 2, 3]


def test_what_fails_at_once_is_an_error_and_no_file(app: Flask):
    def batches() -> Iterator[list[list[int]]]:
        raise StoreUnavailable("away")
        yield []

    with app.test_request_context(), pytest.raises(StoreUnavailable):
        csv_response("numbers.csv", ["Number"], batches())


def test_what_fails_on_the_way_ends_the_file_with_a_sentence_and_the_connection(app: Flask):
    def batches() -> Iterator[list[list[int]]]:
        yield [[1]]
        raise StoreUnavailable("away")

    received: list[str] = []
    with app.test_request_context():
        response = csv_response("numbers.csv", ["Number"], batches())
        with pytest.raises(StoreUnavailable):
            received.extend(part.decode() for part in response.iter_encoded())
    assert read("".join(received)) == [["Number"], ["1"], [CUT_SHORT]]
