"""A clock that tests move."""

HOUR_START = 1_700_002_800.0  # the beginning of a UTC hour
assert HOUR_START % 3600 == 0


class Clock:
    """Seconds since 1970, as they were last set."""

    def __init__(self, now: float = HOUR_START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
