"""What is asked of the database to find out how it stands. Each function looks at one or more parts, on a connection of
its own that gives up soon."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, func, select, text

from webapp.database import Base
from webapp.domain.health import SEEN_MINUTES, SLOW_SECONDS, Check, Grade, Part, Remark
from webapp.domain.industries import Industry, industries_to_choose
from webapp.domain.stored_labels import labels_of
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.usage import is_counted_together, probe_store, store_standing
from webapp.models import WorkerSign
from webapp.schema.drift import find_drift
from webapp.schema.findings import Finding, Severity, worst
from webapp.schema.indexes import find_invalid_indexes
from webapp.schema.revision import NOT_MIGRATED, read_revisions
from webapp.schema.rows import MOST_USES_COUNTED, count_uses
from webapp.services.worker_signs import COUNTS_ALONE

ENUM_PARTS = (Part.INDUSTRIES, Part.PLANS, Part.ROLES)
SCHEMA_PARTS = (Part.MIGRATIONS, *ENUM_PARTS)
SIGN_PARTS = (Part.WORKERS, Part.RELEASE)

SLOW_DATABASE_SECONDS = 0.25
NEARLY_FULL = 0.8
OPERATE = "See docs/operate.md"

_CONNECTIONS = text("""
    SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity
    WHERE backend_type = 'client backend'
""")
_MAY_EDIT_THE_LOG = text("""
    SELECT right_name FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
    WHERE has_table_privilege(current_user, 'audit_events', right_name)
""")
_STATES = {"revision_behind": "Behind", "revision_ahead": "Ahead", NOT_MIGRATED: "Not migrated"}


def check_database(connection: Connection) -> list[Check]:
    """How fast it answers, and whether there is room for more connections."""
    in_use, most = connection.execute(_CONNECTIONS).one()
    began = time.monotonic()
    connection.execute(text("SELECT 1"))
    seconds = time.monotonic() - began
    sentence = f"Answered in {_milliseconds(seconds)}. {in_use:,} of {most:,} connections in use."
    if in_use >= NEARLY_FULL * most:
        remark = Remark("Soon there is none left for a request.", "Lower WEB_CONCURRENCY, or raise max_connections")
        return [Check(Part.DATABASE, Grade.WARNING, "Nearly full", sentence, (remark,))]
    if seconds > SLOW_DATABASE_SECONDS:
        return [Check(Part.DATABASE, Grade.WARNING, "Slow", sentence)]
    return [Check(Part.DATABASE, Grade.GOOD, "Working", sentence)]


def check_schema(connection: Connection) -> list[Check]:
    """The database held against the build, at this moment: migrations, and the values of each enum."""
    revisions = read_revisions(connection)
    findings = [*find_drift(connection, Base.metadata), *find_invalid_indexes(connection)]
    uses = {
        finding: _uses_in_words(connection, finding)
        for finding in findings
        if finding.type and finding.code in ("label_unknown", "label_wrong_case", "label_doubled")
    }
    return schema_checks(findings, ", ".join(revisions.current), uses)


def schema_checks(
    findings: Sequence[Finding], revision: str | None = None, uses: dict[Finding, str] | None = None
) -> list[Check]:
    """What the findings say of each part. `uses` says of some how many rows they are about."""
    uses = uses or {}
    is_migrated = all(finding.code != NOT_MIGRATED for finding in findings)
    return [
        _migrations([finding for finding in findings if finding.type not in ENUM_PARTS], revision),
        *(_values(part, [one for one in findings if one.type == part], uses, is_migrated) for part in ENUM_PARTS),
    ]


def check_audit_log(connection: Connection) -> list[Check]:
    """Whether the application could change what it has written there."""
    rights = connection.scalars(_MAY_EDIT_THE_LOG).all()
    if not rights:
        sentence = "The application can append to it, and neither change nor delete what is there."
        return [Check(Part.AUDIT_LOG, Grade.GOOD, "Protected", sentence)]
    remark = Remark(
        f"The application’s database role could {_joined([str(right).lower() for right in rights])} entries.",
        "Give the tables an owner of its own with OWNER_DATABASE_URL, and run: flask --app wsgi release",
    )
    sentence = "Nothing but the application’s own code keeps the log as it was written."
    return [Check(Part.AUDIT_LOG, Grade.WARNING, "Not protected", sentence, (remark,))]


def check_workers(connection: Connection, release: str, workers: int) -> list[Check]:
    """Which processes have left a sign of life. `workers` is how many each machine should have."""
    seen = connection.execute(
        select(WorkerSign.host, WorkerSign.release, WorkerSign.store).where(
            WorkerSign.seen_at > func.now() - timedelta(minutes=SEEN_MINUTES)
        )
    ).all()
    hosts, releases = Counter(row.host for row in seen), Counter(row.release for row in seen)
    return [
        _workers(hosts, workers, sum(row.store == COUNTS_ALONE for row in seen)),
        _release(releases, release),
    ]


def check_store(workers: int) -> list[Check]:
    """Whether requests are counted together, as this process sees it, and how fast."""
    standing = store_standing()
    seconds = None if standing.is_degraded else _probed()
    if seconds is None:
        sentence = f"{standing.name} cannot be used, so each process counts for itself. Limits still apply."
        remark = Remark("It is tried again twice a second.", f"{OPERATE}, Limits")
        return [Check(Part.STORE, Grade.PROBLEM, "Down", sentence, (remark,))]
    if not is_counted_together():
        return [_counted_apart(workers)]
    sentence = f"{standing.name} answered in {_milliseconds(seconds)}."
    if seconds > SLOW_SECONDS:
        slow = f"{sentence} Normal is under 10 ms. Limits still apply."
        return [Check(Part.STORE, Grade.WARNING, "Slow", slow)]
    return [Check(Part.STORE, Grade.GOOD, "Working", sentence)]


def _counted_apart(workers: int) -> Check:
    if workers == 1:
        return Check(Part.STORE, Grade.GOOD, "Working", "The one process that there is counts for itself.")
    sentence = "Each process counts for itself, as RATELIMIT_STORAGE_URI says: limits hold for each of them."
    return Check(Part.STORE, Grade.WARNING, "Counted apart", sentence)


def _probed() -> float | None:
    """How long the second of two questions took: the first one may have had to connect."""
    try:
        probe_store()
        return probe_store()
    except StoreUnusable:
        return None


def _migrations(findings: Sequence[Finding], revision: str | None) -> Check:
    if not findings:
        sentence = f"At {revision}, the same as this build." if revision else "The same as this build."
        return Check(Part.MIGRATIONS, Grade.GOOD, "Up to date", sentence)
    state = next((_STATES[one.code] for one in findings if one.code in _STATES), None)
    if state is None:
        state = "Unfinished index" if all(one.code == "index_invalid" for one in findings) else "Do not match"
    sentence = f"The database is at {revision}." if revision else "The database is not what this build needs."
    return Check(Part.MIGRATIONS, _grade(findings), state, sentence, _remarks(findings, {}))


def _values(part: Part, findings: Sequence[Finding], uses: dict[Finding, str], is_migrated: bool) -> Check:
    if not is_migrated:
        return Check(part, Grade.PROBLEM, "Not there", "No migration was ever run on this database.")
    labels = ", ".join(labels_of(part.value))
    if findings:
        return Check(part, _grade(findings), "Do not match", f"The code has: {labels}.", _remarks(findings, uses))
    is_offered_whole = part is Part.INDUSTRIES and len(industries_to_choose()) == len(Industry)
    who = "The database, the code and the form all" if is_offered_whole else "The database and the code both"
    return Check(part, Grade.GOOD, "Match", f"{who} have: {labels}.")


def _remarks(findings: Sequence[Finding], uses: dict[Finding, str]) -> tuple[Remark, ...]:
    return tuple(
        Remark(" ".join(filter(None, (finding.message, uses.get(finding)))), finding.remedy) for finding in findings
    )


def _grade(findings: Sequence[Finding]) -> Grade:
    return Grade.WARNING if worst(one.severity for one in findings) is Severity.WARNING else Grade.PROBLEM


def _uses_in_words(connection: Connection, finding: Finding) -> str:
    number = count_uses(connection, Base.metadata, str(finding.type), str(finding.actual))
    if number is None:
        return "How many rows use it could not be counted in time."
    more = "More than " if number > MOST_USES_COUNTED else ""
    shown = min(number, MOST_USES_COUNTED)
    return f"{more}{shown:,} {'row uses' if number == 1 else 'rows use'} it."


def _workers(hosts: Counter[str], workers: int, alone: int) -> Check:
    total, remarks = hosts.total(), []
    if not total:
        sentence = f"None has left a sign of life in the last {SEEN_MINUTES} minutes."
        remark = Remark("A server that is not started by gunicorn leaves none.")
        return Check(Part.WORKERS, Grade.WARNING, "None seen", sentence, (remark,))
    sentence = f"{_plural(total, 'process', 'processes')} on {_plural(len(hosts), 'machine', 'machines')}."
    for host, number in sorted(hosts.items()):
        if number < workers:
            remarks.append(Remark(f"{host} has {number} of {workers}.", "See the server’s log for why workers ended"))
    if alone:
        remarks.append(Remark(f"{alone} of {total} count requests by themselves.", f"{OPERATE}, Limits"))
    state = "Fewer than set" if len(remarks) > bool(alone) else "Some count alone" if alone else "Working"
    return Check(Part.WORKERS, Grade.WARNING if remarks else Grade.GOOD, state, sentence, tuple(remarks))


def _release(releases: Counter[str], ours: str) -> Check:
    others = {name: number for name, number in releases.items() if name != ours}
    if not others:
        sentence = f"Every worker that was seen runs {ours}." if releases else f"This worker runs {ours}."
        return Check(Part.RELEASE, Grade.GOOD, "The same", sentence)
    named = ", ".join(f"{name} ({number})" for name, number in sorted(others.items()))
    sentence = f"This worker runs {ours}, others run {named}, as while a release is going out."
    remark = Remark("If it stays so, machines were left out of the last release.", "Deploy again")
    return Check(Part.RELEASE, Grade.WARNING, "Different", sentence, (remark,))


def _plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _joined(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _milliseconds(seconds: float) -> str:
    return "less than 1 ms" if seconds < 0.001 else f"{round(seconds * 1000):,} ms"
