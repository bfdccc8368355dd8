"""Pages of what a search finds in a list of a million rows, where a great many fit.

Finding all of them and sorting them takes long, and reading the list in order until enough have come by may take even
longer. Mostly those that fit are all over the list, and the second is quick. But they may lie close together and far
from its beginning, so it is given up after a while, and all are found.

A list in the order of names that is searched by name has them close together as a rule: the Zoes come last. Those that
begin with what is searched for therefore come first in it, and an index has just these in order.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, false, func, not_, select, true, union_all

from webapp.domain.paging import Paging
from webapp.services.paging import Order, found_first, ids_on_page

FARTHEST_READ = 20_000
"""So many rows are read in order while looking for those of a page, and no more than are thought to fit: then it is
quicker to find these."""

COMES_FIRST = "comes_first"

OrderOf = Callable[[FromClause], Sequence[Order]]


def marked_first(keys: Select[Any], first: ColumnElement[bool] | None) -> Select[Any]:
    """The same with a column that says which come before all others, for `first_of`; None for a list where none do."""
    return keys if first is None else keys.add_columns(first.label(COMES_FIRST))


def first_of(found: FromClause) -> list[Order]:
    """What an order begins with where some rows are marked to come first."""
    return [Order(found.c[COMES_FIRST], is_descending=True)] if COMES_FIRST in found.c else []


def ids_on_searched_page(
    keys: Select[Any], fits: ColumnElement[bool], order: OrderOf, paging: Paging, first: ColumnElement[bool] | None
) -> Select[Any]:
    """The keys of the rows on a page, as `ids_on_page` has them, of all whose rows fit. `keys` selects what `order`
    needs and is not narrowed by the search. `first` is what those have in common that come first."""
    wanted = paging.offset + paging.rows
    others = keys if first is None else keys.where(not_(first))
    near = _outermost(others.add_columns(fits.label("fits")), order, paging, min(FARTHEST_READ, paging.total.number))
    parts = [_outermost(_those_that_fit(near, first), order, paging, wanted)]
    if first is not None and not paging.is_read_backwards:
        beginning = _outermost(marked_first(keys.where(first), true()), order, paging, wanted).cte("beginning")
        parts = [select(beginning), parts[0].where(_number_of(beginning) < wanted)]
    searched = union_all(*(select(part.subquery()) for part in parts)).cte("searched").prefix_with("MATERIALIZED")
    are_enough = _number_of(searched) >= wanted
    everything = found_first(marked_first(keys, first).where(fits, not_(are_enough)))
    found = select(searched).where(are_enough).union_all(select(everything)).subquery("found")
    return ids_on_page(select(found), order(found), paging)


def _those_that_fit(near: Select[Any], first: ColumnElement[bool] | None) -> Select[Any]:
    rows = near.subquery("near")
    keys = select(*(column for column in rows.c if column.key != "fits")).where(rows.c.fits)
    return marked_first(keys, None if first is None else false())


def _outermost(query: Select[Any], order: OrderOf, paging: Paging, most: int) -> Select[Any]:
    """So many from the end of the list from which the page is read."""
    rows = query.subquery()
    return select(rows).order_by(*(one.clause(backwards=paging.is_read_backwards) for one in order(rows))).limit(most)


def _number_of(found: FromClause) -> ColumnElement[int]:
    return select(func.count()).select_from(found).scalar_subquery()
