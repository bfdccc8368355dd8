"""What the stylesheets and the script promise: contrast in both themes, small size, no colour out of place."""

import gzip
import re
from itertools import product
from pathlib import Path

import pytest

from webapp.domain.industries import Industry

STATIC = Path(__file__).parent.parent.parent / "static"
STYLESHEETS = sorted((STATIC / "css").glob("*.css"))
FOYER = (STATIC / "css" / "foyer.css").read_text()
HALL = "#0b0f16"  # the landing page's dim hall, which is dark in every theme
MOST_BYTES = 16_000  # of style and script together, as they travel

Colour = tuple[float, float, float]


def colour(text: str) -> Colour:
    digits = text.removeprefix("#")
    return (int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16))


TOKENS = {
    name: {"light": colour(light), "dark": colour(dark)}
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", FOYER)
}
INDUSTRIES = [industry.value for industry in Industry]
SIGNALS = ["good", "warn", "bad", "info"]


def mixed(over: Colour, under: Colour, share: float) -> Colour:
    """color-mix in sRGB."""
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(over, under, strict=True))
    return (red, green, blue)


def luminance(of: Colour) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in of]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def pairs(theme: str) -> list[tuple[str, Colour, Colour, float]]:
    """(name, foreground, background, least contrast) for what the stylesheets put on what, in one theme."""
    of = {name: token[theme] for name, token in TOKENS.items()}
    found: list[tuple[str, Colour, Colour, float]] = [("button", of["on-primary"], of["primary"], 4.5)]
    for ground in ("bg", "surface", "sunken"):
        found += [
            (f"ink on {ground}", of["ink"], of[ground], 7),
            (f"muted on {ground}", of["muted"], of[ground], 4.5),
            (f"control edge on {ground}", of["line-strong"], of[ground], 3),
            (f"focus ring on {ground}", of["focus"], of[ground], 3),
        ]
    for signal, ground in product(SIGNALS, ("bg", "surface")):
        found.append((f"{signal} on {ground}", of[signal], of[ground], 4.5))
    for signal in SIGNALS:
        found += [
            (f"{signal} tag", of[signal], mixed(of[signal], of["surface"], 0.11), 4.5),
            (f"ink on {signal} banner", of["ink"], mixed(of[signal], of["surface"], 0.08), 7),
        ]
    for industry in INDUSTRIES:
        accent, surface = of[industry], of["surface"]
        found += [
            (f"{industry} on surface", accent, surface, 4.5),
            (f"{industry} tag", accent, mixed(accent, surface, 0.11), 4.5),
            (f"{industry} initials", accent, mixed(accent, surface, 0.14), 4.5),
            (f"{industry} arch", accent, mixed(accent, surface, 0.13), 3),
            (f"{industry} button", of["on-accent"], accent, 4.5),
            (f"{industry} chosen card, ink", of["ink"], mixed(accent, surface, 0.06), 7),
            (f"{industry} chosen card, hint", of["muted"], mixed(accent, surface, 0.06), 4.5),
            (f"{industry} gauge", accent, mixed(accent, of["sunken"], 0.14), 3),
        ]
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_read_stands_out_from_what_is_behind_it(theme: str):
    found = pairs(theme)
    weak = [
        f"{name}: {contrast(front, back):.2f}" for name, front, back, least in found if contrast(front, back) < least
    ]
    assert len(found) > 60
    assert weak == []


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_a_lit_door_can_be_read_at_rest_and_under_the_pointer(industry: str):
    accent, ink, hall = TOKENS[industry]["dark"], TOKENS["ink"]["dark"], colour(HALL)

    assert f"--hall: {HALL}" in (STATIC / "css" / "landing.css").read_text()
    assert contrast(ink, mixed(accent, hall, 0.46)) >= 4.5
    assert contrast(ink, mixed(accent, hall, 0.50)) >= 4.5
    assert contrast(accent, mixed(accent, hall, 0.30)) >= 3


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_every_industry_has_its_accent_inside_and_while_it_is_chosen(industry: str):
    assert f'[data-industry="{industry}"] {{ --accent: var(--{industry}); }}' in FOYER
    forms = (STATIC / "css" / "forms.css").read_text()
    assert f'.ask:has([value="{industry}"]:checked) {{ --accent: var(--{industry}); }}' in forms


def test_no_two_industries_look_alike():
    for theme in ("light", "dark"):
        assert len({TOKENS[industry][theme] for industry in INDUSTRIES}) == len(INDUSTRIES)


def test_old_browsers_get_the_light_theme_with_the_same_colours():
    block = FOYER.split("@supports not", 1)[1].split("@layer base", 1)[0]
    plain = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))
    spelled_out = {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in plain.items()
    }
    assert {name: colour(value) for name, value in spelled_out.items()} == {
        name: token["light"] for name, token in TOKENS.items()
    }


def test_colours_are_written_where_the_tokens_are():
    after_tokens = FOYER.split("@layer base", 1)[1]
    others = [path.read_text() for path in STYLESHEETS if path.name not in ("foyer.css", "landing.css")]
    for text in [after_tokens, *others]:
        assert not re.search(r"#[0-9a-f]{3,8}\b", text)


def test_style_and_script_stay_small():
    """A page needs one stylesheet and one script, a form or an error page one stylesheet more."""
    files = [*STYLESHEETS, *(STATIC / "js").glob("*.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= MOST_BYTES


def test_nothing_is_fetched_from_elsewhere():
    for path in [*STYLESHEETS, *(STATIC / "js").glob("*.js")]:
        assert not re.search(r"https?://|@import|url\(\"?//", path.read_text())


def test_the_script_builds_no_markup_from_text():
    script = (STATIC / "js" / "foyer.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_typeface_comes_with_its_licence():
    assert {path.name for path in (STATIC / "fonts").iterdir()} == {
        "INSTRUMENT-SANS-OFL.txt",
        "instrument-sans-latin-wght-normal.woff2",
    }
