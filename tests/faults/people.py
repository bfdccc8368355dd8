"""A bounded load: people who are signed in and go from page to page, newcomers who keep signing in, and what each of
them was answered."""

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from tests.faults.stack import Stack
from tests.pages import path_of
from tests.patience import comes_true
from tests.schema.service import fields_in, token_in

LONGEST_ANSWER = 25  # seconds; whoever waits for longer has not been answered
PAUSE_SECONDS = 0.04
SETTINGS = "/settings/organisation"
CUT_OFF = 0


@dataclass(frozen=True)
class Answer:
    """What somebody got. The status is CUT_OFF when the connection ended without an answer."""

    who: str
    asked: str
    began: float
    seconds: float
    status: int
    may_come_back: bool

    @property
    def is_failure(self) -> bool:
        """Anything of the 500 kind, but for a 503 that says when to come back."""
        return self.status >= 500 and not self.is_unavailable

    @property
    def is_unavailable(self) -> bool:
        return self.status == 503 and self.may_come_back


class Person:
    """Somebody with a browser that keeps cookies."""

    _numbers = itertools.count(1)

    def __init__(self, stack: Stack, answers: list[Answer]) -> None:
        self.stack = stack
        self.answers = answers
        self.name = f"person{next(self._numbers)}"
        self.browser = requests.Session()
        self.browser.trust_env = False

    def ask(self, method: str, path: str, **form: str) -> requests.Response | None:
        """One request; None when it was cut off."""
        began = time.monotonic()
        answer = None
        with contextlib.suppress(requests.RequestException):
            answer = self.browser.request(
                method, self.stack.address + path, data=form or None, allow_redirects=False, timeout=LONGEST_ANSWER
            )
        status = CUT_OFF if answer is None else answer.status_code
        may_come_back = answer is not None and answer.headers.get("Retry-After", "").isdigit()
        seconds = time.monotonic() - began
        self.answers.append(Answer(self.name, f"{method} {path}", began, seconds, status, may_come_back))
        return answer

    def begin(self) -> str | None:
        """Goes to the provider and comes back with its answer, which is not handed in yet. None if that fails."""
        begun = self.ask("GET", "/login")
        if begun is None or not begun.headers.get("Location", "").startswith(self.stack.provider.issuer):
            return None
        try:
            return path_of(self.stack.provider.answer(begun.headers["Location"], f"{self.name}@faults.example"))
        except (requests.RequestException, KeyError):
            return None

    def finish(self, back: str) -> bool:
        """Hands the provider's answer in and follows to the page that is then shown. Whether they are signed in."""
        done = self.ask("GET", back)
        if done is None or done.status_code != 303:
            return False
        page = self.ask("GET", path_of(done.headers["Location"]))
        return page is not None and page.status_code == 200

    def sign_in(self) -> bool:
        back = self.begin()
        return back is not None and self.finish(back)

    def move_in(self) -> None:
        """Signs in and is done with onboarding."""
        assert self.sign_in(), self.answers[-3:]
        page = self.ask("GET", "/onboarding")
        assert page is not None
        done = self.ask("POST", "/onboarding", csrf_token=token_in(page), action="skip")
        assert done is not None
        assert done.status_code == 303, done.text[:500]


class Load:
    """So many residents and newcomers at a time, until the end of the block."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.answers: list[Answer] = []
        self.surprises: list[str] = []
        self.residents: list[Person] = []
        self.arrived: list[str] = []
        self._stop = threading.Event()

    def since(self, moment: float, who: set[str] | None = None) -> list[Answer]:
        """The answers to what was asked from then on."""
        return [a for a in list(self.answers) if a.began >= moment and (who is None or a.who in who)]

    def refused_since(self, moment: float) -> list[Answer]:
        """Those that were told to come back, from then on. The page about a sign-in says what became of that, which may
        have been before."""
        return [a for a in self.since(moment) if a.is_unavailable and not a.asked.startswith("GET /sign-in-failed")]

    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.is_failure]

    def cut_off(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status == CUT_OFF]

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        assert comes_true(is_so), f"{what}: {self.answers[-5:]}"

    def goes_well(self, times: int = 3) -> None:
        """Until each resident has been answered so often, and well, from now on."""
        now = time.monotonic()

        def all_are_served() -> bool:
            good = [answer.who for answer in self.since(now) if answer.status in (200, 303)]
            return all(good.count(resident.name) >= times for resident in self.residents)

        self.until(all_are_served, "residents are not served")

    def everybody_is_told(self, since: float, times: int = 1) -> list[Answer]:
        """Until each resident has been told so often that Foyer is not working. The answers they got."""
        names = {resident.name for resident in self.residents}

        def all_are_told() -> bool:
            told = [answer.who for answer in self.since(since, names) if answer.is_unavailable]
            return all(told.count(name) >= times for name in names)

        self.until(all_are_told, "residents are not told")
        return [answer for answer in self.since(since, names) if answer.is_unavailable]

    def begin(self, threads: ThreadPoolExecutor, newcomers: int) -> None:
        for resident in self.residents:
            threads.submit(self._reside, resident)
        for _ in range(newcomers):
            threads.submit(self._keep_arriving)

    def end(self) -> None:
        self._stop.set()

    def _reside(self, person: Person) -> None:
        for number in itertools.count():
            for path in ("/dashboard", "/usage", "/", SETTINGS):
                if self._stop.wait(PAUSE_SECONDS):
                    return
                page = person.ask("GET", path)
                if page is not None and page.status_code not in (200, 503):
                    self.surprises.append(f"{person.name}: GET {path} answered {page.status_code}")
            if page is not None and page.status_code == 200:
                done = person.ask("POST", SETTINGS, **{**fields_in(page), "name": f"Harbour Rooms {number}"})
                if done is not None and done.status_code not in (303, 503):
                    self.surprises.append(f"{person.name}: saving settings answered {done.status_code}")

    def _keep_arriving(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            newcomer = Person(self.stack, self.answers)
            if newcomer.sign_in():
                self.arrived.append(newcomer.name)


@contextlib.contextmanager
def people(stack: Stack, *, residents: int, newcomers: int = 0) -> Iterator[Load]:
    """People who use Foyer until the end of the block, and were all served before it began."""
    load = Load(stack)
    load.residents = [Person(stack, load.answers) for _ in range(residents)]
    with ThreadPoolExecutor(residents + newcomers) as threads:
        list(threads.map(Person.move_in, load.residents))
        load.begin(threads, newcomers)
        try:
            load.goes_well(1)
            yield load
        finally:
            load.end()
