"""The estimate in SQL, held against the same in a few lines of Python."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories import make_organisation
from webapp.domain.what_if import TriedLimits
from webapp.models import UsageByMinute
from webapp.services.organisation_details import get_any_details


@pytest.mark.parametrize(
    "tried", [TriedLimits(1, 1), TriedLimits(150, 150), TriedLimits(400, 35), TriedLimits(9_999, 99)]
)
def test_the_estimate_is_what_its_assumptions_come_to(database: sa.orm.scoped_session, tried: TriedLimits):
    organisation_id, other = make_organisation().id, make_organisation("Another").id
    chance = random.Random(7)  # the same figures each time
    newest = datetime.now(UTC).replace(second=0, microsecond=0)
    minutes = {newest - timedelta(minutes=7 * n): (chance.randrange(90), chance.randrange(9)) for n in range(200)}
    for whose in (organisation_id, other):
        for minute, (used, refused) in minutes.items():
            database.add(UsageByMinute(organisation_id=whose, minute=minute, used=used, refused=refused))
    database.add(
        UsageByMinute(organisation_id=organisation_id, minute=newest - timedelta(days=7, minutes=1), used=9_999)
    )
    database.commit()

    answer = get_any_details(organisation_id, tried).what_if

    hours: dict[datetime, list[int]] = defaultdict(list)
    for minute, (used, refused) in minutes.items():
        hours[minute.replace(minute=0)].append(used + refused)
    let_in = sum(min(tried.hour, sum(min(tried.burst, asked) for asked in hour)) for hour in hours.values())
    asked_for = sum(map(sum, hours.values()))
    assert answer is not None
    assert (answer.asked_for, answer.would_be_refused) == (asked_for, asked_for - let_in)
    assert answer.were_refused == sum(refused for _, refused in minutes.values())
    assert (answer.busiest_hour, answer.busiest_minute) == (
        max(map(sum, hours.values())),
        max(map(max, hours.values())),
    )


def test_nothing_is_estimated_unless_it_is_asked(database: sa.orm.scoped_session):
    assert get_any_details(make_organisation().id).what_if is None
