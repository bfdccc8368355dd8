"""`flask` commands for operators: a group for each noun, thin over the same use cases as the pages.

Every command has an example in its help and ends with 0, with 1 when it found something wrong, or with 2 when it was
used wrongly.
"""

from flask import Flask

from webapp.cli.audit import audit
from webapp.cli.doctor import doctor
from webapp.cli.enums import enums
from webapp.cli.housekeeping import housekeeping
from webapp.cli.limits import limits
from webapp.cli.organisations import organisations
from webapp.cli.release import release
from webapp.cli.seed import seed
from webapp.cli.stats import stats
from webapp.cli.users import users


def init_cli(app: Flask) -> None:
    """Adds the groups to `flask`."""
    for command in (release, doctor, enums, organisations, users, limits, seed, audit, stats, housekeeping):
        app.cli.add_command(command)
