"""Names that must not stand in the wrong room, read from the syntax tree. Imports between rooms are import-linter's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WEBAPP = ROOT / "webapp"


def sources(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def names_imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) for everything a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def violations(paths: list[Path], is_wrong) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {module}.{name}"
        for path in paths
        for module, name in names_imported(path)
        if is_wrong(module, name)
    ]


REQUEST_NAMES = {"request", "session", "g", "url_for", "render_template", "flash", "redirect"}


def test_use_cases_know_no_request():
    assert not violations(
        sources("webapp/services/*.py", "webapp/models/*.py", "webapp/schema/*.py"),
        lambda module, name: module == "flask" and name in REQUEST_NAMES,
    )


def test_views_and_commands_make_no_queries():
    assert not violations(
        sources("webapp/blueprints/**/*.py", "webapp/cli/*.py"),
        lambda module, name: (
            (module.startswith("sqlalchemy") and module != "sqlalchemy.exc")
            or (module == "webapp.database" and name == "db")
        ),
    )


def test_only_the_gateway_knows_the_provider_library():
    everywhere_else = [path for path in sources("webapp/**/*.py", "seeds/*.py") if "gateways" not in path.parts]
    assert not violations(everywhere_else, lambda module, name: module.split(".")[0] == "authlib")
    gateways = [
        path
        for path in sources("webapp/gateways/*.py")
        if any(m.startswith("authlib") for m, _ in names_imported(path))
    ]
    assert [path.name for path in gateways] == ["identity_provider.py"]


def test_only_the_configuration_reads_the_environment():
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in sources("webapp/**/*.py", "seeds/*.py", "migrations/**/*.py", "wsgi.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and getattr(node.value, "id", "") == "os"
        )
    ]
    assert set(readers) <= {"webapp/config.py"}


def test_migrations_are_frozen():
    assert not violations(
        sources("migrations/versions/*.py"), lambda module, name: module.split(".")[0] in ("webapp", "seeds", "flask")
    )


def test_tables_are_built_by_migrations_only():
    callers = [
        path.relative_to(ROOT).as_posix()
        for path in sources("webapp/**/*.py", "tests/**/*.py", "seeds/*.py", "migrations/**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "create_all"
    ]
    assert callers == []


def test_an_organisation_is_made_in_one_place():
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in sources("webapp/**/*.py", "seeds/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Organisation"
    ]
    assert makers == ["webapp/services/organisations.py"]


LABELS = {"cinema", "hotel", "gym", "b2b", "retail"}
HOMES = {"webapp/domain/industries.py"}


def test_an_industry_label_is_typed_nowhere_but_in_the_catalogue():
    typed = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("webapp/**/*.py", "seeds/*.py")
        if path.relative_to(ROOT).as_posix() not in HOMES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in LABELS
    ]
    # The words people type for trades, among them "cinema" and "gym", are not labels.
    assert [place for place in typed if not place.startswith("webapp/services/sic_codes.py")] == []


@pytest.mark.parametrize("room", [path.name for path in sorted(WEBAPP.iterdir()) if (path / "__init__.py").exists()])
def test_every_room_says_what_belongs_in_it(room: str):
    assert ast.get_docstring(ast.parse((WEBAPP / room / "__init__.py").read_text()))


def test_modules_stay_short():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources("webapp/**/*.py", "tests/**/*.py", "migrations/env.py")
        if (lines := len(path.read_text().splitlines())) > 320
    }
    assert long == {}
