"""Recordings of a StableSwap pool (Saddle): two or three coins, every verb of a venue, ramps of the amplification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import Action, AddLiquidity, Collect, Govern, RemoveLiquidity, Swap
from model.venues import StableSwap
from model.venues.base import Pool
from model.venues.stableswap import Ramp
from tests.vectors.adapters.venue import Place
from tests.vectors.tally import Tally

WAD = 1e18


class SaddlePool(Place):
    """One row's world."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        params = StableSwap.Params(
            amplification=int(row["A"]), fee=int(row["fee_1e10"]) * 1e-10, admin_fee=int(row["admin_fee_1e10"]) * 1e-10
        )
        super().__init__(float(row["t0"]), row["decimals"], WAD, StableSwap(params))
        self.coarsest = WAD / min(self.scale)

    @property
    def mechanism(self) -> StableSwap:
        """The mechanism as it stands."""
        return self.pool.mechanism

    def action(self, step: Mapping[str, Any]) -> Action:
        """The model's action for a recorded operation; its caller is funded."""
        match step["op"]:
            case "add":
                return AddLiquidity(target="pool", amounts=self.give(step["amounts"]))
            case "swap":
                sell, buy = self.tokens[step["i"]], self.tokens[step["j"]]
                amount = int(step["dx"]) / self.scale[step["i"]]
                self.stage.fund("lp", sell, amount)
                return Swap(target="pool", sell=sell, buy=buy, amount=amount)
            case "remove":
                return RemoveLiquidity(target="pool", shares=int(step["lp"]) / WAD)
            case "remove_one":
                return RemoveLiquidity(target="pool", shares=int(step["lp"]) / WAD, token=self.tokens[step["i"]])
            case "remove_imbalance":
                wanted = (int(amount) / scale for amount, scale in zip(step["amounts"], self.scale, strict=True))
                return RemoveLiquidity(target="pool", amounts=tuple(zip(self.tokens, wanted, strict=True)))
            case "withdraw_admin_fees":
                return Collect(target="pool")
            case "ramp_A":
                until = self.stage.world.clock.now + int(step["in_seconds"])
                return Govern(target="pool", changes=(("amplification", float(step["future_A"])),), terms=Ramp(until))
        raise ValueError(f"no operation {step['op']}")

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a read-out."""
        pool, kind = self.pool.pool(), self.mechanism
        tally.same("timestamp", int(pool.now), state["timestamp"])
        reserves, coarsest = kind.reserves(pool), min(self.scale)
        for coin, scale in enumerate(self.scale):
            unit = scale / coarsest
            tally.number(f"balances[{coin}]", reserves[coin] * scale, state["balances"][coin], unit)
            tally.number(f"adminBalances[{coin}]", pool.state.admin[coin] * scale, state["adminBalances"][coin], unit)
        tally.number("lpSupply", pool.shares * WAD, state["lpSupply"], self.coarsest)
        tally.number("virtualPrice", kind.virtual_price(pool) * WAD, state["virtualPrice"], self.price_unit(pool))
        precise = kind.amplification(pool.state, pool.now) * 100.0
        tally.number("A_precise", precise, state["A_precise"], 0.0)
        tally.same("A", int(precise + 1e-6) // 100, state["A"])

    def price_unit(self, pool: Pool) -> float:
        """Largest change of the virtual price (wad) that one base unit of a coin makes."""
        if not pool.shares:
            return 0.0
        kind, changes = self.mechanism, []
        for coin, held in enumerate(pool.balances):
            more = tuple(x * (1.0 + 1e-6) if place == coin else x for place, x in enumerate(pool.balances))
            slope = (kind.invariant(Pool(more, 1.0, pool.state, pool.now)) - kind.invariant(pool)) / (held * 1e-6)
            changes.append(slope / self.scale[coin] / pool.shares * WAD)
        return max(changes)

    def outcome(self, step: Mapping[str, Any], shares: float, gained: list[float], tally: Tally) -> None:
        """Compare what a step returned; ``shares`` were minted or burned, each token of the caller ``gained``."""
        coarsest = min(self.scale)
        if "lp_minted" in step:
            tally.number("lp_minted", shares, step["lp_minted"], self.coarsest)
        if "lp_burned" in step:
            tally.number("lp_burned", shares, step["lp_burned"], self.coarsest)
        if "amount_out" in step:
            tally.number("amount_out", gained[step["i"]], step["amount_out"], self.scale[step["i"]] / coarsest)
        for coin, amount in enumerate(step.get("amounts_out", ())):
            tally.number(f"amounts_out[{coin}]", gained[coin], amount, self.scale[coin] / coarsest)


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``trace``."""
    saddle = SaddlePool(row)
    for step in row["steps"]:
        if step["op"] == "warp":
            saddle.stage.warp(step["dt"])
            tally.operation()
        else:
            act(saddle, step, tally)
        saddle.compare(step["state"], tally)


def act(saddle: SaddlePool, step: Mapping[str, Any], tally: Tally) -> None:
    """Perform a step and compare what came of it."""
    action = saddle.action(step)
    buy, unit = step.get("j"), 1.0
    if step["op"] == "swap":
        unit = max(1.0, saddle.scale[buy] / saddle.scale[step["i"]])
        if step["ok"]:
            quoted = saddle.pool.quote(action.sell, action.buy, action.amount).received * saddle.scale[buy]
            tally.number("quote", quoted, step["quote"], unit)
    supply = saddle.pool.pool().shares
    receipt, gained = saddle.attempt(action)
    tally.operation()
    tally.same(f"{step['op']} ({receipt.reason}, recorded {step.get('revert')})", receipt.ok, step["ok"])
    if receipt.ok and step["ok"]:
        if step["op"] == "swap":
            tally.number("dy", gained[buy], step["dy"], unit)
        saddle.outcome(step, abs(saddle.pool.pool().shares - supply) * WAD, gained, tally)
