"""The real local provider in a thread, spoken to over HTTP, honest until a fault is ordered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
from werkzeug.serving import make_server

from tests.hostile.provider import UNTIL_IT_BEHAVES, Fault, HostileProvider
from tests.patience import PATIENCE_SECONDS
from webapp.demo.identity_provider import create_provider

CLIENT_ID = "foyer"
CLIENT_SECRET = "a-client-secret-that-only-the-tests-know"


@dataclass(frozen=True)
class RunningProvider:
    """Where the provider listens, and what a person or a test may do there."""

    app_port: int
    issuer: str
    hostile: HostileProvider = field(repr=False)
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"

    def answer(self, authorize_address: str, who: str) -> str:
        """Signs somebody in, by persona or any e-mail address; gives the address the browser is sent back to."""
        query = {"login_hint": who}
        return _location(requests.get(authorize_address, query, allow_redirects=False, timeout=PATIENCE_SECONDS))

    def cancel(self, authorize_address: str) -> str:
        """Presses Cancel."""
        form = {"answer": "cancel"}
        return _location(requests.post(authorize_address, form, allow_redirects=False, timeout=PATIENCE_SECONDS))

    def deny(self, authorize_address: str) -> str:
        """Is refused by a rule of the provider."""
        form = {"answer": "deny"}
        return _location(requests.post(authorize_address, form, allow_redirects=False, timeout=PATIENCE_SECONDS))

    def misbehave(self, fault: Fault, times: int = UNTIL_IT_BEHAVES) -> None:
        """Orders a fault for the next so many calls of its place."""
        self.hostile.order(fault, times)

    def behave(self) -> None:
        """Ends every fault."""
        self.hostile.behave()


@contextmanager
def run_provider(app_port: int) -> Iterator[RunningProvider]:
    """Runs the provider on localhost, which to a browser is another site than the application on 127.0.0.1."""
    server = make_server("localhost", 0, lambda environ, start: app(environ, start), threaded=True)
    issuer = f"http://localhost:{server.server_port}/"
    app = HostileProvider(
        create_provider(
            issuer=issuer,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uris=[f"http://127.0.0.1:{app_port}/callback"],
            logout_uris=[f"http://127.0.0.1:{app_port}/"],
        )
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield RunningProvider(app_port, issuer, app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _location(response: requests.Response) -> str:
    assert response.is_redirect, f"the provider answered {response.status_code}: {response.text[:300]}"
    return response.headers["Location"]
