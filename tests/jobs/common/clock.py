"""A clock that a test moves."""


class Clock:
    """The time in seconds, as `now` says."""

    now = 100.0

    def __call__(self) -> float:
        return self.now
