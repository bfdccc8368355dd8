"""The signed cookie that belongs to pages: the token of their forms and what to say on the next one."""

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


def init_page_session(app: Flask) -> None:
    """Call it once the secret key is set."""
    app.session_interface = PageSession()


class PageSession(SecureCookieSessionInterface):
    """Flask's own, which makes its signer anew for each request; this one keeps it, for keys do not change here."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The signer of the only application that this belongs to."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer
