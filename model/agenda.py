"""The agenda: when deciders are to be asked next. Timers recur; alarms ring once, and of several of one decider only the earliest."""

from __future__ import annotations

import heapq
import itertools
import math


class Agenda:
    """Timers and alarms of deciders, by their places in the ecosystem. A reverted decider is asked again after a back-off that doubles."""

    first_back_off = 60.0
    longest_back_off = 3_600.0

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, int, float | None]] = []
        self._count = itertools.count()
        self._alarms: dict[int, float] = {}
        self._back_off: dict[int, float] = {}

    def next_time(self) -> float:
        """Time of the next timer or alarm, infinity when there is none."""
        return self._heap[0][0] if self._heap else math.inf

    def due(self, now: float) -> list[int]:
        """Deciders whose timer or alarm is due."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            moment, _, place, period = heapq.heappop(self._heap)
            if period is not None:
                self.set_timer(moment + period, place, period)
            elif self._alarms.get(place) == moment:
                del self._alarms[place]
            else:
                continue  # an alarm that an earlier one has replaced
            found.append(place)
        return found

    def set_timer(self, moment: float, place: int, period: float) -> None:
        """Ask at ``moment`` and every ``period`` seconds after it (infinity: once)."""
        heapq.heappush(self._heap, (moment, next(self._count), place, period))

    def set_alarm(self, moment: float, place: int) -> None:
        """Ask once at ``moment``, unless an earlier alarm is set."""
        if moment < self._alarms.get(place, math.inf):
            self._alarms[place] = moment
            heapq.heappush(self._heap, (moment, next(self._count), place, None))

    def back_off(self, place: int) -> float:
        """Seconds until a decider is asked again after a revert, longer each time."""
        wait = self._back_off.get(place, self.first_back_off)
        self._back_off[place] = min(2.0 * wait, self.longest_back_off)
        return wait

    def calm(self, place: int) -> None:
        """Forget the reverts of a decider."""
        self._back_off.pop(place, None)
