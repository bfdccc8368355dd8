"""Lists that may be a million rows long: one page of them, how many there are, and all of them a batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    Row,
    Select,
    func,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ClauseElement

from webapp.database import db
from webapp.database_deadline import deadline
from webapp.domain.paging import PAGE_SIZE, Count, Paging, rows_to_count

MOST_COUNTED = 1_000
"""Up to here a count is exact, and up to the page that is read. Past it, it would read for longer than the page itself,
and nobody compares 214,312 with 214,313."""

BATCH = 1_000
BATCH_SECONDS = 7.0


@dataclass(frozen=True)
class Order:
    """One thing a list is sorted by. `nulls_last` for a column that may be empty: empty ones come last both ways."""

    by: ColumnElement[Any] | InstrumentedAttribute[Any]
    is_descending: bool = False
    nulls_last: bool = False

    def clause(self, *, backwards: bool = False) -> ColumnElement[Any]:
        clause = self.by.desc() if self.is_descending != backwards else self.by.asc()
        if not self.nulls_last:
            return clause
        return clause.nulls_first() if backwards else clause.nulls_last()


def most_counted(page: int) -> int:
    """Up to what number the rows of a list are counted one by one where this page of it is read."""
    return max(MOST_COUNTED, rows_to_count(page))


def count_rows(found: Select[Any], page: int = 1) -> Count:
    """How many rows a query finds, of which this page is read: exactly where they are few, in one more statement about
    as many as the planner expects where they are not."""
    most = most_counted(page)
    few = found.limit(most + 1).order_by(None).subquery()
    number = db.session.scalar(select(func.count()).select_from(few)) or 0
    if number <= most:
        return Count(number)
    return estimate_rows(found, at_least=number)


def estimate_rows(found: Select[Any], *, at_least: int) -> Count:
    """About as many as the planner expects a query to find, and no fewer than are known to be there."""
    plan = db.session.execute(Explained(found.order_by(None))).scalar_one()
    return Count(max(at_least, int(plan[0]["Plan"]["Plan Rows"])), is_estimate=True)


def ids_on_page(found: Select[Any], order: Sequence[Order], paging: Paging) -> Select[Any]:
    """The keys of the rows on a page, for a query that then reads no other rows. `found` selects the key.

    What is passed over is so read from an index alone, if there is one for the order.
    """
    clauses = [one.clause(backwards=paging.is_read_backwards) for one in order]
    return found.order_by(None).order_by(*clauses).offset(paging.offset).limit(paging.rows)


def found_first(query: Select[Any], most: int | None = None) -> CTE:
    """What a query finds, all of it before any of it is sorted, or one more than `most`.

    Left to itself, the planner may walk through a whole table in order instead, in the belief that the 25 that fit are
    near, and it guesses badly what fits a text.
    """
    return query.limit(None if most is None else most + 1).cte("found").prefix_with("MATERIALIZED")


def page_of_found(found: CTE, order: Sequence[Order], page: int) -> tuple[Select[Any], ColumnElement[int]]:
    """The rows of what was found first that are on a page, the last for one past the end, and how many there are: for
    one statement to answer both."""
    total = select(func.count()).select_from(found).scalar_subquery()
    last = func.greatest((total - 1) // PAGE_SIZE, 0)
    passed_over = func.least(max(page, 1) - 1, last) * PAGE_SIZE
    return in_order(select(found), order).limit(PAGE_SIZE).offset(passed_over), total


def in_order(query: Select[Any], order: Sequence[Order]) -> Select[Any]:
    """The same rows, as people read them."""
    return query.order_by(None).order_by(*(one.clause() for one in order))


def in_batches(
    query: Select[Any], key: Sequence[InstrumentedAttribute[Any]], *, is_descending: bool = True
) -> Iterator[Sequence[Row[Any]]]:
    """All rows of a query, a thousand at a time in the order of `key`, each batch in a statement of its own.

    For downloads: however long it takes somebody to receive a million rows, no transaction stays open and no more than
    one batch is in memory. The key has to be unique, never empty, and the first columns of the query.
    """
    order = [Order(column, is_descending) for column in key]
    last: tuple[Any, ...] | None = None
    while True:
        batch = in_order(query, order).limit(BATCH)
        if last is not None:
            beyond = tuple_(*key) < last if is_descending else tuple_(*key) > last
            batch = batch.where(beyond)
        with deadline(BATCH_SECONDS):  # most batches are read after the view has returned, past the request's own
            rows = db.session.execute(batch).all()
            db.session.rollback()  # nothing was changed; ends the transaction that reading began
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        last = tuple(rows[-1][: len(key)])


class Explained(Executable, ClauseElement):
    """What the planner expects of a query, which is not run."""

    inherit_cache = False

    def __init__(self, query: Select[Any]) -> None:
        self.query = query


@compiles(Explained)
def _explain(element: Explained, compiler: Any, **kwargs: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.query, **kwargs)}"
