"""Recordings of Liquity v1: troves, stability pool, recovery mode, redistribution, redemption."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from model.core.actions import ALL, Action, Borrow, Receipt, Redeem, Repay, Supply, Transfer, Trigger, Withdraw
from model.core.units import DAY
from model.markets.liquity import Liquity
from model.markets.liquity_liquidation import Liquidate
from model.markets.liquity_state import STAKE, STATUS
from tests.vectors.adapters.minting import CHAIN, FEED, MARKET, MintingWorld
from tests.vectors.tally import MAX, RELATIVE, Tally

WAD, ETH, LUSD = 1e18, "eth", "lusd"


class Troves(MintingWorld):
    """One row's world: a fresh market of troves; every recorded account holds the recorded ETH."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        first = row["steps"][0]
        super().__init__(float(first["state"]["timestamp"]))
        constants = {name: int(value) / WAD for name, value in row["constants"].items()}
        params = {
            "feed": FEED, "least_ratio": constants["MCR"], "critical_ratio": constants["CCR"],
            "gas_compensation": constants["gas_comp_lusd"],
            "collateral_compensation": 1.0 / row["constants"]["percent_divisor_coll_gas_comp"], "least_debt": constants["min_net_debt"],
            "fee_floor": constants["borrow_fee_floor"], "bootstrap": 14 * DAY,
        }  # fmt: skip
        self.market = Liquity(self.world, MARKET, CHAIN, Liquity.Params.read(params))
        self.world.add(self.market)
        for name, user in first["state"]["users"].items():
            given = int(user["eth"]) + (int(first["coll"]) if name == first["user"] else 0)
            self.fund(name, ETH, given / WAD)
        self.post(int(first["state"]["price"]) / WAD)
        self.largest = dict.fromkeys(first["state"]["users"], 0.0)
        self.stakes = self.deposits = 0.0

    def actions(self, step: Mapping[str, Any]) -> tuple[Action, ...]:
        """The model's actions for a recorded operation."""
        lusd = ALL if int(step.get("lusd", 0)) == MAX else int(step.get("lusd", 0)) / WAD
        match step["op"]:
            case "open":
                return (
                    Supply(target=MARKET, token=ETH, amount=int(step["coll"]) / WAD),
                    Borrow(target=MARKET, token=LUSD, amount=lusd),
                )
            case "borrow_more":
                return (Borrow(target=MARKET, token=LUSD, amount=lusd),)
            case "repay":
                return (Repay(target=MARKET, token=LUSD, amount=lusd),)
            case "close":
                return (Repay(target=MARKET, token=LUSD, amount=ALL),)
            case "sp_deposit":
                return (Supply(target=MARKET, token=LUSD, amount=lusd),)
            case "sp_withdraw":
                return (Withdraw(target=MARKET, token=LUSD, amount=lusd),)
            case "transfer_lusd":
                return (Transfer(target=CHAIN, token=LUSD, amount=lusd, to=self.account(step["to"])),)
            case "liquidate":
                return (Trigger(target=MARKET, item=Liquidate(self.account(step["user"]))),)
            case "redeem":
                return (Redeem(target=MARKET, amount=int(step.get("truncated_lusd", step["lusd"])) / WAD),)
        raise ValueError(f"unknown operation {step['op']!r}")

    def perform(self, step: Mapping[str, Any]) -> Receipt | None:
        """Perform a step; None for a warp."""
        if step["op"] == "warp":
            self.warp(step["dt"])
            return None
        if step["op"] == "price":
            return self.post(int(step["price"]) / WAD)
        return self.execute("liq" if step["op"] == "liquidate" else step["user"], *self.actions(step))

    def undecided(self, step: Mapping[str, Any]) -> bool:
        """Whether the contract refuses an amount that exceeds the balance by less than the tolerance."""
        if step["op"] not in ("transfer_lusd", "sp_deposit") or step["ok"]:
            return False
        held = self.held(step["user"], LUSD)
        return abs(int(step["lusd"]) / WAD - held) <= RELATIVE * held

    def observe(self) -> None:
        """Keep the largest balance of each account, and the most stakes and deposits: what later remainders are differences of."""
        for name in self.largest:
            self.largest[name] = max(self.largest[name], self.held(name, LUSD))
        self.stakes = max(self.stakes, self.market.stakes)
        self.deposits = max(self.deposits, self.market.pool.deposits)

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a complete read-out."""
        market, pool = self.market, self.market.pool
        tally.same("timestamp", int(self.world.clock.now), state["timestamp"])
        tally.same("recoveryMode", market.recovering(), state["recoveryMode"])
        ratio = market.total_ratio() * WAD if market.debt > 0.0 else MAX
        found = {
            "price": (market.price(ETH), 0.0), "baseRate": (market.base_rate, 1.0), "entireSystemColl": (market.collateral, 1.0),
            "entireSystemDebt": (market.debt, 1.0), "L_ETH": (market.reward_collateral, 1.0), "L_LUSDDebt": (market.reward_debt, 1.0),
            "totalStakes": (market.stakes, 1.0), "totalStakesSnapshot": (market.stakes_seen, 1.0),
            "totalCollateralSnapshot": (market.collateral_seen, 1.0),
        }  # fmt: skip
        tally.number("TCR", ratio, state["TCR"], 1.0)
        for name, (value, unit) in found.items():
            tally.number(name, value * WAD, state[name], unit)
        recorded = state["stabilityPool"]
        tally.number("stabilityPool.totalLUSDDeposits", pool.deposits * WAD, recorded["totalLUSDDeposits"])
        tally.number("stabilityPool.ETH", pool.collateral * WAD, recorded["ETH"], 1.0 + self.deposits)
        tally.number("stabilityPool.P", pool.product * WAD, recorded["P"])
        tally.same("stabilityPool.scale", pool.scale, int(recorded["scale"]))
        tally.same("stabilityPool.epoch", pool.epoch, int(recorded["epoch"]))
        for name, coll, debt in (
            ("activePool", market.collateral - market.pending_collateral, market.debt - market.pending_debt),
            ("defaultPool", market.pending_collateral, market.pending_debt),
        ):
            # A base unit of what is redistributed per unit of stake is worth the stakes.
            tally.number(f"{name}.ETH", coll * WAD, state[name]["ETH"], 1.0 + self.stakes)
            tally.number(f"{name}.LUSD", debt * WAD, state[name]["LUSD"], 1.0 + self.stakes)
        for name, user in state["users"].items():
            self.compare_user(name, user, tally)

    def compare_user(self, name: str, recorded: Mapping[str, Any], tally: Tally) -> None:
        """Compare the read-out of an account."""
        market, account = self.market, self.account(name)
        row = market.book.row(account)
        (gained, owed), (collateral, debt) = market.pending(row), market.entire(row)
        tally.same(f"{name}.troveStatus", int(market.book.get(STATUS, row)), recorded["troveStatus"])
        made = market.pool.snapshots.get(account)
        # A base unit of what one deposited token has earned is worth the deposit.
        share = made.amount / made.product if made else 0.0
        # What is left of a balance is known as well as a float knows the balance that it is left of.
        grain = math.ulp(self.largest[name] * WAD)
        stake = 1.0 + market.book.get(STAKE, row)
        found = {
            "debt": (debt, stake), "coll": (collateral, stake), "pendingDebt": (owed, stake), "pendingColl": (gained, stake),
            "stake": (market.book.get(STAKE, row), 1.0), "lusd": (self.held(name, LUSD), max(1.0, grain)),
            "eth": (self.held(name, ETH), 1.0),
            "spDeposit": (market.pool.compounded(account), 1.0), "spETHGain": (market.pool.gain(account), 1.0 + share),
            "collSurplus": (market.surplus.get(account, 0.0), 1.0),
        }  # fmt: skip
        for what, (value, unit) in found.items():
            tally.number(f"{name}.{what}", value * WAD, recorded[what], unit)
        if market.active(row):
            tally.number(f"{name}.ICR", market.ratio_of(row) * WAD, recorded["ICR"], stake)
        else:
            tally.same(f"{name} has no ICR", int(recorded["ICR"]) in (0, MAX), True)


def compare_event(troves: Troves, step: Mapping[str, Any], receipt: Receipt, counts: Mapping[str, int], tally: Tally) -> None:
    """Compare what a liquidation or a redemption reported."""
    event, events = step.get("event"), troves.world.events
    if not event:
        return
    if step["op"] == "liquidate":
        found = events.since("liquidations", counts["liquidations"])[0]
        tally.number("liquidate.debt", found["repaid"] * WAD, event["_liquidatedDebt"])
        # The recorded collateral is what went to the pool and to other troves; the compensation is a number of its own.
        seized = int(event["_liquidatedColl"]) + int(event["_collGasCompensation"])
        tally.number("liquidate.collateral", found["seized"] * WAD, seized)
        tally.number("liquidate.compensation", receipt.results[0] * WAD, event["_LUSDGasCompensation"])
    if step["op"] == "redeem":
        found = events.since("redemptions", counts["redemptions"])[0]
        tally.number("redeem.burned", found["amount"] * WAD, event["_actualLUSDAmount"])
        tally.number("redeem.received", receipt.results[0] * WAD, int(event["_ETHSent"]) - int(event["_ETHFee"]))


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``trace``."""
    troves = Troves(row)
    for step in row["steps"]:
        counts = {kind: troves.world.events.count(kind) for kind in ("liquidations", "redemptions")}
        if troves.undecided(step):
            tally.skip("balance exceeded by less than the tolerance")
            troves.compare(step["state"], tally)
            continue
        receipt = troves.perform(step)
        tally.operation()
        troves.observe()
        if receipt is not None:
            if receipt.ok != step["ok"]:
                tally.mismatch(f"{step['op']}: {receipt.status} ({receipt.reason}), recorded {step['ok']} {step.get('revert', '')}")
            elif receipt.ok:
                compare_event(troves, step, receipt, counts, tally)
        if "state" in step:
            troves.compare(step["state"], tally)
    tally.same("audit", [str(identity) for identity in troves.world.audit()], [])
