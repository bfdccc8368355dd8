"""A body that comes without its length, held to the same size as one that says it.

Werkzeug reads such a body as far as the limit and takes that part for the whole, so that it would be accepted with its
end cut off (tried with 3.1.9 behind gunicorn). So it is read here, before anything else reads it.
"""

from io import BytesIO

from flask import Flask, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge


def init_body_limit(app: Flask) -> None:
    """Has to be called after the limiter, so that a refused request is not read, and before what reads forms."""
    app.before_request(read_chunked_body)


def read_chunked_body() -> None:
    """Raises RequestEntityTooLarge, and BadRequest for chunks that are not in order."""
    environ = request.environ
    if "Transfer-Encoding" not in request.headers or "wsgi.input_terminated" not in environ:
        return
    most, body = request.max_content_length or 0, bytearray()
    try:
        while len(body) <= most and (part := environ["wsgi.input"].read(most + 1 - len(body))):
            body += part
    except Exception as error:  # each server has errors of its own for such chunks
        raise BadRequest from error
    if len(body) > most:
        raise RequestEntityTooLarge
    environ["wsgi.input"] = BytesIO(body)
