"""The clock: seconds since 1970, moved by the ecosystem alone."""

from __future__ import annotations


class Clock:
    """Time of the run in seconds since 1970-01-01 UTC.

    ``start`` is the first moment, ``tick`` the length of a step in seconds. ``now`` moves inside a step, from
    block to block; nothing in the model counts ticks.
    """

    __slots__ = ("now", "start", "tick")

    def __init__(self, start: float, tick: float) -> None:
        if not tick > 0:
            raise ValueError(f"tick {tick}: allowed are lengths above 0 seconds")
        self.start = start
        self.tick = tick
        self.now = start

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the run."""
        return self.now - self.start

    def advance(self, moment: float) -> None:
        """Move to ``moment``.

        Raises:
            ValueError: the moment lies in the past.
        """
        if moment < self.now:
            raise ValueError(f"the clock cannot go back from {self.now} to {moment}")
        self.now = moment
