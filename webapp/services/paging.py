"""Lists that may be a million rows long: one page of them, how many there are, and all of them a batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, Select, func, select, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ClauseElement

from webapp.database import db
from webapp.database_deadline import deadline
from webapp.domain.paging import Count, Paging

MOST_COUNTED = 10_000
"""Up to here a count is exact. Past it, it would read for longer than the page itself, and nobody compares 214,312 with
214,313."""

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


def count_rows(found: Select[Any]) -> Count:
    """How many rows a query finds: exactly where they are few, in one more statement about as many as the planner
    expects where they are not."""
    few = found.limit(MOST_COUNTED + 1).order_by(None).subquery()
    number = db.session.scalar(select(func.count()).select_from(few)) or 0
    if number <= MOST_COUNTED:
        return Count(number)
    return estimate_rows(found)


def estimate_rows(found: Select[Any], *, at_least: int | None = None) -> Count:
    """About as many as the planner expects a query to find, and no fewer than are known to be there: one more than are
    counted, unless it is said."""
    known = MOST_COUNTED + 1 if at_least is None else at_least
    plan = db.session.execute(Explained(found.order_by(None))).scalar_one()
    return Count(max(known, int(plan[0]["Plan"]["Plan Rows"])), is_estimate=True)


def ids_on_page(found: Select[Any], order: Sequence[Order], paging: Paging) -> Select[Any]:
    """The keys of the rows on a page, for a query that then reads no other rows. `found` selects the key.

    What is passed over is so read from an index alone, if there is one for the order.
    """
    clauses = [one.clause(backwards=paging.is_read_backwards) for one in order]
    return found.order_by(None).order_by(*clauses).offset(paging.offset).limit(paging.rows)


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
