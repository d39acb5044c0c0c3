"""Recordings of Morpho Blue: one pair with the rate model of the repository's tests (utilisation a year), collateral priced in loan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.core.actions import Action, Borrow, Receipt, Repay, Supply, Take, Withdraw
from model.markets.morpho import InShares, Morpho
from model.markets.morpho_liquidation import RepayShares, Seize
from model.markets.morpho_state import BORROWED, COLLATERAL, LENT
from model.markets.pooled_liquidation import Liquidate
from tests.markets.stage import Stage
from tests.vectors.tally import Tally

WAD, TIE = 1e18, 1e-9


class MorphoPair:
    """One row's world. Recorded shares are 10^(decimals + 6) to one of the model's."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.loan, self.collateral = 10.0 ** row["loan_decimals"], 10.0 ** row["collateral_decimals"]
        self.shares = self.loan * 1e6
        first = row["steps"][0]["state"]
        self.price_scale = 1e36 * self.loan / self.collateral
        self.price_unit = int(first["oracle_price"]) / 1e36
        self.stage = Stage(float(first["timestamp"]), collateral=int(first["oracle_price"]) / self.price_scale)
        self.market: Morpho = self.stage.place(
            Morpho, loan="loan", collateral="collateral", feed="feed collateral", rate={"kind": "proportional"},
            lltv=int(row["lltv_wad"]) / WAD, fee=int(row["fee_wad"]) / WAD, loan_decimals=row["loan_decimals"],
        )  # fmt: skip
        self.names = {"feeRecipient": self.stage.world.accounts.name(self.market.treasury)}

    @property
    def share_unit(self) -> float:
        """Recorded shares that one base unit of the loan token is."""
        market = self.market
        lent = market.lent_shares / market.lent if market.lent else 1.0
        borrowed = market.borrowed_shares / market.borrowed if market.borrowed else 1.0
        return 1e6 * max(lent, borrowed, 1.0)

    def shares_of(self, step: Mapping[str, Any]) -> float:
        """Recorded shares that the user of a step has in what the step is about."""
        if "user" not in step:
            return 0.0
        column = LENT if step["op"] in ("supply", "withdraw") else BORROWED
        return self.market.book.get(column, self.market.book.row(self.stage.account(step["user"]))) * self.shares

    def perform(self, step: Mapping[str, Any]) -> Receipt | None:
        """Perform a step after funding its caller; None where time or price moves, or interest is accrued."""
        match step["op"]:
            case "warp":
                self.stage.warp(step["dt"])
            case "price":
                self.price_unit = int(step["price"]) / 1e36
                self.stage.post("collateral", int(step["price"]) / self.price_scale)
            case "accrue":
                self.market.accrue()
            case "liquidate":
                return self.stage.attempt("liq", self.liquidation(step))
            case _:
                return self.stage.attempt(step["user"], self.action(step))
        return None

    def action(self, step: Mapping[str, Any]) -> Action:
        """The model's action for a recorded operation."""
        operation, user = step["op"], step["user"]
        if operation.endswith("_collateral"):
            amount = int(step["assets"]) / self.collateral
            if operation == "supply_collateral":
                self.stage.fund(user, "collateral", amount)
                return Supply(target="market", token="collateral", amount=amount)
            return Withdraw(target="market", token="collateral", amount=amount)
        shares = int(step["shares"])
        amount, terms = (shares / self.shares, InShares()) if shares else (int(step["assets"]) / self.loan, None)
        if operation in ("supply", "repay"):
            self.stage.fund(user, "loan", 2.0 * amount if shares else amount)
        verb = {"supply": Supply, "withdraw": Withdraw, "borrow": Borrow, "repay": Repay}[operation]
        return verb(target="market", token="loan", amount=amount, terms=terms)

    def liquidation(self, step: Mapping[str, Any]) -> Take:
        """The model's action for a recorded liquidation."""
        item = Liquidate(self.stage.account(step["user"]), "collateral", "loan")
        self.stage.fund("liq", "loan", 2.0 * self.market.lent)
        seized = int(step["seized"])
        amount = seized / self.collateral if seized else int(step["repaid_shares"]) / self.shares
        return Take(target="market", item=item, amount=amount, terms=Seize() if seized else RepayShares())

    def settle_tie(self, step: Mapping[str, Any]) -> bool:
        """Whether a liquidation turns on less than the tolerance and the model would decide it the other way. Then, where the contract
        settled it, the price is moved by the tolerance, so that the rest of the row can be replayed.
        """
        if step["op"] != "liquidate" or "Panic" in str(step.get("revert")):
            return False
        health = self.market.health_of(self.market.book.row(self.stage.account(step["user"])))
        if abs(health - 1.0) > TIE or (health < 1.0) == step["ok"]:
            return False
        if step["ok"]:
            price = self.market.price("collateral")
            self.stage.post("collateral", price * (1.0 - 1e-11))
            assert self.perform(step).ok
            self.stage.post("collateral", price)
        return True

    def compare(self, state: Mapping[str, Any], tally: Tally) -> None:
        """Compare a read-out: stored totals, positions."""
        market, recorded = self.market, state["market"]
        tally.same("timestamp", int(self.stage.world.clock.now), state["timestamp"])
        tally.number("oracle_price", market.price("collateral") * self.price_scale, state["oracle_price"], 0.0)
        tally.number("fee", market.params.fee * WAD, recorded["fee"], 0.0)
        tally.same("lastUpdate", int(market.updated), recorded["lastUpdate"])
        tally.number("totalSupplyAssets", market.lent * self.loan, recorded["totalSupplyAssets"], self.loan_unit)
        tally.number("totalBorrowAssets", market.borrowed * self.loan, recorded["totalBorrowAssets"], self.loan_unit)
        unit = self.share_unit * self.loan_unit
        tally.number("totalSupplyShares", market.lent_shares * self.shares, recorded["totalSupplyShares"], unit)
        tally.number("totalBorrowShares", market.borrowed_shares * self.shares, recorded["totalBorrowShares"], unit)
        for name, position in state["positions"].items():
            row = market.book.row(self.stage.account(self.names.get(name, name)))
            tally.number(f"{name}.supplyShares", market.book.get(LENT, row) * self.shares, position["supplyShares"], unit)
            tally.number(f"{name}.borrowShares", market.book.get(BORROWED, row) * self.shares, position["borrowShares"], unit)
            held = market.book.get(COLLATERAL, row) * self.collateral
            tally.number(f"{name}.collateral", held, position["collateral"], self.collateral_unit)

    @property
    def loan_unit(self) -> float:
        """What rounding seized collateral or paid loan tokens by a base unit is worth in base units of the loan token."""
        return max(1.0, self.price_unit)

    @property
    def collateral_unit(self) -> float:
        """The same in base units of the collateral."""
        return max(1.0, 1.0 / self.price_unit)


def replay(kind: str, row: dict[str, Any], tally: Tally) -> None:
    """Replay a row of ``trace``."""
    pair = MorphoPair(row)
    events = pair.stage.world.events
    for step in row["steps"]:
        losses, sales = events.count("bad_debt"), events.count("liquidations")
        if pair.settle_tie(step):
            tally.skip("health at its limit")
            continue
        before = pair.shares_of(step)
        receipt = pair.perform(step)
        tally.operation()
        if receipt is not None:
            tally.same(f"{step['op']} ({receipt.reason}, recorded {step.get('revert')})", receipt.ok, step["ok"])
            if receipt.ok:
                moved = abs(pair.shares_of(step) - before)
                outcome(pair, step, receipt, moved, tally, events.since("liquidations", sales), events.since("bad_debt", losses))
        pair.compare(step["state"], tally)
    tally.same("audit", [str(identity) for identity in pair.stage.world.audit()], [])


def outcome(pair: MorphoPair, step: Mapping[str, Any], receipt: Receipt, moved: float, tally: Tally, sales: Any, losses: Any) -> None:
    """Compare what a step returned; ``moved`` shares were made or ended."""
    unit = pair.share_unit * pair.loan_unit
    if "out_shares" in step:
        tally.number(f"{step['op']}.out_shares", moved, step["out_shares"], unit)
    if "out_assets" in step:
        tally.number(f"{step['op']}.out_assets", receipt.results[0] * pair.loan, step["out_assets"], pair.loan_unit)
    if step["op"] == "liquidate":
        event, found = step["event"], sales[0]
        tally.number("out_seized", receipt.results[0] * pair.collateral, step["out_seized"], pair.collateral_unit)
        tally.number("out_repaid", found["repaid"] * pair.loan, step["out_repaid"], pair.loan_unit)
        tally.number("seizedAssets", found["seized"] * pair.collateral, event["seizedAssets"], pair.collateral_unit)
        tally.number("repaidAssets", found["repaid"] * pair.loan, event["repaidAssets"], pair.loan_unit)
        lost = sum(loss["amount"] for loss in losses)
        tally.number("repaidShares + badDebtShares", moved, int(event["repaidShares"]) + int(event["badDebtShares"]), unit)
        tally.number("badDebtAssets", lost * pair.loan, event["badDebtAssets"], pair.loan_unit)
