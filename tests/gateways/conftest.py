"""What the tests with a hostile provider share."""

from collections.abc import Iterator

import pytest

from tests.hostile.trial import fresh_gateway
from tests.pages import Browse


@pytest.fixture
def stranger(browse: Browse) -> Iterator[Browse]:
    """A person with a browser, at an application that knows nothing of its provider yet."""
    with fresh_gateway(browse.app):
        yield browse
