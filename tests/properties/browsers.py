"""Where a browser goes for the text of a Location header: the part of the WHATWG URL standard (4.4) that decides it."""

import re

OURS = "https://foyer.example"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SPECIAL = {"http", "https", "ws", "wss", "ftp", "file"}
_C0_AND_SPACE = "".join(map(chr, range(0x21)))


def place_of(location: str) -> str:
    """The origin that a browser on a page of ours ends up at; what is not of the web is given by its scheme."""
    text = location.strip(_C0_AND_SPACE)
    text = re.sub(r"[\t\n\r]", "", text)
    scheme, rest = "https", text
    if found := _SCHEME.match(text):
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme not in _SPECIAL:
            return f"{scheme}:"
    is_relative = scheme == "https" and not re.match(r"[/\\]{2}", rest)
    if is_relative:
        return OURS
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    return f"{scheme}://{authority.rpartition('@')[2].lower()}"
