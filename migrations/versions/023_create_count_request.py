"""Create the function that counts one request: hour and burst decided together, in one statement of one round trip.

It locks the key's row for as long as it runs, so processes and machines count exactly together, by this server's clock.
A refused request uses up nothing. When the minute turns, what the last one came to goes into usage_by_minute; the first
refusal of a minute goes into limit_breaches.

Downgrade: requests are counted in each process until the next upgrade.
"""

from alembic import op

revision = "023_create_count_request"
down_revision = "022_create_industry_limits"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION count_request(
            p_key text, p_hour integer, p_burst integer, p_is_enforced boolean, p_organisation_id uuid,
            p_at double precision,
            OUT is_within boolean, OUT now_at double precision, OUT hour_used integer,
            OUT hour_ends_at double precision, OUT burst_used integer, OUT burst_frees_at double precision
        ) LANGUAGE plpgsql AS $$
        DECLARE
            c limit_counters;
            n bigint;
            must_leave integer;
            is_counted boolean;
            is_burst boolean;
            empty_slots CONSTANT integer[] := array_fill(0, ARRAY[61]);
        BEGIN
            -- Two first requests of a key may meet here, or one and whoever takes silent keys away: whichever way it
            -- goes, each leaves with the row locked.
            LOOP
                SELECT * INTO c FROM limit_counters WHERE key = p_key FOR UPDATE;
                EXIT WHEN FOUND;
                n := floor(coalesce(p_at, extract(epoch FROM clock_timestamp())));
                INSERT INTO limit_counters VALUES (p_key, n / 3600, 0, n, empty_slots, 0, n / 60, 0, 0, 0)
                ON CONFLICT DO NOTHING;
            END LOOP;
            -- Read with the row in hand: whoever waited for it is counted in the second they were let in.
            now_at := coalesce(p_at, extract(epoch FROM clock_timestamp()));
            n := floor(now_at);
            -- A clock that is set back a little must not give anybody a second allowance; one that is set back by more
            -- was wrong before, and waiting for its hour would lock everybody out.
            IF n < c.second - 60 THEN
                c.hour := n / 3600; c.hour_used := 0; c.second := n; c.slots := empty_slots; c.burst_used := 0;
            END IF;
            n := greatest(n, c.second);
            IF n / 3600 > c.hour THEN
                c.hour := n / 3600; c.hour_used := 0;
            END IF;
            IF n - c.second >= 61 THEN
                c.slots := empty_slots; c.burst_used := 0;
            ELSE
                FOR gone IN c.second + 1 .. n LOOP
                    c.burst_used := c.burst_used - c.slots[gone % 61 + 1];
                    c.slots[gone % 61 + 1] := 0;
                END LOOP;
            END IF;
            c.second := n;
            is_within := c.hour_used < p_hour AND c.burst_used < p_burst;
            is_counted := is_within OR NOT p_is_enforced;
            IF is_counted THEN
                c.hour_used := c.hour_used + 1;
                c.burst_used := c.burst_used + 1;
                c.slots[n % 61 + 1] := c.slots[n % 61 + 1] + 1;
            END IF;
            hour_used := c.hour_used;
            hour_ends_at := (c.hour + 1) * 3600;
            burst_used := c.burst_used;
            burst_frees_at := now_at;
            must_leave := greatest(1, c.burst_used - p_burst + 1);
            FOR at_second IN n - 60 .. n LOOP
                must_leave := must_leave - c.slots[at_second % 61 + 1];
                IF must_leave <= 0 THEN
                    burst_frees_at := at_second + 61;
                    EXIT;
                END IF;
            END LOOP;
            -- What the foreign keys below would wait for, an organisation that somebody else has locked, is not waited
            -- for: its minute then goes on, and is written by a later request.
            IF n / 60 <> c.minute AND p_organisation_id IS NOT NULL AND c.minute_used + c.minute_refused > 0 THEN
                INSERT INTO usage_by_minute AS u (organisation_id, minute, used, refused, over)
                SELECT o.id, to_timestamp(c.minute * 60), c.minute_used, c.minute_refused, c.minute_over
                FROM organisations AS o WHERE o.id = p_organisation_id FOR KEY SHARE SKIP LOCKED
                ON CONFLICT (organisation_id, minute) DO UPDATE SET used = u.used + EXCLUDED.used,
                    refused = u.refused + EXCLUDED.refused, over = u.over + EXCLUDED.over;
                IF FOUND THEN
                    c.minute_used := 0; c.minute_refused := 0; c.minute_over := 0;
                END IF;
            END IF;
            IF p_organisation_id IS NULL OR c.minute_used + c.minute_refused = 0 THEN
                c.minute := n / 60;
            END IF;
            IF is_counted THEN
                c.minute_used := c.minute_used + 1;
                c.minute_over := c.minute_over + (NOT is_within)::integer;
            ELSE
                IF p_organisation_id IS NOT NULL AND c.minute_refused = 0 THEN
                    is_burst := c.burst_used >= p_burst
                        AND NOT (c.hour_used >= p_hour AND hour_ends_at >= burst_frees_at);
                    INSERT INTO limit_breaches (organisation_id, minute, period, allowed)
                    SELECT o.id, to_timestamp(n / 60 * 60), CASE WHEN is_burst THEN 'burst' ELSE 'hour' END,
                        CASE WHEN is_burst THEN p_burst ELSE p_hour END
                    FROM organisations AS o WHERE o.id = p_organisation_id FOR KEY SHARE SKIP LOCKED
                    ON CONFLICT DO NOTHING;
                END IF;
                c.minute_refused := c.minute_refused + 1;
            END IF;
            UPDATE limit_counters AS l SET hour = c.hour, hour_used = c.hour_used, second = c.second, slots = c.slots,
                burst_used = c.burst_used, minute = c.minute, minute_used = c.minute_used,
                minute_refused = c.minute_refused, minute_over = c.minute_over
            WHERE l.key = p_key;
        END $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION count_request(text, integer, integer, boolean, uuid, double precision)")
