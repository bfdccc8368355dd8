"""Every use case that writes can be run again, read from the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def functions_with_a_transaction() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Wherever `transaction()` is called in the product, and the innermost function around it."""
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "transaction":
                around = [each for each in functions if each.lineno <= call.lineno <= (each.end_lineno or 0)]
                yield path.relative_to(ROOT).as_posix(), max(around, key=lambda each: each.lineno)


def test_whatever_uses_a_transaction_is_run_again_after_a_collision():
    found = list(functions_with_a_transaction())
    without = [
        f"{path}: {function.name}"
        for path, function in found
        if "retried" not in [getattr(decorator, "id", "") for decorator in function.decorator_list]
    ]
    assert len(found) > 15
    assert without == []


def test_only_use_cases_begin_transactions():
    assert {Path(path).parent.as_posix() for path, _ in functions_with_a_transaction()} == {"webapp/services"}


def test_no_use_case_is_run_within_the_transaction_of_another():
    """Its retry would run on what the other one's rollback has already taken back."""
    found = list(functions_with_a_transaction())
    use_cases = {function.name for _, function in found}
    within = [
        f"{path}: {function.name} calls {call.func.id}"
        for path, function in found
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in use_cases
    ]
    assert within == []
