"""What `make` says on a machine that lacks something: one line that helps. Pythons are played by shell scripts."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WITHOUT_VENV = """case "$2" in *version_info*) exit 0;; esac
echo "ModuleNotFoundError: No module named 'ensurepip'" >&2
exit 1"""
TOO_OLD = 'case "$2" in *version_info*) exit 1;; esac'


def made(folder: Path, target: str, python: str) -> subprocess.CompletedProcess[str]:
    """`make` in a fresh clone, as far as it needs one, with this script for a Python."""
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements.txt", "requirements-dev.txt", "webapp/demo/requirements.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{python}\n")
    script.chmod(0o755)
    return subprocess.run(
        ["make", target, f"PY={script}"],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},  # without what a make around these tests would hand down
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("target", ["demo", "test"])
def test_a_missing_venv_module_is_named_with_what_installs_it(tmp_path: Path, target: str):
    ended = made(tmp_path, target, WITHOUT_VENV)

    assert ended.returncode != 0
    assert ended.stdout == "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv\n"
    assert all(line.startswith("make: ***") for line in ended.stderr.splitlines())
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("target", ["demo", "test"])
def test_an_old_python_is_told_how_to_choose_another(tmp_path: Path, target: str):
    ended = made(tmp_path, target, TOO_OLD)

    assert ended.returncode != 0
    assert ended.stdout == f"Foyer needs Python 3.11 or newer. If you have one: make {target} PY=python3.12\n"
    assert all(line.startswith("make: ***") for line in ended.stderr.splitlines())
    assert not (tmp_path / ".venv").exists()
