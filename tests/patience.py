"""How long tests wait for what is to happen: for as long as a machine may need that is slow, busy, or stands still for
seconds. Nothing is late before that. What has to be quick is measured in `bench`."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60


def comes_true(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it does, sooner or later."""
    ends_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.01)
    return True
