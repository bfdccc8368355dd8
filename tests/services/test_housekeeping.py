"""What is deleted, and what is kept because it is not old enough."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from tests.factories import make_claims, make_organisation
from webapp.database import Base, db
from webapp.models import LimitBreach, LimitCounter, LoginSession, UsageByMinute
from webapp.services.accounts import sign_in
from webapp.services.housekeeping import (
    Swept,
    sweep,
    sweep_breaches,
    sweep_counters,
    sweep_login_sessions,
    sweep_usage,
)

pytestmark = pytest.mark.usefixtures("database")


def add(model: type[Base], *rows: Mapping[str, object]) -> None:
    db.session.execute(insert(model), [dict(row) for row in rows])
    db.session.commit()


def count(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def ago(**time: float) -> datetime:
    return (datetime.now(UTC) - timedelta(**time)).replace(second=0, microsecond=0)


def counter(key: str, *, silent: timedelta, used: int = 0, refused: int = 0) -> dict[str, object]:
    second = int(time.time() - silent.total_seconds())
    empty = {"slots": [0] * 61, "burst_used": 0, "minute_over": 0}
    minute = {"minute": second // 60, "minute_used": used, "minute_refused": refused}
    return {"key": key, "hour": second // 3600, "hour_used": used, "second": second, **minute, **empty}


def test_usage_is_kept_for_eight_days():
    organisations = [make_organisation(f"Place {number}").id for number in range(5)]
    for organisation_id in organisations:
        add(UsageByMinute, *({"organisation_id": organisation_id, "minute": ago(days=d), "used": 1} for d in (0, 7, 9)))

    assert sweep_usage(batch=2) == 5
    assert count(UsageByMinute) == 10
    assert sweep_usage(batch=5) == 0


def test_breaches_are_kept_for_thirteen_months():
    organisation_id = make_organisation().id
    ages = (1, 200, 390, 400, 401, 402)
    breach = {"organisation_id": organisation_id, "period": "hour", "allowed": 5}
    add(LimitBreach, *({**breach, "minute": ago(days=age)} for age in ages))

    assert sweep_breaches(batch=2) == 3
    assert count(LimitBreach) == 3


def test_login_sessions_are_kept_for_thirty_days_after_their_last_use():
    claims = make_claims()
    for age in (0, 29, 31, 40):
        sign_in(claims)
        newest = select(LoginSession.id).order_by(LoginSession.created_at.desc()).limit(1).scalar_subquery()
        db.session.execute(update(LoginSession).where(LoginSession.id == newest).values(last_seen_at=ago(days=age)))
        db.session.commit()

    assert sweep_login_sessions(batch=1) == 2
    assert count(LoginSession) == 2


def test_a_silent_counter_goes_and_its_last_minute_is_kept():
    organisation_id = make_organisation().id
    key = f"organisation:{organisation_id}"
    silent = counter(key, silent=timedelta(hours=3), used=4, refused=2)
    minute = datetime.fromtimestamp(int(str(silent["minute"])) * 60, UTC)
    add(UsageByMinute, {"organisation_id": organisation_id, "minute": minute, "refused": 3})
    add(
        LimitCounter,
        silent,
        counter("address:203.0.113.9", silent=timedelta(hours=3), used=1),
        counter("organisation:00000000-0000-0000-0000-000000000001", silent=timedelta(hours=3), used=1),
        counter("address:203.0.113.10", silent=timedelta(hours=1), used=1),
    )

    assert sweep_counters(batch=2) == 3

    assert db.session.scalars(select(LimitCounter.key)).all() == ["address:203.0.113.10"]
    row = db.session.execute(select(UsageByMinute.minute, UsageByMinute.used, UsageByMinute.refused)).one()
    assert tuple(row) == (minute, 4, 5)


def test_nothing_old_is_nothing_to_do():
    make_organisation()
    assert sweep() == Swept(counters=0, minutes=0, breaches=0, sessions=0, signs=0)
