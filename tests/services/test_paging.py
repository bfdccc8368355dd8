"""Long lists, with a short one: counted, estimated, paged both ways, and read in batches."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories import make_organisation
from tests.statements import count_no_farther_than, counted
from webapp.domain.paging import Count, Paging
from webapp.models import Organisation
from webapp.services import paging
from webapp.services.paging import Order, count_rows, ids_on_page, in_batches, in_order

EVERY = sa.select(Organisation.id)


@pytest.fixture
def names(database: sa.orm.scoped_session) -> list[str]:
    """Ten organisations, two of them without a trade to sort by."""
    for number in range(10):
        organisation = make_organisation(f"Unit {number}")
        organisation.industry = None if number in (3, 7) else f"Trade {9 - number}"
        database.commit()
    return [f"Unit {number}" for number in range(10)]


def make_many(database: sa.orm.scoped_session, number: int) -> list[str]:
    names = [f"Unit {place:04}" for place in range(number)]
    database.execute(sa.insert(Organisation), [{"name": name} for name in names])
    database.commit()
    return names


def read_page(database: sa.orm.scoped_session, number: int) -> tuple[Paging, list[str]]:
    """A page of the organisations by name, the way the admin's lists are read."""
    page = Paging(number, count_rows(EVERY, number))
    order = [Order(Organisation.name), Order(Organisation.id)]
    on_page = ids_on_page(EVERY, order, page).subquery()
    query = sa.select(Organisation.name).join(on_page, on_page.c.id == Organisation.id)
    return page, list(database.scalars(in_order(query, order)))


def test_a_count_is_exact_up_to_where_an_estimate_begins(
    app: Flask, database: sa.orm.scoped_session, names: list[str], monkeypatch: pytest.MonkeyPatch
):
    assert count_rows(EVERY) == Count(10)
    count_no_farther_than(4, monkeypatch)
    with counted(app) as sent:
        estimate = count_rows(EVERY.where(Organisation.name.like("Unit%")))
    assert estimate.is_estimate
    assert estimate.number >= 5, "no fewer than were counted"
    assert [statement.split()[0] for statement in sent] == ["SELECT", "EXPLAIN"]


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("nulls_last", [False, True])
def test_the_pages_together_are_the_list(
    database: sa.orm.scoped_session, names: list[str], is_descending: bool, nulls_last: bool
):
    column = Organisation.industry if nulls_last else Organisation.name
    order = [Order(column, is_descending, nulls_last), Order(Organisation.id)]
    found: list[str] = []
    for number in (1, 2, 3, 4):
        on_page = ids_on_page(EVERY, order, Paging(number, Count(10), size=3)).subquery()
        query = sa.select(Organisation.name).join(on_page, on_page.c.id == Organisation.id)
        page = list(database.scalars(in_order(query, order)))
        assert len(page) == (1 if number == 4 else 3)
        found += page
    assert sorted(found) == names
    if nulls_last:
        assert set(found[-2:]) == {"Unit 3", "Unit 7"}
    else:
        assert found == (names[::-1] if is_descending else names)


@pytest.mark.parametrize("expected", [1, 120, 1_000_000])
def test_whoever_reads_on_from_the_first_page_is_shown_every_row_however_wrong_the_estimate_is(
    database: sa.orm.scoped_session, monkeypatch: pytest.MonkeyPatch, expected: int
):
    every = make_many(database, 110)
    monkeypatch.setattr(paging, "MOST_COUNTED", 1)
    monkeypatch.setattr(paging, "estimate_rows", lambda _, at_least: Count(max(at_least, expected), is_estimate=True))
    page, found = read_page(database, 1)
    while page.number < page.pages:
        page, names = read_page(database, page.number + 1)
        found += names
    assert found == every
    assert (page.number, page.total) == (5, Count(110)), "known by then"


@pytest.mark.parametrize("expected", [51, 120, 1_000_000])
def test_the_last_page_ends_with_the_last_row_however_wrong_the_estimate_is(
    database: sa.orm.scoped_session, monkeypatch: pytest.MonkeyPatch, expected: int
):
    every = make_many(database, 110)
    count_no_farther_than(50, monkeypatch)
    monkeypatch.setattr(paging, "estimate_rows", lambda _, at_least: Count(max(at_least, expected), is_estimate=True))
    last, names = read_page(database, 10**9)
    assert last.number == last.pages
    assert names == every[-25:]


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("size", [1, 3, 5, 10, 11])
def test_batches_hold_every_row_once(
    app: Flask, names: list[str], monkeypatch: pytest.MonkeyPatch, is_descending: bool, size: int
):
    monkeypatch.setattr(paging, "BATCH", size)
    query = sa.select(Organisation.created_at, Organisation.id, Organisation.name)
    key = (Organisation.created_at, Organisation.id)
    with app.app_context():
        batches = list(in_batches(query, key, is_descending=is_descending))
    assert max(len(batch) for batch in batches) <= size
    assert [row.name for batch in batches for row in batch] == (names[::-1] if is_descending else names)


def test_no_transaction_stays_open_between_batches(
    database: sa.orm.scoped_session, names: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(paging, "BATCH", 3)
    query = sa.select(Organisation.created_at, Organisation.id)
    batches: Iterator[object] = in_batches(query, (Organisation.created_at, Organisation.id))
    next(batches)
    assert not database().in_transaction()
