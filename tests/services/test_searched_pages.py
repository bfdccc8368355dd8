"""A page of what a search finds is the same whichever way it is found."""

import itertools

import pytest
import sqlalchemy as sa

from tests.factories import make_organisation
from webapp.domain.paging import Count, Paging
from webapp.models import Organisation
from webapp.services import searched_pages
from webapp.services.paging import Order, in_order
from webapp.services.searched_pages import first_of, ids_on_searched_page

NAMES = ("Abbey Mill", "Mill Bridge", "Mill Castle", "Old Mill", "Orchard", "Windmill", "Xmas Mill", "Zoo")
KEYS = sa.select(Organisation.id, Organisation.name.label("sorted_by"))
FITS = Organisation.name.contains("Mill")
BEGINS = Organisation.name.startswith("Mill")
FITTING = ["Abbey Mill", "Mill Bridge", "Mill Castle", "Old Mill", "Xmas Mill"]


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("farthest", [0, 1, 4, 10_000])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("first", [None, BEGINS, sa.false()], ids=["none first", "those that begin", "nobody"])
def test_the_pages_together_are_all_that_fit(
    database: sa.orm.scoped_session,
    monkeypatch: pytest.MonkeyPatch,
    first: sa.ColumnElement[bool] | None,
    size: int,
    farthest: int,
    is_descending: bool,
):
    for name in NAMES:
        make_organisation(name)
    database.commit()
    monkeypatch.setattr(searched_pages, "FARTHEST_READ", farthest)

    def order(found: sa.FromClause) -> list[Order]:
        return [*first_of(found), Order(found.c.sorted_by, is_descending), Order(found.c.id)]

    found: list[str] = []
    for number in itertools.count(1):
        paging = Paging(number, Count(len(FITTING)), size=size)
        on_page = ids_on_searched_page(KEYS, FITS, order, paging, first).subquery()
        found += [row.sorted_by for row in database.execute(in_order(sa.select(on_page), order(on_page)))]
        if number == paging.pages:
            break

    expected = FITTING[::-1] if is_descending else FITTING
    if first is BEGINS:
        expected = sorted(expected, key=lambda name: not name.startswith("Mill"))
    assert found == expected
