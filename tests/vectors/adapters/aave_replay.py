"""Aave's traces, step by step: outcomes compared, and operations set apart that turn on less than the tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model.core.actions import Receipt
from tests.vectors.adapters.aave_pool import AavePool, Dialect
from tests.vectors.adapters.aave_readout import compare_state
from tests.vectors.tally import MAX, RELATIVE, Tally


@dataclass(frozen=True)
class Nudge:
    """A change of an operation within the tolerance: of a price by a factor, or of the operation's own amount."""

    price: str = ""
    factor: float = 1.0
    units: int = 0

    def perform(self, pool: AavePool, step: Mapping[str, Any]) -> Receipt | None:
        """Perform a step under the nudge; prices are put back after it."""
        if self.units and "amount" in step:
            step = {**step, "fund": int(step.get("fund", step["amount"])) + abs(self.units), "amount": int(step["amount"]) + self.units}
        if not self.price:
            return pool.perform(step)
        price = pool.market.price(self.price)
        pool.post_value(self.price, price * self.factor)
        receipt = pool.perform(step)
        pool.post_value(self.price, price)
        return receipt


NONE = Nudge()


class Trace:
    """A row under replay: its pool, and how it came to be, so that it can be rebuilt up to a step."""

    def __init__(self, dialect: Dialect, row: Mapping[str, Any], tally: Tally) -> None:
        self.dialect, self.row, self.tally = dialect, row, tally
        self.pool = AavePool(dialect, row["market"])
        self.done: list[tuple[Mapping[str, Any], Nudge]] = []

    def replay(self, step: Mapping[str, Any]) -> None:
        """Perform a step and compare its outcome: refusal, amounts, created deficits."""
        events = self.pool.world.events
        settled, losses = events.count("liquidations"), events.count("bad_debt")
        receipt = self.pool.perform(step)
        if receipt is not None and receipt.ok != step["ok"] and (nudge := self.decisive(step)) is not None:
            self.tally.skip(f"{step['op']} that turns on less than the tolerance")
            self.done.append((step, nudge))
            return
        self.done.append((step, NONE))
        self.tally.operation()
        if receipt is None:
            return
        verdict = "ok" if step["ok"] else f"refused ({step['revert']})"
        self.tally.compared += 1
        if receipt.ok != step["ok"]:
            self.tally.mismatch(f"{step['op']}: {receipt.status} ({receipt.reason}), recorded {verdict}")
        elif receipt.ok and step.get("event"):
            compare_event(self.pool, step, receipt, self.tally, (settled, losses))

    def decisive(self, step: Mapping[str, Any]) -> Nudge | None:
        """A nudge within the tolerance under which the model does as recorded, None where none is: then the pool is left as it was."""
        before = self.pool
        for nudge in self.nudges(step):
            self.pool = AavePool(self.dialect, self.row["market"])
            for past, used in self.done:
                used.perform(self.pool, past)
            receipt = nudge.perform(self.pool, step)
            if receipt is not None and receipt.ok == step["ok"]:
                return nudge
        self.pool = before
        return None

    def nudges(self, step: Mapping[str, Any]) -> Iterator[Nudge]:
        """Prices by the relative tolerance; the amount by the slack of base units, then by the relative tolerance where that is more."""
        for symbol in self.pool.assets:
            for factor in (1.0 + RELATIVE, 1.0 - RELATIVE):
                yield Nudge(symbol, factor)
        amount = int(step.get("amount", MAX))
        if 0 < amount < MAX:
            for units in (self.tally.slack, max(self.tally.slack, int(amount * RELATIVE))):
                yield Nudge(units=units)
                if amount > units:
                    yield Nudge(units=-units)


def replay_trace(dialect: Dialect, row: Mapping[str, Any], tally: Tally) -> Trace:
    """Replay ``steps``, ``before``, ``call`` with its ``result``, ``after``, ``final``: whichever the row has."""
    trace = Trace(dialect, row, tally)
    for step in row["steps"]:
        trace.replay(step)
        if "state" in step:
            compare_state(trace.pool, step["state"], tally)
    if "before" in row:
        compare_state(trace.pool, row["before"], tally)
    if "call" in row:
        trace.replay({**row["call"], **row["result"]})
        compare_state(trace.pool, row["after"], tally)
    if "final" in row:
        compare_state(trace.pool, row["final"], tally)
    tally.same("audit", [str(identity) for identity in trace.pool.world.audit()], [])
    return trace


def compare_event(pool: AavePool, step: Mapping[str, Any], receipt: Receipt, tally: Tally, before: tuple[int, int]) -> None:
    """Amounts that an operation reports; ``before`` counts the liquidations and the bad debts that came before it."""
    event, events = step["event"], pool.world.events
    for name in ("repaid", "withdrawn"):
        if name in event:
            tally.number(f"{step['op']}.{name}", receipt.results[0] / pool.unit[step["asset"]], event[name], index_of(pool, step["asset"]))
    if "debtToCover" in event:
        compare_liquidation(pool, step, event, tally, events.since("liquidations", before[0])[0], receipt.results[0])
    if "deficitCreated" in event:
        created = {loss["token"]: loss["amount"] for loss in events.since("bad_debt", before[1])}
        tally.same("deficitCreated", sorted(created), sorted(item["asset"] for item in event["deficitCreated"]))
        for item in event["deficitCreated"]:
            symbol = item["asset"]
            unit = pool.inherited[symbol] * index_of(pool, symbol)
            tally.number(f"deficitCreated.{symbol}", created.get(symbol, 0.0) / pool.unit[symbol], item["amount"], unit)


def index_of(pool: AavePool, symbol: str) -> float:
    """Base units of the token per unit of scaled shares: what rounding a share is worth."""
    reserve, now = pool.market.reserves[symbol], pool.world.clock.now
    return max(1.0, reserve.supply_index_at(now), reserve.debt_index_at(now))


def inherit(pool: AavePool, step: Mapping[str, Any]) -> None:
    """A liquidation rounds one token's amount and computes the other's from it: each inherits the other's base unit at the prices."""
    debt, collateral = step["debt"], step["collateral"]
    worth = {symbol: pool.market.price(symbol) * pool.unit[symbol] * index_of(pool, symbol) for symbol in (debt, collateral)}
    for symbol, other in ((debt, collateral), (collateral, debt)):
        pool.inherited[symbol] = max(pool.inherited[symbol], 1.0 + worth[other] / worth[symbol])


def compare_liquidation(
    pool: AavePool, step: Mapping[str, Any], event: Mapping[str, Any], tally: Tally, found: Mapping[str, Any], received: float
) -> None:
    """Debt repaid and collateral received."""
    inherit(pool, step)
    for name, symbol, amount in (("debtToCover", "debt", found["repaid"]), ("liquidatedCollateralAmount", "collateral", received)):
        tally.number(f"liquidate.{name}", amount / pool.unit[step[symbol]], event[name], pool.inherited[step[symbol]])
    tally.same("liquidate.receiveAToken", bool(step["receive_atoken"]), bool(event["receiveAToken"]))
