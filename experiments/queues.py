"""Outcomes of redemption queues: what stands in line, what a new request would wait, and what redemption arbitrage has earned."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from agents.arbitrageurs.redemption import RedemptionArbitrageur
from model.core.units import DAY, YEAR
from model.ecosystem import Ecosystem
from model.outcomes import Outcome
from model.world.claim import ClaimToken
from model.world.world import World


def queue_outcomes(model: Ecosystem) -> Iterator[Outcome]:
    """Line, wait and rate of every claim whose redemptions queue, and the realised yield of every population that buys and redeems."""
    for claim in model.world.all(ClaimToken):
        if claim.mechanism.queues and claim.custodian is None:
            backing, name = claim.backing_token, claim.name
            yield Outcome(
                f"queue.{name}", backing, f"{backing} in the line that {name} leaves through, others included", _ahead(claim), "lower"
            )
            yield Outcome(
                f"wait.{name}", "days", f"until {name} redeemed now is paid, for one token; none while closed", _wait(claim), "lower"
            )
            yield Outcome(f"rate.{name}", f"{backing} per {name}", "backing that stands behind one token", _rate(claim))
    redeemers: dict[str, RedemptionArbitrageur] = {}
    for decider in model.deciders:
        if isinstance(decider, RedemptionArbitrageur):
            redeemers.setdefault(model.world.accounts.group(decider.account), decider)
    for name, one in redeemers.items():
        claim, backing = str(one.params.claim), str(one.params.backing)
        meaning = f"received less paid, per {backing} and year tied up, of {claim} bought, redeemed and paid out so far; before gas"
        yield Outcome(f"redemption_yield.{name}", "1/year", meaning, _earned(model.world, name, claim, backing), "higher")


class RealisedYield:
    """The yield that a population has realised on a claim, from its cash flows alone: what it paid for purchases (swaps), what it
    received for them (payments at once and settled requests), and the time between. Simple, weighted by capital and time:
    sum of (received - paid) / sum of paid x years.

    A purchase belongs to what its buyer redeems in the same transaction. NaN before anything is paid out.
    """

    def __init__(self, world: World, population: str, claim: str, backing: str) -> None:
        self._world = world
        self._population = population
        self._claim = claim
        self._backing = backing
        self._swaps = self._redemptions = 0
        self._open: dict[int, tuple[float, float]] = {}
        """Number of a request -> what was paid for it, and when."""
        self._gained = self._tied_up = 0.0

    def read(self) -> float:
        """The yield with the events since the last reading."""
        events = self._world.events
        rows = [row for row in events.since("redemptions", self._redemptions) if self._mine(row["account"]) and row["token"] == self._claim]
        self._redemptions = events.count("redemptions")
        bought = self._bought() if any(row["step"] != "settled" for row in rows) else {}
        self._swaps = events.count("swaps")
        redeemed: dict[tuple[str, float], float] = {}
        for row in rows:
            if row["step"] != "settled":
                key = row["account"], row["time"]
                redeemed[key] = redeemed.get(key, 0.0) + row["amount"]
        for row in rows:
            self._book(row, bought, redeemed)
        return self._gained / self._tied_up if self._tied_up > 0.0 else math.nan

    def _book(self, row: dict[str, object], bought: dict[tuple[str, float], float], redeemed: dict[tuple[str, float], float]) -> None:
        amount, time, number = float(str(row["amount"])), float(str(row["time"])), int(str(row["request"]))
        if row["step"] == "settled":
            if number in self._open:
                paid, since = self._open.pop(number)
                self._gained += amount - paid
                self._tied_up += paid * (time - since) / YEAR
            return
        key = str(row["account"]), time
        if key in bought and redeemed[key] > 0.0:
            paid = bought[key] * amount / redeemed[key]
            if row["step"] == "requested":
                self._open[number] = paid, time
            else:
                self._gained += amount - paid

    def _bought(self) -> dict[tuple[str, float], float]:
        """(Buyer, time) -> backing paid for the claim, since the last reading."""
        found: dict[tuple[str, float], float] = {}
        for row in self._world.events.since("swaps", self._swaps):
            if row["buy"] == self._claim and row["sell"] == self._backing and self._mine(row["account"]):
                key = row["account"], row["time"]
                found[key] = found.get(key, 0.0) + row["sold"]
        return found

    def _mine(self, account: str) -> bool:
        return account.partition("[")[0] == self._population


def _earned(world: World, population: str, claim: str, backing: str) -> Callable[[Ecosystem], float]:
    realised = RealisedYield(world, population, claim, backing)
    return lambda model: realised.read()


def _ahead(claim: ClaimToken) -> Callable[[Ecosystem], float]:
    return lambda model: claim.ahead


def _rate(claim: ClaimToken) -> Callable[[Ecosystem], float]:
    return lambda model: claim.price_of_one()


def _wait(claim: ClaimToken) -> Callable[[Ecosystem], float]:
    def read(model: Ecosystem) -> float:
        wait = claim.wait(1.0)
        return math.nan if wait is None else wait / DAY

    return read
