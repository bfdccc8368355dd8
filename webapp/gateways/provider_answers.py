"""What a provider's answer may do to us: the ways in which it is refused, and JSON that can be read in one way only."""

import json
from typing import Any

from joserfc.errors import JoseError


class UnusableAnswer(Exception):
    """The provider answered, but not with what it should."""


class ProviderAway(Exception):
    """The provider answered that it cannot serve us now."""


# Whatever reading a hostile or broken answer has been seen to raise, in joserfc, cryptography and the standard library.
# Caught only around lines that read an answer, where nothing of ours can raise them.
BROKEN: tuple[type[Exception], ...] = (
    JoseError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)


class StrictDecoder(json.JSONDecoder):
    """Refuses what different readers read differently: a name that stands twice, NaN and the infinities."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "object_pairs_hook": _once_each, "parse_constant": _refuse_constant})


def read_json(body: bytes, what: str) -> Any:
    """The document in the body of an answer, which is UTF-8 whatever its headers say. Raises UnusableAnswer.

    Not by `requests`, which guesses at an encoding: a megabyte of noise takes it longer than a sign-in may.
    """
    try:
        return json.loads(body.decode("utf-8"), cls=StrictDecoder)
    except (ValueError, RecursionError) as error:  # a hundred thousand brackets are valid and bottomless
        raise UnusableAnswer(f"{what} is not JSON") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


def _refuse_constant(_word: str) -> Any:
    raise ValueError("not a number")
