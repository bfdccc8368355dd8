"""Builds in service side by side, and the people who use them, as behind the proxy of a platform."""

import contextlib
import http.client
import itertools
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup

from tests.pages import path_of
from tests.patience import PATIENCE_SECONDS, comes_true
from tests.provider import RunningProvider
from tests.schema.builds import Build
from webapp.demo.children import end_with_parent

CONNECTIONS = Path("/proc/net/tcp")
SECONDS_BETWEEN_PAGES = 0.05  # leaves the processor to the builds
FEWEST_ANSWERS = 24  # of each build in each part of the story


class Server:
    """gunicorn with one build, as a process of its own, from `with` until the end of the block."""

    def __init__(self, build: Build, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "wsgi:app"],
                cwd=build.folder,
                env={**environment, "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=end_with_parent,
            )

    def __enter__(self) -> "Server":
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}/readyz", timeout=10):
                return self
            time.sleep(0.05)
        self.__exit__()
        raise AssertionError(f"a build did not get ready: {self.log.read_text(errors='replace')[-2000:]}")

    def __exit__(self, *_error: object) -> None:
        """Ends it as a platform does, and waits until it has answered what it was asked."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class HeldRequest:
    """A request that a server has taken up and waits for the rest of, while its sender takes their time."""

    FORM = b"theme=dark"  # and no token, so that it is refused

    def __init__(self, server: Server, host: str) -> None:
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
        self.connection.putrequest("POST", "/theme", skip_host=True)
        for name, value in (
            ("Host", host),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", str(len(self.FORM))),
            ("Expect", "100-continue"),  # so that the server says when it has come as far as the form
        ):
            self.connection.putheader(name, value)
        self.connection.endheaders()
        assert self.connection.sock.recv(1_000).startswith(b"HTTP/1.1 100")
        self.connection.send(self.FORM[:1])
        assert comes_true(self._is_read)

    def end_server(self) -> None:
        """Tells the server to end, and gives it a moment to know: where it needs longer, less is tried."""
        self.server.process.terminate()
        time.sleep(0.3)

    def answers(self) -> list[http.client.HTTPResponse]:
        """Sends the rest. Its answer, and those to further requests on the same connection for as long as it is
        kept."""
        self.connection.send(self.FORM[1:])
        self.connection.auto_open = 0
        answers = [self._read()]
        while answers[-1].headers["Connection"] == "keep-alive":
            self.connection.request("GET", "/healthz")
            answers.append(self._read())
        return answers

    def _is_read(self) -> bool:
        """Whether the application has begun to read the form: the server's end of the connection holds nothing."""
        if not CONNECTIONS.exists():
            time.sleep(0.3)  # less than certain, where the system shows nobody
            return True
        ends = f":{self.server.port:04X}", f":{self.connection.sock.getsockname()[1]:04X}"
        for line in CONNECTIONS.read_text().splitlines():
            _, local, remote, _, held, *_ = line.split()
            if local.endswith(ends[0]) and remote.endswith(ends[1]):
                return held.endswith(":00000000")
        return False

    def _read(self) -> http.client.HTTPResponse:
        answer = self.connection.getresponse()
        answer.read()
        return answer


@dataclass(frozen=True)
class Answer:
    """What somebody got, in which part of the story."""

    part: str
    port: int
    asked: str
    status: int


class Service:
    """The address people know. Each request goes to the next of the builds in service, so that one person's visit
    is answered now by one and now by another."""

    def __init__(self, provider: RunningProvider) -> None:
        self.provider = provider
        self.host = urlsplit(provider.app_url).netloc
        self.part = ""
        self.in_service: list[Server] = []
        self.answers: list[Answer] = []
        self._turns = itertools.count()

    def begin(self, part: str, *in_service: Server) -> None:
        """The next part of the story, and which builds are asked in it."""
        self.in_service = list(in_service)
        self.part = part

    def next_server(self) -> Server:
        servers = self.in_service
        return servers[next(self._turns) % len(servers)]

    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status >= 500]

    def count(self, server: Server) -> int:
        """How many answers a build has given in this part of the story."""
        return sum((answer.part, answer.port) == (self.part, server.port) for answer in self.answers)


class Visitor:
    """Somebody with a browser that keeps cookies, and an address nobody had before."""

    def __init__(self, service: Service, email: str) -> None:
        self.service = service
        self.email = email
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.headers.update({"Host": service.host, "Connection": "close"})

    def ask(
        self, method: str, path: str, expect: int = 200, *, of: Server | None = None, **form: str
    ) -> requests.Response:
        """One request to this build, or to whichever's turn it is."""
        server = of or self.service.next_server()
        answer = self.browser.request(
            method, server.address + path, data=form or None, allow_redirects=False, timeout=PATIENCE_SECONDS
        )
        self.service.answers.append(Answer(self.service.part, server.port, f"{method} {path}", answer.status_code))
        assert answer.status_code == expect, f"{method} {path} answered {answer.status_code}: {answer.text[:2000]}"
        return answer

    def sign_in(self, of: Server | None = None) -> None:
        begun = self.ask("GET", "/login", 303, of=of)
        back = self.service.provider.answer(begun.headers["Location"], self.email)
        self.ask("GET", path_of(back), 303, of=of)

    def set_up(self, of: Server | None = None, **answers: str) -> None:
        """Answers the onboarding page, without answers by skipping it."""
        token = token_in(self.ask("GET", "/onboarding", of=of))
        self.ask("POST", "/onboarding", 303, of=of, csrf_token=token, **(answers or {"action": "skip"}))

    def change_settings(self, expect: int = 303, *, of: Server, **changed: str) -> requests.Response:
        """Sends the settings as they stand on the page, with these fields changed."""
        page = self.ask("GET", "/settings/organisation", of=of)
        return self.ask("POST", "/settings/organisation", expect, of=of, **{**fields_in(page), **changed})


class People:
    """So many visitors at a time, each followed by another, until they are told to stop."""

    def __init__(self, service: Service, count: int) -> None:
        self.service = service
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(count)
        self._visits = [self._threads.submit(self._keep_visiting, f"person{number}") for number in range(count)]

    def go_on(self) -> None:
        """Lets them visit until each build in service has answered often. Raises what one of them met."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while any(self.service.count(server) < FEWEST_ANSWERS for server in self.service.in_service):
            assert time.monotonic() < give_up_at, "too few answers"
            if any(visit.done() for visit in self._visits):
                self.stop()
            time.sleep(0.05)

    def stop(self) -> None:
        """Raises what one of them met."""
        self._stop.set()
        self._threads.shutdown()
        for visit in self._visits:
            visit.result()

    def _keep_visiting(self, who: str) -> None:
        pages = ("/", "/dashboard", "/usage", "/settings/organisation", "/status")
        for number in itertools.count():
            visitor = Visitor(self.service, f"{who}.{number}@takeover.example")
            visitor.sign_in()
            visitor.set_up()
            for page in pages:
                if self._stop.wait(SECONDS_BETWEEN_PAGES):
                    return
                visitor.ask("GET", page)


@contextlib.contextmanager
def people_visiting(service: Service, count: int = 2) -> Iterator[People]:
    """People until the end of the block, which fails when one of them met anything unexpected."""
    people = People(service, count)
    try:
        yield people
    finally:
        people.stop()


def token_in(page: requests.Response) -> str:
    return fields_in(page)["csrf_token"]


def fields_in(page: requests.Response) -> dict[str, str]:
    """What a browser would send with the page's main form if nobody touched it, buttons left out."""
    form = BeautifulSoup(page.text, "html.parser").select_one("main form")
    assert form is not None, page.text[:2000]
    return {
        str(field["name"]): str(field.get("value", ""))
        for field in form.select("input[name]")
        if field.get("type") not in ("radio", "checkbox") or field.has_attr("checked")
    }
