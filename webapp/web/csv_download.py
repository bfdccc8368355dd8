"""A list as a CSV file: sent while it is read, so that a million rows need no more memory than a thousand."""

import csv
import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from flask import Response, stream_with_context

from webapp.domain.csv_cells import csv_cell

log = logging.getLogger(__name__)

Rows = Sequence[Sequence[object]]

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that what follows is UTF-8. Without it every ’ and é of a name is shown as two other letters."""

CUT_SHORT = "This file is not complete: the server had to stop. Download it again."


def csv_response(filename: str, headings: Sequence[str], batches: Iterable[Rows]) -> Response:
    """The download. `batches` are lists of rows, read one after another while the file travels.

    The first is read here, so that what goes wrong at once is an error page. What goes wrong later can only end the
    file: its last row then says so, and the connection is broken off, for which browsers report a failed download.
    """
    remaining = iter(batches)
    first = next(remaining, ())
    lines = _lines(headings, chain([first], remaining))
    response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _lines(headings: Sequence[str], batches: Iterable[Rows]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _written([headings])
    try:
        for batch in batches:
            yield _written(batch)
    except Exception:  # whatever it is, what has been sent cannot be taken back, and must not look complete
        log.exception("download ended before its end")
        yield _written([[CUT_SHORT]])
        raise


def _written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([csv_cell(value) for value in row] for row in rows)
    return text.getvalue()
