"""What keeps a column from getting another type: things that somebody built on it and that a repair never drops."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from webapp.schema.repair_steps import Place


@dataclass(frozen=True)
class Obstacle:
    """`drop_sql` takes it out of the way. `was` is how it was made, which may have to be written anew for an enum; None
    where PostgreSQL cannot print that."""

    words: str
    drop_sql: str | None
    was: str | None


# An index is in the way only where its condition or an expression speaks of the column: others are rebuilt.
_OBSTACLES = text(r"""
    WITH place AS (
        SELECT attrelid, attnum, attname FROM pg_attribute
        WHERE attrelid = to_regclass(:table) AND attname = :column AND NOT attisdropped
    ), users AS (
        SELECT DISTINCT d.classid, d.objid FROM pg_depend d JOIN place ON d.refobjid = attrelid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjsubid = attnum
    )
    SELECT format('%s %s', lower(kind), v.oid::regclass) AS words,
        format('DROP %s %s', kind, v.oid::regclass) AS drop_sql,
        format('CREATE %s %s AS %s', kind, v.oid::regclass, rtrim(pg_get_viewdef(v.oid), ';')) AS was
    FROM users JOIN pg_rewrite r ON classid = 'pg_rewrite'::regclass AND objid = r.oid
    JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm'),
    LATERAL (SELECT CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS kind) AS kinds
    UNION ALL
    SELECT format('trigger %s', tgname), format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass),
        pg_get_triggerdef(t.oid)
    FROM users JOIN pg_trigger t ON classid = 'pg_trigger'::regclass AND objid = t.oid
    UNION ALL
    SELECT format('index %s', i.indexrelid::regclass), format('DROP INDEX %s', i.indexrelid::regclass),
        pg_get_indexdef(i.indexrelid)
    FROM place JOIN pg_index i ON i.indrelid = attrelid
    WHERE concat_ws(' ', pg_get_expr(i.indpred, attrelid), pg_get_expr(i.indexprs, attrelid))
        ~ ('\m' || attname || '\M')
    UNION ALL
    SELECT format('constraint %s', conname), format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
    FROM place JOIN pg_constraint k ON contype IN ('c', 'f')
        AND ((conrelid = attrelid AND attnum = ANY(conkey)) OR (confrelid = attrelid AND attnum = ANY(confkey)))
    UNION ALL
    SELECT format('policy %s', polname), format('DROP POLICY %I ON %s', polname, polrelid::regclass), NULL
    FROM users JOIN pg_policy p ON classid = 'pg_policy'::regclass AND objid = p.oid
    UNION ALL
    SELECT pg_describe_object(users.classid, users.objid, 0), NULL, NULL
    FROM users LEFT JOIN pg_attrdef d ON users.classid = 'pg_attrdef'::regclass AND d.oid = users.objid
    LEFT JOIN place ON attrelid = adrelid AND attnum = adnum
    WHERE users.classid IN ('pg_proc'::regclass, 'pg_attrdef'::regclass) AND place.attnum IS NULL
    ORDER BY 1
""")


def find_obstacles(connection: Connection, place: Place) -> Iterator[Obstacle]:
    """What PostgreSQL refuses to change a column's type under, or may refuse: not every constraint survives it."""
    for row in connection.execute(_OBSTACLES, {"table": place.table_sql, "column": place.column.name}):
        yield Obstacle(row.words, row.drop_sql, row.was)
