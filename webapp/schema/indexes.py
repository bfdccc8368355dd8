"""Indexes that were begun and never finished: the database keeps them up to date and uses them for nothing."""

from sqlalchemy import Connection, text

from webapp.schema.findings import Finding, Severity, quoted

_UNFINISHED = text("""
    SELECT c.relname AS name, t.relname AS "table"
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE NOT i.indisvalid AND t.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
    ORDER BY 1
""")


def find_invalid_indexes(connection: Connection) -> list[Finding]:
    """What a broken-off CREATE INDEX CONCURRENTLY has left. One that is being built at this moment is none."""
    return [
        Finding(
            "index_invalid",
            Severity.WARNING,
            f"The index {row.name} of {row.table} was never finished, so pages that need it are slow.",
            f"REINDEX INDEX CONCURRENTLY {quoted(row.name)}",
            table=row.table,
        )
        for row in connection.execute(_UNFINISHED)
    ]
