"""How Foyer speaks: British, calm, and without words that beg, joke or shout. Read from wherever a page gets its words.

Rendered pages are not read: they also hold what people typed and the official names of SIC codes, which keep theirs.
"""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from webapp.domain.industries import CATALOGUE, Industry, IndustryEntry

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
ROOMS = ("domain", "services", "web", "blueprints", "cli")
MODULES = sorted(path for room in ROOMS for path in (ROOT / "webapp" / room).rglob("*.py"))
SPOKEN = ("aria-label", "alt", "title", "placeholder")

BANNED = {
    "begging": r"\bplease\b",
    "joking": r"\b(?:oops|whoops|uh[ -]oh|yay)\b",
    "shouting": r"[\w”’)]!(?!=)",
    "another word for signing in": r"\blog(?:s|ged|ging)?[ -](?:in|out|on|off)\b|\bsign(?:ed|ing)?-?up\b",
    "an error's number": r"\berror \d|\b[45]\d\d error\b",
    "American -ize": r"\b(?!(?:re|over|out)?siz|priz|seiz|capsiz)\w+iz(?:e[ds]?|ing|ations?|ers?)\b",
    "American -or": r"\b(?:col|fav|behavi|neighb|hon|harb|lab)or(?:s|ed|ing|ite|ites|hood)?\b",
    "American -er": r"\b(?:center|theater|fiber|liter)(?:s|ed)?\b",
    "American -l": r"\b(?:cancel|label|travel|model)(?:ed|ing|er)\b|\bfulfill(?:s|ment)?\b|\benrollment\b",
    "American -og": r"\b(?:catalog|dialog|analog)s?\b",
    "American -ense": r"\b(?:def|off)ense\b",
    "American grey": r"\bgray\b",
}


def offences(text: str) -> list[str]:
    """What is wrong with a text, with the words that are."""
    return [
        f"{name}: {found[0]!r} in {text.strip()[:80]!r}"
        for name, pattern in BANNED.items()
        if (found := re.search(pattern, text, re.IGNORECASE))
    ]


def texts_of_template(path: Path) -> Iterator[str]:
    """Its text, the attributes that are read out, and the texts that it hands to macros."""
    source = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    yield from (text for code in re.findall(r"{[{%].*?[%}]}", source, re.DOTALL) for text in texts_in_code(code))
    soup = BeautifulSoup(re.sub(r"{[{%].*?[%}]}", " ", source, flags=re.DOTALL), "html.parser")
    yield soup.get_text(" ")
    for element in soup.find_all(True):
        yield from (str(element[name]) for name in SPOKEN if element.has_attr(name))


def texts_in_code(code: str) -> Iterator[str]:
    """The quoted texts of an expression or a script that are sentences or words, not names."""
    for double, single, template in re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`\n]*)`', code):
        text = double or single or template
        if re.match(r"[A-Z]", text) or " " in text.strip():
            yield text


def texts_of_module(path: Path) -> Iterator[str]:
    """Its texts with a space in them, without the docstrings, which are for us."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if is_text and " " in node.value.strip():
            yield node.value


def texts_of_entry(entry: IndustryEntry) -> Iterator[str]:
    for value in dataclasses.asdict(entry).values():
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, str):
            yield value


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_speaks_as_we_do(path: Path):
    assert [offence for text in texts_of_template(path) for offence in offences(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_the_script_speaks_as_we_do(path: Path):
    assert [offence for text in texts_in_code(path.read_text()) for offence in offences(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_speaks_as_we_do(path: Path):
    assert [offence for text in texts_of_module(path) for offence in offences(text)] == []


@pytest.mark.parametrize("industry", list(Industry))
def test_an_industry_speaks_as_we_do(industry: Industry):
    texts = list(texts_of_entry(CATALOGUE[industry]))

    assert len(texts) > 15
    assert [offence for text in texts for offence in offences(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Please try again",
        "Oops, that went wrong",
        "You are in!",
        "Log in to go on",
        "You are logged out",
        "Your organization",
        "Customize it",
        "Pick a color",
        "Your favorite",
        "The center",
        "You canceled",
        "Error 404",
    ],
)
def test_the_rules_notice_what_they_are_for(text: str):
    assert offences(text)


@pytest.mark.parametrize(
    "text",
    ["Your organisation", "The size of a prize", "a != b", "Cancelled", "The Harbour Rooms", "Sign in", "12 colours"],
)
def test_the_rules_leave_good_words_alone(text: str):
    assert not offences(text)
