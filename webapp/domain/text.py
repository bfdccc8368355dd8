"""What a person may type into a one-line field."""

import unicodedata

_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol by category, yet drawn as nothing


LONGEST_NORMALISED = 1_000
"""Characters. Python's time for NFC grows with the square of a run of combining marks (14 seconds for the 256 kB of a
body, during which the process answers nobody), and every field is far shorter."""


def clean_line(value: str) -> str:
    """The text in Unicode NFC, spaces of any width made single and the ends trimmed.

    Control characters are left where they are, for `has_hidden_characters` to find. What is longer than any field may
    be is not normalised, and left for the field to refuse.
    """
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in value)
    line = " ".join(word for word in spaced.split(" ") if word)
    return unicodedata.normalize("NFC", line) if len(line) <= LONGEST_NORMALISED else line


def without_hidden_characters(value: str) -> str:
    """The text a provider gave us, with what `has_hidden_characters` finds left out: it cannot be asked to mend it."""
    start = value[:LONGEST_NORMALISED]
    return clean_line("".join(character for character in start if not has_hidden_characters(character)))


def has_visible_characters(value: str) -> bool:
    """False for what nobody can see: nothing, or only spaces, joiners, blank letters and marks without a letter."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in _BLANKS for character in value)


def has_hidden_characters(value: str) -> bool:
    """True for control characters (NUL and line breaks among them), bidirectional overrides and lone surrogates.

    Such a name could read as another one on a page or in a log (Unicode TR 36, 2.4), so it is refused, not mended.
    """
    return any(
        character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        for character in value
    )
