"""`python -m tests.faults.killed_midway`: a sign-in whose process is killed before each statement and after each.

Prints at how many points it was killed. With the settings of the database in the environment. A process of its own,
because it makes copies of itself, which must not have threads or connections yet.
"""

import os
import signal
from typing import NoReturn

from flask import Flask
from sqlalchemy import event

from webapp import create_app
from webapp.database import db
from webapp.domain.claims import IdentityClaims
from webapp.services import accounts

MOST_POINTS = 100
ISSUER = "https://midway.example/"
MOMENTS = ("begin", "before_cursor_execute", "after_cursor_execute", "commit")


def main() -> None:
    app = create_app()
    killed = 0
    while killed < MOST_POINTS and was_killed(app, point=killed):
        killed += 1
    print(killed)


def was_killed(app: Flask, point: int) -> bool:
    """Lets a copy of this process sign somebody new in and be killed at this point, if it comes that far."""
    process_id = os.fork()
    if process_id == 0:
        sign_in_and_die(app, point)
    status = os.waitpid(process_id, 0)[1]
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), status
    return os.WIFSIGNALED(status)


def sign_in_and_die(app: Flask, point: int) -> NoReturn:
    left = iter(range(point, -1, -1))

    def die_when_it_is_time(*_what: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        for moment in MOMENTS:
            event.listen(db.engine, moment, die_when_it_is_time)
        accounts.sign_in(IdentityClaims(issuer=ISSUER, subject=f"midway|{point}", email=None, email_verified=None))
        die_when_it_is_time()
    os._exit(0)


if __name__ == "__main__":
    main()
