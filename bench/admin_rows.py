"""Fills a database with as many organisations, people and audit entries as an admin might one day look through.

`python -m bench.admin_rows DATABASE_URL [ORGANISATIONS]` fills one that the migrations have built and that is empty;
three people and five audit entries come with each organisation. Never run it on a database that somebody needs.
"""

import sys
import time

import sqlalchemy as sa

from webapp.config import with_driver

PEOPLE, AUDIT_ENTRIES = 3, 5
"""For each organisation."""

ACTIVE_THIS_HOUR = 100
"""One organisation in so many has used something of the running hour."""

WORDS = (
    "Odeon Harbour Northern Grand Royal Station Garden River Castle Market Mill Bridge Abbey Orchard Meadow Beacon"
    " Summit Anchor Falcon Granite Copper Silver Amber Willow Juniper Heron Kestrel Badger Otter Thistle Clover Saffron"
    " Lantern Compass Harvest Tidal Marlow Ashby Denton Elgin Fenwick Girton Henley Ilkley Kendal Ludlow Malvern"
)
KINDS = "Cinemas Rooms Leisure Supply Stores Partners Works Group Trust Studio Trading"
STEMS = (
    "Ash Black Brad Clay Dal East Fair Gar Hart Holl Kings Lang Mar Nor Oak Pem Red Sher Stan Thorn Under Wal West Whit"
    " Win Wood York Hadd Led Mil"
)
ENDINGS = "ford ton ley worth field well bury ham wood by man ridge stone croft more shaw dale gate land"
"""Of surnames, of which there are 570: each is one person in as many, as the frequent ones are in the UK."""

_STEPS = {
    "organisations": """
        INSERT INTO organisations (id, name, industry_type, subscription_plan, is_active, sic_code, created_at,
                                   rate_limit_per_hour, onboarded_at)
        SELECT md5('o' || n)::uuid,
               words[1 + n % 47] || ' ' || kinds[1 + n / 7 % 11] || ' ' || n,
               (enum_range(NULL::industry))[1 + n % 6],
               (enum_range(NULL::subscription_plan))[CASE WHEN n % 20 = 0 THEN 3 WHEN n % 4 = 0 THEN 2 ELSE 1 END],
               n % 100 <> 1,
               CASE WHEN n % 6 = 0 THEN '59140' WHEN n % 6 = 1 THEN '55100' END,
               now() - n * interval '30 seconds',
               CASE WHEN n / 100 % 50 = 3 THEN 1000 + n % 9000 END,
               now() - n * interval '30 seconds'
        FROM generate_series(1, :organisations) n,
             (SELECT string_to_array(:words, ' ') AS words, string_to_array(:kinds, ' ') AS kinds) lists
    """,
    "users": """
        INSERT INTO users (id, email, email_verified, display_name, is_active, is_platform_admin, created_at,
                           last_signed_in_at)
        SELECT md5('u' || n)::uuid,
               lower(words[1 + n % 47]) || '.' || n || '@' || lower(words[1 + n / 3 % 47])
                   || '-' || n / 3 || '.example',
               true, words[1 + n / 5 % 47] || ' ' || stems[1 + n % 30] || endings[1 + n::bigint * 7919 % 19],
               n % 500 <> 0, n % 10000 = 1, now() - n * interval '10 seconds',
               CASE WHEN n % 10 <> 0 THEN now() - n * interval '5 seconds' END
        FROM generate_series(1, :people) n,
             (SELECT string_to_array(:words, ' ') AS words, string_to_array(:stems, ' ') AS stems,
                     string_to_array(:endings, ' ') AS endings) lists
    """,
    "memberships": """
        INSERT INTO memberships (id, user_id, organisation_id, role, created_at)
        SELECT md5('m' || n)::uuid, md5('u' || n)::uuid, md5('o' || 1 + (n - 1) / 3)::uuid,
               (enum_range(NULL::membership_role))[1 + n % 3], now() - n * interval '10 seconds'
        FROM generate_series(1, :people) n
    """,
    "identities": """
        INSERT INTO identities (id, user_id, issuer, subject)
        SELECT md5('i' || n)::uuid, md5('u' || n)::uuid, 'https://bench.example/', 'bench|' || n
        FROM generate_series(1, :people) n
    """,
    "audit_events": """
        INSERT INTO audit_events (id, at, actor, actor_user_id, action, organisation_id, subject, changes, reason,
                                  reference)
        SELECT md5('a' || n)::uuid, now() - n * interval '7 seconds', 'user', md5('u' || 1 + n % :people)::uuid,
               (ARRAY['limits.set', 'organisation.changed', 'organisation.plan_set', 'user.blocked',
                      'membership.role_changed'])[1 + n % 5],
               md5('o' || 1 + n % :organisations)::uuid, 'user:' || md5('u' || 1 + (n + 1) % :people)::uuid,
               '{"rate_limit_per_hour": [500, 600]}', CASE WHEN n % 3 = 0 THEN 'As agreed by telephone' END,
               'FY-' || upper(substr(md5('r' || n), 1, 4)) || '-' || n
        FROM generate_series(1, :audit_entries) n
    """,
    "limit_counters": """
        INSERT INTO limit_counters (key, hour, hour_used, second, slots, burst_used, minute, minute_used,
                                    minute_refused, minute_over)
        SELECT 'organisation:' || md5('o' || n * :active_this_hour)::uuid, floor(extract(epoch FROM now()) / 3600),
               1 + n * 1009 % 6000, floor(extract(epoch FROM now())), array_fill(0, ARRAY[61]), 0,
               floor(extract(epoch FROM now()) / 60), 0, 0, 0
        FROM generate_series(1, :organisations / :active_this_hour) n
    """,
    "usage_by_minute": """
        INSERT INTO usage_by_minute (organisation_id, minute, used, refused)
        SELECT md5('o1')::uuid, date_trunc('minute', now()) - n * interval '1 minute', n % 200, n % 7
        FROM generate_series(1, 7 * 24 * 60) n
    """,
    "limit_breaches": """
        INSERT INTO limit_breaches (organisation_id, minute, period, allowed)
        SELECT md5('o' || n % :organisations + 1)::uuid, date_trunc('minute', now()) - n * interval '6 minutes', 'hour',
               6000
        FROM generate_series(1, 90 * 240) n
    """,
    "activity": """
        INSERT INTO activity (hour, what, cause, industry, count)
        SELECT date_trunc('hour', now()) - n * interval '1 hour', what, cause, industry, 1 + (n * 7) % 40
        FROM generate_series(0, 90 * 24) n,
             (VALUES ('sign_in_succeeded', '', 'cinema'), ('sign_in_succeeded', '', 'hotel'),
                     ('sign_in_succeeded', '', 'b2b'), ('sign_in_refused', 'cancelled', ''),
                     ('sign_in_refused', 'lost_attempt', ''), ('organisation_created', '', 'gym'),
                     ('first_sign_in', '', 'default'), ('onboarding_seen', '', 'default'),
                     ('onboarding_finished', '', 'gym'), ('onboarding_skipped', '', ''),
                     ('dashboard_reached', '', 'gym')) kinds(what, cause, industry)
    """,
}

_TO_THIS_HOUR = """
    UPDATE limit_counters SET hour = this FROM (SELECT floor(extract(epoch FROM now()) / 3600) AS this) clock
    WHERE hour <> this
"""


def fill(connection: sa.Connection, organisations: int, *, says: bool = False) -> None:
    """Fills a database that the migrations built, as its owner, and lets the planner know. `connection` is in
    autocommit mode."""
    numbers = {
        "organisations": organisations,
        "people": organisations * PEOPLE,
        "audit_entries": organisations * AUDIT_ENTRIES,
        "active_this_hour": ACTIVE_THIS_HOUR,
        "words": WORDS,
        "kinds": KINDS,
        "stems": STEMS,
        "endings": ENDINGS,
    }
    for table, statement in _STEPS.items():
        began = time.monotonic()
        step = sa.text(statement)
        connection.execute(step, {name: numbers[name] for name in step.compile().params})
        if says:
            print(f"{table}: {time.monotonic() - began:.1f} s", flush=True)
    connection.execute(sa.text("VACUUM (ANALYZE)"))


def keep_this_hour(url: str) -> None:
    """Lets what was used in the hour of filling be of this hour, if that is another by now."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if connection.execute(sa.text(_TO_THIS_HOUR)).rowcount:
            connection.execute(sa.text("VACUUM (ANALYZE) limit_counters"))
    engine.dispose()


def main(url: str, organisations: int) -> None:
    engine = sa.create_engine(with_driver(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        fill(connection, organisations, says=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) == 3 else 1_000_000)
