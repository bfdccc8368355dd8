"""When two labels are two spellings of one."""

import re


def partner_of(label: str, known: list[str]) -> str | None:
    """The declared label that this one is another spelling of: other case, padding, spaces or hyphens."""
    plain = re.sub(r"[\s-]+", "_", label.strip().casefold())
    return plain if plain in known and plain != label else None
