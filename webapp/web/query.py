"""A query that is no text, refused in one place: Werkzeug fails for it wherever the query is read, with an error that
would pass for our own."""

from flask import Flask, request
from werkzeug.exceptions import BadRequest


def init_query(app: Flask) -> None:
    """Has to be called before whatever reads the query, and after the limiter, so that attempts count."""
    app.before_request(refuse_unreadable_query)


def refuse_unreadable_query() -> None:
    """Raises BadRequest. A browser writes such bytes as `%ff`, and what is no text in those is kept as it is."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError as error:
        raise BadRequest from error
