"""What the application's own database role may do, when it is another than the one that owns the tables."""

from sqlalchemy import Connection, text

READ_AND_WRITE = "SELECT, INSERT, UPDATE, DELETE"

FEWER_RIGHTS = {
    "audit_events": "SELECT, INSERT",  # append-only, also for somebody who has taken the application over
    "alembic_version": "SELECT",
    "sic_codes": "SELECT",
    "enum_repairs": "SELECT",  # written by repairs, which run as the owner
}
"""Tables that get less than reading and writing."""

# Only what the owner has made itself: an extension's tables in the same schema are not ours to share out.
_OWN_TABLES = text(
    "SELECT relname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND rolname = current_user"
    " ORDER BY relname"
)


def grant_application_role(connection: Connection, role: str) -> None:
    """Gives `role` exactly the rights it needs on every table the connected owner has made. The caller commits.

    Takes away whatever it had before, in the same transaction, so running it again heals a grant made by hand. Creating
    objects in the schema is left to the owner. Raises ProgrammingError when the role does not exist.
    """
    quote = connection.dialect.identifier_preparer.quote_identifier
    quoted_role = quote(role)
    schema = quote(connection.execute(text("SELECT current_schema()")).scalar_one())
    connection.execute(text(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {quoted_role}"))
    for table in connection.execute(_OWN_TABLES).scalars().all():
        quoted_table = f"{schema}.{quote(table)}"
        connection.execute(text(f"REVOKE ALL ON {quoted_table} FROM {quoted_role}"))
        connection.execute(text(f"GRANT {FEWER_RIGHTS.get(table, READ_AND_WRITE)} ON {quoted_table} TO {quoted_role}"))
