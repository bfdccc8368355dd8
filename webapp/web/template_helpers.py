"""What templates may call: hashed addresses of static files, numbers, times and initials as people read them."""

import hashlib
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, current_app, request, url_for
from jinja2 import StrictUndefined

from webapp.domain.industries import CATALOGUE, industries_to_choose, words_for
from webapp.domain.limit_policy import BURST_SECONDS
from webapp.domain.roles import role_name
from webapp.web import charts

UK_TIME = "Europe/London"


def init_template_helpers(app: Flask) -> None:
    """Adds the helpers, and makes an undefined name in a template an error instead of an empty space."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = True
    environment.lstrip_blocks = True
    environment.filters.update(
        thousands=thousands,
        clock=clock,
        clock_to_the_second=clock_to_the_second,
        hour_span=hour_span,
        calendar_date=calendar_date,
        initials=initials,
    )
    environment.globals.update(
        asset_url=asset_url,
        this_page=this_page,
        catalogue=CATALOGUE,
        industries_to_choose=industries_to_choose,
        words_for=words_for,
        role_name=role_name,
        burst_seconds=BURST_SECONDS,
        arch_gauge_geometry=charts.arch_gauge,
        bar_width=charts.bar_width,
    )


def asset_url(filename: str) -> str:
    """The address of a static file with a hash of its content, so that it may be kept for ever and never be stale."""
    static_folder = current_app.static_folder
    assert static_folder is not None
    return url_for("static", filename=filename, v=content_hash(Path(static_folder) / filename, current_app.debug))


def content_hash(path: Path, is_debug: bool = False) -> str:
    """The first ten digits of the file's SHA-256, read once for each process unless somebody is editing files."""
    return _hash_of(path) if is_debug else _remembered_hash_of(path)


def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


_remembered_hash_of = cache(_hash_of)


def this_page() -> str:
    """The path and query that a form on every page sends back to."""
    return request.full_path.rstrip("?")


def thousands(number: int) -> str:
    """18000 as 18,000."""
    return f"{number:,}"


@cache
def page_time_zone() -> tzinfo:
    """UK time, or UTC on a machine that has no time zone data."""
    try:
        return ZoneInfo(UK_TIME)
    except ZoneInfoNotFoundError:
        return UTC


def clock(moment: datetime, zone: tzinfo | None = None) -> str:
    """15:00 in UK time from an aware datetime. Says so when it has to be UTC instead."""
    zone = zone or page_time_zone()
    return f"{moment.astimezone(zone):%H:%M}" + (" UTC" if zone is UTC else "")


def clock_to_the_second(moment: datetime, zone: tzinfo | None = None) -> str:
    """15:00:07, where what happened within a minute is told apart."""
    zone = zone or page_time_zone()
    return f"{moment.astimezone(zone):%H:%M:%S}" + (" UTC" if zone is UTC else "")


def hour_span(starts_at: datetime) -> str:
    """14:00 to 15:00, of the clock hour that begins then."""
    return f"{clock(starts_at)} to {clock(starts_at + timedelta(hours=1))}"


def calendar_date(moment: datetime | date) -> str:
    """12 August 2025, of an aware datetime in UK time."""
    day = moment.astimezone(page_time_zone()) if isinstance(moment, datetime) else moment
    return f"{day.day} {day:%B %Y}"


def initials(name: str) -> str:
    """PS for Priya Shah, P for a single word, a dot when there is nothing to take a letter from."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "·"
