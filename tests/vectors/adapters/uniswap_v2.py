"""Recordings of a constant-product pair (Uniswap v2): mint, swap, burn, protocol fee, cumulative prices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from model.core.actions import Action, AddLiquidity, RemoveLiquidity, Swap
from model.core.errors import Refused
from model.venues import ConstantProduct
from tests.vectors.adapters.venue import START, Place
from tests.vectors.tally import Tally


class Pair(Place):
    """One row's world. Recorded shares are the geometric mean of the tokens' base units to one of the model's."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        one, two = (10.0 ** int(places) for places in row["decimals"])
        shares = math.sqrt(one * two)
        params = ConstantProduct.Params(
            fee=int(row["fee_bps"]) * 1e-4,
            protocol_fee=1.0 / 6.0 if row["protocol_fee_on"] else 0.0,
            minimum_liquidity=1000.0 / shares,
            decimals=tuple(int(places) for places in row["decimals"]),
        )
        super().__init__(START, row["decimals"], shares, ConstantProduct(params))

    def action(self, step: Mapping[str, Any]) -> Action:
        """The model's action for a recorded operation; its caller is funded."""
        match step["op"]:
            case "mint":
                return AddLiquidity(target="pool", amounts=self.give((step["amount0"], step["amount1"])))
            case "swap_exact_in":
                sell = step["token_in"]
                amount = int(step["amount_in"]) / self.scale[sell]
                self.stage.fund("lp", self.tokens[sell], amount)
                return Swap(target="pool", sell=self.tokens[sell], buy=self.tokens[1 - sell], amount=amount)
            case "burn":
                return RemoveLiquidity(target="pool", shares=int(step["liquidity"]) / self.shares)
        raise ValueError(f"no operation {step['op']}")

    def units(self) -> tuple[list[float], float]:
        """Base units of each token, and of a share, that one base unit of a token is worth."""
        raw = [held * scale for held, scale in zip(self.pool.pool().balances, self.scale, strict=True)]
        if not min(raw) > 0.0:
            return [1.0, 1.0], 1.0
        return [max(1.0, raw[0] / raw[1]), max(1.0, raw[1] / raw[0])], max(1.0, self.pool.pool().shares * self.shares / min(raw))

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a read-out."""
        pool = self.pool.pool()
        each, share = self.units()
        raw = [held * scale for held, scale in zip(pool.balances, self.scale, strict=True)]
        tally.same("timestamp", int(pool.now), state["timestamp"])
        for token in (0, 1):
            tally.number(f"reserve{token}", raw[token], state[f"reserve{token}"], each[token])
        tally.number("totalSupply", pool.shares * self.shares, state["totalSupply"], share)
        held = {"lp": self.stage.account("lp"), "feeTo": self.pool.treasury, "locked": self.pool.account}
        for name, recorded in state["lp"].items():
            tally.number(f"lp.{name}", self.stage.ledger.balance("pool", held[name]) * self.shares, recorded, share)
        tally.number("kLast", pool.state.k_last * self.scale[0] * self.scale[1], state["kLast"], max(raw))
        tally.number("blockTimestampLast", pool.state.time, state["blockTimestampLast"], 0.0)
        for token in (0, 1):
            found = pool.state.cumulative[token] * 2.0**112 * self.scale[1 - token] / self.scale[token]
            unit = found / min(raw) if min(raw) > 0.0 else 0.0
            tally.number(f"price{token}CumulativeLast", found, state[f"price{token}CumulativeLast"], unit)


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``pair``."""
    pair = Pair(row)
    for step in row["steps"]:
        if step["op"] == "warp":
            pair.stage.warp(step["dt"])
            tally.operation()
        else:
            act(pair, step, tally)


def settle_tie(pair: Pair, step: Mapping[str, Any], action: Swap, tally: Tally) -> bool:
    """Whether the contract refused an output of about one base unit that the model's real numbers would pay: then skipped."""
    if step["ok"]:
        return False
    try:
        paid = pair.pool.quote(action.sell, action.buy, action.amount).received * pair.scale[1 - step["token_in"]]
    except Refused:
        return False
    tie = paid <= 1.0 + tally.slack * pair.units()[0][1 - step["token_in"]]
    if tie:
        tally.skip("an output of one base unit within the tolerance")
    return tie


def act(pair: Pair, step: Mapping[str, Any], tally: Tally) -> None:
    """Perform a step, compare what came of it and the read-out after it."""
    action = pair.action(step)
    if step["op"] == "swap_exact_in" and settle_tie(pair, step, action, tally):
        pair.compare(step["state"], tally)
        return
    each, share = pair.units()
    supply = pair.stage.held("lp", "pool")
    receipt, gained = pair.attempt(action)
    tally.operation()
    tally.same(f"{step['op']} ({receipt.reason}, recorded {step.get('revert')})", receipt.ok, step["ok"])
    if receipt.ok and step["ok"]:
        minted = abs(pair.stage.held("lp", "pool") - supply) * pair.shares
        if "liquidity" in step:
            tally.number(f"{step['op']}.liquidity", minted, step["liquidity"], share)
        if "max_amount_out" in step:
            buy = 1 - step["token_in"]
            tally.number("max_amount_out", gained[buy], step["max_amount_out"], each[buy])
        for token in (0, 1):
            if step["op"] == "burn":
                tally.number(f"burn.amount{token}", gained[token], step[f"amount{token}"], each[token])
    pair.compare(step["state"], tally)
