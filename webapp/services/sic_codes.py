"""The UK's standard industrial classification (SIC 2007): looked up by code or by word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from webapp.database import db
from webapp.domain.errors import InvalidValue
from webapp.domain.text import clean_line, has_hidden_characters
from webapp.models import SicCode

MOST_MATCHES = 8
LONGEST_SEARCH = 80
NONE_OF_THESE = "none"
"""What the radio says that leaves the code for later."""


@dataclass(frozen=True)
class SicAnswer:
    """What a typed code or word came to: a code, or matches to choose from, or neither because nothing was asked."""

    code: str | None = None
    matches: tuple[SicCode, ...] = ()


def find_description(code: str | None) -> str | None:
    """What a code stands for, or None."""
    return db.session.scalar(select(SicCode.description).where(SicCode.code == code)) if code else None


def find_answer(typed: str | None, chosen: str | None = None) -> SicAnswer:
    """Reads the two SIC fields of a form: what was typed, and which match was chosen on the second showing.

    Raises InvalidValue("sic", ...) when what was typed fits no code.
    """
    text = clean_line(typed or "")
    if not text or chosen == NONE_OF_THESE:
        return SicAnswer()
    if has_hidden_characters(text) or len(text) > LONGEST_SEARCH:
        raise InvalidValue("sic", "We could not find that SIC code. Check the code or leave it empty")
    matches = list_matches(text)
    for match in matches:
        if match.code in (text, chosen):
            return SicAnswer(code=match.code)
    if not matches:
        raise InvalidValue("sic", f"We could not find “{text}”. Check the code or leave it empty")
    return SicAnswer(matches=tuple(matches))


def list_matches(text: str) -> Sequence[SicCode]:
    """Codes that begin with these digits, or whose description holds every one of these words, the best eight first."""
    if re.fullmatch(r"[0-9]{1,5}", text):
        query = select(SicCode).where(SicCode.code.startswith(text)).order_by(SicCode.code)
        return db.session.scalars(query.limit(MOST_MATCHES)).all()
    words = [_stem(word) for word in re.findall(r"\w+", text.lower())]
    if not words:
        return []
    query = select(SicCode)
    for word in words:
        query = query.where(SicCode.description.icontains(word, autoescape=True))
    begins = case((SicCode.description.istartswith(words[0], autoescape=True), 0), else_=1)
    query = query.order_by(begins, func.length(SicCode.description), SicCode.code)
    return db.session.scalars(query.limit(MOST_MATCHES)).all()


# Words people use for trades that the official descriptions name otherwise, each checked against the 731 descriptions.
_OFFICIAL_WORDS = {
    "cinema": "motion picture projection",
    "film": "motion picture",
    "gym": "fitness",
    "pub": "public house",
}


def _stem(word: str) -> str:
    """The part of a word that its singular and plural share, so that "hotels" finds "Hotels and similar" and "shop"."""
    official = _OFFICIAL_WORDS.get(word.removesuffix("s"))
    if official:
        return official
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3]
    return word.removesuffix("s") if len(word) > 3 else word
