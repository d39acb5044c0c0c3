"""Recordings of Compound v2: two cToken markets, A collateral and B debt, time in blocks; and the rate model alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import Action, Borrow, Receipt, Repay, Supply, Take, Withdraw
from model.core.errors import Refused
from model.markets.compound_v2 import CompoundV2, Membership
from model.markets.compound_v2_liquidation import settlement
from model.markets.pooled_liquidation import Liquidate, Receive
from model.rates.jump import Jump
from tests.markets.stage import Stage
from tests.vectors.tally import MAX, Tally

WAD, CTOKEN, SECONDS, TIE = 1e18, 1e8, 10.0, 1e-9
BLOCKS = 2_102_400.0


class Comptroller:
    """One row's world."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.base = {token: 10.0 ** item["decimals"] for token, item in row["markets"].items()}
        self.mantissa = {token: 10.0 ** (36 - item["decimals"]) for token, item in row["markets"].items()}
        prices = {token: int(item["price_mantissa"]) / self.mantissa[token] for token, item in row["markets"].items()}
        self.stage = Stage(**prices)
        spread = {
            "kind": "fixed_spread", "close_factor": int(row["closeFactor_wad"]) / WAD, "above": "refuse", "fee_on": "seizure",
            "protocol_fee": int(row["protocolSeizeShare_wad"]) / WAD,
        }  # fmt: skip
        self.market: CompoundV2 = self.stage.place(
            CompoundV2, reserves={token: self.rules(token, item) for token, item in row["markets"].items()}, liquidation=spread,
            incentive=int(row["liquidationIncentive_wad"]) / WAD - 1.0, seconds_per_block=SECONDS, enter_on_supply=False,
        )  # fmt: skip
        self.first = row["steps"][0]["state"]["block"]

    def rules(self, token: str, item: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters of a cToken market from its recorded configuration."""
        rate = {name: int(value) / WAD for name, value in item["rate"].items()}
        curve = {
            "kind": "jump", "base": rate["baseRatePerYear"], "multiplier": rate["multiplierPerYear"], "kink": rate["kink"],
            "jump_multiplier": rate["jumpMultiplierPerYear"], "blocks_per_year": BLOCKS,
        }  # fmt: skip
        return {
            "feed": f"feed {token}", "rate": curve, "decimals": item["decimals"],
            "collateral_factor": int(item["collateralFactor_wad"]) / WAD,
            "reserve_factor": int(item["reserveFactor_wad"]) / WAD,
            "initial_exchange_rate": int(item["initialExchangeRate_wad"]) / WAD * CTOKEN / self.base[token],
        }  # fmt: skip

    def perform(self, step: Mapping[str, Any]) -> Receipt | None:
        """Perform a step after funding its caller; None where time or price moves, or interest is accrued."""
        token = step.get("market", "")
        match step["op"]:
            case "mine":
                self.stage.warp(step["blocks"] * SECONDS)
            case "price":
                self.stage.post(token, int(step["price_mantissa"]) / self.mantissa[token])
            case "accrue":
                self.market.accrue(token)
            case "liquidate":
                repay = int(step["repay"]) / self.base[step["debt"]]
                self.stage.fund("liq", step["debt"], repay)
                item = Liquidate(self.stage.account(step["user"]), step["collateral"], step["debt"])
                return self.stage.attempt("liq", Take(target="market", item=item, amount=repay, terms=Receive(shares=True)))
            case _:
                return self.stage.attempt(step["user"], *self.actions(step))
        return None

    def actions(self, step: Mapping[str, Any]) -> tuple[Action, ...]:
        """The model's actions for a recorded operation."""
        operation, token = step["op"], step.get("market", "")
        if operation == "enter":
            tokens = [token] if token else list(self.base)
            return tuple(Supply(target="market", token=each, amount=0.0, terms=Membership(True)) for each in tokens)
        amount = float("inf") if int(step["amount"]) == MAX else int(step["amount"]) / self.base[token]
        if operation in ("mint", "repay"):
            self.stage.fund(step["user"], token, int(step.get("fund", step["amount"])) / self.base[token])
        verb = {"mint": Supply, "borrow": Borrow, "repay": Repay, "redeem_underlying": Withdraw}[operation]
        return (verb(target="market", token=token, amount=amount),)

    def tied(self, step: Mapping[str, Any], slack: int) -> str:
        """Why a refused liquidation that the model would settle turns on less than the tolerance, empty where it does not."""
        if step["op"] != "liquidate" or step["ok"]:
            return ""
        item = Liquidate(self.stage.account(step["user"]), step["collateral"], step["debt"])
        try:
            repay = int(step["repay"]) / self.base[step["debt"]]
            settlement(self.market, self.market.book.row(item.borrower), item, repay, (item.debt, item.collateral))
        except Refused:
            return ""
        row, fresh = self.market.book.row(self.stage.account(step["user"])), (step["debt"], step["collateral"])
        if "[3]" in step["revert"] and 1.0 - TIE < self.market.health_at(row, fresh) < 1.0:
            return "health at its limit"
        allowed = self.market.params.liquidation.params.close_factor * self.market.owed(step["debt"], row, fresh) * self.base[step["debt"]]
        beyond = int(step["repay"]) - allowed
        return "repayment at the close factor" if "[17]" in step["revert"] and beyond <= max(TIE * allowed, slack) else ""

    def cunit(self, token: str) -> float:
        """Base units of the underlying that one base unit of its cToken is worth."""
        return max(1.0, self.market.exchange_rate(token, ()) / CTOKEN * self.base[token])

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a read-out, all of stored values."""
        tally.same("block", self.market.block + self.first, state["block"])
        for token, recorded in state["markets"].items():
            self.compare_market(token, recorded, tally)
        worth = {token: self.market.price(token) / self.base[token] * WAD for token in self.base}
        for name, recorded in state["users"].items():
            row = self.market.book.row(self.stage.account(name))
            unit = 1.0
            for token, reserve in self.market.reserves.items():
                held = self.market.book.get(reserve.column, row) * CTOKEN
                tally.number(f"{name}.{token}.cTokens", held, recorded["cTokens"][token], self.ctoken_slack(token))
                owed = self.market.owed(token, row, ()) * self.base[token]
                tally.number(f"{name}.{token}.borrowBalanceStored", owed, recorded["borrowBalanceStored"][token])
                unit += worth[token] * ((self.cunit(token) if held else 0.0) + (1.0 if owed else 0.0))
            liquidity = self.market.liquidity(row, ()) * WAD
            cover = sum(self.market.values(row, ())) * WAD
            unit = max(unit, 1e-9 * cover / tally.slack)
            tally.number(f"{name}.liquidity", max(liquidity, 0.0), recorded["liquidity"], unit)
            tally.number(f"{name}.shortfall", max(-liquidity, 0.0), recorded["shortfall"], unit)

    def ctoken_slack(self, token: str) -> float:
        """Base units of a cToken that one base unit of the underlying is worth."""
        return max(1.0, CTOKEN / self.base[token] / self.market.exchange_rate(token, ()))

    def compare_market(self, token: str, recorded: Mapping[str, Any], tally: Tally) -> None:
        """Totals, index, exchange rate and rates of a market."""
        market, reserve, base = self.market, self.market.reserves[token], self.base[token]
        cash = market.cash(token)
        supply_rate = reserve.params.rate.make().supply_rate_per_block(reserve.utilisation(cash), reserve.params.reserve_factor)
        supply = max(reserve.supply * CTOKEN, 1.0)
        rate = market.exchange_rate(token, ()) / CTOKEN * base * WAD
        total = max((cash + reserve.borrows - reserve.reserves) * base, 1.0)
        steep = self.steepness(token) * WAD / total
        found = {
            "cash": (cash * base, 1.0),
            "totalBorrows": (reserve.borrows * base, 1.0),
            "totalReserves": (reserve.reserves * base, self.cunit(token)),
            "totalSupply": (reserve.supply * CTOKEN, self.ctoken_slack(token)),
            "borrowIndex": (reserve.index * WAD, 1.0),
            "exchangeRateStored": (rate, max(1.0, rate / supply, WAD / supply)),
            "borrowRatePerBlock": (reserve.rate_per_block(cash, SECONDS) * WAD, 1.0 + steep),
            "supplyRatePerBlock": (supply_rate * WAD, 1.0 + steep),
            "price_mantissa": (market.price(token) * self.mantissa[token], 0.0),
        }
        for name, value in recorded.items():
            if name == "accrualBlockNumber":
                tally.same(f"{token}.{name}", reserve.accrued_block + self.first, value)
            else:
                tally.number(f"{token}.{name}", found[name][0], value, found[name][1])

    def steepness(self, token: str) -> float:
        """Steepest change of the rate per block with utilisation."""
        rate = self.market.reserves[token].params.rate.params
        return (rate.multiplier / rate.kink + rate.jump_multiplier) / BLOCKS


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``trace`` or ``jump_rate``."""
    if kind == "jump_rate_v2":
        replay_rates(row, tally)
        return
    comptroller = Comptroller(row)
    events = comptroller.stage.world.events
    for step in row["steps"]:
        if reason := comptroller.tied(step, tally.slack):
            tally.skip(reason)
            continue
        sales = events.count("liquidations")
        before = comptroller.market.book.data.copy()
        receipt = comptroller.perform(step)
        tally.operation()
        if receipt is not None:
            tally.same(f"{step['op']} ({receipt.reason}, recorded {step.get('revert')})", receipt.ok, step["ok"])
        if receipt is not None and receipt.ok and "event" in step:
            found, debt, collateral = events.since("liquidations", sales)[0], step["debt"], step["collateral"]
            tally.number("repayAmount", found["repaid"] * comptroller.base[debt], step["event"]["repayAmount"])
            market = comptroller.market
            cell = market.reserves[collateral].column, market.book.row(comptroller.stage.account(step["user"]))
            seized = (before[cell] - market.book.get(*cell)) * CTOKEN
            tally.number("seizeTokens", seized, step["event"]["seizeTokens"], comptroller.ctoken_slack(collateral))
        comptroller.compare(step["state"], tally)
    tally.same("audit", [str(identity) for identity in comptroller.stage.world.audit()], [])


def replay_rates(row: Mapping[str, Any], tally: Tally) -> None:
    """Rates of the jump model at recorded points, each a reading of its own."""
    params = {name: int(value) / WAD for name, value in row["params"].items()}
    blocks = float(row["blocksPerYear"])
    model = Jump(
        Jump.Params(
            base=params["baseRatePerYear"], multiplier=params["multiplierPerYear"], jump_multiplier=params["jumpMultiplierPerYear"],
            kink=params["kink"], blocks_per_year=blocks,
        )
    )  # fmt: skip
    for name, found in (("base", params["baseRatePerYear"]), ("multiplier", params["multiplierPerYear"] / params["kink"])):
        tally.number(f"perBlock.{name}", found / blocks * WAD, row["perBlock"][name])
    tally.number("perBlock.jump", params["jumpMultiplierPerYear"] / blocks * WAD, row["perBlock"]["jump"])
    for point in row["points"]:
        used = Jump.utilisation(int(point["cash"]), int(point["borrows"]), int(point["reserves"]))
        tally.operation()
        tally.number("utilizationRate", used * WAD, point["utilizationRate"])
        tally.number("borrowRatePerBlock", model.borrow_rate_per_block(used) * WAD, point["borrowRatePerBlock"])
        factor = int(point["reserveFactor_wad"]) / WAD
        tally.number("supplyRatePerBlock", model.supply_rate_per_block(used, factor) * WAD, point["supplyRatePerBlock"])
