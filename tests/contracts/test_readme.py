"""The README is read by people who believe it: what it names exists, and what exists is named."""

import re
from pathlib import Path

from flask import Flask
from flask.cli import AppGroup

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
PACKAGED_GROUPS = {"db", "routes", "run", "shell"}  # Flask's and Flask-Migrate's own
SETTINGS_OF_THE_DEMO = {"IDP_PORT", "FOYER_VAR"}


def section(heading: str) -> str:
    """The text below a heading, up to the next one."""
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def named_in_first_column(text: str) -> set[str]:
    return {
        name for row in re.findall(r"^\| ?(`[^|]+)\|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    }


def test_every_setting_is_in_the_table_and_nothing_else():
    reads = r'reader\.(?:text|required|whole)\("([A-Z0-9_]+)"|_database_url\(reader, "([A-Z_]+)"'
    files = ("webapp/config.py", "webapp/setting_readers.py")
    found = [pair for file in files for pair in re.findall(reads, (ROOT / file).read_text())]
    read = {one or other for one, other in found} - SETTINGS_OF_THE_DEMO

    assert read
    assert named_in_first_column(section("Settings")) == read


def test_every_command_is_in_the_table_and_nothing_else(built_app: Flask):
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section("Commands"), re.MULTILINE)
    named = {group: set(re.findall(r"`([a-z-]+)`", words)) for group, words in rows if group not in PACKAGED_GROUPS}
    groups = {name: command for name, command in built_app.cli.commands.items() if name not in PACKAGED_GROUPS}

    lone = {name for name, command in groups.items() if not isinstance(command, AppGroup)}
    assert lone == {"release", "doctor", "stats", "housekeeping"}
    assert named == {
        name: set(command.commands) if isinstance(command, AppGroup) else set() for name, command in groups.items()
    }


def test_the_files_it_points_at_exist():
    for place in re.findall(r"\]\(([^)]+)\)|`((?:docs|webapp|seeds|migrations)[\w/]*)`", README):
        assert (ROOT / (place[0] or place[1])).exists(), place
