"""Templates lay out, macros draw: the habits of the templates folder, read from its files."""

import re
from pathlib import Path

import pytest

from tests.pages import INLINE_CODE
from webapp.domain.industries import CATALOGUE, Industry

TEMPLATES = Path(__file__).parent.parent.parent / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name not in ("components", "layouts"))
COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
EVERYTHING = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
LONGEST_PAGE = 70  # lines


def named(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_no_template_holds_inline_code(path: Path):
    assert not INLINE_CODE.search(path.read_text())


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_a_component_is_one_macro_named_like_its_file(path: Path):
    assert re.findall(r"{%-?\s*macro\s+(\w+)", path.read_text()) == [path.stem]


@pytest.mark.parametrize("path", COMPONENTS, ids=named)
def test_every_component_is_used(path: Path):
    importers = [other for other in EVERYTHING if f"components/{path.name}'" in other.read_text()]
    assert importers


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_extends_a_layout_names_its_heading_and_stays_short(path: Path):
    text = path.read_text()

    assert text.startswith("{% extends 'layouts/")
    assert "{% set heading = " in text
    assert text.count("\n") <= LONGEST_PAGE


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_macros_are_called_with_keywords(path: Path):
    text = path.read_text()
    for macro in re.findall(r"import (\w+)(?: as (\w+))? %}", text):
        name = macro[1] or macro[0]
        for arguments in re.findall(rf"{{[{{%][^}}]*?\b{name}\(([^)]*)", text):
            assert not arguments or re.match(r"\w+=", arguments), f"{name}({arguments})"


@pytest.mark.parametrize("path", PAGES + COMPONENTS, ids=named)
def test_only_the_two_form_components_open_a_form(path: Path):
    """One for what changes something, with its token, and one for what only asks."""
    opens = named(path) in ("components/form.html", "components/question_form.html")
    assert ("<form" in path.read_text()) == opens


@pytest.mark.parametrize("path", PAGES + COMPONENTS, ids=named)
def test_no_industry_is_named_in_a_template(path: Path):
    text = path.read_text().replace("Odeon Cinemas demo", "")  # the demo organisation's name is no industry
    labels = [industry.value for industry in CATALOGUE if industry is not Industry.DEFAULT]
    assert not re.search(rf"\b({'|'.join(labels)})s?\b", text, re.IGNORECASE)


@pytest.mark.parametrize("industry", Industry)
def test_every_industry_has_its_picture(industry: Industry):
    assert (TEMPLATES / "pictures" / "industries" / f"{industry.value}.svg").exists()
