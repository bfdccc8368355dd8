"""Rules that can be told by reading a migration, or `env.py`, and that nobody should have to remember.

Each function gives what is wrong in words, nothing when all is well.
"""

import ast
import re
import sys
from collections.abc import Iterator

MAY_IMPORT = {"alembic", "sqlalchemy"} | sys.stdlib_module_names
ADD_VALUE = re.compile(r"ALTER TYPE [a-z_]+ ADD VALUE IF NOT EXISTS '[a-z][a-z0-9_]*' (BEFORE|AFTER) '[a-z][a-z0-9_]*'")
DROP_INDEX = re.compile(r"DROP INDEX CONCURRENTLY IF EXISTS (?P<name>ix_[a-z0-9_]+)$")
MAKE_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX CONCURRENTLY (?P<name>ix_[a-z0-9_]+) ON ")
MENTIONS_ADD_VALUE = re.compile(r"\bADD\s+VALUE\b", re.IGNORECASE)
CHANGES_THE_CATALOGUE = re.compile(r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(pg_catalog\.)?pg_", re.IGNORECASE)
ASKS_FOR_LABELS = re.compile(r"\benum_(range|first|last)\s*\(", re.IGNORECASE)
MAY_COME_BEFORE_CONFIGURE = {"owner_engine", "create_engine", "engine.connect"}


def wrong_about(source: str) -> list[str]:
    """What is wrong with a migration."""
    tree = ast.parse(source)
    return [*_imports(tree), *_autocommit(tree), *_texts(tree)]


def executed_before_configure(source: str) -> list[str]:
    """The calls of env.py's run_online() that come before context.configure() and may send a statement.

    After any statement, Alembic takes the transaction for somebody else's: the run reports success and is rolled back.
    """
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    run_online = next(node for node in functions if node.name == "run_online")
    calls = list(_calls_in_order(run_online))
    names = [ast.unparse(call.func) for call in calls]
    if "context.configure" not in names:
        return ["context.configure() is not called"]
    return [name for name in names[: names.index("context.configure")] if name not in MAY_COME_BEFORE_CONFIGURE]


def _calls_in_order(node: ast.AST) -> Iterator[ast.Call]:
    """Every call as Python makes them: what a call is given comes before the call itself."""
    for child in ast.iter_child_nodes(node):
        yield from _calls_in_order(child)
    if isinstance(node, ast.Call):
        yield node


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            if name.partition(".")[0] not in MAY_IMPORT:
                yield f"imports {name}: what it finds there changes, and a migration never does"


def _autocommit(tree: ast.Module) -> Iterator[str]:
    """What runs outside a transaction is the whole upgrade: if it failed, what stood before it would stay for good."""
    adds = [text for text in _constants(tree) if MENTIONS_ADD_VALUE.search(text)]
    has_block = any(isinstance(node, ast.Attribute) and node.attr == "autocommit_block" for node in ast.walk(tree))
    statements = _statements_of_block(tree)
    alone = statements[0] if len(statements) == 1 else None
    if has_block and alone is None and not _makes_one_index(statements):
        yield "autocommit_block() is not alone in upgrade(), with one op.execute() of one text in it, or with an index"
    if has_block and alone is not None and not re.search(r"\bIF (NOT )?EXISTS\b", alone):
        yield "what runs in autocommit_block() says IF NOT EXISTS or IF EXISTS, so that it can be run again"
    for text in adds:
        if not ADD_VALUE.fullmatch(text):
            yield f"{text!r} is not ALTER TYPE name ADD VALUE IF NOT EXISTS 'label' BEFORE or AFTER 'label'"
    if adds and adds != [alone]:
        yield "ADD VALUE is not alone in its migration, inside autocommit_block()"
    if adds and not _does_nothing(_function(tree, "downgrade")):
        yield "a label cannot be taken back, so downgrade() does nothing"


def _texts(tree: ast.Module) -> Iterator[str]:
    for text in _constants(tree):
        if CHANGES_THE_CATALOGUE.search(text):
            yield "changes PostgreSQL's own catalogue: rows become unreadable, for pg_dump too"
        if ASKS_FOR_LABELS.search(text):
            yield "asks for all labels, which fails in the transaction that adds one: read pg_enum"


def _statements_of_block(tree: ast.Module) -> list[str]:
    """The texts that upgrade() executes in an autocommit block, none when it does anything else."""
    body = _function(tree, "upgrade").body
    if len(body) != 1 or not isinstance(body[0], ast.With):
        return []
    if [ast.unparse(item) for item in body[0].items] != ["op.get_context().autocommit_block()"]:
        return []
    statements = []
    for inner in body[0].body:
        match inner:
            case ast.Expr(ast.Call(func, [ast.Constant(str(text))], [])) if ast.unparse(func) == "op.execute":
                statements.append(text)
            case _:
                return []
    return statements


def _makes_one_index(statements: list[str]) -> bool:
    """Whether an index is dropped and made, and nothing else. One whose making was broken off stays behind, invalid and
    under its name: IF NOT EXISTS would take it for made."""
    if len(statements) != 2:
        return False
    dropped, made = (pattern.match(text) for pattern, text in zip((DROP_INDEX, MAKE_INDEX), statements, strict=True))
    return dropped is not None and made is not None and dropped["name"] == made["name"]


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def _does_nothing(function: ast.FunctionDef) -> bool:
    return all(
        isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def _constants(tree: ast.Module) -> list[str]:
    """Every text in a file except its documentation; of a text that is put together, each part."""
    documented = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef))]
    documentation = {id(node.body[0].value) for node in documented if ast.get_docstring(node) is not None}  # type: ignore[attr-defined]
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]
