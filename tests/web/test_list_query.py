"""What a list's address says: what is known of it, and nothing else."""

from flask import Flask

from webapp.web.list_query import ListQuery, read_list_query

ALLOWED = {"q": None, "industry": {"cinema": "Cinema", "hotel": "Hotel"}, "sort": ("name", "-name")}


def read(app: Flask, query: str) -> ListQuery:
    with app.test_request_context(f"/admin/organisations?{query}"):
        return read_list_query(ALLOWED)


def test_known_values_are_taken_and_others_ignored(app: Flask):
    query = read(app, "q=+Odeon++&industry=cinema&sort=price&page=3&evil=1")

    assert dict(query.values) == {"q": "Odeon", "industry": "cinema"}
    assert (query.page, query.is_cut) == (3, False)
    assert query.get("sort") is None
    assert dict(read(app, "industry=CINEMA&q=%20&sort=").values) == {}


def test_what_cannot_be_seen_is_left_out_of_a_search(app: Flask):
    assert read(app, "q=O%00de%E2%80%AEon%0a").get("q") == "Odeon"


def test_a_search_is_cut_where_no_name_goes_on(app: Flask):
    query = read(app, f"q={'o' * 10_000}")
    assert (len(query.get("q") or ""), query.is_cut) == (200, True)


def test_the_same_list_with_one_thing_changed(app: Flask):
    with app.test_request_context("/admin/organisations?q=a%26b&industry=hotel&page=7"):
        query = read_list_query(ALLOWED)
        assert query.address(sort="-name") == "/admin/organisations?q=a%26b&industry=hotel&sort=-name"
        assert query.address(q=None) == "/admin/organisations?industry=hotel"
        assert query.address(page=2) == "/admin/organisations?q=a%26b&industry=hotel&page=2"
        assert query.address("admin.organisations_csv") == "/admin/organisations.csv?q=a%26b&industry=hotel"
