"""What a list is narrowed to and sorted by: in its address and nowhere else, so that it can be kept, shared and gone
back to."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from webapp.domain.paging import page_number
from webapp.domain.text import without_hidden_characters
from webapp.services.searching import has_beginnings_first

LONGEST_SEARCH = 200


@dataclass(frozen=True)
class ListQuery:
    """The known part of a list's query. What is unknown or says nothing is not in it. `is_cut` says that a text was
    longer than is searched for."""

    endpoint: str
    values: Mapping[str, str]
    page: int
    is_cut: bool = False

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def address(self, endpoint: str | None = None, **changes: str | int | None) -> str:
        """The same list with this changed, None for without; from its first page unless `page` says otherwise. Another
        endpoint is given the same query, as a download is."""
        wanted: dict[str, Any] = {name: value for name, value in {**self.values, **changes}.items() if value}
        return url_for(endpoint or self.endpoint, **wanted)


def read_list_query(allowed: Mapping[str, Container[str] | None]) -> ListQuery:
    """The query of this request. `allowed` names each parameter with its values, None for free text; anything else, in
    a name or a value, is ignored: an old link must not end on an error."""
    values, is_cut = {}, False
    for name, choices in allowed.items():
        given = without_hidden_characters(request.args.get(name, ""))
        text = given[:LONGEST_SEARCH].strip()
        if text and (choices is None or text in choices):
            values[name] = text
            is_cut = is_cut or len(given) > LONGEST_SEARCH
    return ListQuery(request.endpoint or "", values, page_number(request.args.get("page")), is_cut)


def order_in_words(words: str, search: str | None, sort: str) -> str:
    """How a list is sorted, in the words for its sort, and what comes first in it where that is searched by name."""
    return f"names that begin with it first, {words}" if has_beginnings_first(search, sort) else words
