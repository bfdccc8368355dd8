"""A browser and an address as somebody recognises them in a list of where they are signed in.

Only our own words come out: what a browser says of itself is read for a few names and never shown.
"""

from webapp.domain.addresses import parse_address

UNKNOWN_BROWSER = "Unknown browser"
UNKNOWN_ADDRESS = "Unknown address"

# The first that is found counts: most browsers also name the ones they descend from, and those of a telephone come
# under names of their own.
_BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/", "Edge/")),
    ("Opera", ("OPR/", "OPT/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("DuckDuckGo", ("DuckDuckGo/", "Ddg/")),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("CriOS/", "Chrome/", "Chromium/")),
    ("Safari", ("Safari/",)),
)
_SYSTEMS = (
    ("iPhone", ("iPhone",)),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    ("ChromeOS", ("CrOS",)),
    ("Mac", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def browser_in_words(user_agent: str | None) -> str:
    """“Firefox on Windows” from a User-Agent header; what is not recognised is called unknown or left out."""
    browser = _first_found(_BROWSERS, user_agent or "") or UNKNOWN_BROWSER
    system = _first_found(_SYSTEMS, user_agent or "")
    return f"{browser} on {system}" if system else browser


def address_in_words(address: str | None) -> str:
    """A network address in its one spelling. A proxy can be made to hand on any text, which is not repeated."""
    parsed = parse_address(address)
    return UNKNOWN_ADDRESS if parsed is None else str(parsed)


def _first_found(names: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> str | None:
    return next((name for name, marks in names if any(mark in text for mark in marks)), None)
