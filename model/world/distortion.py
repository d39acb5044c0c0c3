"""What a shock makes of what a feed says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Distortion(NamedTuple):
    """A shock, by name, and the value that is read in place of one that would be (both in the feed's numeraire per token)."""

    shock: str
    make: Callable[[float], float]


def distorted(value: float, distortions: Iterable[Distortion]) -> float:
    """The value after all distortions, in their order."""
    for distortion in distortions:
        value = distortion.make(value)
    return value
